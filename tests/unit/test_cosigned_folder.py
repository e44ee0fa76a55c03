"""The folder beside the log key: the newest cosigned checkpoint, one an hour for ever, who is down."""

import shutil
from pathlib import Path

import pytest

from crypto.note import NoteSigner
from ledger.cosigning.folder import HOUR_S, CosignedFolder, CosignedFolderError, KeptHour, Standing
from ledger.logkeys import FormerKey, LogKeys
from ledger.policy import Policy
from ledger.witnessed import witnessing
from tests.ledgers import LOG
from tests.unit.test_witness import tree
from tests.witnesses import COSIGNERS, TIME_S, cosigned, policy_text

POLICY = Policy.parse(policy_text())
HOUR = TIME_S // HOUR_S
KEYS = LogKeys(LOG.verifier_key)


def opened(folder: Path, policy: Policy = POLICY, keys: LogKeys = KEYS) -> CosignedFolder:
    return CosignedFolder(folder, keys, policy)


def note(size: int, *, time_s: int = TIME_S) -> str:
    return cosigned(tree(size), *COSIGNERS[:3], time_s=time_s)


def test_the_newest_checkpoint_is_the_latest(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    assert folder.latest() is None
    for size in (3, 5, 5, 8):
        folder.publish(note(size), TIME_S)
        found = folder.latest()
        assert found is not None
        assert found.checkpoint.size == size
        assert folder.latest() is found
    assert opened(tmp_path).latest() == folder.latest()


def test_a_smaller_checkpoint_does_not_take_the_place_of_a_larger(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    folder.publish(note(8), TIME_S)
    folder.publish(note(5), TIME_S)
    found = folder.latest()
    assert found is not None
    assert found.checkpoint.size == 8


def test_what_does_not_satisfy_the_policy_is_not_published(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    for bad in (tree(5), cosigned(tree(5), *COSIGNERS[:2]), "nonsense"):
        with pytest.raises(CosignedFolderError):
            folder.publish(bad, TIME_S)
    with pytest.raises(CosignedFolderError, match="satisfy"):
        opened(tmp_path, Policy.parse("quorum none")).publish(tree(5), TIME_S)
    assert folder.latest() is None


def test_under_another_policy_an_older_publication_counts_no_more(tmp_path: Path) -> None:
    opened(tmp_path).publish(note(5), TIME_S)
    assert opened(tmp_path, Policy.parse(policy_text(threshold=4))).latest() is None


def test_the_first_checkpoint_of_each_hour_is_kept(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    told = [(3, 0), (5, 10), (5, HOUR_S), (5, 2 * HOUR_S), (8, 2 * HOUR_S + 5), (13, 5 * HOUR_S)]
    for size, later in told:
        folder.publish(note(size, time_s=TIME_S + later), TIME_S + later)
    hours = [KeptHour(HOUR + later, size) for later, size in ((0, 3), (1, 5), (2, 5), (5, 13))]
    assert list(folder.kept(-1, 100)) == hours
    assert list(folder.kept(HOUR, 2)) == hours[1:3]
    assert list(opened(tmp_path).kept(HOUR + 5, 100)) == []
    # Of a size the first one dates the entries best.
    first = witnessing(folder.first_of_size(5) or "", POLICY)
    assert set(first.times_s.values()) == {TIME_S + HOUR_S}
    assert [folder.first_of_size(size) for size in (0, 4, 8, 99)] == [None] * 4


def test_two_readers_and_a_writer_see_the_same(tmp_path: Path) -> None:
    writer, reader = opened(tmp_path), opened(tmp_path)
    assert list(reader.kept(-1, 9)) == []
    for hour in range(3):
        writer.publish(note(5, time_s=TIME_S + hour * HOUR_S), TIME_S + hour * HOUR_S)
        assert len(reader.kept(-1, 9)) == hour + 1


def test_a_line_whose_writer_was_stopped_does_not_count_and_is_written_anew(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    folder.publish(note(3), TIME_S)
    with (tmp_path / "kept/index").open("ab") as index:
        index.write(b"12345")
    again = opened(tmp_path)
    assert [one.size for one in again.kept(-1, 9)] == [3]
    again.publish(note(5, time_s=TIME_S + HOUR_S), TIME_S + HOUR_S)
    assert [one.size for one in opened(tmp_path).kept(-1, 9)] == [3, 5]


def test_files_that_are_not_as_they_must_be_are_named(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    folder.publish(note(3), TIME_S)
    (tmp_path / "kept/index").write_bytes(b"1 2\nwhat\n")
    with pytest.raises(CosignedFolderError, match="damaged"):
        opened(tmp_path).kept(-1, 9)
    with pytest.raises(CosignedFolderError):
        folder.kept_note(KeptHour(1, 2))
    (tmp_path / "kept/index").unlink()
    (tmp_path / "kept/index").mkdir()
    with pytest.raises(CosignedFolderError):
        opened(tmp_path).kept(-1, 9)


@pytest.mark.parametrize("damage", [b"nonsense", b"\xff", b""])
def test_a_damaged_latest_counts_as_none_and_is_replaced(tmp_path: Path, damage: bytes) -> None:
    folder = opened(tmp_path)
    folder.publish(note(3), TIME_S)
    (tmp_path / "latest").write_bytes(damage)
    assert folder.latest() is None
    folder.publish(note(5), TIME_S)
    found = folder.latest()
    assert found is not None
    assert found.checkpoint.size == 5


def spoilt(text: str) -> list[bytes]:
    head, _, last = text.rstrip("\n").rpartition("\n")
    other = "A" if last[-9] != "A" else "B"
    edited = [
        text.replace("\n3\n", "\n4\n"),
        f"{head}\n{last[:-9]}{other}{last[-8:]}\n",
        note(5),
        text[:-1],
        "",
    ]
    return [*(each.encode() for each in edited), b"\xff"]


def test_a_kept_checkpoint_that_was_damaged_is_not_given(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    folder.publish(note(3), TIME_S)
    [hour] = folder.kept(-1, 9)
    path = tmp_path / f"kept/{HOUR // 1000}/{HOUR}"
    sound = path.read_text("utf-8")
    for damage in spoilt(sound):
        path.write_bytes(damage)
        with pytest.raises(CosignedFolderError, match=str(HOUR)):
            folder.kept_note(hour)
        with pytest.raises(CosignedFolderError, match=str(HOUR)):
            folder.first_of_size(3)
    path.write_text(sound, "utf-8")
    assert folder.first_of_size(3) == sound


def test_what_was_kept_under_a_former_key_is_given_on(tmp_path: Path) -> None:
    text = note(3)
    opened(tmp_path).publish(text, TIME_S)
    new = NoteSigner("new.example/log", LOG.signer).verifier_key
    after = opened(tmp_path, keys=LogKeys(new, (FormerKey(LOG.verifier_key, 4),)))
    assert after.first_of_size(3) == text
    with pytest.raises(CosignedFolderError):
        opened(tmp_path, keys=LogKeys(new, (FormerKey(LOG.verifier_key, 2),))).first_of_size(3)


def test_an_index_that_was_set_back_is_read_anew(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    folder.publish(note(3), TIME_S)
    first = (tmp_path / "kept/index").read_bytes()
    folder.publish(note(5), TIME_S + HOUR_S)
    (tmp_path / "kept/index").write_bytes(first)
    assert [one.size for one in folder.kept(-1, 9)] == [3]
    folder.publish(note(8), TIME_S + 2 * HOUR_S)
    assert [one.size for one in opened(tmp_path).kept(-1, 9)] == [3, 8]


def test_a_folder_that_is_gone_is_an_error_of_its_own(tmp_path: Path) -> None:
    folder = opened(tmp_path / "here")
    shutil.rmtree(tmp_path / "here")
    with pytest.raises(CosignedFolderError):
        folder.tell({"W1": Standing()})


def test_how_witnesses_stand_reads_back(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    assert folder.standings() == {}
    told = {"W1": Standing(5, TIME_S, None, TIME_S), "见证 2": Standing(fault="unreachable", tried_s=TIME_S)}
    folder.tell(told)
    assert opened(tmp_path).standings() == told
    for garbage in (b"", b"[]", b'{"W1": {"x": 1}}', b"\xff"):
        (tmp_path / "witnesses.json").write_bytes(garbage)
        assert folder.standings() == {}
