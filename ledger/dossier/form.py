"""The form of a dossier, a battery's file that needs no server (docs/formats.md section 6). Verifies nothing.

It has one text: what is spaced, ordered or escaped otherwise is refused, so every byte of it matters.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from crypto import strictjson
from crypto.encoding import b64_decode, b64_encode
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger.errors import MalformedError
from ledger.merkle import HASH_SIZE

MEDIA_TYPE: Final = "application/vnd.packtrace.dossier+json"
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_ENTRIES: Final = 20_000
MAX_ITEMS: Final = 4_096
MAX_LINES: Final = 8_192
MAX_DISCLOSURES: Final = 256
MAX_PROOF: Final = 63
MAX_INDEX: Final = 2**53 - 1
ID: Final = re.compile(r"[a-z0-9]{2,9}:[0-9A-Za-z.:-]{1,100}")
T = TypeVar("T")


class MalformedDossierError(MalformedError):
    """A text is no dossier: the message says which rule of its form it breaks."""


@dataclass(frozen=True, slots=True)
class DossierEntry:
    """An entry of the log with its place and proof, and the disclosures that come with it."""

    index: int
    entry: str
    proof: tuple[bytes, ...]
    disclosures: tuple[str, ...] = ()

    def to_json(self) -> Json:
        """Return it as an object."""
        proof, shown = _hashes(self.proof), list[Json](self.disclosures)
        return {"index": self.index, "entry": self.entry, "proof": proof, "disclosures": shown}


@dataclass(frozen=True, slots=True)
class IndexLine:
    """A line of a published index, where it stands in it, and its proof."""

    line: str
    position: int
    proof: tuple[bytes, ...]

    def to_json(self) -> Json:
        """Return it as an object."""
        return {"line": self.line, "position": self.position, "proof": _hashes(self.proof)}


@dataclass(frozen=True, slots=True)
class Published:
    """Lines of the index that the entry at `index` published."""

    index: int
    lines: tuple[IndexLine, ...]

    def to_json(self) -> Json:
        """Return it as an object."""
        return {"index": self.index, "lines": [one.to_json() for one in self.lines]}


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier: `items` are the ids whose whole histories it claims to hold, the one asked for first."""

    origin: str
    items: tuple[str, ...]
    entries: tuple[DossierEntry, ...]
    published: Published | None
    checkpoint_note: str

    def format(self) -> str:
        """Return the one text of the dossier."""
        told: dict[str, Json] = {
            "v": 1,
            "origin": self.origin,
            "items": list(self.items),
            "entries": [one.to_json() for one in self.entries],
            "published": None if self.published is None else self.published.to_json(),
            "checkpoint": self.checkpoint_note,
        }
        return strictjson.dumps(told) + "\n"


def parse(data: str | bytes) -> Dossier:
    """Return the dossier of a text.

    Raises:
        MalformedDossierError: too long, not strict JSON, a member missing, unknown or of the wrong form,
            entries out of order or one twice, or not written in the one way.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise MalformedDossierError(f"longer than {MAX_BYTES} bytes")
    try:
        found = _dossier(strictjson.loads(raw))
    except CryptoError as error:
        raise MalformedDossierError(error.reason) from error
    if found.format().encode("utf-8") != raw:
        raise MalformedDossierError("not written in its one form")
    return found


def _dossier(value: Json) -> Dossier:
    told = _object(value, "v", "origin", "items", "entries", "published", "checkpoint")
    if told["v"] != 1 or isinstance(told["v"], bool):
        raise MalformedDossierError("v is not 1")
    items = _list(told["items"], MAX_ITEMS, _id)
    entries = _list(told["entries"], MAX_ENTRIES, _entry)
    places = [one.index for one in entries]
    if not items or len(set(items)) != len(items):
        raise MalformedDossierError("items is empty or names one twice")
    if places != sorted(set(places)):
        raise MalformedDossierError("entries are not in the order of their indexes, each once")
    published = None if told["published"] is None else _published(told["published"])
    return Dossier(_text(told["origin"]), items, entries, published, _text(told["checkpoint"]))


def _entry(value: Json) -> DossierEntry:
    told = _object(value, "index", "entry", "proof", "disclosures")
    proof = _list(told["proof"], MAX_PROOF, _hash)
    shown = _list(told["disclosures"], MAX_DISCLOSURES, _text)
    return DossierEntry(_number(told["index"]), _text(told["entry"]), proof, shown)


def _published(value: Json) -> Published:
    told = _object(value, "index", "lines")
    return Published(_number(told["index"]), _list(told["lines"], MAX_LINES, _line))


def _line(value: Json) -> IndexLine:
    told = _object(value, "line", "position", "proof")
    return IndexLine(_text(told["line"]), _number(told["position"]), _list(told["proof"], MAX_PROOF, _hash))


def _object(value: Json, *members: str) -> Mapping[str, Json]:
    if not isinstance(value, dict) or value.keys() != set(members):
        raise MalformedDossierError(f"not an object of {', '.join(members)}")
    return value


def _list(value: Json, most: int, read: Callable[[Json], T]) -> tuple[T, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise MalformedDossierError(f"not a list of at most {most}")
    return tuple(read(one) for one in value)


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise MalformedDossierError("not a text")
    return value


def _id(value: Json) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise MalformedDossierError("not an id")
    return value


def _number(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_INDEX:
        raise MalformedDossierError("not a number from 0")
    return value


def _hash(value: Json) -> bytes:
    found = b64_decode(_text(value))
    if len(found) != HASH_SIZE:
        raise MalformedDossierError("not a hash of 32 bytes")
    return found


def _hashes(proof: tuple[bytes, ...]) -> list[Json]:
    return [b64_encode(one) for one in proof]
