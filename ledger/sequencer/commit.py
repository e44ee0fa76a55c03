"""One transaction a batch: from waiting events to a released checkpoint.

The order is the promise. Everything is written and read back; the head row moves, which is the commit point;
COMMIT; then the checkpoint is signed and put on disk outside the database, and only then does anybody hear
of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crypto.command import SignerError
from crypto.note import NoteSigner
from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.documents import disclosed_document
from ledger.events.correction import DisclosureErased
from ledger.merkle import hash_leaf
from ledger.proofs import Proof, in_memory, prove, root_at
from ledger.sequencer.admission import Admitted, Pending
from ledger.sequencer.batch import Batch, NewEntry, Verdict
from ledger.sequencer.clock import Clock, check_order
from ledger.sequencer.outcomes import OutcomeUnknownError, ReadOnlyError, Refused
from ledger.sequencer.recovery import check_unreleased
from ledger.sequencer.seen import Held, Seen, SeenError
from ledger.sequencer.watch import door_rows
from ledger.store import (
    DisclosureRow,
    EntryRow,
    LostHeadError,
    Snapshot,
    Store,
    StoreError,
    VinRow,
    WriteTransaction,
)
from ledger.store.derived import Derived
from ledger.tiles import MalformedTileError, RightEdge, Tile, TileKey
from ledger.vins import VinKey, vins_stated
from ledger.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Request:
    """The events of one submission."""

    events: Sequence[Admitted]
    atomic: bool


@dataclass(frozen=True, slots=True)
class Flushed:
    """What became of a batch: verdicts by request, and all that its receipts need."""

    verdicts: list[list[Verdict]]
    proofs: dict[int, Proof]
    note: str


@dataclass(frozen=True, slots=True)
class _Judged:
    """A batch before its commit: who passed, and the tree that holds them."""

    verdicts: list[list[Verdict]]
    proofs: dict[int, Proof]
    edge: RightEdge
    grown: bool


class Writer:
    """Writes batches to one log. One thread uses it at a time.

    Args:
        store: the database.
        signer: the log's key under its origin.
        seen: the released checkpoint on disk.
        clock: what tells when entries are logged.
        vins: the key under which VINs are hashed; without one none is.
    """

    def __init__(
        self, store: Store, signer: NoteSigner, seen: Seen, clock: Clock, vins: VinKey | None = None
    ) -> None:
        self._store: Final = store
        self._signer: Final = signer
        self._seen: Final = seen
        self._clock: Final = clock
        self._vins: Final = vins
        # What was computed last, good for as long as the head is exactly that.
        self._edge = RightEdge()
        self._epoch: int | None = None

    def flush(self, requests: Sequence[Request]) -> Flushed:
        """Log what may be logged of these requests and release the checkpoint that covers it.

        Raises:
            ReadOnlyError: the database contradicts what was released, or the program that signs does not.
            ClockError: the time cannot be trusted.
            StoreError: the database failed before COMMIT; nothing is kept.
            OutcomeUnknownError: anything failed after COMMIT was sent.
        """
        try:
            with self._seen.hold() as held:
                return self._flush(held, requests)
        except SeenError as error:
            raise ReadOnlyError("seen", str(error)) from error
        except LostHeadError as error:
            raise ReadOnlyError("epoch", str(error)) from error
        except SignerError as error:
            raise ReadOnlyError("signer", str(error)) from error

    def _flush(self, held: Held, requests: Sequence[Request]) -> Flushed:
        with self._store.write() as transaction:
            edge = self._trusted_edge(transaction, held)
            judged = self._judge(transaction, edge, requests)
            if not judged.grown:
                return Flushed(judged.verdicts, judged.proofs, held.released.note)
            try:
                transaction.commit()  # the commit point
                note = self._release(held, judged.edge)
            except Exception as error:
                raise OutcomeUnknownError("the batch may be logged or not: send it again") from error
            self._edge = judged.edge
            return Flushed(judged.verdicts, judged.proofs, note)

    def _release(self, held: Held, edge: RightEdge) -> str:
        note = checkpoint.sign(Checkpoint(self._signer.name, edge.size, edge.root()), self._signer)
        held.advance(note)
        return note

    def _trusted_edge(self, transaction: WriteTransaction, held: Held) -> RightEdge:
        """Return the right edge of the committed tree, once nothing contradicts what was released."""
        head, released = transaction.locked_head, held.released.checkpoint
        if self._epoch is None:
            self._epoch = head.epoch
        check_witnesses(transaction, self._seen)
        if head.epoch != self._epoch:
            raise ReadOnlyError("epoch", f"epoch {head.epoch} writes this log, not {self._epoch}")
        if head.size < released.size:
            raise ReadOnlyError("behind", f"size {released.size} was released, the database has {head.size}")
        if head.size == released.size and head.root != released.root:
            raise ReadOnlyError("root", f"another root was released for size {head.size}")
        edge = self._edge if self._edge.size == head.size else _load(transaction, head.size)
        if edge.root() != head.root:
            raise ReadOnlyError("tiles", f"the tiles give another root for size {head.size}")
        if head.size > released.size:
            check_unreleased(transaction, released, edge)
            self._release(held, edge)
        return edge

    def _judge(self, transaction: WriteTransaction, edge: RightEdge, requests: Sequence[Request]) -> _Judged:
        batch = self._open_batch(transaction, requests)
        verdicts = [batch.judge(request.events, atomic=request.atomic) for request in requests]
        grown, changed = self._append(transaction, edge, batch.new) if batch.new else (edge, [])
        indexes = {one.index for each in verdicts for one in each if not isinstance(one, Refused)}
        proofs = prove(indexes, grown.size, in_memory(grown, changed, transaction.tiles))
        return _Judged(verdicts, proofs, grown, grown=bool(batch.new))

    def _open_batch(self, transaction: WriteTransaction, requests: Sequence[Request]) -> Batch:
        head = transaction.locked_head
        now_ms = self._clock.now_ms(head.database_now_ms)
        check_order(now_ms, head.last_logged_at_ms)
        return open_batch(transaction, requests, size=head.size, now_ms=now_ms)

    def _append(
        self, transaction: WriteTransaction, edge: RightEdge, new: Sequence[NewEntry]
    ) -> tuple[RightEdge, list[Tile]]:
        rows = [_entry_row(entry) for entry in new]
        grown, changed = edge.append([hash_leaf(row.body) for row in rows])
        transaction.add_entries(rows)
        transaction.add_disclosures([row for entry in new for row in _disclosure_rows(entry)])
        vins = self._keep_vins(transaction, new)
        transaction.add_door_findings(door_rows(transaction, new, vins))
        for entry in new:
            if isinstance(entry.event.claims, DisclosureErased):
                transaction.erase_disclosures(entry.event.claims.event, entry.event.claims.digests)
        derived = Derived()
        for entry in new:
            derived.add(entry.event, entry.index, entry.changed, entry.remarks, holdings=entry.holdings)
        derived.write(transaction)
        transaction.put_tiles(changed)
        _check_kept(transaction, edge, rows, (grown, changed))
        transaction.advance(grown.size, grown.root())
        return grown, changed

    def _keep_vins(self, transaction: WriteTransaction, new: Sequence[NewEntry]) -> Sequence[VinRow]:
        if self._vins is None:
            return ()
        said = vins_stated(self._vins, ((entry.event, entry.disclosures) for entry in new))
        transaction.put_vins(said.rows, corrected=said.corrected)
        return said.rows


def check_witnesses(snapshot: Snapshot, seen: Seen) -> None:
    """Check that the stored tree begins with what a witness is known to have seen of it.

    Raises:
        ReadOnlyError: it does not; whoever signs on shows two histories.
        SeenError: what it has seen cannot be read.
    """
    met = seen.contradiction()
    if met is None:
        return
    try:
        found = root_at(snapshot, met.checkpoint.size)
    except (LookupError, MalformedTileError) as error:
        raise ReadOnlyError("tiles", str(error)) from error
    if found != met.checkpoint.root:
        raise ReadOnlyError(
            "witness", f"a witness has seen another tree of size {met.checkpoint.size} of this log"
        )
    seen.settle()


def open_batch(snapshot: Snapshot, requests: Sequence[Request], *, size: int, now_ms: int) -> Batch:
    """Return an empty batch with everything read that its events ask for, all at once."""
    waiting = [one for request in requests for one in request.events if isinstance(one, Pending)]
    events = [one.submission.event for one in waiting]
    known = snapshot.known_entries([event.id for event in events], [event.jti for event in events])
    logged = {row.event_id for row in known}
    workspace = Workspace(snapshot.states)
    fresh = (one for one in waiting if one.fault is None and one.submission.event.id not in logged)
    workspace.fetch({key for one in fresh for key in one.keys})
    return Batch(workspace, size=size, logged_at_ms=now_ms, known=known)


def _load(transaction: WriteTransaction, size: int) -> RightEdge:
    try:
        return RightEdge.load(size, transaction.tiles)
    except (LookupError, MalformedTileError) as error:
        raise ReadOnlyError("tiles", str(error)) from error


def _check_kept(
    transaction: WriteTransaction,
    edge: RightEdge,
    rows: Sequence[EntryRow],
    appended: tuple[RightEdge, list[Tile]],
) -> None:
    # A bit that flips between hashing and signing ends a log for good: what is signed is hashed once more
    # from what was read back (docs/threat-model.md; the Yeti log of 2022).
    kept = transaction.entry_rows(edge.size, edge.size + len(rows) + 1)
    tiles = appended[1]
    stored = transaction.tiles([TileKey(tile.level, tile.n) for tile in tiles])
    again = edge.append([hash_leaf(row.body) for row in kept])
    if kept != list(rows) or again != appended or stored != [tile.data for tile in tiles]:
        raise StoreError("the database gave back something else than was written")


def _entry_row(entry: NewEntry) -> EntryRow:
    event = entry.event
    return EntryRow(entry.index, event.id, str(event.iss), event.jti, entry.logged_at_ms, entry.body)


def _disclosure_rows(entry: NewEntry) -> list[DisclosureRow]:
    return [
        DisclosureRow(entry.event.id, one.digest, one.text, disclosed_document(one.name, one.value))
        for one in entry.disclosures
    ]
