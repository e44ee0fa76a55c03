"""Rule sets: what the lifecycle reads from data, each rule with its date and legal basis.

A version is one file beside this module, never edited once a log has adopted it: a change is a new version
and old ones stay, because every entry is judged by the version adopted before it (docs/formats.md, Rules).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Annotated, Final

from crypto import strictjson
from crypto.encoding import b64url_encode
from ledger.claims import Size, codec_of, decode, mapping_of
from ledger.errors import RuleRefusal
from ledger.fields import Count, Date, EventName, Ppm, Prose, RulesVersion, text
from ledger.instants import Day
from ledger.vocabulary import Application, Role, Step

_STEP_NAME: Final = text("split|transit|receipt|assembly|" + "|".join(Step), "a step with a tolerance")
Basis = Annotated[str, text(r"[ -~]{1,300}", "the legal basis")]
Tolerances = Annotated[Mapping[str, int], mapping_of(_STEP_NAME, codec_of(Ppm), Size(1, 20))]


class UnknownRulesError(RuleRefusal):
    """This software does not have the rule set; it can neither write under it nor judge by it."""


class Feature(StrEnum):
    """A change of behaviour that a rule set switches on; an older set goes on as it was."""

    NEW_CODES = "new_codes"
    """A label may bear a further code of its item."""
    INHERITED_ON_ACCEPTANCE = "inherited_on_acceptance"
    """A right that comes to whom it belongs around the item is read from there again."""
    HOME_BY_IMPORT = "home_by_import"
    """An importer that collects an item abroad brings it home."""
    KEYS_WHILE_SUSPENDED = "keys_while_suspended"
    """A suspended firm may add and revoke its keys: its administrator must be able to act."""
    DEALERS_COLLECT = "dealers_collect"
    """A dealer may take in what a user brings, though not as waste."""
    OWNER_OF_THE_WRITTEN_OFF = "owner_of_the_written_off"
    """A vehicle that an enrolled firm owns is written off with its consent only."""
    CONSENT_WITHDRAWN = "consent_withdrawn"
    """A consent that was not used yet can be taken back."""
    POOL_ENDS_WITH_CUSTODY = "pool_ends_with_custody"
    """A pack handed to a firm that runs no pool has left the pool."""
    AWAITED_RECEIVER = "awaited_receiver"
    """A firm that items were released to may take them in once it is enrolled."""
    MIXED_LOTS = "mixed_lots"
    """What was made of virgin or unknown material as well does not count as recycled."""
    MODEL_HAZARDS = "model_hazards"
    """A model keeps the hazards it was declared with, so that its labels can show them."""
    OFFER_UNTOUCHED = "offer_untouched"
    """Taking an act back leaves an offer alone that the act did not touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRules:
    """How far an event may lie ahead of the log's clock."""

    signed_ahead_s: Count
    happened_ahead_s: Count
    code_ahead_days: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class ProhibitedApplication:
    """An application no product may have from a day on. `basis_status`: how sure we are of the basis."""

    application: Application
    since: Date
    basis: Basis
    basis_status: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class RetiredReceivers:
    """The roles of which a receiver of waste batteries needs one, from a day on."""

    roles: tuple[Role, ...]
    since: Date
    basis: Basis
    basis_status: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """The days a firm has to answer a collector that holds its battery."""

    days: Count
    basis: Basis
    basis_status: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceBasis:
    """Where the tolerances come from."""

    basis: Basis
    basis_status: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One version of the rules. Tolerances in parts per million of the input mass.

    `mass_tolerance_ppm` has the steps of treatment and `split`, what may come out of them; `transit` and
    `receipt`, what a lot or a unit may weigh more at its receiver's; `assembly`, what may be built around
    used batteries. `features`: what behaves otherwise than under the first sets.
    """

    version: RulesVersion
    events: tuple[EventName, ...]
    clock: ClockRules
    prohibited_applications: tuple[ProhibitedApplication, ...]
    retired_receivers: tuple[RetiredReceivers, ...]
    collection_silence_days: Silence
    mass_tolerance_ppm: Tolerances
    element_tolerance_ppm: Ppm
    tolerance_basis: ToleranceBasis
    chemical_steps: tuple[Step, ...]
    features: tuple[Feature, ...] = ()

    def prohibits(self, application: Application, day: Day) -> ProhibitedApplication | None:
        """Return the rule that forbids an application on a day, if one does."""
        return next(
            (
                rule
                for rule in self.prohibited_applications
                if rule.application == application and day >= rule.since
            ),
            None,
        )

    def receivers_of_waste(self, day: Day) -> RetiredReceivers | None:
        """Return the rule on who may receive waste batteries on a day: the latest that has begun."""
        begun = [rule for rule in self.retired_receivers if rule.since <= day]
        return max(begun, key=lambda rule: rule.since, default=None)


def _read() -> dict[str, bytes]:
    files = resources.files(__name__)
    return {
        file.name.removesuffix(".json"): file.read_bytes()
        for file in files.iterdir()
        if file.name.endswith(".json")
    }


# Read once at import: the files are part of the program, as its code is.
RULE_FILES: Final[Mapping[str, bytes]] = _read()
RULE_SETS: Final[Mapping[str, RuleSet]] = {
    version: decode(RuleSet, strictjson.loads(data)) for version, data in RULE_FILES.items()
}
LATEST: Final = max(RULE_SETS, key=lambda version: tuple(int(part) for part in version.split(".")))


def rule_set(version: str) -> RuleSet:
    """Return a rule set by its version, or raise UnknownRulesError."""
    try:
        return RULE_SETS[version]
    except KeyError as error:
        raise UnknownRulesError("rules.unknown", version=version) from error


def rules_sha256(version: str) -> str:
    """Return the base64url SHA-256 of a rule set's file, byte for byte."""
    if version not in RULE_FILES:
        raise UnknownRulesError("rules.unknown", version=version)
    return b64url_encode(hashlib.sha256(RULE_FILES[version]).digest())
