"""Generations: what an item was made from, and what became of it, act by act through the ties. Does no I/O.

The ties form no cycle along the log: on the way up each act is earlier than the one before it, on the way
down later. A module comes out of the pack it went into, so a unit is not followed back into itself.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledger.ties import MARKS, Act, Course, Side, Strand, acts_of

MAX_DEPTH: Final = 32
MAX_ITEMS: Final = 5_000
_ROWS_PER_ITEM: Final = 8
_OF_UNITS: Final = frozenset(
    {Course.MADE, Course.ASSEMBLED, Course.BUILT_IN, Course.TAKEN_OUT, Course.TAKEN_APART}
)


class Direction(StrEnum):
    """Which way to follow the ties."""

    UP = "up"
    DOWN = "down"


ReadTies = Callable[[Collection[str], Side, int], Sequence[Strand]]
"""Reads the rows of every act on whose side one of some items stands; at most so many rows."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What was found in one direction.

    Attributes:
        acts: the acts, level by level; those of a level in log order.
        items: how many items they name beside the first.
        left: how many items were reached and not followed, because of depth or number.
    """

    acts: tuple[Act, ...]
    items: int
    left: int

    @property
    def truncated(self) -> bool:
        """Whether there may be more than is shown."""
        return self.left > 0


def near_side(direction: Direction) -> Side:
    """Return the side on which the items stand that are followed."""
    return Side.OUT if direction is Direction.UP else Side.IN


def far(act: Act, direction: Direction) -> Mapping[str, int | None]:
    """Return what an act leads to."""
    return act.inputs if direction is Direction.UP else act.outputs


def near(act: Act, direction: Direction) -> Mapping[str, int | None]:
    """Return what an act is reached from."""
    return act.outputs if direction is Direction.UP else act.inputs


def trace(roots: Collection[str], read: ReadTies, direction: Direction, *, depth: int, limit: int) -> Trace:
    """Follow items for so many generations; one read for each.

    Args:
        roots: where to begin; a unit, a lot, or a model and its year.
        read: reads ties.
        direction: up or down.
        depth: how many generations, at most `MAX_DEPTH`.
        limit: how many items, at most `MAX_ITEMS`.
    """
    walk = _Walk(roots, direction, min(limit, MAX_ITEMS))
    for _ in range(min(depth, MAX_DEPTH)):
        if not walk.frontier:
            break
        most = walk.limit * _ROWS_PER_ITEM
        rows = read(sorted(walk.frontier), near_side(direction), most + 1)
        walk.step(_whole(rows, most))
    return walk.ended()


def _whole(rows: Sequence[Strand], most: int) -> list[Act]:
    """Return the acts whose rows are all there; `rows` come in log order."""
    acts = acts_of(rows)
    return acts[:-1] if len(rows) > most else acts


class _Walk:
    """The items reached so far: for each the act that led to it and the item it was reached from."""

    def __init__(self, roots: Collection[str], direction: Direction, limit: int) -> None:
        self.limit: Final = limit
        self.frontier = set(roots)
        self._direction: Final = direction
        self._reached: Final = dict[str, tuple[int, str] | None](dict.fromkeys(roots))
        self._acts: Final = dict[tuple[int, Course], Act]()
        self._left = 0
        self._roots: Final = len(self._reached)

    def step(self, acts: Sequence[Act]) -> None:
        """Take in the acts that lead on from the items reached last."""
        reached_last, self.frontier = self.frontier, set()
        seen = set[str]()
        for act in acts:
            here = [item for item in near(act, self._direction) if item in reached_last]
            seen.update(here)
            if act.course in MARKS or (act.index, act.course) in self._acts:
                continue
            led = [item for item in here if self._leads(act, item)]
            if led:
                self._take(act, led[0])

    def ended(self) -> Trace:
        """Return what was found."""
        return Trace(
            tuple(self._acts.values()), len(self._reached) - self._roots, self._left + len(self.frontier)
        )

    def _leads(self, act: Act, item: str) -> bool:
        """Say whether an act comes before, or behind, the one that led to the item, and not back to it."""
        reached = self._reached[item]
        if reached is not None:
            later = act.index > reached[0]
            if act.index == reached[0] or later is (self._direction is Direction.UP):
                return False
        if act.course not in _OF_UNITS:
            return True
        path = set(self._path(item))
        return not any(other in path for other in far(act, self._direction))

    def _path(self, item: str) -> Iterator[str]:
        reached = self._reached[item]
        while reached is not None:
            yield reached[1]
            reached = self._reached[reached[1]]

    def _take(self, act: Act, item: str) -> None:
        fresh = [one for one in far(act, self._direction) if one not in self._reached]
        if len(self._reached) - self._roots + len(fresh) > self.limit:
            self._left += 1
            return
        self._acts[act.index, act.course] = act
        for one in fresh:
            self._reached[one] = (act.index, item)
        self.frontier.update(fresh)
