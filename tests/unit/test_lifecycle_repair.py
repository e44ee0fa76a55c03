"""Repairs: parts out, parts in, whose they are, and what the item weighs after."""

import itertools

import pytest

from ledger.events.service import IncidentReported, ItemRepaired
from ledger.identifiers import ItemId
from ledger.lifecycle.rights import MAX_DEPTH, custodian_of, owner_of
from ledger.state import Holder
from ledger.vocabulary import IncidentKind, Kind, Phase, Purpose, RepairStage, Right, Severity, Status
from tests.consortium import MAKER, SECOND_LIFE, VEHICLE_MAKER, cell, module, pack, product, vehicle
from tests.memory_more import MoreWorld
from tests.scenario_more import BANK, REPAIRER, local
from tests.storyteller import MODULE_G, PACK_G


def in_a_car() -> MoreWorld:
    """A pack with modules 1 and 2 in a user's vehicle; the repairer's spare is module 9."""
    world = MoreWorld()
    story = world.story
    world.log(story.pack_manufactured(pack(1), [module(1), module(2)]), story.module_manufactured(module(9)))
    world.log(*story.transfer(MAKER, VEHICLE_MAKER, pack(1), load="line"))
    world.log(*story.transfer(MAKER, REPAIRER, module(9), load="spare"))
    world.log(story.pack_fitted(pack(1), vehicle(1)), story.vehicle_sold(vehicle(1)))
    return world


def at_the_maker() -> MoreWorld:
    """A pack with modules 1 and 2 and a module 9, all in the maker's stock."""
    world = MoreWorld()
    world.log(world.story.pack_manufactured(pack(1), [module(1), module(2)]))
    world.log(world.story.module_manufactured(module(9)))
    return world


def rights(world: MoreWorld, item: ItemId) -> tuple[ItemId | Holder, ItemId | Holder]:
    states, found = world.ledger.states, world.item(item)
    return custodian_of(states, found), owner_of(states, found)


def tower(world: MoreWorld, levels: int) -> list[ItemId]:
    """Products of the second-life firm, each with the one before in it; a repair is all that is left."""
    found = [local(SECOND_LIFE, f"T{level}") for level in range(levels)]
    world.log(world.story.item_declared(found[0], by=SECOND_LIFE, kind=Kind.PRODUCT, mass_g=MODULE_G))
    for inner, outer in itertools.pairwise(found):
        world.log(world.story.product_assembled(outer, inner))
    return found


# Parts


def test_a_pack_in_a_users_vehicle_is_repaired_where_it_is() -> None:
    world = in_a_car()
    event = world.log(world.story.item_repaired(pack(1), out=[module(1)], into=[module(9)]))
    whole = world.item(pack(1))
    assert (whole.phase, whole.vehicle, whole.parts, whole.tip) == (Phase.FITTED, vehicle(1), 2, event.id)
    assert (world.item(module(9)).phase, world.item(module(9)).parent) == (Phase.PART, pack(1))
    assert rights(world, pack(1)) == (Holder.USER, Holder.USER)


def test_a_part_out_of_a_users_pack_is_in_the_repairers_hands_and_still_the_users() -> None:
    world = in_a_car()
    world.log(world.story.item_repaired(pack(1), out=[module(1)]))
    assert rights(world, module(1)) == (REPAIRER.id, Holder.USER)
    assert (world.item(module(1)).phase, world.item(module(1)).parent) == (Phase.REMOVED, None)


def test_the_repairers_own_part_in_a_users_pack_is_the_users() -> None:
    world = in_a_car()
    world.log(world.story.item_repaired(pack(1), into=[module(9)]))
    assert rights(world, module(9)) == (Holder.USER, Holder.USER)


def test_a_part_that_another_firm_owns_stays_that_firms() -> None:
    world = in_a_car()
    world.log(*world.story.transfer(REPAIRER, BANK, module(9), load="bank", rights=[Right.OWNERSHIP]))
    world.log(world.story.item_repaired(pack(1), into=[module(9)]))
    assert rights(world, module(9)) == (Holder.USER, BANK.id)


def test_what_is_taken_out_is_part_of_the_item() -> None:
    world = at_the_maker()
    world.refused(world.story.item_repaired(pack(1), by=MAKER, out=[module(9)]), "split.stranger", module(9))


def test_what_is_put_in_is_in_stock_or_removed() -> None:
    world = at_the_maker()
    world.log(world.story.item_retired(MAKER, module(9)))
    world.refused(
        world.story.item_repaired(pack(1), by=MAKER, into=[module(9)]), "lifecycle.phase", module(9)
    )


def test_a_removed_part_goes_in_again() -> None:
    world = at_the_maker()
    world.log(world.story.item_repaired(pack(1), by=MAKER, out=[module(1)]))
    world.log(world.story.item_repaired(pack(1), by=MAKER, into=[module(1)]))
    assert (world.item(module(1)).parent, world.item(pack(1)).parts) == (pack(1), 2)


def test_a_pack_does_not_go_into_a_pack() -> None:
    world = at_the_maker()
    world.log(world.story.pack_manufactured(pack(2)))
    world.refused(world.story.item_repaired(pack(1), by=MAKER, into=[pack(2)]), "lifecycle.kind", pack(2))


def test_a_module_does_not_go_into_a_module() -> None:
    world = at_the_maker()
    world.log(world.story.module_manufactured(module(8)))
    world.refused(
        world.story.item_repaired(module(8), by=MAKER, into=[module(9)]), "lifecycle.kind", module(9)
    )


def test_a_cell_in_stock_goes_into_a_module() -> None:
    world = at_the_maker()
    world.log(world.story.item_declared(cell(1), by=SECOND_LIFE, kind=Kind.CELL, mass_g=1_800))
    world.log(*world.story.transfer(SECOND_LIFE, MAKER, cell(1)))
    world.log(world.story.item_repaired(module(9), by=MAKER, into=[cell(1)]))
    assert (world.item(module(9)).parts, world.item(module(9)).depth) == (1, 1)


def test_a_quarantined_part_does_not_go_in() -> None:
    world = at_the_maker()
    claims = IncidentReported(place=MAKER.place, kind=IncidentKind.DROP, severity=Severity.MINOR)
    world.tell(MAKER, claims, module(9))
    world.refused(
        world.story.item_repaired(pack(1), by=MAKER, into=[module(9)]), "flag.quarantined", module(9)
    )


def test_a_part_under_offer_stays_where_it_is() -> None:
    world = in_a_car()
    world.log(world.story.transfer_offered(REPAIRER, MAKER, module(9), load="back"))
    world.refused(world.story.item_repaired(pack(1), into=[module(9)]), "transfer.open", module(9))


def test_another_firms_part_is_not_built_in() -> None:
    world = in_a_car()
    world.log(world.story.module_manufactured(module(8)))
    world.refused(world.story.item_repaired(pack(1), into=[module(8)]), "custody.holder", module(8))


def test_a_vehicle_is_not_repaired() -> None:
    world = in_a_car()
    world.refused(world.story.item_repaired(vehicle(1)), "lifecycle.kind", vehicle(1))


# Depth


def test_an_item_holds_only_so_many_levels() -> None:
    world = MoreWorld()
    levels = tower(world, MAX_DEPTH + 1)
    outer = local(SECOND_LIFE, "OUTER")
    world.log(world.story.item_declared(outer, by=SECOND_LIFE, kind=Kind.PRODUCT))
    text = world.story.item_repaired(outer, by=SECOND_LIFE, into=[levels[-1]])
    refusal = world.refused(text, "assembly.depth", outer)
    assert refusal.facts == {"depth": MAX_DEPTH + 1, "limit": MAX_DEPTH}


def test_a_part_gets_no_deeper_while_it_is_inside() -> None:
    world = MoreWorld()
    inner, outer = tower(world, 2)
    spare = local(SECOND_LIFE, "SPARE")
    world.log(world.story.item_declared(spare, by=SECOND_LIFE, kind=Kind.PRODUCT))
    text = world.story.item_repaired(inner, by=SECOND_LIFE, into=[spare])
    refusal = world.refused(text, "assembly.depth", inner)
    assert refusal.facts == {"depth": 1, "limit": 0}
    world.log(world.story.item_repaired(outer, by=SECOND_LIFE, into=[spare]))


def test_nothing_is_put_into_its_own_part() -> None:
    world = MoreWorld()
    inner, outer = tower(world, 2)
    world.refused(world.story.item_repaired(inner, by=SECOND_LIFE, into=[outer]), "assembly.depth", inner)


# Stages


def test_a_line_key_signs_a_repair_in_production_which_leaves_the_status() -> None:
    world = at_the_maker()
    world.log(world.story.key_added(MAKER, Purpose.LINE))
    claims = ItemRepaired(place=MAKER.place, stage=RepairStage.PRODUCTION, out=(module(1),))
    world.tell(MAKER, claims, pack(1), key=MAKER.key(Purpose.LINE))
    assert world.item(pack(1)).status is Status.ORIGINAL


def test_a_line_key_signs_no_repair_in_service() -> None:
    world = at_the_maker()
    world.log(world.story.key_added(MAKER, Purpose.LINE))
    claims = ItemRepaired(place=MAKER.place, stage=RepairStage.SERVICE)
    text = world.story.tell(MAKER, claims, pack(1), key=MAKER.key(Purpose.LINE))
    world.refused(text, "key.purpose")


def test_a_service_repair_can_remanufacture() -> None:
    world = in_a_car()
    world.log(world.story.item_repaired(pack(1), remanufactured=True))
    assert world.item(pack(1)).status is Status.REMANUFACTURED


def test_nothing_is_remanufactured_in_production() -> None:
    world = at_the_maker()
    text = world.story.item_repaired(pack(1), by=MAKER, stage=RepairStage.PRODUCTION, remanufactured=True)
    world.refused(text, "repair.stage", pack(1))


def test_production_ends_at_the_makers_gate() -> None:
    world = in_a_car()
    world.refused(world.story.item_repaired(pack(1), stage=RepairStage.PRODUCTION), "repair.stage", pack(1))


def test_another_firms_pack_is_not_repaired_in_production() -> None:
    world = at_the_maker()
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    text = world.story.item_repaired(pack(1), by=SECOND_LIFE, stage=RepairStage.PRODUCTION)
    world.refused(text, "repair.stage", pack(1))


def test_waste_is_not_remanufactured() -> None:
    world = at_the_maker()
    world.log(world.story.item_retired(MAKER, pack(1)))
    world.refused(world.story.item_repaired(pack(1), by=MAKER, remanufactured=True), "repair.waste", pack(1))
    world.log(world.story.item_repaired(pack(1), by=MAKER))
    assert world.item(pack(1)).status is Status.WASTE


# Masses


def test_the_mass_follows_the_parts() -> None:
    world = at_the_maker()
    world.log(world.story.item_repaired(pack(1), by=MAKER, out=[module(1)]))
    assert world.item(pack(1)).mass_g == PACK_G - MODULE_G
    world.log(world.story.item_repaired(pack(1), by=MAKER, into=[module(9)]))
    assert world.item(pack(1)).mass_g == PACK_G


def test_a_weighed_mass_counts() -> None:
    world = at_the_maker()
    world.log(world.story.item_repaired(pack(1), by=MAKER, mass_g=PACK_G - 500))
    assert world.item(pack(1)).mass_g == PACK_G - 500


def test_a_repair_makes_no_mass() -> None:
    world = at_the_maker()
    world.refused(
        world.story.item_repaired(pack(1), by=MAKER, out=[module(1)], mass_g=PACK_G), "balance.mass"
    )


def test_what_nobody_weighed_gets_the_mass_stated() -> None:
    world = MoreWorld()
    item = local(SECOND_LIFE, "OLD")
    world.log(world.story.item_declared(item, by=SECOND_LIFE, mass_g=None))
    world.log(world.story.item_repaired(item, by=SECOND_LIFE))
    assert world.item(item).mass_g is None
    world.log(world.story.item_repaired(item, by=SECOND_LIFE, mass_g=PACK_G))
    assert world.item(item).mass_g == PACK_G


@pytest.mark.parametrize("name", ["insulation_ohm_per_v", "fault_codes"])
def test_what_was_measured_stays_restricted(name: str) -> None:
    assert name in ItemRepaired.row.restricted


def test_a_product_code_is_repaired_too() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(product(1), by=SECOND_LIFE, kind=Kind.PRODUCT))
    world.log(world.story.item_repaired(product(1), by=SECOND_LIFE))
    assert world.item(product(1)).count == 2
