"""The code under which a device shows its public key, for its firm to register (docs/formats.md, section 11).

A device has no name in the ledger until an admin key registers it, and nothing to send its key with but its
screen. So the whole key is in the code, with a check: whoever types or scans it needs no server in between,
and a slip of one character is seen.
"""

import base64
import hashlib
import re
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from crypto import es256
from crypto.encoding import b64url_decode
from crypto.errors import MalformedKeyError
from crypto.keys import Algorithm, Verifier
from ledger.errors import MalformedError

PREFIX: Final = "PTD1"
GROUP: Final = 4
CHECK_BYTES: Final = 2
_POINT_BYTES: Final = 33
_BODY: Final = re.compile(r"[A-Z2-7]{56}")
# What people type for letters and digits that base32 leaves out.
_LOOKALIKES: Final = str.maketrans("018", "OIB")


class MalformedDeviceCodeError(MalformedError):
    """The text is not the code of a device; the message says why."""


def format_code(verifier: Verifier) -> str:
    """Return the code of a key: `PTD1` and 14 groups of four, with hyphens.

    Raises:
        MalformedDeviceCodeError: the key is not an ES256 key.
    """
    if verifier.algorithm is not Algorithm.ES256:
        raise MalformedDeviceCodeError("a device has an ES256 key")
    jwk = verifier.jwk()
    point = bytes([2 + (b64url_decode(jwk["y"])[-1] & 1)]) + b64url_decode(jwk["x"])
    body = base64.b32encode(point + _check(point)).decode("ascii")
    return "-".join((PREFIX, *(body[at : at + GROUP] for at in range(0, len(body), GROUP))))


def parse_code(text: str) -> Verifier:
    """Return the key of a code; case, spaces and hyphens do not matter, and 0, 1, 8 stand for O, I, B.

    Raises:
        MalformedDeviceCodeError: it is not whole, its check fails, or it is no point of P-256.
    """
    plain = re.sub(r"[\s-]+", "", text).upper()
    if not plain.startswith(PREFIX):
        raise MalformedDeviceCodeError(f"does not begin with {PREFIX}")
    body = plain[len(PREFIX) :].translate(_LOOKALIKES)
    if not _BODY.fullmatch(body):
        raise MalformedDeviceCodeError("not 14 groups of four letters and digits")
    data = base64.b32decode(body)  # 56 letters of its alphabet always are
    point, check = data[:_POINT_BYTES], data[_POINT_BYTES:]
    if check != _check(point):
        raise MalformedDeviceCodeError("the check at its end does not fit: a character is wrong")
    return _verifier(point)


def _check(point: bytes) -> bytes:
    return hashlib.sha256(PREFIX.encode("ascii") + point).digest()[:CHECK_BYTES]


def _verifier(point: bytes) -> Verifier:
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        return Verifier(Algorithm.ES256, es256.encode_key(key))
    except (ValueError, MalformedKeyError) as error:
        raise MalformedDeviceCodeError("not a point of P-256") from error
