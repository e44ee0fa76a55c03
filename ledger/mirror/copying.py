"""Bringing a copy of a log up to date: every entry is traced to the signed root before it is written."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final

from crypto import note as signed_note
from crypto.errors import CryptoError
from crypto.note import MAX_NOTE_BYTES, VerifierKey
from ledger import checkpoint, merkle
from ledger.audit.source import Source
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.merkle import hash_leaf
from ledger.mirror.place import MirrorError, Place
from ledger.tilereader import AuthenticReader
from ledger.tiles import (
    TILE_HEIGHT,
    TILE_SIZE,
    TILE_WIDTH,
    MalformedTileError,
    RightEdge,
    Tile,
    TileKey,
    decode_bundle,
    encode_bundle,
    entries_path,
    tile_path,
    tile_width,
)

CHECKPOINT: Final = "checkpoint"
KEPT: Final = "checkpoints"
_CACHED_TILES: Final = 64

Progress = Callable[[int, int], None]
"""Told how many entries are copied and how many there are."""


def export(
    source: Source,
    place: Place,
    vkey: VerifierKey,
    *,
    former: Sequence[VerifierKey] = (),
    kept: Callable[[Collection[int]], Iterable[str]] = lambda _have: (),
    progress: Progress = lambda _done, _size: None,
) -> Checkpoint:
    """Bring the copy in a place up to the source's checkpoint and return that.

    Args:
        source: Where the log is read; nothing of it is believed.
        place: Where the copy is, or will be; what is served from there as the log's prefix.
        vkey: The log's key.
        former: Keys that the log had before, for the checkpoints of their time.
        kept: Gives the checkpoints kept for ever, but for those of the sizes that the copy has.
        progress: Told how far it is.

    Raises:
        MirrorError: Nothing but what was verified is in the copy, and its checkpoint is the old one.
        LedgerError: The source fails, or a tile of it is not of the signed tree.
    """
    with place.held():
        note = source.checkpoint()
        new, old = _open(note, vkey), _held(place)
        _check_order(old, new)
        edge = _held_edge(place, old)
        copy = _Copy(source, place, new)
        copy.check_begins_with(old)
        copy.write_edge(copy.run(edge, progress))
        place.replace(CHECKPOINT, note.encode("utf-8"))
        copy.clear()
        copy.keep(kept(_kept_sizes(place)), (vkey, *former))
        return new


class _Copy:
    """One export: reads bundles, verifies them against the checkpoint, writes them and their tiles."""

    def __init__(self, source: Source, place: Place, tree: Checkpoint) -> None:
        self._source: Final = source
        self._place: Final = place
        self._tree: Final = tree
        self._filled: Final = list[str]()
        read_one = lru_cache(_CACHED_TILES)(self._fetch_tile)
        self._reader: Final = AuthenticReader(
            tree.size, tree.root, lambda keys: [read_one(key) for key in keys]
        )

    def check_begins_with(self, old: Checkpoint | None) -> None:
        """Check that the tree begins with the one that is copied already; raises MirrorError `fork`."""
        if old is None:
            return
        if merkle.root_of_size(old.size, self._reader.read_hashes) != old.root:
            raise MirrorError("fork", f"the log has signed two histories of {old.size} entries")

    def run(self, edge: RightEdge, progress: Progress) -> RightEdge:
        """Copy what is behind this edge, and return the edge of the whole tree."""
        while edge.size < self._tree.size:
            n = edge.size // TILE_WIDTH
            width = tile_width(0, n, self._tree.size)
            entries = decode_bundle(self._source.tile(entries_path(n, width)), width)
            leaves = [hash_leaf(entry) for entry in entries]
            self._check(n, leaves)
            # From here on these entries are the log's word.
            edge, changed = edge.append(leaves[edge.size % TILE_WIDTH :])
            self._write(entries_path(n, width), encode_bundle(entries))
            self._write_full(changed)
            progress(edge.size, self._tree.size)
        return edge

    def write_edge(self, edge: RightEdge) -> None:
        """Write the partial tiles of the right edge."""
        for level, data in enumerate(edge.levels):
            if data:
                n = (edge.size >> (TILE_HEIGHT * level)) // TILE_WIDTH
                self._write(tile_path(level, n, len(data) // merkle.HASH_SIZE), data)

    def keep(self, notes: Iterable[str], vkeys: Sequence[VerifierKey]) -> None:
        """Copy checkpoints of earlier sizes, as far as this tree begins with theirs.

        What a key has signed that is not known here is left out: the log may have had it before.

        Raises:
            MirrorError: One is of another history, or a signature does not hold.
        """
        for note in notes:
            older = _open_any(note, vkeys)
            if older is not None and older.size <= self._tree.size:
                self.check_begins_with(older)
                self._write(f"{KEPT}/{older.size}", note.encode("utf-8"))

    def clear(self) -> None:
        """Remove partial tiles and bundles whose full one is there: a reader of an old size takes that."""
        for path in self._filled:
            self._place.clear(f"{path}.p")

    def _check(self, n: int, leaves: Sequence[bytes]) -> None:
        """Check the leaves of a bundle against the signed root; raises MirrorError `entries`."""
        if len(leaves) == TILE_WIDTH:
            [wanted] = self._reader.read_hashes([(TILE_HEIGHT, n)])
            found = merkle.root(leaves) == wanted
        else:
            nodes = [(0, n * TILE_WIDTH + place) for place in range(len(leaves))]
            found = self._reader.read_hashes(nodes) == list(leaves)
        if not found:
            raise MirrorError("entries", f"the entries of {entries_path(n)} are not those of the signed tree")

    def _fetch_tile(self, key: TileKey) -> bytes:
        return self._source.tile(tile_path(*key))

    def _write_full(self, changed: Sequence[Tile]) -> None:
        for tile in changed:
            if len(tile.data) == TILE_SIZE:
                self._write(tile_path(tile.level, tile.n), tile.data)

    def _write(self, path: str, data: bytes) -> None:
        if not PurePosixPath(path).parent.name.endswith(".p"):
            self._filled.append(path)
        self._place.add(path, data)


def _open(note: str, vkey: VerifierKey) -> Checkpoint:
    try:
        return checkpoint.open(note, [vkey])
    except (CryptoError, MalformedCheckpointError) as error:
        told = f"the checkpoint is not signed by the key {vkey.format()}: {error}"
        raise MirrorError("signature", told) from error


def _open_any(text: str, vkeys: Sequence[VerifierKey]) -> Checkpoint | None:
    """Return what a checkpoint says that one of these keys has signed, None where none of them has."""
    try:
        names = {(line.name, line.key_id) for line in signed_note.parse(text)[1]}
    except CryptoError as error:
        raise MirrorError("signature", str(error)) from error
    signers = [vkey for vkey in vkeys if (vkey.name, vkey.key_id) in names]
    return _open(text, signers[0]) if signers else None


def _held(place: Place) -> Checkpoint | None:
    """Return the checkpoint of the copy, None where there is no copy yet.

    Whoever has signed it: the log may have another key by now. The tiles and the new tree are held to it.
    """
    data = place.read(CHECKPOINT)
    if data is None:
        return None
    try:
        text = data[:MAX_NOTE_BYTES].decode("utf-8", errors="replace")
        return Checkpoint.parse(signed_note.parse(text)[0])
    except (CryptoError, MalformedCheckpointError) as error:
        raise MirrorError("damaged", f"{place}/{CHECKPOINT} is no checkpoint: {error}") from error


def _kept_sizes(place: Place) -> set[int]:
    return {int(name) for name in place.names(KEPT) if name.isdecimal()}


def _check_order(old: Checkpoint | None, new: Checkpoint) -> None:
    if old is None:
        return
    if new.size < old.size:
        raise MirrorError("shrunk", f"the log has {new.size} entries, the copy {old.size}")
    if new.size == old.size and new.root != old.root:
        raise MirrorError("fork", f"the log has signed two roots for {new.size} entries")


def _held_edge(place: Place, old: Checkpoint | None) -> RightEdge:
    if old is None:
        return RightEdge()

    def read(keys: Sequence[TileKey]) -> list[bytes]:
        return [_read_tile(place, key) for key in keys]

    try:
        edge = RightEdge.load(old.size, read)
    except MalformedTileError as error:
        raise MirrorError("damaged", f"the copy in {place} is not whole: {error}") from error
    if edge.root() != old.root:
        raise MirrorError("damaged", f"the tiles in {place} are not those of its checkpoint")
    return edge


def _read_tile(place: Place, key: TileKey) -> bytes:
    data = place.read(tile_path(*key))
    if data is None:
        raise MirrorError("damaged", f"the copy in {place} is not whole: {tile_path(*key)} is missing")
    return data
