"""Checkpoints: a log's origin, size and root (C2SP tlog-checkpoint v1.0.0), as text and as signed notes.

The origin equals the name of the log's key. Extension lines are refused: this log writes none and no auditor
could check one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crypto import note
from crypto.encoding import b64_decode, b64_encode
from crypto.errors import InvalidSignatureError, MalformedBase64Error
from crypto.note import NoteSigner, VerifierKey
from ledger.errors import MalformedError
from ledger.merkle import HASH_SIZE

MAX_SIZE: Final = 2**63 - 1

_ORIGIN: Final = re.compile("[^\\s+\x00-\x1f\x7f\ud800-\udfff]+")
_SIZE: Final = re.compile("0|[1-9][0-9]{0,18}")
_LINE_COUNT: Final = 3


class MalformedCheckpointError(MalformedError):
    """A text is not a checkpoint in its one form, or a value cannot stand in one."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log.

    Attributes:
        origin: Schema-less URL prefix that names the log.
        size: Number of entries.
        root: Merkle root over them, 32 bytes.

    Raises:
        MalformedCheckpointError: The origin is no key name, the size is out of range or the root is no hash.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not _ORIGIN.fullmatch(self.origin):
            raise MalformedCheckpointError(
                "the origin is empty or holds a space, a plus or a control character"
            )
        if not 0 <= self.size <= MAX_SIZE:
            raise MalformedCheckpointError("the size is out of range")
        if len(self.root) != HASH_SIZE:
            raise MalformedCheckpointError(f"the root is not {HASH_SIZE} bytes long")

    def encode(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64_encode(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Return the checkpoint of a note's text.

        Raises:
            MalformedCheckpointError: Not exactly three lines in their one form.
        """
        *lines, rest = text.split("\n")
        if rest or len(lines) != _LINE_COUNT:
            raise MalformedCheckpointError("not exactly three lines, each with its newline")
        origin, size, root = lines
        if not _SIZE.fullmatch(size):
            raise MalformedCheckpointError("the size is no decimal number, or has leading zeros or a sign")
        try:
            return cls(origin, int(size), b64_decode(root))
        except MalformedBase64Error as error:
            raise MalformedCheckpointError("the root is not base64") from error


def sign(checkpoint: Checkpoint, signer: NoteSigner) -> str:
    """Return the note of a checkpoint, signed by its log.

    Raises:
        MalformedCheckpointError: The key has another name than the origin.
    """
    if signer.name != checkpoint.origin:
        raise MalformedCheckpointError("the origin is not the name of the signing key")
    return note.sign(checkpoint.encode(), [signer])


def open(  # noqa: A001 - the word of the specification
    text: str | bytes, vkeys: Sequence[VerifierKey]
) -> Checkpoint:
    """Return the checkpoint of a note that its own log has signed with one of these keys.

    A key trusted under another name, a witness's say, does not make a checkpoint this log's.

    Raises:
        MalformedNoteError: Not a signed note.
        InvalidSignatureError: A signature by one of the keys fails, or none of the origin's keys has signed.
        MalformedCheckpointError: The signed text is no checkpoint.
    """
    opened = note.open(text, vkeys)
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin not in {key.name for key in opened.verified_by}:
        raise InvalidSignatureError("no known key of the origin has signed the checkpoint")
    # From here on the size and the root are the log's word.
    return checkpoint
