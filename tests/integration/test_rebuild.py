"""The derived tables against a replay of the entries, on both databases."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from ledger.passport import disclosures, view_event
from ledger.rebuild import Difference, ReplayError, rebuild
from ledger.store import DERIVED, CorruptRowError, Row
from ledger.store.tables import DISCLOSURE
from tests.ledgers import Ledger, opened
from tests.lives import turns, whole_life
from tests.scenario import Story, module, pack


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    story = opened(ledger)
    for number in (1, 2):
        ledger.log([*whole_life(story, number), *turns(story, number)])
    many = Story("many")
    ledger.log([many.module_manufactured(module(1000 + number)) for number in range(300)])
    return ledger


def change(ledger: Ledger, *statements: str) -> None:
    engine = create_engine(ledger.store._engine.url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def contents(ledger: Ledger) -> dict[str, list[Row]]:
    with ledger.store.snapshot() as snapshot:
        return {table.name: list(snapshot.rows(table)) for table in DERIVED}


def test_what_the_writer_derived_equals_a_replay(filled: Ledger) -> None:
    assert all(contents(filled).values())
    assert rebuild(filled.store, check=True) == []


def test_a_replay_tells_how_far_it_is(filled: Ledger) -> None:
    told = list[tuple[int, int]]()
    rebuild(filled.store, check=True, progress=lambda done, whole: told.append((done, whole)))
    assert told == [(filled.size, filled.size)]


CHANGES = {
    "UPDATE item SET mass_g = 7 WHERE kind = 'vehicle'": [("item", "mass_g")] * 2,
    "UPDATE item SET state = '{}' WHERE kind = 'product'": [("item", "state")] * 2,
    "UPDATE organisation SET count = count + 1": [("organisation", "count")] * 8,
    "UPDATE history SET touches = NOT touches WHERE seq = 3 AND item LIKE 'veh%'": [("history", "touches")]
    * 2,
}


def differing(found: list[Difference]) -> list[tuple[str, str]]:
    return [(one.table, name) for one in found for name in one.replayed or {}]


@pytest.mark.parametrize("statement", CHANGES)
def test_a_changed_column_is_named_with_its_table_and_row(filled: Ledger, statement: str) -> None:
    before = contents(filled)
    change(filled, statement)
    found = rebuild(filled.store, check=True)
    assert differing(found) == CHANGES[statement]
    assert rebuild(filled.store) == found
    assert contents(filled) == before


@pytest.mark.parametrize("table", ["item", "organisation", "fact", "history", "tile"])
def test_missing_rows_are_named_and_put_back(filled: Ledger, table: str) -> None:
    before = contents(filled)
    change(filled, f"DELETE FROM {table}")  # noqa: S608  a name of the list above
    found = rebuild(filled.store)
    assert len(found) == len(before[table])
    assert all(one.stored is None and one.table == table for one in found)
    assert contents(filled) == before


def test_a_row_that_no_entry_explains_is_named_and_removed(filled: Ledger) -> None:
    before = contents(filled)
    change(filled, "INSERT INTO fact (id, kind, org, state) VALUES ('key/x', 'key', NULL, '{}')")
    [found] = rebuild(filled.store)
    assert (found.table, found.row, found.replayed) == ("fact", "key/x", None)
    assert contents(filled) == before


@pytest.mark.parametrize(
    "edit",
    [
        "text = substr(text, 1, 40)",
        "text = (SELECT max(text) FROM disclosure)",
        "event_id = (SELECT max(event_id) FROM entry WHERE issuer LIKE 'org%')",
    ],
)
def test_a_disclosure_that_is_none_of_its_events_is_named_and_not_told(filled: Ledger, edit: str) -> None:
    before = min(_disclosures(filled), key=lambda row: str(row["digest"]))
    place = f" WHERE digest = '{before['digest']}'"
    change(filled, f"UPDATE disclosure SET {edit}{place}")  # noqa: S608  the test's own text
    [found] = rebuild(filled.store, check=True)
    [row] = [row for row in _disclosures(filled) if row["digest"] == before["digest"]]
    assert (found.table, found.row) == ("disclosure", f"{row['event_id']} {row['digest']}")
    assert str(row["text"]) not in str(found)
    with filled.store.snapshot() as snapshot, pytest.raises(CorruptRowError):
        disclosures(snapshot, view_event(snapshot, str(row["event_id"])).event)
    told = f"event_id = '{before['event_id']}', text = '{before['text']}'"
    change(filled, f"UPDATE disclosure SET {told}{place}")  # noqa: S608  likewise


def _disclosures(ledger: Ledger) -> list[Row]:
    with ledger.store.snapshot() as snapshot:
        return list(snapshot.rows(DISCLOSURE))


def test_a_changed_id_of_an_entry_is_named(filled: Ledger) -> None:
    change(filled, 'UPDATE entry SET jti = event_id WHERE "index" = 5')
    [found] = rebuild(filled.store, check=True)
    assert (found.table, found.row) == ("entry", "5")
    assert found.replayed is not None
    assert found.replayed.keys() == {"jti"}
    change(filled, f"UPDATE entry SET jti = '{found.replayed['jti']}' WHERE \"index\" = 5")  # noqa: S608  the test's own values


def test_an_entry_behind_the_head_is_named(database_url: str, tmp_path: Path) -> None:
    ledger = Ledger(database_url, tmp_path)
    opened(ledger)
    change(ledger, "UPDATE head SET size = size - 1")
    found = rebuild(ledger.store, check=True)
    assert {one.table for one in found} >= {"entry", "head"}
    ledger.close()


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE entry SET body = (SELECT body FROM entry WHERE "index" = 30) WHERE "index" = 20',
        'UPDATE entry SET body = (SELECT root FROM head) WHERE "index" = 20',
        'DELETE FROM entry WHERE "index" = 20',
    ],
)
def test_an_entry_that_cannot_be_replayed_changes_nothing(
    database_url: str, tmp_path: Path, statement: str
) -> None:
    ledger = Ledger(database_url, tmp_path)
    story = opened(ledger)
    ledger.log(whole_life(story))
    before = contents(ledger)
    change(ledger, statement)
    with pytest.raises(ReplayError) as caught:
        rebuild(ledger.store)
    assert caught.value.index <= 20
    assert contents(ledger) == before
    ledger.close()


def test_a_ledger_goes_on_after_it_was_rebuilt(filled: Ledger) -> None:
    story = Story("after")
    change(filled, "DELETE FROM history", "DELETE FROM tile")
    assert rebuild(filled.store)
    filled.log([story.pack_manufactured(pack(77))])
