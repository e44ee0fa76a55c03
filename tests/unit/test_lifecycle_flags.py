"""Incidents, loss and theft: what is marked, what a mark refuses, and who takes it off."""

from datetime import timedelta

import pytest

from ledger.events.custody import CheckList, TransferAccepted
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import Application, CheckItem, Flag, MassBasis, Right, Role
from tests.consortium import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    RECYCLER,
    REGULATOR,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    product,
    vehicle,
)
from tests.memory import World

INSURER = Party(50, "Insurer", "虚构保险公司", "310115", (Role.INSURER,))
REPAIRER = Party(51, "Workshop", "虚构维修企业", "310115", (Role.REPAIRER,))


def made(*packs: ItemId) -> World:
    world = World()
    for one in packs:
        world.log(world.story.pack_manufactured(one, [module(10 * int(one.value[-7:]))]))
    return world


def enrolled(world: World, *parties: Party) -> World:
    world.log(*world.story.enrolments(parties))
    return world


def fitted() -> World:
    world = made(pack(1))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    return world


def flags(world: World, item: ItemId) -> set[Flag]:
    return set(world.item(item).flags)


# Quarantine


def test_an_incident_quarantines_a_battery() -> None:
    world = made(pack(1))
    before = world.item(pack(1))
    world.log(world.story.incident_reported(pack(1)))
    after = world.item(pack(1))
    assert flags(world, pack(1)) == {Flag.QUARANTINED}
    assert (after.tip, after.phase) == (before.tip, before.phase)


@pytest.mark.parametrize("by", [LAB, INSURER, REPAIRER, MAKER])
def test_testers_insurers_repairers_and_the_holder_report_incidents(by: Party) -> None:
    world = enrolled(made(pack(1)), INSURER, REPAIRER)
    world.log(world.story.incident_reported(pack(1), by))
    assert flags(world, pack(1)) == {Flag.QUARANTINED}


def test_others_report_no_incident_on_what_they_do_not_hold() -> None:
    world = made(pack(1))
    world.refused(world.story.incident_reported(pack(1), FLEET), "custody.witness", pack(1))


def test_a_vehicle_has_no_incident() -> None:
    world = fitted()
    world.refused(world.story.incident_reported(vehicle(1)), "lifecycle.kind", vehicle(1))


@pytest.mark.parametrize("by", [LAB, REGULATOR])
def test_a_laboratory_or_the_regulator_lifts_a_quarantine(by: Party) -> None:
    world = enrolled(made(pack(1)), REGULATOR)
    world.log(world.story.incident_reported(pack(1)))
    world.log(world.story.quarantine_lifted(pack(1), by))
    assert flags(world, pack(1)) == set()


def test_a_holder_lifts_no_quarantine() -> None:
    world = made(pack(1))
    world.log(world.story.incident_reported(pack(1)))
    world.refused(world.story.quarantine_lifted(pack(1), MAKER), "org.role", MAKER.id)


def test_what_is_not_quarantined_is_not_freed() -> None:
    world = made(pack(1))
    world.refused(world.story.quarantine_lifted(pack(1)), "flag.not_quarantined", pack(1))


def test_a_quarantined_pack_is_not_fitted() -> None:
    world = made(pack(1))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(world.story.incident_reported(pack(1)))
    refusal = world.refused(world.story.pack_fitted(pack(1), vehicle(1)), "flag.quarantined", pack(1))
    assert refusal.facts == {"event": "pack.fitted"}


def test_a_quarantined_module_goes_into_no_new_pack() -> None:
    world = World()
    world.log(world.story.module_manufactured(module(1)), world.story.incident_reported(module(1)))
    text = world.story.pack_manufactured(pack(1), [module(1)])
    world.refused(text, "flag.quarantined", module(1))


def test_a_quarantined_pack_goes_into_no_product() -> None:
    world = made(pack(1))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.log(world.story.incident_reported(pack(1)))
    world.refused(world.story.product_assembled(product(1), pack(1)), "flag.quarantined", pack(1))


def test_a_quarantined_pack_is_not_deployed() -> None:
    world = made(pack(1))
    world.log(world.story.incident_reported(pack(1)))
    text = world.story.product_deployed(pack(1), by=MAKER, application=Application.UPS)
    world.refused(text, "flag.quarantined", pack(1))


def test_a_quarantined_pack_is_not_released_to_outside() -> None:
    world = made(pack(1))
    world.log(world.story.incident_reported(pack(1)))
    world.refused(world.story.custody_released(MAKER, pack(1)), "flag.quarantined", pack(1))


def test_a_quarantined_pack_may_be_declared_waste_and_processed() -> None:
    world = made(pack(1))
    world.log(world.story.incident_reported(pack(1)), world.story.item_retired(MAKER, pack(1)))
    world.log(*world.story.transfer(MAKER, RECYCLER, pack(1)))
    world.log(world.story.batch_processed(pack(1), made={RECYCLER.lot("BM"): 100}))


def accepted(world: World, checklist: CheckList | None) -> str:
    claims = TransferAccepted(
        place=FLEET.place,
        consignment=world.story.uuid("load"),
        mass_basis=MassBasis.DECLARED,
        checklist=checklist,
    )
    return world.story.tell(FLEET, claims, pack(1))


@pytest.mark.parametrize("checklist", [None, CheckList(yes=(CheckItem(next(iter(CheckItem))),))])
def test_a_quarantined_pack_is_not_taken_without_a_clean_check_list(checklist: CheckList | None) -> None:
    world = made(pack(1))
    world.log(world.story.incident_reported(pack(1)), world.story.transfer_offered(MAKER, FLEET, pack(1)))
    world.refused(accepted(world, checklist), "quarantine.checklist", pack(1))


def test_a_quarantined_pack_travels_with_a_clean_check_list() -> None:
    world = made(pack(1))
    world.log(world.story.incident_reported(pack(1)), world.story.transfer_offered(MAKER, FLEET, pack(1)))
    world.log(accepted(world, CheckList()))
    assert world.item(pack(1)).custodian == FLEET.id


def test_the_ownership_of_a_quarantined_pack_needs_no_check_list() -> None:
    world = made(pack(1))
    world.log(world.story.incident_reported(pack(1)))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1), rights=(Right.OWNERSHIP,)))
    world.log(accepted(world, None))
    assert world.item(pack(1)).owner == FLEET.id


def test_parts_of_a_quarantined_pack_are_quarantined() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1), [module(1), module(2)]))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.log(world.story.incident_reported(pack(1)))
    world.log(world.story.item_split(pack(1), [module(1)], unaccounted=[module(2)]))
    assert flags(world, module(1)) == {Flag.QUARANTINED}
    assert flags(world, module(2)) == {Flag.QUARANTINED, Flag.MISSING}


def test_units_that_turn_up_in_a_quarantined_pack_are_quarantined() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.log(world.story.incident_reported(pack(1)))
    world.log(world.story.item_split(pack(1), [module(1)]))
    assert flags(world, module(1)) == {Flag.QUARANTINED}


# Loss and theft


def test_a_lost_item_takes_no_act() -> None:
    world = made(pack(1))
    world.log(world.story.item_lost(MAKER, pack(1)))
    assert flags(world, pack(1)) == {Flag.LOST}
    world.refused(world.story.item_retired(MAKER, pack(1)), "flag.lost", pack(1))


def test_a_stolen_item_takes_no_act() -> None:
    world = made(pack(1))
    world.log(world.story.item_stolen(MAKER, pack(1)))
    assert flags(world, pack(1)) == {Flag.STOLEN}
    world.refused(world.story.transfer_offered(MAKER, FLEET, pack(1)), "flag.stolen", pack(1))


def test_a_stolen_item_takes_statements() -> None:
    world = made(pack(1))
    world.log(world.story.item_stolen(MAKER, pack(1)))
    world.log(world.story.health_measured(pack(1)))


def test_an_offer_of_what_was_stolen_since_is_not_accepted() -> None:
    world = made(pack(1))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)), world.story.item_stolen(MAKER, pack(1)))
    world.refused(world.story.transfer_accepted(FLEET, pack(1)), "flag.stolen", pack(1))


def test_what_is_in_something_stolen_takes_no_act() -> None:
    world = made(pack(1))
    world.log(world.story.item_stolen(MAKER, pack(1)))
    text = world.story.transfer_offered(MAKER, FLEET, module(10), rights=(Right.OWNERSHIP,))
    world.refused(text, "flag.stolen", pack(1))


def test_a_pack_is_not_taken_out_of_a_stolen_vehicle() -> None:
    world = fitted()
    world.log(world.story.item_stolen(VEHICLE_MAKER, vehicle(1)))
    world.refused(world.story.pack_removed(pack(1), vehicle(1)), "flag.stolen", vehicle(1))


def test_a_lost_lot_is_not_drawn_from() -> None:
    world = World()
    lot = RECYCLER.lot("L")
    world.log(world.story.lot_declared(lot), world.story.item_lost(RECYCLER, lot))
    text = world.story.batch_processed(drawn={lot: 1}, made={RECYCLER.lot("BM"): 1})
    world.refused(text, "flag.lost", lot)


def test_a_stolen_item_of_a_user_is_collected_and_stays_marked() -> None:
    world = enrolled(fitted(), REGULATOR)
    world.log(world.story.vehicle_sold(vehicle(1)), world.story.item_stolen(REGULATOR, pack(1)))
    world.log(world.story.item_collected(pack(1)))
    assert (world.item(pack(1)).custodian, flags(world, pack(1))) == (COLLECTOR.id, {Flag.STOLEN})


@pytest.mark.parametrize("by", [FLEET, MAKER, REGULATOR])
def test_holder_owner_and_regulator_report_and_find(by: Party) -> None:
    world = enrolled(made(pack(1)), REGULATOR)
    world.log(*world.story.transfer(MAKER, FLEET, pack(1), rights=(Right.CUSTODY,)))
    for text in (
        world.story.item_lost,
        world.story.item_found,
        world.story.item_stolen,
        world.story.item_found,
    ):
        world.log(text(by, pack(1)))
    assert flags(world, pack(1)) == set()


@pytest.mark.parametrize("by", [LAB, COLLECTOR])
def test_others_report_no_loss(by: Party) -> None:
    world = made(pack(1))
    for text in (world.story.item_lost, world.story.item_stolen, world.story.item_found):
        world.refused(text(by, pack(1)), "custody.witness", pack(1))


def test_a_missing_module_is_found_by_its_owner() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.log(world.story.item_split(pack(1), [], unaccounted=[module(1)]))
    world.log(world.story.item_found(SECOND_LIFE, module(1)))
    assert flags(world, module(1)) == set()


def test_what_nobody_misses_is_not_found() -> None:
    world = made(pack(1))
    world.refused(world.story.item_found(MAKER, pack(1)), "flag.not_lost", pack(1))


def test_what_is_found_stays_quarantined() -> None:
    world = made(pack(1))
    world.log(world.story.incident_reported(pack(1)), world.story.item_stolen(MAKER, pack(1)))
    world.log(world.story.item_found(MAKER, pack(1)))
    assert flags(world, pack(1)) == {Flag.QUARANTINED}


def test_the_day_of_a_loss_is_not_after_its_report() -> None:
    world = made(pack(1))
    world.log(world.story.item_lost(MAKER, pack(1)))
    tomorrow = Instant.from_ms(world.story.now_ms).day + timedelta(days=1)
    for text in (world.story.item_lost, world.story.item_stolen, world.story.item_found):
        refusal = world.refused(text(MAKER, pack(1), on=tomorrow), "flag.day")
        assert refusal.facts["day"] == str(tomorrow)
