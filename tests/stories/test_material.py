"""From tonnes of waste to a claim on a new pack."""

from tests.stories.goods import Claim
from tests.stories.stage import Stage


def test_12_tonnes_of_lfp_become_carbonate_and_recycled_content(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    recycler = stage.enrols("Recycler", "recycler")
    refiner = stage.enrols("Refiner", "material_maker")
    public = stage.public
    packs = [maker.pack(n) for n in range(1, 31)]
    for pack in packs:
        maker.makes(pack)
    maker.states("item.retired", *packs, reason="production_scrap")
    maker.hands_over(recycler, *packs)

    # Shredded: 30 packs of 400 kg make 12 t. Nothing comes out that did not go in, and no pack goes in twice.
    black, carbonate, sold = (recycler.lot(text) for text in ("BM-1", "LI-1", "LI-1A"))
    iron: Claim = {"lot": recycler.lot("FE-1"), "material": "steel", "mass_g": 6_000_000}
    mass: Claim = {"lot": black, "material": "black_mass", "mass_g": 4_600_000}
    mass |= recycler.assayed({"Li": 38_000, "P": 170_000, "Fe": 300_000}, moisture_ppm=10_000)
    shred: Claim = {"step": "shred", "losses_g": 1_200_000}
    too_heavy = {**iron, "mass_g": 9_900_000}
    recycler.denied("balance.mass").processes(*packs, outputs=[mass, too_heavy], **shred)
    shredded = recycler.processes(*packs, outputs=[mass, iron], **shred)
    recycler.denied("lifecycle.ended").processes(
        *packs, outputs=[{**iron, "lot": recycler.lot("X")}], **shred
    )
    public.sees(black, "Black mass, a lot of 4,600 kg, entered by Recycler", zh="黑粉")

    # Leached: 38 g of lithium in each dry kilogram, so there is a limit to what carbonate can come of it.
    salt: Claim = {"lot": carbonate, "material": "lithium_carbonate", "mass_g": 840_000}
    salt |= {"counts_as_recycled": True, **recycler.assayed({"Li": 187_900})}
    rest: Claim = {"lot": recycler.lot("FP-1"), "material": "iron_phosphate", "mass_g": 3_600_000}
    leach: Claim = {"step": "hydromet", "additions_g": 900_000, "losses_g": 880_000}
    all_of_it: Claim = [{"lot": black, "mass_g": 4_600_000}]
    too_good = [{**salt, "mass_g": 1_200_000}, {**rest, "mass_g": 3_200_000}]
    recycler.denied("balance.element").processes(outputs=too_good, lots=all_of_it, **leach)
    refiner.denied("custody.holder").processes(
        outputs=[{**rest, "lot": refiner.lot("X")}], lots=all_of_it, **leach
    )
    leached = recycler.processes(outputs=[salt, rest], lots=all_of_it, **leach)
    again = [{**salt, "lot": recycler.lot("LI-2")}]
    recycler.denied("balance.lot").processes(outputs=again, lots=all_of_it, **leach)

    # Sold in two parts. The maker claims what its lot holds, once, and of nothing that is not recycled.
    recycler.states("lot.divided", source=carbonate, parts=[{"lot": sold, "mass_g": 500_000}])
    recycler.hands_over(maker, sold)
    mined: Claim = {"material": "lithium_carbonate", "mass_g": 1_000_000, "origin": "virgin"}
    maker.states("lot.declared", maker.lot("MINED"), **mined, **maker.assayed({"Li": 187_900}))
    claim: Claim = {
        "model": maker.model("pack"),
        "plant": "PLANT-1",
        "year": 2026,
        "element": "Li",
        "packs": 300,
    }
    half: Claim = [{"lot": sold, "mass_g": 500_000}]
    of_mined: Claim = [{"lot": maker.lot("MINED"), "mass_g": 500_000}]
    maker.refused("content.more", "content.claimed", lots=half, pre_consumer_g=95_000, **claim)
    maker.refused("content.not_recycled", "content.claimed", lots=of_mined, pre_consumer_g=90_000, **claim)
    recycler.refused("org.role", "content.claimed", lots=half, pre_consumer_g=90_000, **claim)
    claimed = maker.states("content.claimed", lots=half, pre_consumer_g=93_950, **claim)
    maker.refused("balance.lot", "content.claimed", lots=half, pre_consumer_g=1, **claim)

    # The accounts say what was recovered, and where every gram claimed comes from: thirty packs of scrap.
    assert public.recovered(leached, "Li") == 912
    assert public.recovered(shredded, "Li") == "units"
    assert public.books(carbonate) == (840_000, 500_000, 340_000)
    assert public.sources(claimed) == {"production_scrap": 93_950_000_000}
    assert public.ancestors(sold) == {*packs, black, carbonate}
    public.knows(sold, remaining_g=0, owner=maker)
    public.sees(carbonate, "340 kg of it is left", "Divided into", "Made from", zh="碳酸锂")
    public.sees(packs[0], "It has been recycled. Its material lives on", "Went into")
    stage.auditor.audits()
