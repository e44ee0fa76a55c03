"""Transfers between firms: offers, answers, and who may take waste."""

import dataclasses

import pytest

from ledger.events.custody import TransferOffered
from ledger.events.registry import OrgRolesSet
from ledger.state import Offer
from ledger.vocabulary import (
    Right,
    Role,
)
from tests.consortium import (
    FLEET,
    LAB,
    MAKER,
    RECYCLER,
    REGISTRAR,
    VEHICLE_MAKER,
    module,
    pack,
    vehicle,
)
from tests.scenario_more import BANK
from tests.starts import (
    car,
    made,
    rights,
)

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
