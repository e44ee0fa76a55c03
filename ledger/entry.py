"""An entry: a signed event with the instant at which the log took it (formats.md, section 3).

The bytes `<ms since epoch> SP <JWS>` are the data of a Merkle leaf. Nothing here verifies a signature.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from crypto.encoding import b64url_encode
from ledger.errors import MalformedError
from ledger.merkle import hash_leaf
from ledger.tiles import MAX_ENTRY_SIZE

MAX_LOGGED_AT_MS: Final = 2**53 - 1

_ENTRY: Final = re.compile(rb"(0|[1-9][0-9]{0,15}) ([\w-]+\.[\w-]+\.[\w-]+)", re.ASCII)


class MalformedEntryError(MalformedError):
    """Bytes are not an entry: milliseconds, a space and a compact JWS, in at most 65,535 bytes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event and when it was logged.

    Attributes:
        logged_at_ms: Milliseconds since 1970-01-01 UTC, the operator's word, at most 2**53 - 1.
        jws: The event's compact JWS, byte for byte as it was submitted.

    Raises:
        MalformedEntryError: The number is out of range, or the text has not the shape of a compact JWS.
    """

    logged_at_ms: int
    jws: str

    def __post_init__(self) -> None:
        if not 0 <= self.logged_at_ms <= MAX_LOGGED_AT_MS:
            raise MalformedEntryError("the number of milliseconds is out of range")
        if not self.jws.isascii() or not _ENTRY.fullmatch(self.encode()):
            raise MalformedEntryError("not three base64url parts joined by dots")
        if len(self.encode()) > MAX_ENTRY_SIZE:
            raise MalformedEntryError(f"longer than {MAX_ENTRY_SIZE} bytes")

    @classmethod
    def decode(cls, data: bytes) -> "Entry":
        """Return the entry of a leaf's data.

        Raises:
            MalformedEntryError: Not the one form of any entry.
        """
        match = _ENTRY.fullmatch(data)
        if match is None:
            raise MalformedEntryError("not milliseconds, a space and a compact JWS")
        return cls(int(match[1]), match[2].decode("ascii"))

    def encode(self) -> bytes:
        """Return the entry bytes, which are the leaf's data."""
        return f"{self.logged_at_ms} {self.jws}".encode("ascii")

    @property
    def leaf_hash(self) -> bytes:
        """The Merkle leaf hash."""
        return hash_leaf(self.encode())

    @property
    def event_id(self) -> str:
        """The event's id, 43 base64url characters; two signatures of one statement have the same."""
        return event_id(self.jws.rpartition(".")[0].encode("ascii"))


def event_id(signing_input: bytes) -> str:
    """Return the id of the event with this JWS signing input, `header.payload` (formats.md, section 2)."""
    return b64url_encode(sha256(signing_input).digest())
