"""Swap pools: packs in and out of them, and what a report must say."""

import pytest

from ledger.events.custody import CustodyReleased
from ledger.events.service import IncidentReported
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.rights import custodian_of, owner_of
from ledger.state import Holder
from ledger.vocabulary import IncidentKind, Phase, ReceiverKind, Right, Severity, Status
from tests.consortium import FLEET, MAKER, START, VEHICLE_MAKER, Party, pack, vehicle
from tests.memory_more import MoreWorld
from tests.scenario_more import BANK, SWAPPER

DAY_MS = 86_400_000


def stocked(*packs: ItemId, to: Party = SWAPPER) -> MoreWorld:
    """Packs in a firm's stock."""
    world = MoreWorld()
    for one in packs:
        world.log(world.story.pack_manufactured(one))
    world.log(*world.story.transfer(MAKER, to, *packs, load="stock"))
    return world


def fitted(*, sold: bool = True) -> MoreWorld:
    """Pack 1 in a vehicle, a user's or the swap operator's."""
    world = stocked(pack(1), to=VEHICLE_MAKER)
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    if sold:
        world.log(world.story.vehicle_sold(vehicle(1)))
    else:
        world.log(*world.story.transfer(VEHICLE_MAKER, SWAPPER, vehicle(1), load="car"))
    return world


def rights(world: MoreWorld, item: ItemId) -> tuple[ItemId | Holder, ItemId | Holder]:
    states, found = world.ledger.states, world.item(item)
    return custodian_of(states, found), owner_of(states, found)


# In


def test_packs_in_stock_join_a_pool_together() -> None:
    world = stocked(pack(1), pack(2))
    event = world.log(world.story.pool_joined(pack(1), pack(2)))
    for one in (pack(1), pack(2)):
        found = world.item(one)
        assert (found.phase, found.pool, found.tip) == (Phase.POOLED, "P1", event.id)


def test_a_pool_pack_can_be_a_banks() -> None:
    world = stocked(pack(1))
    world.log(*world.story.transfer(SWAPPER, BANK, pack(1), load="bank", rights=[Right.OWNERSHIP]))
    world.log(world.story.pool_joined(pack(1)))
    assert rights(world, pack(1)) == (SWAPPER.id, BANK.id)


def test_a_pool_pack_can_be_sold_to_a_bank() -> None:
    world = stocked(pack(1))
    world.log(world.story.pool_joined(pack(1)))
    world.log(*world.story.transfer(SWAPPER, BANK, pack(1), load="bank", rights=[Right.OWNERSHIP]))
    world.log(world.story.pool_left(pack(1)))
    assert rights(world, pack(1)) == (SWAPPER.id, BANK.id)


def test_a_pack_joins_out_of_a_users_vehicle() -> None:
    world = fitted()
    world.log(world.story.pool_joined(pack(1), out_of=vehicle(1)))
    assert rights(world, pack(1)) == (SWAPPER.id, Holder.USER)
    assert (world.item(pack(1)).vehicle, world.item(vehicle(1)).parts) == (None, 0)


def test_a_fitted_pack_joins_with_its_vehicle_named() -> None:
    world = fitted()
    world.refused(world.story.pool_joined(pack(1)), "vehicle.other", pack(1))


def test_a_pack_joins_out_of_the_vehicle_it_is_in() -> None:
    world = fitted(sold=False)
    world.log(*world.story.transfer(SWAPPER, VEHICLE_MAKER, vehicle(1), load="back"))
    world.log(world.story.pack_manufactured(pack(2)))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(2), load="more"))
    world.log(world.story.pack_fitted(pack(2), vehicle(2)))
    text = world.story.pool_joined(pack(1), by=VEHICLE_MAKER, out_of=vehicle(2))
    world.refused(text, "vehicle.other", pack(1))


def test_a_vehicle_that_no_pack_comes_out_of_is_not_named() -> None:
    world = fitted(sold=False)
    world.log(world.story.pack_manufactured(pack(2)))
    world.log(*world.story.transfer(MAKER, SWAPPER, pack(2), load="more"))
    world.refused(world.story.pool_joined(pack(2), out_of=vehicle(1)), "pool.vehicle", vehicle(1))


def test_a_retired_pack_joins_no_pool() -> None:
    world = stocked(pack(1))
    world.log(world.story.item_retired(SWAPPER, pack(1)))
    world.refused(world.story.pool_joined(pack(1)), "lifecycle.phase", pack(1))


def test_a_quarantined_pack_joins_no_pool() -> None:
    world = stocked(pack(1))
    quarantine(world, SWAPPER)
    world.refused(world.story.pool_joined(pack(1)), "flag.quarantined", pack(1))


def test_another_firms_pack_joins_no_pool() -> None:
    world = stocked(pack(1), to=VEHICLE_MAKER)
    world.refused(world.story.pool_joined(pack(1)), "custody.holder", pack(1))


def test_a_fleet_has_no_pool() -> None:
    world = stocked(pack(1), to=FLEET)
    world.refused(world.story.pool_joined(pack(1), by=FLEET), "org.role", FLEET.id)


# Out


@pytest.mark.parametrize("phase", [Phase.STOCK, Phase.REMOVED])
def test_a_pack_leaves_its_pool(phase: Phase) -> None:
    world = stocked(pack(1))
    world.log(world.story.pool_joined(pack(1)), world.story.pool_left(pack(1), phase=phase))
    assert (world.item(pack(1)).phase, world.item(pack(1)).pool) == (phase, None)


def test_a_pack_leaves_its_pool_into_a_vehicle_and_stays_its_owners() -> None:
    world = emptied()
    world.log(world.story.pool_left(pack(1), phase=Phase.FITTED, into=vehicle(1)))
    found = world.item(pack(1))
    assert (found.phase, found.vehicle, found.pool) == (Phase.FITTED, vehicle(1), None)
    assert rights(world, pack(1)) == (Holder.USER, SWAPPER.id)
    assert world.item(vehicle(1)).parts == 1


def emptied() -> MoreWorld:
    """A user's vehicle without a pack, and pack 1, the swap operator's, in its pool."""
    world = fitted(sold=False)
    world.log(world.story.pool_joined(pack(1), out_of=vehicle(1)))
    world.log(world.story.vehicle_sold(vehicle(1), by=SWAPPER))
    return world


@pytest.mark.parametrize("phase", [Phase.POOLED, Phase.RETIRED, Phase.ENDED, Phase.DEPLOYED, Phase.FITTED])
def test_a_pack_leaves_for_stock_for_good_or_for_a_vehicle(phase: Phase) -> None:
    world = stocked(pack(1))
    world.log(world.story.pool_joined(pack(1)))
    world.refused(world.story.pool_left(pack(1), phase=phase), "pool.phase")


def test_a_vehicle_is_named_for_a_fitted_pack_only() -> None:
    world = emptied()
    world.refused(world.story.pool_left(pack(1), into=vehicle(1)), "pool.phase")


def test_a_pool_fills_no_vehicle_beyond_its_packs() -> None:
    world = emptied()
    world.log(world.story.pack_manufactured(pack(2)))
    world.log(*world.story.transfer(MAKER, SWAPPER, pack(2), load="more"))
    world.log(world.story.pool_joined(pack(2)))
    text = world.story.pool_left(pack(1), pack(2), phase=Phase.FITTED, into=vehicle(1))
    world.refused(text, "vehicle.capacity", vehicle(1))


def test_a_pack_does_not_leave_into_a_vehicle_that_is_not_there() -> None:
    world = stocked(pack(1))
    world.log(world.story.pool_joined(pack(1)))
    text = world.story.pool_left(pack(1), phase=Phase.FITTED, into=vehicle(7))
    world.refused(text, "prev.unknown", vehicle(7))


def test_a_quarantined_pack_leaves_its_pool_but_not_into_a_vehicle() -> None:
    world = emptied()
    quarantine(world, SWAPPER)
    text = world.story.pool_left(pack(1), phase=Phase.FITTED, into=vehicle(1))
    world.refused(text, "flag.quarantined", pack(1))
    world.log(world.story.pool_left(pack(1), phase=Phase.REMOVED))


def test_what_is_in_no_pool_leaves_none() -> None:
    world = stocked(pack(1))
    world.refused(world.story.pool_left(pack(1)), "lifecycle.phase", pack(1))


@pytest.mark.parametrize(("waste", "phase"), [(True, Phase.RETIRED), (False, Phase.REMOVED)])
def test_a_pack_collected_is_in_no_pool_any_more(waste: bool, phase: Phase) -> None:  # noqa: FBT001 a parameter
    world = stocked(pack(1))
    world.log(world.story.pool_joined(pack(1)))
    released = CustodyReleased(place=SWAPPER.place, receiver=ReceiverKind.FIRM)
    world.tell(SWAPPER, released, pack(1))
    world.log(world.story.item_collected(pack(1), waste=waste))
    found = world.item(pack(1))
    assert (found.phase, found.pool) == (phase, None)
    assert (found.status is Status.WASTE) == waste


def quarantine(world: MoreWorld, by: Party) -> None:
    claims = IncidentReported(place=by.place, kind=IncidentKind.DROP, severity=Severity.MINOR)
    world.tell(by, claims, pack(1))


# Reports


def test_a_report_changes_no_item() -> None:
    world = MoreWorld()
    world.wait(days=20)
    event = world.log(world.story.pool_reported())
    assert event.prev == {}


@pytest.mark.parametrize("days", [0, -1, 32])
def test_a_report_covers_a_month_at_most(days: int) -> None:
    world = MoreWorld()
    world.wait(days=60)
    until = Instant.from_ms(START.ms + days * DAY_MS)
    world.refused(world.story.pool_reported(until=until), "batch.period")


def test_a_report_does_not_lie_ahead() -> None:
    world = MoreWorld()
    until = Instant.from_ms(START.ms + 20 * DAY_MS)
    world.refused(world.story.pool_reported(until=until), "batch.period")
