"""A static copy holds what the log has signed and nothing else, wherever an export was stopped."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from cli.sources import FolderSource
from crypto.note import NoteSigner
from crypto.strictjson import Json
from ledger import checkpoint, merkle
from ledger.audit.source import Source
from ledger.errors import LedgerError
from ledger.merkle import hash_leaf
from ledger.mirror import Folder, MirrorError, export
from ledger.tilereader import AuthenticReader
from ledger.tiles import TILE_WIDTH, encode_bundle, entries_path, tile_path, tile_width
from tests import audits
from tests.audits import FakeSource
from tests.consortium import private_key
from tests.witnesses import signed

LOG = audits.LOG
ENTRIES = [f"entry {number}".encode() for number in range(65_600)]


def source(size: int, entries: Sequence[bytes] = ENTRIES, signer: NoteSigner = LOG) -> FakeSource:
    return audits.serve(list(entries[:size]), {}, signer)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def check_whole(folder: Path, size: int) -> None:
    """Check that the folder holds a whole log of this size, every tile of it authentic."""
    found = FolderSource(folder)
    tree = checkpoint.open(found.checkpoint(), [LOG.verifier_key])
    assert tree.size == size
    reader = AuthenticReader(tree.size, tree.root, lambda keys: [found.tile(tile_path(*key)) for key in keys])
    leaves = [hash_leaf(entry) for entry in ENTRIES[:size]]
    assert reader.read_hashes([(0, index) for index in range(size)]) == leaves
    for n in range(-(-size // TILE_WIDTH)):
        width = tile_width(0, n, size)
        start = n * TILE_WIDTH
        assert found.tile(entries_path(n, width)) == encode_bundle(ENTRIES[start : start + width])


def test_a_copy_grows_and_is_whole_at_every_size(tmp_path: Path) -> None:
    for size in (1, 2, 70, 255, 256, 257, 700, 700, 1_024):
        assert export(source(size), Folder(tmp_path), LOG.verifier_key).size == size
        check_whole(tmp_path, size)


def test_a_copy_of_three_levels_is_whole(tmp_path: Path) -> None:
    whole = source(65_600)
    export(whole, Folder(tmp_path), LOG.verifier_key)
    assert (tmp_path / tile_path(2, 0, 1)).is_file()
    made = {path: data for path, data in files(tmp_path).items() if path.startswith("tile/")}
    assert made == whole.tiles


def test_a_copy_made_in_steps_has_all_that_one_made_at_once_has(tmp_path: Path) -> None:
    for size in (3, 300, 600):
        export(source(size), Folder(tmp_path / "steps"), LOG.verifier_key)
    export(source(600), Folder(tmp_path / "once"), LOG.verifier_key)
    assert files(tmp_path / "once").items() <= files(tmp_path / "steps").items()
    # Partial tiles of sizes before stay until the full one is there.
    assert set(files(tmp_path / "steps")) - set(files(tmp_path / "once")) == {tile_path(1, 0, 1)}


def test_an_empty_log_has_a_copy(tmp_path: Path) -> None:
    empty = FakeSource(note=signed(0, merkle.EMPTY_ROOT, LOG))
    assert export(empty, Folder(tmp_path), LOG.verifier_key).size == 0


class Stopping:
    """A source that fails at its n-th tile, as a connection does."""

    def __init__(self, real: Source, left: int) -> None:
        self.real = real
        self.left = left

    def checkpoint(self) -> str:
        """Return the checkpoint."""
        return self.real.checkpoint()

    def tile(self, path: str) -> bytes:
        """Return a tile, until there are no more."""
        self.left -= 1
        if self.left < 0:
            raise ConnectionError(0, "gone")
        return self.real.tile(path)

    def lookup(self, ids: Sequence[str]) -> Json:
        """Refuse."""
        raise NotImplementedError(ids)


def test_an_export_stopped_anywhere_leaves_the_old_copy_whole_and_can_be_repeated(tmp_path: Path) -> None:
    export(source(300), Folder(tmp_path), LOG.verifier_key)
    ended, left = False, 0
    while not ended:
        with suppress(MirrorError):
            export(Stopping(source(1_500), left), Folder(tmp_path), LOG.verifier_key)
            ended = True
        check_whole(tmp_path, 1_500 if ended else 300)
        left += 1
    assert left > 3


def test_a_log_that_shrank_or_forked_is_refused_and_the_copy_stays(tmp_path: Path) -> None:
    export(source(300), Folder(tmp_path), LOG.verifier_key)
    before = files(tmp_path)
    forked = [*ENTRIES[:299], b"another", *ENTRIES[300:]]
    for bad, reason in [
        (source(299), "shrunk"),
        (source(300, forked), "fork"),
        (source(900, forked), "fork"),
        (source(900, signer=NoteSigner(LOG.name, private_key("other"))), "signature"),
    ]:
        with pytest.raises(MirrorError) as caught:
            export(bad, Folder(tmp_path), LOG.verifier_key)
        assert caught.value.reason == reason
        assert files(tmp_path) == before


@pytest.mark.parametrize("size", [300, 256])
def test_entries_that_were_not_signed_are_not_written(tmp_path: Path, size: int) -> None:
    honest = source(size)
    other = [*ENTRIES[: size - 1], b"another"]
    for n in range(-(-size // TILE_WIDTH)):
        width, start = tile_width(0, n, size), n * TILE_WIDTH
        honest.tiles[entries_path(n, width)] = encode_bundle(other[start : start + width])
    with pytest.raises(MirrorError) as caught:
        export(honest, Folder(tmp_path), LOG.verifier_key)
    assert caught.value.reason == "entries"
    assert "checkpoint" not in files(tmp_path)


def test_kept_checkpoints_are_copied_as_far_as_they_are_of_this_history(tmp_path: Path) -> None:
    older = [source(size).note for size in (5, 300, 650)]
    asked: list[set[int]] = []

    def kept(have: Collection[int]) -> list[str]:
        asked.append(set(have))
        return older

    export(source(600), Folder(tmp_path), LOG.verifier_key, kept=kept)
    assert {path.name for path in (tmp_path / "checkpoints").iterdir()} == {"5", "300"}
    forked = [*ENTRIES[:4], b"another"]
    with pytest.raises(MirrorError, match="two histories"):
        export(source(700), Folder(tmp_path), LOG.verifier_key, kept=lambda _: [source(5, forked).note])
    export(source(700), Folder(tmp_path), LOG.verifier_key, kept=kept)
    assert asked == [set(), {5, 300}]
    assert (tmp_path / "checkpoints/650").read_text("utf-8") == older[2]


def test_a_forged_tile_is_refused(tmp_path: Path) -> None:
    honest = source(700)
    honest.tiles[tile_path(1, 0, 2)] = bytes(64)
    with pytest.raises(LedgerError):
        export(honest, Folder(tmp_path), LOG.verifier_key)


def test_a_damaged_copy_is_named_and_not_built_on(tmp_path: Path) -> None:
    export(source(300), Folder(tmp_path), LOG.verifier_key)
    (tmp_path / tile_path(0, 1, 44)).write_bytes(bytes(44 * 32))
    with pytest.raises(MirrorError, match="not those of its checkpoint"):
        export(source(700), Folder(tmp_path), LOG.verifier_key)
    (tmp_path / tile_path(0, 1, 44)).unlink()
    with pytest.raises(MirrorError, match="not whole"):
        export(source(700), Folder(tmp_path), LOG.verifier_key)


def test_a_file_that_another_made_is_never_replaced(tmp_path: Path) -> None:
    foreign = tmp_path / entries_path(0)
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"something else")
    with pytest.raises(MirrorError, match="remove it"):
        export(source(300), Folder(tmp_path), LOG.verifier_key)


def test_two_exports_do_not_write_to_one_folder(tmp_path: Path) -> None:
    class Nested(Stopping):
        def checkpoint(self) -> str:
            """Export once more while the first one reads."""
            with pytest.raises(MirrorError) as caught:
                export(source(3), Folder(tmp_path), LOG.verifier_key)
            assert caught.value.reason == "busy"
            return super().checkpoint()

    export(Nested(source(3), 1000), Folder(tmp_path), LOG.verifier_key)
