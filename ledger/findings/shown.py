"""Findings as they are told: kept remarks, seen at the time of reading. Does no I/O and has no clock.

A finding is open until something closes it, closed by an entry, or noted where nothing can take it back. A
deadline is told while it is open and due, or within the notice before that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crypto.strictjson import Json
from ledger.findings.remark import Remark
from ledger.findings.rules import FindingRule, Made, Severity, Term, rules_at
from ledger.identifiers import ItemId
from ledger.instants import Instant, day_of_ms, format_day
from ledger.rules import RuleSet

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000


class FindingState(StrEnum):
    """Whether a finding still asks for something."""

    OPEN = "open"
    CLOSED = "closed"
    NOTED = "noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A remark that begins something or saw something, as it is kept.

    Attributes:
        remark: the remark.
        index: the entry at which it was made.
        n: its number among the remarks of that entry, both kinds counted together.
        event: the id of the event.
        logged_at_ms: when the log took the event, in ms since 1970.
        closed: index of the entry that ended its thread.
        near: index of an earlier entry with the same thing seen elsewhere shortly before or after.
        door: whether it was made at the door.
    """

    remark: Remark
    index: int
    n: int
    event: str
    logged_at_ms: int
    closed: int | None = None
    near: int | None = None
    door: bool = False

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the stream."""
        return self.index, self.n


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding as it is told; members as in `Kept` and `Remark`.

    Attributes:
        id: `<index>:<rule>:<subject>`, for ever.
        replayable: whether a replay of the entries makes it again.
        due: the first day on which a deadline is over, by UTC; None for what is none.
        overdue: whether that day has begun.
    """

    id: str
    rule: FindingRule
    subject: str
    orgs: tuple[ItemId, ...]
    index: int
    event: str
    logged_at_ms: int
    state: FindingState
    closed: int | None
    facts: Mapping[str, Json]
    due: str | None = None
    overdue: bool = False

    @property
    def severity(self) -> Severity:
        """How much it asks for somebody."""
        return self.rule.severity

    @property
    def replayable(self) -> bool:
        """Whether a replay of the entries makes it again."""
        return self.rule.made is not Made.DOOR


def finding_of(kept: Kept, now_ms: int, rules: RuleSet) -> Finding | None:
    """Return the finding of a remark at a time, in ms since 1970; None where it is none then.

    `rules` is the rule set in force, for the terms that it has.
    """
    rule = rules_at(kept.logged_at_ms).by_id.get(kept.remark.rule)
    if rule is None:
        return None  # a trace, or a rule that this software has no words for
    if rule.made is Made.DEADLINE:
        return _deadline(kept, now_ms, rules)
    if rule.rule == "label.far_apart":
        return None if kept.near is None else _finding(kept, rule, {"near": kept.near})
    return _finding(kept, rule, {})


def _deadline(kept: Kept, now_ms: int, rules: RuleSet) -> Finding | None:
    # A term may have been changed since: what matters is the one that holds today.
    rule = rules_at(now_ms).by_id.get(kept.remark.rule)
    if rule is None or kept.closed is not None or kept.remark.base_ms is None:
        return None
    days = rules.collection_silence_days.days if rule.term is Term.RULE_SET else rule.limit or 0
    due_ms = kept.remark.base_ms + days * DAY_MS
    if now_ms < due_ms - rule.notice_days * DAY_MS:
        return None
    due = format_day(day_of_ms(due_ms))
    return _finding(kept, rule, {"due": due, "days": days}, due=due, overdue=now_ms >= due_ms)


def _finding(
    kept: Kept,
    rule: FindingRule,
    facts: Mapping[str, Json],
    *,
    due: str | None = None,
    overdue: bool = False,
) -> Finding:
    remark = kept.remark
    state = FindingState.OPEN if kept.closed is None else FindingState.CLOSED
    return Finding(
        id=f"{kept.index}:{remark.rule}:{remark.subject}",
        rule=rule,
        subject=remark.subject,
        orgs=tuple(org for org in (remark.org, remark.other) if org is not None),
        index=kept.index,
        event=kept.event,
        logged_at_ms=kept.logged_at_ms,
        state=FindingState.NOTED if rule.closes is None else state,
        closed=kept.closed,
        facts={**remark.facts, **facts},
        due=due,
        overdue=overdue,
    )


def finding_json(found: Finding) -> dict[str, Json]:
    """Return the JSON form of a finding (docs/formats.md, Findings)."""
    return {
        "id": found.id,
        "rule": found.rule.rule,
        "severity": found.severity.value,
        "made": found.rule.made.value,
        "replayable": found.replayable,
        "state": found.state.value,
        "closed": found.closed,
        "subject": found.subject,
        "organisations": [str(org) for org in found.orgs],
        "index": found.index,
        "event": found.event,
        "logged_at": Instant.from_ms(found.logged_at_ms).text,
        "due": found.due,
        "overdue": found.overdue,
        "facts": dict(found.facts),
    }
