"""Corrections: forward only, and never of a claim that a rule reads."""

from collections.abc import Mapping
from typing import Annotated, Any

from crypto.strictjson import Json
from ledger.claims import Codec, MalformedClaimError
from ledger.events.row import OFFICE, About, Claims, Row, event_type
from ledger.fields import EventIdText
from ledger.vocabulary import Ground


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
