"""Voided acts on vehicles and the parts in them: what was taken apart or filled since does not come back."""

import pytest

from ledger.events.envelope import Event
from ledger.events.vehicle import PackFitted
from ledger.lifecycle.rights import custodian_of, owner_of
from ledger.state import Holder
from ledger.vocabulary import Ending, Phase, Role
from tests.consortium import (
    COLLECTOR,
    FLEET,
    MAKER,
    VEHICLE_MAKER,
    module,
    pack,
    vehicle,
)
from tests.memory_last import LastWorld
from tests.scenario_more import REPAIRER
from tests.unit.test_lifecycle_voiding import fitted

ONE, CAR = pack(1), vehicle(1)


def test_the_fitting_that_made_the_vehicle_ends_it() -> None:
    world, told = fitted()
    world.log(world.story.event_voided(told, VEHICLE_MAKER))
    assert (world.item(CAR).ended_by, world.item(CAR).parts) == (Ending.VOIDED, 0)
    assert (world.item(ONE).phase, world.item(ONE).custodian) == (Phase.STOCK, VEHICLE_MAKER.id)


def test_a_sold_vehicle_is_not_unmade() -> None:
    world, told = fitted()
    world.log(world.story.vehicle_sold(CAR))
    world.refused(world.story.event_voided(told, VEHICLE_MAKER), "void.blocked", CAR)


def scrapped() -> tuple[LastWorld, Event]:
    """A user's vehicle that was scrapped, its pack found in it."""
    world, _ = fitted()
    world.log(world.story.vehicle_sold(CAR), world.story.item_collected(CAR, waste=False))
    consent = world.story.vehicle_scrapped(CAR, present=[ONE])
    return world, world.log(consent)


def test_a_scrapped_vehicle_and_its_pack_come_back() -> None:
    world, told = scrapped()
    world.log(world.story.event_voided(told, COLLECTOR))
    assert (world.item(CAR).phase, world.item(CAR).parts) == (Phase.STOCK, 1)
    assert (world.item(ONE).phase, world.item(ONE).vehicle) == (Phase.FITTED, CAR)


def test_a_scrapped_vehicle_does_not_come_back_without_its_pack() -> None:
    world, told = scrapped()
    world.log(world.story.item_exported(COLLECTOR, ONE))
    world.refused(world.story.event_voided(told, COLLECTOR), "void.blocked", ONE)


def two_in_a_users_car(room: int = 2) -> tuple[LastWorld, Event, Event]:
    """A user's vehicle of two packs, the second fitted by a repairer, and the first collected out of it."""
    world = LastWorld()
    story = world.story
    world.log(
        story.item_declared(pack(5), REPAIRER, phase=Phase.FITTED, into=CAR, max_packs=room),
        story.item_declared(pack(6), REPAIRER),
    )
    refit = PackFitted(place=REPAIRER.place)
    fit = world.tell(REPAIRER, refit, pack(6), CAR)
    return world, fit, world.log(story.item_collected(pack(5)))


def test_a_voided_fitting_counts_what_is_left_in_the_vehicle() -> None:
    world, fit, _ = two_in_a_users_car()
    assert world.item(CAR).parts == 1
    world.log(world.story.event_voided(fit, REPAIRER))
    assert world.item(CAR).parts == 0
    assert world.item(pack(6)).vehicle is None


def test_a_collected_pack_goes_back_into_its_vehicle() -> None:
    world, _, collected = two_in_a_users_car()
    world.log(world.story.event_voided(collected, COLLECTOR))
    assert (world.item(CAR).parts, world.item(pack(5)).vehicle) == (2, CAR)
    assert custodian_of(world.ledger.states, world.item(pack(5))) is Holder.USER


@pytest.mark.parametrize(("room", "rule"), [(2, "vehicle.capacity"), (3, "void.blocked")])
def test_a_collected_pack_does_not_go_back_into_a_vehicle_that_was_refilled(room: int, rule: str) -> None:
    world, _, collected = two_in_a_users_car(room)
    world.log(world.story.item_declared(pack(7), REPAIRER))
    world.tell(REPAIRER, PackFitted(place=REPAIRER.place), pack(7), CAR)
    world.refused(world.story.event_voided(collected, COLLECTOR), rule, CAR)


def test_a_collected_pack_does_not_go_back_into_a_scrapped_vehicle() -> None:
    world, _, collected = two_in_a_users_car()
    world.log(world.story.item_collected(CAR, waste=False))
    world.log(world.story.vehicle_scrapped(CAR, absent=[pack(6)]))
    world.refused(world.story.event_voided(collected, COLLECTOR), "void.blocked", CAR)


def repaired() -> tuple[LastWorld, Event]:
    """A pack in a vehicle, its module exchanged there by the vehicle's maker."""
    world, _ = fitted()
    world.log(world.story.org_roles_set(VEHICLE_MAKER, [Role.VEHICLE_MAKER, Role.REPAIRER]))
    world.log(world.story.module_manufactured(module(2)))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, module(2), load="spare"))
    text = world.story.item_repaired(ONE, VEHICLE_MAKER, out=[module(1)], into=[module(2)])
    return world, world.log(text)


def test_a_repair_is_taken_back_part_by_part() -> None:
    world, told = repaired()
    world.log(world.story.event_voided(told, VEHICLE_MAKER))
    assert (world.item(ONE).parts, world.item(module(1)).parent) == (1, ONE)
    assert (world.item(module(2)).parent, world.item(module(2)).phase) == (None, Phase.STOCK)


def test_a_part_is_not_taken_back_out_of_a_vehicle_that_changed_hands() -> None:
    world, told = repaired()
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, CAR, load="car"))
    world.refused(world.story.event_voided(told, VEHICLE_MAKER), "void.blocked", CAR)
    assert owner_of(world.ledger.states, world.item(module(2))) == FLEET.id
