"""The schema's version: made and upgraded by alembic, read without it.

The common case, a database that is up to date, costs one SELECT and does not import alembic.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from ledger.store.errors import SchemaError

REVISION: Final = "0006"
"""The revision of `migrations/` that `ledger.store.tables` describes."""

_KNOWN: Final = frozenset({"0001", "0002", "0003", "0004", "0005", REVISION})
_MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"
# Two processes that start on one PostgreSQL database upgrade it one after the other.
_UPGRADE_LOCK: Final = text("SELECT pg_advisory_xact_lock(7021986)")


def revision_of(engine: Engine) -> str | None:
    """Return the schema's revision, None for a database without one."""
    with engine.connect() as connection:
        return _revision(connection)


def check(engine: Engine) -> None:
    """Check that the database has this software's schema.

    Raises:
        SchemaError: it has none, an older or a newer one.
    """
    found = revision_of(engine)
    if found != REVISION:
        raise SchemaError(f"the database has schema {found or 'none'}, this software needs {REVISION}")


def upgrade(engine: Engine) -> None:
    """Create the schema or bring it up to date.

    Raises:
        SchemaError: the database is newer than this software, or holds tables that are none of ours.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(_UPGRADE_LOCK)
        found = _revision(connection)
        if found == REVISION:
            return
        if found is None and inspect(connection).get_table_names():
            raise SchemaError("the database holds tables that are not this ledger's")
        if found is not None and found not in _KNOWN:
            raise SchemaError(f"the database has schema {found}, newer than this software's {REVISION}")
        _run_alembic(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _run_alembic(connection: Connection) -> None:
    # Imported here: it takes longer than all else at the start, and most starts have nothing to upgrade.
    from alembic import command  # noqa: PLC0415  see above
    from alembic.config import Config  # noqa: PLC0415  see above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
