"""When entries were logged, held against when witnesses cosigned: the operator's clock is nobody's word.

A checkpoint that a quorum has cosigned at some time bounds every entry: what it covers was logged before,
what it does not cover was logged after, but for the minutes in which a checkpoint goes round.
"""

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from crypto.errors import CryptoError
from ledger.audit.entries import ReadEntry
from ledger.audit.findings import NO_QUORUM, Finding, Findings, Kind
from ledger.policy import Policy
from ledger.witnessed import witnessing

SLACK_S: Final = 300
"""How long a checkpoint may be under way to its witnesses, and how far their clocks may be off."""


@dataclass(frozen=True, slots=True, order=True)
class Bound:
    """A size of the log, and when a quorum knew of no larger one, in POSIX seconds."""

    size: int
    time_s: int


@dataclass(slots=True)
class Dated:
    """The bounds that cosigned checkpoints set to the times of entries.

    Attributes:
        findings: where it is said that an entry breaks one.
        policy: whose cosignatures count; without one nothing is bounded.
    """

    findings: Findings
    policy: Policy | None
    _bounds: list[Bound] = field(default_factory=list)
    _latest: list[Bound] | None = None
    _earliest: list[Bound] = field(default_factory=list)

    def bound(self, note: str, size: int) -> None:
        """Take in a checkpoint of the log: it covers what was logged before its time, and nothing after."""
        found = self._bound(note, size)
        if found is not None:
            insort(self._bounds, found)
            self._latest = None

    def see(self, index: int, read: ReadEntry | None) -> None:
        """Hold the time of an entry against the bounds; one that could not be read has none."""
        if read is None or read.event_id is None or not self._bounds:
            return
        if self._latest is None:
            self._sum_up()
        at, place = read.logged_at_ms, bisect_right(self._bounds, index, key=lambda one: one.size)
        # Of those that do not cover it the latest binds, of those that do the earliest.
        older = self._latest[place - 1] if self._latest and place > 0 else None
        later = self._earliest[place] if place < len(self._bounds) else None
        if older is not None and at < (older.time_s - SLACK_S) * 1000:
            self._find("dated_back", index, read, older)
        if later is not None and at > (later.time_s + SLACK_S) * 1000:
            self._find("dated_ahead", index, read, later)

    def is_witnessed(self, note: str) -> bool:
        """Say whether a quorum has cosigned a checkpoint; a finding says why not. None demanded: no."""
        if self.policy is None or not self.policy.demands_witnesses:
            return False
        try:
            found = witnessing(note, self.policy)
        except CryptoError as error:
            facts = {"why": error.reason}
            self.findings.add(Finding(kind=Kind.WITNESS, reason="bad_cosignature", facts=facts))
            return False
        if not found.is_met:
            names = ", ".join(found.times_s)
            facts = {"quorum": self.policy.quorum, "count": str(len(found.times_s)), "witnesses": names}
            self.findings.add(Finding(kind=Kind.WITNESS, reason=NO_QUORUM, facts=facts))
        return found.is_met

    def _sum_up(self) -> None:
        self._latest = list(accumulate(self._bounds, _later))
        back = accumulate(reversed(self._bounds), _earlier)
        self._earliest = list(back)[::-1]

    def _find(self, reason: str, index: int, read: ReadEntry, bound: Bound) -> None:
        facts = {"logged_at_ms": read.logged_at_ms, "size": bound.size, "cosigned_at_ms": bound.time_s * 1000}
        self.findings.add(
            Finding(kind=Kind.ENTRY, reason=reason, index=index, event=read.event_id, facts=facts)
        )

    def _bound(self, note: str, size: int) -> Bound | None:
        """Return the size and the time of a quorum's word; None where there is none."""
        if self.policy is None:
            return None
        try:
            fresh_at_s = witnessing(note, self.policy).fresh_at_s
        except CryptoError:
            return None  # a finding of its own, where the witnesses are checked
        return None if fresh_at_s is None else Bound(size, fresh_at_s)


def _later(one: Bound, two: Bound) -> Bound:
    return one if one.time_s >= two.time_s else two


def _earlier(one: Bound, two: Bound) -> Bound:
    return one if one.time_s <= two.time_s else two
