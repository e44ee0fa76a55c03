"""A log takes on further keys and moves; an auditor who pinned the first key follows by the entries."""

from collections.abc import Sequence

import pytest

from crypto.note import NoteSigner
from ledger.audit import Check, Kind, Report, audit
from ledger.verdict import Verdict
from tests import audits
from tests.audits import LOG, BuiltLog
from tests.consortium import ORIGIN, pack, private_key
from tests.memory import opening
from tests.scenario_last import LastStory

SPARE = NoteSigner(ORIGIN, private_key("spare log"))
NEW = NoteSigner("moved.example/packtrace", private_key("moved log"))
THIEF = NoteSigner(NEW.name, private_key("a thief"))


def _log(*, moves: bool, packs: int = 3) -> BuiltLog:
    """Return a log that announces a spare key, or moves, and goes on for some packs."""
    story = LastStory()
    told = [*opening(story), story.pack_manufactured(pack(99))]
    if moves:
        told.append(story.log_moved(NEW.name, NEW.verifier_key.format()))
        story.origin = NEW.name
    else:
        told.append(story.log_key_added(SPARE.verifier_key.format()))
    return audits.build([*told, *(story.pack_manufactured(pack(number)) for number in range(1, packs + 1))])


def _run(
    log: BuiltLog, signer: NoteSigner, *, entries: Sequence[bytes] | None = None, since: str | None = None
) -> Report:
    source = audits.serve(log.entries if entries is None else entries, log.states, signer)
    return audit(source, log.trust, since=since, items=False)


def _reasons(report: Report) -> list[tuple[Kind, str]]:
    return [(one.kind, one.reason) for one in report.findings]


@pytest.mark.parametrize("signer", [LOG, SPARE], ids=["first", "spare"])
def test_a_further_key_that_the_log_announced_is_believed(signer: NoteSigner) -> None:
    log = _log(moves=False)
    report = _run(log, signer)
    assert report.ok, report.findings
    (step,) = report.followed
    assert (step.index, step.origin, step.moved) == (len(log.entries) - 4, ORIGIN, False)


def test_a_log_that_moved_is_followed_to_its_new_origin() -> None:
    log = _log(moves=True)
    report = _run(log, NEW)
    assert report.ok, report.findings
    assert report.origin == NEW.name
    (step,) = report.followed
    assert (step.origin, step.vkey, step.moved) == (NEW.name, NEW.verifier_key.format(), True)
    told = report.to_json()["followed"]
    assert isinstance(told, list)
    assert len(told) == 1


def test_a_checkpoint_of_the_old_origin_is_consistent_with_the_new() -> None:
    log = _log(moves=True)
    old = audits.serve(log.entries[:-3], {}).note
    report = _run(log, NEW, since=old)
    assert report.checks[Check.SINCE] is Verdict.OK
    assert report.ok


def test_a_rewritten_past_contradicts_the_checkpoint_of_the_old_origin() -> None:
    log = _log(moves=True)
    story = LastStory("another")
    other = audits.build([*opening(story), *(story.pack_manufactured(pack(one)) for one in range(1, 9))])
    old = audits.serve(other.entries[: len(log.entries) - 3], {}).note
    assert (Kind.SINCE, "differs") in _reasons(_run(log, NEW, since=old))


def test_a_key_that_nobody_announced_is_no_key_of_the_log() -> None:
    report = _run(_log(moves=True), THIEF)
    assert _reasons(report) == [(Kind.CHECKPOINT, "not_announced")]
    assert Verdict.OK not in report.checks.values()


def test_a_new_key_does_not_speak_for_a_tree_without_its_announcement() -> None:
    log = _log(moves=True)
    report = _run(log, NEW, entries=log.entries[:-4])
    assert _reasons(report) == [(Kind.CHECKPOINT, "not_announced")]


def test_the_old_key_signs_nothing_after_the_move() -> None:
    log = _log(moves=True)
    report = _run(log, LOG)
    assert _reasons(report) == [(Kind.CHECKPOINT, "after_move")]
    assert report.findings[0].index == len(log.entries) - 4


def test_the_old_key_signs_the_size_that_covers_the_move() -> None:
    log = _log(moves=True, packs=0)
    assert _run(log, LOG).ok


def test_an_older_checkpoint_that_the_old_key_signed_after_the_move_is_named() -> None:
    log = _log(moves=True)
    old = audits.serve(log.entries[:-1], {}, LOG).note
    assert (Kind.SINCE, "after_move") in _reasons(_run(log, NEW, since=old))


def test_an_announcement_by_somebody_else_is_followed_by_nobody() -> None:
    log = _log(moves=True)
    entries = [*log.entries]
    at = len(entries) - 4
    entries[at] = entries[at][:-86] + entries[at + 1][-86:]  # signed by no registrar
    report = _run(log, NEW, entries=entries)
    assert (Kind.CHECKPOINT, "not_announced") in _reasons(report)
    assert report.followed == ()


def test_a_checkpoint_of_another_name_than_its_signer_is_not_one() -> None:
    log = _log(moves=True)
    source = audits.serve(log.entries, {}, NEW)
    source.note = source.note.replace(f"\u2014 {NEW.name} ", "\u2014 somebody.example ")
    report = audit(source, log.trust, items=False)
    assert _reasons(report) == [(Kind.CHECKPOINT, "not_signed")]
