"""Taking an act back: by whom, while nothing was built on it, and what it gives back."""

import pytest

from ledger.events.correction import EventVoided
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.state import Item
from ledger.vocabulary import Ending, Flag, Ground, Phase, Right
from tests.consortium import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    RECYCLER,
    REGISTRAR,
    SECOND_LIFE,
    VEHICLE_MAKER,
    module,
    pack,
    product,
    vehicle,
)
from tests.memory_last import LastWorld
from tests.scenario_more import local

ONE, CAR = pack(1), vehicle(1)


def stocked(*modules: ItemId) -> LastWorld:
    """A pack of these modules in its maker's stock."""
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE, modules))
    return world


def fitted() -> tuple[LastWorld, Event]:
    """A pack in a new vehicle of the vehicle maker's, and the event that fitted it."""
    world = stocked(module(1))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, ONE))
    return world, world.log(world.story.pack_fitted(ONE, CAR))


def facets(item: Item) -> tuple[object, ...]:
    """What a voiding gives back."""
    return item.phase, item.custodian, item.owner, item.operator, item.vehicle, item.parent, item.mass_g


# Who, and what


def test_the_issuer_takes_an_act_back_and_the_history_goes_on() -> None:
    world = stocked()
    before = world.item(ONE)
    told = world.log(world.story.item_retired(MAKER, ONE))
    voided = world.log(world.story.event_voided(told, MAKER))
    after = world.item(ONE)
    assert facets(after) == facets(before)
    assert (after.tip, after.count, after.latest) == (voided.id, 3, world.ledger.size - 1)
    assert after.status == before.status


def test_nobody_else_voids() -> None:
    world = stocked()
    told = world.log(world.story.item_retired(MAKER, ONE))
    world.refused(world.story.event_voided(told, FLEET), "void.issuer", told.id)
    world.refused(world.story.event_voided(told, REGISTRAR), "void.issuer", told.id)


def test_the_heir_voids_what_the_old_firm_stated() -> None:
    world = stocked()
    told = world.log(world.story.item_retired(MAKER, ONE))
    world.log(world.story.org_succeeded(MAKER, FLEET), world.story.event_voided(told, FLEET))
    assert world.item(ONE).phase is Phase.STOCK


def test_a_principal_voids_what_its_delegate_stated_and_the_delegate_does_not() -> None:
    world = stocked()
    world.log(world.story.delegation_granted(MAKER, LAB, "item.retired"))
    told = world.log(world.story.acting(MAKER).item_retired(LAB, ONE))
    world.story.acting(None)
    world.refused(world.story.event_voided(told, LAB), "void.issuer")
    world.log(world.story.event_voided(told, MAKER))
    assert world.item(ONE).phase is Phase.STOCK


def test_nobody_voids_in_the_name_of_another() -> None:
    world = stocked()
    world.refused(world.story.delegation_granted(MAKER, LAB, "event.voided"), "delegation.type", LAB.id)


def test_an_unknown_event_is_not_voided() -> None:
    world = stocked()
    claims = EventVoided(place=MAKER.place, event="A" * 43, ground=Ground.TYPING_ERROR)
    world.refused(world.sign(MAKER, claims, {ONE: world.item(ONE).tip}), "void.unknown")


def test_a_statement_or_an_act_on_an_organisation_is_not_voided() -> None:
    world = stocked()
    told = world.log(world.story.health_measured(ONE))
    world.refused(world.story.event_voided(told, LAB), "void.type", told.id)
    claims = EventVoided(event=world.log(world.story.site_set(MAKER)).id, ground=Ground.TYPING_ERROR)
    world.refused(world.sign(MAKER, claims, {MAKER.id: world.story.last.id}), "void.type")


def test_a_voiding_is_not_voided() -> None:
    world = stocked()
    told = world.log(world.story.item_retired(MAKER, ONE))
    voided = world.log(world.story.event_voided(told, MAKER))
    world.refused(world.story.event_voided(voided, MAKER), "void.type", voided.id)


def test_the_items_are_exactly_those_of_the_act() -> None:
    world = stocked()
    world.log(world.story.pack_manufactured(pack(2)))
    told = world.log(world.story.item_retired(MAKER, ONE, pack(2)))
    world.refused(world.story.event_voided(told, MAKER, [ONE]), "void.items")


def test_what_was_built_on_is_not_voided_and_the_newer_event_is_named() -> None:
    world = stocked()
    told = world.story.last
    newer = world.log(world.story.item_retired(MAKER, ONE))
    refusal = world.refused(world.story.event_voided(told, MAKER), "void.blocked", ONE)
    assert refusal.facts["blocking"] == [newer.id]
    claims = EventVoided(place=MAKER.place, event=told.id, ground=Ground.TYPING_ERROR)
    world.refused(world.sign(MAKER, claims, {ONE: told.id}), "void.blocked", ONE)


def test_an_act_is_voided_once() -> None:
    world = stocked()
    told = world.log(world.story.item_retired(MAKER, ONE))
    world.log(world.story.event_voided(told, MAKER))
    world.refused(world.story.event_voided(told, MAKER), "void.blocked", ONE)


def test_acts_are_taken_back_one_at_a_time() -> None:
    world = stocked()
    exported = world.log(world.story.item_exported(MAKER, ONE))
    retired = world.log(world.story.item_retired(MAKER, ONE))
    world.log(world.story.event_voided(retired, MAKER))
    world.refused(world.story.event_voided(exported, MAKER), "void.blocked", ONE)


# Statements in between


def test_what_statements_said_since_then_stays() -> None:
    world = stocked()
    told = world.log(world.story.item_retired(MAKER, ONE))
    measured = world.log(world.story.health_measured(ONE))
    world.log(world.story.incident_reported(ONE), world.story.event_voided(told, MAKER))
    item = world.item(ONE)
    assert (item.phase, item.flags, item.measured) == (Phase.STOCK, (Flag.QUARANTINED,), measured.id)


def test_a_measurement_since_the_repair_outlives_it() -> None:
    world = stocked(module(1))
    world.log(world.story.health_measured(ONE))
    told = world.log(world.story.item_repaired(ONE, by=MAKER))
    measured = world.log(world.story.health_measured(ONE))
    world.log(world.story.event_voided(told, MAKER))
    assert world.item(ONE).measured == measured.id


def test_a_dispute_goes_on_though_its_act_was_voided() -> None:
    world = stocked()
    world.log(*world.story.transfer(MAKER, FLEET, ONE, rights=[Right.CUSTODY]))
    told = world.log(world.story.item_retired(FLEET, ONE))
    world.log(world.story.event_disputed(told, MAKER), world.story.event_voided(told, FLEET))
    assert world.item(ONE).phase is Phase.STOCK
    assert world.item(ONE).flags == (Flag.DISPUTED,)


@pytest.mark.parametrize(("tell", "rule"), [("item_lost", "flag.lost"), ("item_stolen", "flag.stolen")])
def test_what_is_away_is_not_taken_back(tell: str, rule: str) -> None:
    world = stocked()
    told = world.log(world.story.item_retired(MAKER, ONE))
    world.log(getattr(world.story, tell)(MAKER, ONE))
    world.refused(world.story.event_voided(told, MAKER), rule, ONE)


# Offers, custody and waste


def test_a_refused_offer_does_not_come_back_by_the_receivers_voiding() -> None:
    world = stocked()
    world.log(world.story.transfer_offered(MAKER, FLEET, ONE))
    told = world.log(world.story.transfer_rejected(FLEET, ONE))
    world.log(world.story.event_voided(told, FLEET))
    assert world.item(ONE).offer is None
    world.refused(world.story.transfer_accepted(FLEET, ONE), "transfer.none", ONE)


def test_a_withdrawn_offer_comes_back_by_its_senders_voiding() -> None:
    world = stocked()
    world.log(world.story.transfer_offered(MAKER, FLEET, ONE))
    told = world.log(world.story.transfer_withdrawn(MAKER, ONE))
    world.log(world.story.event_voided(told, MAKER), world.story.transfer_accepted(FLEET, ONE))
    assert world.item(ONE).owner == FLEET.id


def test_waste_that_is_given_back_may_be_contested_by_who_gave_it() -> None:
    world = stocked()
    world.log(world.story.item_retired(MAKER, ONE), world.story.transfer_offered(MAKER, RECYCLER, ONE))
    told = world.log(world.story.transfer_accepted(RECYCLER, ONE))
    voided = world.log(world.story.event_voided(told, RECYCLER))
    assert (world.item(ONE).custodian, world.item(ONE).offer) == (MAKER.id, None)
    world.log(world.story.event_disputed(voided, MAKER))
    assert world.item(ONE).flags == (Flag.DISPUTED,)


def test_who_handed_an_item_on_does_not_take_it_back() -> None:
    world = stocked()
    offered, accepted = world.story.transfer(MAKER, FLEET, ONE)
    told = world.log(offered)
    world.log(accepted)
    world.refused(world.story.event_voided(told, MAKER), "void.blocked", ONE)


def test_a_collectors_claim_is_taken_back() -> None:
    world = stocked()
    told = world.log(world.story.item_collected(ONE))
    assert world.item(ONE).flags == (Flag.DISPUTED,)
    world.log(world.story.event_voided(told, COLLECTOR))
    assert (world.item(ONE).flags, world.item(ONE).claimant) == ((), None)


# Making, unmaking and making again


def test_what_was_made_by_mistake_may_be_made_again_on_its_tip() -> None:
    world = stocked(module(1))
    told = world.story.last
    voided = world.log(world.story.event_voided(told, MAKER))
    for item in (ONE, module(1)):
        assert (world.item(item).ended_by, world.item(item).parent) == (Ending.VOIDED, None)
    world.refused(world.story.item_retired(MAKER, ONE), "lifecycle.ended", ONE)
    again = world.log(world.story.pack_manufactured(ONE, [module(1)]))
    assert again.prev[ONE] == voided.id
    assert (world.item(ONE).phase, world.item(ONE).count) == (Phase.STOCK, 3)
    assert (world.item(module(1)).parent, world.item(module(1)).count) == (ONE, 3)


def test_a_voided_code_is_not_made_anew_beside_its_history() -> None:
    world = stocked()
    told = world.story.last
    world.log(world.story.event_voided(told, MAKER))
    world.story.tips[ONE] = None
    world.refused(world.story.pack_manufactured(ONE), "prev.stale", ONE)


def test_a_code_that_one_firm_declared_by_mistake_is_free_for_another() -> None:
    world = LastWorld()
    told = world.log(world.story.item_declared(ONE))
    world.log(world.story.event_voided(told, COLLECTOR), world.story.item_declared(ONE, RECYCLER))
    assert world.item(ONE).custodian == RECYCLER.id


def test_a_quarantine_is_not_washed_off_by_making_again() -> None:
    world = stocked()
    told = world.story.last
    world.log(world.story.incident_reported(ONE), world.story.event_voided(told, MAKER))
    world.log(world.story.pack_manufactured(ONE))
    assert world.item(ONE).flags == (Flag.QUARANTINED,)


def test_a_quarantine_is_not_washed_off_by_taking_an_assembly_back() -> None:
    world = LastWorld()
    world.log(world.story.module_manufactured(module(1)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, module(1)))
    told = world.log(world.story.product_assembled(product(1), module(1)))
    world.log(world.story.incident_reported(product(1)), world.story.event_voided(told, SECOND_LIFE))
    assert world.item(module(1)).flags == (Flag.QUARANTINED,)
    assert (world.item(module(1)).phase, world.item(module(1)).parent) == (Phase.STOCK, None)


def test_a_split_is_taken_back_whole() -> None:
    world = stocked(module(1), module(2))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, ONE))
    before = world.item(ONE), world.item(module(1)), world.item(module(2))
    told = world.log(world.story.item_split(ONE, [module(1)], unaccounted=[module(2)]))
    world.log(world.story.event_voided(told, SECOND_LIFE))
    after = world.item(ONE), world.item(module(1)), world.item(module(2))
    assert [facets(item) for item in after] == [facets(item) for item in before]
    assert (world.item(ONE).parts, world.item(ONE).depth) == (2, 1)
    # What was not found stays marked until it is: marks are the business of statements.
    assert world.item(module(2)).flags == (Flag.MISSING,)


def test_a_consent_used_by_a_voided_act_stays_used() -> None:
    world = stocked(module(1))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, ONE, rights=[Right.CUSTODY]))
    world.log(world.story.consent_given(MAKER, SECOND_LIFE, ONE))
    told = world.log(world.story.item_split(ONE, [module(1)]))
    world.log(world.story.event_voided(told, SECOND_LIFE))
    world.refused(world.story.item_split(ONE, [module(1)]), "owner.consent", ONE)


def test_a_local_item_that_was_wrongly_identified_lives_on_under_its_own_id() -> None:
    world, one = stocked(), local(COLLECTOR, "X-1")
    world.log(*world.story.transfer(MAKER, COLLECTOR, ONE))
    world.log(world.story.item_declared(one, COLLECTOR))
    told = world.log(world.story.item_identified(one, ONE))
    world.log(world.story.event_voided(told, COLLECTOR))
    assert (world.item(one).phase, world.item(one).identified_as) == (Phase.STOCK, None)
    world.log(world.story.item_identified(one, ONE))
    assert world.item(one).identified_as == ONE
