"""The outcome of an audit: what was checked, how each check ended and what was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crypto.encoding import b64_encode
from crypto.strictjson import Json
from ledger.audit.behind import Behind
from ledger.audit.findings import Check, Finding
from ledger.audit.following import Step
from ledger.verdict import Verdict

VERSION: Final = 1
OF_TOLD: Final = frozenset(
    {
        "compared",
        "amber",
        "findings",
        "accounts",
        "statistics",
        "histories",
        "offers",
        "trees",
        "searches",
        "stopped",
    }
)
"""The counts of what a server tells, which every audit compares anew."""


@dataclass(slots=True, kw_only=True)
class Counts:
    """How much was read and verified."""

    entries: int = 0
    tiles: int = 0
    bundles: int = 0
    signatures: int = 0
    events: int = 0
    """Events that the rules allow, replayed."""
    kept: int = 0
    """Checkpoints kept by the log that are of this history."""
    receipts: int = 0
    """Receipts whose entries are in the log."""
    indexes: int = 0
    """Published indexes that the entries give."""
    behind: int = 0
    """Published indexes that leave out what was days old."""
    confirmations: int = 0
    """Counts of a stolen key's entries that are right."""
    items: int = 0
    organisations: int = 0
    compared: int = 0
    """States that the server told as they are."""
    amber: int = 0
    """Items in doubt for a stolen key."""
    findings: int = 0
    """Findings that public claims give."""
    accounts: int = 0
    """Accounts of treatment steps and lots that the server told as they are."""
    statistics: int = 0
    """Tables of statistics that the server told as they are."""
    trees: int = 0
    """Trees that the server told as they are."""
    searches: int = 0
    """Searches that found the item that was drawn, and nothing that is not there."""
    stopped: int = 0
    """Figures of the list of what gates stop that are as they are."""
    histories: int = 0
    """Histories that the server listed as they are, event by event."""
    offers: int = 0
    """Lists of open offers, to a firm or by it, that the server told as they are."""

    def to_json(self) -> dict[str, Json]:
        """Return the counts by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an audit says.

    Attributes:
        origin: The log's origin, as its checkpoint has it, else from the root of trust.
        size: Size of the tree that was audited, 0 where no checkpoint could be opened.
        root: Its root as the checkpoint states it, 32 bytes, or None.
        note: That checkpoint as it was served, with all signature lines; empty where there is none.
        pinned: Whether the root of trust was the auditor's own.
        resumed: How many entries an earlier audit had judged, where this one went on with it.
        followed: The entries by which the log took on another key or origin since entry 0.
        behind: The last published indexes that leave out what was days old, which breaks no check.
        seed: By what accounts were drawn, where there were too many to compare them all.
        checks: Each check that was asked for, with its verdict.
        findings: The findings in the order in which they came up; of many alike the first ones.
        counted: How many there are of each kind, the ones not listed too.
        counts: How much was read and verified.
    """

    origin: str
    size: int = 0
    root: bytes | None = None
    note: str = ""
    pinned: bool = True
    resumed: int | None = None
    followed: tuple[Step, ...] = ()
    behind: tuple[Behind, ...] = ()
    seed: str | None = None
    checks: Mapping[Check, Verdict]
    findings: tuple[Finding, ...] = ()
    counted: Mapping[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    @property
    def ok(self) -> bool:
        """Whether every check is ok; what is unknown is not."""
        return all(verdict is Verdict.OK for verdict in self.checks.values())

    @property
    def ok_but_for_pinning(self) -> bool:
        """Whether all is ok except that the root of trust came from the log itself."""
        others = (verdict for check, verdict in self.checks.items() if check is not Check.ROOT)
        return (
            not self.pinned
            and self.checks[Check.ROOT] is Verdict.UNKNOWN
            and all(verdict is Verdict.OK for verdict in others)
        )

    def to_json(self) -> dict[str, Json]:
        """Return the report as one object for programs."""
        return {
            "v": VERSION,
            "origin": self.origin,
            "ok": self.ok,
            "pinned": self.pinned,
            "size": self.size,
            "root": None if self.root is None else b64_encode(self.root),
            "resumed": self.resumed,
            "seed": self.seed,
            "followed": [step.to_json() for step in self.followed],
            "behind": [one.to_json() for one in self.behind],
            "checks": {check.value: verdict.value for check, verdict in self.checks.items()},
            "counts": self.counts.to_json(),
            "counted": dict(self.counted),
            "findings": [finding.to_json() for finding in self.findings],
        }
