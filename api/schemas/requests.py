"""Bodies of requests."""

from typing import Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from api.schemas import Body

MAX_EVENTS: Final = 1_000
MAX_LOOKUPS: Final = 1_000
MAX_EVENTS_OF_A_SHARE: Final = 64
MAX_SCAN: Final = 4_096
MAX_FRAGMENTS: Final = 8


def _check_scan(value: object) -> None:
    fragments = value if isinstance(value, list) else [value]
    if not 1 <= len(fragments) <= MAX_FRAGMENTS or not all(isinstance(one, str) for one in fragments):
        raise ValidationError(f"must be a text or a list of 1 to {MAX_FRAGMENTS} texts")


class SubmissionBody(Body):
    """Several events, in the order in which they build on each other."""

    events = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "SD-JWTs with all their disclosures, at most 1,000", "maxItems": MAX_EVENTS},
    )


class LookupBody(Body):
    """Ids or raw scans to look up."""

    items = fields.List(
        fields.String(validate=validate.Length(max=MAX_SCAN)),
        required=True,
        validate=validate.Length(min=1),
        metadata={"description": "item ids or raw scans, at most 1,000", "maxItems": MAX_LOOKUPS},
    )


class SharedClaims(Schema):
    """Restricted claims of one event, by name."""

    class Meta:
        """Unknown members are refused."""

        unknown = RAISE

    event = fields.String(
        required=True, validate=validate.Length(min=43, max=43), metadata={"description": "an event id"}
    )
    names = fields.List(
        fields.String(validate=validate.Length(min=1, max=100)),
        required=True,
        validate=validate.Length(min=1, max=64),
        metadata={"description": "names of its restricted claims"},
    )


class ShareBody(Body):
    """What a link is to show."""

    item = fields.String(
        required=True, validate=validate.Length(max=200), metadata={"description": "an item id"}
    )
    claims = fields.List(
        fields.Nested(SharedClaims),
        required=True,
        validate=validate.Length(min=1, max=MAX_EVENTS_OF_A_SHARE),
        metadata={"description": "at most 64 events", "maxItems": MAX_EVENTS_OF_A_SHARE},
    )
    until = fields.String(
        required=True,
        validate=validate.Length(max=40),
        metadata={"description": "when the link ends, an instant at most 90 days ahead"},
    )


class ResolveBody(Body):
    """A vehicle identification number."""

    vin = fields.String(
        required=True,
        validate=validate.Length(min=1, max=40),
        metadata={"description": "17 characters, in any case"},
    )


class DecodeBody(Body):
    """A raw scan: one text, or the fragments of one code from several marks."""

    scan = fields.Raw(
        required=True,
        validate=_check_scan,
        metadata={
            "description": "what the scanner gave, or a list of fragments",
            "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
    )
