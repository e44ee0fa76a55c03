"""What a search costs on both databases: rows, statements, and the index it goes along."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from ledger import search as searching
from ledger.identifiers import ItemId
from ledger.likeness import Pattern
from ledger.search import Query, search
from ledger.state import Holder, Item, Key, State
from ledger.store import Snapshot, Store
from ledger.store.searching import ItemRow, Place, Range
from ledger.vocabulary import Kind, Phase
from tests.postgres import fresh_database
from tests.scenario import FLEET, MADE_ON, MAKER, module, pack, vehicle


class Crowd:
    """A database of many made-up items, and how many rows and statements a search costs there."""

    def __init__(self, store: Store, count: int) -> None:
        self.store = store
        states: dict[Key, State] = {}
        first = Item(
            id=pack(1),
            kind=Kind.PACK,
            phase=Phase.STOCK,
            custodian=MAKER.id,
            owner=MAKER.id,
            operator=MAKER.id,
            maker=MAKER.id,
            made_on=MADE_ON,
            model=MAKER.model(),
        )
        for number in range(1, count + 1):
            phase = Phase.RETIRED if number % 300 == 0 else Phase.STOCK
            one = replace(first, id=pack(number), latest=number, phase=phase)
            states[one.id] = one
        car = replace(first, id=vehicle(1), kind=Kind.VEHICLE, made_on=None, model=None, parts=1)
        states |= {car.id: car, first.id: replace(first, vehicle=car.id, custodian=Holder.INHERITED)}
        with store.write() as transaction:
            transaction.put_states(states)
            transaction.commit()

    def cost(self, query: Query) -> tuple[int, int]:
        """Return how many statements, and how many rows of items, the dearest of a few pages took."""
        dearest, after = (0, 0), None
        for _ in range(4):
            with self.store.snapshot() as real:
                snapshot = Counting(real._connection)
                page = search(snapshot, query, after=after, limit=10)
            dearest = max(dearest, (snapshot.statements, snapshot.read))
            after = page.next
            if after is None:
                break
        return dearest


class Counting(Snapshot):
    """A snapshot that counts the reads of a search and the rows they gave."""

    statements = 0
    read = 0

    def rows_in(self, place: Range, *, after: Place | None = None, limit: int) -> list[ItemRow]:
        """Count."""
        found = super().rows_in(place, after=after, limit=limit)
        self.statements, self.read = self.statements + 1, self.read + len(found)
        return found

    def rows_of(self, ids: Collection[str]) -> dict[str, ItemRow]:
        """Count."""
        found = super().rows_of(ids)
        self.statements, self.read = self.statements + 1, self.read + len(found)
        return found

    def codes_from(self, text: str, *, limit: int, backwards: bool = False) -> list[str]:
        """Count."""
        found = super().codes_from(text, limit=limit, backwards=backwards)
        self.statements, self.read = self.statements + 1, self.read + len(found)
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """A database with 1,500 packs in it, which the tests here only read."""
    if request.param == "sqlite":
        store = Store(f"sqlite:///{tmp_path_factory.mktemp('crowd') / 'ledger.db'}")
        yield Crowd(store, 1_500)
        store.close()
    else:
        with fresh_database(request.getfixturevalue("postgres_url")) as url:
            store = Store(url)
            yield Crowd(store, 1_500)
            store.close()


HOSTILE = [
    Query(pattern=Pattern.parse("?" * 24)),
    Query(pattern=Pattern.parse("?" * 24), phase=Phase.ENDED),
    Query(pattern=Pattern.parse("?" * 23 + "9"), phase=Phase.ENDED),
    Query(pattern=Pattern.parse("O?I?8?B?5?S?2?Z?6?G?0?1?")),
    Query(pattern=Pattern.parse("?" * 26)),
    Query(pattern=Pattern.parse("?"), phase=Phase.ENDED),
    Query(holder=str(MAKER.id), made_from=MADE_ON, owner="user"),
    Query(holder=str(MAKER.id), vehicle=vehicle(1)),
    Query(owner=str(MAKER.id), holder="nobody", kind=Kind.PACK, phase=Phase.STOCK),
    Query(prefix="g", holder="user"),
    Query(model=MAKER.model(), holder="nobody"),
]


@pytest.mark.parametrize("query", HOSTILE, ids=str)
def test_no_query_reads_more_than_its_share(
    crowd: Crowd, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "BUDGET", 300)
    statements, rows = crowd.cost(query)
    assert statements <= 60
    assert rows <= 1_000


INDEX_OF = [
    (Query(kind=Kind.PACK, phase=Phase.RETIRED), "item_kind"),
    (Query(kind=Kind.PACK), "item_kind"),
    (Query(model="m"), "item_model"),
    (Query(made_from=MADE_ON), "item_made_on"),
    (Query(latest_from=7, latest_until=9), "item_latest"),
    (Query(holder=str(MAKER.id)), "item_custodian"),
    (Query(owner=str(MAKER.id)), "item_owner"),
    (Query(vehicle=vehicle(1)), "item_container"),
    (Query(pattern=Pattern.parse("????????????????????1234")), "item_reversed"),
]


@pytest.mark.parametrize(("query", "index"), INDEX_OF, ids=[index for _, index in INDEX_OF])
def test_each_search_goes_along_its_index_unsorted(crowd: Crowd, query: Query, index: str) -> None:
    store = crowd.store
    plans: list[str] = []
    statements: list[tuple[str, Any]] = []

    def keep(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:  # noqa: ANN401
        statements.append((statement, parameters))

    event.listen(store._engine, "before_cursor_execute", keep)
    with store.snapshot() as snapshot:
        list(_walk(snapshot, query))
    event.remove(store._engine, "before_cursor_execute", keep)
    with store._engine.connect() as connection:
        server = connection.dialect.name == "postgresql"
        if server:
            connection.exec_driver_sql("ANALYZE item")
            connection.exec_driver_sql("SET enable_seqscan = off")
        for statement, parameters in statements:
            if "FROM item" in statement and "ORDER BY" in statement:
                asked = ("EXPLAIN " if server else "EXPLAIN QUERY PLAN ") + statement
                plans.append("\n".join(str(row) for row in connection.exec_driver_sql(asked, parameters)))
    assert plans
    assert any(index in plan for plan in plans)
    # What is in a few things is sorted; everything else comes in order.
    sorted_ = [plan for plan in plans if "TEMP B-TREE" in plan or "Sort" in plan]
    assert all("item_container" in plan for plan in sorted_), sorted_


def _walk(snapshot: Any, query: Query) -> Iterator[object]:  # noqa: ANN401  a snapshot
    for walk in searching._walks(snapshot, query).values():
        yield from walk.steps(None)


def test_the_narrowest_index_is_taken(crowd: Crowd) -> None:
    with crowd.store.snapshot() as snapshot:
        narrow = Query(holder=str(MAKER.id), latest_from=1_490)
        assert searching._narrowest(snapshot, searching._walks(snapshot, narrow)) == "latest"
        wide = Query(holder=str(MAKER.id), latest_from=3)
        assert searching._narrowest(snapshot, searching._walks(snapshot, wide)) == "holder"


def test_what_is_in_one_thing_is_found_however_much_it_is(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.search.walks._MANY_PARTS", 10)
    monkeypatch.setattr(searching, "BUDGET", 30)
    store = Store(database_url)
    outer = Item(
        id=pack(1),
        kind=Kind.PACK,
        phase=Phase.STOCK,
        custodian=MAKER.id,
        owner=MAKER.id,
        operator=MAKER.id,
        maker=MAKER.id,
        parts=40,
    )
    states: dict[Key, State] = {outer.id: outer, pack(2): replace(outer, id=pack(2), parts=0)}
    for number in range(1, 41):
        inner = replace(
            outer,
            id=module(number),
            kind=Kind.MODULE,
            phase=Phase.PART,
            custodian=Holder.INHERITED,
            owner=FLEET.id if number == 7 else Holder.INHERITED,
            parent=outer.id,
            parts=0,
        )
        states[inner.id] = inner
    with store.write() as transaction:
        transaction.put_states(states)
        transaction.commit()
    expected = {str(key) for key in states}
    assert _ids(store, Query(holder=str(MAKER.id)), 7) == expected
    assert _ids(store, Query(owner=str(MAKER.id)), 7) == expected - {str(module(7))}
    assert _ids(store, Query(vehicle=pack(1)), 7) == expected - {str(pack(1)), str(pack(2))}
    assert _ids(store, Query(vehicle=ItemId("vehicle", "none")), 7) == set()
    store.close()


def _ids(store: Store, query: Query, limit: int) -> set[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        with store.snapshot() as snapshot:
            page = search(snapshot, query, after=after, limit=limit)
        found += [str(hit.item.id) for hit in page.hits]
        assert page.next is None or page.next != after  # each page leads on
        after = page.next
        if after is None:
            assert len(found) == len(set(found))
            return set(found)
