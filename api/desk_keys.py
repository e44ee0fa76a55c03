"""The desk's page of keys: registered, added, revoked, and what a stolen one signed stood by again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, request, url_for
from marshmallow import fields, validate

from api.desk_frame import desk_page, who_acts
from api.errors import HttpError
from api.forms import fields_of
from api.language import language_of
from api.schemas import FreeQuery, load_query
from api.service import service
from api.sessions import SignedIn
from api.texts import Texts, moment
from ledger import passport
from ledger.events import REGISTRY
from ledger.identifiers import ItemId
from ledger.state import RegisteredKey
from ledger.store import Snapshot
from ledger.vocabulary import Purpose

BLUEPRINT: Final = Blueprint("desk_keys", __name__)
MAX_KEYS: Final = 500
SIGNED: Final = 100
"""How many entries of a key a page shows."""
LOOKED_AT: Final = 2_000
"""How many entries of its firm are looked at for them."""
_RECOVERY: Final = Purpose.RECOVERY
_ADDED, _REVOKED, _CONFIRMED = "key.added", "key.revoked", "event.confirmed"


class SignedQuery(FreeQuery):
    """From which entry on."""

    after = fields.Integer(
        load_default=-1,
        validate=validate.Range(-1, 2**53 - 1),
        metadata={"description": "the entry behind which the page begins"},
    )


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One key on the page: whose browser it is, what it may, and what may be done with it.

    Attributes:
        kid: its thumbprint.
        label: what the firm calls it.
        purpose: what it may sign, in words.
        until: when it ends, in words; None where it does not.
        since: since when it may have been in other hands; None where it was not.
        ended: whether it signs no more.
        own: whether this session was opened with it.
        revocable: whether the firm's admin key may revoke it, or say that it was stolen.
    """

    kid: str
    label: str | None
    purpose: str
    until: str | None
    since: str | None
    ended: bool
    own: bool
    revocable: bool


@dataclass(frozen=True, slots=True)
class SignedLine:
    """An entry that a key signed: where it stands, what it says of what, and whether it is stood by."""

    index: int
    event: str
    title: str
    logged: str
    items: Sequence[ItemId]
    confirmed: bool


@BLUEPRINT.get("/desk/keys")
def keys() -> Response:
    """The firm's keys and devices, and the registration of one by its code or as a JWK."""
    who = who_acts()
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        found = sorted(
            snapshot.keys(who.org.id), key=lambda one: (one.revoked is not None, one.purpose, one.kid)
        )
    lines = [_line(one, who, texts) for one in found[:MAX_KEYS]]
    return _page("desk_keys.html", who, _ADDED, {"purpose": Purpose.OFFICE}, texts, keys=lines)


@BLUEPRINT.get("/desk/keys/<kid>/revoke")
def revoke(kid: str) -> Response:
    """The form that ends a key, and says since when it was in other hands."""
    who = who_acts()
    texts = Texts(language_of(request))
    with service().snapshot() as snapshot:
        key = _key(snapshot, who, kid)
    return _page("desk_key.html", who, _REVOKED, {"kid": kid}, texts, key=_line(key, who, texts))


@BLUEPRINT.get("/desk/keys/<kid>/confirm")
def confirm(kid: str) -> Response:
    """What a stolen key signed, for the firm to stand by: entry by entry."""
    who = who_acts()
    texts, after = Texts(language_of(request)), load_query(SignedQuery, request)["after"]
    with service().snapshot() as snapshot:
        key = _key(snapshot, who, kid)
        if key.compromised_since is None:
            raise HttpError("http.not_found", path=request.path)
        signed, following = _signed(snapshot, key, after, texts)
    line = _line(key, who, texts)
    more = None if following is None else url_for("desk_keys.confirm", kid=kid, after=following)
    return _page(
        "desk_confirm.html", who, _CONFIRMED, {"kid": kid}, texts, key=line, signed=signed, more=more
    )


def _page(
    template: str,
    who: SignedIn,
    event: str,
    held: dict[str, str],
    texts: Texts,
    **values: Any,  # noqa: ANN401  what a template shows
) -> Response:
    """Return a page with the form of an event about the firm's own keys."""
    # The ground is what the registrar states who ends the key of another organisation.
    found = [one for one in fields_of(REGISTRY[event], texts, held) if one.name != "ground"]
    may = who.key.purpose in REGISTRY[event].row.purposes
    title = texts.word("event", event)
    return desk_page(template, who=who, event=event, fields=found, title=title, may=may, **values)


def _key(snapshot: Snapshot, who: SignedIn, kid: str) -> RegisteredKey:
    found = next((one for one in snapshot.keys(who.org.id) if one.kid == kid), None)
    if found is None:
        raise HttpError("http.not_found", path=request.path)
    return found


def _line(key: RegisteredKey, who: SignedIn, texts: Texts) -> KeyLine:
    expired = key.until is not None and key.until.ms <= service().clock.now_ms()
    return KeyLine(
        kid=key.kid,
        label=key.label,
        purpose=texts.word("purpose", key.purpose),
        until=None if key.until is None else moment(key.until),
        since=None if key.compromised_since is None else moment(key.compromised_since),
        ended=key.revoked is not None or expired,
        own=key.kid == who.key.kid,
        revocable=key.purpose is not _RECOVERY,
    )


def _signed(
    snapshot: Snapshot, key: RegisteredKey, after: int, texts: Texts
) -> tuple[list[SignedLine], int | None]:
    """Return a page of what a stolen key signed in doubt, and behind which entry the next one begins."""
    since = key.compromised_since
    first = 0 if since is None else snapshot.index_since(since.ms)
    last = key.revoked or 0
    rows = snapshot.issued(key.org, first=max(first, after + 1), last=last, limit=LOOKED_AT)
    found = list[SignedLine]()
    for place in range(0, len(rows), SIGNED):
        views = passport.views_at(snapshot, rows[place : place + SIGNED])
        for index, view in sorted(views.items()):
            if view.event.kid == key.kid:
                found.append(_signed_line(index, view, key, texts))
            if len(found) == SIGNED:
                return found, index
    return found, rows[-1] if len(rows) == LOOKED_AT else None


def _signed_line(index: int, view: passport.EventView, key: RegisteredKey, texts: Texts) -> SignedLine:
    return SignedLine(
        index=index,
        event=view.event.id,
        title=texts.word("event", view.event.type),
        logged=moment(view.event.at),
        items=[one for one in view.event.prev if not one.is_org][:4],
        confirmed=any(one.covers(index) for one in key.confirmed),
    )
