"""What an audit remembers goes to a scratch file and comes back as it was; reading runs in processes too."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit import audit
from ledger.audit.replay import Replay
from ledger.audit.spill import KeptEvents, KeptStates, Places, Shelf
from ledger.state import Item, Key, LoggedEvent, State
from tests import audits
from tests.audits import BuiltLog, FakeSource
from tests.consortium import REGISTRAR


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    found = Shelf()
    yield found
    found.close()


def _replayed(log: BuiltLog) -> tuple[dict[Key, State], list[LoggedEvent]]:
    states: dict[Key, State] = {}
    events: list[LoggedEvent] = []

    def keep(replay: Replay) -> None:
        states.update({key: state for key in replay.states if (state := replay.states.get(key)) is not None})
        found = (replay.events.get(log.event_id(index)) for index in range(len(log.entries)))
        events.extend(one for one in found if one is not None)

    audit(log.source(), log.trust, items=False, at_end=keep)
    return states, events


def test_states_that_went_to_the_file_come_back_as_they_were(shelf: Shelf) -> None:
    states, _ = _replayed(audits.small())
    kept = KeptStates(shelf, hot=3)
    kept.update(states)
    assert list(kept) == list(states)
    assert {key: kept.get(key) for key in states} == states
    assert {key: kept.get(key) for key in reversed(states)} == states


def test_a_state_that_changed_after_it_went_to_the_file_is_the_new_one(shelf: Shelf) -> None:
    states, _ = _replayed(audits.small())
    one, other, *_ = [state for state in states.values() if isinstance(state, Item)]
    kept = KeptStates(shelf, hot=1)
    kept.update({one.id: one})
    kept.update({other.id: other})
    kept.update({one.id: replace(one, count=77)})
    assert kept.get(other.id) == other
    assert kept.get(one.id) == replace(one, count=77)
    assert kept.get(REGISTRAR.id) is None
    assert other.id in kept


def test_events_that_went_to_the_file_come_back_as_they_were(shelf: Shelf) -> None:
    log = audits.small()
    _, events = _replayed(log)
    assert len(events) == len(log.entries)
    kept = KeptEvents(shelf, hot=2)
    for event in events:
        kept.add(event)
    assert [kept.get(event.id) for event in (*events, *reversed(events))] == [*events, *reversed(events)]
    assert kept.get("A" * 43) is None


@given(st.lists(st.text(max_size=3)), st.integers(0, 2_000))
def test_the_first_number_of_a_text_stands(texts: list[str], more: int) -> None:
    places, known = Places(), dict[str, int]()
    for number, text in enumerate([*texts, *map(str, range(more)), *texts]):
        assert places.add(text, number) == known.setdefault(text, number)
    assert {text: places.get(text) for text in known} == known
    assert places.get("none of these") is None


def _forged(log: BuiltLog) -> FakeSource:
    """Return a source in which a signature, an entry's form and a rule are broken."""
    entries = [*log.entries]
    entries[40] = entries[40][:-86] + entries[41][-86:]
    entries[300] = b"no entry"
    entries[400], entries[401] = entries[401], entries[400]
    return audits.serve(entries, log.states)


def test_processes_find_what_one_process_finds() -> None:
    log = audits.large()
    alone, together = (audit(_forged(log), log.trust, jobs=jobs) for jobs in (1, 2))
    assert together.to_json() == alone.to_json()
    assert len(alone.findings) > 3


def test_processes_pass_a_sound_log() -> None:
    log = audits.large()
    report = audit(log.source(), log.trust, jobs=2)
    assert report.ok
    assert report.counts.signatures == len(log.entries)


def test_nothing_comes_from_a_shelf_on_which_nothing_was_put() -> None:
    with pytest.raises(LookupError):
        Shelf().get(0)
