"""A client on joserfc: the library signs events and verifies their signatures, this file only assembles.

The rest of a receipt, the log's part of it, is checked by `tests.clients.plain`. Keys as there.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from joserfc import jwk, jws
from joserfc.errors import JoseError

from tests.clients import plain
from tests.clients.plain import InvalidReceiptError

ALGORITHMS = ["Ed25519", "ES256"]


def sign_event(claims: Mapping[str, Any], pem: str, restricted: Mapping[str, Any] | None = None) -> str:
    """Return the SD-JWT of an event; the header is as joserfc writes it, `typ` first."""
    algorithm = plain.algorithm_of(plain.public_of(pem))
    key = jwk.import_key(pem, "EC" if algorithm == "ES256" else "OKP")
    disclosures = [
        plain.disclose(secrets.token_bytes(16), name, value) for name, value in (restricted or {}).items()
    ]
    if disclosures:
        digests = sorted(plain.b64url(plain.sha256(text.encode())) for text in disclosures)
        claims = {**claims, "data": {**claims["data"], "_sd": digests}, "_sd_alg": "sha-256"}
    header = {"typ": plain.TYP, "alg": algorithm, "kid": key.thumbprint()}
    text = jws.serialize_compact(header, json.dumps(claims), key, algorithms=ALGORITHMS)
    return "~".join([_with_low_s(text) if algorithm == "ES256" else text, *disclosures, ""])


def verify_receipt(text: str, vkey: str, public: Mapping[str, str], event: str) -> None:
    """Verify that the log of `vkey` holds the event of this id, signed by the key of this JWK."""
    signed = plain.open_receipt(text, vkey)
    if plain.event_id(signed) != event:
        raise InvalidReceiptError("the entry is another event")
    try:
        jws.deserialize_compact(signed, jwk.import_key({**public}), algorithms=ALGORITHMS)
    except JoseError as error:
        raise InvalidReceiptError("the event is not signed by this key") from error


def _with_low_s(text: str) -> str:
    # ECDSA verifies s and n - s alike, joserfc returns either, the ledger takes the lower one only.
    signed, _, signature = text.rpartition(".")
    raw = plain.unb64url(signature)
    s = int.from_bytes(raw[32:], "big")
    return f"{signed}.{plain.b64url(raw[:32] + min(s, plain.ORDER - s).to_bytes(32, 'big'))}"
