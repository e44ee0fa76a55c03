"""Packs that belong to no one vehicle."""

from tests.stories.goods import Claim, car
from tests.stories.stage import Stage


def test_a_swap_pool_belongs_to_a_bank(stage: Stage) -> None:
    maker = stage.enrols("Pack Maker", "manufacturer", vendor="ZZZ")
    carmaker = stage.enrols("Car Maker", "vehicle_maker")
    swapper = stage.enrols("Swap Operator", "swap_operator")
    bank, fund = stage.enrols("Bank", "asset_owner"), stage.enrols("Pension Fund", "asset_owner")
    recycler = stage.enrols("Recycler", "recycler")
    public, taxi = stage.public, car(1)
    packs = [maker.pack(n) for n in range(1, 6)]
    for pack in packs:
        maker.makes(pack)

    # The bank pays and owns, the operator has the packs; neither has the other's right.
    maker.offers(bank, *packs, load="the money", rights=["ownership"])
    bank.accepts(*packs, load="the money")
    maker.hands_over(swapper, *packs[1:], rights=["custody", "operator"])
    maker.hands_over(carmaker, packs[0], rights=["custody", "operator"])
    swapper.denied("transfer.right").offers(
        fund, packs[1], load="a sale by the operator", rights=["ownership"]
    )
    bank.denied("transfer.right").offers(recycler, packs[1], load="a raid", rights=["custody"])
    public.knows(packs[1], custodian=swapper, owner=bank, operator=swapper)

    # One pack comes with a car of a swap model; at the station it goes into the pool and another comes out.
    carmaker.states("pack.fitted", packs[0], taxi, vehicle_model="SWAP-1", swap_model=True, max_packs=1)
    bank.refused("org.role", "pool.joined", packs[1], pool="SH-7")
    swapper.states("pool.joined", *packs[1:], pool="SH-7")
    swapper.refused("custody.holder", "pool.joined", packs[0], taxi, pool="SH-7")
    carmaker.states("pool.joined", packs[0], taxi, pool="SH-7")
    carmaker.hands_over(swapper, packs[0], rights=["custody", "operator"])
    carmaker.states("vehicle.sold", taxi, city="3101", use="private")
    public.knows(packs[0], phase="pooled", pool="SH-7", custodian=swapper, owner=bank)
    public.sees(packs[0], "It is in a swap pool, with Swap Operator", zh="换电")
    swapper.refused("lifecycle.phase", "item.retired", packs[1], reason="capacity_fade")

    # Swaps are no events: a month of them is one statement, and no more than a month.
    month: Claim = {"from": "2026-06-01T00:00:00+08:00", "until": "2026-07-01T00:00:00+08:00"}
    swaps: Claim = {"pool": "SH-7", "packs": 5, "vehicles": 4, "swaps": 3_100, "records_root": "A" * 43}
    swapper.refused("batch.period", "pool.reported", period=month, **swaps)
    stage.on("2026-07-02")
    quarter: Claim = {**month, "from": "2026-04-01T00:00:00+08:00"}
    swapper.refused("batch.period", "pool.reported", period=quarter, **swaps)
    bank.refused("org.role", "pool.reported", period=month, **swaps)
    swapper.states("pool.reported", period=month, **swaps)

    # The bank sells the pool as it works; nothing moves but the papers.
    bank.hands_over(fund, *packs, rights=["ownership"])
    public.knows(packs[3], phase="pooled", custodian=swapper, owner=fund)

    # A worn pack leaves. The recycler needs the owner's word for this act, and the new owner's.
    worn = packs[3]
    swapper.states("pool.left", worn, phase="removed")
    swapper.states("item.retired", worn, reason="capacity_fade")
    swapper.hands_over(recycler, worn, rights=["custody"])
    bank.refused("consent.owner", "consent.given", worn, act="batch.processed", to=recycler.id)
    fund.states("consent.given", worn, act="item.split", to=recycler.id)
    recycler.denied("owner.consent").shreds(worn, into={"black_mass": 200_000}, losses_g=150_000)
    fund.states("consent.given", worn, act="batch.processed", to=recycler.id)
    recycler.shreds(worn, into={"black_mass": 200_000}, losses_g=150_000)
    public.knows(worn, phase="ended", ended_by="processed", owner=fund)
    assert public.finds(phase="pooled", owner=fund.id) == {packs[0], packs[1], packs[2], packs[4]}
    public.sees(worn, "It has been recycled", "Joined a swap pool", "Left its swap pool")
    stage.auditor.audits()
