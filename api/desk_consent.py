"""Consents asked for: a link that a firm hands to another, which opens the consent's form filled in.

The ledger keeps no request. Who has the link has nothing but a form; who may agree, and whether the item is
still the same, the rules say when the consent is signed and again when it is used.
"""

from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from marshmallow import fields, validate

from api.desk_frame import desk_page, who_acts
from api.errors import HttpError
from api.form_page import form_page
from api.form_words import CONSENTS
from api.language import language_of
from api.parameters import item_of, org_of
from api.schemas import Query, load_query
from api.service import service
from api.texts import Texts
from ledger import passport
from ledger.identifiers import ItemId
from ledger.label_render import link_code

BLUEPRINT: Final = Blueprint("desk_consent", __name__)
_GIVEN: Final = "consent.given"


class ConsentQuery(Query):
    """What is asked for: who wants to do what with which item."""

    item = fields.String(
        required=True, validate=validate.Length(max=4_096), metadata={"description": "a code or id"}
    )
    act = fields.String(
        required=True, validate=validate.OneOf(sorted(CONSENTS)), metadata={"description": "an event type"}
    )
    to = fields.String(
        required=True, validate=validate.Length(max=60), metadata={"description": "the firm that asks"}
    )


@BLUEPRINT.get("/desk/item/<code>/<event>/consent")
def ask(code: str, event: str) -> Response:
    """The link by which a firm asks the owner of an item to consent to an act, as text and as a QR code."""
    who = who_acts()
    if event not in CONSENTS:
        raise HttpError("http.not_found", path=request.path)
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        view = passport.view_item(snapshot, item_of(code))
        orgs = passport.organisations(snapshot, [view.owner])
    query = urlencode({"item": view.item.id.code, "act": event, "to": str(who.org.id)})
    link = f"{service().config.base_url}{url_for('desk_consent.answer')}?{query}"
    return desk_page(
        "desk_consent.html",
        who=who,
        item=view.item,
        amber=view.amber,
        owner=texts.party(view.owner, orgs) if isinstance(view.owner, ItemId) else None,
        act=texts.word("event", event),
        link=link,
        code=link_code(link),
        back=url_for("desk.item", code=view.item.id.code),
    )


@BLUEPRINT.get("/desk/consent")
def answer() -> Response:
    """The form of a consent that another firm asks for: to look at, and to sign or not."""
    who = who_acts()
    asked = load_query(ConsentQuery, request)
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        found = passport.view_item(snapshot, item_of(asked["item"])).item
        asking = passport.view_organisation(snapshot, org_of(asked["to"]))
    said = Texts(texts.lang, "desk")(
        "consent.asked", org=texts.name(asking), id=str(asking.id), act=texts.word("event", asked["act"])
    )
    values = {"act": asked["act"], "to": str(asking.id)}
    return form_page(who, _GIVEN, [found], back=url_for("desk.desk"), values=values, said=said)
