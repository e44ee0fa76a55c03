"""The desk's forms: what an event type asks for, about what, and the event that a form becomes.

The browser signs what `prepare` returns, with a key that cannot leave it, and submits it as any client does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from flask import Blueprint, Response, request, url_for
from marshmallow import fields, validate

from api.answers import PRIVATE, answer
from api.claims_text import orgs_in, stated
from api.desk_acts import OF_LOADS, acts_alone
from api.desk_frame import desk_page, who_acts
from api.desk_vehicle import vehicle_of
from api.errors import HttpError
from api.filled import correction_fields
from api.forms import Field, NoFormError, fields_of, first_item
from api.language import language_of
from api.parameters import item_of, org_of
from api.schemas import Body, load_body
from api.service import service
from api.sessions import SignedIn, check_csrf
from api.texts import Texts
from api.unsigned import MAX_ITEMS, Given, Unsigned, from_form
from ledger import passport
from ledger.doubts import doubtful
from ledger.events import REGISTRY, About, Claims
from ledger.events.correction import EventCorrected
from ledger.events.row import NONE
from ledger.offers import OffersOf, open_offers
from ledger.passport import EventView
from ledger.state import Item
from ledger.store import Snapshot
from ledger.vocabulary import Kind, Role

BLUEPRINT: Final = Blueprint("desk_forms", __name__)
MAX_FIELDS: Final = 4_096
MAX_BODY: Final = 512 * 1024
MAX_FIRMS: Final = 500
_WITHDRAWN: Final = "transfer.withdrawn"
_OF_LABELS: Final = frozenset({"label.attached", "label.printed", "label.voided"})


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
            fields.String(validate=validate.Length(max=20_000)), validate=validate.Length(max=64)
        ),
        required=True,
        validate=validate.Length(max=MAX_FIELDS),
        metadata={"description": "what each field holds"},
    )


@dataclass(frozen=True, slots=True)
class Subjects:
    """What the top of a form says or asks: what the event is about.

    Attributes:
        items: what is known already.
        more: whether further ids may be given.
        new: how what it makes is called, "" where it makes nothing; `made` is what its id begins with.
        org: `needed` or `may` where it names an organisation, else "".
        vehicle: `needed` or `may` where an item goes into a vehicle, else "".
    """

    items: Sequence[Item] = ()
    more: bool = False
    new: str = ""
    made: str = ""
    org: str = ""
    vehicle: str = ""


@BLUEPRINT.get("/desk/item/<code>/<event>")
def form(code: str, event: str) -> Response:
    """The form of one event about an item."""
    asking = who_acts()
    with service().snapshot() as snapshot:
        found = passport.view_item(snapshot, item_of(code)).item
    return form_page(asking, event, [found], back=url_for("desk.item", code=found.id.code))


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


@BLUEPRINT.get("/desk/state")
def state() -> Response:
    """What the firm may state beside what is about one battery: what is new, its own affairs, batches."""
    asking = who_acts()
    with service().snapshot() as snapshot:
        may, may_not = acts_alone(snapshot, asking, Texts(language_of(request)))
    return desk_page("desk_state.html", who=asking, may=may, may_not=may_not)


@BLUEPRINT.get("/desk/state/<event>")
def alone(event: str) -> Response:
    """The form of an event that needs no battery which is there already."""
    asking = who_acts()
    return form_page(asking, event, [], back=url_for("desk_forms.state"))


@BLUEPRINT.get("/desk/event/<event_id>/<event>")
def about_event(event_id: str, event: str) -> Response:
    """The form of what is said about an earlier event: corrected, voided, disputed."""
    asking = who_acts()
    if event not in REGISTRY or REGISTRY[event].row.about is not About.EVENT:
        raise HttpError("http.not_found", path=request.path)
    with service().snapshot() as snapshot:
        view = passport.view_event(snapshot, event_id)
        items = list(
            passport.find_items(snapshot, [one for one in view.event.prev if not one.is_org]).values()
        )
    back = url_for("desk.item", code=items[0].id.code) if items else url_for("desk.desk")
    said = Texts(language_of(request), "desk")("form.corrected") if event == EventCorrected.row.type else ""
    return form_page(asking, event, items, back=back, earlier=view, said=said)


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
        unsigned = from_form(snapshot, Given(body["event"], items, body["filled"], vehicle), asking.org.id)
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
            "told": stated(unsigned.claims, unsigned.restricted, texts, orgs),
        },
        cache=PRIVATE,
    )


def form_page(
    asking: SignedIn,
    event: str,
    items: Sequence[Item],
    *,
    back: str,
    earlier: EventView | None = None,
    values: Mapping[str, str] | None = None,
    said: str = "",
) -> Response:
    """Return the page of a form.

    Args:
        asking: who fills it in.
        event: the event type.
        items: what it is about, as far as that is known.
        back: where the page leads back to.
        earlier: the event that it is about.
        values: what fields hold at first.
        said: what stands above the form.
    """
    texts = Texts(language_of(request))
    if event not in REGISTRY:
        raise HttpError("http.not_found", path=request.path)
    first = {**_first_values(asking, event, items), **(values or {})}
    first |= {} if earlier is None else {"event": earlier.event.id}
    try:
        found = _fields(REGISTRY[event], texts, first, items, earlier)
    except NoFormError as error:
        raise HttpError("http.not_found", path=request.path) from error
    subjects = _subjects(REGISTRY[event], asking, items)
    with service().snapshot() as snapshot:
        amber = doubtful(snapshot, items)
        firms = snapshot.organisations()[:MAX_FIRMS] if subjects.org or _takes_firm(found) else []
    return desk_page(
        "desk_form.html",
        who=asking,
        event=event,
        subjects=subjects,
        amber=amber,
        fields=found,
        title=texts.word("event", event),
        earlier=None if earlier is None else (earlier.event.id, texts.word("event", earlier.event.type)),
        back=back,
        said=said,
        firms=[(str(one.id), texts.name(one)) for one in firms],
    )


def _fields(
    kind: type[Claims],
    texts: Texts,
    first: dict[str, str],
    items: Sequence[Item],
    earlier: EventView | None,
) -> list[Field]:
    if kind is EventCorrected and earlier is not None:
        return correction_fields(type(earlier.event.claims), texts, first)
    if len(items) == 1 and not _is_subject(kind, items[0]):
        # It stands in a claim: a grading names what it graded, a division the lot that it divides.
        place = first_item(fields_of(kind, texts, {}))
        first |= {} if place is None else {place: str(items[0].id)}
    return fields_of(kind, texts, first)


def _is_subject(kind: type[Claims], item: Item) -> bool:
    row = kind.row
    return row.about is not About.ITEMS or (row.subjects != NONE and item.kind in row.kinds)


def _subjects(kind: type[Claims], asking: SignedIn, items: Sequence[Item]) -> Subjects:
    row = kind.row
    if row.about is not About.ITEMS:
        others = row.about is About.ORGANISATION and row.roles == frozenset({Role.REGISTRAR})
        own = "may" if row.about is About.ORGANISATION else ""
        shown = items if row.about is About.EVENT else ()
        return Subjects(items=shown, org="needed" if others else own)
    if row.creates is not None:
        made = f"lot:{asking.org.id.value}:" if row.creates is Kind.LOT else ""
        vehicle = "may" if row.vehicle_optional else ""
        return Subjects(new=row.creates.value, made=made, vehicle=vehicle)
    shown = [one for one in items if _is_subject(kind, one)]
    outside = any(one.vehicle is None for one in items)
    vehicle = "needed" if row.vehicle and outside else ""
    more = row.subjects[1] > max(1, len(shown)) and row.type not in OF_LOADS
    return Subjects(items=shown, more=more, vehicle=vehicle)


def _takes_firm(found: Sequence[Field]) -> bool:
    return any(one.takes == "org" or _takes_firm(one.members) for one in found)


def _first_values(asking: SignedIn, event: str, items: Sequence[Item]) -> dict[str, str]:
    """Return what is known already of a form: where the firm is, which load, how it is weighed."""
    offer = next((one.offer for one in items if one.offer is not None), None)
    load = offer.consignment if event in OF_LOADS and offer is not None else str(uuid4())
    return {
        "place.district": asking.org.district,
        "consignment": load,
        "count": str(max(1, len(items))),
        "mass_basis": "declared",
        **_label_values(event, items),
    }


def _label_values(event: str, items: Sequence[Item]) -> dict[str, str]:
    """Return the label that is spoken of: the one that the ledger names."""
    one = items[0] if len(items) == 1 and event in _OF_LABELS else None
    if one is None or one.label_sha256 is None:
        return {}
    number = str(one.label_number)
    return {"label.number": number, "label.sha256": one.label_sha256, "number": number, "copies": "1"}
