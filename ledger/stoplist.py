"""The signature on the list of what a gate stops: which list it is, of which size of the log, and of when.

The log's key signs it, as a C2SP signed note whose text no parser takes for a checkpoint
(docs/formats.md, section 11, and docs/adr/0010-sign-the-stop-list-with-the-log-key.md).
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crypto import note
from crypto.encoding import b64_decode, b64_encode
from crypto.errors import InvalidSignatureError, MalformedBase64Error
from crypto.note import NoteSigner, VerifierKey
from ledger.checkpoint import MAX_SIZE
from ledger.errors import MalformedError

KIND: Final = "packtrace-stop-list/v1"
MAX_TIME_S: Final = 2**53 - 1
_ORIGIN: Final = re.compile("[^\\s+\x00-\x1f\x7f\ud800-\udfff]+")
_NUMBER: Final = re.compile("0|[1-9][0-9]{0,18}")
_LINES: Final = 5


class MalformedStopListError(MalformedError):
    """A text is not the statement about a stop list in its one form, or a value cannot stand in one."""


class OtherStopListError(MalformedError):
    """The statement is about another list: other bytes, or not the log that was asked for."""


@dataclass(frozen=True, slots=True)
class StopList:
    """What is signed of a list.

    Attributes:
        origin: the log's.
        size: how many entries it takes into account.
        time_s: when it was signed, in seconds since 1970, by the log's clock.
        digest: SHA-256 of the list's bytes.

    Raises:
        MalformedStopListError: a value cannot stand in a statement.
    """

    origin: str
    size: int
    time_s: int
    digest: bytes

    def __post_init__(self) -> None:
        if not _ORIGIN.fullmatch(self.origin):
            raise MalformedStopListError("the origin is no name of a log")
        if not 0 <= self.size <= MAX_SIZE or not 0 <= self.time_s <= MAX_TIME_S:
            raise MalformedStopListError("size or time is out of range")
        if len(self.digest) != hashlib.sha256().digest_size:
            raise MalformedStopListError("the hash has not 32 bytes")

    def encode(self) -> str:
        """Return the five lines that are signed."""
        return "".join(
            f"{line}\n" for line in (KIND, self.origin, self.size, self.time_s, b64_encode(self.digest))
        )

    @classmethod
    def parse(cls, text: str) -> "StopList":
        """Return what a note's text says.

        Raises:
            MalformedStopListError: not exactly five lines in their one form.
        """
        *lines, rest = text.split("\n")
        if rest or len(lines) != _LINES or lines[0] != KIND:
            raise MalformedStopListError(f"not {_LINES} lines with their newlines, {KIND} the first")
        _, origin, size, time_s, digest = lines
        if not _NUMBER.fullmatch(size) or not _NUMBER.fullmatch(time_s):
            raise MalformedStopListError("size or time is no decimal number in its one form")
        try:
            return cls(origin, int(size), int(time_s), b64_decode(digest))
        except MalformedBase64Error as error:
            raise MalformedStopListError("the hash is not base64") from error


def stop_list(text: str, *, origin: str, size: int, time_s: int) -> StopList:
    """Return what is to be signed of a list.

    Raises:
        MalformedStopListError: a value cannot stand in a statement.
    """
    return StopList(origin, size, time_s, hashlib.sha256(text.encode("utf-8")).digest())


def sign_list(statement: StopList, signer: NoteSigner) -> str:
    """Return the note of a list, signed by its log.

    Raises:
        MalformedStopListError: the key has another name than the origin.
    """
    if signer.name != statement.origin:
        raise MalformedStopListError("the origin is not the name of the signing key")
    return note.sign(statement.encode(), [signer])


def open_list(signed: str, text: str, vkeys: Sequence[VerifierKey]) -> StopList:
    """Return what a log has signed of this list.

    Args:
        signed: the note.
        text: the list, as it came.
        vkeys: the keys of the log.

    Raises:
        MalformedNoteError: it is no note.
        InvalidSignatureError: the log has not signed it, or a known key's signature fails.
        MalformedStopListError: it is a note of something else.
        OtherStopListError: it is about another list.
    """
    opened = note.open(signed, vkeys)
    found = StopList.parse(opened.text)
    if found.origin not in {key.name for key in opened.verified_by}:
        raise InvalidSignatureError("no key of the origin has signed the list")
    if found.digest != hashlib.sha256(text.encode("utf-8")).digest():
        raise OtherStopListError("the list has another hash than the one signed")
    return found
