"""The draw of items to look at: everybody gets the same one, as docs/audit.md describes it byte by byte."""

import hashlib

import pytest

from ledger.audit import Sample, audit, draw
from ledger.identifiers import ItemId
from ledger.state import Item
from ledger.vocabulary import Kind, Phase
from tests import audits
from tests.audits import lives
from tests.memory import MemoryLedger, opening
from tests.scenario import Story

SEED = "2026-11-22 root 5f3a and the lottery of that evening 03 11 17 22 29"


def _draw(count: int, *, seed: str = SEED, by_custodian: bool = False) -> Sample:
    log = audits.large()
    found: list[Sample] = []
    audit(
        log.source(),
        log.trust,
        items=False,
        at_end=lambda replay: found.append(draw(replay.states, seed, count, by_custodian=by_custodian)),
    )
    return found[0]


def _by_hand(seed: str) -> list[tuple[str, str]]:
    """Return all that may be drawn, in the order of the draw, by the words of the document."""
    memory, story = MemoryLedger(), Story("large")
    memory.submit_all([*opening(story), *lives(story, 1, 110)])
    items = [state for state in memory.states.values() if isinstance(state, Item)]
    rows = []
    for one in items:
        holder = one.custodian
        if one.vehicle is not None:
            holder = memory.item(one.vehicle).custodian
        there = one.phase is not Phase.ENDED and one.kind is not Kind.VEHICLE and one.parent is None
        if there and (one.kind is not Kind.LOT or one.remaining_g) and isinstance(holder, ItemId):
            text = f"packtrace sample v1\n{seed}\n{one.id}"
            rows.append((hashlib.sha256(text.encode("utf-8")).hexdigest(), str(one.id), str(holder)))
    return [(item, holder) for _, item, holder in sorted(rows)]


def test_the_draw_is_the_one_that_the_document_describes() -> None:
    expected = _by_hand(SEED)
    sample = _draw(20)
    assert [(str(one.item), str(one.custodian)) for one in sample.drawn] == expected[:20]
    assert sample.population == len(expected) > 50


def test_a_draw_of_all_is_the_population() -> None:
    sample = _draw(10_000)
    assert len(sample.drawn) == sample.population
    assert all(one.district for one in sample.drawn)


def test_another_seed_draws_others() -> None:
    assert _draw(20).drawn != _draw(20, seed=SEED + ".").drawn


def test_a_draw_by_custodian_visits_each_once_before_any_twice() -> None:
    rows = _by_hand(SEED)
    firms = {holder for _, holder in rows}
    sample = _draw(len(firms) + 2, by_custodian=True)
    first = [str(one.custodian) for one in sample.drawn[: len(firms)]]
    assert sorted(first) == sorted(firms)
    for one in sample.drawn[: len(firms)]:
        assert str(one.item) == next(item for item, holder in rows if holder == str(one.custodian))
    assert len(sample.drawn) == len(firms) + 2


@pytest.mark.parametrize("by_custodian", [False, True])
def test_a_larger_draw_begins_with_the_smaller(*, by_custodian: bool) -> None:
    smaller, larger = (_draw(count, by_custodian=by_custodian).drawn for count in (5, 30))
    assert larger[:5] == smaller
