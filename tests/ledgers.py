"""A whole ledger for a test: database, log key, released checkpoint, clock, sequencer, and an audit of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from crypto.note import NoteSigner
from crypto.strictjson import Json
from ledger import checkpoint, receipt
from ledger.audit import Report, Trust, audit
from ledger.errors import Refusal
from ledger.identifiers import ItemId
from ledger.merkle import root_of_size
from ledger.rebuild import rebuild
from ledger.receipt import Receipt
from ledger.sequencer import Sequencer
from ledger.sequencer.clock import Clock
from ledger.sequencer.genesis import release_empty
from ledger.sequencer.outcomes import Duplicate, Logged, Outcome, Refused
from ledger.sequencer.seen import Seen
from ledger.state import state_to_json
from ledger.store import CommitError, EntryRow, Store, StoreError, WriteTransaction
from ledger.tiles import (
    TILE_WIDTH,
    HashReader,
    Tile,
    TileKey,
    encode_bundle,
    parse_entries_path,
    parse_tile_path,
)
from tests.consortium import ORIGIN, private_key
from tests.fakes import FakeClock
from tests.lives import opening
from tests.scenario import START, Story

LOG: Final = NoteSigner(ORIGIN, private_key("log"))
YEAR_MS: Final = 365 * 86_400_000


class Ledger:
    """A ledger in a folder and a database; its clock stands a year after the first event of every story."""

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        store: Store | None = None,
        seen: Seen | None = None,
        clock: Clock | None = None,
        max_waiting: int = 4096,
    ) -> None:
        self.store = store or Store(url)
        self.seen = seen or Seen(folder / "log.key.seen", LOG.verifier_key)
        self.clock = clock or FakeClock(START.ms + YEAR_MS)
        if not self.seen.exists():
            release_empty(LOG, self.seen)
        self.sequencer = Sequencer(self.store, LOG, self.seen, self.clock, max_waiting=max_waiting)
        self.sequencer.start()

    def close(self) -> None:
        """Stop and let go of everything."""
        self.sequencer.close()
        self.seen.close()
        self.store.close()

    def submit(self, *texts: str, atomic: bool = False, dry_run: bool = False) -> list[Outcome]:
        """Submit events in one request."""
        return self.sequencer.submit(texts, atomic=atomic, dry_run=dry_run)

    def log(self, texts: Sequence[str]) -> list[Receipt]:
        """Submit events, all of which must be logged, and return their verified receipts."""
        return [verified(outcome) for outcome in self.submit(*texts)]

    def refusal(self, text: str) -> Refused:
        """Submit an event that must be refused."""
        [outcome] = self.submit(text)
        assert isinstance(outcome, Refused), outcome
        return outcome

    @property
    def size(self) -> int:
        """The size of the released checkpoint."""
        return self.sequencer.released().checkpoint.size

    def audit(self) -> Report:
        """Audit everything from bytes, and compare the derived tables with a replay."""
        assert rebuild(self.store, check=True) == []
        return self.audit_bytes()

    def audit_bytes(self) -> Report:
        """Audit everything from bytes."""
        with self.store.snapshot() as snapshot:
            found = snapshot.entry_rows(0, 1)
        root = found[0].event_id
        return audit(StoreSource(self.store, self.sequencer), Trust(LOG.verifier_key, root))

    def check(self) -> None:
        """Fail unless an audit finds everything in order."""
        report = self.audit()
        assert report.ok, report.findings


@contextmanager
def running(url: str, folder: Path) -> Iterator[Ledger]:
    """Run a ledger; audit it at the end where anything was logged."""
    ledger = Ledger(url, folder)
    try:
        yield ledger
        if ledger.size:
            ledger.check()
    finally:
        ledger.close()


def opened(ledger: Ledger, name: str = "story") -> Story:
    """Found the log and return the story that did."""
    story = Story(name)
    ledger.log(opening(story))
    return story


def verified(outcome: Outcome) -> Receipt:
    """Return the receipt of an event that is in the log, once it is verified."""
    assert isinstance(outcome, Logged | Duplicate), outcome
    found = Receipt.parse(outcome.receipt_text)
    receipt.verify(found, [LOG.verifier_key])
    assert found.index == outcome.index
    return found


def rule_of(outcome: object) -> str:
    """Return the id of the rule that refused an event."""
    assert isinstance(outcome, Refused), outcome
    assert isinstance(outcome.refusal, Refusal), outcome.refusal
    return outcome.refusal.rule


def check_promise(ledger: Ledger, found: Receipt) -> None:
    """Check that what a receipt promised holds: the same entry there, in a tree that grew from its own."""
    promised = checkpoint.open(found.checkpoint_note, [LOG.verifier_key])
    receipt.verify(found, [LOG.verifier_key])
    with ledger.store.snapshot() as snapshot:
        assert snapshot.entries(found.index, found.index + 1) == [found.entry_bytes]
        reader = HashReader(snapshot.head().size, snapshot.tiles)
        assert root_of_size(promised.size, reader.read_hashes) == promised.root


class StoreSource:
    """Serves a ledger's own database to the audit."""

    def __init__(self, store: Store, sequencer: Sequencer) -> None:
        self._store, self._sequencer = store, sequencer

    def checkpoint(self) -> str:
        """Return the released checkpoint."""
        return self._sequencer.checkpoint()

    def tile(self, path: str) -> bytes:
        """Return a tile or an entry bundle."""
        with self._store.snapshot() as snapshot:
            if path.startswith("tile/entries/"):
                n, width = parse_entries_path(path)
                return encode_bundle(snapshot.entries(n * TILE_WIDTH, n * TILE_WIDTH + width))
            key = parse_tile_path(path)
            return snapshot.tiles([TileKey(key.level, key.n)])[0][: key.width * 32]

    def lookup(self, ids: Sequence[str]) -> Json:
        """Return the states of items as they are stored."""
        with self._store.snapshot() as snapshot:
            keys = [ItemId.parse(one) for one in ids]
            states = snapshot.states(keys)
            size = snapshot.head().size
        rows: list[Json] = []
        for key in keys:
            state = states.get(key)
            rows.append(
                {"query": str(key), "id": str(key), "state": None if state is None else state_to_json(state)}
            )
        return {"size": size, "items": rows}


class Fault:
    """Fails once, when the point it is set to is passed: `before <step>` or `after <step>`.

    `damage` names a step whose first row is stored with one bit flipped.
    """

    def __init__(self) -> None:
        self.point: str | None = None
        self.error: Exception | None = None
        self.damage: str | None = None

    def set(self, point: str, error: Exception) -> None:
        """Fail the next time this point is passed."""
        self.point, self.error = point, error

    def trip(self, point: str) -> None:
        """Pass a point."""
        if point == self.point and self.error is not None:
            self.point = None
            raise self.error

    def spoil(self, step: str, rows: object) -> object:
        """Return what a step is given, with one bit flipped where it is to be damaged."""
        if step != self.damage:
            return rows
        self.damage = None
        match rows:
            case [EntryRow() as row, *rest]:
                return [replace(row, body=_flipped(row.body)), *rest]
            case [Tile() as tile, *rest]:
                return [tile._replace(data=_flipped(tile.data)), *rest]
        raise AssertionError(f"{step} takes no rows that can be damaged")


def _flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


class _FaultyTransaction:
    """A write transaction whose every step passes two points."""

    def __init__(self, real: WriteTransaction, fault: Fault) -> None:
        self._real = real
        self._fault = fault

    def __getattr__(self, name: str) -> object:
        found = getattr(self._real, name)
        return self._stepped(name, found) if callable(found) else found

    def _stepped(self, name: str, step: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object) -> object:
            self._fault.trip(f"before {name}")
            result = step(*(self._fault.spoil(name, value) for value in args))
            self._fault.trip(f"after {name}")
            return result

        return run


class FaultyStore(Store):
    """A store whose write transactions fail where the fault says."""

    def __init__(self, url: str, fault: Fault) -> None:
        super().__init__(url)
        self._fault = fault

    @contextmanager
    def write(self) -> Iterator[WriteTransaction]:
        """Yield a transaction that may fail."""
        with super().write() as transaction:
            yield cast("WriteTransaction", _FaultyTransaction(transaction, self._fault))


class FaultySeen(Seen):
    """A file of the released checkpoint that fails where the fault says."""

    def __init__(self, folder: Path, fault: Fault) -> None:
        super().__init__(folder / "log.key.seen", LOG.verifier_key)
        self._fault = fault

    def replace(self, note: str) -> None:
        """Write the file, or fail before or after."""
        self._fault.trip("before seen")
        super().replace(note)
        self._fault.trip("after seen")


def lost() -> CommitError:
    """Return the error of a COMMIT whose answer was lost."""
    return CommitError("the connection was lost")


def full() -> StoreError:
    """Return the error of a disk that is full."""
    return StoreError("the disk is full")
