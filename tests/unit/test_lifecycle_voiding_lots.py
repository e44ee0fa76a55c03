"""Voided acts on lots: what was drawn goes back once, and only to a lot that can take it."""

from ledger.lifecycle.voiding import MAX_GIVEN_BACK
from ledger.vocabulary import Ending
from tests.consortium import (
    MAKER,
    RECYCLER,
    SECOND_LIFE,
)
from tests.memory_last import LastWorld

LOT, OUT = RECYCLER.lot("A"), RECYCLER.lot("B")


def with_lot(mass_g: int = 1_000) -> LastWorld:
    """A recycler's lot."""
    world = LastWorld()
    world.log(world.story.lot_declared(LOT, mass_g=mass_g))
    return world


def test_draws_go_back_to_their_lot() -> None:
    world = with_lot()
    told = world.log(world.story.batch_processed(drawn={LOT: 600}, made={OUT: 600}))
    world.log(world.story.event_voided(told, RECYCLER))
    assert (world.item(LOT).remaining_g, world.item(OUT).ended_by) == (1_000, Ending.VOIDED)
    assert world.item(OUT).remaining_g == 0


def test_a_batch_whose_output_was_drawn_is_not_taken_back() -> None:
    world = with_lot()
    told = world.log(world.story.batch_processed(drawn={LOT: 600}, made={OUT: 600}))
    disposed = world.log(world.story.residue_disposed(drawn={OUT: 1}))
    world.refused(world.story.event_voided(told, RECYCLER), "void.drawn", OUT)
    world.log(world.story.event_voided(disposed, RECYCLER), world.story.event_voided(told, RECYCLER))
    assert world.item(LOT).remaining_g == 1_000


def test_a_draw_is_given_back_once() -> None:
    world = with_lot()
    told = world.log(world.story.residue_disposed(drawn={LOT: 600}))
    world.log(world.story.event_voided(told, RECYCLER))
    world.refused(world.story.event_voided(told, RECYCLER), "void.before", told.id)
    assert world.item(LOT).remaining_g == 1_000


def test_a_lot_has_so_many_voided_draws_back() -> None:
    world = with_lot()
    for _ in range(MAX_GIVEN_BACK):
        told = world.log(world.story.residue_disposed(drawn={LOT: 1}))
        world.log(world.story.event_voided(told, RECYCLER))
    told = world.log(world.story.residue_disposed(drawn={LOT: 1}))
    world.refused(world.story.event_voided(told, RECYCLER), "void.limit", LOT)


def test_nothing_is_given_back_to_a_lot_in_other_hands() -> None:
    world = with_lot()
    told = world.log(world.story.residue_disposed(drawn={LOT: 600}))
    world.log(*world.story.transfer(RECYCLER, MAKER, LOT))
    world.refused(world.story.event_voided(told, RECYCLER), "void.lot_gone", LOT)


def test_nothing_is_given_back_to_a_lot_under_offer() -> None:
    world = with_lot()
    told = world.log(world.story.residue_disposed(drawn={LOT: 600}))
    world.log(world.story.transfer_offered(RECYCLER, MAKER, LOT))
    world.refused(world.story.event_voided(told, RECYCLER), "transfer.open", LOT)


def test_a_lot_that_was_drawn_from_goes_back_without_what_was_drawn() -> None:
    world = with_lot()
    world.log(world.story.transfer_offered(RECYCLER, SECOND_LIFE, LOT))
    told = world.log(world.story.transfer_accepted(SECOND_LIFE, LOT, gross_g=990))
    drawn = world.log(world.story.residue_disposed(drawn={LOT: 300}, by=SECOND_LIFE))
    world.log(world.story.event_voided(told, SECOND_LIFE))
    assert (world.item(LOT).custodian, world.item(LOT).remaining_g) == (RECYCLER.id, 700)
    world.refused(world.story.event_voided(drawn, SECOND_LIFE), "void.lot_gone", LOT)


def test_a_division_is_taken_back_while_its_parts_are_whole() -> None:
    world, part = with_lot(), RECYCLER.lot("P")
    told = world.log(world.story.lot_divided(LOT, {part: 400}))
    drawn = world.log(world.story.residue_disposed(drawn={part: 1}))
    world.refused(world.story.event_voided(told, RECYCLER), "void.drawn", part)
    world.log(world.story.event_voided(drawn, RECYCLER), world.story.event_voided(told, RECYCLER))
    assert world.item(LOT).remaining_g == 1_000
