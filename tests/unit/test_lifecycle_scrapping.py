"""The end of vehicles: written off, scrapped, and what becomes of the packs found and not found in them."""

import pytest

from ledger.errors import MalformedSubmissionError
from ledger.events.custody import ConsentGiven
from ledger.events.vehicle import PackFitted, VehicleScrapped, VehicleWrittenOff
from ledger.identifiers import ItemId
from ledger.lifecycle.rights import custodian_of, is_ended, owner_of
from ledger.state import Holder
from ledger.vocabulary import Ending, Flag, Phase, Right, Status
from tests.consortium import COLLECTOR, FLEET, MAKER, RECYCLER, VEHICLE_MAKER, Party, module, pack, vehicle
from tests.memory_more import MoreWorld
from tests.scenario_more import BANK, INSURER, REPAIRER


def sold(packs: int = 1) -> MoreWorld:
    """A user's vehicle with so many packs, each with a module of its number."""
    world = MoreWorld()
    numbers = range(1, packs + 1)
    for number in numbers:
        world.log(world.story.pack_manufactured(pack(number), [module(number)]))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, *map(pack, numbers)))
    for number in numbers:
        claims = PackFitted(place=VEHICLE_MAKER.place, max_packs=packs if number == 1 else None)
        world.tell(VEHICLE_MAKER, claims, pack(number), vehicle(1))
    world.log(world.story.vehicle_sold(vehicle(1)))
    return world


def rights(world: MoreWorld, item: ItemId) -> tuple[ItemId | Holder, ItemId | Holder]:
    states, found = world.ledger.states, world.item(item)
    return custodian_of(states, found), owner_of(states, found)


def owned_by(world: MoreWorld, owner: Party) -> None:
    """A vehicle of an enrolled firm, in the dismantler's yard."""
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, owner, vehicle(1), load="car"))


# Written off


def test_an_insurer_owns_what_it_writes_off() -> None:
    world = sold()
    event = world.log(world.story.vehicle_written_off(vehicle(1)))
    assert world.item(vehicle(1)).tip == event.id
    assert rights(world, vehicle(1)) == (Holder.USER, INSURER.id)
    assert rights(world, module(1)) == (Holder.USER, INSURER.id)


def test_a_vehicle_is_written_off_once() -> None:
    world = sold()
    world.log(world.story.vehicle_written_off(vehicle(1)))
    world.refused(world.story.vehicle_written_off(vehicle(1)), "vehicle.written_off_before", vehicle(1))


def test_only_an_insurer_writes_off() -> None:
    world = sold()
    world.refused(world.story.vehicle_written_off(vehicle(1), by=BANK), "org.role", BANK.id)


def test_a_pack_is_not_written_off() -> None:
    world = sold()
    world.refused(world.story.vehicle_written_off(pack(1)), "lifecycle.kind", pack(1))


def test_an_insurer_consents_to_the_scrapping_of_its_vehicle() -> None:
    world = sold()
    world.log(world.story.vehicle_written_off(vehicle(1)))
    text = world.story.vehicle_scrapped(vehicle(1), present=[pack(1)])
    refusal = world.refused(text, "owner.consent", vehicle(1))
    assert refusal.facts == {"owner": str(INSURER.id)}
    consent = ConsentGiven(place=INSURER.place, act="vehicle.scrapped", to=COLLECTOR.id)
    world.tell(INSURER, consent, vehicle(1))
    world.log(world.story.vehicle_scrapped(vehicle(1), present=[pack(1)]))
    assert rights(world, pack(1)) == (COLLECTOR.id, INSURER.id)


# Scrapped


def test_a_users_vehicle_ends_at_the_dismantlers() -> None:
    world = sold()
    event = world.log(world.story.vehicle_scrapped(vehicle(1), present=[pack(1)]))
    car = world.item(vehicle(1))
    assert (car.phase, car.ended_by, car.parts, car.tip) == (Phase.ENDED, Ending.SCRAPPED, 0, event.id)


def test_a_pack_found_in_it_is_the_dismantlers_waste() -> None:
    world = sold()
    event = world.log(world.story.vehicle_scrapped(vehicle(1), present=[pack(1)]))
    found = world.item(pack(1))
    assert (found.phase, found.status, found.vehicle) == (Phase.RETIRED, Status.WASTE, None)
    assert (found.custodian, found.tip, found.flags) == (COLLECTOR.id, event.id, ())
    assert not is_ended(world.ledger.states, world.item(module(1)))


def test_a_pack_not_found_in_it_is_missing_in_nobodys_hands() -> None:
    world = sold()
    world.log(world.story.vehicle_scrapped(vehicle(1), absent=[pack(1)]))
    found = world.item(pack(1))
    assert (found.phase, found.vehicle, found.custodian) == (Phase.REMOVED, None, Holder.NOBODY)
    assert (found.flags, found.owner) == ((Flag.MISSING,), Holder.USER)


def test_the_missing_pack_turns_up_at_a_collector() -> None:
    world = sold()
    world.log(world.story.vehicle_scrapped(vehicle(1), absent=[pack(1)]))
    world.log(world.story.item_collected(pack(1)))
    found = world.item(pack(1))
    assert (found.phase, found.custodian, found.flags) == (Phase.RETIRED, COLLECTOR.id, ())
    assert custodian_of(world.ledger.states, world.item(module(1))) == COLLECTOR.id


def test_a_missing_pack_is_not_fitted() -> None:
    world = sold()
    world.log(world.story.vehicle_scrapped(vehicle(1), absent=[pack(1)]))
    text = world.story.pack_fitted(pack(1), vehicle(2), by=REPAIRER)
    world.refused(text, "custody.holder", pack(1))


def test_every_pack_is_present_or_absent() -> None:
    world = sold(packs=2)
    text = world.story.vehicle_scrapped(vehicle(1), present=[pack(1)])
    refusal = world.refused(text, "vehicle.packs", vehicle(1))
    assert refusal.facts == {"parts": 2, "named": 1}
    world.log(world.story.vehicle_scrapped(vehicle(1), present=[pack(1)], absent=[pack(2)]))


def test_a_pack_is_not_both() -> None:
    world = sold(packs=2)
    with pytest.raises(MalformedSubmissionError, match=r"prev\.twice"):
        world.story.vehicle_scrapped(vehicle(1), present=[pack(1)], absent=[pack(1)])


def test_a_vehicle_whose_pack_was_taken_out_is_scrapped_without_one() -> None:
    world = sold()
    world.log(world.story.pack_removed(pack(1), vehicle(1), by=REPAIRER))
    world.log(world.story.vehicle_scrapped(vehicle(1)))
    assert world.item(pack(1)).custodian == REPAIRER.id


def test_a_pack_of_another_vehicle_is_not_named() -> None:
    world = sold()
    world.log(world.story.pack_removed(pack(1), vehicle(1), by=REPAIRER))
    world.refused(world.story.vehicle_scrapped(vehicle(1), present=[pack(1)]), "vehicle.other", pack(1))


def test_a_pack_that_a_bank_owns_stays_the_banks() -> None:
    world = MoreWorld()
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, BANK, pack(1), load="bank", rights=[Right.OWNERSHIP]))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)), world.story.vehicle_sold(vehicle(1)))
    world.log(world.story.vehicle_scrapped(vehicle(1), present=[pack(1)]))
    assert rights(world, pack(1)) == (COLLECTOR.id, BANK.id)


def test_a_firms_vehicle_needs_its_consent() -> None:
    world = MoreWorld()
    owned_by(world, FLEET)
    world.refused(world.story.vehicle_scrapped(vehicle(1), present=[pack(1)]), "owner.consent", vehicle(1))


def test_a_dismantlers_own_vehicle_needs_none() -> None:
    world = MoreWorld()
    owned_by(world, COLLECTOR)
    world.log(world.story.vehicle_scrapped(vehicle(1), present=[pack(1)]))


def test_only_a_dismantler_scraps() -> None:
    world = sold()
    world.refused(world.story.vehicle_scrapped(vehicle(1), by=RECYCLER), "org.role", RECYCLER.id)


def test_a_scrapped_vehicle_takes_no_pack() -> None:
    world = sold()
    world.log(world.story.vehicle_scrapped(vehicle(1), present=[pack(1)]))
    world.log(world.story.pack_manufactured(pack(2)))
    world.log(*world.story.transfer(MAKER, REPAIRER, pack(2), load="spare"))
    text = world.story.pack_fitted(pack(2), vehicle(1), by=REPAIRER)
    world.refused(text, "lifecycle.ended", vehicle(1))


def test_a_vehicle_under_offer_is_not_scrapped() -> None:
    world = MoreWorld()
    owned_by(world, COLLECTOR)
    world.log(world.story.transfer_offered(COLLECTOR, FLEET, vehicle(1), load="back"))
    text = world.story.vehicle_scrapped(vehicle(1), present=[pack(1)])
    world.refused(text, "transfer.open", vehicle(1))


@pytest.mark.parametrize("kind", [VehicleScrapped, VehicleWrittenOff])
def test_the_vin_stays_restricted(kind: type[VehicleScrapped | VehicleWrittenOff]) -> None:
    assert set(kind.row.restricted) == {"vin"}
