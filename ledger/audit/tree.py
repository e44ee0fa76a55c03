"""The Merkle tree, computed anew from the entries, against the tiles that the source serves.

Memory is bounded: of every level only the row of hashes at the right edge is kept. Where what is computed
and what is served differ, the tile above, or at the edge the signed root, tells which of them is wrong.
So one changed byte is one finding, and the tree above it is still verified.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger import merkle
from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.served import Served
from ledger.merkle import HASH_SIZE
from ledger.tiles import TILE_WIDTH, TileKey, root_of_edge, tile_path, tile_width

NO_HASH: Final = bytes(HASH_SIZE)
"""Stands for a leaf of which neither the entry nor its hash is served; no data is known to hash to it."""


@dataclass(slots=True)
class Tree:
    """A tree that grows to the right.

    Attributes:
        size: Leaves taken so far.
        goal: Size of the checkpoint towards which it grows: the widths of tiles depend on it.
        rows: Of every level the row of hashes at the right edge.
    """

    served: Served
    findings: Findings
    goal: int = 0
    size: int = 0
    rows: list[list[bytes]] = field(default_factory=list)

    def add(self, leaf_hash: bytes | None) -> None:
        """Take the next leaf; None where its entry could not be read, so that its tile's word must do."""
        place = self.size % TILE_WIDTH
        if leaf_hash is None:
            hashes = self.served.tile(self._key(0, self.size // TILE_WIDTH))
            leaf_hash = NO_HASH if hashes is None else hashes[place]
        self.size += 1
        self._push(0, self.size // TILE_WIDTH - 1, leaf_hash)

    def root(self) -> bytes:
        """Return the root of what was taken so far."""
        return root_of_edge(self.rows)

    def finish(self, root: bytes) -> None:
        """Compare the partial tiles and the root once the tree has reached its goal."""
        computed = list(self._edge())
        served = [self.served.tile(key) or row for key, row in computed]
        differing = [
            (key, row, other)
            for (key, row), other in zip(computed, served, strict=True)
            if list(row) != list(other)
        ]
        if self.root() == root:
            for key, row, other in differing:
                self._blame_tile(key, row, other)
        elif differing and root_of_edge(self._filled(computed, served)) == root:
            for key, row, other in differing:
                self._blame_below(key, row, other)
        else:
            self._blame_both(differing, root)

    def _push(self, level: int, n: int, value: bytes) -> None:
        """Put a hash behind those of its level; `n` is the tile that it completes, if it completes one."""
        if level == len(self.rows):
            self.rows.append([])
        row = self.rows[level]
        row.append(value)
        if len(row) == TILE_WIDTH:
            self.rows[level] = []
            self._push(level + 1, (n + 1) // TILE_WIDTH - 1, self._close(TileKey(level, n), row))

    def _close(self, key: TileKey, row: Sequence[bytes]) -> bytes:
        """Compare a full tile and return its hash: of what is computed or, where that is wrong, served."""
        computed = merkle.root(row)
        other = self.served.tile(key)
        if other is None or list(other) == list(row):
            return computed
        served, above = merkle.root(other), self._above(key)
        if above == served:
            self._blame_below(key, row, other)
            return served
        self._blame_tile(key, row, other)
        if above != computed and key.level == 0:
            self._blame_below(key, row, other)
        return computed

    def _above(self, key: TileKey) -> bytes | None:
        """Return what the tile above says that a full tile hashes to."""
        hashes = self.served.tile(self._key(key.level + 1, key.n // TILE_WIDTH))
        return None if hashes is None else hashes[key.n % TILE_WIDTH]

    def _key(self, level: int, n: int) -> TileKey:
        return TileKey(level, n, tile_width(level, n, self.goal))

    def _edge(self) -> Iterator[tuple[TileKey, Sequence[bytes]]]:
        for level, row in enumerate(self.rows):
            if row:
                n = (self.size >> 8 * level) // TILE_WIDTH
                yield TileKey(level, n, len(row)), row

    def _filled(
        self, computed: Sequence[tuple[TileKey, Sequence[bytes]]], served: Sequence[Sequence[bytes]]
    ) -> list[Sequence[bytes]]:
        rows: list[Sequence[bytes]] = [()] * len(self.rows)
        for (key, _), other in zip(computed, served, strict=True):
            rows[key.level] = other
        return rows

    def _blame_tile(self, key: TileKey, row: Sequence[bytes], other: Sequence[bytes]) -> None:
        places = _differing(row, other)
        facts = {"hashes": places, "first_leaf": (key.n * TILE_WIDTH + places[0]) << 8 * key.level}
        self.findings.add(Finding(kind=Kind.TILE, reason="differs", path=tile_path(*key), facts=facts))

    def _blame_below(self, key: TileKey, row: Sequence[bytes], other: Sequence[bytes]) -> None:
        """Name what stands below a tile and does not hash to what it says: entries, or whole tiles."""
        for place in _differing(row, other):
            below = key.n * TILE_WIDTH + place
            if key.level == 0:
                self.findings.add(Finding(kind=Kind.ENTRY, reason="differs", index=below))
            else:
                path = tile_path(key.level - 1, below)
                facts = {"first_leaf": below << 8 * key.level, "leaves": 1 << 8 * key.level}
                self.findings.add(Finding(kind=Kind.TILE, reason="replaced", path=path, facts=facts))

    def _blame_both(
        self, differing: Sequence[tuple[TileKey, Sequence[bytes], Sequence[bytes]]], root: bytes
    ) -> None:
        for key, row, other in differing:
            self._blame_tile(key, row, other)
            if key.level == 0:
                self._blame_below(key, row, other)
        facts = {"size": self.size, "computed": self.root().hex(), "signed": root.hex()}
        self.findings.add(Finding(kind=Kind.TILE, reason="root", facts=facts))


def _differing(row: Sequence[bytes], other: Sequence[bytes]) -> list[int]:
    return [place for place, (one, two) in enumerate(zip(row, other, strict=True)) if one != two]
