"""Taking apart, assembling and deploying."""

import dataclasses
from collections.abc import Sequence

import pytest

from ledger import gbt34014
from ledger.cells import release
from ledger.events.second_life import CellRelease, ItemSplit, ProductAssembled, SplitOutput
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.rights import MAX_DEPTH, custodian_of, operator_of, owner_of
from ledger.state import Holder
from ledger.vocabulary import (
    Application,
    Ending,
    Flag,
    Kind,
    Material,
    Phase,
    Right,
    Role,
    Status,
)
from tests.consortium import (
    COLLECTOR,
    FLEET,
    MADE_ON,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    cell,
    module,
    pack,
    product,
    sign,
    vehicle,
)
from tests.memory import World
from tests.storyteller import CELLS_KEY, MODULE_G, PACK_G

HOUSING = SECOND_LIFE.lot("HOUSING")
REPAIRER = Party(21, "Repairer", "虚构维修企业", "330110", (Role.REPAIRER,))


def received(*numbers: int, modules: int = 2, to: Party = SECOND_LIFE) -> World:
    """Packs with modules 11, 12 (21, 22 …) in a second-life firm's custody and ownership."""
    world = World()
    for number in numbers or (1,):
        parts = [module(10 * number + place) for place in range(1, modules + 1)]
        world.log(world.story.pack_manufactured(pack(number), parts))
    world.log(*world.story.transfer(MAKER, to, *(pack(number) for number in numbers or (1,))))
    return world


def output(item: ItemId, mass_g: int = MODULE_G, **more: object) -> SplitOutput:
    return dataclasses.replace(SplitOutput(id=item, mass_g=mass_g), **more)  # type: ignore[arg-type]  # members by name


def split(
    world: World,
    item: ItemId,
    *outputs: SplitOutput,
    unaccounted: Sequence[ItemId] = (),
    by: Party = SECOND_LIFE,
) -> str:
    claims = ItemSplit(place=by.place, outputs=outputs, unaccounted=tuple(unaccounted))
    return world.story.tell(by, claims, item)


def assembly(
    *inputs: ItemId,
    mass_g: int = 2 * MODULE_G,
    application: Application = Application.TELECOM_BACKUP,
    model: str | None = None,
) -> ProductAssembled:
    return ProductAssembled(
        place=SECOND_LIFE.place,
        inputs=inputs,
        application=application,
        standard="GB-T-36276",
        mass_g=mass_g,
        model=model,
    )


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


# Assembling


def test_a_product_is_built_from_modules_of_several_packs() -> None:
    world = received(1, 2)
    for number in (1, 2):
        parts = [output(module(10 * number + place)) for place in (1, 2)]
        world.log(split(world, pack(number), *parts))
    event = world.tell(SECOND_LIFE, assembly(module(11), module(21)), product(1))
    built, part = world.item(product(1)), world.item(module(11))
    assert (built.kind, built.phase, built.status) == (Kind.PRODUCT, Phase.STOCK, Status.REPURPOSED)
    assert {built.custodian, built.owner, built.operator, built.maker} == {SECOND_LIFE.id}
    assert (built.parts, built.depth, built.mass_g, built.tip) == (2, 1, 2 * MODULE_G, event.id)
    assert built.application is Application.TELECOM_BACKUP
    assert (part.phase, part.parent, part.status) == (Phase.PART, product(1), Status.REPURPOSED)
    # The maker answered for the module; the assembler answers for what it is part of now.
    states = world.ledger.states
    assert (custodian_of(states, part), owner_of(states, part)) == (SECOND_LIFE.id, SECOND_LIFE.id)
    assert operator_of(states, part) == MAKER.id
    assert operator_of(states, built) == SECOND_LIFE.id


def test_whole_packs_and_removed_ones_are_inputs_too() -> None:
    world = received(1, 2)
    world.tell(SECOND_LIFE, assembly(pack(1), pack(2), mass_g=2 * PACK_G), product(1))
    assert (world.item(product(1)).parts, world.item(product(1)).depth) == (2, 2)
    assert custodian_of(world.ledger.states, world.item(module(11))) == SECOND_LIFE.id


def test_a_product_weighs_at_least_its_inputs() -> None:
    world = received()
    text = world.story.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G - 1), product(1))
    refusal = world.refused(text, "balance.mass")
    assert refusal.facts["outputs_g"] == PACK_G


def test_what_is_built_around_used_batteries_weighs_no_more_than_they_do() -> None:
    world = received()
    heavy = world.story.tell(SECOND_LIFE, assembly(pack(1), mass_g=2 * PACK_G + 1), product(1))
    refusal = world.refused(heavy, "balance.mass")
    assert refusal.facts == {
        "inputs_g": PACK_G,
        "outputs_g": 2 * PACK_G + 1,
        "tolerance_ppm": 1_000_000,
    }
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=2 * PACK_G), product(1))


@pytest.mark.parametrize("phase", ["part", "deployed"])
def test_what_works_or_is_inside_is_no_input(phase: str) -> None:
    world = received()
    world.log(world.story.product_deployed(pack(1)))
    item = {"part": module(11), "deployed": pack(1)}[phase]
    text = world.story.tell(SECOND_LIFE, assembly(item, mass_g=PACK_G), product(1))
    refusal = world.refused(text, "lifecycle.phase", item)
    assert refusal.facts["phase"] == phase


def test_material_is_no_input() -> None:
    world = received()
    housing = output(HOUSING, 40_000, material=Material.HOUSING)
    world.log(split(world, pack(1), output(module(11)), output(module(12)), housing))
    text = world.story.tell(SECOND_LIFE, assembly(HOUSING), product(1))
    world.refused(text, "lifecycle.kind", HOUSING)


def test_an_input_that_does_not_exist_is_refused() -> None:
    world = received()
    text = world.story.tell(SECOND_LIFE, assembly(module(99)), product(1))
    world.refused(text, "prev.unknown", module(99))


def test_an_input_in_other_hands_is_refused() -> None:
    world = received(1, 2)
    world.log(*world.story.transfer(SECOND_LIFE, FLEET, pack(2), load="away"))
    text = world.story.tell(SECOND_LIFE, assembly(pack(1), pack(2), mass_g=2 * PACK_G), product(1))
    world.refused(text, "custody.holder", pack(2))


def test_an_input_keeps_another_owner() -> None:
    world = received()
    world.log(world.story.transfer_offered(SECOND_LIFE, FLEET, pack(1), rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(FLEET, pack(1)))
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    assert world.item(pack(1)).owner == FLEET.id


def test_a_product_has_a_new_id_and_a_code_of_reuse() -> None:
    world = received(1, 2)
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    again = world.story.tell(SECOND_LIFE, assembly(pack(2), mass_g=PACK_G), product(1))
    world.refused(again, "item.exists", product(1))
    first_use = pack(77)
    world.refused(
        world.story.tell(SECOND_LIFE, assembly(pack(2), mass_g=PACK_G), first_use), "code.kind", first_use
    )
    for odd in (vehicle(1), SECOND_LIFE.lot("P")):
        world.refused(
            world.story.tell(SECOND_LIFE, assembly(pack(2), mass_g=PACK_G), odd), "code.scheme", odd
        )
    theirs = ItemId.parse(f"local:{MAKER.id.value}:P")
    world.refused(
        world.story.tell(SECOND_LIFE, assembly(pack(2), mass_g=PACK_G), theirs), "item.namespace", theirs
    )
    world.tell(SECOND_LIFE, assembly(pack(2), mass_g=PACK_G), ItemId.parse("gbt45565:P-1"))


def test_a_products_model_is_its_assemblers_and_a_products() -> None:
    world = received()
    claims = assembly(pack(1), mass_g=PACK_G, model=SECOND_LIFE.model("BOX"))
    world.refused(world.story.tell(SECOND_LIFE, claims, product(1)), "model.unknown")
    foreign = dataclasses.replace(claims, model=MAKER.model())
    world.refused(world.story.tell(SECOND_LIFE, foreign, product(1)), "model.issuer", MAKER.model())
    world.log(world.story.model_declared(SECOND_LIFE, SECOND_LIFE.model("PACK")))
    as_pack = dataclasses.replace(claims, model=SECOND_LIFE.model("PACK"))
    world.refused(world.story.tell(SECOND_LIFE, as_pack, product(1)), "model.kind")
    world.log(world.story.model_declared(SECOND_LIFE, SECOND_LIFE.model("BOX"), Kind.PRODUCT))
    world.tell(SECOND_LIFE, claims, product(1))
    assert world.item(product(1)).model == SECOND_LIFE.model("BOX")


def test_products_lie_in_products_only_so_deep() -> None:
    world = received(modules=0)
    inside = pack(1)
    for level in range(1, MAX_DEPTH + 1):
        world.tell(SECOND_LIFE, assembly(inside, mass_g=PACK_G), product(level))
        inside = product(level)
    assert custodian_of(world.ledger.states, world.item(pack(1))) == SECOND_LIFE.id
    refusal = world.refused(
        world.story.tell(SECOND_LIFE, assembly(inside, mass_g=PACK_G), product(99)),
        "assembly.depth",
        product(99),
    )
    assert refusal.facts == {"depth": MAX_DEPTH + 1, "limit": MAX_DEPTH}
    world.log(world.story.health_measured(pack(1)))


def test_a_disputed_input_comes_out_of_its_product_with_its_dispute() -> None:
    world = received()
    world.log(world.story.item_collected(pack(1)))
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    world.refused(world.story.item_collected(pack(1)), "transfer.inside", pack(1))
    world.log(split(world, product(1), output(pack(1), PACK_G)))
    assert world.item(pack(1)).flags == (Flag.DISPUTED,)
    world.wait(days=15)
    world.log(world.story.item_collected(pack(1)))
    assert world.item(pack(1)).custodian == COLLECTOR.id


def test_a_product_taken_apart_gives_its_inputs_back() -> None:
    world = received()
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    world.log(split(world, product(1), output(pack(1), PACK_G)))
    assert (world.item(pack(1)).phase, world.item(pack(1)).parent) == (Phase.RETIRED, None)
    assert world.item(product(1)).ended_by is Ending.SPLIT


# Applications


def assembled_at(world: World, text: str, application: Application) -> str:
    claims = assembly(pack(1), mass_g=PACK_G, application=application)
    prev = {pack(1): world.story.tips[pack(1)], product(1): None}
    return sign(SECOND_LIFE, claims, prev, at=Instant.parse(text))


def test_electric_bicycles_are_refused_from_the_day_the_order_is_in_force() -> None:
    world = received()
    late = assembled_at(world, "2026-04-01T00:00:00+08:00", Application.ELECTRIC_BICYCLE)
    refusal = world.refused(late, "application.prohibited", product(1), logged_at_ms=world.story.now_ms)
    assert (refusal.facts["application"], refusal.facts["since"]) == ("electric_bicycle", "2026-04-01")
    assert "Order 73" in str(refusal.facts["basis"])


def test_an_electric_bicycle_of_the_day_before_is_recorded() -> None:
    world = received()
    early = assembled_at(world, "2026-03-31T23:59:59+08:00", Application.ELECTRIC_BICYCLE)
    world.log(early, logged_at_ms=world.story.now_ms)
    assert world.item(product(1)).application is Application.ELECTRIC_BICYCLE


@pytest.mark.parametrize(
    "application", [one for one in Application if one is not Application.ELECTRIC_BICYCLE]
)
def test_other_applications_are_allowed(application: Application) -> None:
    world = received()
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G, application=application), product(1))
    world.log(world.story.product_deployed(product(1), application=application))
    deployed = world.item(product(1))
    assert (deployed.phase, deployed.application) == (Phase.DEPLOYED, application)


def test_a_pack_is_not_deployed_in_a_bicycle_either() -> None:
    world = received()
    text = world.story.product_deployed(pack(1), application=Application.ELECTRIC_BICYCLE)
    world.refused(text, "application.prohibited", pack(1))


def test_a_product_works_in_what_it_was_built_for() -> None:
    world = received()
    world.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    refusal = world.refused(
        world.story.product_deployed(product(1), application=Application.UPS),
        "application.other",
        product(1),
    )
    assert refusal.facts == {"built_for": "telecom_backup"}


def test_what_is_deployed_is_not_deployed_again() -> None:
    world = received()
    world.log(world.story.product_deployed(pack(1)))
    world.refused(world.story.product_deployed(pack(1)), "lifecycle.phase", pack(1))


def test_a_filed_code_of_reuse_is_its_filers() -> None:
    world = received()
    world.log(world.story.coding_filed(MAKER, "ZZY"))
    code = gbt34014.parse(product(1).value)
    assert (code.vendor, code.date) == ("ZZY", MADE_ON)
    text = world.story.tell(SECOND_LIFE, assembly(pack(1), mass_g=PACK_G), product(1))
    world.refused(text, "code.vendor", product(1))
