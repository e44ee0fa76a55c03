"""Ed25519 in plain Python (RFC 8032, section 5.1), for an adversary: it signs what no library would sign.

Slow and not constant-time on purpose. Points are affine; `TORSION` holds the eight points of small order.
"""

from hashlib import sha512
from typing import Final

Point = tuple[int, int]

P: Final = 2**255 - 19
L: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, -1, P) % P
IDENTITY: Final[Point] = (0, 1)


def add(a: Point, b: Point) -> Point:
    """Return the sum of two points."""
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def multiply(scalar: int, point: Point) -> Point:
    """Return `scalar` times a point."""
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def encode(point: Point) -> bytes:
    """Return the 32 canonical bytes of a point."""
    return encode_loosely(point[1], point[0] & 1)


def encode_loosely(y: int, sign: int) -> bytes:
    """Return 32 bytes for any `y` below 2^255, above the prime too, and any sign bit."""
    return (y | sign << 255).to_bytes(32, "little")


def lift(y: int) -> Point | None:
    """Return a point with this `y`, or None where the curve has none."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    if (root * root - square) % P:
        root = root * pow(2, (P - 1) // 4, P) % P
    return (root, y) if (root * root - square) % P == 0 else None


def _base() -> Point:
    point = lift(4 * pow(5, -1, P) % P)
    assert point is not None
    return point if point[0] % 2 == 0 else (P - point[0], point[1])


def _torsion() -> tuple[Point, ...]:
    for y in range(2, 100):
        point = lift(y)
        if point is not None:
            generator = multiply(L, point)
            if multiply(4, generator) != IDENTITY:
                return tuple(multiply(count, generator) for count in range(8))
    raise AssertionError("no point of order 8 found")


BASE: Final = _base()
TORSION: Final = _torsion()


def challenge(r_bytes: bytes, key: bytes, message: bytes) -> int:
    """Return the scalar that binds R, key and message."""
    return int.from_bytes(sha512(r_bytes + key + message).digest(), "little") % L


def sign(secret: int, key: bytes, message: bytes, *, nonce: int, r_bytes: bytes) -> bytes:
    """Return a signature with the R and the key bytes the adversary likes; `nonce` is the scalar behind R."""
    s = (nonce + challenge(r_bytes, key, message) * secret) % L
    return r_bytes + s.to_bytes(32, "little")
