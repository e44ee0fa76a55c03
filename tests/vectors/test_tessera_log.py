"""A log written by Tessera (Apache-2.0, testdata/log), at each size: the same tiles, bundles and roots."""

import json
from pathlib import Path

import pytest

from crypto.note import VerifierKey
from ledger import checkpoint, merkle, tiles
from ledger.tilereader import AuthenticReader
from ledger.tiles import RightEdge, TileKey

SHARED = Path(__file__).parents[2] / "../shared/vectors"
LOG = SHARED / "tessera-log/testdata/log"
pytestmark = pytest.mark.skipif(
    not LOG.is_dir(), reason="needs the log written by Tessera beside the checkout"
)
SIZES = range(1, 16)


def entries(size: int) -> list[bytes]:
    return tiles.decode_bundle((LOG / tiles.entries_path(0, size)).read_bytes(), size)


def root(size: int) -> bytes:
    vkey = VerifierKey.parse(json.loads((SHARED / "notes.json").read_text(encoding="utf-8"))["tessera_vkey"])
    return checkpoint.open((LOG / f"checkpoint.{size}").read_bytes(), [vkey]).root


@pytest.mark.parametrize("size", SIZES)
def test_its_bundles_encode_to_themselves_and_grow(size: int) -> None:
    assert tiles.encode_bundle(entries(size)) == (LOG / tiles.entries_path(0, size)).read_bytes()
    assert entries(15)[:size] == entries(size)


@pytest.mark.parametrize("size", SIZES)
def test_its_entries_give_its_tiles_and_its_root(size: int) -> None:
    edge, changed = RightEdge().append([merkle.hash_leaf(entry) for entry in entries(size)])
    assert edge.root() == root(size)
    assert [(tile.level, tile.n) for tile in changed] == [(0, 0)]
    assert changed[0].data == (LOG / tiles.tile_path(0, 0, size)).read_bytes()


@pytest.mark.parametrize("size", SIZES)
def test_its_tiles_prove_every_entry_and_every_growth(size: int) -> None:
    def fetch(keys: list[TileKey]) -> list[bytes]:
        return [(LOG / tiles.tile_path(*key)).read_bytes() for key in keys]

    reader = AuthenticReader(size, root(size), lambda keys: fetch(list(keys)))
    for index, entry in enumerate(entries(size)):
        proof = merkle.prove_inclusion(index, size, reader.read_hashes)
        merkle.verify_inclusion(merkle.hash_leaf(entry), index, size, proof, root(size))
    for size1 in range(1, size + 1):
        growth = merkle.prove_consistency(size1, size, reader.read_hashes)
        merkle.verify_consistency(size1, size, growth, root(size1), root(size))


def test_its_empty_checkpoint_has_the_empty_root() -> None:
    assert root(0) == merkle.EMPTY_ROOT
