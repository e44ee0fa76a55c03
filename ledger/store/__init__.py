"""The store: the only SQL of the ledger. SQLite and PostgreSQL, one consistent read, one write transaction.

store = Store("sqlite:///var/packtrace.db")
with store.snapshot() as snapshot:
item = snapshot.states([item_id])
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Engine, Table

from ledger.store import schema
from ledger.store.beside import Beside, Document, Reading, Session, Share
from ledger.store.engine import WRITES, database_errors, open_engine, sqlite_path
from ledger.store.errors import (
    CommitError,
    CorruptRowError,
    LostHeadError,
    SchemaError,
    StoreError,
    WriterLockedError,
)
from ledger.store.item_reads import ItemFilter
from ledger.store.lock import WriterLock
from ledger.store.snapshot import Head, Snapshot
from ledger.store.tables import (
    DERIVED,
    DisclosureRow,
    EntryRow,
    HistoryRow,
    Row,
    StatedDocument,
    VinRow,
)
from ledger.store.write import LockedHead, WriteTransaction, writing

__all__ = [
    "DERIVED",
    "Beside",
    "CommitError",
    "CorruptRowError",
    "DisclosureRow",
    "Document",
    "EntryRow",
    "Head",
    "HistoryRow",
    "ItemFilter",
    "LockedHead",
    "LostHeadError",
    "Reading",
    "Row",
    "SchemaError",
    "Session",
    "Share",
    "Snapshot",
    "StatedDocument",
    "Store",
    "StoreError",
    "Table",
    "VinRow",
    "WriteTransaction",
    "WriterLockedError",
]


class Store:
    """A ledger's database. Threads may share it; a process forked off opens its own.

    Args:
        url: `sqlite:///<path>` or `postgresql://…`.
        migrate: create or upgrade the schema where needed; else it must be this software's already.

    Raises:
        StoreError: the database cannot be opened.
        SchemaError: its schema is newer than this software, or none of ours.
        WriterLockedError: the schema needs work, and another process writes to this SQLite database.
    """

    def __init__(self, url: str, *, migrate: bool = True) -> None:
        with database_errors():
            self._engine: Final = open_engine(url)
            self._lock: Final = self._lock_of(self._engine)
            try:
                self._prepare(migrate=migrate)
            except BaseException:
                self.close()
                raise

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Yield one consistent read, which never waits for a writer."""
        options: dict[str, Any] = {}
        if self._lock is None:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with (
            database_errors(),
            self._engine.connect().execution_options(**options) as connection,
            connection.begin(),
        ):
            yield Snapshot(connection)

    @contextmanager
    def write(self) -> Iterator[WriteTransaction]:
        """Yield the one write transaction there is at a time: it waits for the head row.

        What is not committed by the transaction's own `commit` is rolled back.

        Raises:
            WriterLockedError: another process writes to this SQLite database.
            StoreError: the database failed before COMMIT was sent; nothing is kept.
            CommitError: it failed then; what was written may be kept.
        """
        self.claim()
        with (
            database_errors(),
            self._engine.connect().execution_options(**{WRITES: True}) as connection,
            writing(connection) as transaction,
        ):
            yield transaction

    @contextmanager
    def beside(self, *, write: bool = True) -> Iterator[Beside]:
        """Yield one short transaction beside the ledger, committed at its end; any process may have one.

        Args:
            write: whether it writes; on SQLite it then waits for the batch that is being written.

        Raises:
            StoreError: the database failed; nothing is kept, or whether it is kept is not known.
        """
        with (
            database_errors(),
            self._engine.connect().execution_options(**{WRITES: write}) as connection,
            connection.begin(),
        ):
            yield Beside(connection)

    def claim(self) -> None:
        """Become the one process that writes to an SQLite database; on PostgreSQL any may.

        Raises:
            WriterLockedError: another process is that.
        """
        if self._lock is not None:
            self._lock.take()

    def close(self) -> None:
        """Close every connection and give up the right to write."""
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()

    def _prepare(self, *, migrate: bool) -> None:
        if not migrate or schema.revision_of(self._engine) == schema.REVISION:
            schema.check(self._engine)
            return
        self.claim()
        schema.upgrade(self._engine)

    @staticmethod
    def _lock_of(engine: Engine) -> WriterLock | None:
        if engine.dialect.name != "sqlite":
            return None
        path = sqlite_path(engine.url)
        return WriterLock(path.with_name(path.name + ".lock"))
