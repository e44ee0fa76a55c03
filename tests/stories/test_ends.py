"""The end of a car, and a border."""

from tests.stories.cast import PACK_G
from tests.stories.goods import Claim, car, code, vin
from tests.stories.stage import Stage


def test_a_written_off_car_is_scrapped_without_its_pack_which_turns_up_elsewhere(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    carmaker = stage.enrols("Car Maker", "vehicle_maker")
    insurer = stage.enrols("Insurer", "insurer")
    dismantler = stage.enrols("Dismantler", "elv_dismantler")
    hobby = stage.enrols("Hobby Shop", "second_life", "repairer")
    public, wreck, pack, stray = stage.public, car(1), maker.pack(1), maker.pack(2)
    maker.makes(pack, maker.module(1), maker.module(2))
    maker.makes(stray)
    maker.hands_over(carmaker, pack)
    carmaker.states("pack.fitted", pack, wreck, vehicle_model="W-1", max_packs=1, concealed={"vin": vin(1)})
    carmaker.states("vehicle.sold", wreck, city="3301", use="private")

    # A crash: the insurer pays and owns the wreck; the dismantler fetches it.
    paper: Claim = {"certificate_sha256": "A" * 43}
    dismantler.refused("org.role", "vehicle.written_off", wreck, **paper)
    insurer.states("vehicle.written_off", wreck, concealed={"vin": vin(1)}, **paper)
    insurer.refused("vehicle.written_off_before", "vehicle.written_off", wreck, **paper)
    public.knows(pack, phase="fitted", owner=insurer, custodian="user")
    hobby.refused("org.role", "vehicle.scrapped", wreck, absent=[pack], **paper)
    dismantler.states("item.collected", wreck, from_="consumer", condition="damaged")

    # Scrapped without the owner's word, without a word on the pack, with another pack instead: each refused.
    dismantler.refused("owner.consent", "vehicle.scrapped", wreck, absent=[pack], **paper)
    insurer.states("consent.given", wreck, act="vehicle.scrapped", to=dismantler.id)
    dismantler.refused("vehicle.packs", "vehicle.scrapped", wreck, **paper)
    dismantler.refused("vehicle.other", "vehicle.scrapped", wreck, present=[stray], **paper)
    dismantler.states("vehicle.scrapped", wreck, absent=[pack], concealed={"vin": vin(1)}, **paper)
    public.knows(wreck, phase="ended", ended_by="scrapped")
    public.knows(pack, phase="removed", custodian="nobody", owner=insurer, flags=["missing"])
    public.sees(pack, "Nobody is on record as holding it", zh="目前没有登记的保管方")
    public.sees(wreck, "Its life has ended")
    assert public.findings(pack) == {"vehicle.pack_missing": "open"}

    # Months later a hobby shop has it. It is not new, it is not the shop's, and it is not stock.
    stage.on("2026-10-20")
    legacy: Claim = {
        "kind": "pack",
        "phase": "stock",
        "why": "legacy",
        "mass_g": PACK_G,
        "mass_basis": "weighed",
    }
    hobby.refused("item.exists", "item.declared", pack, **legacy)
    hobby.denied("custody.holder").splits(pack, maker.module(1))
    hobby.states("item.collected", pack, from_="found", condition="opened", waste=False)
    public.knows(pack, phase="removed", custodian=hobby, owner=insurer, flags=None)
    hobby.denied("owner.consent").splits(pack, maker.module(1), maker.module(2))
    hobby.denied("transfer.right").offers(maker, pack, load="for the money")

    # One module is gone. The owner agrees; the split says so, and the grams of neither turn up twice.
    insurer.states("consent.given", pack, act="item.split", to=hobby.id)
    hobby.denied("split.conserve").splits(pack, maker.module(1))
    hobby.splits(pack, maker.module(1), unaccounted=[maker.module(2)])
    public.knows(maker.module(1), phase="retired", custodian=hobby, owner=insurer, status="waste")
    public.knows(maker.module(2), phase="removed", custodian="nobody", flags=["missing"], mass_g=None)
    public.sees(pack, "It has been taken apart", "Vehicle scrapped", "Collected")
    assert public.findings(pack) == {"vehicle.pack_missing": "closed", "mass.unaccounted_much": "noted"}
    assert public.findings(maker.module(2)) == {"split.unaccounted": "open"}
    stage.auditor.audits()


def test_a_car_is_exported_and_a_car_without_codes_comes_in(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    carmaker = stage.enrols("Car Maker", "vehicle_maker")
    importer = stage.enrols("Importer", "importer", "dealer", vendor="ZZW")
    stranger = stage.enrols("Stranger", "dealer")
    dismantler = stage.enrols("Dismantler", "elv_dismantler")
    public, sent, came = stage.public, car(1), car(2)
    pack, foreign = maker.pack(1), importer.local("CAR-2-PACK")
    maker.makes(pack)
    maker.hands_over(carmaker, pack)

    # Out: the car goes to Germany and leaves the ledger's reach; the papers' numbers stay with who signed.
    carmaker.states("pack.fitted", pack, sent, vehicle_model="EX-1", max_packs=1)
    stranger.refused("custody.holder", "item.exported", sent, destination="DE")
    carmaker.refused("transfer.inside", "item.exported", pack, destination="DE")
    customs: Claim = {"declaration_no": "D-1"}
    exported = carmaker.states("item.exported", sent, destination="DE", concealed=customs)
    carmaker.refused("export.before", "item.exported", sent, destination="DE")
    buyer: Claim = {"receiver": "firm", "receiver_id": "HRB-1234"}
    carmaker.states("custody.released", sent, concealed={"receiver_name": "Autohaus"}, **buyer)
    public.sees(pack, "It was exported to DE", "It drives in a vehicle", zh="DE")
    public.knows(pack, phase="fitted", custodian="outside", inside=[sent])
    public.knows(sent, abroad="DE", custodian="outside")
    assert carmaker.secrets(exported) == customs
    carmaker.refused("custody.holder", "pack.removed", pack, sent, reason="repair")

    # It comes home: who takes it in has it here again, and owns it no more for that.
    maker.refused("org.role", "item.collected", sent, from_="unenrolled_firm", condition="sound", waste=False)
    importer.states("item.collected", sent, from_="unenrolled_firm", condition="sound", waste=False)
    public.knows(sent, abroad=None, custodian=importer, owner=carmaker)
    public.does_not_see(pack, "It was exported to DE")

    # In: a used car whose battery bears no code that is known here. It gets an id of the importer's own.
    found: Claim = {"kind": "pack", "phase": "fitted", "why": "import", "origin": "NO"}
    weighed: Claim = {"mass_g": 310_000, "mass_basis": "declared"}
    importer.refused("item.namespace", "item.declared", stranger.local("X"), came, **found, **weighed)
    importer.refused("item.exists", "item.declared", pack, came, **found, **weighed)
    importer.refused("declared.mass", "item.declared", foreign, came, mass_g=310_000, **found)
    stranger.refused(
        "declared.phase", "item.declared", stranger.local("X"), came, **{**found, "phase": "stock"}
    )
    importer.states("item.declared", foreign, came, max_packs=1, concealed=customs, **found, **weighed)
    public.knows(foreign, phase="fitted", operator=importer, custodian=importer, declared="import")
    public.sees(foreign, "Battery pack, declared by a firm that received it", zh="申报")
    label, token = importer.label(importer.pack(7), 1, key="office")
    stranger.refused("custody.holder", "label.replaced", foreign, label=label)
    importer.refused("alias.taken", "label.replaced", foreign, label=label, code=pack)
    importer.states("label.replaced", foreign, label=label, code=importer.pack(7))
    public.sees(importer.pack(7), code(foreign), "declared by a firm that received it")
    assert "This label is genuine" in public.page(importer.pack(7), token=token)
    assert public.scans(importer.pack(7)) == [foreign]
    maker.refused(
        "code.scheme", "production.added", foreign, model=maker.model("pack"), manufactured_on="2020-01-01"
    )

    # It is sold to a family, scrapped years later, and the importer is still who answers for it.
    importer.states("vehicle.sold", came, city="3101", use="private")
    stage.on("2026-11-20")
    dismantler.states("vehicle.scrapped", came, present=[foreign], certificate_sha256="A" * 43)
    public.knows(foreign, phase="retired", custodian=dismantler, operator=importer, status="waste")
    importer.refused("custody.holder", "item.exported", foreign, destination="DE")
    stage.auditor.audits()
