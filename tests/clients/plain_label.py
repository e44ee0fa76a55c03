"""Cell commitments and label tokens in plain Python, from docs/formats.md sections 2 and 7 alone."""

import base64
import hmac
from collections.abc import Mapping, Sequence

from tests.clients.plain import algorithm_of, public_of, root_of_proof, sha256, sign, thumbprint, unb64url

COSE = {"Ed25519": -19, "ES256": -9}


def cell_leaf(key: bytes, code: str) -> bytes:
    """Return salt and code of a cell: the data of a leaf."""
    return hmac.digest(key, code.encode(), "sha256")[:16] + code.encode()


def cells_root(key: bytes, codes: Sequence[str]) -> bytes:
    """Return the root over the sorted leaves (RFC 6962, 2.1)."""
    return _root([sha256(b"\x00" + leaf) for leaf in sorted(cell_leaf(key, code) for code in codes)])


def root_of_release(salt: bytes, code: str, index: int, count: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that the release of a cell leads to."""
    return root_of_proof(sha256(b"\x00" + salt + code.encode()), index, count, proof)


def _root(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01" + _root(hashes[:split]) + _root(hashes[split:]))


def label_token(facts: Mapping[int, int | str], url_prefix: str, pem: str) -> str:
    """Return the token of a label; `facts` by their numbers, in order."""
    key = public_of(pem)
    protected, said = cbor({1: COSE[algorithm_of(key)]}), cbor(dict(facts))
    signature = sign(cbor(["Signature1", protected, url_prefix.encode(), said]), pem)
    cose = cbor([protected, {4: unb64url(thumbprint(key))[:8]}, said, signature])
    return base64.b32encode(cose).decode().rstrip("=")


def cbor(value: object) -> bytes:
    """Return the CBOR (RFC 8949) of integers, bytes, texts, arrays and maps, the latter in their order."""
    match value:
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case list():
            return _head(4, len(value)) + b"".join(map(cbor, value))
        case dict():
            return _head(5, len(value)) + b"".join(cbor(part) for pair in value.items() for part in pair)
    raise TypeError(value)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for width, code in ((1, 24), (2, 25), (4, 26)):
        if number < 256**width:
            return bytes([major << 5 | code]) + number.to_bytes(width, "big")
    raise ValueError(number)
