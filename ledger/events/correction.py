"""Corrections, voidings, rectifications and disputes: forward only, and never an edit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from crypto.strictjson import Json
from ledger.claims import Codec, MalformedClaimError, Size
from ledger.events.row import OFFICE, About, Claims, Row, event_type
from ledger.fields import Count, EventIdText, Hash, Kid, MassG, Positive
from ledger.state import Party
from ledger.vocabulary import DisputeOutcome, Ground, Phase, Role

MAX_EXCEPTIONS: Final = 500


def _decode_claims(value: Json) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise MalformedClaimError("must be an object of corrected claims")
    return value


def _encode_claims(value: Mapping[str, Any]) -> Json:
    return dict(value)


CorrectedClaims = Annotated[
    Mapping[str, Any],
    Codec(
        _decode_claims,
        _encode_claims,
        {"type": "object", "description": "claims by name, typed by the corrected event"},
    ),
]


@event_type(
    Row(
        type="event.corrected",
        act=False,
        roles=None,
        purposes=OFFICE,
        about=About.EVENT,
        custody=False,
    )
)
class EventCorrected(Claims):
    """The issuer states claims of an earlier event anew.

    `claims` are typed by the corrected event's type; restricted ones stand in `_sd` under its names.
    """

    event: EventIdText
    ground: Ground
    claims: CorrectedClaims


@event_type(
    Row(type="event.disputed", act=False, roles=None, purposes=OFFICE, about=About.EVENT, custody=False)
)
class EventDisputed(Claims):
    """A party of an event contests it; the items it is about are disputed until that is settled."""

    event: EventIdText
    ground: Ground


@event_type(
    Row(type="dispute.settled", act=False, roles=None, purposes=OFFICE, about=About.EVENT, custody=False)
)
class DisputeSettled(Claims):
    """A dispute ends, once both parties or the regulator have said so alike."""

    event: EventIdText
    outcome: DisputeOutcome


@event_type(Row(type="event.voided", act=True, roles=None, purposes=OFFICE, about=About.EVENT, custody=False))
class EventVoided(Claims):
    """The issuer takes an act back, as long as nothing was built on it.

    Its `prev` names the items of that act, each with its tip: the act for those it touched.
    """

    event: EventIdText
    ground: Ground


@event_type(
    Row(
        type="event.confirmed",
        act=False,
        roles=None,
        purposes=OFFICE,
        about=About.SIGNER,
        custody=False,
    )
)
class EventConfirmed(Claims):
    """An organisation stands by what a compromised key of its own signed.

    The entries of that key at the indexes `first` to `last` but for `exceptions`, `count` in all.
    """

    kid: Kid
    first: Count
    last: Count
    count: Positive
    exceptions: Annotated[tuple[Count, ...], Size(0, MAX_EXCEPTIONS)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """The members of an item's state that a rectification sets. `home`: the item is not abroad any more."""

    custodian: Party | None = None
    owner: Party | None = None
    operator: Party | None = None
    phase: Phase | None = None
    mass_g: MassG | None = None
    home: bool = False


@event_type(
    Row(
        type="state.rectified",
        act=True,
        roles=frozenset({Role.REGULATOR}),
        purposes=OFFICE,
        holder=True,
        custody=False,
    )
)
class StateRectified(Claims):
    """The custodian, with consent, or the regulator says how an item stands from here on.

    `events` are those that it answers; the past is never computed again.
    """

    events: Annotated[tuple[EventIdText, ...], Size(1, 32)]
    ground: Ground
    facets: Facets


@event_type(
    Row(
        type="disclosure.erased",
        act=False,
        roles=frozenset({Role.REGISTRAR}),
        purposes=OFFICE,
        about=About.EVENT,
        custody=False,
    )
)
class DisclosureErased(Claims):
    """The registrar has restricted claims of an event erased, by their digests; every proof still holds."""

    event: EventIdText
    digests: Annotated[tuple[Hash, ...], Size(1, 64)]
    ground: Ground
