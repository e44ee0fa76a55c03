"""The Merkle tree as RFC 6962, 2.1 writes it, slow and recursive, to compare with; and a store of tiles."""

from collections.abc import Callable, Sequence
from hashlib import sha256

from ledger.tiles import Tile, TileKey

Nodes = Sequence[tuple[int, int]]


class TileStore:
    """What a writer stores, in memory, and a note of every read."""

    def __init__(self) -> None:
        self.tiles = dict[tuple[int, int], bytes]()
        self.asked = list[Sequence[TileKey]]()

    def put(self, changed: Sequence[Tile]) -> None:
        """Keep tiles, each of which must go on from what is kept."""
        for tile in changed:
            kept = self.tiles.get((tile.level, tile.n), b"")
            assert tile.data.startswith(kept), "a stored hash is never changed"
            assert len(tile.data) > len(kept), "what did not change is not stored again"
            self.tiles[tile.level, tile.n] = tile.data

    def read(self, keys: Sequence[TileKey]) -> list[bytes]:
        """Return what is kept, as wide as it is."""
        self.asked.append(keys)
        return [self.tiles[key.level, key.n] for key in keys]


def leaves(count: int, salt: int = 0) -> list[bytes]:
    """Return `count` different leaf hashes."""
    return [sha256(b"\x00%d.%d" % (salt, i)).digest() for i in range(count)]


def mth(row: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    if not row:
        return sha256(b"").digest()
    if len(row) == 1:
        return row[0]
    k = _split(len(row))
    return sha256(b"\x01" + mth(row[:k]) + mth(row[k:])).digest()


def path(index: int, row: Sequence[bytes]) -> list[bytes]:
    """Return the inclusion proof of the leaf at `index`."""
    if len(row) == 1:
        return []
    k = _split(len(row))
    if index < k:
        return [*path(index, row[:k]), mth(row[k:])]
    return [*path(index - k, row[k:]), mth(row[:k])]


def proof(size: int, row: Sequence[bytes]) -> list[bytes]:
    """Return the consistency proof from the first `size` leaves to all of them."""
    return _subproof(size, row, whole=True)


def reader(row: Sequence[bytes], asked: list[Nodes] | None = None) -> Callable[[Nodes], list[bytes]]:
    """Return a `read_hashes` over leaf hashes in memory, which notes each call in `asked`."""

    def read_hashes(nodes: Nodes) -> list[bytes]:
        if asked is not None:
            asked.append(nodes)
        for level, index in nodes:
            assert (index + 1) << level <= len(row), "only perfect subtrees are stored"
        return [mth(row[index << level : (index + 1) << level]) for level, index in nodes]

    return read_hashes


def tile(row: Sequence[bytes], level: int, n: int, width: int) -> bytes:
    """Return the bytes of a tile."""
    span = 256**level
    starts = range(n * 256 * span, (n * 256 + width) * span, span)
    return b"".join(mth(row[start : start + span]) for start in starts)


def _subproof(size: int, row: Sequence[bytes], *, whole: bool) -> list[bytes]:
    if size == len(row):
        return [] if whole else [mth(row)]
    k = _split(len(row))
    if size <= k:
        return [*_subproof(size, row[:k], whole=whole), mth(row[k:])]
    return [*_subproof(size - k, row[k:], whole=False), mth(row[:k])]


def _split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k
