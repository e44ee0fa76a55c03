"""Acting for another: what a delegate may state, whose rights count, and how it ends."""

import dataclasses

from ledger.events.custody import ConsentGiven
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.state import Delegation, delegation_fact
from ledger.vocabulary import Phase, Right, Role
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
from tests.scenario_more import local

ONE = pack(1)
MADE = "pack.manufactured"


def granted(*events: str, by: Party = MAKER, to: Party = LAB) -> LastWorld:
    """A firm lets another state these events."""
    world = LastWorld()
    world.log(world.story.delegation_granted(by, to, *events))
    return world


def delegation(world: LastWorld) -> Delegation:
    """Return what the maker lets the laboratory state."""
    found = world.ledger.states[delegation_fact(MAKER.id, LAB.id)]
    assert isinstance(found, Delegation)
    return found


def made(world: LastWorld, *, by: Party = LAB, principal: Party = MAKER, item: ItemId = ONE) -> str:
    """A delegate makes a pack of its principal's model."""
    story = world.story
    claims = story.events[_last(world, story.pack_manufactured(pack(900), by=principal))].claims
    story.events.popitem()
    story.tips.pop(pack(900), None)
    text = story.acting(principal).tell(by, claims, item)
    story.acting(None)
    return text


def _last(world: LastWorld, _text: str) -> str:
    return world.story.last.id


# Granting


def test_a_delegation_is_what_was_granted_last() -> None:
    world = granted(MADE, "item.retired")
    assert delegation(world).events == ("item.retired", MADE)
    world.log(world.story.delegation_granted(MAKER, LAB, "item.retired"))
    assert delegation(world).events == ("item.retired",)


def test_nobody_delegates_to_itself_or_to_a_stranger() -> None:
    world = LastWorld()
    world.refused(world.story.delegation_granted(MAKER, MAKER, MADE), "delegation.self", MAKER.id)
    stranger = Party(77, "Stranger", "陌生企业", "110102", (Role.CARRIER,))
    world.refused(world.story.delegation_granted(MAKER, stranger, MADE), "org.unknown", stranger.id)


def test_nobody_delegates_to_a_firm_that_has_ended() -> None:
    world = LastWorld()
    world.log(world.story.org_succeeded(LAB, FLEET))
    world.refused(world.story.delegation_granted(MAKER, LAB, MADE), "org.succeeded", LAB.id)


def test_a_firms_own_word_is_not_delegated() -> None:
    world = LastWorld()
    for event in (
        "consent.given",
        "state.rectified",
        "key.added",
        "event.corrected",
        "org.enrolled",
        "no.such",
    ):
        world.refused(world.story.delegation_granted(MAKER, LAB, event), "delegation.type", LAB.id)


def test_a_delegation_ends_after_it_begins() -> None:
    world = LastWorld()
    past = Instant.from_ms(world.story.now_ms)
    world.refused(world.story.delegation_granted(MAKER, LAB, MADE, until=past), "delegation.window")


def test_only_what_was_granted_is_revoked() -> None:
    world = granted(MADE)
    world.log(world.story.delegation_revoked(MAKER, LAB))
    assert delegation(world).events == ()
    world.refused(world.story.delegation_revoked(MAKER, LAB), "delegation.unknown", LAB.id)


def test_an_office_key_does_not_delegate() -> None:
    world = LastWorld()
    text = world.story.delegation_granted(MAKER, LAB, MADE)
    claims = world.story.last.claims
    world.story.events.popitem()
    world.story.tips[MAKER.id] = world.ledger.org(MAKER.id).tip
    del text
    world.refused(world.story.tell(MAKER, claims, MAKER.id, key=MAKER.key()), "key.purpose")


# Acting


def test_rights_fall_to_the_principal_and_custody_to_the_signer() -> None:
    world = granted(MADE)
    world.log(made(world))
    item = world.item(ONE)
    assert (item.custodian, item.owner, item.operator, item.maker) == (LAB.id, MAKER.id, MAKER.id, MAKER.id)


def test_a_delegate_makes_under_the_principals_vendor_code_only_for_it() -> None:
    world = granted(MADE)
    text = made(world)
    world.log(text)
    alone = dataclasses.replace(world.story.last.claims, on_behalf_of=None)
    world.refused(world.story.tell(LAB, alone, pack(2)), "org.role", LAB.id)


def test_nobody_acts_for_who_did_not_delegate() -> None:
    world = LastWorld()
    world.refused(made(world), "delegation.none", LAB.id)


def test_a_delegate_states_the_granted_types_only() -> None:
    world = granted(MADE)
    world.log(made(world))
    world.refused(world.story.acting(MAKER).item_retired(LAB, ONE), "delegation.none", LAB.id)


def test_a_delegate_states_nothing_after_the_day_or_the_revocation() -> None:
    world = LastWorld()
    until = Instant.from_ms(world.story.now_ms + 600_000)
    world.log(world.story.delegation_granted(MAKER, LAB, MADE, until=until), made(world))
    world.wait(days=1)
    world.refused(made(world, item=pack(2)), "delegation.over", LAB.id)
    world.log(world.story.delegation_granted(MAKER, LAB, MADE))
    world.log(made(world, item=pack(2)), world.story.delegation_revoked(MAKER, LAB))
    world.refused(made(world, item=pack(3)), "delegation.none", LAB.id)


def test_nobody_acts_for_itself() -> None:
    world = LastWorld()
    world.refused(made(world, by=MAKER), "delegation.self", MAKER.id)


def test_neither_a_suspended_delegate_nor_one_of_a_suspended_firm_acts() -> None:
    world = granted(MADE)
    world.log(world.story.org_suspended(LAB))
    world.refused(made(world), "org.suspended", LAB.id)
    world.log(world.story.org_reinstated(LAB), world.story.org_suspended(MAKER))
    world.refused(made(world), "org.suspended", MAKER.id)


def test_a_delegation_ends_with_either_firm() -> None:
    world = granted(MADE)
    world.log(world.story.org_succeeded(LAB, FLEET))
    world.refused(made(world), "org.succeeded", LAB.id)
    world.refused(made(world, by=FLEET), "delegation.none", FLEET.id)
    other = granted(MADE)
    other.log(other.story.org_succeeded(MAKER, FLEET))
    other.refused(made(other), "org.succeeded", MAKER.id)


def test_the_role_is_the_principals_for_what_is_made() -> None:
    world = granted(MADE, by=FLEET)
    world.log(world.story.org_roles_set(LAB, [Role.MANUFACTURER]))
    world.refused(made(world, principal=FLEET), "org.role", FLEET.id)


def test_a_delegate_does_not_delegate_on() -> None:
    world = granted(MADE)
    world.log(world.story.delegation_granted(LAB, FLEET, MADE))
    world.refused(made(world, by=FLEET), "delegation.none", FLEET.id)


def test_what_a_delegate_may_not_state_for_another_is_no_event() -> None:
    claims = ConsentGiven(place=MAKER.place, act="item.split", to=LAB.id)
    assert not claims.row.delegable


def test_a_delegate_acts_on_items_of_the_principal_or_in_its_own_hands_only() -> None:
    world = granted("item.retired")
    world.log(world.story.pack_manufactured(ONE), world.story.pack_manufactured(pack(2)))
    world.log(*world.story.transfer(MAKER, FLEET, pack(2)))
    world.log(world.story.acting(MAKER).item_retired(LAB, ONE))
    world.refused(world.story.item_retired(LAB, pack(2)), "custody.holder", pack(2))
    assert world.item(ONE).phase is Phase.RETIRED


def test_a_carrier_takes_a_load_in_and_hands_it_on_in_its_principals_name() -> None:
    world = granted("transfer.accepted", "transfer.offered", by=FLEET, to=COLLECTOR)
    story = world.story
    world.log(story.pack_manufactured(ONE), story.transfer_offered(MAKER, FLEET, ONE))
    world.log(story.acting(FLEET).transfer_accepted(COLLECTOR, ONE))
    assert (world.item(ONE).custodian, world.item(ONE).owner) == (COLLECTOR.id, FLEET.id)
    world.log(story.transfer_offered(COLLECTOR, SECOND_LIFE, ONE, load="on"))
    story.acting(None)
    offer = world.item(ONE).offer
    assert offer is not None
    assert (offer.by, offer.carried_by) == (FLEET.id, COLLECTOR.id)
    world.log(story.transfer_accepted(SECOND_LIFE, ONE, load="on"))
    assert (world.item(ONE).custodian, world.item(ONE).owner) == (SECOND_LIFE.id, SECOND_LIFE.id)


def test_a_carried_offer_stands_though_the_carrier_has_ended() -> None:
    world = granted("transfer.accepted", "transfer.offered", by=FLEET, to=COLLECTOR)
    story = world.story
    world.log(story.pack_manufactured(ONE), story.transfer_offered(MAKER, FLEET, ONE))
    world.log(story.acting(FLEET).transfer_accepted(COLLECTOR, ONE))
    world.log(story.transfer_offered(COLLECTOR, SECOND_LIFE, ONE, load="on"))
    story.acting(None)
    world.log(story.org_succeeded(COLLECTOR, RECYCLER))
    world.log(story.transfer_accepted(SECOND_LIFE, ONE, load="on"))
    assert world.item(ONE).owner == SECOND_LIFE.id


def test_the_principal_alone_does_not_offer_what_its_delegate_has() -> None:
    world = granted("transfer.accepted", by=FLEET, to=COLLECTOR)
    world.log(world.story.pack_manufactured(ONE), world.story.transfer_offered(MAKER, FLEET, ONE))
    world.log(world.story.acting(FLEET).transfer_accepted(COLLECTOR, ONE))
    world.story.acting(None)
    world.refused(world.story.transfer_offered(FLEET, SECOND_LIFE, ONE, load="on"), "transfer.right", ONE)
    world.log(world.story.transfer_offered(FLEET, SECOND_LIFE, ONE, load="own", rights=[Right.OWNERSHIP]))


def test_a_delegate_that_takes_a_pack_out_has_it_in_its_hands() -> None:
    world = granted("pack.removed", by=VEHICLE_MAKER, to=COLLECTOR)
    world.log(world.story.pack_manufactured(ONE, [module(1)]))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, ONE), world.story.pack_fitted(ONE, vehicle(1)))
    world.log(world.story.acting(VEHICLE_MAKER).pack_removed(ONE, vehicle(1), COLLECTOR))
    assert (world.item(ONE).custodian, world.item(ONE).owner) == (COLLECTOR.id, VEHICLE_MAKER.id)


def test_a_delegate_names_what_it_declares_in_either_namespace() -> None:
    world = granted("item.declared", by=RECYCLER, to=COLLECTOR)
    world.story.acting(RECYCLER)
    world.log(
        world.story.item_declared(local(RECYCLER, "A")), world.story.item_declared(local(COLLECTOR, "B"))
    )
    world.refused(world.story.item_declared(local(FLEET, "C")), "item.namespace")
    assert world.item(local(COLLECTOR, "B")).owner == RECYCLER.id
