"""What events state about the log itself, counted and made anew by the audit: indexes, confirmed entries."""

from functools import cache

import pytest

from cli.reporting import report_lines
from ledger.audit import Check, Finding, Kind, Report, audit
from ledger.audit.behind import Behind
from ledger.audit.findings import TOO_FAR_BACK, Findings
from ledger.audit.histories import Histories
from ledger.audit.report import Counts
from ledger.instants import Instant
from ledger.verdict import Verdict
from ledger.vocabulary import Purpose
from ledger.wording import Language
from tests import audits
from tests.audits import BuiltLog
from tests.consortium import MAKER, pack
from tests.memory import MemoryLedger, opening
from tests.scenario_last import LastStory

STOLEN, OTHER = MAKER.key(), MAKER.key(Purpose.OFFICE, 2)


def _report(log: BuiltLog) -> Report:
    return audits.run(log.source(), log.trust)


def _made(story: LastStory) -> list[str]:
    return [*opening(story), *(story.pack_manufactured(pack(number)) for number in (1, 2, 3))]


@cache
def _published(behind: int, *, wrong: bool = False) -> BuiltLog:
    """Return a log whose last entry publishes the index of so many entries before it."""
    story = LastStory()
    before = [*_made(story), story.label_replaced(pack(1), 2)]
    after = [
        story.label_replaced(pack(2), number, voided=None if number == 2 else number - 1)
        for number in range(2, 2 + behind)
    ]
    memory = MemoryLedger()
    memory.submit_all(before)
    lines = memory.index_lines()
    if wrong:
        lines = [line.replace(b" 2 ", b" 1 ") for line in lines]
    return audits.build([*before, *after, story.index_published(memory.size, lines=lines)])


@pytest.mark.parametrize("behind", [0, 1, 5])
def test_the_index_of_an_earlier_size_is_made_anew(behind: int) -> None:
    report = _report(_published(behind))
    assert report.ok, report.findings
    assert report.counts.indexes == 1


@pytest.mark.parametrize("behind", [0, 5])
def test_an_index_that_hides_an_event_is_named_with_both_roots(behind: int) -> None:
    log = _published(behind, wrong=True)
    report = _report(log)
    (found,) = report.findings
    assert (found.kind, found.reason, found.index) == (Kind.INDEX, "differs", len(log.entries) - 1)
    assert found.facts["size"] == len(log.entries) - 1 - behind
    assert found.facts["root"] != found.facts["stated_root"]
    assert report.checks[Check.INDEX] is Verdict.FAILED
    assert report.checks[Check.RULES] is Verdict.OK


def test_an_index_of_nothing_real_is_named() -> None:
    story = LastStory()
    report = _report(audits.build([*_made(story), story.index_published(3)]))
    assert [(one.kind, one.reason) for one in report.findings] == [(Kind.INDEX, "differs")]


def test_an_index_too_far_back_is_unknown_and_not_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    log = _published(5)
    monkeypatch.setattr(
        "ledger.audit.replay.Histories", lambda findings, counts: Histories(findings, counts, 3)
    )
    report = _report(log)
    assert [(one.kind, one.reason) for one in report.findings] == [(Kind.INDEX, TOO_FAR_BACK)]
    assert report.checks[Check.INDEX] is Verdict.UNKNOWN
    assert not report.ok


def test_lines_of_every_earlier_size_are_those_of_a_shorter_replay() -> None:
    log = audits.small()
    sizes = (5, 20, len(log.entries))
    expected = [_lines(log, size, size) for size in sizes]
    assert [_lines(log, len(log.entries), size) for size in sizes] == expected


def _lines(log: BuiltLog, replayed: int, size: int) -> list[bytes]:
    lines: list[list[bytes]] = []
    source = audits.serve(log.entries[:replayed], {})
    audit(
        source,
        log.trust,
        items=False,
        at_end=lambda replay: lines.append(replay.histories.lines_at(size)),
    )
    return lines[0]


def test_lines_before_the_window_are_forgotten() -> None:
    histories = Histories(Findings(), Counts(), window=2)
    assert histories.lines_at(0) == []


def _robbed(count: int, exceptions: int = 0) -> BuiltLog:
    """Return a log in which a maker stands by entries of its stolen key, and counts them so."""
    story = LastStory()
    texts = opening(story)
    since, first = Instant.from_ms(story.now_ms), len(texts)
    texts += [story.pack_manufactured(pack(number)) for number in range(1, 5)]
    last = len(texts) - 1
    texts += [story.key_added(MAKER, number=2), story.key_revoked(MAKER, STOLEN, compromised_since=since)]
    left_out = list(range(first, first + exceptions))
    told = story.event_confirmed(
        MAKER, STOLEN, first, last, count=count, exceptions=left_out, signed_with=OTHER
    )
    return audits.build([*texts, told])


@pytest.mark.parametrize(("count", "exceptions"), [(4, 0), (3, 1)])
def test_a_right_count_of_a_stolen_keys_entries_passes(count: int, exceptions: int) -> None:
    report = _report(_robbed(count, exceptions))
    assert report.ok, report.findings
    assert report.counts.confirmations == 1


@pytest.mark.parametrize(("count", "exceptions"), [(3, 0), (2, 1)])
def test_a_wrong_count_of_a_stolen_keys_entries_is_named(count: int, exceptions: int) -> None:
    log = _robbed(count, exceptions)
    report = _report(log)
    facts = {**report.findings[0].facts}
    assert report.findings == (
        Finding(
            kind=Kind.CONFIRMED,
            reason="count",
            index=len(log.entries) - 1,
            event=log.event_id(len(log.entries) - 1),
            facts=facts,
        ),
    )
    assert (facts["stated"], facts["found"]) == (count, count + 1)
    assert report.checks[Check.CONFIRMED] is Verdict.FAILED


@cache
def _behind(days: int) -> BuiltLog:
    """Return a log whose last entry publishes an index without the event before it, so many days old."""
    story = LastStory()
    before = _made(story)
    memory = MemoryLedger()
    memory.submit_all(before)
    after = story.label_replaced(pack(1), 2)
    story.now_ms += days * 86_400_000
    return audits.build([*before, after, story.index_published(memory.size, lines=memory.index_lines())])


def test_an_index_that_leaves_out_what_is_days_old_is_noted_and_breaks_nothing() -> None:
    log = _behind(3)
    report = _report(log)
    last = len(log.entries) - 1
    assert report.ok, report.findings
    assert (report.behind, report.counts.behind) == ((Behind(last, last - 1, 3),), 1)
    assert "leaves out what had been logged for 3 days" in "\n".join(report_lines(report, Language.EN))
    assert "已写入 3 天" in "\n".join(report_lines(report, Language.ZH))


def test_an_index_of_yesterday_is_not_behind() -> None:
    report = _report(_behind(1))
    assert report.ok
    assert report.behind == ()


def test_an_audit_that_goes_on_knows_how_old_the_entries_are_and_which_indexes_were_behind() -> None:
    log, whole = _behind(3), _report(_behind(3))
    for size in (len(log.entries) - 1, len(log.entries)):
        lines = list[bytes]()
        source = audits.serve(log.entries[:size], {})
        audit(source, log.trust, items=False, save=lines.extend)
        resumed = audit(log.source(), log.trust, items=False, resumed=iter(lines))
        assert (resumed.behind, resumed.counts.behind) == (whole.behind, 1)
