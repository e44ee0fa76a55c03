"""The file of the released checkpoint."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.note import NoteSigner
from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.merkle import EMPTY_ROOT
from ledger.sequencer.genesis import release_empty
from ledger.sequencer.seen import Seen, SeenError
from tests.consortium import ORIGIN, private_key

LOG = NoteSigner(ORIGIN, private_key("log"))


def note(size: int, root: int = 1, signer: NoteSigner = LOG) -> str:
    return checkpoint.sign(Checkpoint(signer.name, size, bytes([root]) * 32), signer)


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Seen]:
    made = Seen(tmp_path / "log.key.seen", LOG.verifier_key)
    yield made
    made.close()


def advance(seen: Seen, text: str) -> None:
    with seen.hold() as held:
        held.advance(text)


def test_a_new_log_has_released_the_empty_tree(seen: Seen) -> None:
    assert not seen.exists()
    release_empty(LOG, seen)
    assert seen.read().checkpoint == Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    release_empty(LOG, seen)


def test_a_log_that_released_entries_does_not_begin_again(seen: Seen) -> None:
    seen.create(note(3))
    with pytest.raises(SeenError):
        release_empty(LOG, seen)
    with pytest.raises(SeenError):
        seen.create(note(0))


def test_the_note_is_kept_byte_for_byte(seen: Seen, tmp_path: Path) -> None:
    seen.create(note(0))
    advance(seen, note(5))
    assert seen.read().note == note(5)
    assert (tmp_path / "log.key.seen").read_text() == note(5)


def test_whoever_holds_the_file_sees_what_it_released(seen: Seen) -> None:
    seen.create(note(0))
    with seen.hold() as held:
        held.advance(note(4))
        assert held.released.checkpoint.size == 4


def test_the_file_never_moves_back(seen: Seen) -> None:
    seen.create(note(5))
    with pytest.raises(SeenError, match="back"):
        advance(seen, note(4))
    assert seen.read().note == note(5)


def test_one_size_has_one_root(seen: Seen) -> None:
    seen.create(note(5, root=1))
    advance(seen, note(5, root=1))
    with pytest.raises(SeenError, match="another root"):
        advance(seen, note(5, root=2))


@pytest.mark.parametrize(
    "other", [NoteSigner(ORIGIN, private_key("other")), NoteSigner("other.example", private_key("log"))]
)
def test_a_note_of_another_key_or_name_is_refused(seen: Seen, tmp_path: Path, other: NoteSigner) -> None:
    seen.create(note(0))
    with pytest.raises(SeenError):
        advance(seen, note(1, signer=other))
    (tmp_path / "log.key.seen").write_text(note(1, signer=other))
    with pytest.raises(SeenError):
        seen.read()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"not a note", note(3).encode()[:-10]])
def test_a_damaged_file_is_an_error_and_not_an_empty_log(seen: Seen, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "log.key.seen").write_bytes(content)
    with pytest.raises(SeenError):
        seen.read()
    with pytest.raises(SeenError), seen.hold():
        pass


def test_a_missing_file_is_an_error(seen: Seen) -> None:
    with pytest.raises(SeenError):
        seen.read()


def test_a_crash_while_writing_leaves_the_old_note(seen: Seen, tmp_path: Path) -> None:
    seen.create(note(5))
    (tmp_path / "log.key.seen.new").write_text(note(6)[:20])
    assert seen.read().checkpoint.size == 5
    advance(seen, note(7))
    assert seen.read().checkpoint.size == 7


def test_a_file_that_cannot_be_written_is_an_error(seen: Seen, tmp_path: Path) -> None:
    seen.create(note(5))
    (tmp_path / "log.key.seen.new").mkdir()
    with pytest.raises(SeenError, match="cannot be written"):
        advance(seen, note(6))
    assert seen.read().checkpoint.size == 5


def test_a_closed_file_is_not_written(seen: Seen) -> None:
    seen.create(note(5))
    seen.close()
    with pytest.raises(SeenError, match="closed"):
        advance(seen, note(6))


def test_one_holder_waits_for_the_other(seen: Seen) -> None:
    seen.create(note(0))
    order = list[str]()

    def second() -> None:
        with seen.hold() as held:
            order.append(f"second sees {held.released.checkpoint.size}")

    with seen.hold() as held:
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.05)
        order.append("first is done")
        held.advance(note(1))
    thread.join()
    assert order == ["first is done", "second sees 1"]
