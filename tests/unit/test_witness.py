"""What a witness answers to what a log, a stranger or an attacker sends, and what it remembers."""

import sqlite3
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import note
from crypto.cosignature import open_cosignatures
from crypto.note import NoteSigner
from ledger import checkpoint, merkle
from ledger.merkle import EMPTY_ROOT, hash_leaf
from ledger.witness.judge import (
    InconsistentError,
    OtherSizeError,
    Suspicion,
    UnknownLogError,
    UntrustedCheckpointError,
)
from ledger.witness.request import (
    MAX_BODY_BYTES,
    AddCheckpoint,
    MalformedRequestError,
    parse_size,
)
from ledger.witness.service import Witness, WitnessClockError
from ledger.witness.storage import MAX_EVIDENCE, Storage, WitnessStorageError
from tests.consortium import private_key
from tests.ledgers import LOG
from tests.witnesses import COSIGNERS, TIME_S, signed
from witness.app import create_witness_app

LEAVES = [hash_leaf(bytes([number])) for number in range(64)]
FORKED = [*LEAVES[:5], *(hash_leaf(bytes([number, 1])) for number in range(5, 64))]
KEYS = (COSIGNERS[0].key, COSIGNERS[1].key)


class Clock:
    """POSIX seconds that stand still until they are moved."""

    def __init__(self) -> None:
        self.now = TIME_S

    def __call__(self) -> int:
        """Return the time it was set to."""
        return self.now


class Kept:
    """A witness of the test log with its clock and storage."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "witness.db"
        self.storage = Storage.create(self.path, [key.format() for key in KEYS])
        self.storage.trust(LOG.verifier_key)
        self.clock = Clock()
        self.open()

    def open(self) -> None:
        """Begin again with what is on disk."""
        self.witness = Witness(Storage(self.path), COSIGNERS[:2], self.clock)

    def add(self, old: int, size: int, leaves: Sequence[bytes] = LEAVES) -> str:
        """Ask for a cosignature of this size, with a right proof."""
        return self.witness.add_checkpoint(body(old, size, leaves))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def tree(size: int, leaves: Sequence[bytes] = LEAVES, signer: NoteSigner = LOG) -> str:
    return signed(size, merkle.root(leaves[:size]), signer)


def proof(old: int, size: int, leaves: Sequence[bytes] = LEAVES) -> tuple[bytes, ...]:
    def read(nodes: Sequence[merkle.Node]) -> list[bytes]:
        return [merkle.root(leaves[index << level : (index + 1) << level]) for level, index in nodes]

    return tuple(merkle.prove_consistency(old, size, read)) if old and size >= old else ()


def body(old: int, size: int, leaves: Sequence[bytes] = LEAVES) -> bytes:
    return AddCheckpoint.of(old, proof(old, size, leaves), tree(size, leaves)).format()


def test_a_first_checkpoint_is_cosigned_under_every_key(kept: Kept) -> None:
    lines = kept.add(0, 5)
    made = open_cosignatures(tree(5) + lines, KEYS)
    assert [one.key for one in made] == list(KEYS)
    assert {one.time_s for one in made} == {TIME_S}


def test_each_larger_tree_is_cosigned_where_it_extends_the_last(kept: Kept) -> None:
    for old, size in [(0, 1), (1, 2), (2, 7), (7, 8), (8, 8), (8, 64)]:
        kept.add(old, size)
    assert kept.storage.last(LOG.name) is not None


def test_a_checkpoint_of_nothing_is_cosigned(kept: Kept) -> None:
    kept.add(0, 0)
    kept.clock.now += 1
    kept.add(0, 0)
    kept.add(0, 3)


def test_an_empty_tree_has_one_root(kept: Kept) -> None:
    with pytest.raises(InconsistentError, match="empty"):
        kept.witness.add_checkpoint(AddCheckpoint.of(0, (), signed(0, bytes(32))).format())
    assert [one.kind for one in kept.storage.evidence(LOG.name)] == [Suspicion.FORK]
    assert merkle.root([]) == EMPTY_ROOT


def test_the_same_checkpoint_again_gets_a_later_time(kept: Kept) -> None:
    kept.add(0, 5)
    kept.clock.now += 60
    [first, _] = open_cosignatures(tree(5) + kept.add(5, 5), KEYS)
    assert first.time_s == TIME_S + 60


def test_another_old_size_is_answered_with_the_one_cosigned_last(kept: Kept) -> None:
    kept.add(0, 5)
    for old in (0, 3, 6):
        with pytest.raises(OtherSizeError) as caught:
            kept.add(old, 8)
        assert caught.value.size == 5


def test_a_smaller_tree_is_never_cosigned(kept: Kept) -> None:
    kept.add(0, 8)
    for old in (0, 5):
        with pytest.raises(OtherSizeError):
            kept.add(old, 5)
    with pytest.raises(MalformedRequestError, match="larger"):
        kept.add(8, 5)


def test_a_fork_is_refused_and_both_signed_checkpoints_are_kept(kept: Kept) -> None:
    kept.add(0, 8)
    with pytest.raises(InconsistentError):
        kept.add(8, 8, FORKED)
    [held] = Storage(kept.path).evidence(LOG.name)
    assert held.kind is Suspicion.FORK
    ours = checkpoint.open(held.cosigned, [LOG.verifier_key])
    theirs = checkpoint.open(AddCheckpoint.parse(held.request.encode()).note, [LOG.verifier_key])
    assert ours.size == theirs.size
    assert ours.root != theirs.root


def test_a_fork_that_builds_on_another_size_is_evidence_all_the_same(kept: Kept) -> None:
    kept.add(0, 8)
    with pytest.raises(OtherSizeError):
        kept.add(5, 8, FORKED)
    assert [one.kind for one in kept.storage.evidence(LOG.name)] == [Suspicion.FORK]


def test_a_larger_fork_is_refused_and_kept_as_unproven(kept: Kept) -> None:
    kept.add(0, 8)
    for _ in range(3):
        with pytest.raises(InconsistentError):
            kept.add(8, 12, FORKED)
    assert [one.kind for one in kept.storage.evidence(LOG.name)] == [Suspicion.UNPROVEN]
    kept.add(8, 12)


def test_a_bad_proof_of_a_good_checkpoint_is_no_lasting_stain(kept: Kept) -> None:
    kept.add(0, 8)
    with pytest.raises(InconsistentError):
        kept.witness.add_checkpoint(AddCheckpoint.of(8, (bytes(32),), tree(12)).format())
    assert len(kept.storage.evidence(LOG.name)) == 1
    kept.add(8, 12)
    assert kept.storage.evidence(LOG.name) == []


def test_a_proof_where_none_can_be_is_refused(kept: Kept) -> None:
    with pytest.raises(InconsistentError, match="nothing to prove"):
        kept.witness.add_checkpoint(AddCheckpoint.of(0, (bytes(32),), tree(5)).format())


def test_of_too_much_that_is_unproven_the_first_and_the_newest_are_kept(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.witness.storage.MAX_EVIDENCE", 4)
    kept.add(0, 8)
    for size in (9, 10, 11, 12, 13, 14, 15, 15, 9, 14):
        with pytest.raises(InconsistentError):
            kept.add(8, size, FORKED)
    assert sizes_held(kept) == [9, 10, 14, 15]
    assert MAX_EVIDENCE == 1_000


def test_forks_are_bounded_and_crowded_out_by_nothing(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.witness.storage.MAX_EVIDENCE", 2)
    for size in (8, 9, 10):
        kept.add(0 if size == 8 else size - 1, size)
        with pytest.raises(InconsistentError):
            kept.add(size, size, FORKED)
    for size in (11, 12, 13):
        with pytest.raises(InconsistentError):
            kept.add(10, size, FORKED)
    held = [one.kind for one in kept.storage.evidence(LOG.name)]
    assert sizes_held(kept) == [8, 9, 11, 13]
    assert held == [Suspicion.FORK] * 2 + [Suspicion.UNPROVEN] * 2


def sizes_held(kept: Kept) -> list[int]:
    held = kept.storage.evidence(LOG.name)
    return [AddCheckpoint.parse(one.request.encode()).checkpoint.size for one in held]


def test_lines_of_strangers_are_neither_served_nor_kept(kept: Kept) -> None:
    stranger = COSIGNERS[4].cosign(note.parse(tree(5))[0], TIME_S).format()
    [own] = note.parse(tree(5))[1]
    padded = tree(5) + stranger + own.format() * 3
    kept.witness.add_checkpoint(AddCheckpoint.of(0, (), padded).format())
    latest = kept.witness.latest(sha256(LOG.name.encode()).hexdigest())
    assert latest is not None
    assert [line.name for line in note.parse(latest)[1]] == [LOG.name, *(key.name for key in KEYS)]


def test_another_log_and_another_key_of_this_one_are_refused(kept: Kept) -> None:
    other = NoteSigner("other.example/log", LOG.signer)
    with pytest.raises(UnknownLogError):
        kept.witness.add_checkpoint(AddCheckpoint.of(0, (), tree(5, signer=other)).format())
    forger = NoteSigner(LOG.name, private_key("forger"))
    with pytest.raises(UntrustedCheckpointError):
        kept.witness.add_checkpoint(AddCheckpoint.of(0, (), tree(5, signer=forger)).format())
    assert kept.storage.last(LOG.name) is None


@pytest.mark.parametrize(
    "change",
    [
        "size = 3",
        "root = zeroblob(32)",
        "note = replace(note, char(10) || '8' || char(10), char(10) || '9' || char(10))",
        "note = 'nothing'",
    ],
)
def test_a_witness_whose_memory_was_changed_cosigns_nothing(
    kept: Kept, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    kept.add(0, 8)
    with closing(sqlite3.connect(kept.path)) as connection, connection:
        connection.execute(f"UPDATE cosigned SET {change}")  # noqa: S608  the cases above
    client = create_witness_app(kept.witness).test_client()
    for old in (3, 8):
        answer = client.post("/add-checkpoint", data=body(old, 12))
        assert answer.status_code == 503
        assert LOG.name in caplog.text
    assert client.get(f"/{sha256(LOG.name.encode()).hexdigest()}/checkpoint").status_code == 503


def test_a_clock_behind_the_last_cosignature_dates_nothing(kept: Kept) -> None:
    kept.add(0, 5)
    kept.clock.now -= 1
    with pytest.raises(WitnessClockError):
        kept.add(5, 8)
    kept.clock.now += 1
    kept.add(5, 8)


def test_a_witness_remembers_over_a_restart(kept: Kept) -> None:
    kept.add(0, 8)
    kept.open()
    with pytest.raises(OtherSizeError):
        kept.add(0, 5)
    with pytest.raises(InconsistentError):
        kept.add(8, 8, FORKED)


def test_a_witness_without_its_database_or_with_other_keys_does_not_start(kept: Kept) -> None:
    with pytest.raises(WitnessStorageError, match="missing"):
        Storage(kept.path.with_name("gone.db"))
    with pytest.raises(WitnessStorageError, match="not the ones"):
        Witness(kept.storage, COSIGNERS[2:4])
    with pytest.raises(WitnessStorageError):
        Storage.create(kept.path, [])
    strange = kept.path.with_name("strange.db")
    strange.write_bytes(b"")
    with pytest.raises(WitnessStorageError, match="version 0"):
        Storage(strange)
    strange.write_bytes(b"no database at all" * 100)
    with pytest.raises(WitnessStorageError):
        Storage(strange)


def test_of_many_at_once_with_one_old_size_one_is_cosigned(kept: Kept) -> None:
    kept.add(0, 4)
    sizes = range(5, 25)

    def add(size: int) -> int | None:
        try:
            kept.add(4, size)
        except OtherSizeError:
            return None
        return size

    with ThreadPoolExecutor(8) as pool:
        won = [size for size in pool.map(add, sizes) if size is not None]
    assert len(won) == 1
    last = kept.storage.last(LOG.name)
    assert last is not None
    assert last.checkpoint.size == won[0]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"old 5",
        b"old 5\n",
        b"old 05\n\n" + tree(5).encode(),
        b"old -1\n\n" + tree(5).encode(),
        b"new 0\n\n" + tree(5).encode(),
        b"old 9223372036854775808\n\n" + tree(5).encode(),
        b"old 0\nAAAA\n\n" + tree(5).encode(),
        b"old 0\n" + b64encode(bytes(33)) + b"\n\n" + tree(5).encode(),
        b"old 0\n*\n\n" + tree(5).encode(),
        b"old 0\n" + (b64encode(bytes(32)) + b"\n") * 64 + b"\n" + tree(5).encode(),
        b"old 0\n\n" + tree(5).encode().replace(b"\n5\n", b"\n05\n"),
        b"old 0\n\n" + note.sign("three\nlines\nonly\n", [LOG]).encode(),
        b"old 0\n\n" + tree(5).encode()[:-1],
        b"old 0\n\n" + b"\xff" + tree(5).encode(),
        b"old 0\n\n" + b"x" * MAX_BODY_BYTES,
    ],
)
def test_what_is_no_request_is_refused(kept: Kept, data: bytes) -> None:
    with pytest.raises(MalformedRequestError):
        kept.witness.add_checkpoint(data)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_a_request_or_refused(data: bytes) -> None:
    try:
        AddCheckpoint.parse(b"old 0\n" + data)
    except MalformedRequestError:
        return
    raise AssertionError("no such bytes are signed")


@given(st.integers(1, 63), st.integers(0, 63))
def test_a_request_reads_back(size: int, old: int) -> None:
    old = min(old, size)
    request = AddCheckpoint.of(old, proof(old, size), tree(size))
    assert AddCheckpoint.parse(request.format()) == request


@pytest.mark.parametrize("data", [b"", b"5", b"5\n\n", b"05\n", b"-1\n", b"\xff\n", b"9223372036854775808\n"])
def test_a_size_is_read_strictly(data: bytes) -> None:
    with pytest.raises(MalformedRequestError):
        parse_size(data)
    assert parse_size(b"0\n") == 0


def test_the_statuses_are_those_of_the_specification(kept: Kept) -> None:
    client = create_witness_app(kept.witness).test_client()

    def post(data: bytes) -> int:
        return client.post("/add-checkpoint", data=data).status_code

    monitored = f"/{sha256(LOG.name.encode()).hexdigest()}/checkpoint"
    assert client.get(monitored).status_code == 404
    assert post(b"garbage") == 400
    forger = NoteSigner(LOG.name, private_key("forger"))
    assert post(AddCheckpoint.of(0, (), tree(5, signer=forger)).format()) == 403
    assert post(AddCheckpoint.of(0, (), tree(5, signer=NoteSigner("x", LOG.signer))).format()) == 404
    answer = client.post("/add-checkpoint", data=body(0, 5))
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; charset=utf-8"
    assert client.get(monitored).text == tree(5) + answer.text
    conflict = client.post("/add-checkpoint", data=body(3, 8))
    assert (conflict.status_code, conflict.text) == (409, "5\n")
    assert conflict.content_type == "text/x.tlog.size"
    assert post(body(8, 5)) == 400
    assert post(body(5, 5, FORKED)) == 200  # the first five are the same
    assert post(body(5, 8, [*FORKED[:4], *FORKED[9:]])) == 422
    assert post(b"x" * (MAX_BODY_BYTES + 1)) == 413
    kept.clock.now -= 1
    assert post(body(5, 8)) == 503
    assert client.get("/add-checkpoint").status_code == 405
    assert client.get("/nothing/at/all").status_code == 404
    assert client.get("/healthz").text == "ok\n"


@pytest.mark.parametrize("more", [1, 2, MAX_BODY_BYTES])
def test_a_body_in_chunks_that_is_too_long_is_said_to_be(kept: Kept, more: int) -> None:
    client = create_witness_app(kept.witness).test_client()
    answer = client.post(
        "/add-checkpoint",
        input_stream=BytesIO(b"x" * (MAX_BODY_BYTES + more)),
        environ_overrides={"wsgi.input_terminated": True},
        headers={"Transfer-Encoding": "chunked"},
    )
    assert answer.status_code == 413


def test_a_fault_of_the_witness_says_nothing_of_the_inside(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_witness_app(kept.witness).test_client()
    monkeypatch.setattr(kept.witness, "add_checkpoint", lambda _: 1 / 0)
    answer = client.post("/add-checkpoint", data=body(0, 5))
    assert (answer.status_code, answer.text) == (500, "internal error\n")


def test_a_disk_that_fails_cosigns_nothing(kept: Kept) -> None:
    client = create_witness_app(kept.witness).test_client()
    kept.path.unlink()
    answer = client.post("/add-checkpoint", data=body(0, 5))
    assert (answer.status_code, str(kept.path) in answer.text) == (503, False)
    assert not kept.path.exists()
