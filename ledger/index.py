"""The published index: one line for every history and every alias, and the root over them (docs/formats.md).

Sorted by their bytes, so two neighbours prove that nothing stands between them. Reads no storage.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from ledger import merkle
from ledger.merkle import Node

_ALIAS: Final = "="


def history_line(item: str, count: int, latest: int, tip: str) -> bytes:
    """Return the line of a history: id, number of events, index of the latest, last touching event."""
    return f"{item} {count} {latest} {tip}".encode("ascii")


def alias_line(alias: str, item: str) -> bytes:
    """Return the line of an alias and the item it leads to."""
    return f"{alias} {_ALIAS} {item}".encode("ascii")


class Index:
    """An index: its lines in their order, each without a newline, and the tree over them."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Sort the lines, whatever order they come in."""
        self.lines: Final[tuple[bytes, ...]] = tuple(sorted(lines))
        self._levels: Final = _levels([merkle.hash_leaf(line) for line in self.lines])

    @property
    def count(self) -> int:
        """How many lines it has."""
        return len(self.lines)

    def root(self) -> bytes:
        """Return the RFC 6962 root over its lines."""
        return merkle.root_of_size(self.count, self._read_hashes) if self.lines else merkle.EMPTY_ROOT

    def position(self, line: bytes) -> int | None:
        """Return where a line stands, None where it does not."""
        place = bisect_left(self.lines, line)
        return place if place < self.count and self.lines[place] == line else None

    def neighbours(self, text: bytes) -> tuple[int, ...]:
        """Return the positions of the last line before a text and the first after it."""
        place = bisect_left(self.lines, text)
        return tuple(one for one in (place - 1, place) if 0 <= one < self.count)

    def prove(self, position: int) -> list[bytes]:
        """Return the inclusion proof of the line at a position."""
        return merkle.prove_inclusion(position, self.count, self._read_hashes)

    def _read_hashes(self, nodes: Sequence[Node]) -> list[bytes]:
        return [self._levels[level][number] for level, number in nodes]


def _levels(hashes: list[bytes]) -> list[list[bytes]]:
    """Return the perfect subtrees of each height, from the leaves up."""
    found = [hashes]
    while len(found[-1]) > 1:
        below = found[-1]
        found.append([merkle.hash_node(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return found
