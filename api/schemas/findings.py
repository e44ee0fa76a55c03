"""Query parameters of findings."""

import re
from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from api.schemas.queries import ListQuery
from ledger.findings import Severity
from ledger.findings.shown import FindingState
from ledger.noticed import RULE_IDS, Place

_LAST: Final = 2**53 - 1
_PLACE: Final = re.compile(r"(0|[1-9][0-9]{0,14})\.(0|[1-9][0-9]{0,6})", re.ASCII)


class PlaceField(fields.Field[Place]):
    """A place in the stream of findings, `<index>.<n>`."""

    def _deserialize(
        self,
        value: object,
        attr: str | None,  # noqa: ARG002  the signature of the base
        data: Mapping[str, Any] | None,  # noqa: ARG002  the same
        **kwargs: object,  # noqa: ARG002  the same
    ) -> Place:
        match = _PLACE.fullmatch(str(value))
        if match is None:
            raise ValidationError("must be `next` of the page before")
        return int(match[1]), int(match[2])


class FindingsQuery(ListQuery):
    """Which findings."""

    org = fields.String(
        load_default=None, metadata={"description": "an organisation that is concerned, by its id"}
    )
    item = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=100),
        metadata={"description": "the item or organisation it is about, by id or bare code"},
    )
    rule = fields.String(
        load_default=None,
        validate=validate.OneOf(RULE_IDS),
        metadata={"description": "a finding rule, see docs/findings.md"},
    )
    state = fields.Enum(FindingState, by_value=True, load_default=None)
    severity = fields.Enum(Severity, by_value=True, load_default=None)
    since = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=_LAST),
        metadata={"description": "index of the first entry whose findings are wanted"},
    )
    after = PlaceField(load_default=None, metadata={"description": "`next` of the page before"})
