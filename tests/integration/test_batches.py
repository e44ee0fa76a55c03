"""Batches on both databases: all or none, dry runs, cost, a full queue, threads, clocks and snapshots."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event as sqlalchemy_event

from ledger import checkpoint, lifecycle, submission
from ledger.events.envelope import Event
from ledger.proofs import fresh_receipt
from ledger.rebuild import rebuild
from ledger.sequencer import batch
from ledger.sequencer.admission import Door
from ledger.sequencer.batch import Known, Taken
from ledger.sequencer.clock import ClockError
from ledger.sequencer.commit import Request, Writer
from ledger.sequencer.outcomes import BusyError, Duplicate, Logged, Outcome, Passed, ReadOnlyError, Refused
from ledger.sequencer.queue import _Waiting
from ledger.state import Key, State, States
from ledger.store import CorruptRowError, Store, WriterLockedError
from ledger.store.tables import ITEM
from ledger.workspace import UnfetchedStateError
from tests.fakes import FakeClock
from tests.ledgers import LOG, Ledger, check_promise, opened, rule_of, verified
from tests.scenario import (
    FLEET,
    MAKER,
    VEHICLE_MAKER,
    Story,
    module,
    pack,
)


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """Note every statement that is sent to the database meanwhile."""
    sent = list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    sqlalchemy_event.listen(store._engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sqlalchemy_event.remove(store._engine, "before_cursor_execute", note)


def test_an_atomic_request_is_logged_whole(ledger: Ledger) -> None:
    story = opened(ledger)
    known = story.pack_manufactured(pack(1))
    ledger.log([known])
    outcomes = ledger.submit(known, story.pack_manufactured(pack(2)), atomic=True)
    assert [type(one) for one in outcomes] == [Duplicate, Logged]


def test_an_atomic_request_with_one_refusal_is_not_logged_at_all(ledger: Ledger) -> None:
    story = opened(ledger)
    known = story.pack_manufactured(pack(1))
    ledger.log([known])
    size = ledger.size
    new = story.pack_manufactured(pack(2))
    outcomes = ledger.submit(known, new, story.item_retired(FLEET, pack(1)), new, atomic=True)
    assert isinstance(outcomes[0], Duplicate)
    assert [rule_of(one) for one in outcomes[1:]] == ["log.atomic", "custody.holder", "log.atomic"]
    assert ledger.size == size
    ledger.log([new])


def test_a_refused_atomic_request_leaves_no_trace_for_its_neighbours(ledger: Ledger) -> None:
    story = opened(ledger)
    made = story.pack_manufactured(pack(1))
    door = Door(ledger.store, LOG.name)
    refused = Request(door.admit([made, story.item_retired(FLEET, pack(1))]), atomic=True)
    alone = Request(door.admit([made]), atomic=False)
    flushed = Writer(ledger.store, LOG, ledger.seen, ledger.clock).flush([refused, alone, refused])
    assert [type(one) for one in flushed.verdicts[0]] == [Refused, Refused]
    assert [type(one) for one in flushed.verdicts[1]] == [Taken]
    assert [type(one) for one in flushed.verdicts[2]] == [Known, Refused]


def test_a_dry_run_tells_and_keeps_nothing(ledger: Ledger) -> None:
    story = opened(ledger)
    known = story.pack_manufactured(pack(1))
    [receipt] = ledger.log([known])
    size = ledger.size
    new, bad = story.pack_manufactured(pack(2)), story.item_retired(FLEET, pack(1))
    outcomes = ledger.submit(known, new, bad, "nonsense", dry_run=True)
    assert [type(one) for one in outcomes] == [Passed, Passed, Refused, Refused]
    assert [one.known_index for one in outcomes if isinstance(one, Passed)] == [receipt.index, None]
    assert ledger.size == size
    assert [type(one) for one in ledger.submit(new)] == [Logged]


def test_a_request_without_any_event_is_answered_without_the_writer(ledger: Ledger) -> None:
    with statements(ledger.store) as sent:
        outcomes = ledger.submit("", "~", "a.b.c~")
    assert [type(one) for one in outcomes] == [Refused] * 3
    assert sent == []


def test_only_the_root_of_trust_can_begin_a_log(ledger: Ledger) -> None:
    story = Story()
    founding = story.founding()
    made = story.org_enrolled(MAKER)
    for text in (founding[1], made):
        assert rule_of(ledger.refusal(text)) == "key.unknown"
    assert ledger.size == 0
    ledger.log([*founding, made])


def test_a_second_root_of_trust_is_refused(ledger: Ledger) -> None:
    opened(ledger)
    again = Story("again").founding()[0]
    assert rule_of(ledger.refusal(again)) == "key.purpose"


def test_a_batch_costs_the_same_statements_whatever_its_size(ledger: Ledger) -> None:
    story = opened(ledger)
    ledger.log([story.pack_manufactured(pack(999))])  # from now on the door knows the key
    counts = []
    for numbers in (range(1, 2), range(2, 3), range(3, 203)):
        texts = [story.pack_manufactured(pack(number), [module(number)]) for number in numbers]
        with statements(ledger.store) as sent:
            ledger.log(texts)
        counts.append(len(sent))
    assert len(set(counts)) == 1
    assert counts[0] <= 20


def test_known_events_cost_the_same_statements_however_many(ledger: Ledger) -> None:
    story = opened(ledger)
    texts = [story.pack_manufactured(pack(number)) for number in range(1, 601)]
    ledger.log(texts)
    counts = []
    for some in (texts[:1], texts):
        with statements(ledger.store) as sent:
            assert {type(one) for one in ledger.submit(*some)} == {Duplicate}
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 6


def test_a_full_queue_turns_submissions_away(database_url: str, tmp_path: Path) -> None:
    ledger = Ledger(database_url, tmp_path, max_waiting=2)
    story = opened(ledger)
    texts = [story.pack_manufactured(pack(number)) for number in range(1, 9)]
    with ThreadPoolExecutor(8) as pool:
        with ledger.seen.hold():  # the writer waits for the file, and the queue fills behind it
            answers = [pool.submit(_submit, ledger, text) for text in texts]
            wait(answers, timeout=10, return_when="FIRST_COMPLETED")
        outcomes = [answer.result() for answer in answers]
    busy = [one for one in outcomes if isinstance(one, BusyError)]
    assert busy
    assert busy[0].retry_after_s == 1
    logged = [one for one in outcomes if isinstance(one, Logged)]
    assert len(logged) + len(busy) == 8
    assert {type(ledger.submit(text)[0]) for text in texts} <= {Logged, Duplicate}
    ledger.check()
    ledger.close()


def _submit(ledger: Ledger, text: str) -> Outcome | BusyError:
    try:
        return ledger.submit(text)[0]
    except BusyError as error:
        return error


def test_submissions_from_many_threads_share_batches_and_lose_nothing(ledger: Ledger) -> None:
    opened(ledger)
    stories = [Story(f"thread {number}") for number in range(8)]
    batches = [
        [story.module_manufactured(module(1_000 * number + serial)) for serial in range(1, 26)]
        for number, story in enumerate(stories)
    ]
    size = ledger.size
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda texts: [verified(ledger.submit(text)[0]) for text in texts], batches))
    indexes = sorted(receipt.index for receipts in found for receipt in receipts)
    assert indexes == list(range(size, size + 200))
    for receipts in found:
        for receipt in receipts:
            check_promise(ledger, receipt)


def test_of_two_receivers_at_once_only_the_named_one_gets_the_pack(ledger: Ledger) -> None:
    story = opened(ledger)
    ledger.log([story.pack_manufactured(pack(1)), story.transfer_offered(MAKER, FLEET, pack(1))])
    tips = dict(story.tips)
    right = story.transfer_accepted(FLEET, pack(1))
    story.tips = tips
    wrong = story.transfer_accepted(VEHICLE_MAKER, pack(1))
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda text: ledger.submit(text)[0], [right, wrong]))
    assert isinstance(outcomes[0], Logged)
    assert rule_of(outcomes[1]) in {"transfer.receiver", "prev.stale"}


def test_a_broken_clock_stops_writing_and_nothing_else(ledger: Ledger) -> None:
    story = opened(ledger)
    text = story.pack_manufactured(pack(1))
    clock = ledger.clock
    assert isinstance(clock, FakeClock)
    clock.broken = True
    with pytest.raises(ClockError):
        ledger.submit(text)
    ledger.sequencer.check_ready()
    clock.broken = False
    ledger.log([text])


def test_a_clock_behind_the_last_entry_stops_writing(ledger: Ledger) -> None:
    story = opened(ledger)
    clock = ledger.clock
    assert isinstance(clock, FakeClock)
    clock.now -= 1
    with pytest.raises(ClockError, match="behind the last entry"):
        ledger.submit(story.pack_manufactured(pack(1)))
    clock.now += 1
    ledger.log([story.pack_manufactured(pack(2))])


def test_a_closed_sequencer_takes_nothing(database_url: str, tmp_path: Path) -> None:
    ledger = Ledger(database_url, tmp_path)
    story = opened(ledger)
    ledger.sequencer.close()
    with pytest.raises(ReadOnlyError, match="closed"):
        ledger.submit(story.pack_manufactured(pack(1)))
    ledger.close()


def test_a_defect_met_by_one_submission_does_not_refuse_its_neighbours(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = opened(ledger)
    texts = [story.pack_manufactured(pack(number)) for number in (1, 2)]
    broken = submission.parse(texts[0]).event.id

    def apply(states: States, event: Event, *, index: int, logged_at_ms: int) -> dict[Key, State]:
        if event.id == broken:
            raise UnfetchedStateError("a defect")
        return lifecycle.apply(states, event, index=index, logged_at_ms=logged_at_ms)

    monkeypatch.setattr(batch, "apply", apply)
    requests = [Request(ledger.sequencer._door.admit([text]), atomic=False) for text in texts]
    waiting = [_Waiting(request, Future()) for request in requests]
    ledger.sequencer._flush(waiting)
    assert isinstance(waiting[0].answer.exception(), UnfetchedStateError)
    assert isinstance(waiting[1].answer.result().verdicts[0], Taken)


@pytest.mark.parametrize("text", ["{}", "no JSON", '{"id": 5}'])
def test_a_spoilt_row_stops_what_reads_it_and_not_its_neighbours(
    database_url: str, tmp_path: Path, text: str
) -> None:
    ledger = Ledger(database_url, tmp_path)
    story = opened(ledger)
    ledger.log([story.pack_manufactured(pack(1))])
    with ledger.store._engine.begin() as connection:
        connection.execute(ITEM.update().values(state=text))
    texts = [story.pack_manufactured(pack(2)), story.transfer_offered(MAKER, FLEET, pack(1))]
    requests = [Request(ledger.sequencer._door.admit([one]), atomic=False) for one in texts]
    waiting = [_Waiting(request, Future()) for request in requests]
    ledger.sequencer._flush(waiting)
    assert isinstance(waiting[0].answer.result().verdicts[0], Taken)
    error = waiting[1].answer.exception()
    assert isinstance(error, CorruptRowError)
    assert error.row == str(pack(1))
    assert rebuild(ledger.store)
    ledger.log(texts[1:])
    ledger.close()


def test_a_second_writer_on_sqlite_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    first = Ledger(url, tmp_path)
    opened(first)
    store = Store(url)
    with pytest.raises(WriterLockedError):
        Ledger(url, tmp_path, store=store)
    with store.snapshot() as snapshot:
        assert snapshot.head().size == first.size
    first.close()
    second = Ledger(url, tmp_path, store=store)
    second.check()
    second.close()


def test_a_read_never_waits_for_the_writer(ledger: Ledger) -> None:
    story = opened(ledger)
    size = ledger.size
    with ledger.store.write() as transaction:
        transaction.put_states({})
        with ledger.store.snapshot() as snapshot:
            assert snapshot.head().size == size
    ledger.log([story.pack_manufactured(pack(1))])


def test_a_snapshot_sees_one_moment(ledger: Ledger) -> None:
    story = opened(ledger)
    with ledger.store.snapshot() as snapshot:
        before = snapshot.head()
        ledger.log([story.pack_manufactured(pack(1))])
        assert snapshot.head() == before
        assert snapshot.states([pack(1)]) == {}
    with ledger.store.snapshot() as snapshot:
        assert pack(1) in snapshot.states([pack(1)])


def test_a_fresh_receipt_is_against_the_released_checkpoint(ledger: Ledger) -> None:
    story = opened(ledger)
    [logged] = ledger.log([story.pack_manufactured(pack(1))])
    found = story.last.id
    ledger.log([story.pack_manufactured(pack(number)) for number in range(2, 40)])
    released = ledger.sequencer.released()
    with ledger.store.snapshot() as snapshot:
        size = released.checkpoint.size
        receipt = fresh_receipt(snapshot, found, size=size, note=released.note)
        assert fresh_receipt(snapshot, found, size=logged.index, note=released.note) is None
        assert fresh_receipt(snapshot, "A" * 43, size=size, note=released.note) is None
    assert receipt is not None
    check_promise(ledger, receipt)
    assert checkpoint.open(receipt.checkpoint_note, [LOG.verifier_key]).size == size
