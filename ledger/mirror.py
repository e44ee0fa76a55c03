"""A static copy of a log that any web server can serve and any tlog client verifies (C2SP tlog-tiles).

It grows by what is new. Every entry is traced to the signed root before it is written, hash tiles are made
from the entries and not copied, and the checkpoint comes last: a reader of the copy always finds what its
checkpoint needs, wherever an export was stopped.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

from crypto import note as signed_note
from crypto.errors import CryptoError
from crypto.note import MAX_NOTE_BYTES, VerifierKey
from ledger import checkpoint, durable, merkle
from ledger.audit.source import Source
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.errors import LedgerError
from ledger.merkle import hash_leaf
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
_LOCK: Final = ".lock"
_CACHED_TILES: Final = 64

Progress = Callable[[int, int], None]
"""Told how many entries are copied and how many there are."""


class MirrorError(LedgerError):
    """The copy cannot go on: the log or the copy is not what it was, or a file cannot be written.

    Attributes:
        reason: A code: `signature`, `shrunk`, `fork`, `entries`, `damaged`, `busy` or `disk`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def export(
    source: Source,
    folder: Path,
    vkey: VerifierKey,
    *,
    former: Sequence[VerifierKey] = (),
    kept: Callable[[Collection[int]], Iterable[str]] = lambda _have: (),
    progress: Progress = lambda _done, _size: None,
) -> Checkpoint:
    """Bring the copy in a folder up to the source's checkpoint and return that.

    Args:
        source: Where the log is read; nothing of it is believed.
        folder: Where the copy is, or will be; what a web server serves as the log's prefix.
        vkey: The log's key.
        former: Keys that the log had before, for the checkpoints of their time.
        kept: Gives the checkpoints kept for ever, but for those of the sizes that the copy has.
        progress: Told how far it is.

    Raises:
        MirrorError: Nothing but what was verified is in the copy, and its checkpoint is the old one.
        LedgerError: The source fails, or a tile of it is not of the signed tree.
    """
    with _disk_errors(folder), _locked(folder):
        note = source.checkpoint()
        new, old = _open(note, vkey), _held(folder)
        _check_order(old, new)
        edge = _held_edge(folder, old)
        copy = _Copy(source, folder, new)
        copy.check_begins_with(old)
        copy.write_edge(copy.run(edge, progress))
        _replace(folder / CHECKPOINT, note.encode("utf-8"))
        copy.clear()
        copy.keep(kept(_kept_sizes(folder)), (vkey, *former))
        return new


class _Copy:
    """One export: reads bundles, verifies them against the checkpoint, writes them and their tiles."""

    def __init__(self, source: Source, folder: Path, tree: Checkpoint) -> None:
        self._source: Final = source
        self._folder: Final = folder
        self._tree: Final = tree
        self._filled: Final = list[Path]()
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
            shutil.rmtree(path.with_name(path.name + ".p"), ignore_errors=True)

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
        target = self._folder / path
        if ".p" not in target.parent.name:
            self._filled.append(target)
        if target.is_file():
            # Left by an export that was stopped, or damaged since; what is immutable is never replaced.
            if target.read_bytes() != data:
                raise MirrorError("damaged", f"{target} is not what the log has signed; remove it")
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, data)


def _open(note: str, vkey: VerifierKey) -> Checkpoint:
    try:
        return checkpoint.open(note, [vkey])
    except (CryptoError, MalformedCheckpointError) as error:
        raise MirrorError("signature", f"the checkpoint is not signed by {vkey.name}: {error}") from error


def _open_any(text: str, vkeys: Sequence[VerifierKey]) -> Checkpoint | None:
    """Return what a checkpoint says that one of these keys has signed, None where none of them has."""
    try:
        names = {(line.name, line.key_id) for line in signed_note.parse(text)[1]}
    except CryptoError as error:
        raise MirrorError("signature", str(error)) from error
    signers = [vkey for vkey in vkeys if (vkey.name, vkey.key_id) in names]
    return _open(text, signers[0]) if signers else None


def _held(folder: Path) -> Checkpoint | None:
    """Return the checkpoint of the copy, None where there is no copy yet.

    Whoever has signed it: the log may have another key by now. The tiles and the new tree are held to it.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    with path.open("rb") as file:
        text = file.read(MAX_NOTE_BYTES).decode("utf-8", errors="replace")
    try:
        return Checkpoint.parse(signed_note.parse(text)[0])
    except (CryptoError, MalformedCheckpointError) as error:
        raise MirrorError("damaged", f"{path} is no checkpoint: {error}") from error


def _kept_sizes(folder: Path) -> set[int]:
    names = (path.name for path in (folder / KEPT).glob("*"))
    return {int(name) for name in names if name.isdecimal()}


def _check_order(old: Checkpoint | None, new: Checkpoint) -> None:
    if old is None:
        return
    if new.size < old.size:
        raise MirrorError("shrunk", f"the log has {new.size} entries, the copy {old.size}")
    if new.size == old.size and new.root != old.root:
        raise MirrorError("fork", f"the log has signed two roots for {new.size} entries")


def _held_edge(folder: Path, old: Checkpoint | None) -> RightEdge:
    if old is None:
        return RightEdge()

    def read(keys: Sequence[TileKey]) -> list[bytes]:
        return [(folder / tile_path(*key)).read_bytes() for key in keys]

    try:
        edge = RightEdge.load(old.size, read)
    except (OSError, MalformedTileError) as error:
        raise MirrorError("damaged", f"the copy in {folder} is not whole: {error}") from error
    if edge.root() != old.root:
        raise MirrorError("damaged", f"the tiles in {folder} are not those of its checkpoint")
    return edge


def _replace(path: Path, data: bytes) -> None:
    # The folder may be served as it is; a name with a point is not.
    durable.replace(path, data, draft=path.with_name(f".{path.name}.new"))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise MirrorError("busy", f"another export writes to {folder}") from error
    finally:
        os.close(file)


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MirrorError("disk", f"{error.filename or folder}: {error.strerror}") from error
