"""Open transfers, by consignment: what is on its way to a firm, or waits for another one's answer."""

from collections.abc import Collection
from typing import Any, Final

from flask import Blueprint, Response, request

from api.answers import answer
from api.errors import HttpError
from api.render import name_json
from api.schemas import load_query
from api.schemas.searching import OffersQuery
from api.service import service
from ledger import passport
from ledger.doubts import in_doubt
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.offers import Load, Offers, OffersOf, OpenOffer, open_offers
from ledger.search import MalformedCursorError

BLUEPRINT: Final = Blueprint("offers", __name__)


@BLUEPRINT.get("/v1/offers")
def offers() -> Response:
    """The open transfers to an organisation or by it, by consignment, page by page."""
    query = load_query(OffersQuery, request)
    to, by, consignment = query["to"], query["by"], query["consignment"]
    if to is None and by is None:
        raise HttpError("http.parameter", path="to", reason="to or by must be given")
    whose = OffersOf(to=to, by=by, consignment=consignment and str(consignment))
    with service().snapshot() as snapshot:
        try:
            page = open_offers(snapshot, whose, after=query["after"], limit=query["limit"])
        except MalformedCursorError as error:
            raise HttpError("http.parameter", path="after", reason=str(error)) from error
        orgs, size = passport.organisations(snapshot, _parties(page)), snapshot.head().size
        amber = in_doubt(snapshot, {item for load in page.loads for one in load.offers for item in one.items})
    now_ms = service().clock.now_ms()
    names = {org: name_json(found) for org, found in orgs.items()}
    loads = [_load_json(load, names, amber, now_ms) for load in page.loads]
    return answer({"size": size, "consignments": loads, "next": page.next})


def _parties(page: Offers) -> set[Any]:
    offered = [one.offer for load in page.loads for one in load.offers]
    return {party for offer in offered for party in (offer.to, offer.by)}


def _load_json(load: Load, names: dict[Any, Any], amber: Collection[ItemId], now_ms: int) -> dict[str, Any]:
    offered = [_offer_json(one, names, amber, now_ms) for one in load.offers]
    return {"consignment": load.consignment, "offers": offered, "continued": load.continued}


def _offer_json(
    one: OpenOffer, names: dict[Any, Any], amber: Collection[ItemId], now_ms: int
) -> dict[str, Any]:
    # Anybody may write any consignment into an offer, so each offer says whose it is.
    offer = one.offer
    return {
        "event": offer.event,
        "by": {"id": str(offer.by), "organisation": names.get(offer.by)},
        "to": {"id": str(offer.to), "organisation": names.get(offer.to)},
        "rights": list(offer.rights),
        "offered_at": Instant.from_ms(offer.offered_at_ms).text,
        "age_s": max(0, now_ms - offer.offered_at_ms) // 1000,
        "items": [str(item) for item in one.items],
        "amber": [str(item) for item in one.items if item in amber],
    }
