"""Bearer tokens: who asks, proven by a signature with a key of the ledger (docs/formats.md, section 8).

A token is a JWT for one method and address and for five minutes at most. There is no password and no token
endpoint: the key that signs events of an organisation, but of its lines and rigs, signs its reads.
"""

from dataclasses import dataclass
from typing import Final

from flask import Request

from api.errors import HttpError
from api.service import service
from crypto import jws, strictjson
from crypto.errors import CryptoError
from crypto.jws import Jws
from crypto.strictjson import Json
from ledger.errors import AuthorityRefusal
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.authority import check_key_time
from ledger.state import Organisation, RegisteredKey, key_fact
from ledger.vocabulary import Purpose

TYP: Final = "access+jwt"
MAX_LIFE_S: Final = 300
SKEW_S: Final = 60
MAX_TOKEN: Final = 4_096
_MEMBERS: Final = frozenset({"iss", "aud", "htm", "htu", "iat", "exp"})
_READS_NOTHING: Final = frozenset({Purpose.LINE, Purpose.RIG})


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says, once it has its form."""

    iss: str
    aud: str
    htm: str
    htu: str
    iat: int
    exp: int


def reader(request: Request) -> ItemId | None:
    """Return the organisation that signed the request's token, None where there is no token.

    Raises:
        HttpError: there is one and it does not hold: `token.*`.
    """
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
    return _signer(token, claims)


def _claims(token: Jws) -> Claims:
    try:
        members = strictjson.loads(token.payload)
    except CryptoError as error:
        raise HttpError("token.malformed", reason=error.reason) from error
    if not isinstance(members, dict) or members.keys() != _MEMBERS:
        raise HttpError("token.malformed", reason="its claims are not exactly " + ", ".join(sorted(_MEMBERS)))
    return Claims(
        **{name: _text(name, members[name]) for name in ("iss", "aud", "htm", "htu")},
        iat=_seconds("iat", members["iat"]),
        exp=_seconds("exp", members["exp"]),
    )


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


def _signer(token: Jws, claims: Claims) -> ItemId:
    with service().snapshot() as snapshot:
        states = snapshot.states([key_fact(token.kid)])
        key = states.get(key_fact(token.kid))
        org = snapshot.states([key.org]).get(key.org) if isinstance(key, RegisteredKey) else None
    if not isinstance(key, RegisteredKey) or str(key.org) != claims.iss:
        raise HttpError("token.key", token.kid)
    try:
        check_key_time(key, service().clock.now_ms())
    except AuthorityRefusal as error:
        raise HttpError("token.key", token.kid) from error
    try:
        token.verify(key.jwk)
    except CryptoError as error:
        raise HttpError("token.signature", token.kid) from error
    if key.purpose in _READS_NOTHING:
        raise HttpError("token.purpose", token.kid, purpose=key.purpose)
    if not isinstance(org, Organisation) or org.suspended:
        raise HttpError("token.suspended", key.org)
    return key.org
