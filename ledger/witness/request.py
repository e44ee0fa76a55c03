"""The body of add-checkpoint (C2SP tlog-witness): an old size, a consistency proof, a signed checkpoint."""

import re
from dataclasses import dataclass
from typing import Final

from crypto import note
from crypto.encoding import b64_decode, b64_encode
from crypto.errors import CryptoError, MalformedBase64Error
from ledger.checkpoint import MAX_SIZE, Checkpoint, MalformedCheckpointError
from ledger.errors import MalformedError
from ledger.merkle import HASH_SIZE

MAX_BODY_BYTES: Final = 256 * 1024
MAX_PROOF_LINES: Final = 63
_OLD: Final = re.compile("old (0|[1-9][0-9]{0,18})")
_SIZE: Final = re.compile("(0|[1-9][0-9]{0,18})\n")


class MalformedRequestError(MalformedError):
    """A body is not what add-checkpoint takes."""


class TooLongError(MalformedRequestError):
    """A body is longer than any that add-checkpoint takes."""


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request to cosign.

    Attributes:
        old_size: Size of the checkpoint that the sender believes this witness cosigned last, 0 for none.
        proof: Consistency proof from that size to the checkpoint's.
        note: The signed checkpoint; none of its signatures is verified.
        checkpoint: What its text says.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: str
    checkpoint: Checkpoint

    @classmethod
    def of(cls, old_size: int, proof: tuple[bytes, ...], checkpoint_note: str) -> "AddCheckpoint":
        """Return a request; raises MalformedRequestError where the note is no signed checkpoint."""
        try:
            found = Checkpoint.parse(note.parse(checkpoint_note)[0])
        except (CryptoError, MalformedCheckpointError) as error:
            raise MalformedRequestError(f"not a signed checkpoint: {error}") from error
        return cls(old_size, proof, checkpoint_note, found)

    @classmethod
    def parse(cls, body: bytes) -> "AddCheckpoint":
        """Return the request of a body.

        Raises:
            TooLongError: More than 256 KiB.
            MalformedRequestError: Not UTF-8, or not an old size, up to 63 hashes, a blank line and a signed
                checkpoint without extension lines.
        """
        if len(body) > MAX_BODY_BYTES:
            raise TooLongError(f"a body has at most {MAX_BODY_BYTES} bytes")
        try:
            head, blank_line, checkpoint_note = body.decode("utf-8").partition("\n\n")
        except UnicodeDecodeError as error:
            raise MalformedRequestError("not UTF-8") from error
        old, *lines = head.split("\n")
        match = _OLD.fullmatch(old)
        if match is None or not blank_line or int(match[1]) > MAX_SIZE:
            raise MalformedRequestError("not a line with the old size, hashes and a blank line")
        if len(lines) > MAX_PROOF_LINES:
            raise MalformedRequestError(f"a proof has at most {MAX_PROOF_LINES} hashes")
        return cls.of(int(match[1]), tuple(_hash(line) for line in lines), checkpoint_note)

    def format(self) -> bytes:
        """Return the body."""
        hashes = "".join(f"{b64_encode(value)}\n" for value in self.proof)
        return f"old {self.old_size}\n{hashes}\n{self.note}".encode()


def parse_size(body: bytes) -> int:
    """Return the size that a witness answers with a 409 (`text/x.tlog.size`).

    Raises:
        MalformedRequestError: Not one decimal number and a newline.
    """
    match = _SIZE.fullmatch(body.decode("ascii", errors="replace"))
    if match is None or int(match[1]) > MAX_SIZE:
        raise MalformedRequestError("not a size and a newline")
    return int(match[1])


def _hash(line: str) -> bytes:
    try:
        value = b64_decode(line)
    except MalformedBase64Error as error:
        raise MalformedRequestError(f"the proof: {error.reason}") from error
    if len(value) != HASH_SIZE:
        raise MalformedRequestError(f"a hash has {HASH_SIZE} bytes")
    return value
