"""What a verifier pins before it believes a log: the log's key and the id of its first event.

Without entry 0's id a log could be founded anew under the same key (docs/formats.md, Root of trust).
"""

import json
from dataclasses import dataclass
from functools import partial
from typing import Final

from crypto import strictjson
from crypto.encoding import b64url_decode, b64url_encode
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger import shape
from ledger.errors import MalformedError
from ledger.merkle import HASH_SIZE

VERSION: Final = 1


class MalformedTrustError(MalformedError):
    """A text is not a root of trust: JSON of exactly `v`, `origin`, `vkey` and `root`."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The root of trust of one log.

    Attributes:
        vkey: The log's key; its name is the log's origin.
        root: The id of the event in entry 0, 43 base64url characters.
        pinned: Whether the verifier had it beforehand. What came from the log itself pins nothing.

    Raises:
        MalformedTrustError: `root` is not the form of an event id.
    """

    vkey: VerifierKey
    root: str
    pinned: bool = True

    def __post_init__(self) -> None:
        try:
            size = len(b64url_decode(self.root))
        except CryptoError as error:
            raise MalformedTrustError("root is not base64url") from error
        if size != HASH_SIZE:
            raise MalformedTrustError("root is not the id of an event")

    @property
    def origin(self) -> str:
        """The log's origin."""
        return self.vkey.name

    @classmethod
    def of_key(cls, vkey: VerifierKey) -> "Trust":
        """Return what a verifier has who was told the log's key alone: no first event is pinned."""
        return cls(vkey, b64url_encode(bytes(HASH_SIZE)), pinned=False)

    def format(self) -> str:
        """Return the JSON text that an auditor keeps, newline included."""
        members = {"v": VERSION, "origin": self.origin, "vkey": self.vkey.format(), "root": self.root}
        return json.dumps(members, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def parse(cls, text: str | bytes, *, pinned: bool = True) -> "Trust":
        """Return the root of trust of its JSON text.

        Raises:
            MalformedTrustError: Not the JSON object, a member in another form, or another name in `vkey`.
        """
        read = shape.object_of(
            partial(cls._of, pinned=pinned),
            v=shape.only("v", VERSION),
            origin=shape.text,
            vkey=shape.text,
            root=shape.text,
        )
        try:
            return read(strictjson.loads(text))
        except (CryptoError, shape.MalformedShapeError) as error:
            raise MalformedTrustError(str(error)) from error

    @classmethod
    def _of(cls, origin: str, vkey: str, root: str, *, pinned: bool) -> "Trust":
        key = VerifierKey.parse(vkey)
        if key.name != origin:
            raise MalformedTrustError("the key's name is not the origin")
        return cls(key, root, pinned)
