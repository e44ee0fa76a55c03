"""Query parameters of generations, accounts and statistics."""

from marshmallow import fields, validate

from api.schemas import Query
from ledger.genealogy import MAX_DEPTH, MAX_ITEMS, Direction
from ledger.vocabulary import Element


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
