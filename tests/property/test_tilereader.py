"""A server that forges tiles, and the reader that must not believe it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import merkle
from ledger.merkle import InvalidProofError, OutsideTreeError
from ledger.tilereader import AuthenticReader, UnauthenticTileError
from ledger.tiles import HashReader, MalformedTileError, RightEdge, TileKey
from tests import trees

LEAVES = trees.leaves(66_100)
STORE = trees.TileStore()
STORE.put(RightEdge().append(LEAVES)[1])
ROOT = merkle.root(LEAVES)


class Server:
    """Serves the honest tiles but for those it was told to forge; tiles have the width asked for."""

    def __init__(self, forged: dict[tuple[int, int], bytes] | None = None, *, whole: bool = False) -> None:
        self.forged = forged or {}
        self.whole = whole
        self.asked = list[Sequence[TileKey]]()

    def read(self, keys: Sequence[TileKey]) -> list[bytes]:
        """Return the tiles, forged ones among them."""
        self.asked.append(keys)
        return [self._one(key) for key in keys]

    def _one(self, key: TileKey) -> bytes:
        data = self.forged.get((key.level, key.n), STORE.tiles[key.level, key.n])
        return data if self.whole else data[: 32 * key.width]


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_proofs_from_a_strange_server_are_right_and_ask_once(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    index, root = data.draw(st.integers(0, size - 1)), merkle.root(LEAVES[:size])
    server = Server(whole=data.draw(st.booleans()))
    reader = AuthenticReader(size, root, server.read)
    assert reader.read_hashes([(0, index)]) == [LEAVES[index]]
    assert len(server.asked) == 1
    merkle.verify_inclusion(
        LEAVES[index], index, size, merkle.prove_inclusion(index, size, reader.read_hashes), root
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_flipped_byte_in_a_tile_it_reads_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    node = (0, data.draw(st.integers(0, size - 1)))
    honest = Server()
    root = merkle.root(LEAVES[:size])
    AuthenticReader(size, root, honest.read).read_hashes([node])
    key = data.draw(st.sampled_from(honest.asked[0]))
    tile = STORE.tiles[key.level, key.n]
    forged = {(key.level, key.n): flipped(tile, data.draw(st.integers(0, 32 * key.width - 1)))}
    with pytest.raises(UnauthenticTileError):
        AuthenticReader(size, root, Server(forged).read).read_hashes([node])


def test_a_forged_inner_tile_under_an_honest_right_edge_is_refused() -> None:
    # CVE-2026-56865: the tile between a forged leaf tile and the honest edge was believed.
    strange = trees.leaves(256, salt=9)
    inner = STORE.tiles[1, 0]
    forged = {(0, 5): b"".join(strange), (1, 0): inner[: 32 * 5] + merkle.root(strange) + inner[32 * 6 :]}
    server = Server(forged)
    believing = HashReader(len(LEAVES), server.read)
    assert believing.read_hashes([(0, 5 * 256)]) == [strange[0]]
    with pytest.raises(UnauthenticTileError) as refusal:
        AuthenticReader(len(LEAVES), ROOT, server.read).read_hashes([(0, 5 * 256)])
    assert refusal.value.tile == TileKey(1, 0)
    assert TileKey(2, 0, 1) in server.asked[-1]


def test_a_forged_leaf_tile_under_honest_tiles_is_refused() -> None:
    forged = {(0, 5): b"".join(trees.leaves(256, salt=9))}
    with pytest.raises(UnauthenticTileError) as refusal:
        AuthenticReader(len(LEAVES), ROOT, Server(forged).read).read_hashes([(0, 5 * 256 + 3)])
    assert refusal.value.tile == TileKey(0, 5)


def test_a_tile_of_another_place_is_refused() -> None:
    forged = {(0, 5): STORE.tiles[0, 6]}
    with pytest.raises(UnauthenticTileError):
        AuthenticReader(len(LEAVES), ROOT, Server(forged).read).read_hashes([(0, 5 * 256 + 3)])


def test_another_right_edge_is_refused() -> None:
    forged = {(2, 0): bytes(32)}
    with pytest.raises(UnauthenticTileError) as refusal:
        AuthenticReader(len(LEAVES), ROOT, Server(forged).read).read_hashes([(0, 1)])
    assert refusal.value.tile is None


def test_honest_tiles_do_not_serve_another_root() -> None:
    with pytest.raises(UnauthenticTileError):
        AuthenticReader(len(LEAVES), bytes(32), Server().read).read_hashes([(0, 1)])
    with pytest.raises(UnauthenticTileError):
        AuthenticReader(0, bytes(32), Server().read).read_hashes([])


@pytest.mark.parametrize("size", [31, 33, 8161, 8224])
def test_a_tile_of_another_length_is_refused(size: int) -> None:
    forged = {(0, 5): bytes(size)}
    with pytest.raises(MalformedTileError):
        AuthenticReader(len(LEAVES), ROOT, Server(forged, whole=True).read).read_hashes([(0, 5 * 256)])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=100), min_size=4, max_size=4))
def test_arbitrary_tiles_raise_only_own_errors(data: list[bytes]) -> None:
    reader = AuthenticReader(300, merkle.root(LEAVES[:300]), lambda keys: data[: len(keys)])
    with pytest.raises((MalformedTileError, UnauthenticTileError)):
        reader.read_hashes([(0, 299), (0, 1)])


def test_an_index_outside_the_tree_is_not_even_asked_for() -> None:
    server = Server()
    with pytest.raises(OutsideTreeError):
        AuthenticReader(300, ROOT, server.read).read_hashes([(0, 300)])
    assert server.asked == []


def test_a_proof_for_one_tree_is_none_for_the_next() -> None:
    reader = AuthenticReader(len(LEAVES), ROOT, Server().read)
    proof = merkle.prove_inclusion(70, len(LEAVES), reader.read_hashes)
    with pytest.raises(InvalidProofError):
        merkle.verify_inclusion(LEAVES[70], 70, 66_000, proof, merkle.root(LEAVES[:66_000]))
