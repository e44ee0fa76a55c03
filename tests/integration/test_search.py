"""Searches on both databases: each against looking at every item, page by page, and at a bounded cost."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from sqlalchemy import event

from ledger import search as searching
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.rights import chain, custodian_of, owner_of
from ledger.likeness import Pattern
from ledger.search import MalformedCursorError, Query, search
from ledger.search.cursor import Cursor
from ledger.state import Holder, Item, Key, State
from ledger.store import ItemFilter, Snapshot, Store
from ledger.store.searching import ItemRow, Place, Range
from ledger.vocabulary import Kind, Phase
from tests.ledgers import Ledger, opened, running
from tests.lives import turns, whole_life
from tests.postgres import fresh_database
from tests.scenario import FLEET, MADE_ON, MAKER, SECOND_LIFE, VEHICLE_MAKER, Story, module, pack, vehicle


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger with whole lives in it and packs in every place, which the tests here only read."""
    folder = tmp_path_factory.mktemp("search")
    if request.param == "sqlite":
        with running(f"sqlite:///{folder / 'ledger.db'}", folder) as ledger:
            yield _filled(ledger)
    else:
        with (
            fresh_database(request.getfixturevalue("postgres_url")) as url,
            running(url, folder) as ledger,
        ):
            yield _filled(ledger)


def _filled(ledger: Ledger) -> Ledger:
    story = opened(ledger)
    ledger.log([*whole_life(story, 1), *turns(story, 1)])
    more = Story("more")
    more.tips |= story.tips
    ledger.log(
        [
            text
            for number in range(101, 107)
            for text in (
                more.pack_manufactured(pack(number), [module(10 * number), module(10 * number + 1)]),
                *more.transfer(MAKER, VEHICLE_MAKER, pack(number), load=f"load {number}"),
                more.pack_fitted(pack(number), vehicle(number)),
                *more.transfer(VEHICLE_MAKER, FLEET, vehicle(number), load=f"car {number}"),
            )
        ]
    )
    return ledger


def _states(ledger: Ledger) -> dict[Key, State]:
    with ledger.store.snapshot() as snapshot:
        items = snapshot.items(ItemFilter(), limit=10_000)
        return snapshot.states([one.id for one in items])


def _found(ledger: Ledger, query: Query, limit: int = 1_000) -> list[str]:
    """Return the ids of all pages of a query; none comes twice."""
    found: list[str] = []
    after: str | None = None
    while True:
        with ledger.store.snapshot() as snapshot:
            page = search(snapshot, query, after=after, limit=limit)
        assert len(page.hits) <= limit
        found += [str(hit.item.id) for hit in page.hits]
        after = page.next
        if after is None:
            assert len(found) == len(set(found))
            return found


QUERIES: list[tuple[Query, Any]] = [
    (Query(), lambda _, __: True),
    (Query(kind=Kind.MODULE), lambda _, one: one.kind is Kind.MODULE),
    (Query(phase=Phase.PART), lambda _, one: one.phase is Phase.PART),
    (
        Query(kind=Kind.PACK, phase=Phase.FITTED),
        lambda _, one: one.kind is Kind.PACK and one.phase is Phase.FITTED,
    ),
    (Query(holder=str(FLEET.id)), lambda all_, one: custodian_of(all_, one) == FLEET.id),
    (
        Query(holder=str(FLEET.id), kind=Kind.PACK),
        lambda all_, one: custodian_of(all_, one) == FLEET.id and one.kind is Kind.PACK,
    ),
    (
        Query(holder=str(FLEET.id), phase=Phase.PART, model=MAKER.model()),
        lambda _, __: False,
    ),
    (Query(holder="user"), lambda all_, one: custodian_of(all_, one) is Holder.USER),
    (Query(owner=str(MAKER.id)), lambda all_, one: owner_of(all_, one) == MAKER.id),
    (Query(owner=str(VEHICLE_MAKER.id)), lambda all_, one: owner_of(all_, one) == VEHICLE_MAKER.id),
    (
        Query(owner=str(FLEET.id), holder=str(FLEET.id), made_from=MADE_ON),
        lambda all_, one: (
            owner_of(all_, one) == custodian_of(all_, one) == FLEET.id and one.made_on is not None
        ),
    ),
    (Query(model=MAKER.model()), lambda _, one: one.model == MAKER.model()),
    (
        Query(vehicle=vehicle(103)),
        lambda all_, one: vehicle(103) in [outer.id for outer in chain(all_, one)[1:]],
    ),
    (
        Query(vehicle=vehicle(103), kind=Kind.PACK),
        lambda all_, one: (
            one.kind is Kind.PACK and vehicle(103) in [outer.id for outer in chain(all_, one)[1:]]
        ),
    ),
    (Query(prefix="vehicle:"), lambda _, one: one.id.is_vehicle),
    (
        Query(prefix="vehicle:", holder=str(FLEET.id)),
        lambda _, one: one.id.is_vehicle and one.custodian == FLEET.id,
    ),
    (Query(made_from=MADE_ON, made_until=MADE_ON), lambda _, one: one.made_on == MADE_ON),
    (Query(made_until=MADE_ON.replace(year=2025)), lambda _, __: False),
    (Query(pattern=Pattern.parse("ZZZP")), lambda _, one: one.id.value.startswith("ZZZP")),
    (
        Query(pattern=Pattern.parse("ZZZPB01TEST000G61????10?"), phase=Phase.FITTED),
        lambda _, one: (
            one.id.value[:17] == "ZZZPB01TEST000G61"
            and one.id.value[21:23] == "10"
            and one.phase is Phase.FITTED
        ),
    ),
    (
        Query(pattern=Pattern.parse("????????????????????10??"), vehicle=vehicle(102)),
        lambda all_, one: (
            custodian_of(all_, one) == FLEET.id
            and vehicle(102) in [outer.id for outer in chain(all_, one)[1:]]
            and one.id.value[20:22] == "10"
        ),
    ),
]


@pytest.mark.parametrize("which", range(len(QUERIES)), ids=[str(query) for query, _ in QUERIES])
def test_a_search_finds_what_looking_at_every_item_finds(told: Ledger, which: int) -> None:
    query, expected = QUERIES[which]
    states = _states(told)
    wanted = {str(one.id) for one in states.values() if isinstance(one, Item) and expected(states, one)}
    assert set(_found(told, query)) == wanted
    for limit in (1, 3):
        assert set(_found(told, query, limit=limit)) == wanted


def test_the_order_of_a_search_is_the_same_whatever_its_pages(told: Ledger) -> None:
    for query, _ in QUERIES:
        assert _found(told, query, limit=2) == _found(told, query)


def test_what_is_found_says_who_has_it(told: Ledger) -> None:
    with told.store.snapshot() as snapshot:
        page = search(snapshot, Query(kind=Kind.MODULE), limit=1_000)
        states = snapshot.states([hit.item.id for hit in page.hits])
    assert {hit.holder for hit in page.hits} >= {str(FLEET.id), str(SECOND_LIFE.id)}
    assert all(hit.holder == str(custodian_of(states, hit.item)) for hit in page.hits)


def test_moments_are_read_as_the_log_took_them(told: Ledger) -> None:
    with told.store.snapshot() as snapshot:
        head = snapshot.head()
        rows = snapshot.entry_rows(0, head.size)
        for row in (rows[0], rows[len(rows) // 2], rows[-1]):
            expected = next(one.index for one in rows if one.logged_at >= row.logged_at)
            assert snapshot.index_since(row.logged_at) == expected
        assert snapshot.index_since(rows[-1].logged_at + 1) == head.size
    now = Instant.from_ms(rows[-1].logged_at)
    later = Instant.from_ms(rows[-1].logged_at + 1_000)
    assert set(_found(told, Query(changed_from=now))) == set(_found(told, Query()))
    assert _found(told, Query(changed_from=later)) == []
    assert set(_found(told, Query(changed_until=now))) == set(_found(told, Query()))
    before = Instant.from_ms(rows[0].logged_at - 1_000)
    assert _found(told, Query(changed_until=before)) == []


def test_the_likeliest_code_comes_first(told: Ledger) -> None:
    with told.store.snapshot() as snapshot:
        page = search(snapshot, Query(pattern=Pattern.parse("ZZZPB01TEST000G610000108")), limit=10)
    assert [hit.item.id for hit in page.hits][:1] == [pack(103)]  # 8 and 3 are alike, and no 108 exists
    assert [hit.likeness for hit in page.hits] == sorted(hit.likeness for hit in page.hits)


@pytest.mark.parametrize(
    "after",
    ["", "x", "W10", "WyJ4Il0", "A" * 2_000, "WyJIU3pDX1lJaF9wanMiLCJtYWRlX29uIiwwLCIyMDI2LTA2LTAxIl0"],
)
def test_a_made_up_cursor_is_refused(told: Ledger, after: str) -> None:
    with told.store.snapshot() as snapshot, pytest.raises(MalformedCursorError):
        search(snapshot, Query(kind=Kind.PACK), after=after, limit=1)


def test_a_cursor_that_was_tampered_with_opens_nothing_else(told: Ledger) -> None:
    """Any place in the form of a walk is as good as any other; any other form is refused."""
    query = Query(holder=str(FLEET.id))
    everything = set(_found(told, query))
    parts: list[str | int] = [0, 1, 9, 2**53 - 1, "", "zzz", str(vehicle(103)), str(pack(103))]
    places = [*product(parts, repeat=2), *product([0, 1, 7], parts, [0, 1, 99], parts)]
    for name in ("holder", "owner", "everything", "nothing"):
        for place in places:
            text = Cursor(name, place).format(str(query))
            with told.store.snapshot() as snapshot:
                try:
                    page = search(snapshot, query, after=text, limit=5)
                except MalformedCursorError:
                    continue
            assert {str(hit.item.id) for hit in page.hits} <= everything


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
