"""The form of a dossier, a battery's file that needs no server (docs/formats.md section 6). Verifies nothing.

It has one text: what is spaced, ordered or escaped otherwise is refused, so every byte of it matters.
"""

import re
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from typing import Any, Final

from crypto import strictjson
from crypto.encoding import b64_encode
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger import shape
from ledger.errors import MalformedError

MEDIA_TYPE: Final = "application/vnd.packtrace.dossier+json"
MAX_BYTES: Final = 64 * 1024 * 1024
ID: Final = re.compile(r"[a-z0-9]{2,9}:[0-9A-Za-z.:-]{1,100}")


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
    """Lines of the index that the entry at `index` published.

    `after` is the first entry that this index leaves out, where the dossier has it for its time alone.
    """

    index: int
    lines: tuple[IndexLine, ...]
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier: `items` are the ids whose whole histories it claims to hold, the one asked for first.

    The members of each of these classes are those of the format, in its order, behind its version. What may
    be missing is None by default.
    """

    origin: str
    items: tuple[str, ...]
    entries: tuple[DossierEntry, ...]
    published: Published | None
    checkpoint: str

    def is_of(self, item: str) -> bool:
        """Say whether it is of this item, by its id or by a code that its index lines bind to it."""
        lines = () if self.published is None else self.published.lines
        return item == self.items[0] or any(one.line == f"{item} = {self.items[0]}" for one in lines)

    def format(self) -> str:
        """Return the one text of the dossier."""
        return strictjson.dumps({"v": 1, **_told(self)}) + "\n"


_PROOF: Final = shape.list_of(shape.sha256, 63)
_TEXTS: Final = shape.list_of(shape.text, 256)
_ENTRY: Final = shape.object_of(
    DossierEntry, index=shape.count, entry=shape.text, proof=_PROOF, disclosures=_TEXTS
)
_LINE: Final = shape.object_of(IndexLine, line=shape.text, position=shape.count, proof=_PROOF)
_PUBLISHED: Final = partial(shape.object_of, Published, index=shape.count, lines=shape.list_of(_LINE, 8_192))


def _published(value: Json) -> Published:
    read = _PUBLISHED(after=shape.count) if "after" in shape.mapping(value) else _PUBLISHED()
    return read(value)


_DOSSIER: Final = shape.object_of(
    Dossier,
    v=shape.only("v", 1),
    origin=shape.text,
    items=shape.list_of(shape.text_of(ID, "an id"), 4_096),
    entries=shape.list_of(_ENTRY, 20_000),
    published=shape.or_none(_published),
    checkpoint=shape.text,
)


def parse(data: str | bytes) -> Dossier:
    """Return the dossier of a text.

    Raises:
        MalformedDossierError: too long, not strict JSON, a member missing, unknown or of the wrong form,
            entries out of order or one twice, or not written in the one way.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    try:
        shape.demand(len(raw) <= MAX_BYTES, f"longer than {MAX_BYTES} bytes")
        found = _DOSSIER(strictjson.loads(raw))
        shape.demand(
            found.items and len(set(found.items)) == len(found.items), "items is empty or names one twice"
        )
        places = [entry.index for entry in found.entries]
        shape.demand(
            places == sorted(set(places)), "entries are not in the order of their indexes, each once"
        )
        shape.demand(found.format().encode("utf-8") == raw, "not written in its one form")
    except (CryptoError, shape.MalformedShapeError) as error:
        raise MalformedDossierError(str(error)) from error
    return found


def _told(value: Any) -> Any:  # noqa: ANN401  JSON of any of the classes above, or of what is in them
    if is_dataclass(value):
        members = [(one, getattr(value, one.name)) for one in fields(value)]
        return {one.name: _told(its) for one, its in members if (its, one.default) != (None, None)}
    if isinstance(value, tuple):
        return [_told(one) for one in value]
    return b64_encode(value) if isinstance(value, bytes) else value
