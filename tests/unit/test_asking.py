"""What a log makes of what a witness answers, true or false; and what it holds against its own tree."""

import threading
from collections.abc import Sequence

import pytest

from crypto.errors import CryptoError
from ledger import checkpoint, merkle
from ledger.cosigning.asking import Answer, WitnessFault, ask, check_time, fetch_latest
from ledger.cosigning.contradiction import contradicts, look_back
from ledger.logkeys import LogKeys
from ledger.policy import Witness
from ledger.witness.request import AddCheckpoint
from tests.ledgers import LOG
from tests.unit.test_witness import FORKED, LEAVES, proof, tree
from tests.witnesses import COSIGNERS, TIME_S

NOTE = tree(8)
TREE = checkpoint.open(NOTE, [LOG.verifier_key])
SIGNER = COSIGNERS[0]
WITNESS = Witness("W1", SIGNER.key, "http://witness.example")
LINE = SIGNER.cosign(TREE.encode(), TIME_S).format()
GOOD = Answer(200, LINE.encode())


class Script:
    """Answers in turn, and remembers what it was sent."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[str, bytes | None]] = []

    def __call__(self, url: str, body: bytes | None) -> Answer:
        """Return the next answer."""
        self.sent.append((url, body))
        return self.answers.pop(0)


def asked(*answers: Answer, old_size: int = 0) -> tuple[int, Script]:
    script = Script(*answers)
    made = ask(WITNESS, NOTE, TREE, old_size=old_size, prove=proof, send=script)
    return made.time_s, script


def fault(*answers: Answer, old_size: int = 0) -> str:
    with pytest.raises(WitnessFault) as caught:
        asked(*answers, old_size=old_size)
    return caught.value.reason


def test_a_cosignature_is_verified_and_dated() -> None:
    time_s, script = asked(GOOD)
    assert time_s == TIME_S
    [(url, body)] = script.sent
    assert url == "http://witness.example/add-checkpoint"
    assert body == AddCheckpoint(0, (), NOTE, TREE).format()


def test_the_size_that_a_witness_names_is_proved_from() -> None:
    _, script = asked(Answer(409, b"5\n"), Answer(409, b"3\n"), GOOD)
    assert [AddCheckpoint.parse(body or b"").old_size for _, body in script.sent] == [0, 5, 3]
    assert AddCheckpoint.parse(script.sent[1][1] or b"").proof == proof(5, 8)


def test_the_same_size_is_asked_for_again_without_a_proof() -> None:
    _, script = asked(GOOD, old_size=8)
    assert AddCheckpoint.parse(script.sent[0][1] or b"").proof == ()


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([Answer(409, b"9\n")], "ahead"),
        ([Answer(409, b"0\n")], "refused"),
        ([Answer(409, b"what?")], "malformed"),
        ([Answer(409, b"1\n"), Answer(409, b"2\n"), Answer(409, b"3\n")], "refused"),
        ([Answer(422, b"")], "ahead"),
        ([Answer(403, b"")], "refused"),
        ([Answer(302, b"")], "refused"),
        ([Answer(500, b"<html>")], "refused"),
        ([Answer(200, b"")], "forged"),
        ([Answer(200, b"\xff")], "malformed"),
        ([Answer(200, COSIGNERS[1].cosign(TREE.encode(), TIME_S).format().encode())], "forged"),
        ([Answer(200, SIGNER.cosign(TREE.encode() + "x\n", TIME_S).format().encode())], "forged"),
    ],
)
def test_what_is_no_cosignature_is_a_fault(answers: Sequence[Answer], reason: str) -> None:
    assert fault(*answers) == reason


def test_another_tree_of_this_very_size_is_looked_at() -> None:
    assert fault(Answer(409, b"8\n"), old_size=8) == "ahead"
    assert fault(Answer(409, b"8\n"), Answer(409, b"8\n")) == "ahead"


@pytest.mark.parametrize(("off", "good"), [(0, True), (30, True), (31, False), (-300, True), (-301, False)])
def test_a_cosignature_dated_off_this_clock_is_a_fault(off: int, good: bool) -> None:  # noqa: FBT001  a table
    made = ask(WITNESS, NOTE, TREE, old_size=0, prove=proof, send=Script(GOOD))
    if good:
        check_time(made, TIME_S - off)
        return
    with pytest.raises(WitnessFault, match="clock"):
        check_time(made, TIME_S - off)


def test_what_a_witness_cosigned_last_is_fetched() -> None:
    assert fetch_latest(WITNESS, LOG.name, Script(Answer(200, NOTE.encode()))) == NOTE
    assert fetch_latest(WITNESS, LOG.name, Script(Answer(404, b""))) is None
    for answer in (Answer(500, b""), Answer(200, b"\xff")):
        with pytest.raises(WitnessFault):
            fetch_latest(WITNESS, LOG.name, Script(answer))


def root_at(size: int) -> bytes | None:
    return merkle.root(LEAVES[:size]) if size <= 8 else None


def test_only_the_logs_own_word_contradicts_its_tree() -> None:
    assert not contradicts(tree(5), LogKeys(LOG.verifier_key), root_at)
    assert contradicts(tree(9), LogKeys(LOG.verifier_key), root_at)
    assert contradicts(tree(8, FORKED), LogKeys(LOG.verifier_key), root_at)
    for other in ("", "nonsense\n", LINE, tree(9).replace("\n9\n", "\n10\n")):
        assert not contradicts(other, LogKeys(LOG.verifier_key), root_at)


def test_all_witnesses_are_asked_what_they_have_seen_and_silence_is_no_word() -> None:
    def send(url: str, body: bytes | None) -> Answer:
        assert body is None
        if "silent" in url:
            raise WitnessFault("unreachable", "gone")
        return Answer(200, (tree(9) if "ahead" in url else tree(5)).encode())

    names = ["silent", "ahead", "behind"]
    witnesses = [Witness(name, SIGNER.key, f"http://{name}.example") for name in names]
    assert look_back(witnesses, LogKeys(LOG.verifier_key), root_at, send) == (tree(9),)
    assert look_back([Witness("none", SIGNER.key)], LogKeys(LOG.verifier_key), root_at, send) == ()
    assert issubclass(WitnessFault, Exception)
    assert not issubclass(WitnessFault, CryptoError)


def test_a_witness_that_does_not_answer_holds_up_neither_the_start_nor_the_end_of_a_log() -> None:
    answering = threading.Event()

    def send(url: str, body: bytes | None) -> Answer:
        assert body is None
        if "silent" in url:
            answering.wait()
        return Answer(200, tree(9).encode())

    witnesses = [Witness(name, SIGNER.key, f"http://{name}.example") for name in ("silent", "ahead")]
    found = look_back(witnesses, LogKeys(LOG.verifier_key), root_at, send, patience_s=0.2)
    waiting = [one for one in threading.enumerate() if one.name == "packtrace-witness-look"]
    assert found == (tree(9),)
    # The interpreter ends without waiting for those.
    assert waiting
    assert all(one.daemon for one in waiting)
    answering.set()
