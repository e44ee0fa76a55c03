"""The store alone: its schema, its settings and its locks, on both databases."""

import multiprocessing
import os
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from ledger.merkle import EMPTY_ROOT
from ledger.state import Item, Key, State
from ledger.store import (
    CommitError,
    EntryRow,
    Head,
    ItemFilter,
    LostHeadError,
    SchemaError,
    Store,
    StoreError,
    WriterLockedError,
)
from ledger.store.schema import REVISION
from ledger.store.tables import METADATA
from ledger.tiles import Tile, TileKey
from ledger.vocabulary import Kind, Phase
from tests.postgres import fresh_database
from tests.scenario import FLEET, MAKER, pack

REPOSITORY = Path(__file__).parents[2]


def execute(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def item(number: int, phase: Phase = Phase.STOCK) -> Item:
    return Item(
        id=pack(number),
        kind=Kind.PACK,
        phase=phase,
        custodian=MAKER.id,
        owner=FLEET.id,
        operator=MAKER.id,
        maker=MAKER.id,
        mass_g=number,
    )


def put(store: Store, *items: Item) -> None:
    states: dict[Key, State] = {one.id: one for one in items}
    with store.write() as transaction:
        transaction.put_states(states)
        transaction.commit()


def add(store: Store, *rows: EntryRow) -> None:
    with store.write() as transaction:
        for row in rows:
            transaction.add_entries([row])


def test_a_new_database_holds_an_empty_log(database_url: str) -> None:
    store = Store(database_url)
    with store.snapshot() as snapshot:
        assert snapshot.head() == Head(0, EMPTY_ROOT, 1)
        assert snapshot.entries(0, 10) == []
        assert snapshot.find_entry("A" * 43) is None
    store.close()


def test_the_migrations_make_the_tables_that_the_code_describes(database_url: str) -> None:
    store = Store(database_url)
    with store._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    store.close()


def test_the_last_migration_is_the_revision_the_code_needs() -> None:
    assert ScriptDirectory(REPOSITORY / "migrations").get_heads() == [REVISION]


def test_a_database_is_opened_again_without_migrating(database_url: str) -> None:
    Store(database_url).close()
    Store(database_url, migrate=False).close()
    Store(database_url).close()


def test_a_database_without_a_schema_is_not_opened_for_reading_only(database_url: str) -> None:
    with pytest.raises(SchemaError, match="none"):
        Store(database_url, migrate=False)


def test_a_newer_schema_is_refused(database_url: str) -> None:
    Store(database_url).close()
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    for migrate in (True, False):
        with pytest.raises(SchemaError, match="9999"):
            Store(database_url, migrate=migrate)


def test_a_database_of_somebody_else_is_refused(database_url: str) -> None:
    execute(database_url, "CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(SchemaError, match="not this ledger"):
        Store(database_url)


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "sqlite:///file:x"]
)
def test_a_url_of_no_kept_database_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        Store(url)


def test_a_database_that_does_not_answer_is_an_error_of_the_store() -> None:
    with pytest.raises(StoreError):
        Store("postgresql://nobody@127.0.0.1:1/none")


def test_sqlite_flushes_every_commit(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'folder' / 'ledger.db'}")
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    store.close()


@pytest.mark.parametrize(
    ("setting", "expected"), [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")]
)
def test_postgresql_flushes_every_commit_even_where_its_default_does_not(
    postgres_url: str, setting: str, expected: str
) -> None:
    with fresh_database(postgres_url) as url:
        store = Store(f"{url}&options=-c%20synchronous_commit%3D{setting}")
        with store._engine.connect() as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == expected
        store.close()


def test_what_is_not_committed_is_not_kept(database_url: str) -> None:
    store = Store(database_url)
    with store.write() as transaction:
        transaction.add_entries([EntryRow(0, "e", "i", "j", 5, b"body")])
        assert transaction.entries(0, 1) == [b"body"]
    with store.snapshot() as snapshot:
        assert snapshot.entries(0, 1) == []
    store.close()


def test_the_head_moves_only_from_where_the_transaction_began(database_url: str) -> None:
    store = Store(database_url)
    with store.write() as transaction:
        transaction.advance(1, bytes(32))
        with pytest.raises(LostHeadError):
            transaction.advance(2, bytes(32))
    store.close()


def test_the_head_tells_when_the_last_entry_was_logged(database_url: str) -> None:
    store = Store(database_url)
    with store.write() as transaction:
        assert transaction.locked_head.last_logged_at_ms == 0
        transaction.add_entries([EntryRow(0, "e", "i", "j", 77, b"body")])
        transaction.advance(1, bytes(32))
        transaction.commit()
    with store.write() as transaction:
        assert transaction.locked_head.last_logged_at_ms == 77
        assert (transaction.locked_head.database_now_ms is None) == database_url.startswith("sqlite")
    store.close()


def test_an_index_an_id_and_an_issuers_jti_exist_once(database_url: str) -> None:
    store = Store(database_url)
    first = EntryRow(0, "e", "i", "j", 5, b"body")
    for twin in (
        EntryRow(0, "e2", "i", "j2", 5, b"body"),
        EntryRow(1, "e", "i", "j2", 5, b"body"),
        EntryRow(1, "e2", "i", "j", 5, b"body"),
    ):
        with pytest.raises(StoreError):
            add(store, first, twin)
    add(store, first, EntryRow(1, "e2", "i2", "j", 5, b"body"))
    store.close()


def commit_without_a_connection(store: Store) -> None:
    with store.write() as transaction:
        transaction.add_entries([EntryRow(0, "e", "i", "j", 5, b"body")])
        connection = transaction._connection.connection.driver_connection
        assert connection is not None
        connection.close()
        transaction.commit()


def test_a_commit_that_fails_says_that_its_outcome_is_unknown(database_url: str) -> None:
    store = Store(database_url)
    with pytest.raises(CommitError):
        commit_without_a_connection(store)
    with store.snapshot() as snapshot:
        assert snapshot.entries(0, 1) == []
    store.close()


def test_items_are_listed_by_id_page_by_page(database_url: str) -> None:
    store = Store(database_url)
    put(store, *(item(number) for number in range(1, 8)), item(8, Phase.RETIRED))
    with store.snapshot() as snapshot:
        first = snapshot.items(ItemFilter(phase=Phase.STOCK), limit=5)
        rest = snapshot.items(ItemFilter(phase=Phase.STOCK), after=str(first[-1].id), limit=5)
        assert [one.mass_g for one in (*first, *rest)] == [1, 2, 3, 4, 5, 6, 7]
        assert snapshot.items(ItemFilter(kind=Kind.MODULE)) == []
        assert len(snapshot.items(ItemFilter(custodian=str(MAKER.id), owner=str(FLEET.id)))) == 8
        prefix = str(pack(3))[:-1]
        assert len(snapshot.items(ItemFilter(prefix=prefix))) == 8
        assert snapshot.items(ItemFilter(prefix="gbt34014:ZZY")) == []
        assert snapshot.count_items() == {(Kind.PACK, Phase.STOCK): 7, (Kind.PACK, Phase.RETIRED): 1}
    store.close()


def test_a_state_takes_the_place_of_the_one_before(database_url: str) -> None:
    store = Store(database_url)
    put(store, item(1))
    put(store, item(1, Phase.ENDED), item(2))
    with store.snapshot() as snapshot:
        assert snapshot.states([pack(1), pack(2), pack(3)]) == {
            pack(1): item(1, Phase.ENDED),
            pack(2): item(2),
        }
    store.close()


def test_thousands_of_keys_are_read_at_once(database_url: str) -> None:
    store = Store(database_url)
    many = [item(number) for number in range(1, 2_001)]
    put(store, *many)
    keys = [pack(number) for number in range(1, 40_001)]
    with store.snapshot() as snapshot:
        assert len(snapshot.states(keys)) == 2_000
    store.close()


def test_tiles_are_given_in_the_order_asked(database_url: str) -> None:
    store = Store(database_url)
    with store.write() as transaction:
        transaction.put_tiles([Tile(0, 0, b"a"), Tile(0, 1, b"b"), Tile(1, 0, b"c")])
        transaction.put_tiles([Tile(0, 1, b"bb")])
        transaction.commit()
    with store.snapshot() as snapshot:
        keys = [TileKey(1, 0), TileKey(0, 1), TileKey(0, 0), TileKey(0, 1)]
        assert snapshot.tiles(keys) == [b"c", b"bb", b"a", b"bb"]
        assert snapshot.tiles([]) == []
        with pytest.raises(LookupError):
            snapshot.tiles([TileKey(0, 2)])
    store.close()


def test_a_process_that_was_forked_does_not_inherit_the_right_to_write(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}")
    store.claim()
    child = os.fork()
    if child == 0:
        try:
            store.claim()
        except WriterLockedError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    store.close()


def test_the_right_to_write_ends_with_the_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    first, second = Store(url), Store(url)
    first.claim()
    first.claim()
    with pytest.raises(WriterLockedError):
        second.claim()
    first.close()
    second.claim()
    second.close()


def test_two_processes_that_open_a_new_database_at_once_both_find_its_schema(postgres_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    with fresh_database(postgres_url) as url, context.Pool(2) as pool:
        assert pool.map(_size, [url] * 4) == [0] * 4


def _size(url: str) -> int:
    store = Store(url)
    with store.snapshot() as snapshot:
        size = snapshot.head().size
    store.close()
    return size
