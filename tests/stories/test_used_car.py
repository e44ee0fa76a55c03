"""What a buyer may see before he pays."""

from tests.stories.goods import car
from tests.stories.stage import Stage


def test_a_used_car_is_shown_to_a_buyer(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    carmaker = stage.enrols("Car Maker", "vehicle_maker")
    dealer = stage.enrols("Dealer", "dealer")
    rival = stage.enrols("Rival", "dealer")
    lab = stage.enrols("Test Lab", "test_lab")
    regulator = stage.enrols("Regulator", "regulator")
    public, used, pack = stage.public, car(1), maker.pack(1)
    maker.makes(pack, concealed={"cell_lots": [maker.lot("CELLS-7")]})
    maker.hands_over(carmaker, pack)
    carmaker.states("pack.fitted", pack, used, vehicle_model="F-1", max_packs=1)
    carmaker.states("vehicle.sold", used, city="3301", use="private")

    # Later the family gives its car in payment. Dealer and laboratory measure; the public sees that they did.
    stage.on("2026-07-01")
    dealer.states("item.collected", used, from_="consumer", condition="sound", waste=False)
    public.knows(pack, phase="fitted", custodian=dealer)
    honest = lab.measures(pack, 870)
    optimist = dealer.measures(pack, 940)
    assert public.findings(pack, by=regulator) == {"health.rising": "noted"}
    public.sees(pack, "State of health measured", "Signed by Test Lab")
    public.does_not_see(pack, "940", "870", "CELLS-7")

    # Who reads what the ledger decides: the holder its pack's figures, the regulator all, a rival none.
    assert dealer.secrets(honest)["soh_permille"] == 870
    assert regulator.secrets(honest)["soh_permille"] == 870
    assert rival.secrets(honest) == {}
    assert carmaker.secrets(honest) == {}
    assert rival.secrets(public.events(pack)[0]["id"]) == {}
    assert dealer.secrets(public.events(pack)[0]["id"])["cell_lots"] == [maker.lot("CELLS-7")]

    # The dealer may show what it stated itself; what the laboratory found, the laboratory shows.
    rival.denied("share.claim").shares(pack, {honest: ["soh_permille"]}, until="2026-07-20")
    dealer.denied("share.claim").shares(pack, {honest: ["soh_permille"]}, until="2026-07-20")
    lab.denied("share.until").shares(pack, {honest: ["soh_permille"]}, until="2027-07-20")
    lab.denied("share.claim").shares(used, {honest: ["soh_permille"]}, until="2026-07-20")
    shown = lab.shares(pack, {honest: ["soh_permille", "source"]}, until="2026-07-20")
    rosy = dealer.shares(pack, {optimist: ["soh_permille"]}, until="2026-07-20")

    # The buyer opens both links on a telephone, and asks the dealer why they differ.
    page = public.opens(shown)
    assert "Shown to you" in page
    assert "Test Lab" in page
    assert "870" in page
    assert "940" in public.opens(rosy)
    other_pack = {**shown, "link": shown["link"].replace("0000001?", "0000002?")}
    assert "This link shows nothing" in public.opens(other_pack)

    # Each look is on record for who holds the car, and for no rival.
    readers = {one["reader"] for one in dealer.reads(f"/v1/items/{pack}/reads")["reads"]}
    assert readers >= {dealer.id, regulator.id, f"share:{shown['id']}"}
    rival.cannot_read("reads.holder", f"/v1/items/{pack}/reads")

    # Sold. The dealer takes its link back, the laboratory's ends by itself; the page stays what it was.
    dealer.ends(rosy)
    assert "This link shows nothing" in public.opens(rosy)
    dealer.states("vehicle.sold", used, city="3302", use="private")
    stage.on("2026-07-21")
    assert "This link shows nothing" in public.opens(shown)
    public.knows(pack, custodian="user", owner="user", phase="fitted")
    public.sees(pack, "It drives in a vehicle, which is with a private user", "Vehicle")
    stage.auditor.audits()
