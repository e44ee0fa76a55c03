"""The list of what gates stop, held to the entries: what it leaves out, and what it has from nowhere."""

from collections.abc import Callable
from functools import cache

import pytest

from crypto import strictjson
from crypto.note import NoteSigner
from crypto.strictjson import Json
from ledger.audit import Check, Finding, Kind, Report, audit, stopped
from ledger.audit.findings import TOO_NEW, TOO_OLD
from ledger.events.service import Selector
from ledger.identifiers import ItemId
from ledger.stoplist import sign_list, stop_list
from ledger.verdict import Verdict
from ledger.vocabulary import Why
from tests import audits
from tests.audits import LOG, BuiltLog
from tests.consortium import MAKER, RECYCLER, pack, private_key
from tests.grown import Row, row_of
from tests.memory import opening
from tests.scenario import PACK_G
from tests.scenario_last import LastStory
from tests.tellers import Server, honest

STOLEN, FOUND, CLONED, VOID, ENDED, RECALLED, SOUND = (pack(number) for number in range(1, 8))
CLONE = ItemId.parse(f"local:{RECYCLER.id.value}:CLONE-1")


@cache
def wanted() -> BuiltLog:
    """Return a log with something of everything that a gate stops."""
    story = LastStory()
    texts = [*opening(story), *(story.pack_manufactured(pack(number)) for number in range(1, 8))]
    texts += [story.item_stolen(MAKER, STOLEN), story.item_lost(MAKER, FOUND), story.item_found(MAKER, FOUND)]
    texts.append(story.item_declared(CLONE, by=RECYCLER, why=Why.CLONE, clone_of=CLONED))
    texts += [story.label_replaced(VOID, 1), story.label_voided(VOID)]
    texts += [story.label_replaced(ENDED, 1), story.label_voided(ENDED)]
    texts += [*story.transfer(MAKER, RECYCLER, ENDED, load="end"), story.item_retired(RECYCLER, ENDED)]
    made = {RECYCLER.lot("BM-5"): PACK_G - 10_000}
    texts.append(story.batch_processed(ENDED, made=made, losses_g=10_000))
    texts.append(story.recall_opened(Selector(codes=(RECALLED,))))
    return audits.build(texts)


def _run(server: Server) -> Report:
    return audit(server, wanted().trust)


def _only(report: Report) -> Finding:
    [found] = report.findings
    assert found.kind is Kind.GATE
    assert report.checks[Check.GATE] is Verdict.FAILED
    return found


def _changed(server: Server, member: str, item: ItemId, value: Json) -> None:
    """Say something else of an item; None takes it out."""
    rows = {**row_of(server.listed[member]), str(item): value}
    server.listed[member] = {name: one for name, one in rows.items() if one is not None}


def _signed(server: Server, listed: Row, signer: NoteSigner = LOG) -> Json:
    """Return the answer with this list, and a note of the size that the server has."""
    text = strictjson.dumps(listed)
    note = sign_list(stop_list(text, origin=LOG.name, size=server.size, time_s=0), signer)
    return {"list": text, "note": note}


def test_an_honest_list_passes_and_has_what_is_wanted() -> None:
    server = honest(wanted())
    assert server.listed["flagged"] == {str(STOLEN): ["stolen"], str(CLONED): ["cloned"]}
    assert server.listed["void_labels"] == {str(VOID): 1}
    report = _run(server)
    assert report.ok, report.findings
    assert report.counts.stopped == 7


@pytest.mark.parametrize(
    ("member", "item"), [("flagged", STOLEN), ("flagged", CLONED), ("void_labels", VOID)]
)
def test_what_the_list_leaves_out_is_named_with_its_item(member: str, item: ItemId) -> None:
    server = honest(wanted())
    _changed(server, member, item, None)
    found = _only(_run(server))
    assert (found.reason, found.item) == ("withheld", str(item))


@pytest.mark.parametrize(
    ("member", "item", "value"),
    [("flagged", SOUND, ["stolen"]), ("flagged", FOUND, ["lost"]), ("void_labels", ENDED, 1)],
)
def test_what_is_put_on_the_list_is_named_with_its_item(member: str, item: ItemId, value: Json) -> None:
    server = honest(wanted())
    _changed(server, member, item, value)
    found = _only(_run(server))
    assert (found.reason, found.item) == ("invented", str(item))


@pytest.mark.parametrize(
    ("member", "item", "value"), [("flagged", STOLEN, ["quarantined"]), ("void_labels", VOID, 2)]
)
def test_what_the_list_says_otherwise_is_named_with_its_item(member: str, item: ItemId, value: Json) -> None:
    server = honest(wanted())
    _changed(server, member, item, value)
    found = _only(_run(server))
    assert (found.reason, found.item) == ("differs", str(item))


def test_each_of_several_that_are_left_out_is_named() -> None:
    server = honest(wanted())
    server.listed["flagged"] = {}
    assert [one.item for one in _run(server).findings] == [str(STOLEN), str(CLONED)]


def test_an_ended_battery_without_its_mark_is_named() -> None:
    server = honest(wanted())
    server.listed["ended"] = ""
    found = _only(_run(server))
    assert (found.reason, found.item) == ("withheld", str(ENDED))


def test_a_mark_of_nothing_that_ended_is_named() -> None:
    server = honest(wanted())
    server.listed["ended"] = f"{server.listed['ended']}AAAAAAAA"
    found = _only(_run(server))
    assert (found.reason, found.item, found.facts["figure"]) == ("invented", None, "ended AAAAAAAA")


def test_a_recall_that_is_left_out_is_named_with_its_maker() -> None:
    server = honest(wanted())
    server.listed["recalls"] = []
    found = _only(_run(server))
    assert (found.reason, found.item) == ("withheld", str(MAKER.id))


@pytest.mark.parametrize(("member", "value"), [("keys", "A" * 43), ("complete", False)])
def test_other_keys_and_a_list_that_need_not_be_cut_are_named(member: str, value: Json) -> None:
    server = honest(wanted())
    server.listed[member] = value
    found = _only(_run(server))
    assert (found.reason, found.facts["figure"]) == ("differs", member)


@pytest.mark.parametrize("bound", ["MAX_FLAGGED", "MAX_VOID", "MAX_REMARKS"])
def test_a_list_may_leave_out_what_is_beyond_its_bounds_and_says_so(
    bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = honest(wanted())
    monkeypatch.setattr(stopped, bound, 1)
    _changed(server, "flagged", STOLEN, None)
    server.listed["complete"] = False
    assert _run(server).ok
    _changed(server, "flagged", SOUND, ["stolen"])
    assert _only(_run(server)).item == str(SOUND)
    server.listed["complete"] = True
    assert [one.facts["figure"] for one in _run(server).findings] == ["complete", f"flags {SOUND}"]


def test_of_a_kind_that_has_too_many_ended_none_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    server = honest(wanted())
    monkeypatch.setattr(stopped, "MAX_ENDED", 0)
    found = _only(_run(server))
    assert (found.facts["figure"], found.facts["wrong"]) == ("complete", 2)
    server.listed |= {"complete": False, "ended": ""}
    assert _run(server).ok


def _edited(server: Server) -> Json:
    told = row_of(_signed(server, {"origin": LOG.name, "size": server.size, **server.listed}))
    return {**told, "list": str(told["list"]).replace("stolen", "lost")}


def _by_another_key(server: Server) -> Json:
    listed: Row = {"origin": LOG.name, "size": server.size, **server.listed}
    return _signed(server, listed, NoteSigner(LOG.name, private_key("thief")))


def _of_another_size(server: Server) -> Json:
    return _signed(server, {"origin": LOG.name, "size": 1, **server.listed})


def _without_members(server: Server) -> Json:
    return _signed(server, {"origin": LOG.name, "size": server.size})


def _odd(server: Server) -> Json:
    return _signed(server, {"origin": LOG.name, "size": server.size, **server.listed, "flagged": []})


@pytest.mark.parametrize(
    "lie", [_edited, _by_another_key, _of_another_size, _without_members, _odd, lambda _: []]
)
def test_what_is_no_list_that_the_log_has_signed_is_named(lie: Callable[[Server], Json]) -> None:
    server = honest(wanted())
    server.stop_list = lambda: lie(server)  # type: ignore[method-assign]  # a lying server
    assert _only(_run(server)).reason == "answer"


@pytest.mark.parametrize(("more", "reason"), [(-1, TOO_OLD), (1, TOO_NEW)])
def test_a_list_of_another_size_that_differs_is_unknown(more: int, reason: str) -> None:
    server, other = honest(wanted()), honest(wanted())
    _changed(other, "flagged", STOLEN, None)
    other.size += more
    server.stop_list = other.stop_list  # type: ignore[method-assign]  # the same
    report = _run(server)
    assert [(one.kind, one.reason) for one in report.findings] == [(Kind.GATE, reason)]
    assert report.checks[Check.GATE] is Verdict.UNKNOWN
