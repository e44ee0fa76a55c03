"""Sessions of the desk: who signed in with a key of the ledger, in a cookie (docs/formats.md, section 8).

A session says which key signed in and nothing else. Whether that key still stands, whose it is and what it
may is read from the ledger at each request, so that a revoked key is out at once. The private key never
leaves the browser: it signs a token for the challenge that the page was given, once.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from flask import Request, Response
from marshmallow import fields
from werkzeug.wrappers import Response as BaseResponse

from api.auth import check_reads, registered, signed_with
from api.errors import HttpError
from api.schemas import Body, load_body
from api.service import service
from crypto.encoding import b64url_encode
from ledger.shares import secret_sha256
from ledger.state import Organisation, RegisteredKey
from ledger.store import Session

LIFE_S: Final = 3_600
CHALLENGE_S: Final = 600
MAX_OF_A_KEY: Final = 8
"""How many browsers may be signed in with one key; one more ends the oldest."""
_SECRET_BYTES: Final = 32
_MAX_COOKIE: Final = 64
_PATH: Final = "/desk"


class SignedOutError(HttpError):
    """Nobody is signed in, where only who is may go on; its rule is `session.none`."""

    def __init__(self) -> None:
        super().__init__("session.none")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is at the desk, as the ledger knows them at this moment.

    Attributes:
        org: the firm.
        key: the key that opened the session.
        csrf: what a POST of this session must bring along.
        until_ms: when the session ends, in ms since 1970.
    """

    org: Organisation
    key: RegisteredKey
    csrf: str
    until_ms: int


class SignInBody(Body):
    """What a browser sends with its token."""

    challenge = fields.String(
        required=True, metadata={"description": "as the page of the same address gave it"}
    )


def challenge(response: Response) -> str:
    """Give a browser something new to sign; only who has the cookie that goes with it can use it."""
    nonce = b64url_encode(secrets.token_bytes(_SECRET_BYTES))
    _set(response, "begin", nonce, CHALLENGE_S)
    return _challenge_of(nonce)


def open_session(request: Request, response: Response) -> RegisteredKey:
    """Begin a session for the key that signed the request's token; an earlier one of this browser ends.

    Raises:
        HttpError: `token.*`, or `session.challenge`: the challenge is not the one this browser was given.
    """
    key = signed_with(request)
    if key is None:
        raise HttpError("token.missing")
    given = load_body(SignInBody, request)["challenge"]
    expected = _challenge_of(_cookie(request, "begin"))
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        raise HttpError("session.challenge")
    secret = b64url_encode(secrets.token_bytes(_SECRET_BYTES))
    now_ms = service().clock.now_ms()
    with service().store.beside() as beside:
        beside.end_session(secret_sha256(_cookie(request, "desk")))
        kept = Session(key.kid, now_ms, now_ms + LIFE_S * 1000)
        beside.add_session(kept, secret_sha256(secret), keep=MAX_OF_A_KEY)
    _set(response, "desk", secret, LIFE_S)
    _set(response, "begin", "", 0)
    return key


def signed_in(request: Request) -> SignedIn | None:
    """Return who sends a request, as the ledger knows them now; None without a session that holds."""
    secret = _cookie(request, "desk")
    if not secret:
        return None
    with service().store.beside(write=False) as beside:
        found = beside.find_session(secret_sha256(secret))
    if found is None or found.until_ms <= service().clock.now_ms():
        return None
    with service().snapshot() as snapshot:
        key, org = registered(snapshot, found.kid)
    if key is None:
        return None
    try:
        return SignedIn(check_reads(key, org), key, csrf_of(secret), found.until_ms)
    except HttpError:
        return None


def check_csrf(request: Request, who: SignedIn) -> None:
    """Check that a POST comes from a page of this session; raises HttpError `session.csrf`."""
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not hmac.compare_digest(given.encode(), who.csrf.encode()):
        raise HttpError("session.csrf")


def close_session(request: Request, response: BaseResponse) -> None:
    """End the session of a request, here and in the browser."""
    with service().store.beside() as beside:
        beside.end_session(secret_sha256(_cookie(request, "desk")))
    _set(response, "desk", "", 0)


def csrf_of(secret: str) -> str:
    """Return the token of a session's forms; it tells nothing of the session's secret."""
    return b64url_encode(hmac.digest(secret.encode(), b"csrf", "sha256"))


def _challenge_of(nonce: str) -> str:
    # The page may show it to its script; the cookie stays out of every script's reach.
    return b64url_encode(hashlib.sha256(b"challenge:" + nonce.encode()).digest()) if nonce else ""


def _cookie(request: Request, name: str) -> str:
    found = request.cookies.get(_name(name), "")
    return found if len(found) <= _MAX_COOKIE and found.isascii() else ""


def _set(response: BaseResponse, name: str, value: str, life_s: int) -> None:
    response.set_cookie(
        _name(name),
        value,
        max_age=life_s,
        path="/" if _is_https() else _PATH,
        secure=_is_https(),
        httponly=True,
        samesite="Strict",
    )


def _name(name: str) -> str:
    # The prefix makes a browser refuse the cookie from any other host, a subdomain too.
    return f"{'__Host-' if _is_https() else ''}packtrace-{name}"


def _is_https() -> bool:
    return service().config.base_url.startswith("https://")
