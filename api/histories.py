"""The history of an item or an organisation, page by page."""

from typing import Any

from flask import Response

from api.answers import answer
from api.render import event_json
from api.service import service
from ledger import passport
from ledger.identifiers import ItemId


def history_of(wanted: ItemId, query: dict[str, Any]) -> Response:
    """Answer with a page of the events about an item or organisation, in log order.

    Raises:
        UnknownSubjectError: it has no history.
    """
    with service().snapshot() as snapshot:
        views = passport.history(snapshot, wanted, after=query["after"], limit=query["limit"])
        size = snapshot.head().size
    return answer(
        {
            "size": size,
            "id": str(wanted),
            "events": [event_json(view) for view in views],
            "next": query["after"] + len(views) if len(views) == query["limit"] else None,
        }
    )
