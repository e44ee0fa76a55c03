"""Figures that a server tells, held to the replay: statistics, open offers, accounts of steps and lots."""

from dataclasses import dataclass, field

import pytest

from crypto.strictjson import Json
from ledger.audit import Check, Kind, NotServedError, Report, audit
from ledger.audit import asking as asking_module
from ledger.audit.findings import TOO_NEW, TOO_OLD
from ledger.audit.telling import OF_FIGURES
from ledger.measures import ALLOWED, Measure
from ledger.verdict import Verdict
from tests import audits
from tests.audits import BuiltLog, FakeSource
from tests.grown import Row, row_of
from tests.tellers import SIDES, Server, honest, told_log

TABLES = [(measure.value, by.value) for measure, some in ALLOWED.items() for by in some]


def _run(server: Server, log: BuiltLog | None = None) -> Report:
    return audit(server, (log or told_log()).trust)


def _found(report: Report) -> list[tuple[Kind, str]]:
    return [(one.kind, one.reason) for one in report.findings]


def _rows(value: Json) -> list[Row]:
    assert isinstance(value, list)
    return [row_of(one) for one in value]


@pytest.mark.parametrize("table", [one for one in TABLES if one[0] != Measure.RECYCLED_CONTENT])
def test_a_figure_told_otherwise_is_named_with_what_it_is_for(table: tuple[str, str]) -> None:
    server = honest()
    figure = _rows(server.tables[table]["figures"])[-1]
    name = next(one for one, value in figure.items() if isinstance(value, int))
    figure[name] = 999
    (found,) = _run(server).findings
    assert (found.kind, found.reason) == (Kind.STATISTICS, "differs")
    assert (found.facts["measure"], found.facts["by"], found.facts["figure"]) == (*table, figure["key"])
    assert row_of(found.to_json()["facts"])["members"] == {
        name: {"served": 999, "expected": _rows(honest().tables[table]["figures"])[-1][name]}
    }


def test_a_figure_that_is_withheld_and_one_that_is_invented_are_named() -> None:
    server = honest()
    server.tables["packs", "phase"]["figures"] = _rows(server.tables["packs", "phase"]["figures"])[1:]  # type: ignore[assignment]  # rows
    invented: Row = {"key": "magic", "count": 1, "mass_g": 1}
    server.tables["packs", "kind"]["figures"] = [*_rows(server.tables["packs", "kind"]["figures"]), invented]
    report = _run(server)
    assert _found(report) == [(Kind.STATISTICS, "withheld"), (Kind.STATISTICS, "invented")]
    assert report.checks[Check.STATISTICS] is Verdict.FAILED


def test_a_recovery_told_otherwise_is_named_with_its_metal() -> None:
    server = honest()
    for account in server.accounts.values():
        recoveries = _rows(row_of(account)["recovery"])
        assert recoveries[0]["element"] == "Li"
        recoveries[0]["permille"] = 990
    found = [one for one in _run(server).findings if one.index is not None]
    assert len(found) == len(server.accounts)
    assert list(row_of(found[0].to_json()["facts"])["members"]) == ["recovery Li"]  # type: ignore[arg-type]  # JSON


def _load(server: Server) -> tuple[tuple[str, bool], Row]:
    place, loads = next((place, loads) for place, loads in server.loads.items() if loads)
    return place, loads[0]


def test_an_offer_that_is_not_listed_is_named_with_the_firm_and_the_item() -> None:
    server = honest()
    (org, to), load = _load(server)
    item = _rows(load["offers"])[0]["items"]
    server.loads[org, to].remove(load)
    (found,) = _run(server).findings
    assert (found.kind, found.reason, found.item) == (Kind.OFFER, "withheld", org)
    assert [found.facts["figure"]] == item


def test_an_offer_of_another_load_is_named() -> None:
    server = honest()
    (org, _), load = _load(server)
    load["consignment"] = "another"
    (found,) = _run(server).findings
    assert (found.kind, found.reason, found.item) == (Kind.OFFER, "differs", org)


def test_an_offer_that_nobody_made_is_named() -> None:
    server = honest()
    (_, to), load = _load(server)
    other = next(one for one in server.log.states if one.startswith("org:") and (one, to) not in server.loads)
    server.loads[other, to] = [load]
    (found,) = _run(server).findings
    assert (found.kind, found.reason, found.item) == (Kind.OFFER, "invented", other)


@pytest.mark.parametrize("member", ["input_g", "losses_g", "unaccounted_g", "outputs", "inputs", "step"])
def test_an_account_told_otherwise_is_named_with_its_event(member: str) -> None:
    server = honest()
    event_id, account = next(iter(server.accounts.items()))
    other: Json = [] if member in SIDES else 1
    server.accounts[event_id] = {**row_of(account), member: other}
    (found,) = _run(server).findings
    assert (found.kind, found.reason, found.event) == (Kind.ACCOUNT, "differs", event_id)


@pytest.mark.parametrize("member", ["made_g", "remaining_g", "drawn", "sources", "made_by"])
def test_an_account_of_a_lot_told_otherwise_is_named_with_the_lot(member: str) -> None:
    server = honest()
    lot, account = next(iter(server.lots.items()))
    changed: dict[str, Json] = {"made_g": 1, "remaining_g": 1, "sources": None, "made_by": None}
    changed["drawn"] = [{"event": "x", "index": 1, "by": "x", "course": "divided", "mass_g": 1}]
    if row_of(account)[member] is None:
        changed[member] = next(iter(server.accounts.values()))
    server.lots[lot] = {**row_of(account), member: changed[member]}
    (found,) = _run(server).findings
    assert (found.kind, found.reason, found.item) == (Kind.ACCOUNT, "differs", lot)
    assert list(row_of(found.to_json()["facts"])["members"]) == [member]  # type: ignore[arg-type]  # JSON


@pytest.mark.parametrize(
    "answer", [[], {}, {"size": True, "inputs": [], "outputs": [], "recovery": []}, {"size": 9, "inputs": 3}]
)
def test_an_answer_that_is_no_account_is_named(answer: Json) -> None:
    server = honest()
    server.accounts[next(iter(server.accounts))] = answer
    server.lots[next(iter(server.lots))] = answer
    assert _found(_run(server)) == [(Kind.ACCOUNT, "answer")] * 2


@pytest.mark.parametrize(
    "change",
    [
        {"figures": [3]},
        {"figures": [{"key": "a"}, {"key": "a"}]},
        {"cut": 1},
        {"size": "1"},
        {"figures": [{"key": "a", "recovery": [{"element": 1}]}]},
    ],
)
def test_an_answer_that_is_no_table_is_named(change: Row) -> None:
    server = honest()
    server.tables["recovery", "step" if ("recovery", "step") in server.tables else "batch"] |= change
    assert _found(_run(server)) == [(Kind.STATISTICS, "answer")]


def test_an_answer_that_is_no_list_of_offers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    server = honest()
    answer = {"size": 1, "consignments": [1], "next": 3}
    monkeypatch.setattr(server, "offers", lambda _org, _to, _after: answer)
    assert set(_found(_run(server))) == {(Kind.OFFER, "answer")}


def test_what_is_not_served_is_named() -> None:
    server = honest()
    del server.accounts[next(iter(server.accounts))]
    del server.lots[next(iter(server.lots))]
    del server.tables["packs", "phase"]
    report = _run(server)
    assert sorted(_found(report)) == [
        (Kind.ACCOUNT, "not_served"),
        (Kind.ACCOUNT, "not_served"),
        (Kind.STATISTICS, "not_served"),
    ]


@dataclass
class Growing(Server):
    """A server that grows with the first question: its log, and all that it tells of it."""

    later: FakeSource | None = None
    _keys: list[Json] = field(default_factory=list)

    def statistics(self, measure: str, by: str, until: str) -> Json:
        """Grow, and answer for the larger log."""
        if self.later is not None:
            self.log, self.later = self.later, None
        return super().statistics(measure, by, until)


def _growing(size: int) -> Growing:
    log, after = told_log(), honest()
    return Growing(
        log=audits.serve(log.entries[:size], {}),
        size=after.size,
        rows=after.rows,
        registered=after.registered,
        firms=after.firms,
        accounts=after.accounts,
        lots=after.lots,
        tables=after.tables,
        loads=after.loads,
        histories=after.histories,
        aliases=after.aliases,
        beside=after.beside,
        listed=after.listed,
        trees=after.trees,
        hits=after.hits,
        later=log.source(),
    )


@pytest.mark.parametrize("size", [len(told_log().entries) - 1, 60, 40])
def test_figures_of_a_larger_log_are_compared_once_it_is_read(size: int) -> None:
    report = _run(_growing(size))
    assert report.ok, report.findings
    assert report.size == len(told_log().entries)


def test_a_wrong_figure_is_found_though_the_log_grows_meanwhile() -> None:
    server = _growing(60)
    _rows(server.tables["packs", "phase"]["figures"])[0]["count"] = 999
    assert _found(_run(server)) == [(Kind.STATISTICS, "differs")]


def test_figures_of_entries_that_nobody_shows_are_not_believed() -> None:
    server = honest()
    server.size += 1
    _rows(server.tables["packs", "phase"]["figures"])[0]["count"] = 999
    report = _run(server)
    assert _found(report) == [(Kind.STATISTICS, TOO_NEW)]
    assert report.checks[Check.STATISTICS] is Verdict.UNKNOWN


def test_figures_of_a_smaller_log_are_unknown_where_they_differ() -> None:
    server = honest()
    table = server.tables["packs", "phase"]
    _rows(table["figures"])[0]["count"] = 999
    table["size"] = server.size - 1
    report = _run(server)
    assert _found(report) == [(Kind.STATISTICS, TOO_OLD)]
    assert report.checks[Check.STATISTICS] is Verdict.UNKNOWN
    assert not report.ok


def _drawn(seed: str) -> set[str]:
    """Return the lots that an audit asks for under a seed."""
    server = honest()
    server.lots = {lot: {**row_of(account), "made_g": 1} for lot, account in server.lots.items()}
    report = audit(server, told_log().trust, seed=seed)
    assert report.seed == seed
    return {one.item or "" for one in report.findings if one.kind is Kind.ACCOUNT}


def test_of_too_many_lots_a_public_seed_draws_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking_module, "MAX_ASKED", 2)
    assert len(_drawn("a")) == 2
    assert _drawn("a") == _drawn("a")
    assert len({frozenset(_drawn(seed)) for seed in "abcdefgh"}) > 1


def test_a_history_that_lacks_an_event_or_has_another_is_named() -> None:
    server = honest()
    item = max(server.histories, key=lambda one: len(server.histories[one]))
    rows = server.histories[item]
    server.histories[item] = rows[:-1]
    (found,) = _run(server).findings
    assert (found.kind, found.reason, found.item) == (Kind.HISTORY, "differs", item)
    other = next(some for one, some in server.histories.items() if one != item)[-1]
    server.histories[item] = [*rows[:-1], other]
    assert _found(_run(server)) == [(Kind.HISTORY, "answer")]
    moved: Row = {**row_of(rows[-1]), "index": 1}
    server.histories[item] = [*rows[:-1], moved]
    (found,) = _run(server).findings
    assert found.facts["wrong"] == 2
    server.histories[item] = [*rows[:-1], {"jws": "x"}]
    assert _found(_run(server)) == [(Kind.HISTORY, "answer")]


def test_figures_that_the_entries_do_not_tell_are_unknown() -> None:
    server = honest()
    del server.log.tiles[next(path for path in server.log.tiles if "entries" in path)]
    report = _run(server)
    assert all(report.checks[one] is Verdict.UNKNOWN for one in OF_FIGURES)


def test_an_audit_of_a_server_that_tells_no_figures_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_asked: object) -> Json:
        raise NotServedError("not today")

    server = honest()
    for name in ("statistics", "offers", "lot_account", "account"):
        monkeypatch.setattr(server, name, refused)
    report = _run(server)
    assert {one.reason for one in report.findings} == {"not_served"}
    assert all(report.checks[one] is Verdict.FAILED for one in (Check.STATISTICS, Check.OFFERS))
