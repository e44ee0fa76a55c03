"""Items: state, history, list, and the look-up a gate makes before a lorry arrives."""

from typing import Any, Final

from flask import Blueprint, Response, request

from api.answers import answer
from api.errors import HttpError
from api.histories import history_of
from api.parameters import item_of, scan_of
from api.render import found_json, hit_json, item_json
from api.schemas import load_body, load_query
from api.schemas.queries import HistoryQuery, NoQuery
from api.schemas.requests import LookupBody
from api.schemas.searching import ItemsQuery
from api.service import service
from ledger import passport
from ledger.identifiers import ItemId
from ledger.lookup import look_up
from ledger.search import MalformedCursorError, Query, search

BLUEPRINT: Final = Blueprint("items", __name__)


@BLUEPRINT.get("/v1/items")
def items() -> Response:
    """Items by what they are, who has them, what they are in, or what is left of their code, page by page."""
    query = load_query(ItemsQuery, request)
    after, limit = query.pop("after"), query.pop("limit")
    with service().snapshot() as snapshot:
        try:
            page = search(snapshot, Query(**query), after=after, limit=limit)
        except MalformedCursorError as error:
            raise HttpError("http.parameter", path="after", reason=str(error)) from error
        size = snapshot.head().size
    return answer({"size": size, "items": [hit_json(hit) for hit in page.hits], "next": page.next})


@BLUEPRINT.get("/v1/items/<item_id>")
def item(item_id: str) -> Response:
    """An item as it is now."""
    load_query(NoQuery, request)
    return answer(item_members(item_of(item_id)))


def item_members(wanted: ItemId) -> dict[str, Any]:
    """Return an item as it is now, as programs read it; raises UnknownSubjectError."""
    with service().snapshot() as snapshot:
        view = passport.view_item(snapshot, wanted)
        orgs = passport.organisations(snapshot, (view.custodian, view.owner, view.operator))
    return item_json(view, orgs)


@BLUEPRINT.get("/v1/items/<item_id>/events")
def history(item_id: str) -> Response:
    """The events about an item, in log order."""
    return history_of(item_of(item_id), load_query(HistoryQuery, request))


@BLUEPRINT.post("/v1/items/lookup")
def lookup() -> Response:
    """State, tip, custodian and label of up to 1,000 items, by id or raw scan; null for what is not known."""
    load_query(NoQuery, request)
    queries: list[str] = load_body(LookupBody, request)["items"]
    scans = [scan_of(query) for query in queries]
    with service().snapshot() as snapshot:
        size = snapshot.head().size
        found = look_up(snapshot, scans, service().config.base_url)
    answers = [found_json(query, one) for query, one in zip(queries, found, strict=True)]
    return answer({"size": size, "items": answers})
