"""The signature on a stop list: it opens with the log's key, for that list, and is nothing else."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import note
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger import checkpoint
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.errors import MalformedError
from ledger.stoplist import (
    MalformedStopListError,
    OtherStopListError,
    StopList,
    open_list,
    sign_list,
    stop_list,
)
from tests.vectors.make import SIGNER
from tests.vectors.story import ORIGIN

VECTOR: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors/stop_list.json").read_text(encoding="utf-8")
)
VKEYS: Final = [VerifierKey.parse(VECTOR["vkey"])]
OPENED: Final = stop_list(VECTOR["list"], origin=ORIGIN, size=VECTOR["size"], time_s=VECTOR["time_s"])


def test_the_list_of_the_vectors_opens() -> None:
    assert open_list(VECTOR["signed"], VECTOR["list"], VKEYS) == OPENED


@pytest.mark.parametrize("name", VECTOR["refused"])
def test_a_note_of_something_else_is_refused(name: str) -> None:
    with pytest.raises((CryptoError, MalformedError)):
        open_list(VECTOR["refused"][name], VECTOR["list"], VKEYS)


def test_another_list_than_the_one_signed_is_refused() -> None:
    with pytest.raises(OtherStopListError):
        open_list(VECTOR["signed"], VECTOR["list"].replace("stolen", "lost"), VKEYS)


def test_no_statement_about_a_list_is_a_checkpoint_and_no_checkpoint_one() -> None:
    with pytest.raises(MalformedCheckpointError):
        checkpoint.open(VECTOR["signed"], VKEYS)
    # A reader of C2SP checkpoints takes extension lines, and still finds no size in the second line.
    assert not VECTOR["text"].split("\n")[1].isdecimal()
    with pytest.raises(MalformedStopListError):
        StopList.parse(Checkpoint(ORIGIN, 8, bytes(32)).encode())


@pytest.mark.parametrize("at", range(0, len(VECTOR["signed"]), 7))
def test_every_change_of_a_note_is_seen(at: int) -> None:
    changed = VECTOR["signed"][:at] + chr(ord(VECTOR["signed"][at]) ^ 1) + VECTOR["signed"][at + 1 :]
    with pytest.raises((CryptoError, MalformedError)):
        open_list(changed, VECTOR["list"], VKEYS)


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_what_is_encoded_parses_to_the_same(size: int, time_s: int, digest: bytes) -> None:
    statement = StopList(ORIGIN, size, time_s, digest)
    assert StopList.parse(statement.encode()) == statement


@given(st.text(max_size=200))
def test_any_text_parses_to_what_it_encodes_to_or_is_refused(text: str) -> None:
    with suppress(MalformedStopListError):
        assert StopList.parse(text).encode() == text


@pytest.mark.parametrize(
    "values",
    [
        ("a b", 1, 1, bytes(32)),
        (ORIGIN, -1, 1, bytes(32)),
        (ORIGIN, 1, 2**53, bytes(32)),
        (ORIGIN, 1, 1, b""),
    ],
    ids=["origin", "size", "time", "hash"],
)
def test_a_value_that_cannot_stand_in_it_is_refused(values: tuple[str, int, int, bytes]) -> None:
    with pytest.raises(MalformedStopListError):
        StopList(*values)


def test_the_log_signs_for_its_own_origin_only() -> None:
    with pytest.raises(MalformedStopListError, match="name of the signing key"):
        sign_list(stop_list("{}", origin="log.example/other", size=1, time_s=1), SIGNER)


def test_a_statement_for_an_origin_that_did_not_sign_it_is_refused() -> None:
    other = stop_list(VECTOR["list"], origin="log.example/other", size=8, time_s=1)
    with pytest.raises(CryptoError, match="no key of the origin"):
        open_list(note.sign(other.encode(), [SIGNER]), VECTOR["list"], VKEYS)
