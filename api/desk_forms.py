"""The desk's forms: what an event type asks for, about what, and the event that a form becomes.

The browser signs what `prepare` returns, with a key that cannot leave it, and submits it as any client does.
"""

import re
import secrets
from typing import Final

from flask import Blueprint, Response, request, url_for
from marshmallow import fields, validate

from api.answers import PRIVATE, answer
from api.claims_text import orgs_in, stated
from api.desk_acts import OF_LOADS, acts_alone
from api.desk_frame import desk_page, who_acts
from api.desk_names import in_names
from api.desk_tasks import finding_at, recalled, values_of
from api.desk_vehicle import vehicle_of
from api.errors import HttpError
from api.form_cells import KEY_BYTES
from api.form_field import DELEGATE
from api.form_page import form_page
from api.language import language_of
from api.parameters import item_of, org_of
from api.restated import field_values, standing
from api.schemas import Body, FreeQuery, load_body, load_query
from api.service import service
from api.sessions import SignedIn, check_csrf
from api.texts import Texts
from api.unsigned import MAX_ITEMS, Given, Unsigned, from_form
from ledger import passport
from ledger.events import REGISTRY, About
from ledger.events.correction import EventCorrected
from ledger.events.service import RecallRemedied
from ledger.offers import OffersOf, open_offers
from ledger.store import Snapshot

BLUEPRINT: Final = Blueprint("desk_forms", __name__)
MAX_FIELDS: Final = 4_096
MAX_BODY: Final = 512 * 1024
MAX_TEXT: Final = 300_000
"""Characters of one field: a list of as many cells as a form takes, each on its line."""
_WITHDRAWN: Final = "transfer.withdrawn"
_INDEX: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


class NameQuery(FreeQuery):
    """In whose name a form is to be stated."""

    behalf = fields.String(
        load_default="",
        data_key="for",
        validate=validate.Length(max=60),
        metadata={"description": "an organisation"},
    )


class PrepareBody(Body):
    """A form that was filled in."""

    event = fields.String(
        required=True, validate=validate.OneOf(sorted(REGISTRY)), metadata={"description": "an event type"}
    )
    items = fields.List(
        fields.String(validate=validate.Length(max=4_096)),
        required=True,
        validate=validate.Length(0, MAX_ITEMS),
        metadata={"description": "ids of what it is about", "maxItems": MAX_ITEMS},
    )
    vehicle = fields.String(
        load_default="",
        validate=validate.Length(max=100),
        metadata={"description": "the vehicle that an item goes into: its id, or `new`"},
    )
    filled = fields.Dict(
        keys=fields.String(validate=validate.Length(max=200)),
        values=fields.List(
            fields.String(validate=validate.Length(max=MAX_TEXT)), validate=validate.Length(max=64)
        ),
        required=True,
        validate=validate.Length(max=MAX_FIELDS),
        metadata={"description": "what each field holds"},
    )


@BLUEPRINT.get("/desk/item/<code>/<event>")
def form(code: str, event: str) -> Response:
    """The form of one event about an item."""
    asking = who_acts()
    with service().snapshot() as snapshot:
        found = passport.view_item(snapshot, item_of(code)).item
    back = url_for("desk.item", code=found.id.code)
    return form_page(asking, event, [found], back=back, values=_named())


@BLUEPRINT.get("/desk/load/<consignment>/<event>")
def load(consignment: str, event: str) -> Response:
    """The form that answers a load, or takes one back: what is ticked is stated together."""
    asking = who_acts()
    if event not in OF_LOADS:
        raise HttpError("http.not_found", path=request.path)
    sent = event == _WITHDRAWN
    by, to = (asking.org.id, None) if sent else (None, asking.org.id)
    whose = OffersOf(by=by, to=to, consignment=consignment)
    with service().snapshot() as snapshot:
        loads = open_offers(snapshot, whose, after=None, limit=MAX_ITEMS).loads
        ids = [one for load in loads for offer in load.offers for one in offer.items]
        items = list(passport.find_items(snapshot, ids).values())
    if not items:
        raise HttpError("http.not_found", path=request.path)
    return form_page(asking, event, items, back=url_for("desk.desk"))


@BLUEPRINT.get("/desk/recall/<event_id>")
def recall(event_id: str) -> Response:
    """The form that says that a recall was remedied, on those of its batteries that the firm has."""
    asking = who_acts()
    with service().snapshot() as snapshot:
        items = recalled(snapshot, asking, event_id)[:MAX_ITEMS]
    if not items:
        raise HttpError("http.not_found", path=request.path)
    back = url_for("desk.desk")
    return form_page(asking, RecallRemedied.row.type, items, back=back, values={"recall": event_id})


@BLUEPRINT.get("/desk/finding/<index>/<event>")
def finding(index: str, event: str) -> Response:
    """The form of what ends a finding that is about no battery, with what the finding knows filled in."""
    asking = who_acts()
    with service().snapshot() as snapshot:
        found = finding_at(snapshot, asking, int(index), event) if _INDEX.fullmatch(index) else None
    if found is None:
        raise HttpError("http.not_found", path=request.path)
    about = found.subject if REGISTRY[event].row.about is About.ORGANISATION else ""
    return form_page(asking, event, [], back=url_for("desk.desk"), values=values_of(found), named=about)


@BLUEPRINT.get("/desk/state")
def state() -> Response:
    """What the firm may state beside what is about one battery: what is new, its own affairs, batches."""
    asking = who_acts()
    with service().snapshot() as snapshot:
        texts = Texts(language_of(request))
        may, may_not = acts_alone(snapshot, asking, texts)
        named = in_names(snapshot, asking, texts, None)
    return desk_page("desk_state.html", who=asking, may=may, may_not=may_not, named=named)


@BLUEPRINT.get("/desk/state/<event>")
def alone(event: str) -> Response:
    """The form of an event that needs no battery which is there already."""
    asking = who_acts()
    return form_page(asking, event, [], back=url_for("desk_forms.state"), values=_named())


def _named() -> dict[str, str]:
    return {DELEGATE: load_query(NameQuery, request)["behalf"]}


@BLUEPRINT.get("/desk/event/<event_id>/<event>")
def about_event(event_id: str, event: str) -> Response:
    """The form of what is said about an earlier event: corrected, voided, disputed."""
    asking = who_acts()
    if event not in REGISTRY or REGISTRY[event].row.about is not About.EVENT:
        raise HttpError("http.not_found", path=request.path)
    corrects = event == EventCorrected.row.type
    with service().snapshot() as snapshot:
        view = passport.view_event(snapshot, event_id)
        items = list(
            passport.find_items(snapshot, [one for one in view.event.prev if not one.is_org]).values()
        )
        values = dict(field_values(standing(snapshot, view), "claims")) if corrects else {}
    back = url_for("desk.item", code=items[0].id.code) if items else url_for("desk.desk")
    said = Texts(language_of(request), "desk")("form.corrected") if corrects else ""
    return form_page(asking, event, items, back=back, earlier=view, values=values, said=said)


@BLUEPRINT.post("/desk/prepare")
def prepare() -> Response:
    """The event of a form as it would be signed, in words as well; nothing is kept."""
    request.max_content_length = MAX_BODY
    asking = who_acts()
    check_csrf(request, asking)
    body = load_body(PrepareBody, request)
    kind = REGISTRY[body["event"]]
    with service().snapshot() as snapshot:
        named = org_of if kind.row.about is About.ORGANISATION else item_of
        items = [named(one.strip()) for one in body["items"]]
        vehicle = vehicle_of(snapshot, asking, kind, body["vehicle"].strip(), body["filled"])
        salt_key = secrets.token_bytes(KEY_BYTES)
        given = Given(body["event"], items, body["filled"], vehicle, salt_key)
        unsigned = from_form(snapshot, given, asking.org.id)
        return _prepared(snapshot, asking, unsigned)


def _prepared(snapshot: Snapshot, asking: SignedIn, unsigned: Unsigned) -> Response:
    texts = Texts(language_of(request))
    orgs = passport.organisations(snapshot, [*orgs_in(unsigned.claims), *unsigned.prev])
    about = [texts.party(one, orgs) if one.is_org else one.code for one in unsigned.prev]
    return answer(
        {
            "event": unsigned.members() | {"aud": service().config.origin, "iss": str(asking.org.id)},
            "restricted": dict(unsigned.restricted),
            "title": texts.word("event", unsigned.claims.row.type),
            "items": about,
            "told": stated(unsigned.claims, unsigned.restricted, unsigned.rows, texts, orgs),
        },
        cache=PRIVATE,
    )
