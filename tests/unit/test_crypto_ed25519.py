"""The acceptance rule for Ed25519 against an adversary; libsodium and OpenSSL agree under it."""

from itertools import product

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from crypto import ed25519
from crypto.errors import CryptoError, InvalidSignatureError, MalformedKeyError
from tests import edwards

SECRET = 0x1234567890ABCDEF1234567890ABCDEF
MESSAGE = b"pack left the line"
KEY = edwards.encode(edwards.multiply(SECRET, edwards.BASE))
NONCE = 777
GOOD = edwards.sign(
    SECRET, KEY, MESSAGE, nonce=NONCE, r_bytes=edwards.encode(edwards.multiply(NONCE, edwards.BASE))
)
S = int.from_bytes(GOOD[32:], "little")

# Every encoding that no encoder writes: y from the prime up, and "minus zero" for the two points with x = 0.
NON_CANONICAL = [
    *(edwards.encode_loosely(edwards.P + y, sign) for y in range(19) for sign in (0, 1)),
    edwards.encode_loosely(1, 1),
    edwards.encode_loosely(edwards.P - 1, 1),
]


def with_s(s: int) -> bytes:
    return GOOD[:32] + s.to_bytes(32, "little")


def accepted(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        ed25519.check_key(key)
        ed25519.verify(key, message, signature)
    except CryptoError:
        return False
    return True


def accepted_by_openssl(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        ed25519.check_key(key)
        ed25519.check_signature_form(signature)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (CryptoError, InvalidSignature):
        return False
    return True


def test_a_signature_made_by_the_plain_arithmetic_is_accepted_by_both_libraries() -> None:
    assert accepted(KEY, MESSAGE, GOOD)
    assert accepted_by_openssl(KEY, MESSAGE, GOOD)


# RFC 8032, section 7.1, TEST 2.
def test_the_vector_of_rfc_8032_verifies() -> None:
    key = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    ed25519.check_key(key)
    ed25519.verify(key, b"\x72", signature)


def test_the_listed_points_of_small_order_are_all_there_are() -> None:
    assert {edwards.encode(point) for point in edwards.TORSION} == ed25519.SMALL_ORDER_POINTS


@pytest.mark.parametrize("key", sorted(ed25519.SMALL_ORDER_POINTS), ids=bytes.hex)
def test_a_key_of_small_order_is_refused(key: bytes) -> None:
    with pytest.raises(MalformedKeyError, match="prime order"):
        ed25519.check_key(key)


@pytest.mark.parametrize("key", NON_CANONICAL, ids=bytes.hex)
def test_a_key_in_a_non_canonical_encoding_is_refused(key: bytes) -> None:
    with pytest.raises(MalformedKeyError, match="canonical"):
        ed25519.check_key(key)


@pytest.mark.parametrize("torsion", edwards.TORSION[1:])
def test_a_key_of_mixed_order_is_refused(torsion: edwards.Point) -> None:
    key = edwards.encode(edwards.add(edwards.multiply(SECRET, edwards.BASE), torsion))
    with pytest.raises(MalformedKeyError, match="prime order"):
        ed25519.check_key(key)


def test_a_key_that_is_no_point_of_the_curve_is_refused() -> None:
    y = next(y for y in range(2, 100) if edwards.lift(y) is None)
    with pytest.raises(MalformedKeyError, match="point"):
        ed25519.check_key(edwards.encode_loosely(y, 0))


@pytest.mark.parametrize("key", [b"", KEY[:-1], KEY + b"\x00", bytes(64)])
def test_a_key_of_another_length_is_refused(key: bytes) -> None:
    with pytest.raises(MalformedKeyError, match="32 bytes"):
        ed25519.check_key(key)


def test_the_forgery_under_the_identity_that_a_bare_library_accepts_is_refused() -> None:
    identity = edwards.encode(edwards.IDENTITY)
    forgery = edwards.encode(edwards.BASE) + (1).to_bytes(32, "little")
    Ed25519PublicKey.from_public_bytes(identity).verify(forgery, MESSAGE)
    assert not accepted(identity, MESSAGE, forgery)
    assert not accepted_by_openssl(identity, MESSAGE, forgery)


@pytest.mark.parametrize("r_bytes", [*sorted(ed25519.SMALL_ORDER_POINTS), *NON_CANONICAL], ids=bytes.hex)
def test_an_r_of_small_order_or_in_a_non_canonical_encoding_is_refused(r_bytes: bytes) -> None:
    # For R of small order the equation holds with nonce 0 (times the cofactor), so some verifiers say yes.
    signature = edwards.sign(SECRET, KEY, MESSAGE, nonce=0, r_bytes=r_bytes)
    with pytest.raises(InvalidSignatureError):
        ed25519.verify(KEY, MESSAGE, signature)
    assert not accepted_by_openssl(KEY, MESSAGE, signature)


@pytest.mark.parametrize(
    "s", [S + edwards.L, S + 2 * edwards.L, edwards.L, edwards.L + 1, 2**253, 2**255 + S, 2**256 - 1]
)
def test_an_s_that_is_not_below_the_group_order_is_refused(s: int) -> None:
    with pytest.raises(InvalidSignatureError, match="S is not below"):
        ed25519.verify(KEY, MESSAGE, with_s(s))


@pytest.mark.parametrize("s", [0, 1, edwards.L - 1, edwards.L - S, S ^ 1])
def test_another_s_is_refused(s: int) -> None:
    with pytest.raises(InvalidSignatureError, match="does not verify"):
        ed25519.verify(KEY, MESSAGE, with_s(s))


@pytest.mark.parametrize(
    "signature", [b"", GOOD[:32], GOOD[:-1], GOOD + b"\x00", b"\x00" + GOOD, GOOD * 2, GOOD[1:]]
)
def test_a_signature_of_another_length_is_refused(signature: bytes) -> None:
    with pytest.raises(InvalidSignatureError, match="64 bytes"):
        ed25519.verify(KEY, MESSAGE, signature)


def test_halves_in_the_other_order_are_refused() -> None:
    with pytest.raises(InvalidSignatureError):
        ed25519.verify(KEY, MESSAGE, GOOD[32:] + GOOD[:32])


@pytest.mark.parametrize("message", [b"", MESSAGE[:-1], MESSAGE + b"\x00", b"x" + MESSAGE])
def test_another_message_is_refused(message: bytes) -> None:
    with pytest.raises(InvalidSignatureError, match="does not verify"):
        ed25519.verify(KEY, message, GOOD)


def test_every_flipped_bit_of_a_signature_is_refused_by_both_libraries() -> None:
    for bit in range(8 * len(GOOD)):
        flipped = bytearray(GOOD)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not accepted(KEY, MESSAGE, bytes(flipped)), bit
        assert not accepted_by_openssl(KEY, MESSAGE, bytes(flipped)), bit


def test_both_libraries_agree_on_every_mixture_of_orders_in_key_and_r() -> None:
    answers = {}
    for (i, a), (j, b) in product(enumerate(edwards.TORSION), repeat=2):
        key = edwards.encode(edwards.add(edwards.multiply(SECRET, edwards.BASE), a))
        r_bytes = edwards.encode(edwards.add(edwards.multiply(NONCE, edwards.BASE), b))
        signature = edwards.sign(SECRET, key, MESSAGE, nonce=NONCE, r_bytes=r_bytes)
        answers[i, j] = accepted(key, MESSAGE, signature)
        assert accepted_by_openssl(key, MESSAGE, signature) == answers[i, j]
    assert [orders for orders, answer in answers.items() if answer] == [(0, 0)]


@pytest.mark.parametrize("torsion", edwards.TORSION[1:])
def test_libsodium_uses_the_equation_without_the_cofactor(torsion: edwards.Point) -> None:
    # The agreement above rests on this: a libsodium that changes its mind must fail here, not in a dispute.
    r_bytes = edwards.encode(edwards.add(edwards.multiply(NONCE, edwards.BASE), torsion))
    signature = edwards.sign(SECRET, KEY, MESSAGE, nonce=NONCE, r_bytes=r_bytes)
    with pytest.raises(BadSignatureError):
        crypto_sign_open(signature + MESSAGE, KEY)
