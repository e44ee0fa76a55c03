"""After a crash between COMMIT and release: entries that are stored, but whose checkpoint nobody has seen.

They are checked again from their bytes before they are signed, because whoever could write to the database
meanwhile could have put them there.
"""

from collections.abc import Sequence
from typing import Final

from crypto import jws
from crypto.errors import CryptoError
from crypto.keys import Verifier
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.errors import LedgerError
from ledger.events import envelope
from ledger.merkle import hash_leaf
from ledger.sequencer.admission import keys_named
from ledger.sequencer.outcomes import ReadOnlyError
from ledger.state import RegisteredKey, key_fact
from ledger.store import EntryRow, Snapshot
from ledger.submission import Submission
from ledger.tiles import MalformedTileError, RightEdge

CHUNK: Final = 1_000


def check_unreleased(snapshot: Snapshot, released: Checkpoint, edge: RightEdge) -> None:
    """Check that the entries behind the released checkpoint extend it and are what their signers signed.

    Args:
        snapshot: reads the database, in the transaction that holds the head.
        released: the checkpoint on disk.
        edge: the right edge of the larger tree that the head names.

    Raises:
        ReadOnlyError: they are not.
    """
    grown = _released_edge(snapshot, released)
    for start in range(released.size, edge.size, CHUNK):
        rows = snapshot.entry_rows(start, min(start + CHUNK, edge.size))
        grown, _ = grown.append([hash_leaf(row.body) for row in rows])
        _check_entries(snapshot, rows)
    if grown != edge:
        raise ReadOnlyError("unreleased", "the entries do not give the root of the head")


def _released_edge(snapshot: Snapshot, released: Checkpoint) -> RightEdge:
    try:
        edge = RightEdge.load(released.size, snapshot.tiles)
    except (LookupError, MalformedTileError) as error:
        raise ReadOnlyError("tiles", str(error)) from error
    if edge.root() != released.root:
        raise ReadOnlyError("root", f"another root was released for size {released.size}")
    return edge


def _check_entries(snapshot: Snapshot, rows: Sequence[EntryRow]) -> None:
    parsed = [_parse(row) for row in rows]
    # The tables of states were written with these entries, but a key counts only where its own event says so.
    named = {key.thumbprint(): key for one in parsed for key in keys_named(one)}
    asked = {one.event.kid for one in parsed} - named.keys()
    found = snapshot.states([key_fact(kid) for kid in asked])
    known = {state.kid: state.jwk for state in found.values() if isinstance(state, RegisteredKey)} | named
    for row, one in zip(rows, parsed, strict=True):
        _check_entry(row, one, known.get(one.event.kid))


def _parse(row: EntryRow) -> Submission:
    try:
        signed = jws.parse(Entry.decode(row.body).jws)
        return Submission(envelope.parse(signed), signed, {})
    except (CryptoError, LedgerError) as error:
        raise ReadOnlyError("unreleased", f"entry {row.index} is no event: {error}") from error


def _check_entry(row: EntryRow, one: Submission, key: Verifier | None) -> None:
    event = one.event
    said = (row.event_id, row.issuer, row.jti, row.logged_at)
    if said != (event.id, str(event.iss), event.jti, Entry.decode(row.body).logged_at_ms):
        raise ReadOnlyError("unreleased", f"entry {row.index} is stored under another id")
    if key is None:
        raise ReadOnlyError("unreleased", f"entry {row.index} is signed by no key of this log")
    try:
        one.jws.verify(key)
    except CryptoError as error:
        raise ReadOnlyError("unreleased", f"entry {row.index}: {error}") from error
