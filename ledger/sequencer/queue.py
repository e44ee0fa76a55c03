"""The only way into the log: submissions wait in a queue, and one thread flushes all that waits at once.

While a batch is being made durable the next one gathers, so under load many submissions share one flush to
disk. A submission is answered when its checkpoint is released, never before.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from crypto.note import NoteSigner
from ledger.receipt import Receipt
from ledger.sequencer.admission import Door, Pending
from ledger.sequencer.batch import Known, Taken, Verdict
from ledger.sequencer.clock import Clock, ClockError
from ledger.sequencer.commit import Flushed, Request, Writer, check_witnesses, open_batch
from ledger.sequencer.outcomes import (
    BusyError,
    Duplicate,
    Logged,
    Outcome,
    OutcomeUnknownError,
    Passed,
    ReadOnlyError,
    Refused,
)
from ledger.sequencer.seen import Released, Seen, SeenError
from ledger.stoplist import sign_list, stop_list
from ledger.store import CorruptRowError, Snapshot, Store, StoreError
from ledger.vins import VinKey

_LOG: Final = logging.getLogger(__name__)
MAX_BATCH: Final = 1_000
MAX_WAITING: Final = 4_096
_RELEASE_S: Final = 2.0
POLL_S: Final = 0.25
"""How often a wait for new entries looks whether another process has logged some."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a flush says of one request."""

    verdicts: list[Verdict]
    flushed: Flushed


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A request in the queue and the promise of its answer."""

    request: Request
    answer: "Future[_Answer]"


class Sequencer:
    """Takes submissions for one log. Any number of threads may submit.

    Args:
        store: the database; the sequencer becomes its writer.
        signer: the log's key under its origin.
        seen: the released checkpoint on disk.
        clock: what tells when entries are logged.
        max_waiting: how many events may wait before the next submission is turned away.
        vins: the key under which the VINs of new events are hashed.
    """

    def __init__(
        self,
        store: Store,
        signer: NoteSigner,
        seen: Seen,
        clock: Clock,
        *,
        max_waiting: int = MAX_WAITING,
        vins: VinKey | None = None,
    ) -> None:
        self._store: Final = store
        self._seen: Final = seen
        self._clock: Final = clock
        self._door: Final = Door(store, signer.name)
        self._writer: Final = Writer(store, signer, seen, clock, vins)
        self._signer: Final = signer
        self._max_waiting: Final = max_waiting
        self.vins: Final = vins
        self._queue: Final = deque[_Waiting]()
        self._waiting = 0
        self._changed: Final = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._grown: Final = threading.Condition()
        self._hurried = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Become the writer and begin to flush; what a crash left unreleased is checked and released first.

        Raises:
            WriterLockedError: another process writes to this SQLite database.
        """
        self._store.claim()
        self._flush([])
        self._thread = threading.Thread(target=self._run, name="packtrace-sequencer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more submissions, flush what waits, and stop."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def submit(self, texts: Sequence[str], *, atomic: bool = False, dry_run: bool = False) -> list[Outcome]:
        """Log events and return what became of each, in order.

        Args:
            texts: SD-JWTs with all their disclosures; one may build on an earlier one.
            atomic: log all or none; one that is logged already counts as done.
            dry_run: check against the log as it is, and keep nothing.

        Raises:
            BusyError: too many events wait; nothing was taken.
            ReadOnlyError: the log takes nothing now.
            ClockError: the time cannot be trusted now.
            StoreError: the database failed; nothing was kept.
            OutcomeUnknownError: the events may be logged or not; sending them again tells.
        """
        events = self._door.admit(texts)
        request = Request(events, atomic)
        if dry_run:
            return self._try(request)
        if not any(isinstance(one, Pending) for one in events):
            return [one for one in events if isinstance(one, Refused)]
        answer = self._enqueue(request).result()
        return [_outcome(verdict, answer.flushed) for verdict in answer.verdicts]

    def released(self) -> Released:
        """Return the released checkpoint, the one that may be served.

        Raises:
            ReadOnlyError: it cannot be read.
        """
        try:
            return self._seen.read()
        except SeenError as error:
            raise ReadOnlyError("seen", str(error)) from error

    def released_beyond(self, size: int, *, timeout_s: float) -> Released:
        """Return the released checkpoint, once it is larger than `size` or the time is up.

        Raises:
            ReadOnlyError: it cannot be read.
        """
        until = time.monotonic() + timeout_s
        while True:
            found = self.released()
            left = until - time.monotonic()
            if found.checkpoint.size > size or left <= 0 or self._hurried or self._closing:
                return found
            with self._grown:
                self._grown.wait(min(left, POLL_S))

    def hurry(self) -> None:
        """Let nobody wait for new entries any more, because this process is about to stop."""
        self._hurried = True

    def checkpoint(self) -> str:
        """Return the signed note of the released checkpoint, byte for byte as it was released."""
        return self.released().note

    def sign_list(self, text: str, size: int) -> str:
        """Return the note of a stop list of this size of the log, signed with the log's key.

        Raises:
            ReadOnlyError: what was released cannot be read, or the list is of a log that was not released.
            ClockError: nobody can say what time it is.
        """
        if self.released_beyond(size - 1, timeout_s=_RELEASE_S).checkpoint.size < size:
            raise ReadOnlyError("unreleased", f"a list of {size} entries")
        time_s = self._clock.now_ms() // 1000
        return sign_list(stop_list(text, origin=self._signer.name, size=size, time_s=time_s), self._signer)

    def check_ready(self) -> None:
        """Check that the database does not contradict what was released.

        Raises:
            ReadOnlyError: it does.
            StoreError: the database does not answer.
        """
        released = self.released().checkpoint
        with self._store.snapshot() as snapshot:
            head = snapshot.head()
            self._check_witnesses(snapshot)
        if head.size < released.size:
            raise ReadOnlyError("behind", f"size {released.size} was released, the database has {head.size}")
        if head.size == released.size and head.root != released.root:
            raise ReadOnlyError("root", f"another root was released for size {head.size}")

    def _check_witnesses(self, snapshot: Snapshot) -> None:
        try:
            check_witnesses(snapshot, self._seen)
        except SeenError as error:
            raise ReadOnlyError("seen", str(error)) from error

    def _try(self, request: Request) -> list[Outcome]:
        with self._store.snapshot() as snapshot:
            head = snapshot.head()
            batch = open_batch(snapshot, [request], size=head.size, now_ms=self._clock.now_ms())
            verdicts = batch.judge(request.events, atomic=request.atomic)
        return [_tried(verdict) for verdict in verdicts]

    def _enqueue(self, request: Request) -> "Future[_Answer]":
        count = len(request.events)
        with self._changed:
            if self._closing or self._thread is None:
                raise ReadOnlyError("closed", "the sequencer is not running")
            if self._waiting and self._waiting + count > self._max_waiting:
                raise BusyError(self._waiting)
            waiting = _Waiting(request, Future())
            self._queue.append(waiting)
            self._waiting += count
            self._changed.notify_all()
        return waiting.answer

    def _run(self) -> None:
        while batch := self._next():
            self._flush(batch)

    def _next(self) -> list[_Waiting]:
        """Wait for submissions and return as many as fit one batch; none when the sequencer closes."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closing)
            batch = list[_Waiting]()
            count = 0
            while self._queue and (not batch or count + len(self._queue[0].request.events) <= MAX_BATCH):
                batch.append(self._queue.popleft())
                count += len(batch[-1].request.events)
            self._waiting -= count
            return batch

    def _flush(self, batch: Sequence[_Waiting]) -> None:
        try:
            flushed = self._writer.flush([one.request for one in batch])
        except CorruptRowError as error:
            self._flush_singly(batch, error)
        except (ReadOnlyError, ClockError, StoreError, OutcomeUnknownError) as error:
            # What the database says of an error, further down, may hold rows, and so what an event conceals.
            trace = None if isinstance(error, StoreError) else error
            _LOG.warning("%d submissions not logged: %s", len(batch), error, exc_info=trace)
            for one in batch:
                one.answer.set_exception(error)
        except Exception as error:  # noqa: BLE001  whoever waits for the answer is told
            self._flush_singly(batch, error)
        else:
            for one, verdicts in zip(batch, flushed.verdicts, strict=True):
                one.answer.set_result(_Answer(verdicts, flushed))
            with self._grown:
                self._grown.notify_all()

    def _flush_singly(self, batch: Sequence[_Waiting], error: Exception) -> None:
        # What is wrong with one submission or its items must not refuse its neighbours; nothing was kept.
        if len(batch) > 1:
            for one in batch:
                self._flush([one])
            return
        _LOG.error("%d submissions not logged: %s", len(batch), error, exc_info=error)
        for one in batch:
            one.answer.set_exception(error)


def _outcome(verdict: Verdict, flushed: Flushed) -> Outcome:
    if isinstance(verdict, Refused):
        return verdict
    receipt = Receipt(verdict.body, verdict.index, flushed.proofs[verdict.index], flushed.note)
    kind = Logged if isinstance(verdict, Taken) else Duplicate
    return kind(verdict.event_id, verdict.index, receipt.format())


def _tried(verdict: Verdict) -> Outcome:
    if isinstance(verdict, Refused):
        return verdict
    return Passed(verdict.event_id, verdict.index if isinstance(verdict, Known) else None)
