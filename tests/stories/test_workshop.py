"""Repair and recall."""

from tests.stories.goods import Claim, car
from tests.stories.stage import Stage


def test_a_dealer_repairs_a_pack_with_a_refurbished_module(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    carmaker = stage.enrols("Car Maker", "vehicle_maker")
    dealer = stage.enrols("Dealer", "dealer", "repairer")
    reuser = stage.enrols("Second Life", "second_life")
    recycler = stage.enrols("Recycler", "recycler")
    public, family = stage.public, car(1)
    pack, donor = maker.pack(1), maker.pack(2)
    worn, sound = maker.module(11), maker.module(21)
    maker.makes(pack, worn, maker.module(12))
    maker.makes(donor, sound, maker.module(22))

    # A family drives; a crashed car's pack ends as waste with a second-life firm, which takes it apart.
    maker.hands_over(carmaker, pack)
    carmaker.states("pack.fitted", pack, family, vehicle_model="F-1", max_packs=1)
    carmaker.states("vehicle.sold", family, city="3301", use="private")
    maker.states("item.retired", donor, reason="damage")
    maker.hands_over(reuser, donor)
    reuser.splits(donor, sound, maker.module(22))

    # Waste does not go into a car. What was measured and graded becomes a battery again, and nothing else.
    dealer.refused("custody.holder", "item.repaired", pack, stage="service", out=[worn], in_=[sound])
    reuser.denied("transfer.waste_receiver").offers(dealer, sound, load="as it is")
    measured = reuser.measures(sound, 910)
    grading = reuser.grades({sound: "reuse", maker.module(22): "recycle"}, {sound: measured})
    basis: Claim = {"measurements": [measured], "grading": grading}
    reuser.refused("requalification.unmeasured", "item.requalified", maker.module(22), **basis)
    reuser.states("item.requalified", sound, **basis)
    public.knows(sound, phase="stock", status="reused", owner=reuser)
    reuser.hands_over(dealer, sound)

    # The dealer opens the family's pack where it stands; its module becomes the family's with the work.
    reuser.refused("org.role", "pack.removed", pack, family, reason="repair")
    dealer.states("pack.removed", pack, family, reason="repair")
    public.knows(pack, phase="removed", custodian=dealer, owner="user")
    new_one: Claim = {"stage": "service", "opened": True, "out": [worn], "in_": [sound]}
    dealer.refused("repair.stage", "item.repaired", pack, **{**new_one, "stage": "production"})
    dealer.refused("balance.mass", "item.repaired", pack, mass_g=500_000, **new_one)
    dealer.states("item.repaired", pack, concealed={"fault_codes": ["P0A80"]}, **new_one)
    dealer.states("pack.fitted", pack, family)
    dealer.denied("transfer.right").offers(recycler, sound, load="sold twice", rights=["ownership"])
    public.knows(pack, phase="fitted", custodian="user", owner="user", status="original")
    public.knows(sound, phase="part", custodian="user", owner="user", status="reused", inside=[pack, family])
    assert public.parts(pack) == {sound, maker.module(12)}
    public.sees(sound, "Came out of", "Back in use after waste", "Graded")

    # The worn one is the family's still, and the dealer's to bring away; no family signs a consent.
    public.knows(worn, phase="removed", custodian=dealer, owner="user")
    dealer.states("item.retired", worn, reason="fault")
    dealer.hands_over(recycler, worn, rights=["custody"])
    recycler.shreds(worn, into={"black_mass": 30_000}, losses_g=10_000)
    public.sees(worn, "It has been recycled", zh="再生利用")
    stage.auditor.audits()


def test_a_recall_of_a_cell_lot_reaches_a_second_life_cabinet(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    other = stage.enrols("Other Maker", "manufacturer", vendor="ZZX")
    reuser = stage.enrols("Second Life", "second_life", vendor="ZZY")
    tower = stage.enrols("Tower Company", "asset_owner")
    regulator = stage.enrols("Regulator", "regulator")
    public, cabinet, pack = stage.public, reuser.product(1), maker.pack(1)
    modules = [maker.module(n) for n in range(1, 5)]
    bad, spare, good, also_bad = modules
    lots = {bad: "CELLS-7", spare: "CELLS-8", good: "CELLS-8", also_bad: "CELLS-7"}
    for one in modules:
        maker.makes_module(one, concealed={"cell_lots": [maker.lot(lots[one])]})
    maker.makes(pack, *modules)

    # The pack's second life: two of its modules stand in a cabinet under a radio mast, two lie in stock.
    maker.states("item.retired", pack, reason="capacity_fade")
    maker.hands_over(reuser, pack)
    reuser.splits(pack, *modules)
    reuser.assembles(cabinet, bad, good)
    reuser.hands_over(tower, cabinet)
    tower.states("product.deployed", cabinet, application="telecom_backup")
    public.does_not_see(cabinet, "ecalled parts")

    # A cell lot catches fire. The maker looks up in its own secrets which modules have it, and recalls those.
    made = [public.events(one)[0]["id"] for one in modules]
    hit = [one for one, event in zip(modules, made, strict=True) if "CELLS-7" in str(maker.secrets(event))]
    recall: Claim = {"selector": {"codes": hit}, "hazard": "flammable_electrolyte", "remedy": "replace"}
    other.refused("recall.maker", "recall.opened", maker.id, **recall)
    opened = maker.states("recall.opened", maker.id, **recall)
    public.sees(cabinet, f"Recalled parts are in it: {bad.removeprefix('gbt34014:')}", zh="内含被召回的部件")
    public.sees(bad, "Recalled. Ask Pack Maker")
    public.does_not_see(good, "ecalled. Ask")
    public.knows(bad, recalls=[opened])
    public.knows(good, recalls=[])

    # What is recalled goes into no new product; nobody talks the recall away.
    reuser.denied("flag.recalled").assembles(reuser.product(2), also_bad)
    tower.refused("org.role", "recall.remedied", bad, recall=opened)
    other.refused("recall.closer", "recall.closed", maker.id, recall=opened)
    regulator.refused("recall.not_selected", "recall.remedied", good, recall=opened)

    # The cabinet comes back, the module comes out, a good one goes in, and the cabinet goes back to work.
    tower.states("product.returned", cabinet)
    tower.hands_over(reuser, cabinet, rights=["custody"])
    reuser.brings_back(spare, 880)
    reuser.refused("lifecycle.phase", "item.repaired", cabinet, stage="service", out=[bad], in_=[also_bad])
    reuser.states("item.repaired", cabinet, stage="service", opened=True, out=[bad], in_=[spare])
    reuser.hands_over(tower, cabinet, rights=["custody"])
    tower.states("product.deployed", cabinet, application="telecom_backup")
    public.does_not_see(cabinet, "ecalled parts")
    public.sees(bad, "Recalled. Ask Pack Maker", "It was taken out of a larger unit and is with Second Life")
    assert public.parts(cabinet) == {good, spare}

    # The maker closes what it opened; the history keeps it.
    maker.states("recall.closed", maker.id, recall=opened)
    maker.refused("recall.unknown", "recall.closed", maker.id, recall=opened)
    public.does_not_see(bad, "Recalled. Ask")
    public.knows(cabinet, phase="deployed", custodian=tower, owner=tower, operator=reuser)
    stage.auditor.audits()
