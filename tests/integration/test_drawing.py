"""A lot is not drawn twice: not in one batch, not across batches, not at once, not after it was divided."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import lineage
from ledger.errors import MalformedSubmissionError, RuleRefusal
from ledger.events import recycling
from ledger.instants import Instant
from ledger.passport import find_items
from ledger.sequencer.outcomes import Logged, Refused
from ledger.vocabulary import LotOrigin, Material, Step
from tests.ledgers import Ledger, opened, rule_of
from tests.material import batch, declared
from tests.memory import World
from tests.scenario import RECYCLER, Story

LOT = RECYCLER.lot("FEED")
FEED_G = 1_000


def drawing(story: Story, number: int, mass_g: int, *, from_: str = "FEED") -> str:
    """Return a batch that draws so much and makes half of it."""
    made = {RECYCLER.lot(f"OUT-{number}"): (Material.OTHER, max(1, mass_g // 2), None)}
    return batch(story, drawn={RECYCLER.lot(from_): mass_g}, made=made, step=Step.SHRED, recycled=False)


def fed(ledger: Ledger) -> Story:
    """Return the story of a ledger with one lot."""
    story = opened(ledger)
    ledger.log([declared(story, LOT, FEED_G, LotOrigin.UNKNOWN)])
    return story


def test_a_batch_that_names_a_lot_twice_is_no_event() -> None:
    world = World()
    world.log(declared(world.story, LOT, FEED_G, LotOrigin.UNKNOWN))
    now = Instant.from_ms(world.story.now_ms)
    once = recycling.Draw(lot=LOT, mass_g=600)
    claims = recycling.BatchProcessed(
        place=RECYCLER.place,
        step=Step.SHRED,
        period=recycling.Period(from_=Instant.from_ms(now.ms - 60_000), until=now),
        lots=(once, replace(once, mass_g=400)),
        outputs=(recycling.LotOutput(lot=RECYCLER.lot("OUT"), material=Material.OTHER, mass_g=1),),
    )
    with pytest.raises(MalformedSubmissionError, match=r"^prev\.twice"):
        world.tell(RECYCLER, claims)


def test_the_same_batch_sent_again_draws_nothing(ledger: Ledger) -> None:
    story = fed(ledger)
    text = drawing(story, 1, 600)
    ledger.log([text])
    ledger.submit(text, text)
    with ledger.store.snapshot() as snapshot:
        assert find_items(snapshot, [LOT])[LOT].remaining_g == 400


def test_two_batches_draw_no_more_than_there_is_in_one_request_or_in_two(ledger: Ledger) -> None:
    story = fed(ledger)
    first, second = ledger.submit(drawing(story, 1, 600), drawing(story, 2, 600))
    assert isinstance(first, Logged)
    assert rule_of(second) == "balance.lot"
    assert rule_of(ledger.refusal(drawing(story, 3, 401))) == "balance.lot"
    ledger.log([drawing(story, 4, 400)])
    assert rule_of(ledger.refusal(drawing(story, 5, 1))) == "balance.lot"


def test_of_many_that_draw_at_once_only_as_many_win_as_there_is_for(ledger: Ledger) -> None:
    story = fed(ledger)
    texts = [drawing(story, number, 300) for number in range(12)]
    with ThreadPoolExecutor(12) as pool:
        outcomes = [found for [found] in pool.map(ledger.submit, texts)]
    assert sum(isinstance(one, Logged) for one in outcomes) == 3
    assert {rule_of(one) for one in outcomes if isinstance(one, Refused)} == {"balance.lot"}
    with ledger.store.snapshot() as snapshot:
        account, _ = lineage.lot_account(snapshot, find_items(snapshot, [LOT])[LOT])
    assert (account.remaining_g, account.drawn_g, account.lost_g, len(account.drawn)) == (100, 900, 0, 3)


def test_what_was_divided_off_is_not_in_the_lot_any_more(ledger: Ledger) -> None:
    story = fed(ledger)
    part = RECYCLER.lot("PART")
    ledger.log([story.lot_divided(LOT, {part: 700})])
    assert rule_of(ledger.refusal(drawing(story, 1, 301))) == "balance.lot"
    assert rule_of(ledger.refusal(drawing(story, 2, 701, from_="PART"))) == "balance.lot"
    ledger.log([drawing(story, 3, 300), drawing(story, 4, 700, from_="PART")])
    assert rule_of(ledger.refusal(story.lot_divided(LOT, {RECYCLER.lot("MORE"): 1}))) == "balance.lot"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 500)), max_size=12))
def test_no_sequence_of_drawings_takes_more_than_there_was(draws: list[tuple[bool, int]]) -> None:
    world = World()
    world.log(declared(world.story, LOT, FEED_G, LotOrigin.UNKNOWN))
    taken = 0
    for number, (divides, mass_g) in enumerate(draws):
        text = (
            world.story.lot_divided(LOT, {RECYCLER.lot(f"P-{number}"): mass_g})
            if divides
            else drawing(world.story, number, mass_g)
        )
        if taken + mass_g <= FEED_G:
            world.log(text)
            taken += mass_g
        else:
            assert isinstance(world.refused(text, "balance.lot", LOT), RuleRefusal)
        assert world.item(LOT).remaining_g == FEED_G - taken
