"""Corrections and disputes: forward only, and never an edit."""

from collections.abc import Mapping
from typing import Annotated, Any

from crypto.strictjson import Json
from ledger.claims import Codec, MalformedClaimError
from ledger.events.row import OFFICE, About, Claims, Row, event_type
from ledger.fields import EventIdText
from ledger.vocabulary import DisputeOutcome, Ground


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
