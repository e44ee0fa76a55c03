"""A lorry at the gate of a collection point."""

from tests.stories.cast import PACK_G
from tests.stories.goods import Claim, code, consignment
from tests.stories.stage import Stage


def test_a_gate_meets_a_clone_and_labels_nobody_can_read(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    collector = stage.enrols("Collector", "collection_point")
    other = stage.enrols("Other Collector", "collection_point")
    recycler = stage.enrols("Recycler", "recycler")
    public = stage.public
    collector.adds_key("device")
    clean, worn, blank = packs = [maker.pack(n) for n in (1, 20, 300)]
    for pack in packs:
        maker.makes(pack)
    maker.states("custody.released", *packs, receiver="firm", concealed={"receiver_name": "A trader"})

    # Four batteries come. One label is whole, in two lines and small letters; one is worn and half guessed.
    read = f"{code(clean)[:14]}\r\n{code(clean)[14:]}".lower()
    torn = "ZZZPB01STORY00G61OOOO?2?"
    assert public.scans(read, torn) == [clean, None]
    assert public.looks_like(torn)[0] == worn
    lorry: Claim = {"consignment": consignment("lorry 4"), "gross_g": 9_660_000, "tare_g": 8_000_000}
    scans: Claim = [{"raw": read.replace("\r\n", " "), "item": clean}, {"raw": torn, "item": worn}]
    scans += [{"raw": "illegible"}, {"raw": code(clean), "photo_sha256": "A" * 43}]
    recycler.refused("key.unknown", "intake.recorded", key="device", scans=scans, **lorry)
    collector.refused(
        "transfer.weight", "intake.recorded", key="device", scans=scans, **{**lorry, "tare_g": 9_700_000}
    )
    collector.states("intake.recorded", key="device", scans=scans, **lorry)
    outside: Claim = {"from_": "unenrolled_firm", "condition": "sound"}
    collector.states("item.collected", clean, worn, key="device", **outside)
    collector.refused("collection.own", "item.collected", clean, key="device", **outside)
    collector.refused("key.purpose", "item.retired", clean, key="device", reason="other")

    # The third has no label left, the fourth bears the code of the first: both get ids of the gate's own.
    nameless, clone = collector.local("GATE-3"), collector.local("GATE-4")
    entry: Claim = {"kind": "pack", "phase": "retired", "mass_g": PACK_G, "mass_basis": "weighed"}
    collector.refused("item.exists", "item.declared", clean, key="device", why="unreadable", **entry)
    collector.refused(
        "item.namespace", "item.declared", other.local("X"), key="device", why="unknown", **entry
    )
    collector.refused("declared.clone", "item.declared", clone, key="device", why="clone", **entry)
    collector.states("item.declared", nameless, key="device", why="unreadable", **entry)
    collector.states("item.declared", clone, key="device", why="clone", clone_of=clean, **entry)
    assert public.findings(clean) == {"item.clone": "open"}
    public.sees(clone, "Battery pack, declared by a firm that received it")
    public.sees(clean, "mentions this item only", zh="仅提及本物品")

    # Two hours later the same label is scanned in another city: somebody prints them.
    other.district = "440306"
    copy: Claim = [{"raw": code(clean), "item": clean}]
    other.states("intake.recorded", consignment=consignment("van 1"), scans=copy)
    assert public.findings(clean)["label.far_apart"] == "noted"

    # Under a lid the third has its code after all. What it was called at the gate leads to what it is.
    collector.refused("custody.holder", "item.identified", nameless, is_=blank, evidence_sha256="A" * 43)
    collector.states("item.collected", blank, **outside)
    collector.refused("identity.local", "item.identified", worn, is_=blank, evidence_sha256="A" * 43)
    collector.states("item.identified", nameless, is_=blank, evidence_sha256="A" * 43)
    public.knows(blank, phase="retired", custodian=collector, mass_g=PACK_G)
    public.knows(nameless, phase="ended", ended_by="identified", identified_as=blank)
    public.sees(nameless, f"It was found to be {code(blank)}", zh="经核对即为")
    collector.refused("item.exists", "item.declared", nameless, why="unreadable", **entry)

    # Four batteries came, four go on, each once.
    collector.denied("lifecycle.ended").offers(recycler, nameless, load="a fifth", rights=["custody"])
    collector.hands_over(recycler, clean, worn, blank, clone, rights=["custody"])
    assert public.finds(phase="retired", holder=recycler.id) == {clean, worn, blank, clone}
    stage.auditor.audits()
