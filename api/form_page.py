"""The page of a form: what it is about, in whose name, and its fields with what is known already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from flask import Response, request

from api.desk_acts import OF_LOADS, options_left
from api.desk_frame import desk_page
from api.desk_names import with_names
from api.errors import HttpError
from api.filled import correction_fields
from api.form_field import Field, NoFormError
from api.forms import fields_of, first_item
from api.language import language_of
from api.service import service
from api.sessions import SignedIn
from api.texts import Texts
from ledger.doubts import doubtful
from ledger.events import REGISTRY, About, Claims
from ledger.events.correction import EventCorrected
from ledger.events.row import ALL_KINDS, NONE
from ledger.passport import EventView
from ledger.state import Item
from ledger.vocabulary import Kind, Role

MAX_FIRMS: Final = 500
MAX_MODELS: Final = 200
_OF_LABELS: Final = frozenset({"label.attached", "label.printed", "label.voided"})


@dataclass(frozen=True, slots=True)
class Subjects:
    """What the top of a form says or asks: what the event is about.

    Attributes:
        items: what is known already.
        more: whether further ids may be given.
        new: how what it makes is called, "" where it makes nothing; `made` is what its id begins with.
        org: `needed` or `may` where it names an organisation, else ""; `named` is the one that is known.
        vehicle: `needed` or `may` where an item goes into a vehicle, else "".
    """

    items: Sequence[Item] = ()
    more: bool = False
    new: str = ""
    made: str = ""
    org: str = ""
    named: str = ""
    vehicle: str = ""


def form_page(
    asking: SignedIn,
    event: str,
    items: Sequence[Item],
    *,
    back: str,
    earlier: EventView | None = None,
    values: Mapping[str, str] | None = None,
    said: str = "",
    named: str = "",
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
        named: the organisation that it is about, as far as that is known.
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
    subjects = replace(_subjects(REGISTRY[event], asking, items), named=named)
    with service().snapshot() as snapshot:
        amber = doubtful(snapshot, items)
        found = with_names(snapshot, asking, event, found, texts)
        if len(items) == 1:
            found = options_left(snapshot, items[0], asking, event, found)
        firms = snapshot.organisations()[:MAX_FIRMS] if subjects.org or _takes("org", found) else []
        models = snapshot.models_of(str(asking.org.id), limit=MAX_MODELS) if _takes("model", found) else []
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
        sites=asking.org.sites,
        models=models,
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
        # A declared battery may be of any kind, which a claim of it says.
        new = row.creates.value if row.kinds == ALL_KINDS else "item"
        return Subjects(new=new, made=made, vehicle=vehicle)
    shown = [one for one in items if _is_subject(kind, one)]
    outside = any(one.vehicle is None for one in items)
    vehicle = "needed" if row.vehicle and outside else ""
    more = row.subjects[1] > max(1, len(shown)) and row.type not in OF_LOADS
    return Subjects(items=shown, more=more, vehicle=vehicle)


def _takes(what: str, found: Sequence[Field]) -> bool:
    return any(one.takes == what or _takes(what, one.members) for one in found)


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
