"""Signing an event: the claims in, the SD-JWT out, with every restricted claim behind its own salt."""

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence

from crypto import jws, sdjwt
from crypto.keys import Signer
from crypto.strictjson import Json
from ledger.events.envelope import TYP, build
from ledger.events.row import Claims
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.uuid7 import RANDOM_BYTES, uuid7


def now_ms() -> int:
    """Return the time by this machine's clock, in ms since 1970."""
    return time.time_ns() // 1_000_000


def new_jti(at_ms: int) -> str:
    """Return an id for an event that is made now."""
    return uuid7(at_ms, secrets.token_bytes(RANDOM_BYTES))


def sign_now(
    claims: Claims, signer: Signer, *, aud: str, iss: ItemId, prev: Mapping[ItemId, str | None]
) -> str:
    """Return an event of public claims that happens as it is signed."""
    at_ms = now_ms()
    return sign_event(
        claims,
        signer,
        aud=aud,
        iss=iss,
        jti=new_jti(at_ms),
        iat=at_ms // 1000,
        at=Instant.from_ms(at_ms),
        prev=prev,
        restricted={},
    )


def sign_event(
    claims: Claims,
    signer: Signer,
    *,
    aud: str,
    iss: ItemId,
    jti: str,
    iat: int,
    at: Instant,
    prev: Mapping[ItemId, str | None],
    restricted: Mapping[str, Json],
    salts: Sequence[bytes] | None = None,
) -> str:
    """Return the SD-JWT of an event; without `salts` they are drawn at random.

    Raises:
        MalformedDisclosureError: a restricted claim cannot be disclosed.
    """
    chosen: Iterable[bytes] = (
        (secrets.token_bytes(sdjwt.SALT_BYTES) for _ in restricted) if salts is None else salts
    )
    digests, disclosures = sdjwt.conceal(restricted, chosen)
    told = build(claims, aud=aud, iss=iss, jti=jti, iat=iat, at=at, prev=prev, sd=digests)
    return sdjwt.join(jws.sign(told, signer, TYP), disclosures)
