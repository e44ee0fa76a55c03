"""The acceptance rule for ES256, against malleation, ranges, and points that are not on the curve."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from crypto import es256
from crypto.errors import InvalidSignatureError, MalformedKeyError

N = es256.GROUP_ORDER
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
ROOT_OF_B = pow(B, (P + 1) // 4, P)
SECRET = ec.derive_private_key(0x1234567890ABCDEF, ec.SECP256R1())
KEY = es256.encode_key(SECRET.public_key())
PUBLIC = es256.load_key(KEY)
MESSAGE = b"pack left the line"
GOOD = es256.sign(SECRET, MESSAGE)
R, S = int.from_bytes(GOOD[:32], "big"), int.from_bytes(GOOD[32:], "big")


def pair(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def point(x: int, y: int, form: bytes = b"\x04") -> bytes:
    return form + pair(x, y)


X, Y = int.from_bytes(KEY[1:33], "big"), int.from_bytes(KEY[33:], "big")


def test_what_is_signed_verifies() -> None:
    es256.verify(PUBLIC, MESSAGE, GOOD)


# RFC 6979, appendix A.2.5, P-256 with SHA-256, message "sample"; its s is high, so ours is n - s.
def test_the_nonce_is_that_of_rfc_6979() -> None:
    secret = ec.derive_private_key(
        0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721, ec.SECP256R1()
    )
    r = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    s = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
    assert es256.sign(secret, b"sample") == pair(r, N - s)


def test_every_signature_made_has_a_low_s() -> None:
    for number in range(64):
        signature = es256.sign(SECRET, bytes([number]))
        assert int.from_bytes(signature[32:], "big") <= N // 2


def test_the_high_s_twin_that_ecdsa_accepts_is_refused() -> None:
    PUBLIC.verify(encode_dss_signature(R, N - S), MESSAGE, ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignatureError, match="upper half"):
        es256.verify(PUBLIC, MESSAGE, pair(R, N - S))


def test_the_first_s_of_the_upper_half_is_high_and_the_last_of_the_lower_is_not() -> None:
    with pytest.raises(InvalidSignatureError, match="upper half"):
        es256.verify(PUBLIC, MESSAGE, pair(R, N // 2 + 1))
    with pytest.raises(InvalidSignatureError, match="does not verify"):
        es256.verify(PUBLIC, MESSAGE, pair(R, N // 2))


@pytest.mark.parametrize(
    ("r", "s"),
    [
        (0, 0),
        (0, S),
        (R, 0),
        (0, 1),
        (1, 0),
        (N, S),
        (R, N),
        (N, N),
        (N + 1, S),
        (R, N + 1),
        (P, S),
        (R, P),
        (2**256 - 1, S),
        (R, 2**256 - 1),
    ],
)
def test_r_or_s_out_of_range_is_refused(r: int, s: int) -> None:
    with pytest.raises(InvalidSignatureError, match="out of range"):
        es256.verify(PUBLIC, MESSAGE, pair(r, s))


@pytest.mark.parametrize(
    ("r", "s"), [(1, 1), (R, 1), (1, S), (S, R % (N // 2)), (N - R, S), (R ^ 1, S), (N - 1, 1)]
)
def test_another_r_or_s_is_refused(r: int, s: int) -> None:
    with pytest.raises(InvalidSignatureError):
        es256.verify(PUBLIC, MESSAGE, pair(r, s))


@pytest.mark.parametrize(
    "signature",
    [b"", GOOD[:-1], GOOD[1:], GOOD + b"\x00", b"\x00" + GOOD, GOOD[:32], encode_dss_signature(R, S)],
    ids=["empty", "truncated", "beheaded", "extended", "prefixed", "half", "DER"],
)
def test_a_signature_of_another_length_or_in_der_is_refused(signature: bytes) -> None:
    with pytest.raises(InvalidSignatureError, match="64 bytes"):
        es256.verify(PUBLIC, MESSAGE, signature)


def test_another_message_is_refused() -> None:
    with pytest.raises(InvalidSignatureError, match="does not verify"):
        es256.verify(PUBLIC, MESSAGE + b" ", GOOD)


def test_every_flipped_bit_of_a_signature_is_refused() -> None:
    for bit in range(8 * len(GOOD)):
        flipped = bytearray(GOOD)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InvalidSignatureError):
            es256.verify(PUBLIC, MESSAGE, bytes(flipped))


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"\x00",
        KEY[1:],
        KEY[:-1],
        KEY + b"\x00",
        b"\x00" + KEY[1:],
        bytes([2 + Y % 2]) + KEY[1:33],
        point(X, Y, bytes([6 + Y % 2])),
    ],
    ids=["empty", "infinity", "bare", "truncated", "extended", "form 00", "compressed", "hybrid"],
)
def test_a_key_in_another_form_is_refused(key: bytes) -> None:
    with pytest.raises(MalformedKeyError, match="uncompressed"):
        es256.load_key(key)


@pytest.mark.parametrize(
    ("x", "y"),
    [(0, 0), (X, Y ^ 1), (X ^ 1, Y), (Y, X), (X, 0), (0, 1), (P, ROOT_OF_B)],
)
def test_a_point_off_the_curve_or_above_the_prime_is_refused(x: int, y: int) -> None:
    with pytest.raises(MalformedKeyError, match="P-256"):
        es256.load_key(point(x, y))


def test_the_point_with_x_zero_is_a_key_in_its_canonical_form_only() -> None:
    assert es256.encode_key(es256.load_key(point(0, ROOT_OF_B))) == point(0, ROOT_OF_B)


def test_a_key_of_another_curve_is_refused() -> None:
    with pytest.raises(MalformedKeyError, match="secp384r1"):
        es256.encode_key(ec.generate_private_key(ec.SECP384R1()).public_key())
