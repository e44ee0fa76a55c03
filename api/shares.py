"""Shares: a firm issues, lists and revokes links that show chosen claims of an item (docs/formats.md, 8).

The link is the item's page with the secret in its query: that is in no line this server logs, no page is kept
by a cache, and none tells another site where its reader came from.
"""

import secrets
from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Response, request

from api.answers import PRIVATE, answer
from api.auth import known_reader
from api.errors import HttpError
from api.parameters import item_of
from api.schemas import load_body, load_query
from api.schemas.queries import NoQuery, SharesQuery
from api.schemas.requests import ShareBody
from api.service import service
from crypto.encoding import b64url_encode
from ledger import reading, shares
from ledger.errors import MalformedError
from ledger.identifiers import ItemId
from ledger.instants import Instant, day_of_ms
from ledger.reading import Revealed
from ledger.shares import Wish
from ledger.store import Share

BLUEPRINT: Final = Blueprint("shares", __name__)
PARAMETER: Final = "share"


@BLUEPRINT.post("/v1/shares")
def issue() -> Response:
    """Issue a link that shows claims of an item, which the signer stated, until a date; at most 90 days."""
    load_query(NoQuery, request)
    asking = known_reader(request)
    wish, now_ms = _wish(load_body(ShareBody, request)), service().clock.now_ms()
    with service().snapshot() as snapshot:
        reader = reading.find_reader(snapshot, asking, day_of_ms(now_ms))
        shares.check_wish(snapshot, wish, reader, now_ms)
    name, random = b64url_encode(secrets.token_bytes(12)), secrets.token_bytes(shares.SECRET_BYTES)
    share, secret = shares.new_share(wish, reader, now_ms, share_id=name, random=random)
    with service().store.beside() as beside:
        shares.keep(beside, share, secret, now_ms)
    link = f"{service().config.base_url}/p/{wish.item.code}?{PARAMETER}={secret}"
    return answer({**_told(share), "link": link}, 201, cache=PRIVATE)


@BLUEPRINT.get("/v1/shares")
def issued() -> Response:
    """The signer's shares, without their secrets, which are kept nowhere."""
    query, asking = load_query(SharesQuery, request), known_reader(request)
    with service().store.beside(write=False) as beside:
        found = beside.shares(str(asking), after=query["after"], limit=query["limit"])
    following = found[-1].id if len(found) == query["limit"] else None
    return answer({"shares": [_told(one) for one in found], "next": following}, cache=PRIVATE)


@BLUEPRINT.delete("/v1/shares/<share_id>")
def revoke(share_id: str) -> Response:
    """End a share of the signer's before its date."""
    load_query(NoQuery, request)
    asking = known_reader(request)
    with service().store.beside() as beside:
        known = beside.revoke_share(share_id, str(asking), at_ms=service().clock.now_ms())
    if not known:
        raise HttpError("share.unknown")
    return answer({"id": share_id, "revoked": True}, cache=PRIVATE)


def followed(item: ItemId, secret: str) -> tuple[Share, Sequence[Revealed]]:
    """Return the share of a link and what it shows; that it was followed is kept first.

    Raises:
        UnknownSubjectError: `share.unknown`.
    """
    now_ms = service().clock.now_ms()
    with service().store.beside(write=False) as beside:
        share = beside.find_share(shares.secret_sha256(secret))
    with service().snapshot() as snapshot:
        revealed = shares.shown(snapshot, share, item, now_ms)
    if share is None:
        raise HttpError("share.unknown")
    with service().store.beside() as beside:
        shares.opened(beside, share, revealed, now_ms)
    return share, revealed


def shared_json(share: Share, revealed: Sequence[Revealed]) -> dict[str, Any]:
    """Return what a share shows, with the disclosures that prove it."""
    return {
        "issuer": share.issuer,
        "until": Instant.from_ms(share.until_ms).text,
        "events": [
            {
                "id": one.view.event.id,
                "event": one.view.event.type,
                "restricted": {claim.name: claim.value for claim in one.claims},
                "disclosures": [claim.text for claim in one.claims],
            }
            for one in revealed
            if one.claims
        ],
    }


def _wish(body: dict[str, Any]) -> Wish:
    try:
        until = Instant.parse(body["until"])
    except MalformedError as error:
        raise HttpError("http.malformed", path="until", reason=str(error)) from error
    claims = {one["event"]: one["names"] for one in body["claims"]}
    return Wish(item=item_of(body["item"]), claims=claims, until_ms=until.ms)


def _told(share: Share) -> dict[str, Any]:
    ended = share.revoked_at_ms
    return {
        "id": share.id,
        "item": share.item,
        "claims": [{"event": event, "names": names} for event, names in share.claims.items()],
        "made": Instant.from_ms(share.made_at_ms).text,
        "until": Instant.from_ms(share.until_ms).text,
        "revoked": None if ended is None else Instant.from_ms(ended).text,
        "opened": share.opened,
    }
