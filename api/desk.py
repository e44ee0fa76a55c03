"""The desk: signing in, what waits for a firm, and the working page of an item (docs/desk.md).

The server keeps no key of a firm: `api.desk_forms` says what would be signed, and the browser signs it.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Response, redirect, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response as BaseResponse

from api.answers import PRIVATE, answer
from api.auth import check_reads, record, registered
from api.desk_acts import SAID_OF_EVENTS, acts_of, said_of
from api.desk_frame import desk_page, is_ours, to_sign_in, who_acts
from api.desk_names import in_names
from api.desk_page import waiting
from api.errors import HttpError, answer_error, problem_of, wants_page
from api.findings import record_told
from api.health_chart import draw, measurements
from api.labels import may_print, printed_labels
from api.language import language_of
from api.parameters import item_of, scanned
from api.schemas import FreeQuery, Query, load_query
from api.schemas.labels import RESOLUTIONS, DeskLabelQuery
from api.schemas.queries import NoQuery
from api.service import service
from api.sessions import SignedIn, SignedOutError, challenge, check_csrf, close_session, open_session
from api.texts import Texts, moment
from ledger import passport
from ledger.doubts import in_doubt
from ledger.instants import day_of_ms
from ledger.passport import EventView, ItemView
from ledger.printing.formats import DEFAULT_FORM, Format
from ledger.printing.sheet import FORMS
from ledger.reading import Revealed, find_reader, reveal
from ledger.store import Snapshot

BLUEPRINT: Final = Blueprint("desk", __name__)
LATEST: Final = 8
"""How many events of an item its working page shows."""
READ: Final = 40
"""How many it looks at for measurements."""
_MEASURED: Final = frozenset({"health.measured", "event.corrected"})
_OF_THE_KEY: Final = frozenset({"token.key", "token.purpose"})
"""The refusals that another key of the same browser would not meet."""
_KID: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class NextQuery(FreeQuery):
    """Where to go on after signing in."""

    next = fields.String(load_default="/desk", metadata={"description": "a path of the desk"})


class ItemQuery(Query):
    """Which item to work on."""

    item = fields.String(
        required=True, validate=validate.Length(max=4_096), metadata={"description": "a code, id or scan"}
    )


@BLUEPRINT.app_errorhandler(SignedOutError)
def signed_out(error: SignedOutError) -> BaseResponse:
    """Lead who is not signed in to the sign-in page; a script's POST is told why it is refused."""
    return answer_error(error) if request.method == "POST" and not wants_page() else to_sign_in()


@BLUEPRINT.get("/desk/sign-in")
def sign_in() -> Response:
    """The page on which a browser signs in with its own key."""
    onward = load_query(NextQuery, request)["next"]
    response = Response()
    text = challenge(response)
    shown = desk_page("desk_sign_in.html", challenge=text, onward=onward if is_ours(onward) else "/desk")
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
    except HttpError as error:
        told = problem_of(error).wording(language_of(request)).detail
        return answer(
            {"state": "ended", "org": str(key.org), "told": told, "renews": error.rule in _OF_THE_KEY}
        )
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
def desk() -> Response:
    """What waits for the firm: loads to receive, what to sign, what is overdue, findings."""
    who = who_acts()
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
def item(code: str) -> Response:
    """An item's working page: what the firm may do with it now, and why the rest is refused."""
    who = who_acts()
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        view = passport.view_item(snapshot, item_of(code))
        may, may_not = acts_of(snapshot, view, who, texts)
        named = in_names(snapshot, who, texts, view)
        prints = may_print(snapshot, view.item, who.org.id)
        before = max(0, view.item.count - READ)
        views = passport.history(snapshot, view.item.id, after=before, limit=READ)
        revealed = _health(snapshot, views, who)
        orgs = passport.organisations(
            snapshot, [view.custodian, view.owner, *(one.event.iss for one in views)]
        )
    record(who.org.id, revealed)
    return desk_page(
        "desk_item.html",
        who=who,
        view=view,
        may=may,
        may_not=may_not,
        named=named,
        held=[(name, texts.party(getattr(view, name), orgs)) for name in ("custodian", "owner")],
        latest=[_event_line(one, view, who, texts) for one in reversed(views[-LATEST:])],
        prints=prints,
        forms=FORMS,
        default_form=DEFAULT_FORM,
        formats=[one.value for one in Format],
        resolutions=RESOLUTIONS,
        chart=draw(measurements(revealed)),
    )


@BLUEPRINT.get("/desk/item/<code>/label")
def label(code: str) -> Response:
    """The whole label of an item to print, for the firm that put it on; that it read its token is kept."""
    who, query = who_acts(), load_query(DeskLabelQuery, request)
    item, kind = item_of(code), Format(query["format"])
    response = printed_labels([item], who.org.id, kind, query)
    name = re.sub(r"[^0-9A-Za-z.-]", "-", item.code)
    response.headers["Content-Disposition"] = f'attachment; filename="label-{name}.{kind.value}"'
    return response


def _health(snapshot: Snapshot, views: Sequence[EventView], who: SignedIn) -> list[Revealed]:
    """Return what the firm may read of an item's measurements; no other restricted claim is looked at."""
    measured = [one for one in views if one.event.sd and one.event.type in _MEASURED]
    reader = find_reader(snapshot, who.org.id, day_of_ms(service().clock.now_ms())) if measured else None
    return [reveal(snapshot, one, reader) for one in measured]


def _event_line(one: EventView, view: ItemView, who: SignedIn, texts: Texts) -> dict[str, Any]:
    words = Texts(texts.lang, "desk")
    said = [
        (event, words(f"item.say_{event.partition('.')[2]}"))
        for event in said_of(view.item, who, one.event.iss)
    ]
    return {
        "id": one.event.id,
        "title": texts.word("event", one.event.type),
        "at": moment(one.event.at),
        "by": str(one.event.iss) if one.signer is None else texts.name(one.signer),
        "said": [] if one.event.type in SAID_OF_EVENTS else said,
    }
