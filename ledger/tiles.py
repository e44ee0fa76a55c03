"""Tiles and entry bundles of a log (C2SP tlog-tiles): places, paths, bytes, the growing edge. Does no I/O.

A tile holds up to 256 hashes of one tile level: hash `i` of tile `n` on level `L` is the root over the 256**L
leaves from `(256 * n + i) * 256**L` on. A key names the width that its tile has at some size of the tree; a
store that holds a wider one may give that, since hashes are only ever added behind.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from ledger import merkle
from ledger.errors import MalformedError
from ledger.merkle import HASH_SIZE, Node, OutsideTreeError

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8
TILE_SIZE: Final = TILE_WIDTH * HASH_SIZE
MAX_ENTRY_SIZE: Final = 0xFFFF

_MAX_LEVEL: Final = 63
_NUMBER: Final = r"((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
_TILE_PATH: Final = re.compile(rf"tile/([0-9]{{1,2}})/{_NUMBER}")
_ENTRIES_PATH: Final = re.compile(rf"tile/entries/{_NUMBER}")


class MalformedTileError(MalformedError):
    """A tile, an entry bundle or the path of one does not have the form of C2SP tlog-tiles."""


class TileKey(NamedTuple):
    """Where a tile stands and how many hashes it has."""

    level: int
    n: int
    width: int = TILE_WIDTH


class Tile(NamedTuple):
    """A tile to store: its bytes take the place of a narrower one at the same level and number."""

    level: int
    n: int
    data: bytes


ReadTiles: TypeAlias = Callable[[Sequence[TileKey]], Sequence[bytes]]


def tile_path(level: int, n: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile below the log's prefix, like `tile/0/x001/x234/067.p/5`."""
    return f"tile/{level}/{_number_path(n, width)}"


def entries_path(n: int, width: int = TILE_WIDTH) -> str:
    """Return the path of an entry bundle below the log's prefix, like `tile/entries/000.p/5`."""
    return f"tile/entries/{_number_path(n, width)}"


def parse_tile_path(path: str) -> TileKey:
    """Return the tile that a path names.

    Raises:
        MalformedTileError: Not the one path of any tile.
    """
    match = _TILE_PATH.fullmatch(path)
    if match is None:
        raise MalformedTileError("not the path of a tile")
    key = TileKey(int(match[1]), _parse_number(match[2]), int(match[3] or TILE_WIDTH))
    if key.level > _MAX_LEVEL or tile_path(*key) != path:
        raise MalformedTileError("the path has another level, number or width than any tile")
    return key


def parse_entries_path(path: str) -> tuple[int, int]:
    """Return the number and the width of the entry bundle that a path names.

    Raises:
        MalformedTileError: Not the one path of any bundle.
    """
    match = _ENTRIES_PATH.fullmatch(path)
    if match is None:
        raise MalformedTileError("not the path of an entry bundle")
    n, width = _parse_number(match[1]), int(match[2] or TILE_WIDTH)
    if entries_path(n, width) != path:
        raise MalformedTileError("the path has another number or width than any bundle")
    return n, width


def tile_width(level: int, n: int, size: int) -> int:
    """Return how many hashes a tile has in a tree of this size, 0 where it has none (then it is not served).

    Entry bundles have the widths of level 0.
    """
    hashes = size >> (TILE_HEIGHT * level)
    return max(0, min(TILE_WIDTH, hashes - n * TILE_WIDTH))


def edge_keys(size: int) -> list[TileKey]:
    """Return the partial tiles of a tree of this size, lowest level first: together they give its root."""
    keys, level = list[TileKey](), 0
    while hashes := size >> (TILE_HEIGHT * level):
        if width := hashes % TILE_WIDTH:
            keys.append(TileKey(level, hashes // TILE_WIDTH, width))
        level += 1
    return keys


def key_of(node: Node, size: int) -> TileKey:
    """Return the tile from which a node is computed in a tree of this size.

    Raises:
        OutsideTreeError: The tree does not have this whole subtree.
    """
    level, index = node
    if (index + 1) << level > size:
        raise OutsideTreeError(index << level, size)
    tile_level, height = divmod(level, TILE_HEIGHT)
    n = (index << height) // TILE_WIDTH
    return TileKey(tile_level, n, tile_width(tile_level, n, size))


def hash_of(node: Node, tile: Sequence[bytes]) -> bytes:
    """Return the hash of a node from the hashes of its tile."""
    level, index = node
    height = level % TILE_HEIGHT
    start = (index << height) % TILE_WIDTH
    return merkle.root(tile[start : start + (1 << height)])


def decode_tile(data: bytes, width: int) -> list[bytes]:
    """Return the first `width` hashes of a tile at least that wide.

    Raises:
        MalformedTileError: Not whole hashes, fewer than `width` or more than a tile has.
    """
    if len(data) % HASH_SIZE or not width * HASH_SIZE <= len(data) <= TILE_SIZE:
        raise MalformedTileError(f"{len(data)} bytes are not a tile of {width} hashes")
    return _split(data)[:width]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return an entry bundle: each entry behind its length as two bytes, big-endian.

    Raises:
        MalformedTileError: Not 1 to 256 entries, or one that is empty or longer than 65,535 bytes.
    """
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise MalformedTileError(f"a bundle cannot hold {len(entries)} entries")
    if not all(1 <= len(entry) <= MAX_ENTRY_SIZE for entry in entries):
        raise MalformedTileError("an entry is empty or too long for a bundle")
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Return the first `width` entries of a bundle that holds at least as many.

    Raises:
        MalformedTileError: An entry is empty or cut off, or there are too few or too many.
    """
    entries, start = list[bytes](), 0
    while start < len(data):
        end = start + 2 + int.from_bytes(data[start : start + 2])
        entries.append(data[start + 2 : end])
        if len(data) < end or not entries[-1] or len(entries) > TILE_WIDTH:
            raise MalformedTileError(
                f"entry {len(entries) - 1} of the bundle is empty, cut off or one too many"
            )
        start = end
    if len(entries) < width:
        raise MalformedTileError(f"the bundle holds {len(entries)} entries, not {width}")
    return entries[:width]


def root_of_edge(rows: Sequence[Sequence[bytes]]) -> bytes:
    """Return the root from the hashes of the partial tiles, lowest level first."""
    rest = list[bytes]()
    for row in rows:
        # What hangs over from the levels below is the last, smaller subtree of this one.
        rest = [merkle.root([*row, *rest])] if row or rest else []
    return rest[0] if rest else merkle.EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class RightEdge:
    """All that a writer needs of a tree to append to it: the size and the partial tile of every level.

    Attributes:
        size: Number of leaves.
        levels: Bytes of each level's partial tile, lowest first; empty where the level ends with a full one.
    """

    size: int = 0
    levels: tuple[bytes, ...] = ()

    @classmethod
    def load(cls, size: int, read_tiles: ReadTiles) -> "RightEdge":
        """Return the edge of a stored tree; storage is asked once. The caller compares its root.

        Raises:
            MalformedTileError: A stored tile is too short or is no tile.
        """
        keys = edge_keys(size)
        found = zip(keys, read_tiles(keys) if keys else (), strict=True)
        tiles = {key.level: b"".join(decode_tile(data, key.width)) for key, data in found}
        return cls(size, tuple(tiles.get(level, b"") for level in range(_level_count(size))))

    def append(self, leaf_hashes: Sequence[bytes]) -> tuple["RightEdge", list[Tile]]:
        """Return the edge after these leaves and the tiles to store; it costs the batch, not the tree.

        Raises:
            MalformedTileError: A leaf hash is not 32 bytes long.
        """
        if any(len(value) != HASH_SIZE for value in leaf_hashes):
            raise MalformedTileError(f"a leaf hash is not {HASH_SIZE} bytes long")
        changed, levels, row, size = list[Tile](), list[bytes](), leaf_hashes, self.size + len(leaf_hashes)
        for level in range(_level_count(size)):
            first = self.size >> TILE_HEIGHT * (level + 1)
            data = (self.levels[level] if level < len(self.levels) else b"") + b"".join(row)
            tiles = [data[start : start + TILE_SIZE] for start in range(0, len(data), TILE_SIZE)]
            if row:
                changed += [Tile(level, first + i, tile) for i, tile in enumerate(tiles)]
            row = [merkle.root(_split(tile)) for tile in tiles if len(tile) == TILE_SIZE]
            levels.append(data[len(row) * TILE_SIZE :])
        return RightEdge(size, tuple(levels)), changed

    def root(self) -> bytes:
        """Return the root of the tree."""
        return root_of_edge([_split(level) for level in self.levels])


@dataclass(frozen=True, slots=True)
class HashReader:
    """Reads nodes out of tiles that are trusted, because this log's own writer stored them.

    Tiles from somebody else's server are read with `ledger.tilereader.AuthenticReader`.

    Attributes:
        size: The tree whose nodes are read.
        read_tiles: Gives the bytes for each key, at least as wide as the key says.
    """

    size: int
    read_tiles: ReadTiles

    def read_hashes(self, nodes: Sequence[Node]) -> list[bytes]:
        """Return the hash of each node; storage is asked once for all tiles.

        Raises:
            OutsideTreeError: The tree does not have one of the nodes.
            MalformedTileError: A stored tile is too short or is no tile.
        """
        places = [key_of(node, self.size) for node in nodes]
        keys = sorted(set(places))
        found = zip(keys, self.read_tiles(keys) if keys else (), strict=True)
        tiles = {key: decode_tile(data, key.width) for key, data in found}
        return [hash_of(node, tiles[key]) for node, key in zip(nodes, places, strict=True)]


def _level_count(size: int) -> int:
    return -(-size.bit_length() // TILE_HEIGHT)


def _number_path(n: int, width: int) -> str:
    groups = [f"{n % 1000:03d}"]
    while n := n // 1000:
        groups.insert(0, f"x{n % 1000:03d}")
    return "/".join(groups) + (f".p/{width}" if width < TILE_WIDTH else "")


def _parse_number(path: str) -> int:
    return int(path.replace("x", "").replace("/", ""))


def _split(data: bytes) -> list[bytes]:
    return [data[start : start + HASH_SIZE] for start in range(0, len(data), HASH_SIZE)]
