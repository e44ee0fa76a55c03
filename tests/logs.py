"""A small log made with our own modules: entries, a checkpoint, tiles and receipts, in memory or a folder."""

from collections.abc import Sequence
from pathlib import Path

from crypto.keys import PrivateKey
from crypto.note import NoteSigner
from ledger import checkpoint, merkle, tiles
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.receipt import Receipt
from ledger.tiles import HashReader, RightEdge, Tile, TileKey

ORIGIN = "log.example/packs"


def signer(name: str = ORIGIN, seed: int = 1) -> NoteSigner:
    """Return the same key for the same seed."""
    return NoteSigner(name, PrivateKey.from_seed(bytes([seed]) * 32))


def entry(number: int) -> Entry:
    """Return an entry in form; nobody signed it."""
    return Entry(1_700_000_000_000 + number, f"eyJhbGciOiJFZDI1NTE5In0.e30-{number}.c2ln")


class SmallLog:
    """A log of `size` entries, numbered from `first`."""

    def __init__(self, size: int, first: int = 0) -> None:
        self.signer = signer()
        self.entries = [entry(first + number) for number in range(size)]
        self.edge, self.changed = RightEdge().append([each.leaf_hash for each in self.entries])
        self.checkpoint = Checkpoint(ORIGIN, size, self.edge.root())
        self.note = checkpoint.sign(self.checkpoint, self.signer)

    @property
    def vkey(self) -> str:
        """The text that a verifier pins."""
        return self.signer.verifier_key.format()

    def read_tiles(self, keys: Sequence[TileKey]) -> list[bytes]:
        """Return tiles as wide as they are."""
        stored = {(tile.level, tile.n): tile.data for tile in self.changed}
        return [stored[key.level, key.n] for key in keys]

    def receipt(self, index: int) -> Receipt:
        """Return the receipt of an entry against the last checkpoint."""
        reader = HashReader(len(self.entries), self.read_tiles)
        proof = merkle.prove_inclusion(index, len(self.entries), reader.read_hashes)
        return Receipt(self.entries[index].encode(), index, tuple(proof), self.note)

    def write(self, folder: Path) -> None:
        """Lay out the log as C2SP tlog-tiles serves it."""
        _write(folder / "checkpoint", self.note.encode())
        for tile in self.changed:
            _write(folder / _tile_path(tile), tile.data)
        for n, start in enumerate(range(0, len(self.entries), tiles.TILE_WIDTH)):
            some = [each.encode() for each in self.entries[start : start + tiles.TILE_WIDTH]]
            _write(folder / tiles.entries_path(n, len(some)), tiles.encode_bundle(some))


def _tile_path(tile: Tile) -> str:
    return tiles.tile_path(tile.level, tile.n, len(tile.data) // merkle.HASH_SIZE)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
