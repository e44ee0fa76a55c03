"""An unsigned event in readable form, as people and programs write it before it is signed.

{"event": "health.measured", "iss": "org:…", "items": ["ZZZPB01…"], "data": {…}, "restricted": {…}}

What is left out is filled in: `at` is now, `aud` the log's origin, and `prev` the tips that the ledger has
for the items, for those that the claims name, and for the signer where the event is about it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.client import Client
from cli.errors import CliError
from cli.speech import say, spoken
from crypto import strictjson
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger.claims import MalformedClaimError, codec_of, decode
from ledger.errors import MalformedError
from ledger.events import REGISTRY, About, Claims
from ledger.events.correction import EventCorrected
from ledger.fields import AnyOrg, Moment
from ledger.identifiers import ItemId, resolve_code
from ledger.instants import Instant
from ledger.wording import translate

MEMBERS: Final = frozenset(
    {"event", "at", "aud", "iss", "items", "prev", "data", "restricted", "jti", "iat", "v"}
)
_REQUIRED: Final = ("event", "iss", "data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsigned:
    """A readable event, checked as far as that needs no ledger. None stands for what was left out."""

    claims: Claims
    iss: ItemId
    at: Instant | None
    aud: str | None
    jti: str | None
    iat: int | None
    items: tuple[ItemId, ...]
    prev: Mapping[ItemId, str | None] | None
    restricted: Mapping[str, Json]


def parse(text: str) -> Unsigned:
    """Return the event of a readable JSON text.

    Raises:
        CliError: it is not JSON, or a member is missing, unknown or of another form; the message says which.
    """
    members = _members(text)
    kind = _kind(members["event"])
    claims = _claims(kind, members["data"])
    return Unsigned(
        claims=claims,
        iss=_typed("iss", AnyOrg, members["iss"]),
        at=None if members.get("at") is None else _typed("at", Moment, members["at"]),
        aud=_text("aud", members.get("aud")),
        jti=_text("jti", members.get("jti")),
        iat=_integer("iat", members.get("iat")),
        items=_items(members.get("items", [])),
        prev=_prev(members.get("prev")),
        restricted=_restricted(kind, members.get("restricted", {})),
    )


def filled_prev(event: Unsigned, client: Client | None) -> dict[ItemId, str | None]:
    """Return the event's `prev`: as written, else the tips of its items as the ledger has them.

    Raises:
        CliError: it was left out and there is no ledger to ask, or the ledger does not answer.
    """
    if event.prev is not None:
        return dict(event.prev)
    if client is None:
        raise CliError(
            say(
                "缺少 prev；请写出，或用 --url 指明账本以查询",
                "prev is missing; write it, or name a ledger with --url to ask for it",
            )
        )
    wanted = list(dict.fromkeys((*_subjects(event, client), *event.claims.named())))
    return _tips(wanted, client)


def _subjects(event: Unsigned, client: Client) -> tuple[ItemId, ...]:
    if event.items or not isinstance(event.claims, EventCorrected):
        signer = event.claims.row.about is About.SIGNER and event.iss not in event.items
        return (*event.items, event.iss) if signer else event.items
    corrected = client.get(f"/v1/events/{event.claims.event}")
    return tuple(ItemId.parse(item) for item in corrected["prev"])


def _tips(items: Sequence[ItemId], client: Client) -> dict[ItemId, str | None]:
    asked = [item for item in items if not item.is_org]
    states = dict(zip(asked, client.lookup([str(item) for item in asked]), strict=True)) if asked else {}
    found: dict[ItemId, str | None] = {}
    for item in items:
        state = _organisation(item, client) if item.is_org else states[item]["state"]
        found[item] = None if state is None else state["tip"]
    return found


def _organisation(org: ItemId, client: Client) -> Mapping[str, str] | None:
    try:
        found: Mapping[str, str] = client.get(f"/v1/orgs/{org}")
    except CliError as error:
        if error.facts.get("status") == 404:  # noqa: PLR2004  HTTP: an organisation that is not there yet
            return None
        raise
    return found


def _members(text: str) -> dict[str, Json]:
    try:
        members = strictjson.loads(text)
    except CryptoError as error:
        raise _wrong("", error.reason) from error
    if not isinstance(members, dict):
        raise _wrong("", "must be an object")
    unknown = sorted(members.keys() - MEMBERS)
    if unknown:
        raise _wrong(unknown[0], "no such member; there are " + ", ".join(sorted(MEMBERS)))
    for name in _REQUIRED:
        if name not in members:
            raise _wrong(name, "is missing")
    return members


def _kind(name: Json) -> type[Claims]:
    if not isinstance(name, str) or name not in REGISTRY:
        raise _wrong("event", "must be one of " + ", ".join(sorted(REGISTRY)))
    return REGISTRY[name]


def _claims(kind: type[Claims], data: Json) -> Claims:
    try:
        return decode(kind, data)
    except MalformedClaimError as error:
        raise _wrong(error.under("data").path, error.reason) from error


def _restricted(kind: type[Claims], value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise _wrong("restricted", "must be an object")
    rows = kind.row.restricted
    for name, one in value.items():
        if kind is EventCorrected:
            continue  # typed by the event that is corrected, which only the ledger has
        if name not in rows:
            raise _wrong(f"restricted.{name}", "must be one of " + (", ".join(sorted(rows)) or "none"))
        try:
            rows[name].codec.decode(one)
        except MalformedClaimError as error:
            raise _wrong(error.under(name).under("restricted").path, error.reason) from error
    for name, row in rows.items():
        if row.required and name not in value:
            raise _wrong(f"restricted.{name}", "is missing")
    return value


def _items(value: Json) -> tuple[ItemId, ...]:
    if not isinstance(value, list):
        raise _wrong("items", "must be a list of ids or codes")
    return tuple(_item(f"items[{place}]", one) for place, one in enumerate(value))


def _item(path: str, value: Json) -> ItemId:
    try:
        return resolve_code(str(value))
    except MalformedError as error:
        raise _wrong(path, str(error)) from error


def _prev(value: Json) -> dict[ItemId, str | None] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _wrong("prev", "must be an object of item ids and event ids")
    return {_item(f"prev.{name}", name): _text(f"prev.{name}", one) for name, one in value.items()}


def _typed(path: str, kind: Any, value: Json) -> Any:  # noqa: ANN401  one of ledger.fields
    try:
        return codec_of(kind).decode(value)
    except MalformedClaimError as error:
        raise _wrong(path, error.reason) from error


def _text(path: str, value: Json) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _wrong(path, "must be a text")
    return value


def _integer(path: str, value: Json) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise _wrong(path, "must be an integer")
    return value


def _wrong(path: str, reason: str) -> CliError:
    place = f"{path}: " if path else ""
    told = f"{place}{translate(reason, spoken())}"
    return CliError(say(f"事件文件有误：{told}", f"the event file is wrong: {told}"), path=path)
