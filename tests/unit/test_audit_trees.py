"""Trees that a server tells, of parts and of generations, held to the entries: what is left out or put in."""

import json
from collections.abc import Callable
from functools import cache

import pytest

from crypto.strictjson import Json
from ledger.audit import Check, Finding, Kind, Report, audit
from ledger.audit import asking as asking_module
from ledger.verdict import Verdict
from tests import audits
from tests.audits import BuiltLog, lives
from tests.consortium import RECYCLER, module, pack
from tests.grown import Row, row_of
from tests.memory import opening
from tests.scenario_last import LastStory
from tests.tellers import Server, honest

WHOLE = pack(6)
LOT = RECYCLER.lot("BM-1")


@cache
def grown() -> BuiltLog:
    """Return a log in which packs are in vehicles, were split, and were made into a lot."""
    story = LastStory()
    made = story.pack_manufactured(WHOLE, [module(60 + place) for place in range(3)])
    return audits.build([*opening(story), *lives(story, 1, 5), made])


@cache
def _honest() -> str:
    return json.dumps(honest(grown()).trees)


def _server() -> Server:
    server = honest(grown())
    server.trees = json.loads(_honest())
    return server


def _run(server: Server) -> Report:
    return audit(server, grown().trust)


def _only(server: Server, item: object) -> Finding:
    report = _run(server)
    found = [one for one in report.findings if one.item == str(item)]
    assert {one.kind for one in report.findings} == {Kind.TREE}
    assert report.checks[Check.TREES] is Verdict.FAILED
    return found[0]


def _rows(value: Json) -> list[Row]:
    assert isinstance(value, list)
    return value  # type: ignore[return-value]  # of objects, which may be changed


def test_honest_trees_pass_and_are_counted() -> None:
    server = _server()
    report = _run(server)
    assert report.ok, report.findings
    assert report.counts.trees > 10


def test_a_part_that_is_left_out_of_a_tree_is_named() -> None:
    server = _server()
    gone = _rows(server.trees[str(WHOLE)]["parts"]).pop()
    found = _only(server, WHOLE)
    assert (found.reason, found.facts["figure"]) == ("withheld", f"part {gone['id']}")


def test_a_part_that_is_left_out_and_counted_as_not_shown_is_named() -> None:
    server = _server()
    tree = server.trees[str(WHOLE)]
    _rows(tree["parts"]).pop()
    tree["not_shown"] = 1
    found = _only(server, WHOLE)
    assert (found.reason, found.facts["wrong"]) == ("differs", 2)


def test_a_part_that_is_in_nothing_is_named() -> None:
    server = _server()
    tree = server.trees[str(WHOLE)]
    _rows(tree["parts"]).append({**_rows(tree["parts"])[0], "id": str(module(99))})
    found = _only(server, WHOLE)
    assert (found.reason, found.facts["figure"]) == ("invented", f"part {module(99)}")


@pytest.mark.parametrize(
    ("member", "value"), [("mass_g", 1), ("phase", "ended"), ("kind", "cell"), ("amber", True)]
)
def test_a_part_told_otherwise_is_named(member: str, value: Json) -> None:
    server = _server()
    part = _rows(server.trees[str(WHOLE)]["parts"])[1]
    part[member] = value
    found = _only(server, WHOLE)
    assert (found.reason, found.facts["figure"]) == ("differs", f"part {part['id']}")


def test_what_an_item_is_in_is_compared() -> None:
    server = _server()
    item = next(name for name, tree in server.trees.items() if tree["inside"])
    server.trees[item]["inside"] = []
    assert _only(server, item).facts["figure"] == "inside"


def _act(tree: Row, direction: str) -> tuple[list[Row], Row]:
    acts = _rows(row_of(tree[direction])["acts"])
    return acts, acts[0]


@pytest.mark.parametrize(("item", "direction"), [(LOT, "up"), (module(60), "down"), (WHOLE, "up")])
def test_a_generation_that_is_left_out_is_named(item: object, direction: str) -> None:
    server = _server()
    acts, act = _act(server.trees[str(item)], direction)
    acts.remove(act)
    found = _only(server, item)
    assert found.reason == "withheld"
    assert found.facts["figure"] == f"{direction} {act['course']} {act['event']}"


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_another_mass_in_a_generation_is_named(side: str) -> None:
    server = _server()
    _, act = _act(server.trees[str(LOT)], "up")
    _rows(act[side])[0]["mass_g"] = 7
    found = _only(server, LOT)
    assert (found.reason, found.item) == ("differs", str(LOT))
    assert side in row_of(found.to_json()["facts"])["members"]  # type: ignore[operator]  # JSON


def test_a_pack_that_a_lot_does_not_stem_from_is_named() -> None:
    server = _server()
    ends = _rows(row_of(server.trees[str(LOT)]["made_of"])["ends"])
    ends[0]["id"] = str(WHOLE)
    assert _only(server, LOT).facts["figure"] == "made of"


def test_an_item_named_in_a_tree_told_otherwise_is_named() -> None:
    server = _server()
    items = row_of(server.trees[str(LOT)]["items"])
    row_of(items[str(LOT)])["counts_as_recycled"] = None
    assert _only(server, LOT).facts["figure"] == f"item {LOT}"


def test_a_tree_that_says_it_goes_on_is_named() -> None:
    server = _server()
    row_of(server.trees[str(LOT)]["up"])["truncated"] = True
    assert _only(server, LOT).facts["figure"] == "up"


def _twice(tree: Row) -> None:
    _rows(tree["parts"]).append(_rows(tree["parts"])[0])


def _no_acts(tree: Row) -> None:
    del tree["up"]


def _no_parts(tree: Row) -> None:
    tree["parts"] = None


@pytest.mark.parametrize("change", [_twice, _no_acts, _no_parts])
def test_an_answer_that_is_no_tree_is_named(change: Callable[[Row], None]) -> None:
    server = _server()
    change(server.trees[str(WHOLE)])
    assert _only(server, WHOLE).reason == "answer"


def test_a_tree_that_is_not_served_is_named() -> None:
    server = _server()
    del server.trees[str(WHOLE)]
    assert _only(server, WHOLE).reason == "not_served"


def test_of_many_trees_those_are_asked_for_that_the_seed_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_module, "MAX_TREES", 3)
    first, again, other = (_asked("one"), _asked("one"), _asked("two"))
    assert first == again != other
    assert len(first) == 3


def _asked(seed: str) -> list[str]:
    """Return the items whose trees an audit asks for."""
    server, names = _server(), list[str]()

    def tree(item: str) -> Json:
        names.append(item)
        return Server.tree(server, item)

    server.tree = tree  # type: ignore[method-assign]  # it remembers what it is asked
    assert audit(server, grown().trust, seed=seed).ok
    return names
