"""Times of entries held against when witnesses cosigned."""

from ledger import audit
from ledger.audit import Check, Report
from ledger.audit.dated import SLACK_S
from ledger.entry import Entry
from ledger.policy import Policy
from ledger.verdict import Verdict
from tests import audits
from tests.audits import BuiltLog
from tests.witnesses import COSIGNERS, cosigned, policy_text

POLICY = Policy.parse(policy_text(COSIGNERS[:3], 2).encode())
SPLIT = 20


def time_s(built: BuiltLog, index: int) -> int:
    """Return when an entry was logged, in POSIX seconds."""
    return Entry.decode(built.entries[index]).logged_at_ms // 1000


def audited(
    built: BuiltLog,
    *,
    since_s: int | None = None,
    latest_s: int | None = None,
    policy: Policy | None = POLICY,
) -> Report:
    """Audit a log whose older checkpoint of SPLIT entries, or whose latest, was cosigned at a time."""
    source, since = built.source(), None
    if since_s is not None:
        since = cosigned(audits.serve(built.entries[:SPLIT], {}).note, *COSIGNERS[:3], time_s=since_s)
    if latest_s is not None:
        source.note = cosigned(source.note, *COSIGNERS[:3], time_s=latest_s)
    return audit.audit(source, built.trust, since=since, items=False, policy=policy)


def reasons(report: Report) -> list[tuple[str, int | None]]:
    return [(one.reason, one.index) for one in report.findings if one.check is Check.ENTRIES]


def test_entries_around_a_cosigned_checkpoint_are_in_time() -> None:
    built = audits.small()
    report = audited(built, since_s=time_s(built, SPLIT) - 5, latest_s=time_s(built, -1) + 5)
    assert report.ok, report.findings
    assert report.checks[Check.ENTRIES] is Verdict.OK


def test_what_was_not_in_the_tree_yet_was_not_logged_before() -> None:
    built = audits.small()
    report = audited(built, since_s=time_s(built, SPLIT) + SLACK_S + 1)
    assert ("dated_back", SPLIT) in reasons(report)
    assert report.checks[Check.ENTRIES] is Verdict.FAILED
    assert all(index is not None and index >= SPLIT for _, index in reasons(report))


def test_what_was_in_the_tree_already_was_not_logged_later() -> None:
    built = audits.small()
    last = len(built.entries) - 1
    assert ("dated_ahead", last) in reasons(audited(built, latest_s=time_s(built, last) - SLACK_S - 1))


def test_a_checkpoint_may_be_under_way_for_some_minutes() -> None:
    built = audits.small()
    assert reasons(audited(built, since_s=time_s(built, SPLIT) + SLACK_S)) == []


def test_cosignatures_that_no_policy_names_bound_nothing() -> None:
    built = audits.small()
    late = time_s(built, SPLIT) + 10 * SLACK_S
    assert reasons(audited(built, since_s=late, policy=None)) == []
    others = Policy.parse(policy_text(COSIGNERS[3:], 2).encode())
    assert reasons(audited(built, since_s=late, policy=others)) == []


def test_a_forged_cosignature_bounds_nothing_and_is_told_for_itself() -> None:
    built = audits.small()
    source = built.source()
    since = cosigned(audits.serve(built.entries[:SPLIT], {}).note, *COSIGNERS[:3], time_s=1)
    wrong = since[:-20] + ("A" if since[-20] != "A" else "B") + since[-19:]
    report = audit.audit(source, built.trust, since=wrong, items=False, policy=POLICY)
    assert reasons(report) == []


def kept(built: BuiltLog, *bounds: tuple[int, int]) -> Report:
    """Audit a log that keeps checkpoints of these sizes, cosigned when the entry of an index was logged."""
    notes = [
        cosigned(audits.serve(built.entries[:size], {}).note, *COSIGNERS[:3], time_s=time_s(built, index))
        for size, index in bounds
    ]
    return audit.audit(audits.keeping(built, notes), built.trust, items=False, policy=POLICY)


def test_checkpoints_that_the_log_keeps_bound_the_entries_between_them() -> None:
    built = audits.small()
    assert reasons(kept(built, (20, 20), (40, 40), (50, 50))) == []
    found = reasons(kept(built, (20, 30), (40, 40)))
    assert found == [("dated_back", index) for index in range(20, 25)]
    found = reasons(kept(built, (20, 20), (40, 30)))
    assert found == [("dated_ahead", index) for index in range(36, 40)]


def test_of_many_bounds_the_closest_bind() -> None:
    built = audits.small()
    found = reasons(kept(built, (20, 40), (30, 25), (50, 45)))
    assert found == [("dated_back", index) for index in range(20, 35)]
