"""Collection from those who are not enrolled, and claims to what an enrolled firm has."""

import pytest

from ledger.instants import Instant
from ledger.state import Claimant, Holder
from ledger.vocabulary import (
    Application,
    CollectedFrom,
    Flag,
    Phase,
    Right,
    Role,
    Status,
)
from tests.consortium import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    product,
    vehicle,
)
from tests.memory import World
from tests.starts import car, made, rights

OTHER_COLLECTOR = Party(41, "Other Collector", "虚构回收站", "440306", (Role.COLLECTION_POINT,))
DAY_MS = 86_400_000


def test_a_collector_takes_a_pack_out_of_a_users_vehicle_as_waste() -> None:
    world = car(sold=True)
    event = world.log(world.story.item_collected(pack(1)))
    taken = world.item(pack(1))
    assert (taken.phase, taken.status, taken.vehicle, taken.tip) == (
        Phase.RETIRED,
        Status.WASTE,
        None,
        event.id,
    )
    assert rights(world, pack(1)) == (COLLECTOR.id, Holder.USER, MAKER.id)
    assert rights(world, module(1))[0] == COLLECTOR.id
    assert world.item(vehicle(1)).parts == 0


def test_what_is_no_waste_is_collected_as_it_is() -> None:
    world = car(sold=True)
    world.log(world.story.item_collected(pack(1), waste=False))
    assert (world.item(pack(1)).phase, world.item(pack(1)).status) == (Phase.REMOVED, Status.ORIGINAL)


def test_a_vehicle_is_collected_with_all_that_is_in_it() -> None:
    world = car(sold=True)
    world.log(world.story.item_collected(vehicle(1)))
    assert (world.item(vehicle(1)).phase, world.item(vehicle(1)).parts) == (Phase.STOCK, 1)
    assert rights(world, pack(1)) == (COLLECTOR.id, Holder.USER, MAKER.id)


@pytest.mark.parametrize("pack_first", [True, False])
def test_a_vehicle_and_its_pack_are_collected_at_once_in_either_order(*, pack_first: bool) -> None:
    world = car(sold=True)
    both = (pack(1), vehicle(1)) if pack_first else (vehicle(1), pack(1))
    world.log(world.story.item_collected(*both))
    assert (world.item(vehicle(1)).parts, world.item(vehicle(1)).custodian) == (0, COLLECTOR.id)
    assert (world.item(pack(1)).vehicle, world.item(pack(1)).custodian) == (None, COLLECTOR.id)


def test_nobody_collects_what_it_has_and_no_part_is_collected() -> None:
    world = car(sold=True)
    world.log(world.story.item_collected(pack(1)))
    world.refused(world.story.item_collected(pack(1)), "collection.own", pack(1))
    refusal = world.refused(world.story.item_collected(module(1)), "transfer.inside", module(1))
    assert refusal.facts == {"container": str(pack(1))}


def test_a_firm_without_a_collecting_role_collects_nothing() -> None:
    world = car(sold=True)
    world.refused(world.story.item_collected(pack(1), by=FLEET), "org.role", FLEET.id)


def claimed() -> tuple[World, int]:
    """Lay claim to a pack that the fleet has; the world and when that was logged."""
    world = made(pack(1))
    world.log(*world.story.transfer(MAKER, FLEET, pack(1)))
    event = world.log(world.story.item_collected(pack(1), came_from=CollectedFrom.ENROLLED_FIRM))
    return world, event.iat * 1000


def test_a_collector_only_lays_claim_to_what_an_enrolled_firm_has() -> None:
    world, since_ms = claimed()
    item = world.item(pack(1))
    assert rights(world, pack(1)) == (FLEET.id, FLEET.id, MAKER.id)
    assert (item.flags, item.phase) == ((Flag.DISPUTED,), Phase.STOCK)
    assert item.claimant == Claimant(org=COLLECTOR.id, since_ms=since_ms)


def test_custody_moves_after_fifteen_days_of_silence_and_not_before() -> None:
    world, since_ms = claimed()
    ends = since_ms + 15 * DAY_MS
    world.wait(days=14)
    again = world.story.item_collected(pack(1))
    refusal = world.refused(again, "collection.too_early", pack(1), logged_at_ms=ends - 1)
    assert refusal.facts == {"until": Instant.from_ms(ends).text}
    world.log(world.story.item_collected(pack(1)), logged_at_ms=ends)
    item = world.item(pack(1))
    assert rights(world, pack(1)) == (COLLECTOR.id, FLEET.id, MAKER.id)
    assert (item.flags, item.claimant, item.phase) == ((), None, Phase.RETIRED)


def test_another_collector_does_not_join_a_dispute() -> None:
    world, _ = claimed()
    world.log(*world.story.enrolments([OTHER_COLLECTOR]))
    refusal = world.refused(world.story.item_collected(pack(1), by=OTHER_COLLECTOR), "dispute.open", pack(1))
    assert refusal.facts == {"claimant": str(COLLECTOR.id)}


def test_custody_in_dispute_is_not_offered_but_ownership_is() -> None:
    world, _ = claimed()
    world.refused(world.story.transfer_offered(FLEET, LAB, pack(1)), "dispute.open", pack(1))
    world.log(world.story.transfer_offered(FLEET, LAB, pack(1), rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(LAB, pack(1)))
    assert rights(world, pack(1)) == (FLEET.id, LAB.id, MAKER.id)


def test_an_offer_made_before_the_dispute_is_not_accepted_in_it() -> None:
    world = made(pack(1))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)))
    world.log(world.story.item_collected(pack(1)))
    assert world.item(pack(1)).offer is not None
    world.refused(world.story.transfer_accepted(FLEET, pack(1)), "dispute.open", pack(1))
    world.log(world.story.transfer_rejected(FLEET, pack(1)))


def test_an_open_offer_lapses_when_the_item_is_collected() -> None:
    world = made(pack(1))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)), world.story.item_collected(pack(1)))
    world.wait(days=15)
    world.log(world.story.item_collected(pack(1)))
    assert (world.item(pack(1)).offer, world.item(pack(1)).custodian) == (None, COLLECTOR.id)
    world.refused(world.story.transfer_accepted(FLEET, pack(1)), "transfer.none", pack(1))


def test_a_fitted_pack_in_a_firms_vehicle_is_taken_after_silence_too() -> None:
    world = car()
    world.log(world.story.item_collected(pack(1)))
    assert world.item(pack(1)).phase is Phase.FITTED
    world.wait(days=15)
    world.log(world.story.item_collected(pack(1)))
    assert (world.item(pack(1)).vehicle, world.item(vehicle(1)).parts) == (None, 0)
    assert rights(world, pack(1)) == (COLLECTOR.id, VEHICLE_MAKER.id, MAKER.id)


def test_a_deployed_product_that_is_collected_works_no_more() -> None:
    world = World()
    world.log(world.story.module_manufactured(module(1)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, module(1)))
    world.log(world.story.product_assembled(product(1), module(1)))
    world.log(world.story.product_deployed(product(1)), world.story.item_collected(product(1)))
    world.wait(days=15)
    world.log(world.story.item_collected(product(1)))
    assert (world.item(product(1)).phase, world.item(product(1)).application) == (Phase.RETIRED, None)


@pytest.mark.parametrize("waste", [False, True])
def test_what_worked_and_is_collected_is_stock_or_waste(*, waste: bool) -> None:
    world = World()
    world.log(world.story.module_manufactured(module(1)), world.story.module_manufactured(module(2)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, module(1), module(2)))
    world.log(world.story.product_assembled(product(1), module(1)))
    works = (product(1), module(2))
    world.log(world.story.product_deployed(*works), world.story.item_collected(*works))
    world.wait(days=15)
    world.log(world.story.item_collected(*works, waste=waste))
    found = [(world.item(one).phase, world.item(one).application) for one in works]
    built_for = None if waste else Application.TELECOM_BACKUP
    phase = Phase.RETIRED if waste else Phase.STOCK
    assert found == [(phase, built_for), (phase, None)]


def test_a_collected_product_works_again_in_what_it_was_built_for() -> None:
    world = World()
    world.log(world.story.module_manufactured(module(1)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, module(1)))
    world.log(world.story.product_assembled(product(1), module(1)))
    world.log(world.story.product_deployed(product(1)), world.story.item_collected(product(1)))
    world.wait(days=15)
    world.log(world.story.item_collected(product(1), waste=False))
    other = world.story.product_deployed(product(1), by=COLLECTOR, application=Application.UPS)
    world.refused(other, "application.other", product(1))
    world.log(world.story.product_deployed(product(1), by=COLLECTOR))
