"""Remarks: what a replay notes down at one event, from which findings are told when they are read.

A remark begins something, ends it, or says that something was seen. What ends it shares its thread, so
neither needs to know the other: the stream is only ever appended to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crypto.strictjson import Json
from ledger.events.envelope import Event
from ledger.findings.rules import FindingRules
from ledger.identifiers import ItemId
from ledger.lifecycle.rights import custodian_of
from ledger.rules import RuleSet, rule_set
from ledger.state import LOG, Item, Key, Log, State, States


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One remark at an event.

    Attributes:
        rule: the finding rule.
        subject: the item, organisation or key it is about, by its id.
        org: the organisation that can do something about it.
        other: the other organisation concerned.
        thread: what a later remark names to end it; None where nothing ends it.
        ends: whether it ends its thread instead of beginning it.
        base_ms: the time that a term counts from, or of what was seen, in ms since 1970.
        place: the city or district where something was seen.
        facts: what the finding's sentence needs.
    """

    rule: str
    subject: str
    org: ItemId | None = None
    other: ItemId | None = None
    thread: str | None = None
    ends: bool = False
    base_ms: int | None = None
    place: str | None = None
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """An event that the rules allowed: the states before it, those it changed, and when the log took it."""

    states: States
    event: Event
    changed: Mapping[Key, State]
    index: int
    logged_at_ms: int
    limits: FindingRules

    def before(self, item: ItemId) -> Item | None:
        """Return an item as it was."""
        found = self.states.get(item)
        return found if isinstance(found, Item) else None

    def after(self, item: ItemId) -> Item | None:
        """Return an item as the event leaves it."""
        found = self.changed.get(item)
        return found if isinstance(found, Item) else self.before(item)

    @property
    def rules(self) -> RuleSet:
        """The rule set in force."""
        log = self.states.get(LOG) or self.changed.get(LOG)
        if not isinstance(log, Log):
            raise TypeError("the log's own state was not fetched")
        return rule_set(log.rules)

    def custodian(self, item: ItemId) -> ItemId | None:
        """Return the enrolled firm that had an item before the event, or has it now where it is new."""
        known = self.before(item)
        if known is not None:
            return org_of(custodian_of(self.states, known))
        made = self.after(item)
        return None if made is None else org_of(made.custodian)

    def items(self) -> Iterator[ItemId]:
        """Yield the items, not the organisations, that the event is about."""
        return (item for item in self.event.prev if not item.is_org)


def org_of(party: object) -> ItemId | None:
    """Return a party that is an enrolled organisation, None for anybody else."""
    return party if isinstance(party, ItemId) and party.is_org else None


def others(org: ItemId | None, *candidates: ItemId | None) -> ItemId | None:
    """Return the first candidate that is another organisation than the first one."""
    return next((one for one in candidates if one is not None and one != org), None)
