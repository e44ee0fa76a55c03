"""The event: a statement signed by one organisation, from its bytes to its meaning and back.

Parsing is a pure function of the JWS. It settles what needs no ledger: the members and their forms, the
type, and that `prev` names exactly the items the event touches or mentions (docs/formats.md section 2).
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crypto import strictjson
from crypto.encoding import b64url_encode
from crypto.errors import CryptoError
from crypto.jws import Jws
from crypto.sdjwt import check_digests
from crypto.strictjson import Json
from ledger.claims import MalformedClaimError, codec_of, decode, encode
from ledger.errors import MalformedSubmissionError, RuleRefusal, TooLargeError
from ledger.events.correction import EventVoided
from ledger.events.row import REGISTRY, About, Claims
from ledger.fields import MAX_SAFE, AnyItem, AnyOrg, EventIdText, Moment
from ledger.identifiers import ItemId
from ledger.instants import Instant

TYP: Final = "battery-event+sd-jwt"
MAX_JWS_BYTES: Final = 60_000
MAX_PREV: Final = 256
_MEMBERS: Final = frozenset({"v", "aud", "iss", "jti", "iat", "event", "at", "prev", "data"})
_TYPE: Final = re.compile(r"[a-z]{1,20}\.[a-z_]{1,30}")
_ORIGIN: Final = re.compile(r"[A-Za-z0-9._:/-]{1,200}")
_UUID7: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class UnknownEventTypeError(RuleRefusal):
    """The envelope is sound, but this software does not know the event type; a verifier says unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A parsed event. Its signature is verified by whoever knows the key, see `Jws.verify`.

    `iat` is in seconds since the epoch; `sd` are the digests of restricted claims, sorted; `prev` maps every
    touched or mentioned item to an event id, or None.
    """

    id: str
    kid: str
    aud: str
    iss: ItemId
    jti: str
    iat: int
    type: str
    at: Instant
    prev: Mapping[ItemId, str | None]
    claims: Claims
    sd: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[ItemId, ...]:
        """The items in `prev` that no claim names: what the event is about, without its vehicle."""
        named = frozenset(self.claims.named())
        vehicle = self.claims.row.vehicle or self.claims.row.vehicle_optional
        return tuple(item for item in self.prev if item not in named and not (vehicle and item.is_vehicle))

    @property
    def touched(self) -> tuple[ItemId, ...]:
        """The items whose state the event changes and whose tip it becomes; none for a statement."""
        if not self.claims.row.act:
            return ()
        if isinstance(self.claims, EventVoided):
            # It takes back what the named event did to these, and only gives lots their mass back.
            return tuple(item for item, tip in self.prev.items() if tip == self.claims.event)
        mentioned = frozenset(self.claims.mentioned())
        return tuple(item for item in self.prev if item not in mentioned)

    @property
    def actor(self) -> ItemId:
        """The organisation whose rights and roles count: the signer, or whose delegate it is."""
        return self.claims.on_behalf_of or self.iss

    @property
    def vehicle(self) -> ItemId:
        """The vehicle in `prev` of an event whose row has one."""
        return next(item for item in self.prev if item.is_vehicle)


def event_id(signing_input: bytes) -> str:
    """Return the id of an event: base64url of SHA-256 over `header.payload`, 43 characters."""
    return b64url_encode(hashlib.sha256(signing_input).digest())


def parse(jws: Jws) -> Event:
    """Return the event of a JWS, signature not verified.

    Raises:
        TooLargeError: the JWS has more than 60,000 bytes.
        MalformedSubmissionError: a rule `format.*` or `prev.items` names what is wrong, `path` where.
        UnknownEventTypeError: the type is none of ours.
    """
    if len(jws.text) > MAX_JWS_BYTES:
        raise TooLargeError("format.jws_size", limit=MAX_JWS_BYTES, size=len(jws.text))
    if jws.typ != TYP:
        raise MalformedSubmissionError("format.typ", expected=TYP)
    members = _envelope(jws.payload)
    data, sd = _restricted(members)
    kind = _kind(members["event"])
    event = Event(
        id=event_id(jws.signing_input),
        kid=jws.kid,
        aud=_matching("aud", _ORIGIN, members["aud"]),
        iss=_typed("iss", AnyOrg, members["iss"]),
        jti=_matching("jti", _UUID7, members["jti"]),
        iat=_seconds(members["iat"]),
        type=kind.row.type,
        at=_typed("at", Moment, members["at"]),
        prev=_prev(members["prev"]),
        claims=_claims(kind, data),
        sd=sd,
    )
    check_shape(event)
    return event


def build(
    claims: Claims,
    *,
    aud: str,
    iss: ItemId,
    jti: str,
    iat: int,
    at: Instant,
    prev: Mapping[ItemId, str | None],
    sd: Sequence[str] = (),
) -> bytes:
    """Return the JWS payload of an event: what its issuer signs. Times as in `Event`."""
    data = encode(claims)
    members: dict[str, Json] = {
        "v": 1,
        "aud": aud,
        "iss": str(iss),
        "jti": jti,
        "iat": iat,
        "event": claims.row.type,
        "at": at.text,
        "prev": {str(item): event for item, event in prev.items()},
        "data": {**data, "_sd": list(sd)} if sd else data,
    }
    if sd:
        members["_sd_alg"] = "sha-256"
    return strictjson.dumps(members).encode("utf-8")


def _envelope(payload: bytes) -> dict[str, Json]:
    try:
        members = strictjson.loads(payload)
    except CryptoError as error:
        raise MalformedSubmissionError("format.json", reason=error.reason) from error
    if not isinstance(members, dict):
        raise MalformedSubmissionError("format.json", reason="not an object")
    odd = sorted((_MEMBERS ^ members.keys()) - {"_sd_alg"})
    if odd:
        raise MalformedSubmissionError("format.envelope", path=odd[0], reason="missing or unknown")
    if members["v"] != 1 or isinstance(members["v"], bool):
        raise MalformedSubmissionError("format.version", found=str(members["v"]))
    return members


def _restricted(members: Mapping[str, Json]) -> tuple[dict[str, Json], tuple[str, ...]]:
    data = members["data"]
    if not isinstance(data, dict):
        raise MalformedSubmissionError("format.claim", path="data", reason="must be an object")
    public = {name: value for name, value in data.items() if name != "_sd"}
    if ("_sd" in data) != ("_sd_alg" in members):
        raise MalformedSubmissionError("format.sd_alg", reason="_sd_alg goes with _sd")
    if "_sd" not in data:
        return public, ()
    if members["_sd_alg"] != "sha-256":
        raise MalformedSubmissionError("format.sd_alg", reason="_sd_alg is sha-256")
    digests = data["_sd"]
    if not isinstance(digests, list) or not all(isinstance(digest, str) for digest in digests):
        raise MalformedSubmissionError("format.disclosure", reason="_sd is a list of digests")
    found = tuple(str(digest) for digest in digests)
    try:
        check_digests(found)
    except CryptoError as error:
        raise MalformedSubmissionError("format.disclosure", reason=error.reason) from error
    return public, found


def _kind(name: Json) -> type[Claims]:
    text = _matching("event", _TYPE, name)
    if text not in REGISTRY:
        raise UnknownEventTypeError("rules.event_unknown", event=text)
    return REGISTRY[text]


def _matching(path: str, pattern: re.Pattern[str], value: Json) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise MalformedSubmissionError("format.envelope", path=path, reason=f"must match {pattern.pattern}")
    return value


def _seconds(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SAFE // 1000:
        raise MalformedSubmissionError("format.envelope", path="iat", reason="must be seconds since 1970")
    return value


def _typed(path: str, kind: Any, value: Json) -> Any:  # noqa: ANN401  one of ledger.fields
    try:
        return codec_of(kind).decode(value)
    except MalformedClaimError as error:
        raise MalformedSubmissionError("format.envelope", path=path, reason=error.reason) from error


def _prev(value: Json) -> dict[ItemId, str | None]:
    if not isinstance(value, dict) or len(value) > MAX_PREV:
        raise MalformedSubmissionError(
            "format.envelope", path="prev", reason="must be an object of at most 256"
        )
    return {
        _typed("prev", AnyItem, item): None if event is None else _typed("prev", EventIdText, event)
        for item, event in value.items()
    }


def _claims(kind: type[Claims], data: Json) -> Claims:
    try:
        return decode(kind, data)
    except MalformedClaimError as error:
        path = error.under("data").path
        raise MalformedSubmissionError("format.claim", path=path, reason=error.reason) from error


def check_shape(event: Event) -> None:
    """Check that `prev` is exactly the subjects, the named items and the vehicle (docs/formats.md section 2).

    Raises:
        MalformedSubmissionError: `prev.items`, `prev.twice`, or `format.claim` for the place or the delegate.
    """
    named = event.claims.named()
    if len(set(named)) != len(named):
        twice = next(item for item in named if named.count(item) > 1)
        raise MalformedSubmissionError("prev.twice", twice)
    for item in named:
        if item not in event.prev:
            raise MalformedSubmissionError("prev.items", item, reason="named by a claim, not in prev")
    _check_vehicle(event)
    _check_subjects(event)
    if event.claims.on_behalf_of is not None and not event.claims.row.delegable:
        raise MalformedSubmissionError(
            "format.claim", path="data.on_behalf_of", reason="no delegate may state this"
        )
    batteries = any(not item.is_org for item in event.prev)
    if batteries != (event.claims.place is not None):
        reason = "is missing" if batteries else "goes with items only"
        raise MalformedSubmissionError("format.claim", path="data.place", reason=reason)


def _check_vehicle(event: Event) -> None:
    vehicles = sum(item.is_vehicle for item in event.prev)
    if event.claims.row.vehicle and vehicles != 1:
        raise MalformedSubmissionError("prev.items", reason="prev names exactly one vehicle")
    if event.claims.row.vehicle_optional and vehicles > 1:
        raise MalformedSubmissionError("prev.items", reason="prev names at most one vehicle")


def _check_subjects(event: Event) -> None:
    row, subjects = event.claims.row, event.subjects
    if row.about is About.EVENT:
        return
    least, most = row.subjects
    if not least <= len(subjects) <= most:
        raise MalformedSubmissionError("prev.items", least=least, most=most, found=len(subjects))
    orgs = row.about is not About.ITEMS
    for item in event.prev:
        if item.is_org != orgs:
            raise MalformedSubmissionError("prev.items", item, reason="not what this event type is about")
    if row.about is About.SIGNER and event.iss not in event.prev:
        raise MalformedSubmissionError("prev.items", event.iss, reason="prev names the signer itself")
