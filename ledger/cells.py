"""Cells commitment: a unit's public `cells_root` over its secret cell codes (docs/formats.md, Cells).

Leaves are `salt ‖ code`, sorted; `salt` is the first 16 bytes of HMAC-SHA-256(key, code). Serial numbers are
few enough to try them all, so an unsalted root would reveal them.
"""

import hmac
from collections.abc import Sequence
from typing import Final

from crypto.encoding import b64url_encode
from ledger import merkle
from ledger.events.second_life import CellRelease

SALT_BYTES: Final = 16


def salt_of(key: bytes, code: str) -> bytes:
    """Return the salt of one cell code under a unit's 32-byte key."""
    return hmac.digest(key, code.encode("ascii"), "sha256")[:SALT_BYTES]


def cells_root(key: bytes, codes: Sequence[str]) -> str:
    """Return the base64url root that commits to the codes; their order does not matter."""
    return b64url_encode(merkle.root([merkle.hash_leaf(leaf) for leaf in _leaves(key, codes)]))


def release(key: bytes, codes: Sequence[str], code: str) -> CellRelease:
    """Return the proof that `code` is one of `codes`; a ValueError says that it is not."""
    leaves = _leaves(key, codes)
    salt = salt_of(key, code)
    index = leaves.index(salt + code.encode("ascii"))
    hashes = [merkle.hash_leaf(leaf) for leaf in leaves]

    def read(nodes: Sequence[tuple[int, int]]) -> list[bytes]:
        return [merkle.root(hashes[at << level : (at + 1) << level]) for level, at in nodes]

    return CellRelease(salt=salt, index=index, proof=tuple(merkle.prove_inclusion(index, len(leaves), read)))


def verify_release(released: CellRelease, code: str, *, cell_count: int, root: bytes) -> None:
    """Verify that a cell was among those a root commits to; raises `merkle.InvalidProofError`."""
    leaf = merkle.hash_leaf(released.salt + code.encode("ascii"))
    merkle.verify_inclusion(leaf, released.index, cell_count, released.proof, root)


def _leaves(key: bytes, codes: Sequence[str]) -> list[bytes]:
    return sorted(salt_of(key, code) + code.encode("ascii") for code in codes)
