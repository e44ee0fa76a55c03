"""The desk: what waits for a firm, what it may do with an item, forms whose events its browser signs.

The server keeps no key of a firm. It says what would be signed, on the tips of the moment; the browser signs
with a key that cannot leave it and submits the event as any client does (docs/desk.md).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import uuid4

from flask import Blueprint, Response, redirect, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response as BaseResponse

from api.answers import PRIVATE, answer
from api.auth import check_reads, registered
from api.claims_text import Words, lines_of, orgs_in
from api.desk_frame import desk_page, to_sign_in, who_acts
from api.desk_page import acts_of, waiting
from api.errors import HttpError
from api.findings import record_told
from api.forms import NoFormError, fields_of
from api.language import language_of
from api.parameters import item_of, scanned
from api.schemas import Body, FreeQuery, Query, load_body, load_query
from api.schemas.queries import NoQuery
from api.service import service
from api.sessions import SignedIn, challenge, check_csrf, close_session, open_session, signed_in
from api.texts import Texts, moment
from api.unsigned import MAX_ITEMS, Unsigned, from_form
from ledger import passport
from ledger.device import MalformedDeviceCodeError, parse_code
from ledger.doubts import doubtful, in_doubt
from ledger.events import REGISTRY
from ledger.events.registry import KeyAdded
from ledger.offers import OffersOf, open_offers
from ledger.state import Item
from ledger.store import Snapshot
from ledger.vocabulary import Purpose

BLUEPRINT: Final = Blueprint("desk", __name__)
MAX_FIELDS: Final = 64
_KID: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_ENROLLED: Final = (Purpose.DEVICE, Purpose.OFFICE, Purpose.READER, Purpose.RIG, Purpose.LINE)


class NextQuery(FreeQuery):
    """Where to go on after signing in."""

    next = fields.String(load_default="/desk", metadata={"description": "a path of the desk"})


class ItemQuery(Query):
    """Which item to work on."""

    item = fields.String(
        required=True, validate=validate.Length(max=4_096), metadata={"description": "a code, id or scan"}
    )


class PrepareBody(Body):
    """A form that was filled in."""

    event = fields.String(
        required=True, validate=validate.OneOf(sorted(REGISTRY)), metadata={"description": "an event type"}
    )
    items = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(1, MAX_ITEMS),
        metadata={"description": "ids of what it is about", "maxItems": MAX_ITEMS},
    )
    filled = fields.Dict(
        keys=fields.String(),
        values=fields.List(
            fields.String(validate=validate.Length(max=4_000)), validate=validate.Length(max=64)
        ),
        required=True,
        validate=validate.Length(max=MAX_FIELDS),
        metadata={"description": "what each field holds"},
    )


class EnrolBody(Body):
    """A device to register."""

    code = fields.String(
        required=True, validate=validate.Length(max=200), metadata={"description": "as the device shows it"}
    )
    purpose = fields.String(
        required=True,
        validate=validate.OneOf([one.value for one in _ENROLLED]),
        metadata={"description": "what its key may sign"},
    )
    label = fields.String(
        load_default="", validate=validate.Length(max=40), metadata={"description": "what the firm calls it"}
    )


@BLUEPRINT.get("/desk/sign-in")
def sign_in() -> Response:
    """The page on which a browser signs in with its own key."""
    onward = load_query(NextQuery, request)["next"]
    response = Response()
    text = challenge(response)
    shown = desk_page("desk_sign_in.html", challenge=text, onward=onward if _is_ours(onward) else "/desk")
    for cookie in response.headers.getlist("Set-Cookie"):
        shown.headers.add("Set-Cookie", cookie)
    return shown


@BLUEPRINT.post("/desk/sign-in")
def begin() -> Response:
    """Begin a session: a token, signed for the challenge that the page was given."""
    response = Response(status=204, headers={"Cache-Control": PRIVATE})
    open_session(request, response)
    return response


@BLUEPRINT.get("/desk/sign-in/<kid>")
def whose(kid: str) -> Response:
    """Whose key this is, and whether it may sign in: what the key's browser must know to ask."""
    load_query(NoQuery, request)
    if not _KID.fullmatch(kid):
        raise HttpError("http.not_found", path=request.path)
    with service().snapshot() as snapshot:
        key, org = registered(snapshot, kid)
    if key is None:
        return answer({"state": "unknown"})
    try:
        firm = check_reads(key, org)
    except HttpError:
        return answer({"state": "ended", "org": str(key.org)})
    texts = Texts(language_of(request))
    purpose = texts.word("purpose", key.purpose)
    told = Texts(texts.lang, "desk")("signin.known", org=texts.name(firm), purpose=purpose)
    return answer({"state": "valid", "org": str(key.org), "told": told})


@BLUEPRINT.post("/desk/sign-out")
def sign_out() -> BaseResponse:
    """End the session."""
    check_csrf(request, who_acts())
    response = redirect(url_for("desk.sign_in"), 303)
    close_session(request, response)
    return response


@BLUEPRINT.get("/desk")
def desk() -> BaseResponse:
    """What waits for the firm: loads to receive, what to sign, what is overdue, findings."""
    who = signed_in(request)
    if who is None:
        return to_sign_in()
    with service().snapshot() as snapshot:
        found = waiting(snapshot, who, Texts(language_of(request)))
        amber = in_doubt(snapshot, found.named())
    record_told(who.org.id, found.told)
    return desk_page("desk.html", who=who, found=found, amber=amber)


@BLUEPRINT.get("/desk/find")
def find() -> BaseResponse:
    """To the working page of what was typed or scanned."""
    text = load_query(ItemQuery, request)["item"].strip()
    found = next((one for one in scanned(text) if not one.is_org), None)
    item = found or item_of(text)
    return redirect(url_for("desk.item", code=item.code), 303)


@BLUEPRINT.get("/desk/item/<code>")
def item(code: str) -> BaseResponse:
    """An item's working page: what the firm may do with it now, and why the rest is refused."""
    who = signed_in(request)
    if who is None:
        return to_sign_in()
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        view = passport.view_item(snapshot, item_of(code))
        may, may_not = acts_of(snapshot, view.item, who, texts)
        orgs = passport.organisations(snapshot, [view.custodian, view.owner])
    held = [(name, texts.party(getattr(view, name), orgs)) for name in ("custodian", "owner")]
    return desk_page("desk_item.html", who=who, view=view, may=may, may_not=may_not, held=held)


@BLUEPRINT.get("/desk/item/<code>/<event>")
def form(code: str, event: str) -> BaseResponse:
    """The form of one event about an item."""
    who = signed_in(request)
    if who is None:
        return to_sign_in()
    with service().snapshot() as snapshot:
        found = passport.view_item(snapshot, item_of(code)).item
    return _form(who, event, [found], back=url_for("desk.item", code=found.id.code))


@BLUEPRINT.get("/desk/load/<consignment>/<event>")
def load(consignment: str, event: str) -> BaseResponse:
    """The form that answers a load: what is ticked is accepted or rejected together."""
    who = signed_in(request)
    if who is None:
        return to_sign_in()
    if event not in {"transfer.accepted", "transfer.rejected"}:
        raise HttpError("http.not_found", path=request.path)
    whose = OffersOf(to=who.org.id, consignment=consignment)
    with service().snapshot() as snapshot:
        loads = open_offers(snapshot, whose, after=None, limit=MAX_ITEMS).loads
        ids = [one for load in loads for offer in load.offers for one in offer.items]
        items = list(passport.find_items(snapshot, ids).values())
    if not items:
        raise HttpError("http.not_found", path=request.path)
    return _form(who, event, items, back=url_for("desk.desk"))


@BLUEPRINT.post("/desk/prepare")
def prepare() -> Response:
    """The event of a form as it would be signed, in words as well; nothing is kept."""
    who = who_acts()
    check_csrf(request, who)
    body = load_body(PrepareBody, request)
    with service().snapshot() as snapshot:
        items = [item_of(one) for one in body["items"]]
        unsigned = from_form(snapshot, body["event"], items, body["filled"])
        return _prepared(snapshot, who, unsigned)


@BLUEPRINT.get("/desk/keys")
def keys() -> BaseResponse:
    """The firm's keys and devices, and the registration of a device by its code."""
    who = signed_in(request)
    if who is None:
        return to_sign_in()
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        found = sorted(
            snapshot.keys(who.org.id), key=lambda one: (one.revoked is not None, one.purpose, one.kid)
        )
    lines = [
        {
            "kid": one.kid,
            "label": one.label,
            "purpose": texts.word("purpose", one.purpose),
            "until": None if one.until is None else moment(one.until),
            "ended": one.revoked is not None
            or (one.until is not None and one.until.ms <= service().clock.now_ms()),
            "own": one.kid == who.key.kid,
        }
        for one in found[:500]
    ]
    purposes = [(one.value, texts.word("purpose", one)) for one in _ENROLLED]
    may = who.key.purpose is Purpose.ADMIN
    return desk_page("desk_keys.html", who=who, keys=lines, purposes=purposes, may=may)


@BLUEPRINT.post("/desk/enrol")
def enrol() -> Response:
    """The event that registers a device by its code, as the firm's admin key would sign it."""
    who = who_acts()
    check_csrf(request, who)
    body = load_body(EnrolBody, request)
    try:
        jwk = parse_code(body["code"])
    except MalformedDeviceCodeError as error:
        raise HttpError("http.malformed", path="code", reason=str(error)) from error
    claims = KeyAdded(jwk=jwk, purpose=Purpose(body["purpose"]), label=body["label"].strip() or None)
    return _prepared_of(who, claims)


def _prepared_of(who: SignedIn, claims: KeyAdded) -> Response:
    with service().snapshot() as snapshot:
        org = passport.view_organisation(snapshot, who.org.id)
        return _prepared(snapshot, who, Unsigned(claims, {org.id: org.tip}, {}))


def _prepared(snapshot: Snapshot, who: SignedIn, unsigned: Unsigned) -> Response:
    texts = Texts(language_of(request))
    orgs = passport.organisations(snapshot, orgs_in(unsigned.claims))
    lines = [
        [line.name, "; ".join("".join(span.text for span in row) for row in line.rows)]
        for line in lines_of(unsigned.claims, Words(texts, orgs))
    ]
    lines += [[texts.word("claim", name), str(value)] for name, value in unsigned.restricted.items()]
    return answer(
        {
            "event": unsigned.members() | {"aud": service().config.origin, "iss": str(who.org.id)},
            "restricted": dict(unsigned.restricted),
            "title": texts.word("event", unsigned.claims.row.type),
            "items": [one.code for one in unsigned.prev],
            "told": lines,
        },
        cache=PRIVATE,
    )


def _form(who: SignedIn, event: str, items: Sequence[Item], *, back: str) -> Response:
    texts = Texts(language_of(request))
    if event not in REGISTRY:
        raise HttpError("http.not_found", path=request.path)
    try:
        found = fields_of(REGISTRY[event], texts, _first_values(who, event, items))
    except NoFormError as error:
        raise HttpError("http.not_found", path=request.path) from error
    with service().snapshot() as snapshot:
        amber = doubtful(snapshot, items)
    return desk_page(
        "desk_form.html",
        who=who,
        event=event,
        items=items,
        amber=amber,
        fields=found,
        title=texts.word("event", event),
        back=back,
    )


def _first_values(who: SignedIn, event: str, items: Sequence[Item]) -> Mapping[str, str]:
    """Return what is known already of a form: where the firm is, which load, how it is weighed."""
    offer = next((one.offer for one in items if one.offer is not None), None)
    load = str(uuid4()) if event == "transfer.offered" or offer is None else offer.consignment
    return {
        "place.district": who.org.district,
        "consignment": load,
        "count": str(len(items)),
        "mass_basis": "declared",
    }


def _is_ours(path: str) -> bool:
    # Only a path of the desk: what begins with two slashes, or a backslash, would name another host.
    return path == "/desk" or (path.startswith("/desk/") and "\\" not in path and "//" not in path)
