"""The published index: one line for every history and every alias, and the root over them (docs/formats.md).

Sorted by their bytes, so two neighbours prove that nothing stands between them. Reads no storage.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ledger import merkle

_ALIAS: Final = "="


@dataclass(frozen=True, slots=True)
class Index:
    """An index: its lines in their order, each without a newline."""

    lines: tuple[bytes, ...]

    @property
    def count(self) -> int:
        """How many lines it has."""
        return len(self.lines)

    def root(self) -> bytes:
        """Return the RFC 6962 root over its lines."""
        return merkle.root([merkle.hash_leaf(line) for line in self.lines])


def history_line(item: str, count: int, latest: int, tip: str) -> bytes:
    """Return the line of a history: id, number of events, index of the latest, last touching event."""
    return f"{item} {count} {latest} {tip}".encode("ascii")


def alias_line(alias: str, item: str) -> bytes:
    """Return the line of an alias and the item it leads to."""
    return f"{alias} {_ALIAS} {item}".encode("ascii")


def index_of(lines: Iterable[bytes]) -> Index:
    """Return the index of these lines, whatever order they come in."""
    return Index(tuple(sorted(lines)))
