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

    # Shredded: 30 packs of 400 kg make 12 t. Nothing comes out that did not go in.
    black, copper, steel = (recycler.lot(text) for text in ("BM-1", "CU-1", "FE-1"))
    made: Claim = {"lot": black, "material": "black_mass", "mass_g": 4_600_000}
    made |= recycler.assayed({"Li": 38_000, "P": 170_000, "Fe": 300_000}, moisture_ppm=10_000)
    outputs: Claim = [made, {"lot": copper, "material": "copper", "mass_g": 1_100_000}]
    outputs += [{"lot": steel, "material": "steel", "mass_g": 4_900_000}]
    shred: Claim = {"step": "shred", "losses_g": 1_200_000}
    recycler.denied("balance.mass").processes(
        *packs, outputs=[*outputs[:2], {**outputs[2], "mass_g": 9_900_000}], **shred
    )
    recycler.processes(*packs, outputs=outputs, **shred)
    recycler.denied("lifecycle.ended").processes(
        *packs, outputs=[{**made, "lot": recycler.lot("BM-2")}], **shred
    )
    public.sees(black, "Black mass, a lot of 4,600 kg, entered by Recycler", zh="黑粉")

    # Leached: 38 g of lithium in each dry kilogram, so there is a limit to what carbonate can come of it.
    carbonate, residue = recycler.lot("LI-1"), recycler.lot("FP-1")
    salt: Claim = {
        "lot": carbonate,
        "material": "lithium_carbonate",
        "mass_g": 820_000,
        "counts_as_recycled": True,
    }
    salt |= recycler.assayed({"Li": 187_900})
    rest: Claim = {"lot": residue, "material": "iron_phosphate", "mass_g": 3_600_000}
    leach: Claim = {"step": "hydromet", "lots": [{"lot": black, "mass_g": 4_600_000}], "additions_g": 900_000}
    more_than_all: Claim = {**salt, "mass_g": 1_200_000}
    recycler.denied("balance.element").processes(outputs=[more_than_all, rest], losses_g=500_000, **leach)
    too_much: Claim = {**leach, "lots": [{"lot": black, "mass_g": 4_700_000}]}
    recycler.denied("balance.lot").processes(outputs=[salt, rest], losses_g=800_000, **too_much)
    refiner.denied("custody.holder").processes(outputs=[{**salt, "lot": refiner.lot("LI-1")}], **leach)
    recycler.processes(outputs=[salt, rest], losses_g=900_000, **leach)
    public.knows(black, remaining_g=0)
    recycler.denied("balance.lot").processes(outputs=[{**salt, "lot": recycler.lot("LI-2")}], **leach)

    # Sold in two parts. The maker claims what its lots hold, once, and of nothing that is not recycled.
    half: Claim = {"lot": recycler.lot("LI-1A"), "mass_g": 500_000}
    recycler.states("lot.divided", source=carbonate, parts=[half])
    recycler.hands_over(maker, half["lot"])
    virgin = maker.lot("VIRGIN-1")
    mined: Claim = {
        "material": "lithium_carbonate",
        "mass_g": 1_000_000,
        "origin": "virgin",
        **maker.assayed({"Li": 187_900}),
    }
    maker.states("lot.declared", virgin, **mined)
    claim: Claim = {
        "model": maker.model("pack"),
        "plant": "PLANT-1",
        "year": 2026,
        "element": "Li",
        "packs": 300,
    }
    drawn: Claim = [{"lot": half["lot"], "mass_g": 500_000}]
    maker.refused("content.more", "content.claimed", lots=drawn, post_consumer_g=95_000, **claim)
    of_mined: Claim = [{"lot": virgin, "mass_g": 500_000}]
    maker.refused("content.not_recycled", "content.claimed", lots=of_mined, post_consumer_g=90_000, **claim)
    recycler.refused("org.role", "content.claimed", lots=drawn, post_consumer_g=90_000, **claim)
    maker.states("content.claimed", lots=drawn, pre_consumer_g=93_950, **claim)
    maker.refused("balance.lot", "content.claimed", lots=drawn, post_consumer_g=1, **claim)
    public.knows(half["lot"], remaining_g=0, owner=maker)
    public.knows(carbonate, remaining_g=320_000, owner=recycler)
    public.sees(carbonate, "320 kg of it is left", "Divided into", "Made from", zh="碳酸锂")
    public.sees(packs[0], "It has been recycled. Its material lives on", "Went into")
    stage.auditor.audits()
