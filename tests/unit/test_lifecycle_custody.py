"""Transfers between firms, weights at the gate, and collection from those who are not enrolled."""

import dataclasses
from collections.abc import Sequence

import pytest

from ledger.events.custody import ArrivalException, CheckList, TransferAccepted, TransferOffered
from ledger.events.registry import OrgRolesSet
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.rights import custodian_of, operator_of, owner_of
from ledger.state import Claimant, Holder, Offer
from ledger.vocabulary import (
    Application,
    CheckItem,
    CollectedFrom,
    Condition,
    Flag,
    MassBasis,
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
    RECYCLER,
    REGISTRAR,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    product,
    vehicle,
)
from tests.memory import World
from tests.storyteller import PACK_G

BANK = Party(40, "Bank", "虚构银行", "110102", (Role.ASSET_OWNER,))
OTHER_COLLECTOR = Party(41, "Other Collector", "虚构回收站", "440306", (Role.COLLECTION_POINT,))
DAY_MS = 86_400_000


def made(*packs: ItemId) -> World:
    world = World()
    for one in packs:
        world.log(world.story.pack_manufactured(one))
    return world


def car(*, sold: bool = False) -> World:
    """Pack 1, with module 1 in it, is fitted in vehicle 1."""
    world = World()
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1), load="to the line"))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    if sold:
        world.log(world.story.vehicle_sold(vehicle(1)))
    return world


def rights(world: World, item: ItemId) -> tuple[ItemId | Holder, ItemId | Holder, ItemId | Holder]:
    states, found = world.ledger.states, world.item(item)
    return custodian_of(states, found), owner_of(states, found), operator_of(states, found)


def accept(
    world: World,
    by: Party,
    *items: ItemId,
    basis: MassBasis = MassBasis.DECLARED,
    gross_g: int | None = None,
    tare_g: int | None = None,
    exceptions: Sequence[ArrivalException] = (),
    load: str = "load",
) -> str:
    claims = TransferAccepted(
        place=by.place,
        consignment=world.story.uuid(load),
        mass_basis=basis,
        gross_g=gross_g,
        tare_g=tare_g,
        checklist=CheckList(yes=(CheckItem.LEAKAGE,)),
        exceptions=tuple(exceptions),
    )
    return world.story.tell(by, claims, *items)


def damaged(item: ItemId, mass_g: int | None = None) -> ArrivalException:
    return ArrivalException(item=item, condition=Condition.DAMAGED, mass_g=mass_g)


# Offers and answers


def test_an_offer_moves_nothing_and_acceptance_moves_what_was_offered() -> None:
    world = made(pack(1))
    offered = world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)))
    assert world.item(pack(1)).offer == Offer(
        event=offered.id,
        by=MAKER.id,
        to=FLEET.id,
        rights=(Right.CUSTODY, Right.OWNERSHIP),
        consignment=world.story.uuid("load"),
        offered_at_ms=offered.iat * 1000,
    )
    assert rights(world, pack(1)) == (MAKER.id, MAKER.id, MAKER.id)
    world.log(world.story.transfer_accepted(FLEET, pack(1)))
    assert rights(world, pack(1)) == (FLEET.id, FLEET.id, MAKER.id)
    assert world.item(pack(1)).offer is None


@pytest.mark.parametrize("right", Right)
def test_each_right_moves_alone(right: Right) -> None:
    world = made(pack(1))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1), rights=[right]))
    world.log(world.story.transfer_accepted(FLEET, pack(1)))
    expected = [FLEET.id if one is right else MAKER.id for one in Right]
    assert list(rights(world, pack(1))) == expected


def test_an_answer_covers_the_items_it_names_and_the_rest_stay_offered() -> None:
    world = made(pack(1), pack(2), pack(3))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1), pack(2), pack(3)))
    world.log(world.story.transfer_accepted(FLEET, pack(1)))
    world.log(world.story.transfer_rejected(FLEET, pack(2)))
    assert [world.item(one).custodian for one in (pack(1), pack(2), pack(3))] == [
        FLEET.id,
        MAKER.id,
        MAKER.id,
    ]
    assert [world.item(one).offer is None for one in (pack(1), pack(2), pack(3))] == [True, True, False]
    world.log(world.story.transfer_withdrawn(MAKER, pack(3)))
    assert world.item(pack(3)).offer is None


def test_a_load_may_span_several_offers() -> None:
    world = made(pack(1), pack(2))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(2)))
    world.log(world.story.transfer_accepted(FLEET, pack(1), pack(2)))
    assert world.item(pack(2)).owner == FLEET.id


def test_only_the_receiver_answers_and_only_the_sender_withdraws() -> None:
    world = made(pack(1))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)))
    world.refused(world.story.transfer_accepted(LAB, pack(1)), "transfer.receiver", pack(1))
    world.refused(world.story.transfer_rejected(MAKER, pack(1)), "transfer.receiver", pack(1))
    world.refused(world.story.transfer_withdrawn(FLEET, pack(1)), "transfer.sender", pack(1))


def test_an_answer_names_the_load_it_answers() -> None:
    world = made(pack(1), pack(2))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)))
    world.refused(world.story.transfer_accepted(FLEET, pack(1), load="other"), "transfer.none", pack(1))
    world.refused(world.story.transfer_accepted(FLEET, pack(1), pack(2)), "transfer.none", pack(2))
    world.refused(world.story.transfer_rejected(FLEET, pack(2)), "transfer.none", pack(2))
    world.refused(world.story.transfer_withdrawn(MAKER, pack(2)), "transfer.none", pack(2))


def test_nobody_offers_to_itself_to_a_stranger_or_to_a_suspended_firm() -> None:
    world = made(pack(1))
    world.refused(world.story.transfer_offered(MAKER, MAKER, pack(1)), "transfer.self", MAKER.id)
    world.refused(world.story.transfer_offered(MAKER, BANK, pack(1)), "org.unknown", BANK.id)
    world.log(world.story.org_suspended(FLEET))
    world.refused(world.story.transfer_offered(MAKER, FLEET, pack(1)), "transfer.suspended", FLEET.id)


def test_a_load_has_at_least_the_items_offered_and_each_right_once() -> None:
    world = made(pack(1), pack(2))
    claims = TransferOffered(
        place=MAKER.place,
        rights=(Right.CUSTODY,),
        to=FLEET.id,
        consignment=world.story.uuid("load"),
        count=1,
    )
    refusal = world.refused(
        world.story.tell(MAKER, claims, pack(1), pack(2)), "transfer.count", claims.consignment
    )
    assert refusal.facts == {"count": 1, "found": 2}
    twice = dataclasses.replace(claims, rights=(Right.CUSTODY, Right.CUSTODY))
    world.refused(world.story.tell(MAKER, twice, pack(1)), "transfer.rights_twice", claims.consignment)


@pytest.mark.parametrize("right", Right)
def test_only_a_right_that_is_held_is_offered(right: Right) -> None:
    world = made(pack(1))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1), rights=[right]))
    world.log(world.story.transfer_accepted(FLEET, pack(1)))
    refusal = world.refused(
        world.story.transfer_offered(MAKER, LAB, pack(1), rights=list(Right)), "transfer.right", pack(1)
    )
    assert refusal.facts == {"right": right.value, "holder": str(FLEET.id)}
    world.log(world.story.transfer_offered(FLEET, LAB, pack(1), rights=[right]))


def test_custody_of_what_is_inside_moves_with_what_is_around_it() -> None:
    world = car()
    refusal = world.refused(
        world.story.transfer_offered(VEHICLE_MAKER, FLEET, pack(1)), "transfer.inside", pack(1)
    )
    assert refusal.facts == {"container": str(vehicle(1))}
    world.refused(
        world.story.transfer_offered(VEHICLE_MAKER, FLEET, module(1), rights=[Right.CUSTODY]),
        "transfer.inside",
        module(1),
    )
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, vehicle(1), load="car"))
    assert rights(world, module(1))[:2] == (FLEET.id, FLEET.id)


def test_the_ownership_of_a_fitted_pack_is_sold_apart_from_its_vehicle() -> None:
    world = car()
    world.log(*world.story.enrolments([BANK]))
    world.log(world.story.transfer_offered(VEHICLE_MAKER, BANK, pack(1), rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(BANK, pack(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, vehicle(1), load="car"))
    assert rights(world, pack(1)) == (FLEET.id, BANK.id, MAKER.id)
    assert rights(world, module(1)) == (FLEET.id, BANK.id, MAKER.id)


def test_an_offer_is_void_once_the_offerer_has_lost_the_right() -> None:
    world = car()
    world.log(*world.story.enrolments([BANK]))
    world.log(world.story.transfer_offered(VEHICLE_MAKER, BANK, pack(1), rights=[Right.OWNERSHIP]))
    world.log(*world.story.transfer(VEHICLE_MAKER, FLEET, vehicle(1), load="car"))
    assert rights(world, pack(1))[1] == FLEET.id
    refusal = world.refused(world.story.transfer_accepted(BANK, pack(1)), "transfer.right", pack(1))
    assert refusal.facts == {"right": "ownership", "holder": str(FLEET.id)}
    world.log(world.story.transfer_rejected(BANK, pack(1)))


def test_an_offered_pack_in_a_sold_vehicle_is_its_users() -> None:
    world = car()
    world.log(world.story.transfer_offered(VEHICLE_MAKER, FLEET, pack(1), rights=[Right.OWNERSHIP]))
    world.log(world.story.vehicle_sold(vehicle(1)))
    refusal = world.refused(world.story.transfer_accepted(FLEET, pack(1)), "transfer.right", pack(1))
    assert refusal.facts["holder"] == "user"


# Waste


def test_waste_goes_to_lawful_receivers_only() -> None:
    world = made(pack(1))
    world.log(world.story.item_retired(MAKER, pack(1)))
    refusal = world.refused(
        world.story.transfer_offered(MAKER, FLEET, pack(1)), "transfer.waste_receiver", pack(1)
    )
    assert refusal.facts["to"] == str(FLEET.id)
    assert "recycler" in str(refusal.facts["roles"])
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1), rights=[Right.OWNERSHIP], load="paper"))
    world.log(world.story.transfer_withdrawn(MAKER, pack(1), load="paper"))
    world.log(*world.story.transfer(MAKER, RECYCLER, pack(1)))
    assert world.item(pack(1)).custodian == RECYCLER.id


# Masses


def offered(*items: ItemId, to: Party = RECYCLER) -> World:
    world = made(*items)
    world.log(world.story.transfer_offered(MAKER, to, *items))
    return world


def test_a_declared_mass_stays_and_an_exception_has_its_own() -> None:
    world = offered(pack(1), pack(2))
    world.log(accept(world, RECYCLER, pack(1), pack(2), exceptions=[damaged(pack(2), 350_000)]))
    assert [world.item(one).mass_g for one in (pack(1), pack(2))] == [PACK_G, 350_000]


def test_one_item_on_the_scales_has_the_net_weight() -> None:
    world = offered(pack(1))
    world.log(accept(world, RECYCLER, pack(1), basis=MassBasis.WEIGHED, gross_g=405_000, tare_g=6_000))
    assert world.item(pack(1)).mass_g == 399_000


def test_a_load_on_the_scales_is_apportioned_to_the_gram() -> None:
    items = (pack(1), pack(2), pack(3))
    world = offered(*items)
    world.log(
        accept(
            world,
            RECYCLER,
            *items,
            basis=MassBasis.APPORTIONED,
            gross_g=1_200_000,
            tare_g=99_999,
            exceptions=[damaged(pack(2), 300_000)],
        )
    )
    # 400,001 g is the first one's share; what the scales add to a known mass is no mass.
    assert [world.item(one).mass_g for one in items] == [400_000, 300_000, 400_000]


def test_one_weight_is_not_weighed_twice() -> None:
    world = offered(pack(1), pack(2))
    text = accept(world, RECYCLER, pack(1), pack(2), basis=MassBasis.WEIGHED, gross_g=800_000, tare_g=0)
    refusal = world.refused(text, "transfer.weighed_one", world.story.uuid("load"))
    assert refusal.facts == {"found": 2}
    world.log(
        accept(
            world,
            RECYCLER,
            pack(1),
            pack(2),
            basis=MassBasis.WEIGHED,
            gross_g=800_000,
            tare_g=0,
            exceptions=[damaged(pack(1), 390_000)],
        )
    )
    assert [world.item(one).mass_g for one in (pack(1), pack(2))] == [390_000, 400_000]


@pytest.mark.parametrize(
    ("basis", "gross_g", "tare_g", "exception_g"),
    [
        (MassBasis.WEIGHED, None, None, None),
        (MassBasis.APPORTIONED, None, None, None),
        (MassBasis.WEIGHED, 400_000, None, None),
        (MassBasis.WEIGHED, None, 400, None),
        (MassBasis.WEIGHED, 400, 400, None),
        (MassBasis.DECLARED, 400, 401, None),
        (MassBasis.APPORTIONED, 500_000, 1, 500_000),
        (MassBasis.APPORTIONED, 500_000, 0, 500_000),
    ],
)
def test_a_weight_is_gross_and_tare_and_holds_its_exceptions(
    basis: MassBasis, gross_g: int | None, tare_g: int | None, exception_g: int | None
) -> None:
    world = offered(pack(1), pack(2))
    exceptions = [] if exception_g is None else [damaged(pack(1), exception_g)]
    text = accept(
        world,
        RECYCLER,
        pack(1),
        pack(2),
        basis=basis,
        gross_g=gross_g,
        tare_g=tare_g,
        exceptions=exceptions,
    )
    world.refused(text, "transfer.weight", world.story.uuid("load"))


@pytest.mark.parametrize(
    "exceptions", [[damaged(pack(2))], [damaged(pack(1)), damaged(pack(1), 5)]], ids=["stranger", "twice"]
)
def test_exceptions_speak_of_items_of_the_answer_once(exceptions: list[ArrivalException]) -> None:
    world = offered(pack(1), pack(2))
    world.refused(accept(world, RECYCLER, pack(1), exceptions=exceptions), "transfer.exceptions")


def test_a_lot_arrives_with_what_the_receiver_weighed_and_may_not_grow() -> None:
    world = World()
    lot = RECYCLER.lot("BM")
    world.log(world.story.lot_declared(lot, mass_g=1_000_000))
    world.log(world.story.transfer_offered(RECYCLER, SECOND_LIFE, lot))
    grown = accept(world, SECOND_LIFE, lot, basis=MassBasis.WEIGHED, gross_g=1_005_001, tare_g=0)
    refusal = world.refused(grown, "balance.transit", lot)
    assert refusal.facts == {"held_g": 1_000_000, "received_g": 1_005_001, "tolerance_ppm": 5_000}
    world.log(accept(world, SECOND_LIFE, lot, basis=MassBasis.WEIGHED, gross_g=990_000, tare_g=0))
    assert (world.item(lot).mass_g, world.item(lot).remaining_g) == (1_000_000, 990_000)


def weighed(world: World, item: ItemId, mass_g: int, by: Party = RECYCLER) -> str:
    return accept(world, by, item, basis=MassBasis.WEIGHED, gross_g=mass_g, tare_g=0)


@pytest.mark.parametrize(
    ("mass_g", "recorded_g"), [(1, 1), (399_999, 399_999), (400_001, 400_000), (440_000, 400_000)]
)
def test_a_units_weight_counts_downward(mass_g: int, recorded_g: int) -> None:
    world = offered(pack(1))
    world.log(weighed(world, pack(1), mass_g))
    assert world.item(pack(1)).mass_g == recorded_g


def test_a_unit_does_not_grow_from_one_receiver_to_the_next() -> None:
    world = offered(pack(1))
    world.log(weighed(world, pack(1), 440_000))
    world.log(world.story.transfer_offered(RECYCLER, SECOND_LIFE, pack(1)))
    refusal = world.refused(weighed(world, pack(1), 440_001, SECOND_LIFE), "balance.transit", pack(1))
    assert refusal.facts == {"held_g": 400_000, "received_g": 440_001, "tolerance_ppm": 100_000}


def test_an_exception_does_not_grow_either() -> None:
    world = offered(pack(1), pack(2))
    heavy = accept(world, RECYCLER, pack(1), pack(2), exceptions=[damaged(pack(2), 440_001)])
    world.refused(heavy, "balance.transit", pack(2))


def test_a_lot_a_little_heavier_keeps_what_it_held() -> None:
    world = World()
    lot = RECYCLER.lot("BM")
    world.log(world.story.lot_declared(lot, mass_g=1_000_000))
    world.log(world.story.transfer_offered(RECYCLER, SECOND_LIFE, lot))
    world.log(weighed(world, lot, 1_005_000, SECOND_LIFE))
    assert world.item(lot).remaining_g == 1_000_000


def turned_up() -> World:
    """Module 2 was missing from pack 1 and is found; a recycler is offered it, and pack 2 with it."""
    world = World()
    world.log(world.story.pack_manufactured(pack(1), [module(1), module(2)]))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.log(world.story.item_split(pack(1), [module(1)], unaccounted=[module(2)]))
    world.log(world.story.item_collected(module(2)), world.story.pack_manufactured(pack(2)))
    world.log(world.story.transfer_offered(MAKER, RECYCLER, pack(2)))
    world.log(world.story.transfer_offered(COLLECTOR, RECYCLER, module(2), rights=[Right.CUSTODY]))
    return world


def test_a_unit_of_unknown_mass_takes_the_first_weight() -> None:
    world = turned_up()
    assert world.item(module(2)).mass_g is None
    world.log(weighed(world, module(2), 44_000))
    assert world.item(module(2)).mass_g == 44_000


def test_an_unknown_mass_has_no_share_of_a_load_with_known_ones() -> None:
    world = turned_up()
    both = (pack(2), module(2))
    load = accept(world, RECYCLER, *both, basis=MassBasis.APPORTIONED, gross_g=444_000, tare_g=0)
    world.refused(load, "balance.unknown_mass", module(2))
    apart = [damaged(module(2), 44_000)]
    world.log(
        accept(
            world,
            RECYCLER,
            *both,
            basis=MassBasis.APPORTIONED,
            gross_g=444_000,
            tare_g=0,
            exceptions=apart,
        )
    )
    assert [world.item(one).mass_g for one in both] == [PACK_G, 44_000]


def test_a_vehicle_weighs_what_the_scales_say() -> None:
    world = car()
    world.log(world.story.transfer_offered(VEHICLE_MAKER, FLEET, vehicle(1)))
    world.log(weighed(world, vehicle(1), 1_500_000, FLEET))
    world.log(world.story.transfer_offered(FLEET, COLLECTOR, vehicle(1)))
    world.log(weighed(world, vehicle(1), 1_900_000, COLLECTOR))
    assert world.item(vehicle(1)).mass_g == 1_900_000


# Collection


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


def test_a_receiver_that_lost_its_role_takes_no_waste() -> None:
    world = made(pack(1))
    world.log(world.story.item_retired(MAKER, pack(1)))
    world.log(world.story.transfer_offered(MAKER, RECYCLER, pack(1)))
    world.tell(REGISTRAR, OrgRolesSet(roles=(Role.AUDITOR,)), RECYCLER.id)
    world.refused(world.story.transfer_accepted(RECYCLER, pack(1)), "transfer.waste_receiver", pack(1))
    world.log(world.story.transfer_rejected(RECYCLER, pack(1)))


def test_a_receiver_that_lost_its_role_still_takes_papers_of_waste() -> None:
    world = made(pack(1))
    world.log(world.story.item_retired(MAKER, pack(1)))
    world.log(*world.story.transfer(MAKER, FLEET, pack(1), rights=[Right.OWNERSHIP]))
    assert rights(world, pack(1)) == (MAKER.id, FLEET.id, MAKER.id)


def test_roles_lost_after_an_offer_do_not_stop_its_answer() -> None:
    world = made(pack(1))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)))
    world.tell(REGISTRAR, OrgRolesSet(roles=(Role.AUDITOR,)), FLEET.id)
    world.log(world.story.transfer_accepted(FLEET, pack(1)))
