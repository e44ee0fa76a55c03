"""Which entries each key has signed, and when: what a stolen key signed is counted and told from these.

Who stands by entries of a stolen key says how many those are: counted anew (`event.confirmed`).
"""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.report import Counts
from ledger.events.correction import EventConfirmed
from ledger.findings import Applied


@dataclass(slots=True)
class Signed:
    """Which entries each key is said to have signed.

    Attributes:
        of: Their indexes, by the key's thumbprint.
        times: When the log took each, in ms since 1970, by the key's thumbprint.
    """

    findings: Findings
    counts: Counts
    of: dict[str, "array[int]"] = field(default_factory=dict)
    times: dict[str, "array[int]"] = field(default_factory=dict)

    def add(self, kid: str, index: int, logged_at_ms: int) -> None:
        """Take in an entry, whatever becomes of it."""
        self.of.setdefault(kid, array("Q")).append(index)
        self.times.setdefault(kid, array("Q")).append(logged_at_ms)

    def restore(self, kid: str, indexes: "array[int]", times: "array[int]") -> None:
        """Put back what a key has signed; raises ValueError where a time is missing."""
        if len(indexes) != len(times):
            raise ValueError("an entry of a key has no time")
        self.of[kid], self.times[kid] = indexes, times

    def see(self, applied: Applied, follows: int | None) -> None:
        """Check what an applied event says of the entries of a key."""
        claims = applied.event.claims
        if not isinstance(claims, EventConfirmed):
            return
        found = self._count(claims)
        if found == claims.count:
            self.counts.confirmations += 1
            return
        facts = {"kid": claims.kid, "stated": claims.count, "found": found}
        facts |= {"first": claims.first, "last": claims.last}
        self.findings.add(
            Finding(
                kind=Kind.CONFIRMED,
                reason="count",
                index=applied.index,
                event=applied.event.id,
                follows=follows,
                facts=facts,
            )
        )

    def _count(self, claims: EventConfirmed) -> int:
        of = self.of.get(claims.kid, array("Q"))
        some = of[bisect_left(of, claims.first) : bisect_right(of, claims.last)]
        return len(some) - len(set(claims.exceptions) & set(some))
