"""Query parameters of searches: each is read by the function of the ledger that owns its form."""

from collections.abc import Callable
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

from api.schemas.queries import ListQuery
from ledger.errors import MalformedError
from ledger.identifiers import ItemId, MalformedIdError
from ledger.instants import Instant, parse_day
from ledger.likeness import Pattern
from ledger.state import Holder
from ledger.vocabulary import Kind, Phase

MAX_PREFIX: Final = 100
MAX_CURSOR: Final = 1_000


class _Parsed(fields.String):
    """A text that a function of the ledger parses."""

    def __init__(self, parse: Callable[[str], Any], about: str, **options: Any) -> None:  # noqa: ANN401  the base's
        super().__init__(metadata={"description": about}, **options)
        self._parse: Final = parse

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ANN401  the base's
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return self._parse(text)
        except MalformedError as error:
            raise ValidationError(str(error)) from error


_HOLDERS: Final = frozenset(Holder) - {Holder.INHERITED}
_SCHEMES: Final = ("gbt34014", "gbt45565", "gs1", "local", "lot", "vehicle")


def _party(text: str) -> str:
    if text in _HOLDERS:
        return text
    return str(org_id(text))


def org_id(text: str) -> ItemId:
    """Return the organisation of an id or of what follows `org:` in it; raises MalformedIdError."""
    return ItemId.parse(text if text.startswith("org:") else f"org:{text}")


def _vehicle(text: str) -> ItemId:
    return ItemId.parse(text if ":" in text else f"vehicle:{text}")


def _prefix(text: str) -> str:
    """Return how ids begin: as it stands, or as a bare battery code begins."""
    if not 1 <= len(text) <= MAX_PREFIX:
        raise MalformedIdError(f"not 1 to {MAX_PREFIX} characters")
    if ":" in text or any(scheme.startswith(text) for scheme in _SCHEMES):
        return text
    return f"gbt34014:{text.upper()}"


class PageQuery(ListQuery):
    """Which page of a list."""

    after = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=MAX_CURSOR),
        metadata={"description": "`next` of the page before"},
    )


class ItemsQuery(PageQuery):
    """Which items; all that is given must hold."""

    kind = fields.Enum(Kind, by_value=True)
    phase = fields.Enum(Phase, by_value=True)
    holder = _Parsed(
        _party,
        "who has it, itself or what it is in: an organisation id, `user`, `outside` or `nobody`",
    )
    owner = _Parsed(_party, "who owns it, likewise")
    vehicle = _Parsed(_vehicle, "the vehicle (or any other item) it is in, on any level")
    model = fields.String(metadata={"description": "a model id"})
    prefix = _Parsed(_prefix, "the id, or the bare battery code, begins with this")
    pattern = _Parsed(
        Pattern.parse,
        "a battery code or its beginning as far as it can be read: `?` for each character that cannot; the "
        "codes that look like it come likeliest first",
    )
    made_from = _Parsed(parse_day, "made on this day or later, YYYY-MM-DD")
    made_until = _Parsed(parse_day, "made on this day or before")
    changed_from = _Parsed(
        Instant.parse, "its latest event was logged then or later, RFC 3339 with an offset"
    )
    changed_until = _Parsed(Instant.parse, "its latest event was logged then or before")


class OffersQuery(PageQuery):
    """Which open transfers; `to` or `by` must be given."""

    to = _Parsed(org_id, "the organisation they are made to", load_default=None)
    by = _Parsed(org_id, "the organisation that made them", load_default=None)
    consignment = fields.UUID(load_default=None, metadata={"description": "one load of them"})
