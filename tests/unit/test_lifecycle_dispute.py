"""Disputes: who contests what, what stands still meanwhile, and how it ends."""

import pytest

from ledger.events.correction import EventDisputed
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.state import Dispute, Settlement
from ledger.vocabulary import DisputeOutcome, Flag, Ground, Right, Role
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
    pack,
    vehicle,
)
from tests.memory import World

OTHER = Party(52, "Other Collector", "虚构回收站", "440306", (Role.COLLECTION_POINT,))
KEEPS, TAKES, WITHDRAWN = DisputeOutcome


def handed_over(*more: ItemId) -> tuple[World, Event]:
    """Pack 1 went from the maker to the fleet; the acceptance."""
    world = World()
    for one in (pack(1), *more):
        world.log(world.story.pack_manufactured(one))
    world.log(*world.story.transfer(MAKER, FLEET, pack(1), *more))
    return world, world.story.last


def contested() -> tuple[World, Event]:
    """The maker contests that the fleet accepted ownership; it keeps the producer's responsibility."""
    world, event = handed_over()
    world.log(world.story.event_disputed(event, MAKER))
    return world, event


def claimed() -> tuple[World, Event]:
    """A collector claims what the fleet has."""
    world, _ = handed_over()
    return world, world.log(world.story.item_collected(pack(1)))


# Contesting


def test_a_party_contests_an_event() -> None:
    world, event = contested()
    item = world.item(pack(1))
    assert item.flags == (Flag.DISPUTED,)
    assert item.dispute == Dispute(event=event.id, by=MAKER.id, against=FLEET.id)
    assert (item.tip, item.custodian) == (event.id, FLEET.id)


def test_nobody_contests_his_own_event() -> None:
    world, event = handed_over()
    world.refused(world.story.event_disputed(event, FLEET), "dispute.own", event.id)


def test_a_stranger_contests_nothing() -> None:
    world, event = handed_over()
    world.refused(world.story.event_disputed(event, LAB), "dispute.party", event.id)


def test_whom_it_is_offered_to_is_a_party() -> None:
    world, event = handed_over()
    world.log(world.story.transfer_offered(FLEET, RECYCLER, pack(1)))
    world.log(world.story.event_disputed(event, RECYCLER))
    assert world.item(pack(1)).dispute is not None


def test_only_items_that_the_signer_has_a_right_in_are_disputed() -> None:
    world, event = handed_over(pack(2))
    rights = tuple(Right)
    world.log(*world.story.transfer(FLEET, SECOND_LIFE, pack(2), load="on", rights=rights[:2]))
    operator = world.story.transfer(MAKER, SECOND_LIFE, pack(2), load="operator", rights=(Right.OPERATOR,))
    world.log(*operator)
    world.log(world.story.event_disputed(event, MAKER))
    assert world.item(pack(1)).dispute is not None
    assert world.item(pack(2)).dispute is None


def test_an_item_is_in_one_dispute_at_a_time() -> None:
    world, event = contested()
    world.refused(world.story.event_disputed(event, MAKER), "dispute.open", pack(1))


def test_an_unlogged_event_is_not_contested() -> None:
    world, event = handed_over()
    claims = EventDisputed(place=MAKER.place, event="A" * 43, ground=Ground.WRONG_ITEM)
    world.refused(world.story.tell(MAKER, claims, *event.prev), "dispute.unknown", "A" * 43)


def test_an_event_about_an_organisation_is_not_contested() -> None:
    world, _ = handed_over()
    model = world.log(world.story.model_declared(model=MAKER.model("X")))
    claims = EventDisputed(place=None, event=model.id, ground=Ground.WRONG_ITEM)
    world.refused(world.story.tell(FLEET, claims, MAKER.id), "dispute.registry", model.id)


def test_a_dispute_names_exactly_the_items_of_its_event() -> None:
    world, event = handed_over(pack(2))
    claims = EventDisputed(place=MAKER.place, event=event.id, ground=Ground.WRONG_ITEM)
    world.refused(world.story.tell(MAKER, claims, pack(1)), "dispute.items", event.id)


# What stands still


@pytest.mark.parametrize("right", [Right.CUSTODY, Right.OWNERSHIP])
def test_no_right_over_a_contested_item_is_offered(right: Right) -> None:
    world, _ = contested()
    text = world.story.transfer_offered(FLEET, RECYCLER, pack(1), load="on", rights=(right,))
    world.refused(text, "dispute.open", pack(1))


def test_an_offer_made_before_is_not_accepted() -> None:
    world, event = handed_over()
    offered = world.story.transfer_offered(FLEET, RECYCLER, pack(1), load="on", rights=(Right.OWNERSHIP,))
    world.log(offered, world.story.event_disputed(event, MAKER))
    world.refused(world.story.transfer_accepted(RECYCLER, pack(1), load="on"), "dispute.open", pack(1))


def test_the_ownership_of_a_claimed_item_moves() -> None:
    world, _ = claimed()
    world.log(*world.story.transfer(FLEET, RECYCLER, pack(1), load="on", rights=(Right.OWNERSHIP,)))
    assert world.item(pack(1)).owner == RECYCLER.id


def test_a_contested_item_is_not_claimed() -> None:
    world, _ = contested()
    world.refused(world.story.item_collected(pack(1)), "dispute.open", pack(1))


def test_a_contested_item_that_nobody_holds_is_collected_and_stays_contested() -> None:
    world, _ = handed_over()
    released = world.log(world.story.custody_released(FLEET, pack(1)))
    world.log(world.story.event_disputed(released, MAKER), world.story.item_collected(pack(1)))
    item = world.item(pack(1))
    assert (item.custodian, item.flags) == (COLLECTOR.id, (Flag.DISPUTED,))
    assert item.dispute is not None


def test_a_disputed_item_is_not_disposed_of() -> None:
    world, _ = handed_over()
    world.log(world.story.item_retired(FLEET, pack(1)))
    world.log(world.story.event_disputed(world.story.last, MAKER))
    world.refused(world.story.residue_disposed(pack(1), by=FLEET), "dispute.open", pack(1))


def test_a_disputed_lot_is_not_divided() -> None:
    world = World()
    lot, part = RECYCLER.lot("A"), SECOND_LIFE.lot("B")
    world.log(world.story.lot_declared(lot), *world.story.transfer(RECYCLER, SECOND_LIFE, lot))
    world.log(world.story.event_disputed(world.story.last, RECYCLER))
    text = world.story.lot_divided(lot, {part: 10}, by=SECOND_LIFE)
    world.refused(text, "dispute.open", lot)


# Settling a contested event


def test_one_party_alone_only_proposes() -> None:
    world, event = contested()
    world.log(world.story.dispute_settled(event, MAKER, KEEPS))
    item = world.item(pack(1))
    assert item.flags == (Flag.DISPUTED,)
    assert item.dispute is not None
    assert item.dispute.proposed == (Settlement(org=MAKER.id, outcome=KEEPS),)


def test_both_parties_settle_with_the_same_word() -> None:
    world, event = contested()
    world.log(world.story.dispute_settled(event, MAKER, KEEPS))
    world.log(world.story.dispute_settled(event, FLEET, KEEPS))
    item = world.item(pack(1))
    assert (item.flags, item.dispute, item.custodian) == ((), None, FLEET.id)


def test_two_words_settle_nothing_until_one_gives_way() -> None:
    world, event = contested()
    world.log(world.story.dispute_settled(event, MAKER, TAKES))
    world.log(world.story.dispute_settled(event, FLEET, KEEPS))
    dispute = world.item(pack(1)).dispute
    assert dispute is not None
    assert len(dispute.proposed) == 2
    world.log(world.story.dispute_settled(event, MAKER, KEEPS))
    assert world.item(pack(1)).dispute is None


def test_a_party_that_says_it_twice_is_still_one_party() -> None:
    world, event = contested()
    for _ in range(2):
        world.log(world.story.dispute_settled(event, MAKER, KEEPS))
    dispute = world.item(pack(1)).dispute
    assert dispute is not None
    assert len(dispute.proposed) == 1


def test_the_regulator_settles_alone() -> None:
    world, event = contested()
    world.log(*world.story.enrolments([REGULATOR]), world.story.dispute_settled(event, REGULATOR, TAKES))
    item = world.item(pack(1))
    assert (item.flags, item.dispute, item.custodian) == ((), None, FLEET.id)


def test_a_stranger_settles_nothing() -> None:
    world, event = contested()
    world.refused(world.story.dispute_settled(event, LAB), "dispute.party", event.id)


def test_what_is_not_in_dispute_is_not_settled() -> None:
    world, event = handed_over()
    world.refused(world.story.dispute_settled(event, FLEET), "dispute.none", event.id)


def test_a_dispute_over_one_event_is_not_settled_on_another() -> None:
    world, _ = contested()
    measured = world.log(world.story.health_measured(pack(1)))
    world.refused(world.story.dispute_settled(measured, MAKER), "dispute.none", measured.id)


# Settling a claim


def test_a_claim_is_settled_on_the_collection_that_laid_it() -> None:
    world, collected = claimed()
    measured = world.log(world.story.health_measured(pack(1)))
    world.refused(world.story.dispute_settled(measured, FLEET), "dispute.none", measured.id)
    world.log(world.story.dispute_settled(collected, COLLECTOR, WITHDRAWN))
    world.log(world.story.dispute_settled(collected, FLEET, WITHDRAWN))
    item = world.item(pack(1))
    assert (item.flags, item.claimant, item.dispute) == ((), None, None)


def test_a_claim_that_is_granted_moves_custody_with_the_next_collection() -> None:
    world, collected = claimed()
    world.log(world.story.dispute_settled(collected, FLEET, TAKES))
    world.log(world.story.dispute_settled(collected, COLLECTOR, TAKES))
    item = world.item(pack(1))
    assert (item.custodian, item.flags, item.dispute) == (FLEET.id, (Flag.DISPUTED,), None)
    world.log(world.story.item_collected(pack(1)))
    item = world.item(pack(1))
    assert (item.custodian, item.flags, item.claimant) == (COLLECTOR.id, (), None)


def test_a_granted_claim_keeps_custody_where_it_is_until_it_is_taken() -> None:
    world, collected = claimed()
    world.log(*world.story.enrolments([REGULATOR]), world.story.dispute_settled(collected, REGULATOR, TAKES))
    world.refused(world.story.transfer_offered(FLEET, RECYCLER, pack(1)), "dispute.open", pack(1))


def test_after_its_silence_a_claimant_takes_the_item_whatever_was_proposed() -> None:
    world, collected = claimed()
    world.log(world.story.dispute_settled(collected, FLEET, KEEPS))
    world.wait(days=15)
    world.log(world.story.item_collected(pack(1)))
    item = world.item(pack(1))
    assert (item.custodian, item.flags, item.dispute) == (COLLECTOR.id, (), None)


def test_a_claim_against_a_user_is_withdrawn_by_the_claimant_alone() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    collected = world.log(world.story.item_collected(pack(1)))
    world.log(world.story.vehicle_sold(vehicle(1)), world.story.dispute_settled(collected, COLLECTOR))
    assert world.item(pack(1)).flags == ()


def test_a_claimed_item_is_not_contested_too() -> None:
    world, collected = claimed()
    world.refused(world.story.event_disputed(collected, FLEET), "dispute.open", pack(1))
