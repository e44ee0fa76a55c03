"""The acceptance rule for Ed25519 (RFC 8032), checked with libsodium: one answer from every sound library.

RFC 8032 leaves room: libraries differ on points of small or mixed order, on encodings above the field prime
and on the cofactor. This rule leaves none. A key is the canonical encoding of a point of prime order. In a
signature, R is not of small order, S is below the group order, and R is compared by its bytes with what the
equation without the cofactor gives, so an R that is not canonical or of mixed order fails too.
"""

from typing import Final

from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_open
from nacl.exceptions import BadSignatureError

from crypto.errors import InvalidSignatureError, MalformedKeyError

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493

# The eight points whose order divides the cofactor 8, canonically encoded; a test derives them.
SMALL_ORDER_POINTS: Final = frozenset(
    bytes.fromhex(text)
    for text in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
)


def check_key(key: bytes) -> None:
    """Check the 32 bytes of a public key.

    Raises:
        MalformedKeyError: not the canonical encoding of a point of the prime-order subgroup, or the identity.
    """
    if len(key) != KEY_BYTES:
        raise MalformedKeyError("an Ed25519 key has 32 bytes")
    if not crypto_core_ed25519_is_valid_point(key):
        raise MalformedKeyError("not a canonical Ed25519 point of prime order")


def check_signature_form(signature: bytes) -> None:
    """Check what can be seen of a signature without key and message.

    Raises:
        InvalidSignatureError: not 64 bytes, R of small order, or S not below the group order.
    """
    if len(signature) != SIGNATURE_BYTES:
        raise InvalidSignatureError("an Ed25519 signature has 64 bytes")
    if signature[:32] in SMALL_ORDER_POINTS:
        raise InvalidSignatureError("R is a point of small order")
    if int.from_bytes(signature[32:], "little") >= GROUP_ORDER:
        raise InvalidSignatureError("S is not below the group order")


def verify(key: bytes, message: bytes, signature: bytes) -> None:
    """Verify a signature under a key that `check_key` has passed.

    Raises:
        InvalidSignatureError: the signature is not in its one form or does not hold.
    """
    check_signature_form(signature)
    try:
        crypto_sign_open(signature + message, key)
    except BadSignatureError as error:
        raise InvalidSignatureError("Ed25519 signature does not verify") from error
