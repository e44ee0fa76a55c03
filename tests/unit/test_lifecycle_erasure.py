"""Erasing what was disclosed: by the registrar, by digests, of exactly one event."""

from ledger.events.correction import DisclosureErased
from ledger.vocabulary import Ground
from tests.consortium import LAB, REGISTRAR, pack
from tests.memory_last import LastWorld

ONE = pack(1)


def measured() -> LastWorld:
    """A pack with a measurement."""
    world = LastWorld()
    world.log(world.story.pack_manufactured(ONE), world.story.health_measured(ONE))
    return world


def test_the_registrar_has_disclosures_erased_and_no_facet_changes() -> None:
    world = measured()
    before = world.item(ONE)
    world.log(world.story.disclosure_erased(world.story.last))
    after = world.item(ONE)
    assert (after.tip, after.phase, after.measured) == (before.tip, before.phase, before.measured)
    assert after.count == before.count + 1


def test_nobody_else_does() -> None:
    world = measured()
    world.refused(world.story.disclosure_erased(world.story.last, by=LAB), "org.role", LAB.id)


def test_a_digest_is_one_of_the_event() -> None:
    world = measured()
    told = world.story.last
    world.refused(world.story.disclosure_erased(told, "A" * 43), "erasure.digest", told.id)


def test_the_event_is_in_the_log() -> None:
    world = measured()
    claims = DisclosureErased(
        place=REGISTRAR.place, event="A" * 43, digests=("A" * 43,), ground=Ground.OWN_REQUEST
    )
    world.refused(world.sign(REGISTRAR, claims, {ONE: None}), "erasure.unknown")


def test_the_items_are_exactly_those_of_the_event() -> None:
    world = measured()
    told = world.story.last
    world.log(world.story.pack_manufactured(pack(2)))
    claims = DisclosureErased(
        place=REGISTRAR.place, event=told.id, digests=told.sd, ground=Ground.OWN_REQUEST
    )
    text = world.sign(REGISTRAR, claims, {ONE: None, pack(2): None})
    world.refused(text, "erasure.items", told.id)
