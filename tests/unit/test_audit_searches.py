"""What searches find, held to the entries: an item that is missing, and one that is not there."""

from collections.abc import Callable, Mapping
from functools import cache

import pytest

from crypto.strictjson import Json
from ledger.audit import Check, Finding, Kind, Replay, Report, audit
from ledger.audit import asking as asking_module
from ledger.audit.findings import TOO_NEW
from ledger.audit.searches import OfSearch
from ledger.state import Item
from ledger.verdict import Verdict
from tests.consortium import MAKER, pack
from tests.grown import Row, row_of
from tests.tellers import Server, honest, told_log

OTHER = pack(999)
WAYS = (
    "prefix",
    "pattern",
    "vehicle kind",
    "holder kind made_from made_until",
    "owner phase kind made_from made_until",
    "model phase kind made_from made_until",
)


@cache
def _ways() -> Mapping[str, OfSearch]:
    """Return a search for some item of every kind that the audit asks, by the parameters it has."""
    found = dict[str, OfSearch]()

    def draw(replay: Replay) -> None:
        items = [one for key in replay.states if isinstance(one := replay.states.get(key), Item)]
        for seed in range(8):
            for item in items:
                search = OfSearch.of(item.id, replay.states, str(seed))
                found.setdefault(" ".join(search.sought), search)

    audit(told_log().source(), told_log().trust, items=False, at_end=draw)
    return found


def _run(server: Server) -> Report:
    return audit(server, told_log().trust)


def _found(server: Server) -> list[Finding]:
    report = _run(server)
    assert {one.kind for one in report.findings} == {Kind.SEARCH}
    assert report.checks[Check.SEARCHES] is Verdict.FAILED
    return list(report.findings)


def test_every_way_of_searching_is_asked_and_honest_answers_pass() -> None:
    assert set(_ways()) == {*WAYS}
    report = _run(honest())
    assert report.ok, report.findings
    assert report.counts.searches == report.counts.items > 30


@pytest.fixture
def asked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> OfSearch:
    """Let the audit ask one search of a kind, and no other."""
    one = _ways()[request.param]
    monkeypatch.setattr(OfSearch, "of", lambda *_: one)
    monkeypatch.setattr(asking_module, "MAX_SEARCHES", 1)
    return one


EVERY = pytest.mark.parametrize("asked", WAYS, indirect=True)


@EVERY
def test_an_item_that_a_search_does_not_find_is_named(asked: OfSearch) -> None:
    server = honest()
    del server.hits[str(asked.item)]
    [found] = _found(server)
    assert (found.reason, found.item) == ("withheld", str(asked.item))
    assert found.facts["sought"] == asked.facts["sought"]


def _with(server: Server, extra: Row, *, instead: bool = False) -> None:
    """Let every search find this too."""
    honest_search = server.search

    def search(sought: Mapping[str, str], after: str | None) -> Json:
        page = row_of(honest_search(sought, after))
        found = page["items"]
        assert isinstance(found, list)
        return {**page, "items": [extra] if instead else [extra, *found]}

    server.search = search  # type: ignore[method-assign]  # a lying server


@EVERY
def test_an_item_that_is_not_there_is_named(asked: OfSearch) -> None:
    server = honest()
    hit = {**server.hits[str(asked.item)], "id": str(OTHER), "likeness": 0}
    _with(server, hit)
    found = [one for one in _found(server) if one.item == str(OTHER)]
    assert [one.reason for one in found] == ["invented"]


@EVERY
def test_an_item_that_is_not_what_was_asked_for_is_named(asked: OfSearch) -> None:
    server = honest()
    other = next(name for name in server.hits if name.startswith("lot:") and name != str(asked.item))
    _with(server, {**server.hits[other], "likeness": 0})
    assert ("invented", other) in [(one.reason, one.item) for one in _found(server)]


@pytest.mark.parametrize("asked", ["prefix", "pattern"], indirect=True)
@pytest.mark.parametrize(
    ("member", "value"), [("holder", str(MAKER.id)), ("amber", True), ("amber", None), ("likeness", 3)]
)
def test_what_a_search_tells_of_an_item_is_compared(asked: OfSearch, member: str, value: Json) -> None:
    server = honest()
    hit = {**server.hits[str(asked.item)], "likeness": 0, member: value}
    if hit == server.hits[str(asked.item)] | {"likeness": 0}:
        hit[member] = "nobody"
    _with(server, hit, instead=True)
    [found] = _found(server)
    assert (found.reason, found.item) == ("differs", str(asked.item))
    assert list(row_of(found.to_json()["facts"])["members"]) == [member]  # type: ignore[arg-type]  # JSON


@pytest.mark.parametrize("asked", ["prefix"], indirect=True)
def test_another_state_in_a_search_is_named(asked: OfSearch) -> None:
    server = honest()
    hit = server.hits[str(asked.item)]
    hit["state"] = {**row_of(hit["state"]), "count": 99}
    [found] = _found(server)
    assert list(row_of(found.to_json()["facts"])["members"]) == ["state count"]  # type: ignore[arg-type]  # JSON


@pytest.mark.parametrize("asked", ["prefix"], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda page: {**page, "items": [*page["items"], *page["items"]]},
        lambda page: {**page, "next": 7},
        lambda page: {**page, "items": None},
        lambda page: {name: value for name, value in page.items() if name != "size"},
    ],
)
def test_an_answer_that_is_no_list_of_items_is_named(asked: OfSearch, change: Callable[[Row], Json]) -> None:
    server = honest()
    honest_search = server.search
    server.search = lambda *sought: change(row_of(honest_search(*sought)))  # type: ignore[method-assign]  # a lying server
    [found] = _found(server)
    assert (found.reason, found.item) == ("answer", str(asked.item))


@pytest.mark.parametrize("asked", ["prefix"], indirect=True)
def test_a_search_that_never_ends_shows_nothing(asked: OfSearch) -> None:
    server, pages = honest(), list[str | None]()

    def search(sought: Mapping[str, str], after: str | None) -> Json:
        pages.append(after)
        return {"size": server.size, "items": [], "next": "further" if sought else None}

    server.search = search  # type: ignore[method-assign]  # a lying server
    report = _run(server)
    assert [(one.kind, one.reason, one.item) for one in report.findings] == [
        (Kind.SEARCH, TOO_NEW, str(asked.item))
    ]
    assert report.checks[Check.SEARCHES] is Verdict.UNKNOWN
    assert len(pages) == 20


def test_of_many_items_those_are_sought_that_the_seed_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_module, "MAX_SEARCHES", 3)
    first, again, other = (_sought("one"), _sought("one"), _sought("two"))
    assert first == again != other
    assert len(first) == 3


def _sought(seed: str) -> set[tuple[str, ...]]:
    server, seen = honest(), set[tuple[str, ...]]()
    honest_search = server.search

    def search(sought: Mapping[str, str], after: str | None) -> Json:
        seen.add(tuple(sought.values()))
        return honest_search(sought, after)

    server.search = search  # type: ignore[method-assign]  # it remembers what it is asked
    assert audit(server, told_log().trust, seed=seed).ok
    return seen
