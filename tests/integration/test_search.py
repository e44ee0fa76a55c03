"""Searches on both databases: each against looking at every item, page by page."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from ledger.instants import Instant
from ledger.lifecycle.rights import chain, custodian_of, owner_of
from ledger.likeness import Pattern
from ledger.search import MalformedCursorError, Query, search
from ledger.search.cursor import Cursor
from ledger.state import Holder, Item, Key, State
from ledger.store import ItemFilter
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
