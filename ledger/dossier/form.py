"""The form of a dossier, a battery's file that needs no server (docs/formats.md section 6). Verifies nothing.

A parser has one error; what it lets through is in its one shape, bounded, and may still be a forgery.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crypto import strictjson
from crypto.encoding import b64_decode, b64_encode
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger.errors import MalformedError
from ledger.identifiers import ItemId
from ledger.merkle import HASH_SIZE

MEDIA_TYPE: Final = "application/vnd.packtrace.dossier+json"
VERSION: Final = 1
MAX_BYTES: Final = 64 * 1024 * 1024
MAX_ENTRIES: Final = 20_000
MAX_ITEMS: Final = 4_096
MAX_PROOF: Final = 63
MAX_INDEX: Final = 2**53 - 1
_MEMBERS: Final = frozenset({"v", "origin", "items", "entries", "published", "checkpoint"})
_ENTRY: Final = frozenset({"index", "entry", "proof", "disclosures"})
_PUBLISHED: Final = frozenset({"index", "lines"})
_LINE: Final = frozenset({"line", "position", "proof"})


class MalformedDossierError(MalformedError):
    """A text is no dossier: the message says which rule of its form it breaks."""


@dataclass(frozen=True, slots=True)
class DossierEntry:
    """An entry of the log with its place and proof, and the disclosures that come with it."""

    index: int
    entry: str
    proof: tuple[bytes, ...]
    disclosures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexLine:
    """A line of a published index, where it stands in it, and its proof."""

    line: str
    position: int
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """Lines of the index that the entry at `index` published."""

    index: int
    lines: tuple[IndexLine, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier: `items` are those whose whole histories it claims to hold, the one asked for first."""

    origin: str
    items: tuple[ItemId, ...]
    entries: tuple[DossierEntry, ...]
    published: Published | None
    checkpoint_note: str

    def format(self) -> str:
        """Return the text of the dossier."""
        published: Json = None
        if self.published is not None:
            lines: list[Json] = [
                {"line": one.line, "position": one.position, "proof": _hashes(one.proof)}
                for one in self.published.lines
            ]
            published = {"index": self.published.index, "lines": lines}
        entries: list[Json] = [
            {
                "index": one.index,
                "entry": one.entry,
                "proof": _hashes(one.proof),
                "disclosures": list(one.disclosures),
            }
            for one in self.entries
        ]
        told: dict[str, Json] = {
            "v": VERSION,
            "origin": self.origin,
            "items": [str(item) for item in self.items],
            "entries": entries,
            "published": published,
            "checkpoint": self.checkpoint_note,
        }
        return strictjson.dumps(told) + "\n"


def parse(data: str | bytes) -> Dossier:
    """Return the dossier of a text.

    Raises:
        MalformedDossierError: too long, not strict JSON, a member missing, unknown or of the wrong form,
            entries out of order or one twice.
    """
    if len(data) > MAX_BYTES:
        raise MalformedDossierError(f"longer than {MAX_BYTES} bytes")
    try:
        told = _object(strictjson.loads(data), _MEMBERS, "the dossier")
        _check_version(told["v"])
        entries = tuple(_entry(one) for one in _list(told["entries"], MAX_ENTRIES, "entries"))
        found = Dossier(
            origin=_text(told["origin"], "origin"),
            items=tuple(
                ItemId.parse(_text(one, "items")) for one in _list(told["items"], MAX_ITEMS, "items")
            ),
            entries=entries,
            published=None if told["published"] is None else _published(told["published"]),
            checkpoint_note=_text(told["checkpoint"], "checkpoint"),
        )
    except CryptoError as error:
        raise MalformedDossierError(error.reason) from error
    except MalformedDossierError:
        raise
    except MalformedError as error:
        raise MalformedDossierError(str(error)) from error
    _check_order([one.index for one in entries])
    if not found.items or len(set(found.items)) != len(found.items):
        raise MalformedDossierError("items is empty or names one twice")
    return found


def _check_version(value: Json) -> None:
    if value != VERSION or isinstance(value, bool):
        raise MalformedDossierError("v is not 1")


def _entry(value: Json) -> DossierEntry:
    told = _object(value, _ENTRY, "an entry")
    return DossierEntry(
        index=_number(told["index"], "index"),
        entry=_text(told["entry"], "entry"),
        proof=_proof(told["proof"]),
        disclosures=tuple(
            _text(one, "disclosures") for one in _list(told["disclosures"], 256, "disclosures")
        ),
    )


def _published(value: Json) -> Published:
    told = _object(value, _PUBLISHED, "published")
    lines = [_object(one, _LINE, "a line") for one in _list(told["lines"], MAX_ITEMS, "lines")]
    return Published(
        index=_number(told["index"], "index"),
        lines=tuple(
            IndexLine(_text(one["line"], "line"), _number(one["position"], "position"), _proof(one["proof"]))
            for one in lines
        ),
    )


def _check_order(indexes: Sequence[int]) -> None:
    if list(indexes) != sorted(set(indexes)):
        raise MalformedDossierError("entries are not in the order of their indexes, each once")


def _object(value: Json, members: frozenset[str], what: str) -> Mapping[str, Json]:
    if not isinstance(value, dict) or value.keys() != members:
        raise MalformedDossierError(f"{what} is not an object of {', '.join(sorted(members))}")
    return value


def _list(value: Json, most: int, what: str) -> list[Json]:
    if not isinstance(value, list) or len(value) > most:
        raise MalformedDossierError(f"{what} is not a list of at most {most}")
    return value


def _text(value: Json, what: str) -> str:
    if not isinstance(value, str):
        raise MalformedDossierError(f"{what} is not a text")
    return value


def _number(value: Json, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_INDEX:
        raise MalformedDossierError(f"{what} is not a number from 0")
    return value


def _proof(value: Json) -> tuple[bytes, ...]:
    found = tuple(b64_decode(_text(one, "proof")) for one in _list(value, MAX_PROOF, "proof"))
    if any(len(one) != HASH_SIZE for one in found):
        raise MalformedDossierError("a hash of a proof is not of 32 bytes")
    return found


def _hashes(proof: Sequence[bytes]) -> list[Json]:
    return [b64_encode(one) for one in proof]
