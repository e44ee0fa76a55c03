"""The read side of findings: the stream as it stands at a time, and who may see what the door found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.access import Reader, may_read
from ledger.findings import FINDING_RULES, Severity, rules_at
from ledger.findings.door import RESTS_ON
from ledger.findings.shown import HOUR_MS, Finding, FindingState, Kept, finding_of
from ledger.holdings import Timelines, last_held
from ledger.identifiers import ItemId
from ledger.rules import rule_set
from ledger.state import LOG, Log
from ledger.store import Snapshot
from ledger.store.finding_reads import RemarkFilter

Place = tuple[int, int]
BEGINNING: Final[Place] = (-1, -1)
SCANNED: Final = 1_000
"""How many remarks one read looks at, whether they become findings or not."""
RULE_IDS: Final = tuple(sorted({one.rule for rules in FINDING_RULES.values() for one in rules.rules}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which findings to tell; None leaves a member open. `since` is the index of an entry."""

    org: ItemId | None = None
    item: ItemId | None = None
    rule: str | None = None
    severity: Severity | None = None
    states: frozenset[FindingState] = frozenset(FindingState)
    since: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Findings in the order of the log, and where to go on; `after` is None at the end of the stream.

    A page may be short, even empty, and not the last: each read looks at a bounded stretch.
    """

    findings: tuple[Finding, ...]
    after: Place | None


def find(
    snapshot: Snapshot,
    wanted: Wanted,
    *,
    now_ms: int,
    reader: Reader | None = None,
    after: Place = BEGINNING,
    limit: int,
) -> Page:
    """Return the next findings behind a place in the stream, as they stand at a time.

    Args:
        snapshot: where remarks are read.
        wanted: which findings.
        now_ms: the time of reading, in ms since 1970, from which deadlines are counted.
        reader: who asks; what restricted claims gave is for those with a right to them only.
        after: the place that the page before ended at.
        limit: how many findings at most.
    """
    log = snapshot.states([LOG]).get(LOG)
    if not isinstance(log, Log):
        return Page((), None)
    rules, found = rule_set(log.rules), list[Finding]()
    stretch, end = _stretch(snapshot, wanted, now_ms, reader, after)
    for kept in stretch:
        finding = finding_of(kept, now_ms, rules)
        if finding is not None and finding.state in wanted.states:
            found.append(finding)
        if len(found) == limit and kept is not stretch[-1]:
            return Page(tuple(found), kept.place)
    return Page(tuple(found), end)


def _stretch(
    snapshot: Snapshot, wanted: Wanted, now_ms: int, reader: Reader | None, after: Place
) -> tuple[list[Kept], Place | None]:
    """Return the next remarks to tell of, and where the looking ended; None at the end of the stream."""
    near_ms = rules_at(now_ms).limit("label.far_apart") * HOUR_MS
    which = _filter(wanted, now_ms)
    reads = [snapshot.remarks(which, after=after, near_ms=near_ms, limit=SCANNED)]
    if reader is not None:
        reads.append(snapshot.door_findings(which, after=after, limit=SCANNED))
    # Behind the end of a read that was cut, the other one is ahead: what lies there is left to the next page.
    ends = [some[-1].place for some in reads if len(some) == SCANNED]
    end = min(ends) if ends else None
    public, *door = [[one for one in some if end is None or one.place <= end] for some in reads]
    seen = [] if reader is None else _readable(snapshot, door[0], reader)
    return sorted([*public, *seen], key=lambda one: one.place), end


def _filter(wanted: Wanted, now_ms: int) -> RemarkFilter:
    rules: tuple[str, ...] | None = None if wanted.rule is None else (wanted.rule,)
    if wanted.severity is not None:
        grave = {one.rule for one in rules_at(now_ms).rules if one.severity is wanted.severity}
        rules = tuple(sorted(grave if rules is None else grave & set(rules)))
    return RemarkFilter(
        org=None if wanted.org is None else str(wanted.org),
        rules=rules,
        subject=None if wanted.item is None else str(wanted.item),
        since=wanted.since,
    )


def _readable(snapshot: Snapshot, found: Sequence[Kept], reader: Reader) -> list[Kept]:
    """Return what of the door rests on claims that a reader may read (docs/formats.md, section 8)."""
    plain = {one.place for one in found if _may_see(one, reader, holder=False)}
    items = {ItemId.parse(one.remark.subject) for one in found if one.place not in plain}
    timelines = snapshot.timelines(items) if items else {}
    return [one for one in found if one.place in plain or _held(one, reader, timelines)]


def _held(kept: Kept, reader: Reader, timelines: Timelines) -> bool:
    end = last_held(timelines, ItemId.parse(kept.remark.subject), reader.rights_of)
    return end is not None and kept.index <= end and _may_see(kept, reader, holder=True)


def _may_see(kept: Kept, reader: Reader, *, holder: bool) -> bool:
    kind, name = RESTS_ON[kept.remark.rule]
    claim = kind.row.restricted[name]
    issuer = kept.remark.org
    author = issuer in reader.rights_of
    return issuer is not None and may_read(claim, reader=reader, author=author, holder=holder)
