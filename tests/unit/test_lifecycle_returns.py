"""Ways back and out: requalified waste, returned products, divided lots and disposed residue."""

from ledger.events.recycling import ResidueDisposed
from ledger.state import Item
from ledger.vocabulary import Application, Decision, Ending, Material, Phase, Right, Status, TakerKind
from tests.consortium import (
    FLEET,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    module,
    pack,
    product,
    vehicle,
)
from tests.memory import World

LOT, PART, OTHER = RECYCLER.lot("L"), RECYCLER.lot("L-1"), RECYCLER.lot("L-2")


def waste(*numbers: int, decision: Decision = Decision.REUSE) -> tuple[World, list[str], str]:
    """Retired packs at the second-life firm's, measured and graded; the ids of both."""
    world = World()
    packs = [pack(number) for number in numbers]
    for one in packs:
        world.log(world.story.pack_manufactured(one))
    world.log(world.story.item_retired(MAKER, *packs))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, *packs))
    measured = [world.log(world.story.health_measured(one)).id for one in packs]
    grading = world.log(world.story.item_graded(*packs, decision=decision))
    return world, measured, grading.id


# Requalification


def test_measured_and_graded_waste_is_a_battery_again() -> None:
    world, measured, grading = waste(1, 2)
    text = world.story.item_requalified(pack(1), pack(2), grading=grading, measurements=measured)
    event = world.log(text)
    for one in (pack(1), pack(2)):
        item = world.item(one)
        assert (item.phase, item.status, item.tip) == (Phase.STOCK, Status.REUSED, event.id)


def test_a_requalified_pack_is_fitted_again() -> None:
    world, measured, grading = waste(1)
    world.log(world.story.item_requalified(pack(1), grading=grading, measurements=measured))
    world.log(*world.story.transfer(SECOND_LIFE, VEHICLE_MAKER, pack(1), load="back"))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))


def test_each_item_was_measured() -> None:
    world, measured, grading = waste(1, 2)
    text = world.story.item_requalified(pack(1), pack(2), grading=grading, measurements=measured[:1])
    world.refused(text, "requalification.unmeasured", pack(2))


def test_what_was_graded_for_recycling_does_not_come_back() -> None:
    world, measured, grading = waste(1, decision=Decision.RECYCLE)
    text = world.story.item_requalified(pack(1), grading=grading, measurements=measured)
    refusal = world.refused(text, "requalification.graded", pack(1))
    assert refusal.facts == {"event": grading}


def test_each_item_was_graded() -> None:
    world, measured, _ = waste(1, 2)
    grading = world.log(world.story.item_graded(pack(1))).id
    text = world.story.item_requalified(pack(1), pack(2), grading=grading, measurements=measured)
    world.refused(text, "requalification.graded", pack(2))


def test_the_way_back_rests_on_logged_measurements_and_a_grading() -> None:
    world, measured, grading = waste(1)
    for first, last, wrong, expected in (
        (["A" * 43], grading, "A" * 43, "health.measured"),
        ([grading], grading, grading, "health.measured"),
        (measured, measured[0], measured[0], "item.graded"),
    ):
        text = world.story.item_requalified(pack(1), grading=last, measurements=first)
        refusal = world.refused(text, "requalification.basis", wrong)
        assert refusal.facts == {"expected": expected}


def test_only_waste_is_requalified() -> None:
    world, measured, grading = waste(1)
    world.log(world.story.item_requalified(pack(1), grading=grading, measurements=measured))
    text = world.story.item_requalified(pack(1), grading=grading, measurements=measured)
    world.refused(text, "lifecycle.phase", pack(1))


def test_a_recycler_requalifies_nothing() -> None:
    world, measured, grading = waste(1)
    text = world.story.item_requalified(pack(1), grading=grading, measurements=measured, by=RECYCLER)
    world.refused(text, "org.role", RECYCLER.id)


# Returns


def deployed() -> World:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    return world


def test_a_returned_product_is_in_stock_for_the_use_it_was_built_for() -> None:
    world = deployed()
    world.log(world.story.module_manufactured(module(1)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, module(1)))
    world.log(world.story.product_assembled(product(1), module(1)))
    world.log(world.story.product_deployed(product(1)), world.story.product_returned(product(1)))
    item = world.item(product(1))
    assert (item.phase, item.application) == (Phase.STOCK, Application.TELECOM_BACKUP)


def test_a_returned_pack_is_free_for_another_use() -> None:
    world = deployed()
    world.log(world.story.product_deployed(pack(1)), world.story.product_returned(pack(1)))
    item = world.item(pack(1))
    assert (item.phase, item.application) == (Phase.STOCK, None)


def test_what_is_not_deployed_does_not_return() -> None:
    world = deployed()
    world.refused(world.story.product_returned(pack(1)), "lifecycle.phase", pack(1))


def test_only_the_holder_takes_back() -> None:
    world = deployed()
    world.log(world.story.product_deployed(pack(1)))
    world.refused(world.story.product_returned(pack(1), by=FLEET), "custody.holder", pack(1))


# Lots


def lot() -> World:
    world = World()
    world.log(world.story.lot_declared(LOT, mass_g=1_000, material=Material.BLACK_MASS))
    return world


def grams(item: Item) -> tuple[int | None, int | None]:
    return item.mass_g, item.remaining_g


def test_a_lot_is_divided_into_lots_of_its_material() -> None:
    world = lot()
    tip = world.item(LOT).tip
    event = world.log(world.story.lot_divided(LOT, {PART: 300, OTHER: 700}))
    assert [grams(world.item(one)) for one in (LOT, PART, OTHER)] == [(1_000, 0), (300, 300), (700, 700)]
    assert world.item(PART).lot == world.item(LOT).lot
    assert (world.item(LOT).tip, world.item(PART).tip) == (tip, event.id)


def test_parts_belong_to_whom_the_lot_belongs_to() -> None:
    world = lot()
    world.log(*world.story.transfer(RECYCLER, MAKER, LOT, rights=(Right.OWNERSHIP,)))
    world.log(world.story.lot_divided(LOT, {PART: 300}))
    item = world.item(PART)
    assert (item.custodian, item.owner, item.operator) == (RECYCLER.id, MAKER.id, RECYCLER.id)


def test_parts_weigh_no_more_than_the_lot() -> None:
    world = lot()
    refusal = world.refused(world.story.lot_divided(LOT, {PART: 300, OTHER: 701}), "balance.lot", LOT)
    assert refusal.facts == {"held_g": 1_000, "drawn_g": 1_001}


def test_only_a_lot_is_divided() -> None:
    world = deployed()
    text = world.story.lot_divided(pack(1), {SECOND_LIFE.lot("X"): 1}, by=SECOND_LIFE)
    world.refused(text, "lifecycle.kind", pack(1))


def test_only_the_holder_divides() -> None:
    world = lot()
    text = world.story.lot_divided(LOT, {SECOND_LIFE.lot("X"): 1}, by=SECOND_LIFE)
    world.refused(text, "custody.holder", LOT)


def test_a_part_is_a_lot_of_the_signers_own_list() -> None:
    world = lot()
    world.refused(world.story.lot_divided(LOT, {MAKER.lot("X"): 1}), "item.namespace", MAKER.lot("X"))
    world.refused(world.story.lot_divided(LOT, {pack(7): 1}), "code.scheme", pack(7))


# Disposal


def test_disposed_waste_ends_and_lots_are_drawn() -> None:
    world = lot()
    world.log(world.story.pack_manufactured(pack(1)), world.story.item_retired(MAKER, pack(1)))
    world.log(*world.story.transfer(MAKER, RECYCLER, pack(1)))
    world.log(world.story.residue_disposed(pack(1), drawn={LOT: 400}))
    item = world.item(pack(1))
    assert (item.phase, item.ended_by) == (Phase.ENDED, Ending.DISPOSED)
    assert grams(world.item(LOT)) == (1_000, 600)


def test_only_waste_is_disposed_of() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.refused(world.story.residue_disposed(pack(1), by=MAKER), "lifecycle.phase", pack(1))


def test_no_more_is_disposed_of_than_there_is() -> None:
    world = lot()
    world.refused(world.story.residue_disposed(drawn={LOT: 1_001}), "balance.lot", LOT)


def test_something_is_disposed_of() -> None:
    world = lot()
    world.refused(world.story.tell(RECYCLER, ResidueDisposed(taker=TakerKind.OTHER)), "batch.empty")
