"""Finding rules: what the ledger remarks on, how serious that is, and from which measure on, as dated data.

A version is one file beside this module, never edited once a release had it. Entries logged before the next
version's first day keep theirs, so a replay makes the same findings whenever it runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib import resources
from typing import Annotated, Final

from crypto import strictjson
from ledger.claims import Size, decode
from ledger.fields import Count, Date, Prose, RulesVersion, text
from ledger.instants import day_of_ms

FindingRuleId = Annotated[str, text(r"[a-z]{1,20}\.[a-z_]{1,30}", "the id of a finding rule")]
Sentence = Annotated[str, text(r"[ -~]{1,300}", "1 to 300 ASCII characters")]


class Made(StrEnum):
    """Where a finding comes from."""

    PUBLIC = "public"
    """From public claims and states: every replay makes it again."""
    DOOR = "door"
    """From restricted claims, when they were submitted: no replay can make it again."""
    DEADLINE = "deadline"
    """From what waits and the time of reading."""


class Severity(StrEnum):
    """How much a finding asks for somebody."""

    NOTICE = "notice"
    WARNING = "warning"
    SERIOUS = "serious"


class Term(StrEnum):
    """Where a term or tolerance stands that is none of the limits here."""

    DAYS = "days"
    RULE_SET = "rule_set"


class Unit(StrEnum):
    """What a limit counts."""

    SECONDS = "seconds"
    HOURS = "hours"
    DAYS = "days"
    PERMILLE = "permille"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRule:
    """One rule. `closes` is empty where nothing takes a finding back: it stays noted.

    `limit` in `unit`; `term` says that a deadline counts `limit` days, or that the rule set in force has the
    number; a deadline shows `notice_days` before it is due.
    """

    rule: FindingRuleId
    severity: Severity
    made: Made
    fires: Sentence
    closes: Sentence | None = None
    limit: Count | None = None
    unit: Unit | None = None
    term: Term | None = None
    notice_days: Count = 0
    basis: Sentence
    basis_status: Prose


@dataclass(frozen=True, kw_only=True)
class FindingRules:
    """One version of the finding rules; `since` is the first UTC day whose entries it is for."""

    version: RulesVersion
    since: Date
    rules: Annotated[tuple[FindingRule, ...], Size(1, 200)]

    @cached_property
    def by_id(self) -> Mapping[str, FindingRule]:
        """The rules by their id."""
        return {one.rule: one for one in self.rules}

    def limit(self, rule: str) -> int:
        """Return the limit of a rule that has one, in the rule's unit."""
        limit = self.by_id[rule].limit
        if limit is None:
            raise LookupError(f"finding rule {rule} has no limit")
        return limit


def _read() -> dict[str, FindingRules]:
    files = [one for one in resources.files(__package__).iterdir() if one.name.endswith(".json")]
    found = [decode(FindingRules, strictjson.loads(file.read_bytes())) for file in files]
    return {one.version: one for one in sorted(found, key=lambda one: one.since)}


# Read once at import: the files are part of the program, as its code is.
FINDING_RULES: Final[Mapping[str, FindingRules]] = _read()
_IN_ORDER: Final = tuple(FINDING_RULES.values())


def rules_at(ms: int) -> FindingRules:
    """Return the finding rules for what the log took at a time, in ms since 1970; the first reach back."""
    day = day_of_ms(ms)
    return next((one for one in reversed(_IN_ORDER) if one.since <= day), _IN_ORDER[0])
