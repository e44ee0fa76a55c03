"""When entries were logged, held against when witnesses cosigned: the operator's clock is nobody's word.

A checkpoint that a quorum has cosigned at some time bounds every entry: what it covers was logged before,
what it does not cover was logged after, but for the minutes in which a checkpoint goes round.
"""

from dataclasses import dataclass
from typing import Final

from crypto.errors import CryptoError
from ledger.audit.entries import ReadEntry
from ledger.audit.findings import Finding, Findings, Kind
from ledger.policy import Policy
from ledger.witnessed import witnessing

SLACK_S: Final = 300
"""How long a checkpoint may be under way to its witnesses, and how far their clocks may be off."""


@dataclass(frozen=True, slots=True)
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
    _from: Bound | None = None
    _until: Bound | None = None

    def after(self, note: str, size: int) -> None:
        """Take an older checkpoint of the log: what lies behind its size was logged after its time."""
        self._from = self._bound(note, size) or self._from

    def before(self, note: str, size: int) -> None:
        """Take a later checkpoint of the log: what it covers was logged before its time."""
        self._until = self._bound(note, size) or self._until

    def see(self, index: int, read: ReadEntry | None) -> None:
        """Hold the time of an entry against the bounds; one that could not be read has none."""
        if read is None or read.event_id is None:
            return
        at, older, later = read.logged_at_ms, self._from, self._until
        if older is not None and index >= older.size and at < (older.time_s - SLACK_S) * 1000:
            self._find("dated_back", index, read, older)
        if later is not None and index < later.size and at > (later.time_s + SLACK_S) * 1000:
            self._find("dated_ahead", index, read, later)

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
