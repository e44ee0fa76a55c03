"""What an audit finds: each finding with its place, the first ones of a kind in full, the rest counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from crypto.strictjson import Json
from ledger.verdict import Verdict

LISTED: Final = 25
NO_QUORUM: Final = "no_quorum"
TOO_FAR_BACK: Final = "too_far_back"
TOO_NEW: Final = "too_new"
TOO_OLD: Final = "too_old"
_UNDECIDED: Final = frozenset({NO_QUORUM, TOO_FAR_BACK, TOO_NEW, TOO_OLD})


class Check(StrEnum):
    """What an audit checks, in its order."""

    CHECKPOINT = "checkpoint"
    """The log's pinned key has signed the checkpoint."""
    ROOT = "root"
    """Entry 0 is the event that was pinned."""
    TREE = "tree"
    """The entries and every tile hash to the checkpoint's root."""
    SINCE = "since"
    """The tree begins with that of an older checkpoint."""
    KEPT = "kept"
    """Every checkpoint that the log keeps for ever is one of this history."""
    RECEIPTS = "receipts"
    """Every entry for which the auditor holds a receipt is in the log."""
    ENTRIES = "entries"
    """Every entry is an event in its one form, logged once, in the order of time."""
    SIGNATURES = "signatures"
    """Every event is signed with a key that was its issuer's then."""
    RULES = "rules"
    """Every event was allowed by the rules and states before it."""
    INDEX = "index"
    """Every published index is that of the entries it is about."""
    CONFIRMED = "confirmed"
    """Who stands by entries of a stolen key counted them right."""
    ITEMS = "items"
    """The states that the server tells are those which the entries give."""
    AMBER = "amber"
    """What rests on a stolen key's signature is told as in doubt, and nothing else is."""
    FINDINGS = "findings"
    """The findings that the server tells are those which public claims give."""
    ACCOUNTS = "accounts"
    """The accounts of steps and lots that the server tells are those which the entries give."""
    STATISTICS = "statistics"
    """The statistics that the server tells are those which the entries give."""
    OFFERS = "offers"
    """The open offers that the server lists are those which the entries give."""
    TREES = "trees"
    """The trees of items that were drawn, of parts and of generations, are those which the entries give."""
    SEARCHES = "searches"
    """Searches find the items that were drawn, and nothing but what the entries give."""
    GATE = "gate"
    """The list of what gates stop that the log has signed is the one which the entries give."""
    HISTORIES = "histories"
    """The histories that were drawn are listed by the server as the entries give them."""
    WITNESSED = "witnessed"
    """A quorum of the policy's witnesses has cosigned the checkpoint."""


class Kind(StrEnum):
    """What a finding is about."""

    CHECKPOINT = "checkpoint"
    ROOT = "root"
    TILE = "tile"
    BUNDLE = "bundle"
    SINCE = "since"
    KEPT = "kept"
    PROMISE = "promise"
    ENTRY = "entry"
    EVENT = "event"
    DUPLICATE = "duplicate"
    SIGNATURE = "signature"
    RULE = "rule"
    INDEX = "index"
    CONFIRMED = "confirmed"
    ITEM = "item"
    AMBER = "amber"
    FINDING = "finding"
    ACCOUNT = "account"
    STATISTICS = "statistics"
    OFFER = "offer"
    TREE = "tree"
    SEARCH = "search"
    GATE = "gate"
    HISTORY = "history"
    WITNESS = "witness"
    UNKNOWN = "unknown"


CHECK_OF: Final[Mapping[Kind, Check]] = {
    Kind.CHECKPOINT: Check.CHECKPOINT,
    Kind.ROOT: Check.ROOT,
    Kind.TILE: Check.TREE,
    Kind.BUNDLE: Check.TREE,
    Kind.SINCE: Check.SINCE,
    Kind.KEPT: Check.KEPT,
    Kind.PROMISE: Check.RECEIPTS,
    Kind.ENTRY: Check.ENTRIES,
    Kind.EVENT: Check.ENTRIES,
    Kind.DUPLICATE: Check.ENTRIES,
    Kind.SIGNATURE: Check.SIGNATURES,
    Kind.RULE: Check.RULES,
    Kind.INDEX: Check.INDEX,
    Kind.CONFIRMED: Check.CONFIRMED,
    Kind.ITEM: Check.ITEMS,
    Kind.AMBER: Check.AMBER,
    Kind.FINDING: Check.FINDINGS,
    Kind.ACCOUNT: Check.ACCOUNTS,
    Kind.STATISTICS: Check.STATISTICS,
    Kind.OFFER: Check.OFFERS,
    Kind.TREE: Check.TREES,
    Kind.SEARCH: Check.SEARCHES,
    Kind.GATE: Check.GATE,
    Kind.HISTORY: Check.HISTORIES,
    Kind.WITNESS: Check.WITNESSED,
    Kind.UNKNOWN: Check.RULES,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it must be, or that cannot be told.

    Attributes:
        kind: What it is about; `unknown` where this software cannot judge.
        reason: A short code, or the id of the rule that is broken.
        index: The entry's index.
        event: The event's id.
        item: The id of the item, organisation or key concerned.
        path: The tile's or bundle's path below the log's prefix.
        follows: Index of an earlier entry with a finding of which this one may be a mere consequence.
        facts: What was found and what was expected, by name.
    """

    kind: Kind
    reason: str
    index: int | None = None
    event: str | None = None
    item: str | None = None
    path: str | None = None
    follows: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def check(self) -> Check:
        """The check that this finding keeps from being ok."""
        if self.kind is Kind.UNKNOWN and self.index is None and self.item is not None:
            return Check.ITEMS
        if self.kind is Kind.ENTRY and self.reason == "differs":
            return Check.TREE
        return CHECK_OF[self.kind]

    @property
    def verdict(self) -> Verdict:
        """Whether something is disproved or cannot be told."""
        unknown = self.kind is Kind.UNKNOWN or self.reason in _UNDECIDED
        return Verdict.UNKNOWN if unknown else Verdict.FAILED

    def to_json(self) -> dict[str, Json]:
        """Return the finding as an object, without the members that do not apply."""
        told: dict[str, Json] = {"kind": self.kind.value, "check": self.check.value, "reason": self.reason}
        for name in ("index", "event", "item", "path", "follows"):
            value = getattr(self, name)
            if value is not None:
                told[name] = value
        if self.facts:
            told["facts"] = {name: plain(value) for name, value in self.facts.items()}
        return told


@dataclass(slots=True)
class Findings:
    """Collects findings: of each kind, reason and standing the first `LISTED` are kept, all are counted.

    Consequences of an earlier finding are counted apart, so that thousands of them hide nothing new.
    """

    listed: list[Finding] = field(default_factory=list)
    verdicts: dict[Check, Verdict] = field(default_factory=dict)
    _counts: Counter[tuple[Kind, str, bool]] = field(default_factory=Counter)

    def add(self, finding: Finding) -> None:
        """Take a finding in."""
        key = finding.kind, finding.reason, finding.follows is None
        self._counts[key] += 1
        if self._counts[key] <= LISTED:
            self.listed.append(finding)
        if self.verdicts.get(finding.check) is not Verdict.FAILED:
            self.verdicts[finding.check] = finding.verdict

    @property
    def counted(self) -> dict[str, int]:
        """How many there are of each kind, the ones not listed too."""
        totals = Counter[str]()
        for (kind, _, _), count in self._counts.items():
            totals[kind.value] += count
        return dict(totals)

    @property
    def total(self) -> int:
        """How many there are."""
        return self._counts.total()


def plain(value: object) -> Json:
    """Return a fact as JSON: what has no form of its own there, as its text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value)
