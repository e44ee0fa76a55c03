"""The read side of findings: the stream as it stands at a time, and who may see what the door found."""

from dataclasses import dataclass
from typing import Final

from ledger.findings import FINDING_RULES, Severity, rules_at
from ledger.findings.shown import HOUR_MS, Finding, FindingState, Kept, finding_of
from ledger.identifiers import ItemId
from ledger.lifecycle.rights import custodian_of, operator_of, owner_of
from ledger.rules import rule_set
from ledger.state import LOG, Item, Log, Organisation
from ledger.store import Snapshot
from ledger.store.finding_reads import SCANNED, RemarkFilter
from ledger.vocabulary import Role

Place = tuple[int, int]
BEGINNING: Final[Place] = (-1, -1)
RULE_IDS: Final = tuple(sorted({one.rule for rules in FINDING_RULES.values() for one in rules.rules}))
_AUTHORITIES: Final = frozenset({Role.REGULATOR, Role.AUDITOR})
_RIGHTS: Final = (custodian_of, owner_of, operator_of)


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
    reader: Organisation | None = None,
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
    stretch, whole = _stretch(snapshot, wanted, now_ms, reader, after)
    for kept in stretch:
        finding = finding_of(kept, now_ms, rules)
        if finding is not None and finding.state in wanted.states:
            found.append(finding)
        if len(found) == limit and kept is not stretch[-1]:
            return Page(tuple(found), kept.place)
    return Page(tuple(found), None if whole else stretch[-1].place)


def _stretch(
    snapshot: Snapshot, wanted: Wanted, now_ms: int, reader: Organisation | None, after: Place
) -> tuple[list[Kept], bool]:
    """Return the next remarks that were looked at, and whether they are all there are."""
    near_ms = rules_at(now_ms).limit("label.far_apart") * HOUR_MS
    which = _filter(wanted, now_ms)
    reads = [snapshot.remarks(which, after=after, near_ms=near_ms)]
    if reader is not None:
        reads.append(_at_door(snapshot, wanted, which, reader, after))
    # Behind the end of a read that was cut, the other one is ahead: what lies there is left to the next page.
    ends = [some[-1].place for some in reads if len(some) == SCANNED]
    found = sorted((one for some in reads for one in some), key=lambda one: one.place)
    if not ends:
        return found, True
    return [one for one in found if one.place <= min(ends)], False


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


def _at_door(
    snapshot: Snapshot, wanted: Wanted, which: RemarkFilter, reader: Organisation, after: Place
) -> list[Kept]:
    """Return the findings of the door that a reader may see.

    Whoever measured, whoever had the item then or has a right in it now, regulator and auditor.
    """
    all_of_it = bool(_AUTHORITIES & set(reader.roles))
    if not all_of_it and wanted.item is not None:
        all_of_it = _holds(snapshot, reader, wanted.item)
    return snapshot.door_findings(which, after=after, party=None if all_of_it else str(reader.id))


def _holds(snapshot: Snapshot, reader: Organisation, item: ItemId) -> bool:
    states = snapshot.states([item])
    found = states.get(item)
    return isinstance(found, Item) and any(right(states, found) == reader.id for right in _RIGHTS)
