"""The published index: one line for every history and every alias, and the root over them (docs/formats.md).

Sorted by their bytes, so two neighbours prove that nothing stands between them. Reads no storage.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final

from ledger import merkle
from ledger.merkle import HASH_SIZE, Node

_ALIAS: Final = "="
_MARK: Final = b" = "


def history_line(item: str, count: int, latest: int, tip: str) -> bytes:
    """Return the line of a history: id, number of events, index of the latest, last touching event."""
    return f"{item} {count} {latest} {tip}".encode("ascii")


def alias_line(alias: str, item: str) -> bytes:
    """Return the line of an alias and the item it leads to."""
    return f"{alias} {_ALIAS} {item}".encode("ascii")


def prefix_of(text: str) -> bytes:
    """Return what every line begins with that says anything of an id or alias."""
    return f"{text} ".encode()


class Index:
    """An index: its lines in their order, each without a newline, and the tree over them."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Sort the lines, whatever order they come in."""
        self._set(sorted(lines), None)

    def _set(self, lines: list[bytes], leaves: bytes | None) -> None:
        self.lines: Sequence[bytes] = lines
        self._levels = _levels(_leaves(lines) if leaves is None else leaves)

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

    def about(self, text: str) -> tuple[int, ...]:
        """Return the positions of what is said of an id or alias; of the neighbours where that is nothing."""
        wanted = prefix_of(text)
        place = bisect_left(self.lines, wanted)
        found = [at for at in (place, place + 1) if at < self.count and self.lines[at].startswith(wanted)]
        return tuple(found or [at for at in (place - 1, place) if 0 <= at < self.count])

    def is_alias(self, position: int, text: str) -> bool:
        """Say whether the line at a position says what an alias leads to."""
        return self.lines[position].startswith(prefix_of(text) + _MARK[1:])

    def prove(self, position: int) -> list[bytes]:
        """Return the inclusion proof of the line at a position."""
        return merkle.prove_inclusion(position, self.count, self._read_hashes)

    def begins_with(self, position: int, count: int, proof: Sequence[bytes]) -> bool:
        """Say whether another index, of so many lines, has these very ones before a position.

        `proof` is the inclusion proof there of its line at that position; who asks has verified it.
        """
        nodes = merkle.nodes_before(position, count)
        if position > self.count:
            return False
        return self._read_hashes(list(nodes.values())) == [proof[place] for place in nodes]

    def aliases(self) -> set[bytes]:
        """Return the lines of aliases."""
        return {line for line in self.lines if _MARK in line}

    def changed(self, histories: Mapping[str, bytes], aliases: Iterable[bytes]) -> "Index":
        """Return the index with other lines for these ids, and with exactly these lines of aliases.

        What stays is not hashed again, but for the nodes above it.
        """
        before, after = self.aliases(), set(aliases)
        gone = [self.position(line) for line in before - after]
        gone += [place for item in histories for place in self._history(item)]
        edits = [(place, True, b"") for place in gone if place is not None]
        edits += [
            (bisect_left(self.lines, line), False, line) for line in (*histories.values(), *(after - before))
        ]
        lines: list[bytes] = []
        leaves, at = [], 0
        for place, is_gone, line in sorted(edits):
            lines += self.lines[at:place]
            leaves.append(self._levels[0][HASH_SIZE * at : HASH_SIZE * place])
            at = place + is_gone
            if not is_gone:
                lines.append(line)
                leaves.append(merkle.hash_leaf(line))
        lines += self.lines[at:]
        leaves.append(self._levels[0][HASH_SIZE * at :])
        made = Index(())
        made._set(lines, b"".join(leaves))
        return made

    def _history(self, item: str) -> list[int]:
        wanted = prefix_of(item)
        place = bisect_left(self.lines, wanted)
        near = range(place, min(place + 2, self.count))
        return [at for at in near if self.lines[at].startswith(wanted) and _MARK not in self.lines[at]]

    def _read_hashes(self, nodes: Sequence[Node]) -> list[bytes]:
        return [self._levels[level][HASH_SIZE * number : HASH_SIZE * (number + 1)] for level, number in nodes]


def _leaves(lines: Iterable[bytes]) -> bytes:
    return b"".join(merkle.hash_leaf(line) for line in lines)


def _levels(hashes: bytes) -> list[bytes]:
    """Return the perfect subtrees of each height, one behind another, from the leaves up."""
    found, step = [hashes], 2 * HASH_SIZE
    while len(below := found[-1]) >= step:
        pairs = range(0, len(below) - step + 1, step)
        found.append(b"".join(sha256(b"\1" + below[at : at + step]).digest() for at in pairs))
    return found
