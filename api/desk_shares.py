"""The desk's page on which a firm makes links that show restricted claims of an item, and ends them.

The page lists what may be shown. The link itself is made by `POST /v1/shares` with a token that the browser
signs, as any client makes one: a session alone makes none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from flask import Blueprint, Response, request, url_for

from api.desk_frame import desk_page, who_acts
from api.language import language_of
from api.parameters import item_of
from api.schemas import load_query
from api.schemas.queries import NoQuery
from api.service import service
from api.texts import Texts, moment
from ledger import passport, shares
from ledger.access import Reader, is_author
from ledger.identifiers import ItemId
from ledger.instants import Instant, day_of_ms
from ledger.reading import find_reader
from ledger.store import Share, Snapshot

BLUEPRINT: Final = Blueprint("desk_shares", __name__)
LOOKED_AT: Final = 400
"""How many events of an item are looked at for what its page lists."""
_DAYS: Final = (7, 30, shares.MAX_DAYS)
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """One event whose claims may be shown: its id, what it is, when, and the claims with their words."""

    event: str
    title: str
    at: str
    claims: list[tuple[str, str]]


@BLUEPRINT.get("/desk/item/<code>/share")
def sharing(code: str) -> Response:
    """What a firm may show of an item by a link, and the links to it that are open."""
    who = who_acts()
    load_query(NoQuery, request)
    texts, now_ms = Texts(language_of(request)), service().clock.now_ms()
    with service().snapshot() as snapshot:
        view = passport.view_item(snapshot, item_of(code))
        reader = find_reader(snapshot, who.org.id, day_of_ms(now_ms))
        found = list(islice(_shown(snapshot, view, reader, texts), shares.MAX_EVENTS))
    ends = [(days, Instant.from_ms(now_ms + days * shares.DAY_MS)) for days in _DAYS]
    still_open = _open(view.item.id, who.org.id, now_ms)
    return desk_page(
        "desk_share.html",
        who=who,
        item=view.item,
        amber=view.amber,
        origin=service().config.origin,
        shown=found,
        limit=shares.MAX_EVENTS,
        ends=[(days, end.text, moment(end)) for days, end in ends],
        known=[(one.id, moment(Instant.from_ms(one.until_ms)), one.opened) for one in still_open],
        back=url_for("desk.item", code=view.item.id.code),
    )


def _shown(snapshot: Snapshot, view: passport.ItemView, reader: Reader, texts: Texts) -> Iterator[Shown]:
    """Tell the firm's latest events first, each with what of it may be shown."""
    item, before = view.item.id, max(0, view.item.count - LOOKED_AT)
    for one in reversed(passport.history(snapshot, item, after=before, limit=LOOKED_AT)):
        if not one.event.sd or not is_author(one.event, reader):
            continue
        claims = [
            (claim.name, texts.word("claim", claim.name))
            for claim in shares.shareable(snapshot, item, one, reader).claims
        ]
        if claims:
            title = texts.word("event", one.event.type)
            yield Shown(one.event.id, title, moment(one.event.at), claims)


def _open(item: ItemId, issuer: ItemId, now_ms: int) -> list[Share]:
    """Return a firm's links to an item that still show something."""
    found, after = list[Share](), ""
    with service().store.beside(write=False) as beside:
        for _ in range(shares.MAX_OPEN // _PAGE):
            some = beside.shares(str(issuer), after=after, limit=_PAGE)
            found += [one for one in some if one.item == str(item)]
            if len(some) < _PAGE:
                break
            after = some[-1].id
    return [one for one in found if one.revoked_at_ms is None and one.until_ms > now_ms]
