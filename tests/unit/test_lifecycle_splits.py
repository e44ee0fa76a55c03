"""Taking apart: every child is accounted for, and a cell comes out with its proof."""

import dataclasses
from collections.abc import Sequence

import pytest

from ledger.cells import release
from ledger.events.second_life import CellRelease, SplitOutput
from ledger.identifiers import ItemId
from ledger.state import Holder
from ledger.vocabulary import (
    Ending,
    Flag,
    Kind,
    Material,
    Phase,
    Right,
    Status,
)
from tests.consortium import (
    COLLECTOR,
    FLEET,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    cell,
    module,
    pack,
    product,
    vehicle,
)
from tests.memory import World
from tests.scenario_more import REPAIRER
from tests.starts import (
    HOUSING,
    assembly,
    output,
    received,
    split,
)
from tests.storyteller import CELLS_KEY, MODULE_G, PACK_G

# Splitting


def test_a_split_ends_the_pack_and_frees_its_modules_as_waste() -> None:
    world = received()
    housing = output(HOUSING, 40_000, material=Material.HOUSING)
    event = world.log(split(world, pack(1), output(module(11), 44_000), output(module(12)), housing))
    whole, part, lot = world.item(pack(1)), world.item(module(11)), world.item(HOUSING)
    assert (whole.phase, whole.ended_by, whole.parts, whole.depth) == (Phase.ENDED, Ending.SPLIT, 0, 0)
    assert (part.phase, part.status, part.parent, part.mass_g) == (Phase.RETIRED, Status.WASTE, None, 44_000)
    assert (part.custodian, part.owner, part.operator) == (SECOND_LIFE.id, SECOND_LIFE.id, MAKER.id)
    assert (lot.kind, lot.remaining_g, lot.owner, lot.tip) == (Kind.LOT, 40_000, SECOND_LIFE.id, event.id)
    assert lot.lot is not None
    assert (lot.lot.material, lot.lot.origin) == (Material.HOUSING, None)


def test_a_child_that_is_missing_is_named_and_belongs_to_nobodys_hands() -> None:
    world = received()
    world.log(split(world, pack(1), output(module(11)), unaccounted=[module(12)]))
    lost = world.item(module(12))
    assert (lost.phase, lost.custodian, lost.flags) == (Phase.REMOVED, Holder.NOBODY, (Flag.MISSING,))
    assert (lost.owner, lost.parent) == (SECOND_LIFE.id, None)
    world.refused(world.story.item_retired(SECOND_LIFE, module(12)), "custody.holder", module(12))
    world.log(world.story.item_collected(module(12)))
    assert (world.item(module(12)).custodian, world.item(module(12)).flags) == (COLLECTOR.id, ())


def test_every_child_is_an_output_or_unaccounted_for() -> None:
    world = received()
    refusal = world.refused(split(world, pack(1), output(module(11))), "split.conserve", pack(1))
    assert refusal.facts == {"parts": 2, "named": 1}
    world.refused(split(world, pack(1)), "split.conserve", pack(1))


@pytest.mark.parametrize("missing", [False, True])
def test_a_stranger_does_not_come_out_of_a_pack(*, missing: bool) -> None:
    world = received(1, 2)
    stranger = module(21)
    world.log(split(world, pack(2), output(stranger), output(module(22))))
    children = [output(module(11)), output(module(12))]
    text = (
        split(world, pack(1), *children, unaccounted=[stranger])
        if missing
        else split(world, pack(1), *children, output(stranger))
    )
    refusal = world.refused(text, "split.stranger", stranger)
    assert refusal.facts == {"parent": str(pack(1))}


def test_a_child_of_another_pack_does_not_stand_in_for_a_missing_one() -> None:
    world = received(1, 2)
    world.refused(split(world, pack(1), output(module(11)), output(module(21))), "split.stranger", module(21))


def test_a_pack_with_listed_modules_holds_no_unlisted_one() -> None:
    world = received()
    children = [output(module(11)), output(module(12))]
    world.refused(split(world, pack(1), *children, output(module(19))), "split.stranger", module(19))


def test_an_unlisted_module_comes_out_of_a_pack_that_listed_nothing() -> None:
    world = received(modules=0)
    world.log(split(world, pack(1), output(module(1)), output(module(2))))
    found = world.item(module(1))
    assert (found.kind, found.phase, found.custodian, found.maker) == (
        Kind.MODULE,
        Phase.RETIRED,
        SECOND_LIFE.id,
        MAKER.id,
    )


def test_an_unlisted_part_has_a_code_for_modules() -> None:
    world = received(modules=0)
    world.refused(split(world, pack(1), output(cell(1))), "code.kind", cell(1))


def test_a_part_is_never_a_vehicle() -> None:
    world = received(modules=0)
    world.refused(split(world, pack(1), output(vehicle(1))), "code.scheme", vehicle(1))


@pytest.mark.parametrize(
    "odd",
    [
        output(module(12), material=Material.HOUSING),
        output(module(12), cell=CellRelease(salt=bytes(16), index=0, proof=())),
        output(HOUSING),
        output(HOUSING, material=Material.HOUSING, cell=CellRelease(salt=bytes(16), index=0, proof=())),
    ],
    ids=["module of a material", "module as a cell", "lot without material", "lot as a cell"],
)
def test_an_output_is_a_unit_or_a_lot_of_a_material(odd: SplitOutput) -> None:
    world = received()
    others = [output(one) for one in (module(11), module(12)) if one != odd.id]
    world.refused(split(world, pack(1), *others, odd), "split.output", odd.id)


def test_an_unlisted_module_is_of_no_material() -> None:
    world = received(modules=0)
    odd = output(module(1), material=Material.HOUSING)
    world.refused(split(world, pack(1), odd), "split.output", module(1))


def test_outputs_weigh_no_more_than_the_whole_and_the_scales_tolerance() -> None:
    world = received()
    within = PACK_G * 102 // 100 - 2 * MODULE_G
    children = [output(module(11)), output(module(12))]
    heavy = output(HOUSING, within + 1, material=Material.HOUSING)
    refusal = world.refused(split(world, pack(1), *children, heavy), "balance.mass")
    assert refusal.facts["inputs_g"] == PACK_G
    world.log(split(world, pack(1), *children, output(HOUSING, within, material=Material.HOUSING)))


def test_a_child_weighs_no_more_than_it_did_and_the_scales_tolerance() -> None:
    world = received()
    most = MODULE_G * 102 // 100
    refusal = world.refused(
        split(world, pack(1), output(module(11), most + 1), output(module(12))), "balance.mass", module(11)
    )
    assert refusal.facts == {"inputs_g": MODULE_G, "outputs_g": most + 1, "tolerance_ppm": 20_000}
    world.log(split(world, pack(1), output(module(11), most), output(module(12), MODULE_G - 1)))
    assert [world.item(module(one)).mass_g for one in (11, 12)] == [MODULE_G, MODULE_G - 1]


def lost_and_found() -> World:
    """Module 12 was missing from pack 1, and the second-life firm collects it."""
    world = received()
    world.log(split(world, pack(1), output(module(11)), unaccounted=[module(12)]))
    world.log(world.story.item_collected(module(12), by=SECOND_LIFE))
    return world


def test_nobody_knows_what_a_missing_child_weighs() -> None:
    world = lost_and_found()
    assert world.item(module(12)).mass_g is None
    housing = output(HOUSING, 1, material=Material.HOUSING)
    world.refused(split(world, module(12), housing), "balance.unknown_mass", module(12))
    text = world.story.tell(SECOND_LIFE, assembly(module(11), module(12)), product(1))
    world.refused(text, "balance.unknown_mass", module(12))
    batch = world.story.batch_processed(module(12), made={SECOND_LIFE.lot("BM"): 1}, by=SECOND_LIFE)
    world.refused(batch, "balance.unknown_mass", module(12))


def test_a_lot_lies_in_its_makers_own_list() -> None:
    world = received()
    theirs = output(RECYCLER.lot("A"), 1, material=Material.HOUSING)
    children = [output(module(11)), output(module(12))]
    refusal = world.refused(split(world, pack(1), *children, theirs), "item.namespace", theirs.id)
    assert refusal.facts == {"issuer": str(SECOND_LIFE.id)}


def test_what_another_firm_owns_is_not_ended_without_it() -> None:
    world = received()
    world.log(world.story.transfer_offered(SECOND_LIFE, FLEET, pack(1), rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(FLEET, pack(1)))
    refusal = world.refused(
        split(world, pack(1), output(module(11)), output(module(12))), "owner.consent", pack(1)
    )
    assert refusal.facts == {"owner": str(FLEET.id)}


def test_a_part_of_another_owner_comes_out_as_its_owners() -> None:
    world = received()
    world.log(world.story.transfer_offered(SECOND_LIFE, FLEET, module(11), rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(FLEET, module(11)))
    world.log(split(world, pack(1), output(module(11)), output(module(12))))
    assert (world.item(module(11)).custodian, world.item(module(11)).owner) == (SECOND_LIFE.id, FLEET.id)


def test_a_repairer_may_split_what_a_user_holds_and_it_stays_the_users() -> None:
    world = World()
    world.log(*world.story.enrolments([REPAIRER]))
    world.log(world.story.pack_manufactured(pack(1), [module(11)]))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)), world.story.vehicle_sold(vehicle(1)))
    world.refused(split(world, pack(1), output(module(11)), by=REPAIRER), "lifecycle.phase", pack(1))
    world.log(world.story.pack_removed(pack(1), vehicle(1), by=REPAIRER))
    world.log(split(world, pack(1), output(module(11)), by=REPAIRER))
    item = world.item(module(11))
    assert (item.custodian, item.owner) == (REPAIRER.id, Holder.USER)


# Released cells


CELLS = [cell(number) for number in range(1, 6)]


def with_cells() -> World:
    world = World()
    world.log(world.story.pack_manufactured(pack(1), {module(1): CELLS, module(2): ()}))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.log(split(world, pack(1), output(module(1)), output(module(2))))
    return world


def let_go(one: ItemId, cells: Sequence[ItemId] = CELLS) -> CellRelease:
    return release(CELLS_KEY, [each.value for each in cells], one.value)


def test_a_cell_becomes_an_item_with_the_proof_that_it_was_in_there() -> None:
    world = with_cells()
    world.log(split(world, module(1), *(output(one, 1_800, cell=let_go(one)) for one in CELLS)))
    for one in CELLS:
        found = world.item(one)
        assert (found.kind, found.phase, found.custodian) == (Kind.CELL, Phase.RETIRED, SECOND_LIFE.id)
        assert (found.mass_g, found.maker, found.status) == (1_800, MAKER.id, Status.WASTE)


def test_a_cell_of_another_unit_has_no_proof_here() -> None:
    world = with_cells()
    others = [cell(number) for number in range(7, 12)]
    foreign = output(cell(7), 1_800, cell=let_go(cell(7), others))
    world.refused(split(world, module(1), foreign), "cells.proof", cell(7))


def test_a_proof_stands_for_its_own_cell_at_its_own_place() -> None:
    world = with_cells()
    proof = let_go(cell(1))
    wrong = [
        output(cell(2), 1_800, cell=proof),
        output(cell(1), 1_800, cell=dataclasses.replace(proof, salt=bytes(16))),
        output(cell(1), 1_800, cell=dataclasses.replace(proof, index=(proof.index + 1) % 5)),
        output(cell(1), 1_800, cell=dataclasses.replace(proof, index=5)),
        output(cell(1), 1_800, cell=dataclasses.replace(proof, index=2**53 - 1)),
        output(cell(1), 1_800, cell=dataclasses.replace(proof, proof=proof.proof[:-1])),
        output(cell(1), 1_800, cell=dataclasses.replace(proof, proof=(*proof.proof, bytes(32)))),
    ]
    for one in wrong:
        world.refused(split(world, module(1), one), "cells.proof", one.id)


def test_a_unit_that_committed_to_no_cells_releases_none() -> None:
    world = with_cells()
    world.refused(
        split(world, module(2), output(cell(1), 1_800, cell=let_go(cell(1)))), "cells.no_root", module(2)
    )


def test_a_released_cell_has_a_cells_code() -> None:
    world = with_cells()
    world.refused(
        split(world, module(1), output(module(9), 1_800, cell=let_go(cell(1)))), "code.kind", module(9)
    )


def test_a_cell_is_released_once() -> None:
    world = World()
    for number in (1, 2):
        world.log(world.story.pack_manufactured(pack(number), {module(number): CELLS}))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1), pack(2)))
    for number in (1, 2):
        world.log(split(world, pack(number), output(module(number))))
    world.log(split(world, module(1), output(cell(1), 1_800, cell=let_go(cell(1)))))
    world.refused(
        split(world, module(2), output(cell(1), 1_800, cell=let_go(cell(1)))), "split.stranger", cell(1)
    )


def test_a_unit_with_a_root_holds_no_unlisted_module() -> None:
    world = with_cells()
    world.refused(split(world, module(1), output(module(9), 1_800)), "split.stranger", module(9))
