"""The acceptance rule for ES256 (ECDSA on P-256 with SHA-256, RFC 7518 section 3.4), checked with OpenSSL.

A key is an uncompressed SEC 1 point on the curve. A signature is r and s, 32 bytes each, big-endian, with s
in the lower half of the group order: ECDSA verifies (r, s) and (r, n - s) alike, so one of them has to go.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crypto.errors import InvalidSignatureError, MalformedKeyError

KEY_BYTES: Final = 65
SIGNATURE_BYTES: Final = 64
GROUP_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_CURVE: Final = ec.SECP256R1()
_UNCOMPRESSED: Final = b"\x04"
# RFC 6979: the nonce follows from key and message, so a poor random source cannot leak the key.
_SIGNING: Final = ec.ECDSA(SHA256(), deterministic_signing=True)
_VERIFYING: Final = ec.ECDSA(SHA256())


def load_key(key: bytes) -> ec.EllipticCurvePublicKey:
    """Return the public key of an uncompressed point `04 || x || y`.

    Raises:
        MalformedKeyError: compressed, hybrid, at infinity, off the curve, or a coordinate above the prime.
    """
    if len(key) != KEY_BYTES or not key.startswith(_UNCOMPRESSED):
        raise MalformedKeyError("an ES256 key is an uncompressed point of 65 bytes")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, key)
    except ValueError as error:
        raise MalformedKeyError("not a point of P-256") from error


def encode_key(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the uncompressed point of a public key, 65 bytes.

    Raises:
        MalformedKeyError: the key is of another curve.
    """
    if not isinstance(key.curve, ec.SECP256R1):
        raise MalformedKeyError(f"curve {key.curve.name} is not P-256")
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Return the deterministic low-s signature `r || s`, 64 bytes."""
    r, s = decode_dss_signature(key.sign(message, _SIGNING))
    return r.to_bytes(32, "big") + min(s, GROUP_ORDER - s).to_bytes(32, "big")


def lowered(signature: bytes) -> bytes:
    """Return a signature `r || s` of 64 bytes with s in the lower half; hardware makes either."""
    s = int.from_bytes(signature[32:], "big")
    return signature[:32] + (GROUP_ORDER - s if GROUP_ORDER // 2 < s < GROUP_ORDER else s).to_bytes(32, "big")


def verify(key: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> None:
    """Verify a signature `r || s`.

    Raises:
        InvalidSignatureError: not 64 bytes, r or s out of range, s in the upper half, or it does not hold.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise InvalidSignatureError("an ES256 signature has 64 bytes")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not 0 < r < GROUP_ORDER or not 0 < s < GROUP_ORDER:
        raise InvalidSignatureError("r or s is out of range")
    if s > GROUP_ORDER // 2:
        raise InvalidSignatureError("s is in the upper half of the group order")
    try:
        key.verify(encode_dss_signature(r, s), message, _VERIFYING)
    except InvalidSignature as error:
        raise InvalidSignatureError("ES256 signature does not verify") from error
