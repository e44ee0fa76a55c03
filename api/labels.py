"""Labels to print: the QR code of an item's address for everybody, whole labels for who put them on."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from flask import Blueprint, Response, request

from api.answers import PRIVATE, plain
from api.auth import known_reader, reader, reader_as_known, record
from api.parameters import item_of, printed
from api.schemas import load_body, load_query
from api.schemas.labels import LabelQuery, LabelsBody
from api.service import service
from ledger import label_render, passport, reading
from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.envelope import Event
from ledger.events.labels import LabelReplaced
from ledger.identifiers import ItemId
from ledger.label_url import LabelUrl
from ledger.printing.formats import DEFAULT_FORM, Format, render
from ledger.printing.layout import Imprint
from ledger.printing.typeface import Typeface, own_typeface, typeface_at
from ledger.reading import Revealed
from ledger.state import Item
from ledger.store import Snapshot

BLUEPRINT: Final = Blueprint("labels", __name__)
_TOKEN: Final = "label_token"  # noqa: S105  the name of a claim


@BLUEPRINT.get("/label/<code>.svg")
def svg(code: str) -> Response:
    """The QR code of an item's address as SVG, or with `sheet` its whole label."""
    return _drawn(code, Format.SVG, label_render.render_svg)


@BLUEPRINT.get("/label/<code>.png")
def png(code: str) -> Response:
    """The QR code of an item's address as PNG, or with `sheet` its whole label."""
    return _drawn(code, Format.PNG, label_render.render_png)


@BLUEPRINT.get("/label/<code>.pdf")
def pdf(code: str) -> Response:
    """The whole label of an item as PDF, for who put it on."""
    return _whole(code, Format.PDF, load_query(LabelQuery, request))


@BLUEPRINT.get("/label/<code>.zpl")
def zpl(code: str) -> Response:
    """The whole label of an item for a thermal printer, for who put it on."""
    return _whole(code, Format.ZPL, load_query(LabelQuery, request))


@BLUEPRINT.post("/v1/labels")
def labels() -> Response:
    """The whole labels of several items, each by itself or on sheets, for who put them on."""
    asking, body = known_reader(request), load_body(LabelsBody, request)
    return printed_labels([item_of(one) for one in body["items"]], asking, Format(body["format"]), body)


def _drawn(code: str, kind: Format, draw: Callable[[str, Sequence[str]], str | bytes]) -> Response:
    query = load_query(LabelQuery, request)
    if query["sheet"] is not None:
        return _whole(code, kind, query)
    url, cache = _label(code)
    return _picture(draw(str(url), label_render.printed_lines(url.item)), kind.media_type, cache)


def _whole(code: str, kind: Format, query: dict[str, Any]) -> Response:
    return printed_labels([item_of(code)], known_reader(request), kind, query)


def printed_labels(items: Sequence[ItemId], asking: ItemId, kind: Format, asked: dict[str, Any]) -> Response:
    """Print labels for a firm, once it is kept that it read their tokens."""
    with service().snapshot() as snapshot:
        owned = [_imprint(snapshot, item, asking) for item in items]
    record(asking, [revealed for revealed, _ in owned])
    imprints = [imprint for _, imprint in owned]
    body = render(imprints, asked["sheet"] or DEFAULT_FORM, kind, _face(), dpi=asked["dpi"])
    return _picture(body, kind.media_type, PRIVATE)


def may_print(snapshot: Snapshot, item: Item, asking: ItemId) -> bool:
    """Say whether a firm would be given the whole label of an item, without reading it."""
    void = item.worn is not None and item.worn.voided is not None
    return not void and _token(_own_label(snapshot, item, asking)) is not None


def _face() -> Typeface:
    path = service().config.label_font
    return own_typeface() if path is None else typeface_at(path)


def _imprint(snapshot: Snapshot, item: ItemId, asking: ItemId) -> tuple[Revealed, Imprint]:
    """Return what is printed on the label of an item.

    Raises:
        AuthorityRefusal: `label.own`, somebody else put it on, or its token is not kept.
        RuleRefusal: `label.void`, it was taken out of use.
    """
    found = passport.view_item(snapshot, item).item
    own = _own_label(snapshot, found, asking)
    void = None if found.worn is None else found.worn.voided
    if own is not None and void is not None:
        raise RuleRefusal("label.void", item, number=found.label_number, why=void)
    token = _token(own)
    if own is None or token is None:
        raise AuthorityRefusal("label.own", item)
    url = LabelUrl.of(service().config.base_url, _signed_for(own.view.event, found.id))
    maker = passport.view_organisation(snapshot, own.view.event.iss)
    names = (maker.name_zh, maker.name_en)
    return own, Imprint.of(LabelUrl(url.origin, url.item, token), maker=names, model=found.model)


def _picture(body: str | bytes, content_type: str, cache: str) -> Response:
    response = plain(body, content_type, cache=cache)
    response.vary.add("Authorization")
    return response


def _label(code: str) -> tuple[LabelUrl, str]:
    """Return the URL to print and how the picture may be cached: with a token it is its maker's alone."""
    item, asking = item_of(code), reader(request)
    with service().snapshot() as snapshot:
        view = passport.view_item(snapshot, item)
        own = None if asking is None else _own_label(snapshot, view.item, asking)
    base_url = service().config.base_url
    if asking is None:
        return LabelUrl.of(base_url, printed(code, view.item.id)), "public, max-age=3600"
    record(asking, [] if own is None else [own])
    url = LabelUrl.of(base_url, view.item.id if own is None else _signed_for(own.view.event, view.item.id))
    return LabelUrl(url.origin, url.item, _token(own)), PRIVATE


def _token(own: Revealed | None) -> str | None:
    token = own.claims[0].value if own is not None and own.claims else None
    return token if isinstance(token, str) else None


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
