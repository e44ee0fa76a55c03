"""A database of an earlier version is brought up to date with what it holds."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from crypto.encoding import b64url_encode
from crypto.sdjwt import disclose
from ledger.store import Store

MIGRATIONS = Path(__file__).parents[2] / "migrations"
HASH = b64url_encode(b"h" * 32)


def test_disclosures_that_name_documents_are_found_by_them_after_the_upgrade(database_url: str) -> None:
    named = disclose("raw_file_sha256", HASH, b"s" * 16)
    other = disclose("instrument", HASH, b"t" * 16)
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for one in (named, other):
            row = {"event": "E" * 43, "digest": one.digest, "text": one.text}
            connection.execute(text("INSERT INTO disclosure VALUES (:event, :digest, :text)"), row)
    engine.dispose()
    store = Store(database_url)
    with store.snapshot() as snapshot:
        assert len(snapshot.disclosures("E" * 43)) == 2
    with store._engine.connect() as connection:
        rows = connection.execute(text("SELECT digest, document FROM disclosure WHERE document IS NOT NULL"))
        assert rows.all() == [(named.digest, HASH)]
    store.close()
