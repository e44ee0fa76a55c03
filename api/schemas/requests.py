"""Bodies of requests."""

from typing import Final

from marshmallow import ValidationError, fields, validate

from api.schemas import Body

MAX_EVENTS: Final = 1_000
MAX_LOOKUPS: Final = 1_000
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
