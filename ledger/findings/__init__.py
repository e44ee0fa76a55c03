"""Soft findings: what the rules allow and somebody should look at all the same. Recorded, never refused.

`remarks` is a pure function of an event and the states before and after it, so that writer, rebuild and any
replay note the same, row for row. `ledger.findings.shown` makes findings of remarks at the time of reading,
deadlines among them. What restricted claims say is compared at the door alone (`ledger.findings.door`).
"""

from collections.abc import Mapping

from ledger.events.envelope import Event
from ledger.findings import balance, clock, stated
from ledger.findings.remark import Applied, Remark
from ledger.findings.rules import FINDING_RULES, FindingRule, Made, Severity, rules_at
from ledger.findings.standing import standing
from ledger.state import Key, State, States

__all__ = [
    "FINDING_RULES",
    "Applied",
    "FindingRule",
    "Made",
    "Remark",
    "Severity",
    "applied",
    "remarks",
    "rules_at",
]

DETECTORS = (
    clock.ahead,
    clock.before_code,
    clock.before_history,
    clock.backdated,
    balance.unaccounted,
    balance.transit_loss,
    standing,
    stated.key_added,
    stated.report_filed,
    stated.pool_reported,
    stated.scans,
)


def applied(
    states: States, event: Event, changed: Mapping[Key, State], *, index: int, logged_at_ms: int
) -> Applied:
    """Return an event that the rules allowed, as the detectors see it, states before and after."""
    return Applied(states, event, changed, index, logged_at_ms, rules_at(logged_at_ms))


def remarks(seen: Applied) -> tuple[Remark, ...]:
    """Return what is remarked at an event, in an order that any replay gives again."""
    return tuple(remark for detector in DETECTORS for remark in detector(seen))
