"""The recomputed tree against served tiles: three levels high, and each single fault named by its place."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import pytest

from ledger.audit import Counts, Finding, Kind, NotServedError
from ledger.audit.findings import Findings
from ledger.audit.served import Served
from ledger.audit.tree import Tree
from ledger.merkle import HASH_SIZE
from ledger.tiles import RightEdge, tile_path
from tests.trees import leaves

SIZE: Final = 2 * 65_536 + 3 * 256 + 7


@cache
def _log() -> tuple[tuple[bytes, ...], dict[str, bytes], bytes]:
    rows = leaves(SIZE)
    edge, changed = RightEdge().append(rows)
    tiles = {tile_path(one.level, one.n, len(one.data) // HASH_SIZE): one.data for one in changed}
    return tuple(rows), tiles, edge.root()


class Tiles:
    """Serves tiles alone."""

    def __init__(self, tiles: dict[str, bytes]) -> None:
        self.tiles = tiles

    def checkpoint(self) -> str:
        """Refuse."""
        raise NotServedError("tiles alone")

    def tile(self, path: str) -> bytes:
        """Return a tile."""
        if path not in self.tiles:
            raise NotServedError(path)
        return self.tiles[path]

    def lookup(self, ids: Sequence[str]) -> None:
        """Refuse."""
        raise NotServedError(f"{len(ids)} states")


def _findings(rows: Sequence[bytes | None], tiles: dict[str, bytes], root: bytes) -> list[Finding]:
    findings = Findings()
    tree = Tree(Served(Tiles(tiles), findings, Counts()), findings, goal=len(rows))
    for leaf in rows:
        tree.add(leaf)
    tree.finish(root)
    return findings.listed


def _changed(data: bytes, place: int) -> bytes:
    start = place * HASH_SIZE
    return data[:start] + bytes([data[start] ^ 1]) + data[start + 1 :]


def test_tiles_of_three_levels_are_those_of_the_leaves() -> None:
    rows, tiles, root = _log()
    assert {path.split("/")[1] for path in tiles} == {"0", "1", "2"}
    assert _findings(rows, tiles, root) == []


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("tile/0/000", 0),
        ("tile/0/511", 255),
        ("tile/0/515.p/7", 6),
        ("tile/1/000", 17),
        ("tile/1/001", 255),
        ("tile/1/002.p/3", 2),
        ("tile/2/000.p/2", 1),
    ],
)
def test_a_changed_hash_is_named_by_its_tile(path: str, place: int) -> None:
    rows, tiles, root = _log()
    found = _findings(rows, tiles | {path: _changed(tiles[path], place)}, root)
    assert [(one.kind, one.reason, one.path) for one in found] == [(Kind.TILE, "differs", path)]
    assert found[0].facts["hashes"] == [place]


@pytest.mark.parametrize("index", [0, 255, 65_535, 65_536, 2 * 65_536 + 5, SIZE - 8, SIZE - 1])
def test_a_changed_leaf_is_named_by_its_index(index: int) -> None:
    rows, tiles, root = _log()
    found = _findings([*rows[:index], b"x" * 32, *rows[index + 1 :]], tiles, root)
    assert found == [Finding(kind=Kind.ENTRY, reason="differs", index=index)]


def test_many_changed_leaves_are_each_named() -> None:
    rows, tiles, root = _log()
    changed = list(rows)
    for index in (3, 4, 70_000):
        changed[index] = b"y" * 32
    assert [one.index for one in _findings(changed, tiles, root)] == [3, 4, 70_000]


@pytest.mark.parametrize("n", [0, 300, 511])
def test_entries_replaced_with_their_own_tile_are_named_by_it(n: int) -> None:
    rows, tiles, root = _log()
    others = leaves(256, salt=1)
    tile = {tile_path(0, n): b"".join(others)}
    found = _findings([*rows[: n * 256], *others, *rows[(n + 1) * 256 :]], tiles | tile, root)
    assert [(one.reason, one.path) for one in found] == [("replaced", tile_path(0, n))]
    assert found[0].facts == {"first_leaf": n * 256, "leaves": 256}


def test_an_entry_and_another_hash_of_its_tile_are_both_named() -> None:
    rows, tiles, root = _log()
    found = _findings([b"x" * 32, *rows[1:]], tiles | {"tile/0/000": _changed(tiles["tile/0/000"], 9)}, root)
    assert ("differs", "tile/0/000") in [(one.reason, one.path) for one in found]
    assert 0 in [one.index for one in found]


def test_leaves_that_cannot_be_read_are_taken_from_their_tile() -> None:
    rows, tiles, root = _log()
    assert _findings([None] * 300 + list(rows[300:]), tiles, root) == []


def test_a_tile_that_is_longer_than_its_width_is_named() -> None:
    rows, tiles, root = _log()
    path = "tile/0/515.p/7"
    found = _findings(rows, tiles | {path: tiles[path] + b"z" * 32}, root)
    assert [(one.reason, one.path) for one in found] == [("malformed", path)]


def test_a_tile_whose_parent_is_gone_is_still_compared() -> None:
    rows, tiles, root = _log()
    left = {path: data for path, data in tiles.items() if path != "tile/1/000"}
    found = _findings(rows, left | {"tile/0/005": _changed(tiles["tile/0/005"], 1)}, root)
    assert {one.path for one in found if one.path} == {"tile/0/005", "tile/1/000"}
