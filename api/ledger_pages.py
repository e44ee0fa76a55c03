"""Pages of what the ledger is made of: an organisation with its keys, and one event with its proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, request

from api.claims_text import Line, Words, lines_of, orgs_in, region
from api.language import language_of
from api.marks import MAX_LATER, Mark, marks
from api.pages import page
from api.parameters import org_of
from api.schemas import FreeQuery, load_query
from api.service import service
from api.texts import Texts, moment
from ledger import passport, reading
from ledger.doubts import in_doubt
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.passport import EventView
from ledger.state import Item, Organisation, RegisteredKey
from ledger.store import Snapshot

BLUEPRINT: Final = Blueprint("ledger_pages", __name__)
NEWEST: Final = 20


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key on its organisation's page; `added` and `revoked` are the events that did."""

    key: RegisteredKey
    state: str
    added: str | None
    revoked: str | None
    from_: str | None
    until: str | None
    compromised: str | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in a list: its title and when."""

    view: EventView
    title: str
    happened: str


@dataclass(frozen=True, slots=True)
class Tie:
    """What an event says of one item: whether it touches it, and the tip it builds on."""

    item: ItemId
    name: str
    touched: bool
    tip: str | None


@BLUEPRINT.get("/o/<org_id>")
def org(org_id: str) -> Response:
    """An organisation for people: who it is, what it may do, its sites, its keys, what happened to it."""
    load_query(FreeQuery, request)
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        found = passport.view_organisation(snapshot, org_of(org_id))
        keys = _keys(snapshot, found.id)
        newest = passport.history(snapshot, found.id, after=max(0, found.count - NEWEST), limit=NEWEST)
        kin = passport.organisations(snapshot, {found.successor, *snapshot.preceded_by(found.id)})
    return page(
        "org.html",
        org=found,
        name=texts.name(found),
        region=lambda district: region(district, texts),
        keys=keys,
        events=[_row(view, texts) for view in reversed(newest)],
        successor=kin.get(found.successor) if found.successor is not None else None,
        preceded=[one for one in kin.values() if one.id not in (found.id, found.successor)],
        expired=_expired(found),
    )


@BLUEPRINT.get("/e/<event_id>")
def event(event_id: str) -> Response:
    """An event for people: what was stated by whom, of what, what later events say of it, its proof."""
    load_query(FreeQuery, request)
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        view = passport.view_event(snapshot, event_id)
        named = {one for one in view.event.prev if one.is_org}
        orgs = passport.organisations(snapshot, named | {view.event.iss, *orgs_in(view.event.claims)})
        gone = reading.erased(snapshot, [view]).get(event_id, 0)
        said = _marks(snapshot, view)
        amber = in_doubt(snapshot, [one for one in view.event.prev if not one.is_org])
    lines: Sequence[Line] = lines_of(view.event.claims, Words(texts, orgs))
    return page(
        "event.html",
        row=_row(view, texts),
        signer=texts.name(view.signer) if view.signer is not None else str(view.event.iss),
        lines=lines,
        logged=moment(Instant.from_ms(view.logged_at_ms)),
        ties=[_tie(view, item, orgs, texts) for item in view.event.prev],
        marks=said,
        amber=amber,
        erased=gone,
    )


def _marks(snapshot: Snapshot, view: EventView) -> Sequence[Mark]:
    """Return what later events say of one, as far as the newest of the first item it names are looked at."""
    item = next(iter(view.event.prev), None)
    state = None if item is None else snapshot.states([item]).get(item)
    if item is None or not isinstance(state, Item | Organisation):
        return ()
    newest = passport.history(snapshot, item, after=max(0, state.count - MAX_LATER), limit=MAX_LATER)
    return marks(one for one in newest if one.index > view.index).get(view.event.id, ())


def _keys(snapshot: Snapshot, org: ItemId) -> list[KeyRow]:
    found = sorted(snapshot.keys(org), key=lambda key: key.added)
    places = {key.added for key in found} | {key.revoked for key in found if key.revoked is not None}
    events, now_ms = snapshot.event_ids(places), service().clock.now_ms()
    return [
        KeyRow(
            key,
            _key_state(key, now_ms),
            events.get(key.added),
            None if key.revoked is None else events.get(key.revoked),
            *(None if one is None else moment(one) for one in (key.from_, key.until, key.compromised_since)),
        )
        for key in found
    ]


def _key_state(key: RegisteredKey, now_ms: int) -> str:
    """Return how a key stands now: stolen, revoked, not yet or no longer valid, or valid."""
    if key.compromised_since is not None:
        return "compromised"
    if key.revoked is not None:
        return "revoked"
    if key.until is not None and key.until.ms <= now_ms:
        return "expired"
    return "later" if key.from_ is not None and key.from_.ms > now_ms else "valid"


def _expired(org: Organisation) -> bool:
    today = Instant.from_ms(service().clock.now_ms()).day
    return org.licence_until is not None and org.licence_until < today


def _row(view: EventView, texts: Texts) -> EventRow:
    return EventRow(view, texts.word("event", view.event.type), moment(view.event.at))


def _tie(view: EventView, item: ItemId, orgs: dict[ItemId, Organisation], texts: Texts) -> Tie:
    name = texts.name(orgs[item]) if item in orgs else item.code
    return Tie(item, name, item in view.event.touched, view.event.prev[item])
