"""Proofs from stored tiles: inclusion for many entries at once, receipts of them, consistency, old roots."""

from collections.abc import Collection, Mapping, Sequence

from ledger import merkle
from ledger.merkle import Node
from ledger.receipt import Receipt
from ledger.store import Snapshot
from ledger.tiles import HashReader, ReadTiles, RightEdge, Tile, TileKey

Proof = tuple[bytes, ...]


def prove(indexes: Collection[int], size: int, read_tiles: ReadTiles) -> dict[int, Proof]:
    """Return the inclusion proof of each index in the tree of this size."""
    wanted = sorted({node for index in indexes for node in merkle.inclusion_nodes(index, size)})
    found = dict(zip(wanted, HashReader(size, read_tiles).read_hashes(wanted), strict=True))

    def read_hashes(nodes: Sequence[Node]) -> list[bytes]:
        return [found[node] for node in nodes]

    return {index: tuple(merkle.prove_inclusion(index, size, read_hashes)) for index in indexes}


def in_memory(edge: RightEdge, changed: Sequence[Tile], read_tiles: ReadTiles) -> ReadTiles:
    """Return a reader that has the right edge and the changed tiles, and asks `read_tiles` for the rest."""
    kept = {(tile.level, tile.n): tile.data for tile in changed}
    for level, data in enumerate(edge.levels):
        if data:
            kept[level, edge.size >> 8 * (level + 1)] = data

    def read(keys: Sequence[TileKey]) -> list[bytes]:
        missing = [key for key in keys if (key.level, key.n) not in kept]
        found: Mapping[TileKey, bytes] = dict(zip(missing, read_tiles(missing), strict=True))
        return [found[key] if key in found else kept[key.level, key.n] for key in keys]

    return read


def fresh_receipts(snapshot: Snapshot, indexes: Sequence[int], *, size: int, note: str) -> dict[int, Receipt]:
    """Return the receipts of entries among the first `size`, against a checkpoint of that size, by index."""
    bodies = {index: snapshot.entries(index, index + 1)[0] for index in set(indexes)}
    proofs = prove(bodies, size, snapshot.tiles)
    return {index: Receipt(body, index, proofs[index], note) for index, body in bodies.items()}


def prove_growth(snapshot: Snapshot, size1: int, size2: int) -> tuple[bytes, ...]:
    """Return the consistency proof of two sizes, the smaller one at least 1."""
    read_hashes = HashReader(size2, snapshot.tiles).read_hashes
    return tuple(merkle.prove_consistency(size1, size2, read_hashes))


def root_at(snapshot: Snapshot, size: int) -> bytes | None:
    """Return the root that the stored tree had at a size; None where it is not that large."""
    if size > snapshot.head().size:
        return None
    return merkle.root_of_size(size, HashReader(size, snapshot.tiles).read_hashes)


def fresh_receipt(snapshot: Snapshot, event_id: str, *, size: int, note: str) -> Receipt | None:
    """Return the receipt of a logged event against a released checkpoint of this size.

    None where the event is not in the log, or not yet among the first `size` entries.
    """
    found = snapshot.find_entry(event_id)
    if found is None or found[0] >= size:
        return None
    index, body = found
    return Receipt(body, index, prove([index], size, snapshot.tiles)[index], note)
