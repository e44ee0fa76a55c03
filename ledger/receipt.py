"""Receipts: an entry, its place and its proof in one text that verifies alone (C2SP tlog-proof v1).

The format's `extra` line holds the entry bytes, so a receipt needs no log, no database and no network.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crypto import note
from crypto.encoding import b64_decode, b64_encode
from crypto.errors import CryptoError, MalformedBase64Error
from crypto.note import VerifierKey
from ledger import checkpoint
from ledger.checkpoint import MAX_SIZE, Checkpoint, MalformedCheckpointError
from ledger.errors import MalformedError
from ledger.merkle import HASH_SIZE, hash_leaf, verify_inclusion
from ledger.tiles import MAX_ENTRY_SIZE

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_PROOF_LENGTH: Final = 63

_INDEX: Final = re.compile("0|[1-9][0-9]{0,18}")


class MalformedReceiptError(MalformedError):
    """A text is not a receipt in its one form, or a value cannot stand in one."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an entry stands in a log.

    Attributes:
        entry_bytes: The leaf's data.
        index: The entry's place in the log, from 0.
        proof: Inclusion proof, the leaf's sibling first.
        checkpoint_note: The signed checkpoint whose tree the proof leads to, with all its signatures.

    Raises:
        MalformedReceiptError: A part is too long, too short or out of range, or there is no checkpoint.
    """

    entry_bytes: bytes
    index: int
    proof: tuple[bytes, ...]
    checkpoint_note: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.entry_bytes) <= MAX_ENTRY_SIZE:
            raise MalformedReceiptError("the entry is empty or too long")
        if not 0 <= self.index < MAX_SIZE:
            raise MalformedReceiptError("the index is out of range")
        if len(self.proof) > MAX_PROOF_LENGTH or any(len(value) != HASH_SIZE for value in self.proof):
            raise MalformedReceiptError(
                f"the proof is not at most {MAX_PROOF_LENGTH} hashes of {HASH_SIZE} bytes"
            )
        try:
            Checkpoint.parse(note.parse(self.checkpoint_note)[0])
        except (CryptoError, MalformedCheckpointError) as error:
            raise MalformedReceiptError("the last part is no signed checkpoint") from error

    def format(self) -> str:
        """Return the text of the receipt."""
        hashes = "".join(f"{b64_encode(value)}\n" for value in self.proof)
        head = f"{HEADER}\nextra {b64_encode(self.entry_bytes)}\nindex {self.index}\n{hashes}"
        return f"{head}\n{self.checkpoint_note}"

    @classmethod
    def parse(cls, text: str | bytes) -> "Receipt":
        """Return the receipt of a text. Nothing in it is verified yet.

        Raises:
            MalformedReceiptError: Not the one form of any receipt.
        """
        head, blank_line, checkpoint_note = _decode(text).partition("\n\n")
        header, *lines = head.split("\n")
        if header != HEADER or not blank_line:
            raise MalformedReceiptError(f"not the header {HEADER}, lines and a blank line")
        if [line[:6] for line in lines[:2]] != ["extra ", "index "]:
            raise MalformedReceiptError("the lines do not begin with extra and index")
        index = lines[1].removeprefix("index ")
        if not _INDEX.fullmatch(index):
            raise MalformedReceiptError("the index is no decimal number, or has leading zeros or a sign")
        try:
            entry_bytes = b64_decode(lines[0].removeprefix("extra "))
            proof = tuple(b64_decode(line) for line in lines[2 : MAX_PROOF_LENGTH + 3])
        except MalformedBase64Error as error:
            raise MalformedReceiptError("the entry or a hash is not base64") from error
        return cls(entry_bytes, int(index), proof, checkpoint_note)


def verify(receipt: Receipt, vkeys: Sequence[VerifierKey]) -> None:
    """Check that the entry stands in the log of one of these keys, at the index the receipt says.

    It says nothing of the entry's own signature: that is checked with its signer's key.

    Raises:
        InvalidSignatureError: The checkpoint is not signed by the log, or a known signature fails.
        InvalidProofError: The entry is not shown to be in the tree of that checkpoint.
    """
    # The one line on which trust passes from the keys to the root.
    tree = checkpoint.open(receipt.checkpoint_note, vkeys)
    verify_inclusion(hash_leaf(receipt.entry_bytes), receipt.index, tree.size, receipt.proof, tree.root)


def _decode(text: str | bytes) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedReceiptError("not UTF-8") from error
