"""Setting right how an item stands: by whom, with whose consent, and what it cannot be used for."""

import pytest

from ledger.events.correction import Facets
from ledger.lifecycle.release import MAX_AGREEMENTS
from ledger.lifecycle.rights import owner_of
from ledger.state import Consent, Holder, consent_fact
from ledger.vocabulary import Flag, Phase, Right, Status
from tests.consortium import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    vehicle,
)
from tests.memory_last import LastWorld
from tests.scenario import PACK_G
from tests.scenario_more import NEWCOMERS, REGULATOR

ONE, LOT = pack(1), RECYCLER.lot("A")
ACT = "state.rectified"


def stocked() -> LastWorld:
    """A pack in its maker's stock."""
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE, [module(1)]))
    return world


def refused(world: LastWorld, facets: Facets, rule: str, by: Party = MAKER, item: object = ONE) -> None:
    """The rectification is refused by this rule."""
    world.refused(world.story.state_rectified(ONE, by, facets), rule, item)


# Who


@pytest.mark.parametrize("silent", [Holder.USER, Holder.OUTSIDE])
def test_what_is_no_firms_only_the_regulator_moves(silent: Holder) -> None:
    world = stocked()
    world.log(world.story.state_rectified(ONE, REGULATOR, Facets(owner=silent)))
    refused(world, Facets(owner=MAKER.id), "rectification.silent")
    world.log(world.story.state_rectified(ONE, REGULATOR, Facets(owner=MAKER.id)))
    assert world.item(ONE).owner == MAKER.id


def test_the_custodian_sets_what_concerns_nobody_else() -> None:
    world = stocked()
    world.log(world.story.state_rectified(ONE, MAKER, Facets(phase=Phase.RETIRED, mass_g=1)))
    item = world.item(ONE)
    assert (item.phase, item.status, item.mass_g) == (Phase.RETIRED, Status.WASTE, 1)


def test_nobody_but_the_custodian_or_the_regulator() -> None:
    world = stocked()
    refused(world, Facets(mass_g=1), "custody.holder", FLEET)
    world.log(world.story.state_rectified(ONE, REGULATOR, Facets(owner=FLEET.id)))
    assert world.item(ONE).owner == FLEET.id


def test_a_firm_that_gains_a_right_agrees_once() -> None:
    world = stocked()
    refused(world, Facets(owner=FLEET.id), "owner.consent")
    world.log(world.story.consent_given(FLEET, MAKER, ONE, act=ACT))
    world.log(world.story.state_rectified(ONE, MAKER, Facets(owner=FLEET.id)))
    refused(world, Facets(owner=MAKER.id), "owner.consent")
    assert world.item(ONE).owner == FLEET.id


def test_each_firm_that_loses_or_gains_a_right_agrees() -> None:
    world = stocked()
    world.log(*world.story.transfer(MAKER, FLEET, ONE, rights=[Right.OWNERSHIP]))
    world.log(world.story.consent_given(LAB, MAKER, ONE, act=ACT))
    refused(world, Facets(owner=LAB.id), "owner.consent")
    world.log(world.story.consent_given(FLEET, MAKER, ONE, act=ACT))
    world.log(world.story.state_rectified(ONE, MAKER, Facets(owner=LAB.id)))
    assert world.item(ONE).owner == LAB.id


def test_agreements_of_strangers_do_not_fill_the_ledger() -> None:
    world = stocked()
    firms = (*NEWCOMERS, FLEET, LAB, RECYCLER, SECOND_LIFE, COLLECTOR, VEHICLE_MAKER)
    extra = [Party(40 + n, f"Firm {n}", "虚构企业", "110102", FLEET.roles) for n in range(MAX_AGREEMENTS)]
    world.log(*world.story.enrolments(extra))
    world.log(*(world.story.consent_given(firm, MAKER, ONE, act=ACT) for firm in (*firms, *extra)))
    consent = world.ledger.states[consent_fact(ONE, ACT, MAKER.id)]
    assert isinstance(consent, Consent)
    assert len(consent.given) == MAX_AGREEMENTS


# Which


def test_it_answers_an_event_of_the_item() -> None:
    world = stocked()
    world.log(world.story.pack_manufactured(pack(2)))
    text = world.story.state_rectified(ONE, MAKER, Facets(mass_g=1), answers=world.story.last)
    world.refused(text, "rectification.event", ONE)
    world.refused(world.story.state_rectified(ONE, MAKER, Facets(mass_g=1), "A" * 43), "rectification.event")


def test_it_sets_something() -> None:
    refused(stocked(), Facets(), "rectification.empty")


def test_it_is_stated_of_no_item_under_offer() -> None:
    world = stocked()
    world.log(world.story.transfer_offered(MAKER, FLEET, ONE))
    refused(world, Facets(mass_g=1), "transfer.open")


# Mass


def test_no_mass_is_made() -> None:
    world = stocked()
    refused(world, Facets(mass_g=PACK_G + 1), "rectification.mass")
    world.log(world.story.lot_declared(LOT, mass_g=1_000), world.story.residue_disposed(drawn={LOT: 400}))
    text = world.story.state_rectified(LOT, RECYCLER, Facets(mass_g=601))
    world.refused(text, "rectification.mass", LOT)
    text = world.story.state_rectified(LOT, REGULATOR, Facets(mass_g=601))
    world.refused(text, "rectification.mass", LOT)
    world.log(world.story.state_rectified(LOT, RECYCLER, Facets(mass_g=500)))
    assert (world.item(LOT).remaining_g, world.item(LOT).mass_g) == (500, 1_000)


def test_what_was_given_up_does_not_come_back_by_voiding_what_was_drawn_before() -> None:
    world = LastWorld()
    world.log(world.story.lot_declared(LOT, mass_g=1_000))
    drawn = world.log(world.story.residue_disposed(drawn={LOT: 400}))
    world.log(world.story.state_rectified(LOT, RECYCLER, Facets(mass_g=0)))
    world.log(world.story.event_voided(drawn, RECYCLER))
    assert world.item(LOT).remaining_g == 400


# Phase


@pytest.mark.parametrize("phase", [Phase.FITTED, Phase.PART, Phase.POOLED, Phase.DEPLOYED, Phase.ENDED])
def test_nothing_is_put_into_use_into_a_vehicle_or_to_an_end(phase: Phase) -> None:
    refused(stocked(), Facets(phase=phase), "rectification.phase")


def test_waste_is_not_revived() -> None:
    world = stocked()
    world.log(world.story.item_retired(MAKER, ONE))
    refused(world, Facets(phase=Phase.STOCK), "rectification.phase")
    refused(world, Facets(phase=Phase.STOCK), "rectification.phase", REGULATOR)


def test_a_lot_and_a_vehicle_are_no_waste() -> None:
    world = LastWorld()
    world.log(world.story.lot_declared(LOT, mass_g=1_000))
    text = world.story.state_rectified(LOT, RECYCLER, Facets(phase=Phase.RETIRED))
    world.refused(text, "rectification.phase", LOT)


def test_a_fitted_pack_stays_in_its_vehicle() -> None:
    world = stocked()
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, ONE), world.story.pack_fitted(ONE, vehicle(1)))
    refused(world, Facets(phase=Phase.STOCK), "rectification.phase", VEHICLE_MAKER)
    refused(world, Facets(custodian=FLEET.id), "transfer.inside", VEHICLE_MAKER)
    world.log(world.story.consent_given(FLEET, VEHICLE_MAKER, ONE, act=ACT))
    world.log(world.story.state_rectified(ONE, VEHICLE_MAKER, Facets(owner=FLEET.id)))
    assert owner_of(world.ledger.states, world.item(ONE)) == FLEET.id


def test_an_item_comes_home_once() -> None:
    world = stocked()
    refused(world, Facets(home=True), "rectification.home")
    world.log(world.story.item_exported(MAKER, ONE))
    world.log(world.story.state_rectified(ONE, MAKER, Facets(home=True)))
    assert world.item(ONE).abroad is None


# Rights that cannot be handed over


def test_no_right_is_inherited_by_word_or_given_to_who_cannot_have_it() -> None:
    world = stocked()
    refused(world, Facets(owner=Holder.INHERITED), "rectification.party")
    stranger = Party(77, "Stranger", "陌生企业", "110102", FLEET.roles)
    refused(world, Facets(owner=stranger.id), "org.unknown", item=stranger.id)
    world.log(world.story.org_suspended(FLEET), world.story.org_succeeded(LAB, RECYCLER))
    refused(world, Facets(owner=FLEET.id), "rectification.party")
    refused(world, Facets(owner=LAB.id), "rectification.party")


@pytest.mark.parametrize("holder", [Holder.USER, Holder.OUTSIDE, Holder.NOBODY])
def test_a_holder_does_not_rid_itself_of_an_item(holder: Holder) -> None:
    world = stocked()
    refused(world, Facets(custodian=holder), "rectification.party")
    world.log(world.story.state_rectified(ONE, REGULATOR, Facets(custodian=holder)))
    assert world.item(ONE).custodian is holder


def test_waste_goes_to_no_firm_that_may_not_receive_it() -> None:
    world = stocked()
    world.log(world.story.item_retired(MAKER, ONE))
    world.log(*(world.story.consent_given(firm, MAKER, ONE, act=ACT) for firm in (FLEET, RECYCLER)))
    refused(world, Facets(custodian=FLEET.id), "transfer.waste_receiver")
    world.log(world.story.state_rectified(ONE, MAKER, Facets(custodian=RECYCLER.id)))
    assert world.item(ONE).custodian == RECYCLER.id


def test_it_is_waste_that_moves_though_it_becomes_waste_by_the_same_word() -> None:
    world = stocked()
    world.log(world.story.consent_given(FLEET, MAKER, ONE, act=ACT))
    refused(world, Facets(custodian=FLEET.id, phase=Phase.RETIRED), "transfer.waste_receiver")


def test_what_is_unsafe_or_contested_is_not_handed_over() -> None:
    world = stocked()
    world.log(world.story.consent_given(FLEET, MAKER, ONE, act=ACT), world.story.incident_reported(ONE))
    refused(world, Facets(custodian=FLEET.id), "quarantine.checklist")
    other = stocked()
    other.log(other.story.item_collected(ONE), other.story.consent_given(FLEET, MAKER, ONE, act=ACT))
    refused(other, Facets(custodian=FLEET.id), "dispute.open")
    assert other.item(ONE).flags == (Flag.DISPUTED,)


def test_what_is_contested_only_the_regulator_makes_less_of() -> None:
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE, [module(1)]))
    accepted = world.log(*world.story.transfer(MAKER, FLEET, ONE, rights=(Right.CUSTODY,)))
    world.log(world.story.event_disputed(accepted, MAKER))
    refused(world, Facets(mass_g=1), "dispute.open", FLEET)
    world.log(world.story.state_rectified(ONE, REGULATOR, Facets(mass_g=1)))
    assert world.item(ONE).mass_g == 1


def test_a_rectification_is_taken_back_as_any_act() -> None:
    world = stocked()
    told = world.log(world.story.state_rectified(ONE, MAKER, Facets(phase=Phase.RETIRED, mass_g=1)))
    world.log(world.story.event_voided(told, MAKER))
    assert (world.item(ONE).phase, world.item(ONE).mass_g) == (Phase.STOCK, PACK_G)
