"""Cursors: where the next page of a search begins, as a text that is good for that search only.

A cursor says nothing that its owner could not ask for anyway, so it is not signed. Whatever arrives is read
strictly: another search, another form or another type is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from crypto import strictjson
from crypto.encoding import b64url_decode, b64url_encode
from crypto.errors import CryptoError
from ledger.errors import MalformedError

MAX_CURSOR: Final = 1_000
_MAX_TEXT: Final = 200
_MAX_NUMBER: Final = 2**53 - 1
_DIGEST: Final = 9


class MalformedCursorError(MalformedError):
    """The text is no cursor of this search; the message says why."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a search: the walk it takes and how far that has come."""

    walk: str
    place: tuple[str | int, ...]

    def format(self, search: str) -> str:
        """Return its text; `search` is all that the search was asked for."""
        told: strictjson.Json = [_digest(search), self.walk, *self.place]
        return b64url_encode(strictjson.dumps(told).encode())

    @classmethod
    def parse(cls, text: str, search: str) -> "Cursor":
        """Take a cursor of this search.

        Raises:
            MalformedCursorError: it is another form or another search's.
        """
        if len(text) > MAX_CURSOR:
            raise MalformedCursorError("too long")
        try:
            told = strictjson.loads(b64url_decode(text))
        except CryptoError as error:
            raise MalformedCursorError("not `next` of a page") from error
        if not isinstance(told, list) or not all(_is_part(part) for part in told):
            raise MalformedCursorError("not `next` of a page")
        digest, walk, *place = told if len(told) > 1 else ("", "")
        if digest != _digest(search) or not isinstance(walk, str):
            raise MalformedCursorError("`next` of another search")
        return cls(walk, tuple(one for one in place if isinstance(one, str | int)))


def has_form(place: Sequence[str | int], form: Sequence[type]) -> bool:
    """Say whether a place has these types, one for each part."""
    return len(place) == len(form) and all(type(part) is kind for part, kind in zip(place, form, strict=True))


def _is_part(part: strictjson.Json) -> bool:
    if isinstance(part, str):
        return len(part) <= _MAX_TEXT
    return type(part) is int and 0 <= part <= _MAX_NUMBER


def _digest(search: str) -> str:
    return b64url_encode(sha256(search.encode()).digest()[:_DIGEST])
