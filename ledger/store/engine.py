"""Connections to SQLite and PostgreSQL, set so that what was acknowledged survives a power cut."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ledger.store.errors import StoreError

WRITES: Final = "packtrace_writes"
_SQLITE: Final = "sqlite"
_POSTGRESQL: Final = "postgresql"
_PRAGMAS: Final = (
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA temp_store=MEMORY",
)
# A database that acknowledges before it has flushed must not do so for us; a stricter setting stays.
_FLUSH: Final = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
_LOCK_TIMEOUT: Final = "SET lock_timeout = '30s'"
# An error names the statement and not its values: a log must not reveal what an event conceals.
_OPTIONS: Final[dict[str, Any]] = {"pool_size": 8, "max_overflow": 24, "hide_parameters": True}


def open_engine(url: str) -> Engine:
    """Return the engine of a database URL.

    Raises:
        StoreError: not the URL of an SQLite file or of a PostgreSQL database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("not a database URL") from error
    backend = parsed.get_backend_name()
    if backend == _SQLITE:
        return _open_sqlite(parsed)
    if backend == _POSTGRESQL:
        return _open_postgresql(parsed)
    raise StoreError(f"{backend} is neither sqlite nor postgresql")


def sqlite_path(url: URL) -> Path:
    """Return the file of an SQLite URL; a database in memory has none and is refused."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise StoreError("SQLite needs a file: sqlite:///<path>")
    return Path(url.database)


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn errors of the database into StoreError, so that no caller needs to know the driver."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(_first_line(error)) from error


def _first_line(error: SQLAlchemyError) -> str:
    # PostgreSQL tells in the lines below what a row held, which may be what an event conceals.
    return str(error.__cause__ or error).partition("\n")[0]


def _open_sqlite(url: URL) -> Engine:
    sqlite_path(url).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url.set(drivername="sqlite+pysqlite"), **_OPTIONS)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own type
        # The driver must not begin transactions by itself: `begin` below says which kind.
        connection.isolation_level = None
        if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
            raise StoreError("SQLite cannot use a write-ahead log here")
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _open_postgresql(url: URL) -> Engine:
    engine = create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **_OPTIONS)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:  # noqa: ANN401  the driver's own type
        connection.execute(_FLUSH)
        connection.execute(_LOCK_TIMEOUT)
        connection.commit()

    return engine
