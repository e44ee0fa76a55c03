"""Receipts verify alone, and nothing in one can be changed."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import CryptoError, InvalidSignatureError
from ledger import receipt
from ledger.errors import LedgerError
from ledger.merkle import InvalidProofError
from ledger.receipt import MalformedReceiptError, Receipt
from tests.logs import SmallLog, signer

LOG = SmallLog(300)
KEYS = [LOG.signer.verifier_key]
GOOD = LOG.receipt(77)
TEXT = GOOD.format()
HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)
LINES = TEXT.split("\n")


def with_line(number: int, *lines: str) -> str:
    return "\n".join([*LINES[:number], *lines, *LINES[number + 1 :]])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.data())
def test_a_receipt_verifies_alone(size: int, data: st.DataObject) -> None:
    log = SmallLog(size)
    index = data.draw(st.integers(0, size - 1))
    text = log.receipt(index).format()
    receipt.verify(Receipt.parse(text), [log.signer.verifier_key])
    receipt.verify(Receipt.parse(text.encode()), [log.signer.verifier_key])


@given(st.binary(min_size=1, max_size=99), st.integers(0, 2**63 - 2), HASHES)
def test_a_receipt_is_read_back_as_written(entry_bytes: bytes, index: int, proof: tuple[bytes, ...]) -> None:
    value = Receipt(entry_bytes, index, proof, LOG.note)
    assert Receipt.parse(value.format()) == value


@given(st.one_of(st.binary(), st.text(), st.text().map(lambda text: f"{receipt.HEADER}\n{text}")))
def test_arbitrary_bytes_raise_only_the_own_error(data: str | bytes) -> None:
    with pytest.raises(MalformedReceiptError):
        Receipt.parse(data)


@given(st.integers(0, len(LINES) - 1), st.text(max_size=60))
def test_a_foreign_line_is_refused_or_read_as_it_stands(number: int, line: str) -> None:
    text = with_line(number, line)
    try:
        value = Receipt.parse(text)
    except MalformedReceiptError:
        return
    assert value.format() == text


def test_every_flipped_byte_is_refused() -> None:
    data = TEXT.encode()
    for place in range(len(data)):
        forged = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises((MalformedReceiptError, InvalidProofError, InvalidSignatureError)):
            receipt.verify(Receipt.parse(forged), KEYS)


def test_every_dropped_byte_is_refused() -> None:
    data = TEXT.encode()
    for place in range(len(data)):
        with pytest.raises((CryptoError, LedgerError)):
            receipt.verify(Receipt.parse(data[:place] + data[place + 1 :]), KEYS)


def test_a_dropped_doubled_swapped_or_added_hash_is_refused() -> None:
    proof = GOOD.proof
    damaged = [proof[::-1], (*proof, bytes(32)), (bytes(32), *proof), ()]
    damaged += [proof[:i] + proof[i + 1 :] for i in range(len(proof))]
    damaged += [proof[: i + 1] + proof[i:] for i in range(len(proof))]
    damaged += [(*proof[:i], proof[i + 1], proof[i], *proof[i + 2 :]) for i in range(len(proof) - 1)]
    for each in damaged:
        forged = Receipt(GOOD.entry_bytes, GOOD.index, tuple(each), GOOD.checkpoint_note)
        with pytest.raises(InvalidProofError):
            receipt.verify(forged, KEYS)


@pytest.mark.parametrize("index", [0, 76, 78, 299, 300, 2**62])
def test_another_index_is_refused(index: int) -> None:
    with pytest.raises(InvalidProofError):
        receipt.verify(Receipt(GOOD.entry_bytes, index, GOOD.proof, GOOD.checkpoint_note), KEYS)


def test_a_receipt_of_another_log_is_refused() -> None:
    with pytest.raises(InvalidSignatureError):
        receipt.verify(GOOD, [signer("log.example/other").verifier_key])
    with pytest.raises(InvalidSignatureError):
        receipt.verify(GOOD, [])


def test_the_proof_of_one_size_is_none_for_another() -> None:
    other = SmallLog(301)
    with pytest.raises(InvalidProofError):
        receipt.verify(Receipt(GOOD.entry_bytes, GOOD.index, GOOD.proof, other.note), KEYS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "header"),
        (TEXT.replace("@v1", "@v2"), "header"),
        (TEXT.split("\n\n", maxsplit=1)[0], "header"),
        (with_line(1), "extra and index"),
        (with_line(2), "extra and index"),
        (with_line(1, LINES[2], LINES[1]), "extra and index"),
        (with_line(1, "extra !"), "base64"),
        (with_line(1, "extra "), "entry is empty"),
        (with_line(2, "index -1"), "decimal"),
        (with_line(2, "index 077"), "decimal"),
        (with_line(2, "index \u0667"), "decimal"),
        (with_line(2, "index "), "decimal"),
        (with_line(2, "index 9223372036854775807"), "out of range"),
        (with_line(3, "AAAA"), "hashes of 32"),
        (with_line(3, LINES[3][:-1]), "base64"),
        (with_line(3, *[LINES[3]] * 70), "hashes of 32"),
        (TEXT.split("\n\n", maxsplit=1)[0] + "\n\n", "no signed checkpoint"),
        (TEXT.split("\n\u2014", maxsplit=1)[0] + "\n", "no signed checkpoint"),
        (TEXT.replace(LOG.note.split("\n", maxsplit=1)[0], "no origin"), "no signed checkpoint"),
    ],
)
def test_a_broken_line_is_refused_by_what_it_breaks(text: str, told: str) -> None:
    with pytest.raises(MalformedReceiptError, match=re.escape(told)):
        Receipt.parse(text)


def test_no_receipt_is_made_of_too_long_an_entry() -> None:
    with pytest.raises(MalformedReceiptError):
        Receipt(bytes(65_536), 0, (), LOG.note)
