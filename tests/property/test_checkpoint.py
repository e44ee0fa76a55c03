"""Checkpoints: one text for each, and only the log's own signature makes one trusted."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import note
from crypto.errors import CryptoError, InvalidSignatureError, MalformedNoteError
from crypto.note import VerifierKey
from ledger import checkpoint, merkle
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.errors import LedgerError
from tests.logs import ORIGIN, SmallLog, signer

NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"), min_size=1, max_size=30
)
CHECKPOINTS = st.builds(Checkpoint, NAMES, st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
SHARED = Path(__file__).parents[2] / "../shared/vectors"
ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@given(CHECKPOINTS)
def test_a_checkpoint_is_read_back_as_written(value: Checkpoint) -> None:
    assert Checkpoint.parse(value.encode()) == value


@given(CHECKPOINTS)
def test_a_signed_checkpoint_opens_with_its_key(value: Checkpoint) -> None:
    log = signer(value.origin)
    text = checkpoint.sign(value, log)
    assert checkpoint.open(text, [log.verifier_key]) == value
    assert checkpoint.open(text.encode(), [log.verifier_key]) == value


@given(st.one_of(st.text(), st.from_regex(r"\S+\n[0-9]{1,20}\n[A-Za-z0-9+/=]{40,48}\n")))
def test_a_text_is_the_one_form_of_a_checkpoint_or_refused(text: str) -> None:
    try:
        value = Checkpoint.parse(text)
    except MalformedCheckpointError:
        return
    assert value.encode() == text


@given(st.one_of(st.binary(), st.text()))
def test_arbitrary_notes_raise_only_own_errors(text: str | bytes) -> None:
    with pytest.raises((CryptoError, LedgerError)):
        checkpoint.open(text, [signer().verifier_key])


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"o\n0\n{ROOT}",
        f"o\n0\n{ROOT}\n\n",
        f"o\n0\n{ROOT}\nextension\n",
        f"\n0\n{ROOT}\n",
        f"o o\n0\n{ROOT}\n",
        f"o+o\n0\n{ROOT}\n",
        f"o\u2003o\n0\n{ROOT}\n",
        f"o\r\n0\n{ROOT}\n",
        f"o\n00\n{ROOT}\n",
        f"o\n+1\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n1_0\n{ROOT}\n",
        f"o\n\u0661\n{ROOT}\n",
        f"o\n1 \n{ROOT}\n",
        f"o\n9223372036854775808\n{ROOT}\n",
        f"o\n0\n{ROOT[:-1]}\n",
        f"o\n0\n{ROOT[:-2]}V=\n",
        "o\n0\nAAAA\n",
        "o\n0\n\n",
    ],
)
def test_no_second_form_is_a_checkpoint(text: str) -> None:
    with pytest.raises(MalformedCheckpointError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    ("origin", "size", "root"), [("", 0, bytes(32)), ("o", -1, bytes(32)), ("o", 0, bytes(31))]
)
def test_no_checkpoint_is_made_that_could_not_be_read(origin: str, size: int, root: bytes) -> None:
    with pytest.raises(MalformedCheckpointError):
        Checkpoint(origin, size, root)


def test_every_flipped_byte_of_a_signed_checkpoint_is_refused() -> None:
    log = SmallLog(5)
    data = log.note.encode()
    for place in range(len(data)):
        forged = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises((MalformedNoteError, InvalidSignatureError)):
            checkpoint.open(forged, [log.signer.verifier_key])


def test_a_witness_cannot_sign_for_a_log() -> None:
    witness = signer("witness.example/w", seed=2)
    value = Checkpoint(ORIGIN, 0, merkle.EMPTY_ROOT)
    with pytest.raises(MalformedCheckpointError):
        checkpoint.sign(value, witness)
    text = note.sign(value.encode(), [witness])
    with pytest.raises(InvalidSignatureError):
        checkpoint.open(text, [witness.verifier_key, signer().verifier_key])


def test_another_key_under_the_name_of_the_log_is_unknown() -> None:
    text = checkpoint.sign(Checkpoint(ORIGIN, 0, merkle.EMPTY_ROOT), signer(seed=3))
    with pytest.raises(InvalidSignatureError):
        checkpoint.open(text, [signer().verifier_key])


def test_a_signed_text_that_is_no_checkpoint_is_refused() -> None:
    text = note.sign(f"{ORIGIN}\n1\n{ROOT}\nmore\n", [signer()])
    with pytest.raises(MalformedCheckpointError):
        checkpoint.open(text, [signer().verifier_key])


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the log written by Tessera beside the checkout")
def test_the_checkpoints_of_tessera_open_with_its_key() -> None:
    vkey = VerifierKey.parse(json.loads((SHARED / "notes.json").read_text(encoding="utf-8"))["tessera_vkey"])
    for size in range(16):
        text = (SHARED / f"tessera-log/testdata/log/checkpoint.{size}").read_bytes()
        assert checkpoint.open(text, [vkey]).size == size
