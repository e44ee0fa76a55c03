"""Tile paths, tiles, bundles and the growing edge, against the plain tree."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import merkle, tiles
from ledger.merkle import OutsideTreeError
from ledger.tiles import HashReader, MalformedTileError, RightEdge
from tests import trees
from tests.trees import TileStore

NOTES = Path(__file__).parents[2] / "../shared/vectors/notes.json"
WIDTHS = st.integers(1, 256)
BIG = trees.leaves(66_100)
ENTRIES = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=256)


@pytest.fixture(scope="module")
def grown() -> tuple[TileStore, RightEdge]:
    """Return a tree of three tile levels and what its writer stored."""
    store = TileStore()
    edge, changed = RightEdge().append(BIG)
    store.put(changed)
    return store, edge


@given(st.integers(0, 63), st.integers(0, 10**18 - 1), WIDTHS)
def test_a_tile_path_names_one_tile(level: int, n: int, width: int) -> None:
    path = tiles.tile_path(level, n, width)
    assert tiles.parse_tile_path(path) == (level, n, width)
    entries = tiles.entries_path(n, width)
    assert tiles.parse_entries_path(entries) == (n, width)


@given(
    st.one_of(st.text(), st.from_regex(r"tile/[0-9]{1,3}/(x[0-9]{3}/){0,7}[0-9]{1,4}(\.p/[0-9]{1,4})?\n?"))
)
def test_a_path_is_the_one_of_its_tile_or_refused(path: str) -> None:
    try:
        key = tiles.parse_tile_path(path)
    except MalformedTileError:
        return
    assert tiles.tile_path(*key) == path
    assert key.level <= 63
    assert 1 <= key.width <= 256


@given(st.one_of(st.text(), st.from_regex(r"tile/entries/(x[0-9]{3}/){0,7}[0-9]{1,4}(\.p/[0-9]{1,4})?\n?")))
def test_a_path_is_the_one_of_its_bundle_or_refused(path: str) -> None:
    try:
        n, width = tiles.parse_entries_path(path)
    except MalformedTileError:
        return
    assert tiles.entries_path(n, width) == path


@pytest.mark.parametrize(
    "path",
    [
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/05",
        "tile/0/000.p/256",
        "tile/0/000.p/257",
        "tile/0/000.p/",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/000\n",
        "tile/0/\u0660\u0660\u0660",
        "tile/entries/000",
        "",
    ],
)
def test_no_second_path_leads_to_a_tile(path: str) -> None:
    with pytest.raises(MalformedTileError):
        tiles.parse_tile_path(path)


@pytest.mark.parametrize(
    "path",
    ["tile/0/000", "tile/entries/0", "tile/entries/x000/001", "tile/entries/000.p/256", "entries/000", ""],
)
def test_no_second_path_leads_to_a_bundle(path: str) -> None:
    with pytest.raises(MalformedTileError):
        tiles.parse_entries_path(path)


@pytest.mark.skipif(not NOTES.is_file(), reason="needs the published C2SP examples beside the checkout")
def test_the_tile_number_of_the_specification_has_its_path() -> None:
    example = json.loads(NOTES.read_text(encoding="utf-8"))["tile_paths"]["index 1234067"]
    assert tiles.entries_path(1_234_067) == f"tile/entries/{example}"


def test_the_sizes_of_the_specification_have_its_partial_tiles() -> None:
    assert tiles.edge_keys(70_000) == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert tiles.edge_keys(256) == [(1, 0, 1)]
    assert tiles.edge_keys(0) == []
    assert [tiles.tile_width(0, n, 70_000) for n in (0, 272, 273, 274)] == [256, 256, 112, 0]
    assert [tiles.tile_width(3, 0, 70_000), tiles.tile_width(2, 0, 70_000)] == [0, 1]


@given(st.binary(max_size=70), st.integers(1, 256))
def test_a_tile_is_whole_hashes_and_wide_enough(data: bytes, width: int) -> None:
    fits = len(data) % 32 == 0 and len(data) >= 32 * width
    if fits:
        assert b"".join(tiles.decode_tile(data, width)) == data[: 32 * width]
    else:
        with pytest.raises(MalformedTileError):
            tiles.decode_tile(data, width)


def test_a_tile_has_at_most_256_hashes() -> None:
    assert len(tiles.decode_tile(bytes(8192), 256)) == 256
    with pytest.raises(MalformedTileError):
        tiles.decode_tile(bytes(8224), 256)


@given(ENTRIES, st.data())
def test_a_bundle_gives_back_its_entries(entries: list[bytes], data: st.DataObject) -> None:
    bundle = tiles.encode_bundle(entries)
    assert tiles.decode_bundle(bundle, len(entries)) == entries
    width = data.draw(st.integers(1, len(entries)))
    assert tiles.decode_bundle(bundle, width) == entries[:width]
    with pytest.raises(MalformedTileError):
        tiles.decode_bundle(bundle[:-1], len(entries))
    with pytest.raises(MalformedTileError):
        tiles.decode_bundle(bundle, len(entries) + 1)


@given(st.binary(max_size=600), st.integers(1, 256))
def test_an_arbitrary_bundle_is_refused_or_encodes_to_itself(data: bytes, width: int) -> None:
    try:
        entries = tiles.decode_bundle(data, width)
    except MalformedTileError:
        return
    assert data.startswith(tiles.encode_bundle(entries))


@pytest.mark.parametrize("entries", [[], [b""], [b"x"] * 257, [bytes(65_536)]])
def test_no_bundle_is_made_that_could_not_be_read(entries: list[bytes]) -> None:
    with pytest.raises(MalformedTileError):
        tiles.encode_bundle(entries)


def test_the_longest_entry_fits_and_257_are_one_too_many() -> None:
    assert tiles.decode_bundle(tiles.encode_bundle([bytes(65_535)]), 1) == [bytes(65_535)]
    with pytest.raises(MalformedTileError, match="one too many"):
        tiles.decode_bundle(b"\x00\x01x" * 257, 256)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=8))
def test_a_tree_grown_in_batches_is_the_plain_tree(batches: list[int]) -> None:
    row, store, edge = trees.leaves(sum(batches)), TileStore(), RightEdge()
    assert edge.root() == merkle.EMPTY_ROOT
    for batch in batches:
        edge, changed = edge.append(row[edge.size : edge.size + batch])
        store.put(changed)
        assert edge.root() == trees.mth(row[: edge.size])
        assert RightEdge.load(edge.size, store.read) == edge
    kept = {(level, n): len(data) // 32 for (level, n), data in store.tiles.items()}
    assert kept == {
        (level, n): tiles.tile_width(level, n, len(row))
        for level in range(3)
        for n in range(4000)
        if tiles.tile_width(level, n, len(row))
    }
    for (level, n), data in store.tiles.items():
        assert data == trees.tile(row, level, n, len(data) // 32)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 66_100), max_size=5))
def test_any_batches_lead_to_one_edge(stops: list[int]) -> None:
    edge, whole = RightEdge(), RightEdge().append(BIG)[0]
    for stop in [*sorted(stops), len(BIG)]:
        edge = edge.append(BIG[edge.size : stop])[0]
    assert edge == whole


def test_three_levels_have_the_plain_root(grown: tuple[TileStore, RightEdge]) -> None:
    store, edge = grown
    assert edge.root() == trees.mth(BIG)
    assert [len(level) // 32 for level in edge.levels] == [52, 2, 1]
    assert RightEdge.load(len(BIG), store.read) == edge
    assert {level for level, _ in store.tiles} == {0, 1, 2}


def test_an_append_hashes_no_more_than_its_batch(
    grown: tuple[TileStore, RightEdge], monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed, root = list[int](), merkle.root

    def counted(row: Sequence[bytes]) -> bytes:
        hashed.append(len(row))
        return root(row)

    monkeypatch.setattr(merkle, "root", counted)
    edge, changed = grown[1].append(trees.leaves(1000, salt=1))
    assert sum(hashed) <= 1000 + 256
    assert [(tile.level, tile.n, len(tile.data) // 32) for tile in changed] == [
        (0, 258, 256),
        (0, 259, 256),
        (0, 260, 256),
        (0, 261, 256),
        (0, 262, 28),
        (1, 1, 6),
    ]
    assert edge.size == 67_100


def test_an_edge_is_not_changed_by_an_append() -> None:
    edge = RightEdge().append(trees.leaves(3))[0]
    edge.append(trees.leaves(300, salt=2))
    assert edge == RightEdge().append(trees.leaves(3))[0]


def test_only_hashes_are_appended() -> None:
    with pytest.raises(MalformedTileError):
        RightEdge().append([bytes(32), bytes(31)])


def test_an_edge_is_not_loaded_from_a_short_tile() -> None:
    with pytest.raises(MalformedTileError):
        RightEdge.load(3, lambda keys: [bytes(64) for _ in keys])


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_proofs_from_tiles_are_right_and_ask_once(data: st.DataObject) -> None:
    store = TileStore()
    store.put(RightEdge().append(BIG)[1])
    size = data.draw(st.integers(1, len(BIG)))
    index, size1 = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root = merkle.root(BIG[:size])
    reader = HashReader(size, store.read)
    proof = merkle.prove_inclusion(index, size, reader.read_hashes)
    merkle.verify_inclusion(BIG[index], index, size, proof, root)
    assert len(store.asked) == (size > 1)
    growth = merkle.prove_consistency(size1, size, reader.read_hashes)
    merkle.verify_consistency(size1, size, growth, merkle.root(BIG[:size1]), root)
    assert len(store.asked) == (size > 1) + (size1 < size)
    assert merkle.root_of_size(size1, reader.read_hashes) == merkle.root(BIG[:size1])


def test_a_key_has_the_width_of_the_tree_that_is_read(grown: tuple[TileStore, RightEdge]) -> None:
    store = grown[0]
    store.asked.clear()
    HashReader(300, store.read).read_hashes([(0, 299), (1, 1), (8, 0), (0, 298)])
    assert store.asked == [[(0, 0, 256), (0, 1, 44), (1, 0, 1)]]


@pytest.mark.parametrize("node", [(0, 300), (8, 1), (3, 37), (9, 0)])
def test_a_node_outside_the_tree_is_not_read(node: merkle.Node, grown: tuple[TileStore, RightEdge]) -> None:
    with pytest.raises(OutsideTreeError):
        HashReader(300, grown[0].read).read_hashes([node])
