"""Reads nodes out of tiles from a server that nobody trusts. Does no I/O.

Every hash is traced to the root before it is used: the partial tiles of the right edge together give the
root, and each full tile's own root stands in the tile above it. CVE-2026-56865 was a reader that
left tiles out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger import merkle
from ledger.errors import LedgerError
from ledger.merkle import Node
from ledger.tiles import (
    TILE_WIDTH,
    ReadTiles,
    TileKey,
    decode_tile,
    edge_keys,
    hash_of,
    key_of,
    root_of_edge,
    tile_width,
)


class UnauthenticTileError(LedgerError):
    """Tiles from a server do not belong to the tree with this root.

    Attributes:
        tile: The tile that is not the one below its parent; None where the right edge gives another root.
    """

    def __init__(self, tile: TileKey | None) -> None:
        super().__init__(
            "the right edge gives another root" if tile is None else f"{tile} is not of this tree"
        )
        self.tile = tile


@dataclass(frozen=True, slots=True)
class AuthenticReader:
    """Reads nodes of one tree, known by its size and root, from tiles that may be forged.

    Attributes:
        size: Size of the tree, from a checkpoint whose signatures were verified.
        root: Root of the tree, from the same checkpoint.
        read_tiles: Fetches the bytes for each key; a full tile may stand for a partial one.
    """

    size: int
    root: bytes
    read_tiles: ReadTiles

    def read_hashes(self, nodes: Sequence[Node]) -> list[bytes]:
        """Return the hash of each node; the server is asked once, for all tiles up to the root.

        Raises:
            OutsideTreeError: The tree does not have one of the nodes.
            MalformedTileError: A tile is too short or is no tile.
            UnauthenticTileError: A tile is not of this tree.
        """
        places = [key_of(node, self.size) for node in nodes]
        keys = _with_ancestors(places, self.size)
        found = zip(keys, self.read_tiles(keys) if keys else (), strict=True)
        tiles = {key: decode_tile(data, key.width) for key, data in found}
        # From here on the tiles are trusted as far as the root is.
        self._authenticate(tiles)
        return [hash_of(node, tiles[key]) for node, key in zip(nodes, places, strict=True)]

    def _authenticate(self, tiles: Mapping[TileKey, Sequence[bytes]]) -> None:
        if root_of_edge([tiles[key] for key in edge_keys(self.size)]) != self.root:
            raise UnauthenticTileError(None)
        for key, hashes in tiles.items():
            if key.width == TILE_WIDTH:
                above = tiles[_parent(key, self.size)]
                if merkle.root(hashes) != above[key.n % TILE_WIDTH]:
                    raise UnauthenticTileError(key)


def _parent(key: TileKey, size: int) -> TileKey:
    level, n = key.level + 1, key.n // TILE_WIDTH
    return TileKey(level, n, tile_width(level, n, size))


def _with_ancestors(places: Sequence[TileKey], size: int) -> list[TileKey]:
    """Return the right edge, the tiles named, and above each full tile its parents up to the edge."""
    keys = set(edge_keys(size))
    for place in places:
        key = place
        while key not in keys:
            keys.add(key)
            key = _parent(key, size)
    return sorted(keys)
