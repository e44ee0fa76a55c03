"""What a server tells beside the log, held to the replay: findings, keys, further codes, accounts."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import pytest

from crypto.strictjson import Json
from ledger.audit import Check, Kind, NotServedError, Replay, Report, Teller, audit
from ledger.events.production import LabelReplaced
from ledger.findings.shown import finding_json, finding_of
from ledger.rules import rule_set
from ledger.state import LOG as LOG_FACT
from ledger.state import Alias, Log, RegisteredKey, state_to_json
from ledger.verdict import Verdict
from tests import audits
from tests.audits import BuiltLog, FakeSource, lives
from tests.consortium import COLLECTOR, MAKER, RECYCLER, pack
from tests.memory import opening
from tests.scenario_last import LastStory
from tests.scenario_more import label

FAR_MS = 10**14
Row = dict[str, Json]


@dataclass
class Server:
    """Serves a log, and tells what it holds of findings, keys and accounts."""

    log: FakeSource
    size: int
    rows: list[Row] = field(default_factory=list)
    registered: list[Json] = field(default_factory=list)
    accounts: dict[str, Json] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    page: int = 3

    def checkpoint(self) -> str:
        """Return the checkpoint."""
        return self.log.checkpoint()

    def tile(self, path: str) -> bytes:
        """Return a tile."""
        return self.log.tile(path)

    def lookup(self, ids: Sequence[str]) -> Json:
        """Return states, or what further codes lead to."""
        if self.aliases.keys() >= set(ids):
            return {"size": self.size, "items": [{"query": one, "id": self.aliases[one]} for one in ids]}
        return self.log.lookup(ids)

    def findings(self, after: str | None) -> Json:
        """Return a page of a few findings."""
        start = 0 if after is None else int(after.split(".")[0])
        stop = start + self.page
        rows: list[Json] = [*self.rows[start:stop]]
        following = f"{stop}.0" if stop < len(self.rows) else None
        return {"size": self.size, "findings": rows, "next": following}

    def keys(self) -> Json:
        """Return the keys."""
        return {"checkpoint": self.log.note, "keys": list(self.registered)}

    def account(self, event_id: str) -> Json:
        """Return an account."""
        if event_id not in self.accounts:
            raise NotServedError("no account")
        return self.accounts[event_id]


@cache
def _log() -> BuiltLog:
    """Return a log with mass unaccounted for, offers not answered, and a pack at two gates at once."""
    story = LastStory()
    told = [*opening(story), *lives(story, 1, 10), story.key_added(MAKER, number=2)]
    told += [story.intake_recorded(pack(4), by=by) for by in (COLLECTOR, RECYCLER, COLLECTOR)]
    return audits.build(told)


def _server(log: BuiltLog | None = None) -> Server:
    """Return an honest server."""
    log = log or _log()
    server = Server(log.source(), len(log.entries))
    audit(log.source(), log.trust, items=False, at_end=lambda replay: _fill(server, replay))
    server.rows = json.loads(json.dumps(server.rows))
    return server


def _fill(server: Server, replay: Replay) -> None:
    log = replay.states.get(LOG_FACT)
    assert isinstance(log, Log)
    found = [finding_of(kept, FAR_MS, rule_set(log.rules)) for kept in replay.remarked.kept()]
    server.rows = [finding_json(one) for one in found if one is not None]
    states = [replay.states.get(key) for key in replay.states]
    server.registered = [state_to_json(one) for one in states if isinstance(one, RegisteredKey)]
    server.aliases = {one.alias: str(one.item) for one in states if isinstance(one, Alias)}
    for _, event_id, account in replay.batches.standing():
        sides = {side: [{"id": k, "mass_g": v} for k, v in _dict(account[side]).items()] for side in SIDES}
        server.accounts[event_id] = json.loads(json.dumps({**account, **sides}))


SIDES = ("inputs", "outputs")


def _dict(value: Json) -> Row:
    assert isinstance(value, dict)
    return value


def _run(server: Server, log: BuiltLog | None = None) -> Report:
    return audit(server, (log or _log()).trust)


def _found(report: Report) -> list[tuple[Kind, str]]:
    return [(one.kind, one.reason) for one in report.findings]


def test_an_honest_server_passes_every_check() -> None:
    server = _server()
    assert isinstance(server, Teller)
    report = _run(server)
    assert report.ok, report.findings
    assert report.counts.findings == len(server.rows)
    assert {"mass.unaccounted_much", "transfer.unanswered", "label.far_apart"} <= {
        row["rule"] for row in server.rows
    }
    assert report.counts.accounts == len(server.accounts) > 0
    assert {Check.FINDINGS, Check.ACCOUNTS} < set(report.checks)


def test_a_source_that_tells_nothing_is_asked_for_nothing() -> None:
    log = _log()
    report = audits.run(log.source(), log.trust)
    assert not {Check.FINDINGS, Check.ACCOUNTS} & set(report.checks)


def test_each_withheld_finding_is_named() -> None:
    for place in range(len(_server().rows)):
        server = _server()
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
    server = _server()
    server.rows.insert(1, {**server.rows[0], "id": f"{server.rows[0]['index']}:item.stolen:x"})
    assert _found(_run(server)) == [(Kind.FINDING, "invented")]


@pytest.mark.parametrize(
    "member", ["severity", "state", "subject", "organisations", "facts", "event", "closed"]
)
def test_a_finding_told_otherwise_is_named_with_the_member(member: str) -> None:
    server = _server()
    server.rows[0] = {**server.rows[0], member: "otherwise"}
    (found,) = _run(server).findings
    assert (found.kind, found.reason) == (Kind.FINDING, "differs")
    assert list(_dict(found.to_json()["facts"])["members"]) == [member]  # type: ignore[arg-type]  # JSON


def test_a_finding_closed_by_an_entry_that_was_not_read_is_no_lie() -> None:
    server = _server()
    place = next(at for at, one in enumerate(server.rows) if one["state"] == "open")
    server.rows[place] = {**server.rows[place], "state": "closed", "closed": server.size + 1}
    server.size += 2
    assert _run(server).checks[Check.FINDINGS] is Verdict.OK


def test_findings_of_the_door_and_of_later_entries_are_left_alone() -> None:
    server = _server()
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
    server = _server()
    monkeypatch.setattr(server, "findings", lambda _after: answer)
    assert (Kind.FINDING, "answer") in _found(_run(server))


def test_findings_out_of_order_are_named() -> None:
    server = _server()
    server.rows.reverse()
    assert (Kind.FINDING, "answer") in _found(_run(server))


def _refused(_asked: object = None) -> Json:
    raise NotServedError("not today")


@pytest.mark.parametrize(
    ("method", "kind", "reason"),
    [("findings", Kind.FINDING, "not_served"), ("keys", Kind.ITEM, "keys_not_served")],
)
def test_what_is_not_served_is_named(method: str, kind: Kind, reason: str) -> None:
    server = _server()
    setattr(server, method, _refused)
    assert _found(_run(server)) == [(kind, reason)]


def _another_label(server: Server) -> None:
    server.registered[0] = {**_dict(server.registered[0]), "label": "another"}


def _one_less(server: Server) -> None:
    del server.registered[-1]


def _one_more(server: Server) -> None:
    server.registered.append({**_dict(server.registered[0]), "kid": "A" * 43})


@pytest.mark.parametrize("change", [_another_label, _one_less, _one_more])
def test_a_key_told_otherwise_is_named(change: Callable[[Server], None]) -> None:
    server = _server()
    change(server)
    (found,) = _run(server).findings
    assert (found.kind, found.reason) == (Kind.ITEM, "key_differs")
    assert found.item


@pytest.mark.parametrize("answer", [[], {"checkpoint": "x", "keys": []}])
def test_an_answer_that_is_no_list_of_keys_is_named(answer: Json) -> None:
    server = _server()
    server.keys = lambda: answer  # type: ignore[method-assign]  # whatever is asked
    assert _found(_run(server)) == [(Kind.ITEM, "keys_not_served")]


def test_keys_of_a_smaller_tree_are_named_and_of_a_larger_one_left_to_the_next_audit() -> None:
    server = _server()
    log = _log()
    server.registered = []
    older, newer = audits.serve(log.entries[:5], {}).note, audits.serve([*log.entries, b"1 a.b.c"], {}).note
    server.keys = lambda: {"checkpoint": older, "keys": []}  # type: ignore[method-assign]  # the same
    assert _found(_run(server)) == [(Kind.ITEM, "keys_not_served")]
    server.keys = lambda: {"checkpoint": newer, "keys": []}  # type: ignore[method-assign]  # the same
    assert _run(server).ok


@pytest.mark.parametrize("member", ["input_g", "losses_g", "unaccounted_g", "outputs", "inputs"])
def test_an_account_told_otherwise_is_named_with_its_event(member: str) -> None:
    server = _server()
    event_id, account = next(iter(server.accounts.items()))
    other: Json = [] if member in SIDES else 1
    server.accounts[event_id] = {**_dict(account), member: other}
    (found,) = _run(server).findings
    assert (found.kind, found.reason, found.event) == (Kind.ACCOUNT, "differs", event_id)


@pytest.mark.parametrize("answer", [[], {}, {"inputs": [], "outputs": 3}])
def test_an_answer_that_is_no_account_is_named(answer: Json) -> None:
    server = _server()
    event_id = next(iter(server.accounts))
    server.accounts[event_id] = answer
    assert _found(_run(server)) == [(Kind.ACCOUNT, "answer")]


def test_an_account_that_is_not_served_is_named() -> None:
    server = _server()
    del server.accounts[next(iter(server.accounts))]
    assert _found(_run(server)) == [(Kind.ACCOUNT, "not_served")]


@cache
def _coded() -> BuiltLog:
    """Return a log in which a pack bears a further code."""
    story = LastStory()
    claims = LabelReplaced(place=MAKER.place, label=label(2), code="https://id.maker.example/01/1")
    told = [*opening(story), story.pack_manufactured(pack(1)), story.tell(MAKER, claims, pack(1))]
    return audits.build(told)


def test_a_further_code_that_leads_elsewhere_is_named() -> None:
    log = _coded()
    server = _server(log)
    assert server.aliases
    assert _run(server, log).ok
    [alias] = server.aliases
    server.aliases[alias] = str(pack(2))
    (found,) = _run(server, log).findings
    assert (found.kind, found.reason, found.item) == (Kind.ITEM, "alias", alias)
