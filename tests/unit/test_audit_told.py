"""What a server tells beside the log, held to the replay: findings, keys, further codes."""

from collections.abc import Callable
from functools import cache

import pytest

from crypto.strictjson import Json
from ledger.audit import Check, Kind, NotServedError, Report, Teller, audit
from ledger.audit.telling import OF_TELLERS
from ledger.events.labels import LabelReplaced
from ledger.verdict import Verdict
from tests import audits
from tests.audits import BuiltLog
from tests.consortium import MAKER, pack
from tests.grown import Row, row_of
from tests.memory import opening
from tests.scenario_last import LastStory
from tests.scenario_more import label
from tests.tellers import Server, honest, told_log


def _run(server: Server, log: BuiltLog | None = None) -> Report:
    return audit(server, (log or told_log()).trust)


def _found(report: Report) -> list[tuple[Kind, str]]:
    return [(one.kind, one.reason) for one in report.findings]


def test_an_honest_server_passes_every_check() -> None:
    server = honest()
    assert isinstance(server, Teller)
    report = _run(server)
    assert report.ok, report.findings
    assert report.counts.findings == len(server.rows)
    assert {"mass.unaccounted_much", "transfer.unanswered", "label.far_apart"} <= {
        row["rule"] for row in server.rows
    }
    assert report.counts.accounts == len(server.accounts) + len(server.lots) > len(server.lots) > 0
    assert report.counts.statistics == len(server.tables) > 0
    assert set(OF_TELLERS) < set(report.checks)


def test_a_source_that_tells_nothing_is_asked_for_nothing() -> None:
    log = told_log()
    report = audits.run(log.source(), log.trust)
    assert not set(OF_TELLERS) & set(report.checks)


def test_each_withheld_finding_is_named() -> None:
    for place in range(len(honest().rows)):
        server = honest()
        gone = server.rows.pop(place)
        report = _run(server)
        if gone["due"] is not None and all(one["due"] is None for one in server.rows[place:]):
            assert report.ok  # it may not be due by the server's clock: nothing that it tells is later
            continue
        (found,) = report.findings
        assert (found.kind, found.reason, found.index) == (Kind.FINDING, "withheld", gone["index"])
        assert found.facts["id"] == gone["id"]
        assert report.checks[Check.FINDINGS] is Verdict.FAILED


def test_an_invented_finding_is_named() -> None:
    server = honest()
    server.rows.insert(1, {**server.rows[0], "id": f"{server.rows[0]['index']}:item.stolen:x"})
    assert _found(_run(server)) == [(Kind.FINDING, "invented")]


@pytest.mark.parametrize(
    "member", ["severity", "state", "subject", "organisations", "facts", "event", "closed"]
)
def test_a_finding_told_otherwise_is_named_with_the_member(member: str) -> None:
    server = honest()
    server.rows[0] = {**server.rows[0], member: "otherwise"}
    (found,) = _run(server).findings
    assert (found.kind, found.reason) == (Kind.FINDING, "differs")
    assert list(row_of(found.to_json()["facts"])["members"]) == [member]  # type: ignore[arg-type]  # JSON


def test_a_finding_closed_by_an_entry_that_was_not_read_is_no_lie() -> None:
    server = honest()
    place = next(at for at, one in enumerate(server.rows) if one["state"] == "open")
    server.rows[place] = {**server.rows[place], "state": "closed", "closed": server.size + 1}
    server.size += 2
    assert _run(server).checks[Check.FINDINGS] is Verdict.OK


def test_findings_of_the_door_and_of_later_entries_are_left_alone() -> None:
    server = honest()
    door: Row = {"id": "1:health.rising:x", "index": server.rows[0]["index"], "replayable": False}
    later: Row = {"id": "999999:x:x", "index": 999_999, "replayable": True}
    server.rows = [door, *server.rows, later]
    assert _run(server).ok


@pytest.mark.parametrize(
    "answer",
    [
        {"size": 10_000, "findings": [], "next": 3},
        {"size": 10_000, "findings": [3], "next": None},
        {"size": 10_000, "findings": [{"id": "x"}], "next": None},
        {"size": 1, "findings": [], "next": None},
        {"size": 10_000, "findings": [], "next": "1.1"},
        {"size": 10_000, "findings": [], "next": "x"},
        [],
    ],
)
def test_an_answer_that_is_no_page_of_findings_is_named(
    answer: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = honest()
    monkeypatch.setattr(server, "findings", lambda _after: answer)
    assert (Kind.FINDING, "answer") in _found(_run(server))


def test_findings_out_of_order_are_named() -> None:
    server = honest()
    server.rows.reverse()
    assert (Kind.FINDING, "answer") in _found(_run(server))


def _refused(_asked: object = None) -> Json:
    raise NotServedError("not today")


@pytest.mark.parametrize(
    ("method", "kind", "reason"),
    [("findings", Kind.FINDING, "not_served"), ("keys", Kind.ITEM, "keys_not_served")],
)
def test_what_is_not_served_is_named(method: str, kind: Kind, reason: str) -> None:
    server = honest()
    setattr(server, method, _refused)
    assert _found(_run(server)) == [(kind, reason)]


def _another_label(server: Server) -> None:
    server.registered[0] = {**row_of(server.registered[0]), "label": "another"}


def _one_less(server: Server) -> None:
    del server.registered[-1]


def _one_more(server: Server) -> None:
    server.registered.append({**row_of(server.registered[0]), "kid": "A" * 43})


@pytest.mark.parametrize("change", [_another_label, _one_less, _one_more])
def test_a_key_told_otherwise_is_named(change: Callable[[Server], None]) -> None:
    server = honest()
    change(server)
    (found,) = _run(server).findings
    assert (found.kind, found.reason) == (Kind.ITEM, "key_differs")
    assert found.item


def test_a_firm_that_is_told_otherwise_beside_the_keys_is_named() -> None:
    server = honest()
    firm = row_of(server.firms[0])
    server.firms[0] = {**firm, "roles": ["regulator", "recycler"]}
    (found,) = _run(server).findings
    assert (found.kind, found.reason, found.item) == (Kind.ITEM, "firm_differs", firm["id"])


@pytest.mark.parametrize("answer", [[], {"checkpoint": "x", "keys": [], "organisations": []}])
def test_an_answer_that_is_no_list_of_keys_is_named(answer: Json) -> None:
    server = honest()
    server.keys = lambda: answer  # type: ignore[method-assign]  # whatever is asked
    assert _found(_run(server)) == [(Kind.ITEM, "keys_not_served")]


def test_a_key_listed_twice_is_named() -> None:
    server = honest()
    server.registered.append(server.registered[0])
    assert _found(_run(server)) == [(Kind.ITEM, "keys_not_served")]


def test_keys_of_a_smaller_tree_are_named_and_of_a_larger_one_left_to_the_next_audit() -> None:
    server = honest()
    log = told_log()
    server.registered = []
    older, newer = audits.serve(log.entries[:5], {}).note, audits.serve([*log.entries, b"1 a.b.c"], {}).note
    server.keys = lambda: {"checkpoint": older, "keys": [], "organisations": []}  # type: ignore[method-assign]  # the same
    assert _found(_run(server)) == [(Kind.ITEM, "keys_not_served")]
    server.keys = lambda: {"checkpoint": newer, "keys": [], "organisations": []}  # type: ignore[method-assign]  # the same
    assert _run(server).ok


@cache
def _coded() -> BuiltLog:
    """Return a log in which a pack bears a further code."""
    story = LastStory()
    claims = LabelReplaced(place=MAKER.place, label=label(2), code="https://id.maker.example/01/1")
    told = [*opening(story), story.pack_manufactured(pack(1)), story.tell(MAKER, claims, pack(1))]
    return audits.build(told)


def test_a_further_code_that_leads_elsewhere_is_named() -> None:
    log = _coded()
    server = honest(log)
    assert server.aliases
    assert _run(server, log).ok
    [alias] = server.aliases
    server.aliases[alias] = str(pack(2))
    (found,) = _run(server, log).findings
    assert (found.kind, found.reason, found.item) == (Kind.ITEM, "alias", alias)
