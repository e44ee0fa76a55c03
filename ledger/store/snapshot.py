"""Reads of one moment: every method of a snapshot sees the same state of the log."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, case, func, or_, select

from crypto import jws
from crypto.errors import CryptoError
from ledger.entry import Entry
from ledger.errors import LedgerError
from ledger.events import envelope
from ledger.identifiers import ItemId
from ledger.index import history_line
from ledger.lifecycle import follow
from ledger.state import (
    Alias,
    Fact,
    FactKind,
    Key,
    LoggedEvent,
    RegisteredKey,
    State,
    event_fact,
    key_fact,
)
from ledger.store.bulk import among
from ledger.store.counts import CountReads
from ledger.store.doubt_reads import DoubtReads
from ledger.store.errors import CorruptRowError
from ledger.store.firm_reads import FirmReads
from ledger.store.item_reads import ItemReads
from ledger.store.searching import SearchReads
from ledger.store.states import state_of
from ledger.store.tables import (
    DISCLOSURE,
    ENTRY,
    FACT,
    HEAD,
    HISTORY,
    ITEM,
    ORGANISATION,
    STATED_DOCUMENT,
    TILE,
    EntryRow,
    HistoryRow,
)
from ledger.tiles import TileKey
from ledger.workspace import logged_event

MAX_ROUNDS: Final = 16
_STREAM: Final = {"yield_per": 1000}


@dataclass(frozen=True, slots=True)
class Head:
    """What is committed: size and root of the tree, and the generation of writers that may go on from it."""

    size: int
    root: bytes
    epoch: int


class Snapshot(ItemReads, FirmReads, SearchReads, CountReads, DoubtReads):
    """One consistent read of the database. Made by `Store.snapshot`."""

    def head(self) -> Head:
        """Return the head row."""
        row = self._connection.execute(select(HEAD.c.size, HEAD.c.root, HEAD.c.epoch)).one()
        return Head(row.size, bytes(row.root), row.epoch)

    def states(self, keys: Collection[Key]) -> dict[Key, State]:
        """Return the states under these keys, where there are any, and those that `follow` makes necessary.

        A round of reading costs one statement for each kind of key, however many keys.
        """
        found: dict[Key, State] = {}
        asked, wanted = set[Key](), set(keys)
        for _ in range(MAX_ROUNDS):
            if not wanted:
                break
            asked |= wanted
            more = self._read_states(wanted)
            found |= more
            wanted = {key for state in more.values() for key in follow(state)} - asked
        return found

    def entries(self, start: int, stop: int) -> list[bytes]:
        """Return the entry bytes of the indexes from `start` up to, and without, `stop`."""
        place = and_(ENTRY.c.index >= start, ENTRY.c.index < stop)
        rows = self._connection.execute(select(ENTRY.c.body).where(place).order_by(ENTRY.c.index))
        return [bytes(body) for body in rows.scalars()]

    def entry_rows(self, start: int, stop: int) -> list[EntryRow]:
        """Return whole entry rows of a range of indexes."""
        place = and_(ENTRY.c.index >= start, ENTRY.c.index < stop)
        return self._entry_rows(place)

    def find_entry(self, event_id: str) -> tuple[int, bytes] | None:
        """Return the index and the bytes of an event's entry, None where it is not logged."""
        rows = self._entry_rows(ENTRY.c.event_id == event_id)
        return (rows[0].index, rows[0].body) if rows else None

    def known_entries(self, event_ids: Collection[str], jtis: Collection[str]) -> list[EntryRow]:
        """Return every entry that has one of these event ids or one of these `jti`."""
        by_id = among(self._connection, ENTRY.c.event_id, event_ids)
        by_jti = among(self._connection, ENTRY.c.jti, jtis)
        return self._entry_rows(or_(by_id, by_jti))

    def history(self, item: ItemId, *, after: int = 0, limit: int | None = None) -> list[HistoryRow]:
        """Return an item's history in log order, from the event after the `after`th on."""
        place = and_(HISTORY.c.item == str(item), HISTORY.c.seq > after)
        rows = self._connection.execute(select(HISTORY).where(place).order_by(HISTORY.c.seq).limit(limit))
        return [HistoryRow(*row) for row in rows]

    def entries_at(self, indexes: Collection[int]) -> dict[int, bytes]:
        """Return the entry bytes at these indexes, where there are any."""
        rows = self._connection.execute(
            select(ENTRY.c.index, ENTRY.c.body).where(among(self._connection, ENTRY.c.index, indexes))
        )
        return {index: bytes(body) for index, body in rows}

    def issued(self, org: ItemId, *, first: int, last: int, limit: int) -> list[int]:
        """Return up to `limit` indexes from `first` to `last` at which an organisation issued an event."""
        place = and_(ENTRY.c.index >= first, ENTRY.c.index <= last, ENTRY.c.issuer == str(org))
        rows = select(ENTRY.c.index).where(place).order_by(ENTRY.c.index).limit(limit)
        return list(self._connection.execute(rows).scalars())

    def event_ids(self, indexes: Collection[int]) -> dict[int, str]:
        """Return the ids of the events at these indexes, where there are any."""
        rows = self._connection.execute(
            select(ENTRY.c.index, ENTRY.c.event_id).where(among(self._connection, ENTRY.c.index, indexes))
        )
        return {index: str(event_id) for index, event_id in rows}

    def tiles(self, keys: Sequence[TileKey]) -> list[bytes]:
        """Return the bytes of tiles, as wide as they are stored: a `ReadTiles`.

        Raises:
            LookupError: a tile is not stored.
        """
        if not keys:
            return []
        levels: dict[int, list[int]] = {}
        for key in keys:
            levels.setdefault(key.level, []).append(key.n)
        places = [
            and_(TILE.c.level == level, among(self._connection, TILE.c.n, numbers))
            for level, numbers in levels.items()
        ]
        rows = self._connection.execute(select(TILE).where(or_(*places)))
        found = {(level, n): bytes(data) for level, n, data in rows}
        missing = [key for key in keys if (key.level, key.n) not in found]
        if missing:
            raise LookupError(f"tile {missing[0]} is not stored")
        return [found[key.level, key.n] for key in keys]

    def disclosures(self, event_id: str) -> list[str]:
        """Return the disclosures of an event's restricted claims that are still kept."""
        rows = self._connection.execute(
            select(DISCLOSURE.c.text).where(DISCLOSURE.c.event_id == event_id).order_by(DISCLOSURE.c.digest)
        )
        return list(rows.scalars())

    def kept_digests(self, event_ids: Collection[str]) -> set[tuple[str, str]]:
        """Return event id and digest of the disclosures of some events that are still kept."""
        rows = self._connection.execute(
            select(DISCLOSURE.c.event_id, DISCLOSURE.c.digest).where(
                among(self._connection, DISCLOSURE.c.event_id, event_ids)
            )
        )
        return {(event_id, digest) for event_id, digest in rows}

    def is_stated_document(self, sha256: str, issuers: Collection[str]) -> bool:
        """Say whether a public claim of one of these issuers names a document by this hash."""
        stated = select(STATED_DOCUMENT.c.index).join(ENTRY, ENTRY.c.index == STATED_DOCUMENT.c.index)
        by_one = and_(STATED_DOCUMENT.c.sha256 == sha256, among(self._connection, ENTRY.c.issuer, issuers))
        return self._connection.execute(stated.where(by_one).limit(1)).first() is not None

    def disclosed_documents(
        self, sha256: str, issuers: Collection[str], *, limit: int
    ) -> list[tuple[str, str]]:
        """Return event id and digest of disclosures of these issuers that name a document by this hash."""
        rows = self._connection.execute(
            select(DISCLOSURE.c.event_id, DISCLOSURE.c.digest)
            .join(ENTRY, ENTRY.c.event_id == DISCLOSURE.c.event_id)
            .where(and_(DISCLOSURE.c.document == sha256, among(self._connection, ENTRY.c.issuer, issuers)))
            .order_by(ENTRY.c.index, DISCLOSURE.c.digest)
            .limit(limit)
        )
        return [(event_id, digest) for event_id, digest in rows]

    def key(self, kid: str) -> RegisteredKey | None:
        """Return a registered key by its thumbprint, None where nobody has it."""
        fact = key_fact(kid)
        found = self.states([fact]).get(fact)
        return found if isinstance(found, RegisteredKey) else None

    def history_lines(self, size: int, items: Collection[str] | None = None) -> Iterator[tuple[str, bytes]]:
        """Yield ids with their lines in the index after the first `size` entries, in no order.

        With `items` only of these; what had no history then has no line.
        """
        tip = func.max(case((HISTORY.c.touches, HISTORY.c.index)))
        place = HISTORY.c.index < size
        if items is not None:
            place = and_(place, among(self._connection, HISTORY.c.item, items))
        grouped = (
            select(
                HISTORY.c.item,
                func.count().label("count"),
                func.max(HISTORY.c.index).label("latest"),
                tip.label("tip"),
            )
            .where(place)
            .group_by(HISTORY.c.item)
            .subquery()
        )
        told = select(grouped.c.item, grouped.c.count, grouped.c.latest, ENTRY.c.event_id).join(
            ENTRY, ENTRY.c.index == grouped.c.tip
        )
        for item, count, latest, event in self._connection.execute(told, execution_options=_STREAM):
            yield item, history_line(item, count, latest, event)

    def aliases(self) -> list[tuple[Alias, int]]:
        """Return every alias as it stands, with the index of the event that bound it last."""
        texts = select(FACT.c.state).where(FACT.c.kind == FactKind.ALIAS.value)
        states = [
            state_of(Fact(FactKind.ALIAS, ""), text) for text in self._connection.execute(texts).scalars()
        ]
        found = [one for one in states if isinstance(one, Alias)]
        events = among(self._connection, ENTRY.c.event_id, {one.event for one in found})
        rows = self._connection.execute(select(ENTRY.c.event_id, ENTRY.c.index).where(events))
        places = {str(event): int(index) for event, index in rows}
        return [(one, places[one.event]) for one in found]

    def rows(self, table: Table) -> Iterator[Mapping[str, Any]]:
        """Yield all rows of a table in the order of its primary key, a few at a time."""
        ordered = select(table).order_by(*table.primary_key)
        for row in self._connection.execute(ordered, execution_options={"yield_per": 1000}):
            yield row._asdict()

    def _entry_rows(self, place: ColumnElement[bool]) -> list[EntryRow]:
        rows = self._connection.execute(select(ENTRY).where(place).order_by(ENTRY.c.index))
        return [EntryRow(*row) for row in rows]

    def _read_states(self, keys: Collection[Key]) -> dict[Key, State]:
        events = {key.name: key for key in keys if isinstance(key, Fact) and key.kind is FactKind.EVENT}
        tables: dict[Table, dict[str, Key]] = {ITEM: {}, ORGANISATION: {}, FACT: {}}
        for key in keys:
            if not isinstance(key, Fact):
                tables[ORGANISATION if key.is_org else ITEM][str(key)] = key
            elif key.kind is not FactKind.EVENT:
                tables[FACT][str(key)] = key
        found: dict[Key, State] = {}
        for table, wanted in tables.items():
            if wanted:
                place = among(self._connection, table.c.id, wanted)
                rows = self._connection.execute(select(table.c.id, table.c.state).where(place))
                found |= {wanted[row.id]: state_of(wanted[row.id], row.state) for row in rows}
        if events:
            rows_of = self._entry_rows(among(self._connection, ENTRY.c.event_id, events))
            found |= {event_fact(row.event_id): _logged_event(row.index, row.body) for row in rows_of}
        return found


def _logged_event(index: int, body: bytes) -> LoggedEvent:
    try:
        return logged_event(envelope.parse(jws.parse(Entry.decode(body).jws)), index)
    except (LedgerError, CryptoError) as error:
        raise CorruptRowError(f"entry {index}", str(error)) from error
