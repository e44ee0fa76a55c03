"""Firms that end, and keys in the wrong hands."""

from tests.stories.goods import Claim, car, consignment
from tests.stories.stage import Stage


def test_a_maker_goes_bankrupt(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    plant = stage.enrols("Contract Plant", "repairer")
    carmaker = stage.enrols("Car Maker", "vehicle_maker", "repairer")
    heir = stage.enrols("Heir", "manufacturer")
    vulture = stage.enrols("Vulture", "manufacturer")
    registrar, public, family = stage.registrar, stage.public, car(1)
    sold, offered, stock, unborn = (maker.pack(n) for n in range(1, 5))

    # In good days a contract plant builds in the maker's name, what it may and no more.
    own: Claim = {"model": maker.model("pack"), "mass_g": 400_000, "manufactured_on": "2026-06-01"}
    for_maker: Claim = {**own, "on_behalf_of": maker.id}
    plant.refused("delegation.none", "pack.manufactured", sold, **for_maker)
    work: Claim = {"delegate": plant.id, "events": ["pack.manufactured"]}
    maker.refused("key.purpose", "delegation.granted", maker.id, key="office", **work)
    maker.states("delegation.granted", maker.id, key="admin", **work)
    for pack in (sold, offered, stock):
        plant.states("pack.manufactured", pack, **for_maker)
    public.knows(stock, custodian=plant, owner=maker, operator=maker, maker=maker.id)
    plant.denied("transfer.right").offers(vulture, stock, load="sold by the plant")
    plant.hands_over(maker, sold, offered, stock, rights=["custody"])
    maker.hands_over(carmaker, sold)
    carmaker.states("pack.fitted", sold, family, vehicle_model="F-1", max_packs=1)
    carmaker.states("vehicle.sold", family, city="3301", use="private")

    # Insolvent: the registrar suspends the maker and gives an administrator a key, to sell what is there.
    registrar.states("org.suspended", maker.id, ground="insolvency")
    maker.denied("org.suspended").makes(unborn)
    new_key: Claim = {"jwk": maker.public_key("admin 2"), "purpose": "admin"}
    registrar.states("key.added", maker.id, key="admin", **new_key)
    maker.states("key.revoked", maker.id, key="admin 2", kid=maker.kid("office"), reason="staff_left")
    maker.states("key.added", maker.id, key="admin 2", jwk=maker.public_key("office 2"), purpose="office")
    maker.denied("key.revoked").offers(vulture, stock, load="by night")
    maker.offers(carmaker, offered, load="the last lorry", key="office 2")
    plant.refused("org.suspended", "pack.manufactured", unborn, **for_maker)
    end: Claim = {"successor": heir.id, "ground": "insolvency"}
    vulture.refused("org.role", "org.succeeded", maker.id, heir.id, **end)
    registrar.refused("org.registrar", "org.succeeded", registrar.id, heir.id, **end)
    registrar.states("org.succeeded", maker.id, heir.id, **end)

    # From here on every right of the maker is its heir's, also the offer on the road; its keys are dead.
    maker.denied("org.succeeded").offers(vulture, stock, load="over the fence", key="office 2")
    vulture.denied("transfer.right").offers(carmaker, stock, load="a raid")
    public.knows(stock, custodian=heir, owner=heir, operator=heir)
    carmaker.accepts(offered, load="the last lorry")
    heir.hands_over(carmaker, stock)
    public.sees(sold, "Made by Pack Maker", "Producer responsible Heir", zh="虚构Heir")

    # The heir builds under the maker's code, and answers for what the maker built: it recalls and remedies.
    vulture.refused("code.vendor", "pack.manufactured", unborn, **own)
    heir.states("pack.manufactured", unborn, **own)
    recall: Claim = {
        "selector": {"vendor": "ZZZ", "serial_until": 3},
        "hazard": "toxic_gas",
        "remedy": "inspect",
    }
    vulture.refused("recall.maker", "recall.opened", maker.id, **recall)
    opened = heir.states("recall.opened", maker.id, **recall)
    public.sees(sold, "Recalled. Ask Heir")
    carmaker.refused("flag.recalled", "pack.fitted", stock, car(2), vehicle_model="F-1", max_packs=1)
    carmaker.states("recall.remedied", sold, stock, recall=opened)
    carmaker.states("pack.fitted", stock, car(2), vehicle_model="F-1", max_packs=1)
    public.does_not_see(sold, "Recalled. Ask")
    stage.auditor.audits()


def test_a_line_key_is_stolen(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    fence = stage.enrols("Fence", "second_life")
    public = stage.public
    maker.adds_key("line")
    before, after, fake, next_one = (maker.pack(n) for n in range(1, 5))

    # A day like others; in the evening the key of line 1 is copied, and nobody knows.
    good, _ = maker.label(before, 1)
    maker.makes(before, key="line", label=good)
    stage.on("2026-06-02")
    theft = stage.now
    maker.makes(after, key="line")
    bad, forged = maker.label(fake, 1)
    maker.makes(fake, key="line", label=bad)
    assert "This label is genuine" in public.page(fake, token=forged)

    sale: Claim = {"rights": ["custody"], "to": fence.id, "consignment": consignment("theft"), "count": 1}

    # A line key makes packs, and nothing else: it sells none, registers no key, and revokes none.
    maker.refused("key.purpose", "transfer.offered", fake, key="line", **sale)
    maker.refused(
        "key.purpose", "key.added", maker.id, key="line", jwk=maker.public_key("line 2"), purpose="line"
    )
    maker.refused("key.purpose", "key.revoked", maker.id, key="line", kid=maker.kid("office"), reason="lost")

    # Found out on the third day: the key ends, and what it signed since the theft is in doubt.
    stage.on("2026-06-03")
    end: Claim = {"kid": maker.kid("line"), "reason": "compromised"}
    fence.refused("key.not_theirs", "key.revoked", fence.id, key="admin", compromised_since=theft, **end)
    maker.refused(
        "key.compromise_ahead",
        "key.revoked",
        maker.id,
        key="admin",
        compromised_since=stage.moment(60),
        **end,
    )
    maker.states("key.revoked", maker.id, key="admin", compromised_since=theft, **end)
    maker.denied("key.revoked").makes(next_one, key="line")
    doubt = "The key that signed this was reported as compromised"
    public.does_not_see(before, doubt)
    for pack in (after, fake):
        public.sees(pack, doubt, zh="泄露")
    assert "has been revoked or reported as compromised" in public.page(fake, token=forged)
    maker.makes(next_one, key="office")

    # The office stands by what the line built, and takes the fake back: its code is free again.
    first, second = (public.events(pack)[0]["index"] for pack in (after, fake))
    word: Claim = {
        "kid": maker.kid("line"),
        "first": first,
        "last": second,
        "count": 1,
        "exceptions": [second],
    }
    fence.refused("key.not_theirs", "event.confirmed", fence.id, **word)
    maker.refused("confirmation.count", "event.confirmed", maker.id, **{**word, "count": 2})
    maker.refused("confirmation.sound", "event.confirmed", maker.id, **{**word, "kid": maker.kid("office")})
    maker.states("event.confirmed", maker.id, **word)
    public.does_not_see(after, doubt)
    public.sees(fake, doubt)
    made = public.events(fake)[0]["id"]
    fence.refused("void.issuer", "event.voided", event=made, ground="system_error")
    maker.states("event.voided", event=made, ground="system_error")
    public.knows(fake, phase="ended", ended_by="voided")
    maker.makes(fake)
    public.knows(fake, phase="stock", custodian=maker)
    stage.auditor.audits()
