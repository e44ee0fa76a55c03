"""The derived tables, computed anew from the entries: compared with what is stored, or put in its place.

The replay runs on a database of its own in a temporary folder, so its size is the disk's concern and not the
memory's. Signatures are not verified here: that is the audit's part.
"""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from crypto import jws
from crypto.errors import CryptoError
from crypto.sdjwt import Disclosure, parse_disclosure
from ledger.entry import Entry
from ledger.errors import LedgerError
from ledger.events import envelope
from ledger.events.envelope import Event
from ledger.findings import applied, remarks
from ledger.holdings import new_holdings
from ledger.lifecycle import apply, reads
from ledger.merkle import hash_leaf
from ledger.state import Fact, FactKind, Key, LoggedEvent, State, event_fact
from ledger.store import DERIVED, CorruptRowError, EntryRow, Row, Snapshot, Store, Table, WriteTransaction
from ledger.store.bulk import row_of
from ledger.store.derived import Derived
from ledger.store.tables import DISCLOSURE, VIN
from ledger.submission import LIMITS
from ledger.tiles import RightEdge
from ledger.vins import CLAIM, VinKey, vins_stated
from ledger.workspace import UnfetchedStateError, Workspace, logged_event

CHUNK: Final = 1_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not what a replay gives.

    Attributes:
        table: the table's name.
        row: its primary key, parts joined by a space.
        stored: the columns that differ, as stored; None where the row is missing.
        replayed: the same columns as the replay gives them; None where the row should not be there.
    """

    table: str
    row: str
    stored: Row | None
    replayed: Row | None


class ReplayError(LedgerError):
    """An entry cannot be replayed, so nothing can be derived from it or from those behind it.

    Attributes:
        index: the entry.
        reason: the rule that refuses it, or what is wrong with its bytes.
    """

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"entry {index}: {reason}")
        self.index = index
        self.reason = reason


Progress = Callable[[int, int], None]


def rebuild(store: Store, *, check: bool = False, progress: Progress | None = None) -> list[Difference]:
    """Replay the entries, compare every derived row, and put the replay in its place unless `check` is set.

    Args:
        store: the ledger's database.
        check: compare only.
        progress: called with the entries done and the entries there are.

    Returns:
        The rows that were not what the replay gives, by table and primary key.

    Raises:
        ReplayError: an entry cannot be replayed; nothing is changed.
    """
    with tempfile.TemporaryDirectory(prefix="packtrace-replay-") as folder:
        scratch = Store(f"sqlite:///{Path(folder) / 'replay.db'}")
        try:
            if check:
                with store.snapshot() as snapshot:
                    return _compare(snapshot, scratch, progress)
            with store.write() as transaction:
                found = _compare(transaction, scratch, progress)
                if found:
                    _replace(transaction, scratch)
                    transaction.commit()
                return found
        finally:
            scratch.close()


def rebuild_vins(store: Store, key: VinKey, *, check: bool = False) -> list[Difference]:
    """Hash the VINs of all disclosures that are kept, compare, and put them in place unless `check` is set.

    That is no replay: what was erased is gone, and under a new key every row is another one.

    Returns:
        The rows that were not what the disclosures give.
    """
    if check:
        with store.snapshot() as snapshot:
            return _vin_differences(snapshot, _vin_rows(snapshot, key))
    with store.write() as transaction:
        rows = _vin_rows(transaction, key)
        found = _vin_differences(transaction, rows)
        if found:
            transaction.clear(VIN)
            transaction.add_rows(VIN, rows)
            transaction.commit()
        return found


def _vin_rows(snapshot: Snapshot, key: VinKey) -> list[Row]:
    kept: dict[str, list[Disclosure]] = {}
    for row in snapshot.rows(DISCLOSURE):
        told = _disclosure(row)
        if told.name == CLAIM:
            kept.setdefault(row["event_id"], []).append(told)
    entries = sorted(found for event_id in kept if (found := snapshot.find_entry(event_id)) is not None)
    events = [_parse_body(index, body) for index, body in entries]
    rows = vins_stated(key, ((event, kept[event.id]) for event in events)).rows
    return sorted(map(row_of, rows), key=lambda row: (row["hash"], row["event_id"]))


def _disclosure(row: Row) -> Disclosure:
    try:
        return parse_disclosure(row["text"], LIMITS)
    except CryptoError as error:
        raise CorruptRowError(f"disclosures of {row['event_id']}", error.reason) from error


def _vin_differences(snapshot: Snapshot, rows: Sequence[Row]) -> list[Difference]:
    return list(_differences(VIN, snapshot.rows(VIN), iter(rows)))


def _compare(source: Snapshot, scratch: Store, progress: Progress | None) -> list[Difference]:
    found = list(_replay(source, scratch, progress))
    with scratch.snapshot() as replayed:
        for table in DERIVED:
            found += _differences(table, source.rows(table), replayed.rows(table))
    found += _strange_disclosures(source)
    return found


def _strange_disclosures(source: Snapshot) -> Iterator[Difference]:
    """Yield the disclosures that are none of their event's; what they say is restricted and not told."""
    for event_id, rows in groupby(source.rows(DISCLOSURE), key=lambda row: str(row["event_id"])):
        entry = source.find_entry(event_id)
        concealed = () if entry is None else _parse_body(*entry).sd
        for row in rows:
            said = _digest(row)
            if said != row["digest"] or said not in concealed:
                name = f"{event_id} {row['digest']}"
                told = {"digest": said} if row["digest"] in concealed else None
                yield Difference(DISCLOSURE.name, name, {"digest": row["digest"]}, told)


def _digest(row: Row) -> str | None:
    """Return the digest of what a disclosure says, None where it is none."""
    try:
        return _disclosure(row).digest
    except CorruptRowError:
        return None


def _replay(source: Snapshot, scratch: Store, progress: Progress | None) -> Iterator[Difference]:
    """Fill the scratch database from the entries; yield what contradicts them outside the derived tables."""
    head = source.head()
    edge = RightEdge()
    for start in range(0, head.size, CHUNK):
        rows = source.entry_rows(start, min(start + CHUNK, head.size))
        if [row.index for row in rows] != list(range(start, min(start + CHUNK, head.size))):
            raise ReplayError(start, "an entry is missing from here on")
        with scratch.write() as transaction:
            yield from _replay_chunk(source, transaction, rows)
            edge, tiles = edge.append([hash_leaf(row.body) for row in rows])
            transaction.put_tiles(tiles)
            transaction.commit()
        if progress is not None:
            progress(start + len(rows), head.size)
    for row in source.entry_rows(head.size, head.size + CHUNK):
        yield Difference("entry", str(row.index), {"event_id": row.event_id}, None)
    if edge.root() != head.root:
        yield Difference("head", "1", {"root": head.root}, {"root": edge.root()})


def _replay_chunk(
    source: Snapshot, transaction: WriteTransaction, rows: Sequence[EntryRow]
) -> Iterator[Difference]:
    events = [_parse(row) for row in rows]
    workspace = Workspace(_reader(source, transaction, rows[0].index))
    workspace.fetch({key for event in events for key in reads(event)})
    derived = Derived()
    for row, event in zip(rows, events, strict=True):
        logged_at_ms = Entry.decode(row.body).logged_at_ms
        try:
            states = workspace.view(reads(event))
            changed = apply(states, event, index=row.index, logged_at_ms=logged_at_ms)
        except (LedgerError, UnfetchedStateError) as error:
            raise ReplayError(row.index, str(error)) from error
        workspace.put({**changed, event_fact(event.id): logged_event(event, row.index)})
        seen = applied(states, event, changed, index=row.index, logged_at_ms=logged_at_ms)
        held = new_holdings(states, changed, row.index)
        derived.add(event, row.index, changed, remarks(seen), holdings=held)
        yield from _column_differences(row, event, logged_at_ms)
    derived.write(transaction)


def _reader(
    source: Snapshot, transaction: WriteTransaction, start: int
) -> Callable[[Collection[Key]], Mapping[Key, State]]:
    """Return a reader that has events before `start` from the log, and states from the replay."""

    def read(keys: Collection[Key]) -> Mapping[Key, State]:
        events = {key for key in keys if isinstance(key, Fact) and key.kind is FactKind.EVENT}
        before = {
            key: state
            for key, state in source.states(events).items()
            if isinstance(state, LoggedEvent) and state.index < start
        }
        return before | transaction.states(set(keys) - events)

    return read


def _parse(row: EntryRow) -> Event:
    return _parse_body(row.index, row.body)


def _parse_body(index: int, body: bytes) -> Event:
    try:
        return envelope.parse(jws.parse(Entry.decode(body).jws))
    except (CryptoError, LedgerError) as error:
        raise ReplayError(index, str(error)) from error


def _column_differences(row: EntryRow, event: Event, logged_at_ms: int) -> Iterator[Difference]:
    stored = {"event_id": row.event_id, "issuer": row.issuer, "jti": row.jti, "logged_at": row.logged_at}
    said = {"event_id": event.id, "issuer": str(event.iss), "jti": event.jti, "logged_at": logged_at_ms}
    if stored != said:
        yield _difference("entry", str(row.index), stored, said)


def _differences(table: Table, stored: Iterator[Row], replayed: Iterator[Row]) -> Iterator[Difference]:
    """Walk two tables in the order of their primary key, side by side."""
    names = [column.name for column in table.primary_key]

    def place(numbered: tuple[int, Row]) -> tuple[tuple[Any, ...], int]:
        return tuple(numbered[1][name] for name in names), numbered[0]

    both = merge(((0, row) for row in stored), ((1, row) for row in replayed), key=place)
    for key, group in groupby(both, key=lambda numbered: place(numbered)[0]):
        rows = dict(group)
        name = " ".join(str(part) for part in key)
        if len(rows) == 1:
            yield Difference(table.name, name, rows.get(0), rows.get(1))
        elif rows[0] != rows[1]:
            yield _difference(table.name, name, rows[0], rows[1])


def _difference(table: str, row: str, stored: Row, replayed: Row) -> Difference:
    differing = [name for name in stored if stored[name] != replayed[name]]
    return Difference(
        table, row, {name: stored[name] for name in differing}, {name: replayed[name] for name in differing}
    )


def _replace(transaction: WriteTransaction, scratch: Store) -> None:
    with scratch.snapshot() as replayed:
        for table in DERIVED:
            transaction.clear(table)
            rows = enumerate(replayed.rows(table))
            for _, chunk in groupby(rows, key=lambda numbered: numbered[0] // CHUNK):
                transaction.add_rows(table, [row for _, row in chunk])
