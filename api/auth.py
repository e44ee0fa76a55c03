"""Bearer tokens: who asks, proven by a signature with a key of the ledger (docs/formats.md, section 8).

A token is a JWT for one method and address, for five minutes at most and for once. There is no password and
no token endpoint: the key that signs events of an organisation, but of its lines and rigs, signs its reads.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flask import Request

from api.errors import HttpError
from api.service import service
from crypto import jws, strictjson
from crypto.encoding import b64url_encode
from crypto.errors import CryptoError
from crypto.jws import Jws
from crypto.strictjson import Json
from ledger import reading
from ledger.access import Reader
from ledger.errors import AuthorityRefusal
from ledger.identifiers import ItemId
from ledger.instants import Instant, day_of_ms
from ledger.lifecycle.authority import check_key_time
from ledger.reading import Revealed
from ledger.state import Organisation, RegisteredKey, key_fact
from ledger.store import Reading, Snapshot
from ledger.vocabulary import Purpose

TYP: Final = "access+jwt"
MAX_LIFE_S: Final = 300
SKEW_S: Final = 60
MAX_TOKEN: Final = 4_096
REMEMBERED_S: Final = 600
"""How long a spent token is remembered after its end: further than the clocks of two servers are apart."""
_MEMBERS: Final = frozenset({"iss", "aud", "htm", "htu", "iat", "exp"})
_OPTIONAL: Final = frozenset({"jti", "body_sha256"})
_JTI: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_READS_NOTHING: Final = frozenset({Purpose.LINE, Purpose.RIG})


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, once it has its form.

    `body_sha256`: base64url of the hash of the body it goes with; a POST needs it.
    """

    iss: str
    aud: str
    htm: str
    htu: str
    iat: int
    exp: int
    jti: str | None = None
    body_sha256: str | None = None


def reader(request: Request) -> ItemId | None:
    """Return the organisation that signed the request's token, None where there is no token.

    The token is spent with it: it serves no second request, on any server of this database.

    Raises:
        HttpError: there is one and it does not hold: `token.*`.
    """
    key = signed_with(request)
    return None if key is None else key.org


def signed_with(request: Request) -> RegisteredKey | None:
    """Return the key that signed the request's token, as `reader` does its organisation."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer" or not text or len(text) > MAX_TOKEN:
        raise HttpError("token.malformed", reason="not a bearer token")
    try:
        token = jws.parse(text, typ=TYP)
    except CryptoError as error:
        raise HttpError("token.malformed", reason=error.reason) from error
    claims = _claims(token)
    _check_request(claims, request)
    _check_time(claims)
    key = _signer(token, claims)
    _check_body(claims, request)
    _spend(token, claims)
    return key


def known_reader(request: Request) -> ItemId:
    """Return the organisation that signed the request's token; raises HttpError `token.*` without one."""
    org = reader(request)
    if org is None:
        raise HttpError("token.missing")
    return org


def reader_as_known(snapshot: Snapshot, org: ItemId | None) -> Reader | None:
    """Return who asks as the ledger knows it today; None is the public."""
    return None if org is None else reading.find_reader(snapshot, org, day_of_ms(service().clock.now_ms()))


def record(org: ItemId, revealed: Iterable[Revealed]) -> None:
    """Keep that an organisation reads restricted claims; before the answer leaves, or it must not leave."""
    now_ms = service().clock.now_ms()
    readings = [Reading(one.view.index, str(org), one.names, now_ms) for one in revealed if one.claims]
    if readings:
        with service().store.beside() as beside:
            beside.record(readings)


def _claims(token: Jws) -> Claims:
    try:
        members = strictjson.loads(token.payload)
    except CryptoError as error:
        raise HttpError("token.malformed", reason=error.reason) from error
    if not isinstance(members, dict) or members.keys() - _OPTIONAL != _MEMBERS:
        raise HttpError("token.malformed", reason="its claims are not exactly " + ", ".join(sorted(_MEMBERS)))
    texts = {"iss", "aud", "htm", "htu", *(_OPTIONAL & members.keys())}
    claims = Claims(
        **{name: _text(name, members[name]) for name in texts},
        iat=_seconds("iat", members["iat"]),
        exp=_seconds("exp", members["exp"]),
    )
    if claims.jti is not None and not _JTI.fullmatch(claims.jti):
        raise HttpError("token.malformed", reason=f"jti must match {_JTI.pattern}")
    return claims


def _text(name: str, value: Json) -> str:
    if not isinstance(value, str):
        raise HttpError("token.malformed", reason=f"{name} is not a text")
    return value


def _seconds(name: str, value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise HttpError("token.malformed", reason=f"{name} is not a number of seconds")
    return value


def _check_request(claims: Claims, request: Request) -> None:
    config = service().config
    if claims.aud != config.origin:
        raise HttpError("token.audience", origin=config.origin)
    url = config.base_url + request.path
    method = "GET" if request.method == "HEAD" else request.method
    if claims.htm != method or claims.htu != url:
        raise HttpError("token.method", method=method, url=url)


def _check_time(claims: Claims) -> None:
    now_ms = service().clock.now_ms()
    now = now_ms // 1000
    lasts = 0 < claims.exp - claims.iat <= MAX_LIFE_S
    if not lasts or claims.iat > now + SKEW_S or claims.exp <= now:
        raise HttpError("token.time", limit_s=MAX_LIFE_S, now=Instant.from_ms(now_ms))


def _signer(token: Jws, claims: Claims) -> RegisteredKey:
    with service().snapshot() as snapshot:
        key, org = registered(snapshot, token.kid)
    if key is None or str(key.org) != claims.iss:
        raise HttpError("token.key", token.kid)
    _check_key_time(key)
    try:
        token.verify(key.jwk)
    except CryptoError as error:
        raise HttpError("token.signature", token.kid) from error
    _check_standing(key, org)
    return key


def registered(snapshot: Snapshot, kid: str) -> tuple[RegisteredKey | None, Organisation | None]:
    """Return a key and its organisation as the ledger has them now; None for what it does not know."""
    key = snapshot.states([key_fact(kid)]).get(key_fact(kid))
    if not isinstance(key, RegisteredKey):
        return None, None
    org = snapshot.states([key.org]).get(key.org)
    return key, org if isinstance(org, Organisation) else None


def check_reads(key: RegisteredKey, org: Organisation | None) -> Organisation:
    """Return the organisation of a key that may read today; raises HttpError `token.*`."""
    _check_key_time(key)
    return _check_standing(key, org)


def _check_key_time(key: RegisteredKey) -> None:
    try:
        check_key_time(key, service().clock.now_ms())
    except AuthorityRefusal as error:
        raise HttpError("token.key", key.kid) from error


def _check_standing(key: RegisteredKey, org: Organisation | None) -> Organisation:
    if key.purpose in _READS_NOTHING:
        raise HttpError("token.purpose", key.kid, purpose=key.purpose)
    if org is None or org.suspended or org.successor is not None:
        raise HttpError("token.suspended", key.org)
    return org


def _check_body(claims: Claims, request: Request) -> None:
    """Check that a POST is for exactly its body; a document's address is the hash of its body already."""
    if request.method != "POST":
        if claims.body_sha256 is not None:
            raise HttpError("token.malformed", reason="body_sha256 goes with POST only")
        return
    found = b64url_encode(hashlib.sha256(request.get_data()).digest())
    if claims.body_sha256 != found:
        raise HttpError("token.body", expected=found)


def _spend(token: Jws, claims: Claims) -> None:
    # By what is signed and not by the signature, of which one key can make many (docs/formats.md, section 8).
    digest = hashlib.sha256(token.signing_input).digest()
    now_s = service().clock.now_ms() // 1000
    with service().store.beside() as beside:
        new = beside.spend_token(digest, expires_at_s=claims.exp, forget_before_s=now_s - REMEMBERED_S)
    if not new:
        raise HttpError("token.replayed", token.kid)
