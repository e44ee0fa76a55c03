"""A firm that has ended: its successor has every right, and nobody signs in its name any more."""

from ledger.events.service import Selector
from ledger.lifecycle.rights import custodian_of, operator_of, owner_of
from ledger.state import recalls_fact
from ledger.vocabulary import DisputeOutcome, Flag, Kind, Purpose, Right, Role
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
    vehicle,
)
from tests.memory_last import LastWorld
from tests.scenario_last import LastStory
from tests.scenario_more import REGULATOR

ONE = pack(1)


def ended(successor_roles: tuple[Role, ...] = (Role.MANUFACTURER,)) -> LastWorld:
    """The maker, with one pack in stock, was succeeded by the fleet."""
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE, [module(1)]))
    world.log(world.story.org_roles_set(FLEET, successor_roles), world.story.org_succeeded(MAKER, FLEET))
    return world


# Who, and what is refused


def test_the_successor_holds_what_the_old_firm_held_and_no_item_changes() -> None:
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE))
    before = world.item(ONE)
    world.log(world.story.org_succeeded(MAKER, FLEET))
    states, item = world.ledger.states, world.item(ONE)
    assert item == before
    held = [read(states, item) for read in (custodian_of, owner_of, operator_of)]
    assert held == [FLEET.id, FLEET.id, FLEET.id]


def test_both_organisations_are_touched() -> None:
    world = ended()
    for org in (MAKER, FLEET):
        assert world.ledger.org(org.id).tip == world.story.last.id
    assert world.ledger.org(MAKER.id).successor == FLEET.id


def test_the_regulator_may_say_so_and_a_firm_may_not() -> None:
    world = LastWorld()
    world.refused(world.story.org_succeeded(MAKER, FLEET, FLEET), "org.role", FLEET.id)
    world.log(world.story.org_succeeded(MAKER, FLEET, REGULATOR))
    assert world.ledger.org(MAKER.id).successor == FLEET.id


def test_the_registrar_is_not_succeeded() -> None:
    world = LastWorld()
    world.refused(world.story.org_succeeded(REGISTRAR, FLEET), "org.registrar", REGISTRAR.id)


def test_a_firm_ends_once_and_nobody_inherits_from_beyond_its_end() -> None:
    world = ended()
    world.refused(world.story.org_succeeded(MAKER, LAB), "org.succeeded", MAKER.id)
    world.refused(world.story.org_succeeded(FLEET, MAKER), "org.succeeded", MAKER.id)


def test_a_suspended_firm_inherits_nothing() -> None:
    world = LastWorld()
    world.log(world.story.org_suspended(FLEET))
    world.refused(world.story.org_succeeded(MAKER, FLEET), "org.successor", FLEET.id)


def test_the_old_firm_signs_nothing_any_more() -> None:
    world = ended()
    world.refused(world.story.item_retired(MAKER, ONE), "org.succeeded", MAKER.id)
    world.refused(world.story.transfer_offered(MAKER, LAB, ONE), "org.succeeded", MAKER.id)
    world.refused(world.story.key_added(MAKER, Purpose.LINE), "org.succeeded", MAKER.id)


def test_nothing_is_offered_to_a_firm_that_has_ended() -> None:
    world = ended()
    world.refused(world.story.transfer_offered(FLEET, MAKER, ONE), "org.succeeded", MAKER.id)


# What the heir does


def test_rights_go_down_a_chain_of_successors() -> None:
    world = ended()
    world.log(world.story.org_succeeded(FLEET, LAB))
    assert owner_of(world.ledger.states, world.item(ONE)) == LAB.id
    world.refused(world.story.item_retired(FLEET, ONE), "org.succeeded", FLEET.id)
    world.log(world.story.item_retired(LAB, ONE))


def test_the_heir_answers_offers_to_and_of_the_old_firm() -> None:
    world = LastWorld()
    story = world.story
    world.log(story.pack_manufactured(ONE), story.pack_manufactured(pack(2)))
    world.log(story.transfer_offered(MAKER, COLLECTOR, ONE, load="in"))
    world.log(story.transfer_offered(MAKER, SECOND_LIFE, pack(2), load="out"))
    world.log(story.org_succeeded(COLLECTOR, LAB), story.org_succeeded(MAKER, FLEET))
    world.refused(story.transfer_accepted(FLEET, ONE, load="in"), "transfer.receiver", ONE)
    world.log(
        story.transfer_accepted(LAB, ONE, load="in"), story.transfer_withdrawn(FLEET, pack(2), load="out")
    )
    assert (world.item(ONE).owner, world.item(pack(2)).offer) == (LAB.id, None)


def test_the_heir_makes_under_the_filed_code_and_the_old_models() -> None:
    world = ended()
    world.log(_made_by_the_heir(world.story))
    assert (world.item(pack(3)).maker, world.item(pack(3)).owner) == (FLEET.id, FLEET.id)
    world.refused(world.story.coding_filed(SECOND_LIFE), "code.vendor_filed")


def _made_by_the_heir(story: LastStory) -> str:
    story.pack_manufactured(pack(3))
    claims = story.last.claims
    story.events.popitem()
    story.tips.pop(pack(3))
    return story.tell(FLEET, claims, pack(3))


def test_the_heir_recalls_what_the_old_firm_made() -> None:
    world = ended()
    opened = world.log(world.story.recall_opened(Selector(vendor="ZZZ"), FLEET, MAKER))
    assert recalls_fact(MAKER.id) in world.ledger.states
    world.refused(world.story.recall_closed(opened.id, LAB, MAKER), "org.role")
    world.log(world.story.recall_closed(opened.id, FLEET, MAKER))


def test_the_heir_corrects_and_voids_what_the_old_firm_stated() -> None:
    world = LastWorld()
    told = world.log(world.story.pack_manufactured(ONE))
    world.log(world.story.org_succeeded(MAKER, FLEET))
    place: dict[str, object] = {"district": "110101"}
    world.refused(world.story.event_corrected(told, LAB, {"place": place}), "correction.issuer")  # type: ignore[dict-item]  # JSON
    world.log(world.story.event_corrected(told, FLEET, {"place": place}))  # type: ignore[dict-item]  # JSON
    world.log(world.story.event_voided(told, FLEET))


def test_the_heir_settles_what_the_old_firm_disputed() -> None:
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE))
    world.log(*world.story.transfer(MAKER, FLEET, ONE, rights=[Right.CUSTODY]))
    told = world.story.last
    world.log(world.story.event_disputed(told, MAKER), world.story.org_succeeded(MAKER, LAB))
    world.log(world.story.dispute_settled(told, FLEET, DisputeOutcome.WITHDRAWN))
    assert world.item(ONE).flags == (Flag.DISPUTED,)
    world.log(world.story.dispute_settled(told, LAB, DisputeOutcome.WITHDRAWN))
    assert world.item(ONE).flags == ()


def test_a_dispute_between_a_firm_and_its_heir_can_still_end() -> None:
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE))
    world.log(*world.story.transfer(MAKER, FLEET, ONE, rights=[Right.CUSTODY]))
    told = world.story.last
    world.log(world.story.event_disputed(told, MAKER), world.story.org_succeeded(MAKER, FLEET))
    for _ in range(2):
        world.log(world.story.dispute_settled(told, FLEET, DisputeOutcome.WITHDRAWN))
    assert world.item(ONE).flags == ()


def test_the_consent_of_an_owner_that_ended_holds_and_its_heir_gives_the_next() -> None:
    world = LastWorld()
    story = world.story
    world.log(story.pack_manufactured(ONE, [module(1)]), story.pack_manufactured(pack(2), [module(2)]))
    world.log(*story.transfer(MAKER, SECOND_LIFE, ONE, pack(2), rights=[Right.CUSTODY]))
    world.log(story.consent_given(MAKER, SECOND_LIFE, ONE), story.org_succeeded(MAKER, FLEET))
    world.log(story.item_split(ONE, [module(1)]))
    world.refused(story.item_split(pack(2), [module(2)]), "owner.consent", pack(2))
    world.log(story.consent_given(FLEET, SECOND_LIFE, pack(2)), story.item_split(pack(2), [module(2)]))


def test_a_part_and_what_it_is_in_go_to_the_heir_together() -> None:
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE, [module(1)]))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, ONE), world.story.pack_fitted(ONE, vehicle(1)))
    world.log(world.story.org_succeeded(VEHICLE_MAKER, RECYCLER))
    for item in (vehicle(1), ONE, module(1)):
        assert custodian_of(world.ledger.states, world.item(item)) == RECYCLER.id
    assert world.item(module(1)).kind is Kind.MODULE
