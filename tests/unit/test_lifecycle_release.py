"""Letting go: release to outside, export, and an owner's consent to another firm's act."""

from dataclasses import replace

import pytest

from ledger.lifecycle.authority import CONSENTED, ENDING
from ledger.state import Agreement, Consent, Holder, consent_fact
from ledger.vocabulary import Phase, ReceiverKind, Right
from tests.consortium import (
    COLLECTOR,
    FLEET,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    module,
    pack,
    vehicle,
)
from tests.memory import World


def made() -> World:
    world = World()
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    return world


def fitted() -> World:
    world = made()
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    return world


def leased(*, retired: bool = True) -> World:
    """The recycler, or the second-life firm, holds pack 1, which the fleet owns."""
    world = made()
    world.log(*world.story.transfer(MAKER, FLEET, pack(1)))
    if retired:
        world.log(world.story.item_retired(FLEET, pack(1)))
    world.log(*world.story.transfer(FLEET, RECYCLER, pack(1), load="on", rights=(Right.CUSTODY,)))
    return world


# Release


def test_what_is_released_is_held_outside_and_owned_as_before() -> None:
    world = made()
    event = world.log(world.story.custody_released(MAKER, pack(1)))
    item = world.item(pack(1))
    assert (item.custodian, item.owner, item.tip) == (Holder.OUTSIDE, MAKER.id, event.id)


def test_only_the_holder_releases() -> None:
    world = made()
    world.refused(world.story.custody_released(FLEET, pack(1)), "custody.holder", pack(1))


def test_what_is_inside_is_not_released() -> None:
    world = fitted()
    world.refused(world.story.custody_released(VEHICLE_MAKER, pack(1)), "transfer.inside", pack(1))


def test_waste_is_not_released() -> None:
    world = made()
    world.log(world.story.item_retired(MAKER, pack(1)))
    world.refused(world.story.custody_released(MAKER, pack(1)), "custody.waste_outside", pack(1))


def test_a_claimed_item_is_not_released() -> None:
    world = made()
    world.log(world.story.item_collected(pack(1)))
    world.refused(world.story.custody_released(MAKER, pack(1)), "dispute.open", pack(1))


def test_a_consumer_is_not_numbered_in_public() -> None:
    world = made()
    consumer = ReceiverKind.CONSUMER
    text = world.story.custody_released(MAKER, pack(1), receiver=consumer, receiver_id="110101199001011234")
    world.refused(text, "custody.person")
    world.log(world.story.custody_released(MAKER, pack(1), receiver=consumer))


def test_a_firm_outside_may_be_numbered() -> None:
    world = made()
    world.log(world.story.custody_released(MAKER, pack(1), receiver_id="HRB-12345"))


def test_what_was_released_is_collected() -> None:
    world = made()
    world.log(world.story.custody_released(MAKER, pack(1)), world.story.item_collected(pack(1)))
    assert world.item(pack(1)).custodian == COLLECTOR.id


# Export


def test_an_exported_item_lives_on_abroad() -> None:
    world = made()
    world.log(world.story.item_exported(MAKER, pack(1)))
    item = world.item(pack(1))
    assert (item.abroad, item.phase, item.custodian) == ("DE", Phase.STOCK, MAKER.id)


def test_an_item_goes_from_one_country_to_the_next() -> None:
    world = made()
    world.log(world.story.item_exported(MAKER, pack(1)))
    world.refused(world.story.item_exported(MAKER, pack(1)), "export.before", pack(1))
    world.log(world.story.item_exported(MAKER, pack(1), destination="FR"))
    assert world.item(pack(1)).abroad == "FR"


def test_a_fitted_pack_is_exported_with_its_vehicle() -> None:
    world = fitted()
    world.refused(world.story.item_exported(VEHICLE_MAKER, pack(1)), "transfer.inside", pack(1))
    world.log(world.story.item_exported(VEHICLE_MAKER, vehicle(1)))
    assert world.item(vehicle(1)).abroad == "DE"


# Consent


def test_a_consent_is_kept_until_it_is_used() -> None:
    world = leased()
    event = world.log(world.story.consent_given(FLEET, RECYCLER, pack(1)))
    key = consent_fact(pack(1), "item.split", RECYCLER.id)
    given = Agreement(by=FLEET.id, event=event.id)
    kept = Consent(item=pack(1), act="item.split", to=RECYCLER.id, given=(given,))
    assert world.ledger.states[key] == kept
    world.log(world.story.item_split(pack(1), [module(1)], by=RECYCLER))
    used = world.ledger.states[key]
    assert isinstance(used, Consent)
    assert used.given == (replace(given, used=True),)


def test_a_consent_allows_one_batch() -> None:
    world = leased()
    world.log(world.story.consent_given(FLEET, RECYCLER, pack(1), act="batch.processed"))
    world.log(world.story.batch_processed(pack(1), made={RECYCLER.lot("BM"): 10}))
    assert world.item(pack(1)).phase is Phase.ENDED


def test_a_consent_allows_a_disposal() -> None:
    world = leased()
    world.refused(world.story.residue_disposed(pack(1)), "owner.consent", pack(1))
    world.log(world.story.consent_given(FLEET, RECYCLER, pack(1), act="residue.disposed"))
    world.log(world.story.residue_disposed(pack(1)))


def test_a_consent_to_another_act_allows_nothing() -> None:
    world = leased()
    world.log(world.story.consent_given(FLEET, RECYCLER, pack(1), act="residue.disposed"))
    text = world.story.batch_processed(pack(1), made={RECYCLER.lot("BM"): 10})
    world.refused(text, "owner.consent", pack(1))


def test_a_consent_to_another_firm_allows_nothing() -> None:
    world = leased()
    world.log(world.story.consent_given(FLEET, SECOND_LIFE, pack(1)))
    world.refused(world.story.item_split(pack(1), [module(1)], by=RECYCLER), "owner.consent", pack(1))


def test_a_consent_of_a_former_owner_allows_nothing() -> None:
    world = leased()
    world.log(world.story.consent_given(FLEET, RECYCLER, pack(1)))
    world.log(*world.story.transfer(FLEET, MAKER, pack(1), load="sold", rights=(Right.OWNERSHIP,)))
    world.refused(world.story.item_split(pack(1), [module(1)], by=RECYCLER), "owner.consent", pack(1))


def test_one_draw_uses_a_consent_up() -> None:
    world = World()
    lot = RECYCLER.lot("L")
    world.log(world.story.lot_declared(lot))
    world.log(*world.story.transfer(RECYCLER, MAKER, lot, rights=(Right.OWNERSHIP,)))
    world.log(world.story.consent_given(MAKER, RECYCLER, lot, act="batch.processed"))
    world.log(world.story.batch_processed(drawn={lot: 10}, made={RECYCLER.lot("A"): 10}))
    text = world.story.batch_processed(drawn={lot: 10}, made={RECYCLER.lot("B"): 10})
    world.refused(text, "owner.consent", lot)


def test_only_the_owner_consents() -> None:
    world = leased()
    world.refused(world.story.consent_given(MAKER, RECYCLER, pack(1)), "consent.owner", pack(1))


def test_nobody_consents_to_himself() -> None:
    world = leased()
    world.refused(world.story.consent_given(FLEET, FLEET, pack(1)), "transfer.self", FLEET.id)


def test_what_ends_or_uses_up_needs_a_consent() -> None:
    assert sorted(ENDING) == [
        "batch.processed",
        "content.claimed",
        "item.identified",
        "item.split",
        "residue.disposed",
        "vehicle.scrapped",
    ]


@pytest.mark.parametrize("act", ["pack.fitted", "no.such"])
def test_only_ending_and_what_moves_a_right_needs_a_consent(act: str) -> None:
    world = leased()
    refusal = world.refused(world.story.consent_given(FLEET, RECYCLER, pack(1), act=act), "consent.act", act)
    assert refusal.facts == {"allowed": sorted(CONSENTED | {"state.rectified"})}
