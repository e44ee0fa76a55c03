"""Labels as pictures: the QR code of an item's address, with its token for the firm that made it."""

from typing import Final

from flask import Blueprint, Response, request

from api.answers import PRIVATE, plain
from api.auth import reader, reader_as_known, record
from api.parameters import item_of, printed
from api.schemas import load_query
from api.schemas.queries import NoQuery
from api.service import service
from ledger import label_render, passport, reading
from ledger.events.envelope import Event
from ledger.events.production import LabelReplaced
from ledger.identifiers import ItemId
from ledger.label_url import LabelUrl
from ledger.reading import Revealed
from ledger.state import Item
from ledger.store import Snapshot

BLUEPRINT: Final = Blueprint("labels", __name__)
_TOKEN: Final = "label_token"  # noqa: S105  the name of a claim


@BLUEPRINT.get("/label/<code>.svg")
def svg(code: str) -> Response:
    """The label as SVG."""
    url, cache = _label(code)
    return _picture(
        label_render.render_svg(str(url), label_render.printed_lines(url.item)), "image/svg+xml", cache
    )


@BLUEPRINT.get("/label/<code>.png")
def png(code: str) -> Response:
    """The label as PNG."""
    url, cache = _label(code)
    return _picture(
        label_render.render_png(str(url), label_render.printed_lines(url.item)), "image/png", cache
    )


def _picture(body: str | bytes, content_type: str, cache: str) -> Response:
    response = plain(body, content_type, cache=cache)
    response.vary.add("Authorization")
    return response


def _label(code: str) -> tuple[LabelUrl, str]:
    """Return the URL to print and how the picture may be cached: with a token it is its maker's alone."""
    load_query(NoQuery, request)
    item, asking = item_of(code), reader(request)
    with service().snapshot() as snapshot:
        view = passport.view_item(snapshot, item)
        own = None if asking is None else _own_label(snapshot, view.item, asking)
    base_url = service().config.base_url
    if asking is None:
        return LabelUrl.of(base_url, printed(code, view.item.id)), "public, max-age=3600"
    record(asking, [] if own is None else [own])
    token = None if own is None or not own.claims else own.claims[0].value
    url = LabelUrl.of(base_url, view.item.id if own is None else _signed_for(own.view.event, view.item.id))
    return LabelUrl(url.origin, url.item, token if isinstance(token, str) else None), PRIVATE


def _signed_for(event: Event, item: ItemId) -> ItemId:
    """Return the id that a label says: the further code that came with it, or else the item's own."""
    claims = event.claims
    further = claims.code if isinstance(claims, LabelReplaced) else None
    return item if further is None else printed(further, item)


def _own_label(snapshot: Snapshot, item: Item, asking: ItemId) -> Revealed | None:
    """Return the token of the label an item bears, where the asking firm concealed it when it put that on."""
    if item.label_event is None:
        return None
    view = passport.view_event(snapshot, item.label_event)
    revealed = reading.reveal(snapshot, view, reader_as_known(snapshot, asking))
    return Revealed(view, tuple(one for one in revealed.claims if one.name == _TOKEN))
