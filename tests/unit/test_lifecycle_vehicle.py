"""Packs into vehicles and out of them, sales of vehicles, and whose rights are whose on the way."""

import pytest

from ledger.events.vehicle import PackFitted, PackRemoved
from ledger.identifiers import ItemId
from ledger.lifecycle.rights import custodian_of, operator_of, owner_of
from ledger.state import Holder
from ledger.vocabulary import Kind, Phase, RemovalReason, Right, Role
from tests.consortium import (
    COLLECTOR,
    FLEET,
    MAKER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    vehicle,
)
from tests.memory import World

REPAIRER = Party(21, "Repairer", "虚构维修企业", "330110", (Role.REPAIRER,))
BANK = Party(40, "Bank", "虚构银行", "110102", (Role.ASSET_OWNER,))
IMPORTER = Party(42, "Importer", "虚构进口商", "310115", (Role.IMPORTER,))
BOTH = (Right.CUSTODY, Right.OWNERSHIP)


def delivered(*packs: ItemId, to: Party = VEHICLE_MAKER) -> World:
    """Packs with a module of the same number, in a firm's stock; custody and ownership are the firm's."""
    world = World()
    world.log(*world.story.enrolments([REPAIRER, BANK, IMPORTER]))
    for number, one in enumerate(packs, 1):
        world.log(world.story.pack_manufactured(one, [module(number)]))
    world.log(*world.story.transfer(MAKER, to, *packs, load="to the line"))
    return world


def rights(world: World, item: ItemId) -> tuple[ItemId | Holder, ItemId | Holder, ItemId | Holder]:
    states, found = world.ledger.states, world.item(item)
    return custodian_of(states, found), owner_of(states, found), operator_of(states, found)


def fit(
    world: World, item: ItemId, by: Party = VEHICLE_MAKER, *, max_packs: int | None = None, swap: bool = False
) -> str:
    claims = PackFitted(place=by.place, max_packs=max_packs, swap_model=swap)
    return world.story.tell(by, claims, item, vehicle(1))


# Fitting


def test_the_first_pack_makes_the_vehicle() -> None:
    world = delivered(pack(1))
    event = world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    car, fitted = world.item(vehicle(1)), world.item(pack(1))
    assert (car.kind, car.phase, car.parts, car.max_packs) == (Kind.VEHICLE, Phase.STOCK, 1, 1)
    assert {car.custodian, car.owner, car.operator, car.maker} == {VEHICLE_MAKER.id}
    assert (car.tip, car.vehicle_model, car.swap_model) == (event.id, "TAXI-1", False)
    assert (fitted.phase, fitted.vehicle, fitted.custodian) == (
        Phase.FITTED,
        vehicle(1),
        Holder.INHERITED,
    )
    # The maker of the pack answers for it, not the maker of the vehicle: that right differed.
    assert (fitted.owner, fitted.operator) == (Holder.INHERITED, MAKER.id)


def test_a_vehicle_holds_at_most_its_declared_packs() -> None:
    world = delivered(pack(1), pack(2), pack(3))
    world.log(fit(world, pack(1), max_packs=2, swap=True), fit(world, pack(2)))
    assert (world.item(vehicle(1)).parts, world.item(vehicle(1)).swap_model) == (2, True)
    refusal = world.refused(fit(world, pack(3)), "vehicle.capacity", vehicle(1))
    assert refusal.facts == {"limit": 2}
    world.log(world.story.pack_removed(pack(1), vehicle(1)), fit(world, pack(3)))


def test_a_vehicle_is_declared_once() -> None:
    world = delivered(pack(1), pack(2))
    world.log(fit(world, pack(1), max_packs=2))
    world.refused(fit(world, pack(2), max_packs=2), "vehicle.declared_before", vehicle(1))
    world.refused(fit(world, pack(2), swap=True), "vehicle.declared_before", vehicle(1))


def test_a_fitted_pack_is_not_fitted_again() -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)))
    claims = PackFitted(place=VEHICLE_MAKER.place)
    world.refused(world.story.tell(VEHICLE_MAKER, claims, pack(1), vehicle(2)), "lifecycle.phase", pack(1))


def test_a_retired_pack_is_not_fitted() -> None:
    world = delivered(pack(1))
    world.log(world.story.item_retired(VEHICLE_MAKER, pack(1)))
    world.refused(fit(world, pack(1)), "lifecycle.phase", pack(1))


def test_a_module_is_not_fitted() -> None:
    world = delivered(pack(1))
    world.refused(fit(world, module(1)), "lifecycle.kind", module(1))


def test_nobody_fits_into_another_firms_vehicle() -> None:
    world = delivered(pack(1), pack(2))
    world.log(fit(world, pack(1), max_packs=2))
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, vehicle(1), load="car"))
    world.refused(fit(world, pack(2)), "custody.holder", vehicle(1))


def test_a_pack_whose_owner_differs_stays_its_owners_through_every_sale() -> None:
    world = delivered(pack(1))
    world.log(world.story.transfer_offered(VEHICLE_MAKER, BANK, pack(1), rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(BANK, pack(1)))
    world.log(fit(world, pack(1)), world.story.vehicle_sold(vehicle(1)))
    assert rights(world, pack(1)) == (Holder.USER, BANK.id, MAKER.id)
    assert rights(world, module(1)) == (Holder.USER, BANK.id, MAKER.id)
    world.log(world.story.pack_removed(pack(1), vehicle(1), by=REPAIRER))
    assert rights(world, pack(1)) == (REPAIRER.id, BANK.id, MAKER.id)
    assert (world.item(pack(1)).owner, world.item(pack(1)).vehicle) == (BANK.id, None)


def test_a_repairers_own_pack_in_a_users_vehicle_is_the_users() -> None:
    world = delivered(pack(1), pack(2))
    world.log(fit(world, pack(1)), world.story.vehicle_sold(vehicle(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, REPAIRER, pack(2), load="spare"))
    world.log(world.story.pack_removed(pack(1), vehicle(1), by=REPAIRER))
    world.log(fit(world, pack(2), by=REPAIRER))
    assert rights(world, pack(2)) == (Holder.USER, Holder.USER, MAKER.id)
    assert rights(world, pack(1)) == (REPAIRER.id, Holder.USER, MAKER.id)


# Sales


def test_a_sale_takes_everything_inside_along() -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, vehicle(1), load="car"))
    assert rights(world, module(1)) == (FLEET.id, FLEET.id, MAKER.id)
    world.log(world.story.vehicle_sold(vehicle(1), by=FLEET))
    assert rights(world, module(1)) == (Holder.USER, Holder.USER, MAKER.id)
    assert (world.item(vehicle(1)).custodian, world.item(vehicle(1)).owner) == (Holder.USER, Holder.USER)
    assert rights(world, vehicle(1))[2] == VEHICLE_MAKER.id


def test_a_vehicle_is_sold_to_a_user_once() -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)), world.story.vehicle_sold(vehicle(1)))
    world.refused(world.story.vehicle_sold(vehicle(1)), "vehicle.sold_before", vehicle(1))


def test_the_maker_reports_the_sale_of_its_dealer() -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, vehicle(1), load="car"))
    world.log(world.story.vehicle_sold(vehicle(1)))
    assert rights(world, vehicle(1))[0] is Holder.USER


def test_the_maker_does_not_sell_what_no_dealer_has() -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, COLLECTOR, vehicle(1), load="car"))
    refusal = world.refused(world.story.vehicle_sold(vehicle(1)), "custody.holder", vehicle(1))
    assert refusal.facts == {"holder": str(COLLECTOR.id)}


@pytest.mark.parametrize("other", [IMPORTER, SECOND_LIFE])
def test_nobody_else_reports_a_dealers_sale(other: Party) -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, vehicle(1), load="car"))
    world.refused(world.story.vehicle_sold(vehicle(1), by=other), "custody.holder", vehicle(1))


def leased() -> World:
    """Vehicle 1 belongs to a bank; its maker has it."""
    world = delivered(pack(1))
    world.log(fit(world, pack(1)))
    world.log(world.story.transfer_offered(VEHICLE_MAKER, BANK, vehicle(1), rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(BANK, vehicle(1)))
    return world


def test_a_bank_that_leases_a_vehicle_keeps_it_and_what_is_in_it() -> None:
    world = leased()
    world.log(world.story.vehicle_sold(vehicle(1)))
    assert rights(world, vehicle(1)) == (Holder.USER, BANK.id, VEHICLE_MAKER.id)
    assert rights(world, module(1)) == (Holder.USER, BANK.id, MAKER.id)


def test_a_bank_keeps_a_vehicle_that_its_maker_reports_sold_by_a_dealer() -> None:
    world = leased()
    custody = [Right.CUSTODY]
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, vehicle(1), load="car", rights=custody))
    world.log(world.story.vehicle_sold(vehicle(1)))
    assert rights(world, vehicle(1)) == (Holder.USER, BANK.id, VEHICLE_MAKER.id)


@pytest.mark.parametrize("by", [FLEET, VEHICLE_MAKER])
def test_a_vehicle_on_commission_is_the_users_once_its_owner_reports_the_sale(by: Party) -> None:
    # The dealer has it and the maker owns it: the dealer may not give away what the maker owns.
    world = delivered(pack(1))
    world.log(fit(world, pack(1)))
    custody = [Right.CUSTODY]
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, vehicle(1), load="car", rights=custody))
    world.log(world.story.vehicle_sold(vehicle(1), by=by))
    owner = Holder.USER if by is VEHICLE_MAKER else VEHICLE_MAKER.id
    assert rights(world, vehicle(1))[:2] == (Holder.USER, owner)


def test_a_disputed_vehicle_is_not_sold() -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)), world.story.item_collected(vehicle(1)))
    world.refused(world.story.vehicle_sold(vehicle(1)), "dispute.open", vehicle(1))


# Removal


def test_a_removed_pack_has_the_rights_of_that_moment() -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, COLLECTOR, vehicle(1), load="car"))
    event = world.log(world.story.pack_removed(pack(1), vehicle(1), by=COLLECTOR))
    out = world.item(pack(1))
    assert (out.phase, out.vehicle, out.tip) == (Phase.REMOVED, None, event.id)
    assert (out.custodian, out.owner, out.operator) == (COLLECTOR.id, COLLECTOR.id, MAKER.id)
    assert (world.item(vehicle(1)).parts, world.item(vehicle(1)).tip) == (0, event.id)


def test_a_pack_comes_out_of_the_vehicle_it_is_in() -> None:
    world = delivered(pack(1), pack(2))
    world.log(fit(world, pack(1)))
    claims = PackFitted(place=VEHICLE_MAKER.place)
    world.tell(VEHICLE_MAKER, claims, pack(2), vehicle(2))
    refusal = world.refused(world.story.pack_removed(pack(1), vehicle(2)), "vehicle.other", pack(1))
    assert refusal.facts == {"vehicle": str(vehicle(1))}
    world.refused(world.story.pack_removed(pack(1), vehicle(3)), "vehicle.other", pack(1))


def test_a_pack_in_stock_is_not_removed() -> None:
    world = delivered(pack(1))
    world.refused(world.story.pack_removed(pack(1), vehicle(1)), "lifecycle.phase", pack(1))


def test_a_pack_does_not_replace_itself() -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)))
    claims = PackRemoved(place=VEHICLE_MAKER.place, reason=RemovalReason.REPAIR, replaced_by=pack(1))
    text = world.story.tell(VEHICLE_MAKER, claims, pack(1), vehicle(1))
    world.refused(text, "vehicle.replaced_by", pack(1))


def test_a_removed_pack_is_fitted_again_elsewhere() -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)), world.story.pack_removed(pack(1), vehicle(1)))
    world.log(world.story.pack_fitted(pack(1), vehicle(2)))
    assert (world.item(pack(1)).vehicle, world.item(vehicle(1)).parts) == (vehicle(2), 0)


def test_an_offered_vehicle_is_not_worked_on() -> None:
    world = delivered(pack(1))
    world.log(fit(world, pack(1)))
    world.log(world.story.transfer_offered(VEHICLE_MAKER, FLEET, vehicle(1), rights=BOTH))
    world.refused(world.story.pack_removed(pack(1), vehicle(1)), "transfer.open", vehicle(1))
    world.refused(world.story.vehicle_sold(vehicle(1)), "transfer.open", vehicle(1))
