"""Query parameters of generations, accounts and statistics."""

from typing import Final

from marshmallow import fields, validate

from api.schemas import Query
from ledger.genealogy import MAX_DEPTH, MAX_ITEMS, Direction
from ledger.measures import By, Measure
from ledger.vocabulary import Element

MAX_EVENTS: Final = 1_000
_MAX_KEY: Final = 200


class StatisticsQuery(Query):
    """Which figures; with `key` the events of one."""

    measure = fields.Enum(Measure, by_value=True, required=True)
    by = fields.Enum(
        By, by_value=True, required=True, metadata={"description": "not every measure takes all"}
    )
    until = fields.Date(
        load_default=None,
        metadata={"description": "last day of the twelve months of a recycler's year; today if left out"},
    )
    key = fields.String(
        load_default=None,
        validate=validate.Length(max=_MAX_KEY),
        metadata={"description": "list the events of the figure with this key"},
    )
    after = fields.String(
        load_default="",
        validate=validate.Length(max=_MAX_KEY),
        metadata={"description": "`next` of the page of events before"},
    )
    limit = fields.Integer(
        load_default=100,
        validate=validate.Range(min=1, max=MAX_EVENTS),
        metadata={"description": "how many events at most"},
    )


class TreeQuery(Query):
    """Which generations of an item."""

    direction = fields.Enum(
        Direction, by_value=True, load_default=None, metadata={"description": "up or down; both if left out"}
    )
    depth = fields.Integer(
        load_default=16,
        validate=validate.Range(min=1, max=MAX_DEPTH),
        metadata={"description": "how many generations at most"},
    )
    limit = fields.Integer(
        load_default=1_000,
        validate=validate.Range(min=1, max=MAX_ITEMS),
        metadata={"description": "how many items at most"},
    )
    element = fields.Enum(
        Element,
        by_value=True,
        load_default=None,
        metadata={"description": "say of this element, instead of mass, what a lot is made of"},
    )
