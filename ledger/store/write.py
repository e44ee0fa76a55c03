"""The write transaction: everything a batch keeps, until the head row moves.

Nothing written here counts before `advance` has moved the head and `commit` has returned.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Table, and_, delete, func, literal, select, update
from sqlalchemy.exc import SQLAlchemyError

from ledger.holdings import Holding
from ledger.state import Key, State
from ledger.store.bulk import POSTGRESQL, among, insert, row_of
from ledger.store.errors import CommitError, LostHeadError
from ledger.store.snapshot import Head, Snapshot
from ledger.store.tables import (
    DISCLOSURE,
    DOOR_FINDING,
    ENTRY,
    FINDING,
    HEAD,
    HISTORY,
    HOLDING,
    STATED_DOCUMENT,
    TIE,
    TILE,
    VIN,
    DisclosureRow,
    EntryRow,
    HistoryRow,
    Row,
    StatedDocument,
    VinRow,
    state_rows,
    tie_row,
)
from ledger.ties import Strand
from ledger.tiles import Tile


@dataclass(frozen=True, slots=True)
class LockedHead(Head):
    """The head, held until the transaction ends.

    Attributes:
        last_logged_at_ms: when the last entry was logged, 0 in an empty log.
        database_now_ms: the database server's own clock; None for SQLite, which has none.
    """

    last_logged_at_ms: int
    database_now_ms: int | None


class WriteTransaction(Snapshot):
    """One transaction of a writer. Made by `Store.write`, which rolls back what was not committed."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.locked_head: Final = self._lock_head()

    def add_entries(self, rows: Sequence[EntryRow]) -> None:
        """Append entries."""
        insert(self._connection, ENTRY, [row_of(row) for row in rows])

    def add_disclosures(self, rows: Sequence[DisclosureRow]) -> None:
        """Keep the disclosures of new entries beside them."""
        insert(self._connection, DISCLOSURE, [row_of(row) for row in rows])

    def erase_disclosures(self, event_id: str, digests: Collection[str]) -> int:
        """Erase disclosures of an event for good, and return how many there were.

        The entry and its digests stay, so every proof holds; nothing tells a claim that is erased from one
        that is withheld. What is erased is overwritten where the database can do that (SQLite), and gone
        with the next vacuum elsewhere; backups are the operator's to clean.
        """
        if self._connection.dialect.name != POSTGRESQL:
            self._connection.exec_driver_sql("PRAGMA secure_delete=ON")
        # What a VIN was hashed to goes with it.
        hashed = and_(VIN.c.event_id == event_id, among(self._connection, VIN.c.digest, digests))
        self._connection.execute(delete(VIN).where(hashed))
        place = and_(DISCLOSURE.c.event_id == event_id, among(self._connection, DISCLOSURE.c.digest, digests))
        return self._connection.execute(delete(DISCLOSURE).where(place)).rowcount

    def put_vins(self, rows: Sequence[VinRow], *, corrected: Collection[str]) -> None:
        """Keep which vehicles hashed VINs belong to; what corrected events said of it is forgotten."""
        self.forget_vins(corrected)
        insert(self._connection, VIN, [row_of(row) for row in rows])

    def forget_vins(self, event_ids: Collection[str]) -> None:
        """Forget the hashed VINs that these events stated."""
        if event_ids:
            self._connection.execute(delete(VIN).where(among(self._connection, VIN.c.event_id, event_ids)))

    def put_states(self, states: Mapping[Key, State]) -> None:
        """Keep new states in the place of the ones before."""
        for table, rows in state_rows(states).items():
            insert(self._connection, table, rows, replace=True)

    def add_history(self, rows: Sequence[HistoryRow]) -> None:
        """Append to the histories of items."""
        insert(self._connection, HISTORY, [row_of(row) for row in rows])

    def add_ties(self, rows: Sequence[Strand]) -> None:
        """Keep what events turned into what."""
        insert(self._connection, TIE, [tie_row(row) for row in rows])

    def add_findings(self, rows: Sequence[Row]) -> None:
        """Append what was remarked at new entries."""
        insert(self._connection, FINDING, rows)

    def add_door_findings(self, rows: Sequence[Row]) -> None:
        """Keep findings on restricted claims beside new entries."""
        insert(self._connection, DOOR_FINDING, rows)

    def add_holdings(self, rows: Sequence[Holding]) -> None:
        """Keep who holds what from an entry on."""
        insert(self._connection, HOLDING, [row_of(row) for row in rows])

    def add_stated_documents(self, rows: Sequence[StatedDocument]) -> None:
        """Keep which entry states the hash of which document."""
        insert(self._connection, STATED_DOCUMENT, [row_of(row) for row in rows])

    def put_tiles(self, tiles: Sequence[Tile]) -> None:
        """Keep tiles in the place of narrower ones."""
        insert(self._connection, TILE, [tile._asdict() for tile in tiles], replace=True)

    def clear(self, table: Table) -> None:
        """Empty a table of derived rows."""
        self._connection.execute(delete(table))

    def add_rows(self, table: Table, rows: Sequence[Row]) -> None:
        """Fill a table of derived rows again."""
        insert(self._connection, table, rows)

    def advance(self, size: int, root: bytes) -> None:
        """Move the head from what this transaction began on.

        Raises:
            LostHeadError: the head is another one, so another writer must be at work.
        """
        old = self.locked_head
        moved = self._connection.execute(
            update(HEAD)
            .where(and_(HEAD.c.size == old.size, HEAD.c.epoch == old.epoch))
            .values(size=size, root=root)
        )
        if moved.rowcount != 1:
            raise LostHeadError(f"the head moved from size {old.size} under epoch {old.epoch}")

    def commit(self) -> None:
        """Make it lasting.

        Raises:
            CommitError: COMMIT was sent, and whether it took effect is not known.
        """
        try:
            self._connection.commit()
        except SQLAlchemyError as error:
            # A connection that failed there is not used again, and what it holds is not rolled back by us.
            self._connection.invalidate()
            raise CommitError(str(error.__cause__ or error)) from error

    def _lock_head(self) -> LockedHead:
        server = self._connection.dialect.name == POSTGRESQL
        last = select(ENTRY.c.logged_at).where(ENTRY.c.index == HEAD.c.size - 1).scalar_subquery()
        now = func.extract("epoch", func.clock_timestamp()) * 1000 if server else literal(None)
        head = self._connection.execute(
            select(HEAD.c.size, HEAD.c.root, HEAD.c.epoch).with_for_update()
        ).one()
        # Asked after the lock is held: on PostgreSQL each statement sees what was committed before it.
        clocks = self._connection.execute(
            select(last.label("last"), now.label("now")).select_from(HEAD)
        ).one()
        now_ms = None if clocks.now is None else int(clocks.now)
        return LockedHead(head.size, bytes(head.root), head.epoch, clocks.last or 0, now_ms)


@contextmanager
def writing(connection: Connection) -> Iterator[WriteTransaction]:
    """Yield a write transaction on a connection; roll back what it does not commit."""
    try:
        yield WriteTransaction(connection)
    finally:
        if not connection.invalidated and connection.in_transaction():
            connection.rollback()
