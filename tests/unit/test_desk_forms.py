"""The desk's pages over HTTP: statements without a battery, vehicles, keys, corrections, consents, names."""

import re
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from api.desk_forms import MAX_BODY
from crypto.keys import Algorithm, PrivateKey
from ledger.events.custody import ConsentGiven
from ledger.events.registry import KeyAdded
from ledger.events.vehicle import PackFitted
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import Purpose, Right
from tests.scenario import MAKER, RECYCLER, SECOND_LIFE, VEHICLE_MAKER, module, pack, vehicle
from tests.site import Site, problem
from tests.unit.test_desk import prepared
from tests.unit.test_sessions import at_desk, csrf_of

VIN = "LZZ1A2B3XN0000017"
LOAD = "first"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger with a whole life, packs in stock of both makers, and one in a car."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.found()
    found.life()
    story = found.story
    found.submit([story.pack_manufactured(pack(n), [module(10 * n)]) for n in (2, 4, 5)])
    found.submit(story.transfer(MAKER, VEHICLE_MAKER, pack(2), load=LOAD))
    found.submit(story.transfer(MAKER, VEHICLE_MAKER, pack(4)))
    found.submit([story.pack_fitted(pack(4), vehicle(4))])
    yield found
    found.close()


def test_a_stolen_key_stands_among_the_findings_and_its_events_can_be_stood_by(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.found()
    site.submit([site.story.pack_manufactured(pack(1), [module(1)])])
    spare = PrivateKey.generate(Algorithm.ES256)
    claims = KeyAdded(jwk=spare.verifier, purpose=Purpose.OFFICE)
    site.submit([site.story.tell(MAKER, claims, MAKER.id, key=MAKER.key(Purpose.ADMIN))])
    stolen = MAKER.key()
    kid = stolen.verifier.thumbprint()
    site.submit([site.story.key_revoked(MAKER, stolen, compromised_since=Instant.from_ms(0))])
    client = at_desk(site, MAKER, key=spare)
    for path in ("/desk", "/desk/keys"):
        assert f"/desk/keys/{kid}/confirm" in client.get(path).text
    shown = client.get(f"/desk/keys/{kid}/confirm", headers={"Accept-Language": "en"}).text
    entries = [int(one) for one in re.findall(r'data-entry="(\d+)"', shown)]
    assert entries
    last = client.get(f"/desk/keys/{kid}/confirm?after={entries[-1]}", headers={"Accept-Language": "en"}).text
    assert "data-entry" not in last
    for path in (f"/desk/keys/{spare.verifier.thumbprint()}/confirm", f"/desk/keys/{'A' * 43}/revoke"):
        assert client.get(path).status_code == 404
    filled = {"kid": [kid], "first": [str(entries[0])], "last": [str(entries[-1])]}
    filled |= {"count": [str(len(entries) - 1)], "exceptions": [str(entries[0])]}
    told = prepared(client, "/desk/prepare", {"event": "event.confirmed", "items": [], "filled": filled})
    assert told["event"]["data"]["exceptions"] == [entries[0]]
    assert list(told["event"]["prev"]) == [str(MAKER.id)]
    site.close()


@pytest.mark.parametrize(
    ("filled", "why"),
    [
        ({"reason": ["compromised"]}, "earliest moment"),
        ({"reason": ["rotated"], "compromised_since": ["2026-06-01T08:00:00+08:00"]}, "compromised alone"),
    ],
    ids=["no time", "no theft"],
)
def test_a_stolen_key_is_revoked_with_its_time_and_no_other_key_is(
    site: Site, filled: dict[str, list[str]], why: str
) -> None:
    client = at_desk(site)
    kid = [MAKER.key().verifier.thumbprint()]
    body = {"event": "key.revoked", "items": [], "filled": {"kid": kid, **filled}}
    answer = client.post(
        "/desk/prepare", json=body, headers={"X-CSRF-Token": csrf_of(client), "Accept-Language": "en"}
    )
    assert answer.status_code == 400
    assert why in problem(answer)["detail"]


def test_a_pack_goes_into_a_new_vehicle_or_into_the_one_of_its_vin(site: Site) -> None:
    client = at_desk(site)
    place = {"place.district": ["110101"]}

    def goes_into(**given: str) -> list[str]:
        filled = {**place, **({"vin": [given["vin"]]} if "vin" in given else {})}
        body = {"event": "pack.fitted", "items": [str(pack(2))], "filled": filled}
        told = prepared(client, "/desk/prepare", {**body, "vehicle": given.get("vehicle", "")})
        return [one for one in told["event"]["prev"] if one.startswith("vehicle:")]

    [first], [second] = goes_into(), goes_into()
    assert first != second
    assert goes_into(vehicle=str(vehicle(4))) == [str(vehicle(4))]
    assert goes_into(vin=VIN)[0] not in {str(vehicle(1)), str(vehicle(4))}
    text = client.get(f"/desk/item/{pack(2).code}/pack.fitted").text
    assert 'id="vehicle"' in text
    removed = client.get(f"/desk/item/{pack(4).code}/pack.removed").text
    assert 'id="vehicle"' not in removed


def test_what_is_made_anew_and_what_is_about_the_firm_has_a_page(site: Site) -> None:
    client = at_desk(site, MAKER)
    text = client.get("/desk/state", headers={"Accept-Language": "en"}).text
    may = text.partition("<details")[0]
    assert "/desk/state/pack.manufactured" in may
    assert "/desk/state/coding.filed" in may
    assert "/desk/state/batch.processed" in may
    assert "/desk/state/org.enrolled" not in may
    assert "transfer.accepted" not in may
    filled = {"vendor": ["ZZZ"], "specs.0.spec": ["77"], "specs.0.chemistry": ["lfp"]}
    told = prepared(client, "/desk/prepare", {"event": "coding.filed", "items": [], "filled": filled})
    assert told["event"]["data"] == {"vendor": "ZZZ", "specs": [{"spec": "77", "chemistry": "lfp"}]}
    assert list(told["event"]["prev"]) == [str(MAKER.id)]


def test_an_event_is_corrected_and_voided_on_the_items_it_was_about(site: Site) -> None:
    client = at_desk(site, MAKER)
    page = client.get(f"/desk/item/{pack(5).code}", headers={"Accept-Language": "en"}).text
    [path, *_] = re.findall(r'href="(/desk/event/[\w-]{43}/event.corrected)"', page)
    form = client.get(path, headers={"Accept-Language": "en"}).text
    assert 'data-field="claims.' in form
    event = path.split("/")[3]
    filled = {"event": [event], "ground": ["typing_error"], "claims.place.site": ["HALL-2"]}
    filled |= {"claims.place.district": ["110101"]}
    told = prepared(client, "/desk/prepare", {"event": "event.corrected", "items": [], "filled": filled})
    assert told["event"]["data"]["claims"] == {"place": {"district": "110101", "site": "HALL-2"}}
    assert str(pack(5)) in told["event"]["prev"]
    for wrong in ("A" * 43, "x"):
        assert client.get(f"/desk/event/{wrong}/event.voided").status_code == 404
    assert client.get(f"/desk/event/{event}/pack.fitted").status_code == 404


def test_a_consent_is_asked_for_with_a_link_that_fills_in_its_form(site: Site) -> None:
    asking, owner = at_desk(site, RECYCLER), at_desk(site, MAKER)
    page = asking.get(f"/desk/item/{pack(5).code}/item.split/consent", headers={"Accept-Language": "en"}).text
    found = re.search(r'id="link">([^<]+)<', page)
    assert found is not None
    link = unescape(found[1]).removeprefix(site.config.base_url)
    form = owner.get(link, headers={"Accept-Language": "en"}).text
    assert RECYCLER.name in form
    assert f'value="{RECYCLER.id}"' in form
    onward = unquote(site.get(link).headers["Location"])
    assert onward.startswith("/desk/sign-in?next=/desk/consent?item=")
    assert f'data-onward="{escape(link)}"' in site.get(site.get(link).headers["Location"]).text
    for wrong in ("act=transfer.offered", "act=item.split&to=org:x"):
        assert owner.get(f"/desk/consent?item={pack(5).code}&{wrong}").status_code == 400
    assert asking.get(f"/desk/item/{pack(5).code}/transfer.offered/consent").status_code == 404


def test_the_working_page_draws_the_health_that_its_firm_may_read(site: Site) -> None:
    path = f"/desk/item/{pack(1).code}"
    assert 'class="dot"' in at_desk(site, VEHICLE_MAKER).get(path).text
    assert 'class="dot"' not in at_desk(site, RECYCLER).get(path).text
    public = at_desk(site, VEHICLE_MAKER).get(f"/p/{pack(1).code}")
    assert 'class="dot"' not in public.text


def test_a_refusal_names_a_firm_beside_its_id(site: Site) -> None:
    text = site.story.transfer_offered(RECYCLER, SECOND_LIFE, pack(4), load="not-mine")
    for lang, name in (("en", VEHICLE_MAKER.name), ("zh", VEHICLE_MAKER.name_zh)):
        told = problem(site.post_one(text, Accept_Language=lang))
        assert name in told["detail"]
        assert str(VEHICLE_MAKER.id) in told["detail"]
        assert told["facts"]["holder"] == str(VEHICLE_MAKER.id)


def test_a_vin_that_the_firm_may_know_leads_to_its_vehicle(site: Site) -> None:
    client = at_desk(site)
    story = site.story
    site.submit(
        [story.pack_manufactured(pack(6), [module(60)]), *story.transfer(MAKER, VEHICLE_MAKER, pack(6))]
    )
    filled = {"place.district": ["110101"], "vin": [VIN], "vehicle_model": ["M-1"]}
    body = {"event": "pack.fitted", "items": [str(pack(6))], "vehicle": "", "filled": filled}
    told = prepared(client, "/desk/prepare", body)
    [made] = [ItemId.parse(one) for one in told["event"]["prev"] if one.startswith("vehicle:")]
    claims = PackFitted(place=VEHICLE_MAKER.place, vehicle_model="M-1", max_packs=2)
    site.submit([story.tell(VEHICLE_MAKER, claims, pack(6), made, restricted={"vin": VIN})])
    again = prepared(client, "/desk/prepare", {**body, "items": [str(pack(2))]})
    assert str(made) in again["event"]["prev"]
    stranger = prepared(at_desk(site, SECOND_LIFE), "/desk/prepare", {**body, "items": [str(pack(2))]})
    assert str(made) not in stranger["event"]["prev"]


def test_a_form_is_no_longer_than_an_event_could_be(site: Site) -> None:
    client = at_desk(site)
    body = {"event": "pack.removed", "items": [str(pack(4))], "filled": {"reason": ["x" * MAX_BODY]}}
    answer = client.post("/desk/prepare", json=body, headers={"X-CSRF-Token": csrf_of(client)})
    assert answer.status_code == 413


def test_consent_is_asked_for_until_it_is_given(site: Site) -> None:
    story = site.story
    site.submit([story.pack_manufactured(pack(7), [module(70)])])
    site.submit(
        [
            story.transfer_offered(MAKER, SECOND_LIFE, pack(7), load="custody", rights=(Right.CUSTODY,)),
            story.transfer_accepted(SECOND_LIFE, pack(7), load="custody"),
        ]
    )
    client, path = at_desk(site, SECOND_LIFE), f"/desk/item/{pack(7).code}"
    link = f"{path}/item.split/consent"
    assert link in client.get(path).text
    claims = ConsentGiven(place=MAKER.place, act="item.split", to=SECOND_LIFE.id)
    site.submit([story.tell(MAKER, claims, pack(7))])
    assert link not in client.get(path).text


def test_a_form_offers_the_rights_and_consents_alone_that_are_the_firms_to_give(site: Site) -> None:
    story = site.story
    site.submit([story.pack_manufactured(pack(8), [module(80)])])
    site.submit(
        [
            story.transfer_offered(MAKER, SECOND_LIFE, pack(8), load="custody only", rights=(Right.CUSTODY,)),
            story.transfer_accepted(SECOND_LIFE, pack(8), load="custody only"),
        ]
    )
    client, path = at_desk(site, SECOND_LIFE), f"/desk/item/{pack(8).code}"
    form = client.get(f"{path}/transfer.offered").text
    assert [f'value="{right}"' in form for right in Right] == [True, False, False]
    form = client.get(f"{path}/consent.given").text
    assert 'value="state.rectified"' in form
    assert 'value="item.split"' not in form
    assert f"{path}/transfer.offered" not in at_desk(site, RECYCLER).get(path).text


def test_the_form_of_a_site_asks_for_where_it_is(site: Site) -> None:
    form = at_desk(site, MAKER).get("/desk/state/site.set", headers={"Accept-Language": "en"}).text
    assert "Name, with town and street" in form
