"""Packs change hands: on a lorry, and under a taxi."""

from tests.stories.cast import PACK_G
from tests.stories.goods import Claim, car, consignment, vin
from tests.stories.stage import Stage


def test_a_consignment_arrives_with_losses(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    collector = stage.enrols("Collector", "collection_point")
    recycler = stage.enrols("Recycler", "recycler")
    dealer = stage.enrols("Scrap Dealer", "collection_point")
    public, load = stage.public, "lorry 7"
    packs = [maker.pack(n) for n in range(1, 13)]
    lost, damaged, arrived = packs[9:], packs[0], packs[1:9]
    for pack in packs:
        maker.makes(pack)
    maker.states("item.retired", *packs, reason="production_scrap")
    maker.hands_over(collector, *packs)

    # Twelve packs in two offers leave on one lorry; until they are accepted they are the collector's.
    recycler.denied("transfer.right").offers(dealer, packs[0], load="theft")
    collector.offers(recycler, *packs[:6], load=load, count=12)
    collector.offers(recycler, *packs[6:], load=load, count=12)
    collector.denied("transfer.open").offers(dealer, packs[0], load="twice")
    public.knows(packs[0], custodian=collector)
    public.sees(packs[0], "It is on offer to Recycler")

    # At the gate three are missing, one is damaged. The scales say what came, and never more than was sent.
    arrival: Claim = {"mass_basis": "apportioned", "tare_g": 9_000_000, "checklist": {}}
    dent: Claim = [{"item": damaged, "condition": "damaged", "mass_g": PACK_G - 5_000}]
    dealer.denied("transfer.receiver").accepts(packs[1], load=load)
    recycler.denied("balance.transit").accepts(damaged, *arrived, load=load, gross_g=13_600_000, **arrival)
    recycler.accepts(damaged, *arrived, load=load, gross_g=12_587_000, exceptions=dent, **arrival)
    public.knows(damaged, custodian=recycler, mass_g=PACK_G - 5_000)
    public.knows(arrived[0], custodian=recycler, mass_g=399_000)
    recycler.denied("transfer.none").accepts(damaged, load=load)
    assert public.findings(damaged) == {}

    # The three stay on offer until the sender takes the offer back and says that they are lost.
    public.knows(lost[0], custodian=collector)
    dealer.refused(
        "transfer.sender", "transfer.withdrawn", *lost, consignment=consignment(load), reason="lost"
    )
    collector.states("transfer.withdrawn", *lost, consignment=consignment(load), reason="lost")
    recycler.refused("custody.witness", "item.lost", *lost, on=stage.today)
    collector.states("item.lost", *lost, on=stage.today, concealed={"police_no": "P-4711"})
    collector.denied("flag.lost").offers(recycler, lost[0], load="again")
    public.sees(lost[0], "Reported lost", zh="已报遗失")
    assert public.findings(lost[0]) == {"item.lost": "open"}

    # One turns up with a scrap dealer, who can only lay claim to it; both say how that ends.
    dealer.states("item.collected", lost[0], from_="found", condition="sound")
    public.knows(lost[0], custodian=collector, flags=["disputed", "lost"])
    claim = public.events(lost[0])[-1]["id"]
    dealer.refused("collection.too_early", "item.collected", lost[0], from_="found", condition="sound")
    dealer.states("dispute.settled", event=claim, outcome="custodian_keeps")
    public.knows(lost[0], flags=["disputed", "lost"])
    collector.states("dispute.settled", event=claim, outcome="custodian_keeps")
    collector.states("item.found", lost[0], on=stage.today)
    collector.hands_over(recycler, lost[0])

    # What was weighed is what there is to recycle.
    into = [damaged, *arrived, lost[0]]
    recycler.denied("balance.mass").shreds(*into, into={"black_mass": 4_000_000}, losses_g=500_000)
    recycler.shreds(*into, into={"black_mass": 2_200_000, "steel": 1_500_000}, losses_g=250_000)
    public.knows(damaged, phase="ended", ended_by="processed")
    public.sees(damaged, "It has been recycled")
    public.knows(lost[1], phase="retired", custodian=collector, flags=["lost"])
    stage.auditor.audits()


def test_a_taxi_wears_out_a_battery_and_gets_another(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    carmaker = stage.enrols("Car Maker", "vehicle_maker")
    fleet = stage.enrols("Taxi Fleet", "fleet_operator")
    workshop = stage.enrols("Workshop", "repairer", "collection_point")
    lab = stage.enrols("Test Lab", "test_lab")
    public, taxi, old, new = stage.public, car(1), maker.pack(1), maker.pack(2)
    maker.makes(old)
    maker.makes(new)
    maker.hands_over(carmaker, old)

    # The car is born with its first pack; its VIN is known to the car maker alone.
    maker.refused("org.role", "pack.fitted", new, taxi, vehicle_model="TAXI-1", max_packs=1)
    secret: Claim = {"vin": vin(1)}
    carmaker.states("pack.fitted", old, taxi, vehicle_model="TAXI-1", max_packs=1, concealed=secret)
    born = public.events(taxi)[0]["id"]
    assert vin(1) not in stage.get(f"/v1/events/{born}").text
    assert carmaker.secrets(born) == {"vin": vin(1)}
    carmaker.hands_over(fleet, taxi)
    public.knows(old, phase="fitted", custodian=fleet, owner=fleet, inside=[taxi])
    fleet.denied("transfer.inside").offers(lab, old, load="out of the car")
    fleet.refused("org.role", "pack.removed", old, taxi, reason="replacement")

    # Four years on the bench: the figures add up or are not taken, and are nobody's business but the lab's.
    lab.adds_key("rig")
    lie = {
        "quantity": "capacity_mah",
        "base": 100_000,
        "measured": 71_500,
        "source": "bench",
        "soh_permille": 850,
    }
    lab.refused("health.permille", "health.measured", old, key="rig", method="capacity_test", concealed=lie)
    measured = lab.measures(old, 715, key="rig")
    assert "715" not in str(stage.json(f"/v1/events/{measured}")["data"])
    assert lab.secrets(measured)["soh_permille"] == 715

    # The workshop has the car for the day. The car takes one pack; the fleet owns both.
    workshop.refused("custody.holder", "pack.removed", old, taxi, reason="replacement")
    maker.hands_over(workshop, new)
    fleet.hands_over(workshop, taxi, rights=["custody"])
    workshop.refused("vehicle.capacity", "pack.fitted", new, taxi)
    workshop.states("pack.removed", old, taxi, reason="replacement", replaced_by=new)
    workshop.hands_over(fleet, new, rights=["ownership"])
    workshop.states("pack.fitted", new, taxi)
    workshop.hands_over(fleet, taxi, rights=["custody"])
    public.knows(new, phase="fitted", custodian=fleet, owner=fleet, inside=[taxi])
    public.knows(old, phase="removed", custodian=workshop, owner=fleet)

    # The old one is waste, and still the fleet's: nobody takes it apart without its word.
    recycler = stage.enrols("Recycler", "recycler")
    workshop.states("item.retired", old, reason="capacity_fade")
    workshop.denied("transfer.waste_receiver").offers(lab, old, load="to a lab", rights=["custody"])
    workshop.hands_over(recycler, old, rights=["custody"])
    recycler.denied("owner.consent").shreds(old, into={"black_mass": 300_000}, losses_g=90_000)
    fleet.states("consent.given", old, act="batch.processed", to=recycler.id)
    recycler.shreds(old, into={"black_mass": 300_000}, losses_g=90_000)

    # The taxi ends as a private car, and the new pack goes with it.
    fleet.states("vehicle.sold", taxi, city="4403", use="private")
    public.knows(new, custodian="user", owner="user", phase="fitted")
    fleet.denied("transfer.right").offers(carmaker, taxi, load="sold twice")
    public.sees(new, "It drives in a vehicle, which is with a private user")
    public.sees(old, "It has been recycled", "Taken out of the vehicle")
    stage.auditor.audits()
