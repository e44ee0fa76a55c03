"""Merkle tree hashes, inclusion and consistency proofs (RFC 6962, RFC 9162: 2.1). Reads no storage.

A *node* is `(level, index)`: the root over the leaves from `index << level` up to, and without,
`(index + 1) << level`. Only such perfect subtrees are stored anywhere; the rest is computed from them.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import Final, TypeAlias

from ledger.errors import LedgerError

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

Node: TypeAlias = tuple[int, int]
ReadHashes: TypeAlias = Callable[[Sequence[Node]], Sequence[bytes]]
Span: TypeAlias = tuple[int, int]


class InvalidProofError(LedgerError):
    """A proof does not show what it is said to show."""


class OutsideTreeError(LedgerError):
    """A proof was asked for an index or a size that the tree does not have.

    Attributes:
        wanted: The index, or the smaller size, that was asked for.
        size: The size of the tree.
    """

    def __init__(self, wanted: int, size: int) -> None:
        super().__init__(f"{wanted} is outside a tree of size {size}")
        self.wanted = wanted
        self.size = size


def hash_leaf(data: bytes) -> bytes:
    """Return the leaf hash of an entry: SHA-256 of 0x00 and its bytes."""
    return sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the hash above two subtrees: SHA-256 of 0x01, the left and the right hash."""
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, or over roots of equal perfect subtrees whose last may be smaller."""
    row = list(hashes)
    if not row:
        return EMPTY_ROOT
    while len(row) > 1:
        # A lone right-edge node is carried up unhashed: the same tree as the k-split of RFC 6962, 2.1.
        lone = row[-1:] if len(row) % 2 else []
        row = [hash_node(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)] + lone
    return row[0]


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf stands at `index` in the tree of this size and root (RFC 9162, 2.1.3.2).

    Raises:
        InvalidProofError: It is not shown by this proof.
    """
    if not 0 <= index < size:
        raise InvalidProofError(f"index {index} is outside a tree of size {size}")
    _demand_hashes([leaf_hash, root, *proof])
    place, last, node = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise InvalidProofError("the proof is too long")
        if place % 2 or place == last:
            node = hash_node(sibling, node)
            place, last = _skip_lone_levels(place, last)
        else:
            node = hash_node(node, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise InvalidProofError("the proof is too short")
    if node != root:
        raise InvalidProofError("the proof leads to another root")


def verify_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Check that the larger tree begins with every leaf of the smaller one (RFC 9162, 2.1.4.2).

    A tree of size 0 has nothing to be consistent with; who accepts it says so before calling.

    Raises:
        InvalidProofError: It is not shown by this proof, or `size1` is 0.
    """
    if not 0 < size1 <= size2:
        raise InvalidProofError(f"no tree of size {size1} leads to one of size {size2}")
    _demand_hashes([root1, root2, *proof])
    if size1 == size2:
        if proof or root1 != root2:
            raise InvalidProofError("two roots, or a proof, for one size")
        return
    path = list(proof)
    if size1 & (size1 - 1) == 0:
        # The smaller tree is one perfect subtree, so its root is the hash the proof starts from.
        path.insert(0, root1)
    if not path:
        raise InvalidProofError("the proof is too short")
    if _roots_shown(size1, size2, path) != (root1, root2):
        raise InvalidProofError("the proof leads to other roots")


def inclusion_nodes(index: int, size: int) -> list[Node]:
    """Return the stored nodes from which the inclusion proof of `index` is computed.

    Raises:
        OutsideTreeError: The tree has no such index.
    """
    return _nodes_of(_inclusion_spans(index, size))


def prove_inclusion(index: int, size: int, read_hashes: ReadHashes) -> list[bytes]:
    """Return the hashes that show the leaf at `index`, its sibling first; storage is asked once.

    Raises:
        OutsideTreeError: The tree has no such index.
    """
    return _hashes_of(_inclusion_spans(index, size), read_hashes)


def nodes_before(index: int, size: int) -> dict[int, Node]:
    """Return which hashes of the inclusion proof of `index` stand for all leaves before it, by their place.

    Raises:
        OutsideTreeError: The tree has no such index.
    """
    spans = enumerate(_inclusion_spans(index, size))
    return {place: node for place, span in spans if span[1] <= index for node in _perfect_nodes(span)}


def prove_consistency(size1: int, size2: int, read_hashes: ReadHashes) -> list[bytes]:
    """Return the hashes that show the smaller tree inside the larger; storage is asked once.

    Raises:
        OutsideTreeError: `size1` is 0 or larger than `size2`.
    """
    return _hashes_of(_consistency_spans(size1, size2), read_hashes)


def root_of_size(size: int, read_hashes: ReadHashes) -> bytes:
    """Return the root that the tree had at `size` leaves; storage is asked once."""
    return _hashes_of([(0, size)], read_hashes)[0] if size else EMPTY_ROOT


def _demand_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_SIZE for value in hashes):
        raise InvalidProofError(f"a hash is not {HASH_SIZE} bytes long")


def _skip_lone_levels(place: int, last: int) -> tuple[int, int]:
    """Climb past the levels on which this node has no sibling, so stands in no proof."""
    while place and place % 2 == 0:
        place, last = place >> 1, last >> 1
    return place, last


def _roots_shown(size1: int, size2: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Fold a consistency proof, its start put in, to the two roots that it shows."""
    place, last = size1 - 1, size2 - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    shown1 = shown2 = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise InvalidProofError("the proof is too long")
        if place % 2 or place == last:
            shown1, shown2 = hash_node(sibling, shown1), hash_node(sibling, shown2)
            place, last = _skip_lone_levels(place, last)
        else:
            shown2 = hash_node(shown2, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise InvalidProofError("the proof is too short")
    return shown1, shown2


def _middle(start: int, end: int) -> int:
    """Split at the largest power of two below the number of leaves (RFC 6962, 2.1)."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _inclusion_spans(index: int, size: int) -> list[Span]:
    """PATH of RFC 6962, 2.1.1, as the ranges of leaves whose roots make up the proof."""
    if not 0 <= index < size:
        raise OutsideTreeError(index, size)
    spans, start, end = list[Span](), 0, size
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def _consistency_spans(size1: int, size2: int) -> list[Span]:
    """SUBPROOF of RFC 6962, 2.1.2, as the ranges of leaves whose roots make up the proof."""
    if not 0 < size1 <= size2:
        raise OutsideTreeError(size1, size2)
    spans, start, end = list[Span](), 0, size2
    while end != size1:
        middle = _middle(start, end)
        if size1 <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    # From leaf 0 on, the last range is the smaller tree itself, whose root the verifier has.
    if start:
        spans.append((start, end))
    return spans[::-1]


def _perfect_nodes(span: Span) -> Iterator[Node]:
    """Yield the perfect subtrees of a range that starts where a subtree of its size may, from the left."""
    start, end = span
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _nodes_of(spans: Sequence[Span]) -> list[Node]:
    return [node for span in spans for node in _perfect_nodes(span)]


def _hashes_of(spans: Sequence[Span], read_hashes: ReadHashes) -> list[bytes]:
    """Read every node of these ranges at once and fold each range to its root, from the right."""
    nodes = _nodes_of(spans)
    found = dict(zip(nodes, read_hashes(nodes) if nodes else (), strict=True))
    folded = []
    for span in spans:
        *lefts, value = (found[node] for node in _perfect_nodes(span))
        for left in reversed(lefts):
            value = hash_node(left, value)
        folded.append(value)
    return folded
