"""Query parameters of routes."""

from typing import Final

from marshmallow import fields, validate

from api.schemas import FreeQuery, Query

MAX_PAGE: Final = 1_000
PAGE: Final = 100
_LAST: Final = 2**53 - 1
_WITNESSED: Final = "`witnessed` waits, 2 s at most, until witnesses have cosigned"


class ListQuery(Query):
    """Base of the queries of lists that come page by page."""

    limit = fields.Integer(
        load_default=PAGE,
        validate=validate.Range(min=1, max=MAX_PAGE),
        metadata={"description": "how many at most"},
    )


class NoQuery(Query):
    """A route without parameters."""


class SubmitQuery(Query):
    """How events are taken."""

    atomic = fields.Boolean(load_default=False, metadata={"description": "log all or none"})
    dry_run = fields.Boolean(load_default=False, metadata={"description": "check, and keep nothing"})
    wait = fields.String(
        load_default=None, validate=validate.OneOf(["witnessed"]), metadata={"description": _WITNESSED}
    )


class ReceiptQuery(Query):
    """Which receipt."""

    wait = fields.String(
        load_default=None, validate=validate.OneOf(["witnessed"]), metadata={"description": _WITNESSED}
    )


class DossierQuery(Query):
    """How much of an item's surroundings."""

    parts = fields.Boolean(load_default=False, metadata={"description": "with what is in the item"})


class IndexQuery(Query):
    """What the published index is asked for."""

    of = fields.String(
        required=True,
        validate=validate.Length(1, 200),
        metadata={"description": "an id, a bare code or a further code or link"},
    )


class FeedQuery(ListQuery):
    """Which stretch of the log."""

    after = fields.Integer(
        load_default=-1,
        validate=validate.Range(min=-1, max=_LAST),
        metadata={"description": "index of the last entry you have; -1 begins at the first"},
    )
    wait = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=30),
        metadata={"description": "seconds to wait for an entry where there is none yet"},
    )


class HistoryQuery(ListQuery):
    """Which stretch of an item's history."""

    after = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=_LAST),
        metadata={"description": "how many of its events you have"},
    )


class ReadsQuery(ListQuery):
    """Which stretch of the reads of an item."""

    after = fields.Integer(
        load_default=0,
        validate=validate.Range(min=0, max=_LAST),
        metadata={"description": "`number` of the last read you have"},
    )


class KeysQuery(ListQuery):
    """Which stretch of a firm's keys."""

    after = fields.String(
        load_default="",
        validate=validate.Length(max=64),
        metadata={"description": "`next` of the page before: the `kid` of its last key"},
    )


class BundleQuery(Query):
    """Whether one key is asked for, or all."""

    kid = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=64),
        metadata={"description": "the thumbprint of the one key that is asked for"},
    )


class SharesQuery(ListQuery):
    """Which stretch of a firm's shares."""

    after = fields.String(
        load_default="",
        validate=validate.Length(max=64),
        metadata={"description": "`next` of the page before"},
    )


class FindQuery(FreeQuery):
    """What a person typed or scanned into the search box."""

    q = fields.String(load_default="", validate=validate.Length(max=4_096))
    after = fields.String(load_default=None, validate=validate.Length(min=1, max=1_000))


class PassportQuery(FreeQuery):
    """Which page of a long history."""

    page = fields.Integer(load_default=None, validate=validate.Range(min=1, max=_LAST))
    share = fields.String(
        load_default=None,
        validate=validate.Length(max=100),
        metadata={"description": "the secret of a share, which shows its claims too"},
    )


class GateQuery(FreeQuery):
    """The gate has no parameters but the language."""
