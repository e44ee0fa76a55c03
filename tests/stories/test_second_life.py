"""Modules that work again."""

from tests.stories.cast import MODULE_G
from tests.stories.goods import Claim
from tests.stories.stage import Stage


def test_5_packs_become_40_modules_and_a_telecom_cabinet_and_come_back(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    reuser = stage.enrols("Second Life", "second_life", vendor="ZZY")
    tower = stage.enrols("Tower Company", "asset_owner")
    recycler = stage.enrols("Recycler", "recycler")
    public, cabinet = stage.public, reuser.product(1)
    packs = {maker.pack(n): [maker.module(10 * n + m) for m in range(8)] for n in range(1, 6)}
    modules = [one for some in packs.values() for one in some]
    for pack, some in packs.items():
        maker.makes(pack, *some)
    maker.states("item.retired", *packs, reason="capacity_fade")
    maker.hands_over(reuser, *packs)

    # Taken apart one by one: every module comes out, none from another pack, and no gram more than there was.
    first, second, *_ = packs
    out = packs[first]
    housing: Claim = {"id": reuser.lot("HOUSING-1"), "mass_g": 38_000, "material": "housing"}
    reuser.denied("split.conserve").splits(first, *out[:7])
    reuser.denied("split.stranger").splits(first, *out[:7], packs[second][0])
    reuser.denied("balance.mass").splits(first, *out, lots=[{**housing, "mass_g": 60_000}])
    recycler.denied("custody.holder").splits(first, *out)
    for pack, some in packs.items():
        reuser.splits(pack, *some, lots=[housing] if pack == first else [])
    public.knows(
        modules[39], phase="retired", status="waste", custodian=reuser, owner=reuser, mass_g=MODULE_G
    )

    # Graded; the weak two go to the recycler, thirty-eight into a cabinet for a mast. No bicycles.
    weak, strong = modules[:2], modules[2:]
    decisions = {**dict.fromkeys(strong, "repurpose"), **dict.fromkeys(weak, "recycle")}
    tower.denied("org.role").grades(decisions)
    reuser.grades(decisions)
    reuser.denied("application.prohibited").assembles(cabinet, *strong, use="electric_bicycle")
    reuser.denied("balance.mass").assembles(cabinet, *strong, mass_g=30 * MODULE_G)
    reuser.assembles(cabinet, *strong, mass_g=1_830_000)
    reuser.denied("lifecycle.phase").assembles(reuser.product(2), strong[0])
    reuser.denied("transfer.inside").offers(recycler, strong[0], load="out of the cabinet")
    public.knows(cabinet, phase="stock", status="repurposed", operator=reuser, parts=38, mass_g=1_830_000)
    assert public.parts(cabinet) == set(strong)

    # At work, for a tower company, in what it was built for.
    reuser.hands_over(tower, cabinet)
    tower.refused("application.other", "product.deployed", cabinet, application="energy_storage")
    work: Claim = {"application": "telecom_backup", "concealed": {"site_address": "Mast 7"}}
    deployed = tower.states("product.deployed", cabinet, **work)
    assert "Mast 7" not in stage.get(f"/v1/events/{deployed}").text
    public.sees(
        cabinet,
        "It works in its second life",
        "built by Second Life (second-life company) from used batteries",
        zh="梯次",
    )
    public.knows(strong[0], phase="part", custodian=tower, owner=tower, inside=[cabinet])

    # Back: the cabinet is opened, its modules are waste for good, and all forty are in two lots.
    stage.on("2026-11-01")
    tower.states("product.returned", cabinet)
    tower.states("item.retired", cabinet, reason="end_of_second_use")
    tower.hands_over(recycler, cabinet)
    reuser.hands_over(recycler, *weak)
    recycler.denied("split.conserve").splits(cabinet, *strong[1:])
    recycler.splits(cabinet, *strong)
    recycler.refused("lifecycle.ended", "product.deployed", cabinet, application="telecom_backup")
    recycler.shreds(*modules, into={"black_mass": 900_000, "copper": 300_000}, losses_g=500_000)
    assert {public.view(one)["state"]["ended_by"] for one in modules} == {"processed"}
    public.sees(modules[5], "Came out of", "Built into", "Went into", "It has been recycled")
    public.sees(cabinet, "It has been taken apart", "Built from", "and 14 more")
    stage.auditor.audits()
