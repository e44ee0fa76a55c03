"""Walks: ways through the indexes, step by step. Each step says what it cost and where the next one begins.

A walk visits everything its search may mean, in one order, and nothing twice; it can be taken up again at
any place it has told. What it visits is judged by whoever walks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, Protocol

from ledger.likeness import MAX_COST, Pattern
from ledger.search.query import Query
from ledger.state import Holder
from ledger.store import Snapshot
from ledger.store.searching import BATTERY_CODES, ItemRow, Place, Range

CHUNK: Final = 200
MAX_CHUNK: Final = 1_000
MAX_PARTS: Final = 20_000
"""How many parts of one item a search looks through; `ledger.passport.tree` shows as many."""

_ROOTS: Final = 50
_MANY_PARTS: Final = 2_000
_MAX_LEVELS: Final = 10
_WINDOW: Final = 32
_SEEK: Final = 20
"""What finding a place in an index costs, in rows read on from there."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One item on a walk: its place there, and its likeness to a pattern (0 is exact)."""

    place: Place
    row: ItemRow
    likeness: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Some visits, the place behind them, and what they cost in rows read."""

    visits: Sequence[Visit]
    place: Place
    cost: int


class Walk(Protocol):
    """A way through the items."""

    def check(self, place: Place) -> bool:
        """Say whether a place can be one of this walk."""

    def steps(self, place: Place | None) -> Iterator[Step]:
        """Yield the steps behind a place, None for all."""


@dataclass(frozen=True, slots=True)
class Along:
    """A walk along stretches of one index, one after the other. Places are its number and the keys."""

    snapshot: Snapshot
    ranges: Sequence[Range]

    def check(self, place: Place) -> bool:
        """Say whether a place is a stretch's number and its keys."""
        if not place or type(place[0]) is not int or place[0] >= len(self.ranges):
            return False
        keys = self.ranges[place[0]].keys
        return len(place) == len(keys) + 1 and all(
            type(part) is (int if key == "latest" else str) for part, key in zip(place[1:], keys, strict=True)
        )

    def steps(self, place: Place | None) -> Iterator[Step]:
        """Yield chunks of rows, small ones first."""
        number = 0 if place is None else int(place[0])
        after = None if place is None else place[1:]
        chunk = CHUNK
        for stretch in self.ranges[number:]:
            while True:
                rows = self.snapshot.rows_in(stretch, after=after, limit=chunk)
                visits = [Visit((number, *_keys_of(stretch, row)), row) for row in rows]
                if visits:
                    after = visits[-1].place[1:]
                    yield Step(visits, visits[-1].place, len(rows))
                if len(rows) < chunk:
                    break
                chunk = min(2 * chunk, MAX_CHUNK)
            number, after = number + 1, None


@dataclass(frozen=True, slots=True)
class Held:
    """A walk over what somebody has a right to, and what is in that with the same right.

    Places are the number of the root's kind, the root, the level below it and the item there.
    """

    snapshot: Snapshot
    query: Query
    column: str
    party: str

    def check(self, place: Place) -> bool:
        """Say whether a place has that form."""
        return _has_form(place) and int(place[0]) < len(self.query.roots())

    def steps(self, place: Place | None) -> Iterator[Step]:
        """Yield roots a few at a time, each with what is in it."""
        first = 0 if place is None else int(place[0])
        if place is not None:
            yield from self._rest_of(place)
        after: Place | None = None if place is None else (place[1],)
        for number, kind in list(enumerate(self.query.roots()))[first:]:
            stretch = Range(("id",), {self.column: self.party, "kind": kind.value})
            deep = kind in self.query.containers()
            chunk = _ROOTS if deep else CHUNK
            while roots := self.snapshot.rows_in(stretch, after=after, limit=chunk):
                after = (roots[-1].id,)
                yield from _with_insides(self.snapshot, self.query, roots, number, self._inherits)
                if len(roots) < chunk:
                    break
            after = None

    def _rest_of(self, place: Place) -> Iterator[Step]:
        """Yield what is behind a place under its root, if the party still has that."""
        root = self.snapshot.rows_of([str(place[1])]).get(str(place[1]))
        if root is None or getattr(root, self.column) != self.party:
            return
        for step in _with_insides(self.snapshot, self.query, [root], int(place[0]), self._inherits):
            # A step that leads no further would be taken again and again.
            if behind := [one for one in step.visits if one.place > place]:
                yield replace(step, visits=behind)

    @property
    def _inherits(self) -> str | None:
        # What is in something is in the same custody, always; an owner may differ.
        return None if self.column == "custodian" else self.column


@dataclass(frozen=True, slots=True)
class Within:
    """A walk over what is in one item, on any level. Places are as in `Held`."""

    snapshot: Snapshot
    query: Query
    outer: str

    def check(self, place: Place) -> bool:
        """Say whether a place has that form, under this item."""
        return _has_form(place) and place[:2] == (0, self.outer)

    def steps(self, place: Place | None) -> Iterator[Step]:
        """Yield what is in it, as one step."""
        root = self.snapshot.rows_of([self.outer]).get(self.outer)
        if root is None:
            return
        for step in _with_insides(self.snapshot, self.query, [root], 0, None):
            inside = [one for one in step.visits if one.row is not root]
            if behind := [one for one in inside if place is None or one.place > place]:
                yield replace(step, visits=behind)


@dataclass(frozen=True, slots=True)
class Alike:
    """A walk over the codes that look like a pattern, the likeliest first.

    It leaps through the sorted codes from one possible reading to the next. Places are the cost and the code
    (written backwards where the pattern's end tells more) from which on to look.
    """

    snapshot: Snapshot
    pattern: Pattern

    def check(self, place: Place) -> bool:
        """Say whether a place is a cost and a text."""
        return [type(part) for part in place] == [int, str] and int(place[0]) <= MAX_COST + 1

    def steps(self, place: Place | None) -> Iterator[Step]:
        """Yield a step for each leap."""
        least, text = (0, "") if place is None else (int(place[0]), str(place[1]))
        for cost in range(least, MAX_COST + 1):
            yield from self._of_cost(cost, text)
            text = ""

    def _of_cost(self, cost: int, text: str) -> Iterator[Step]:
        backwards = self.pattern.better_backwards
        pattern = self.pattern.reversed() if backwards else self.pattern
        place = pattern.seek(text, cost)
        while place is not None:
            codes = self.snapshot.codes_from(place, limit=_WINDOW, backwards=backwards)
            found: list[str] = []
            for code in codes:
                if code >= place:
                    place = pattern.seek(code, cost)
                    if place == code:
                        found.append(code)
                    elif place is None:
                        break
            if place is not None:
                # Behind the last code, whatever it was; a code ends before any with more characters.
                place = pattern.seek(max(place, codes[-1] + "0"), cost) if len(codes) == _WINDOW else None
            upto = (cost, place) if place is not None else (cost + 1, "")
            likely = [code for code in found if pattern.cost(code) == cost]
            yield Step(self._visits(likely, cost, backwards=backwards), upto, _SEEK + len(codes))

    def _visits(self, codes: Sequence[str], cost: int, *, backwards: bool) -> list[Visit]:
        ids = {BATTERY_CODES + (code[::-1] if backwards else code): code for code in codes}
        rows = self.snapshot.rows_of(ids)
        # The text behind a code is the first that is greater, so a page may end at any of them.
        return [Visit((cost, code + "0"), rows[one], cost) for one, code in ids.items() if one in rows]


def _keys_of(stretch: Range, row: ItemRow) -> Place:
    return tuple(getattr(row, key) for key in stretch.keys)


def _has_form(place: Place) -> bool:
    return [type(part) for part in place] == [int, str, int, str] and int(place[2]) <= _MAX_LEVELS


def _with_insides(
    snapshot: Snapshot, query: Query, roots: Sequence[ItemRow], number: int, inherits: str | None
) -> Iterator[Step]:
    """Yield a step with some roots and what is in them, or one for each root where that is much."""
    inside = _insides(snapshot, query, roots, inherits, _MANY_PARTS)
    if inside is None and len(roots) > 1:
        for root in roots:
            yield from _with_insides(snapshot, query, [root], number, inherits)
        return
    if inside is None:
        inside = _insides(snapshot, query, roots, inherits, MAX_PARTS, cut=True) or {}
    for root in roots:
        levels = [(0, root), *inside.get(root.id, ())]
        visits = [Visit((number, root.id, level, row.id), row) for level, row in levels]
        yield Step(visits, visits[-1].place, len(visits))


def _insides(
    snapshot: Snapshot,
    query: Query,
    roots: Sequence[ItemRow],
    inherits: str | None,
    limit: int,
    *,
    cut: bool = False,
) -> Mapping[str, list[tuple[int, ItemRow]]] | None:
    """Return what is in each root by level and id; None where that is more than `limit`, unless it is cut."""
    kinds = {kind.value for kind in query.containers()}
    root_of = {row.id: row.id for row in roots}
    found: list[tuple[str, int, ItemRow]] = []
    outer = [row.id for row in roots if row.parts and row.kind in kinds]
    for level in range(1, _MAX_LEVELS + 1):
        left = limit - len(found)
        if not outer or (cut and not left):
            break
        rows = snapshot.rows_inside(outer, limit=left + 1)
        if len(rows) > left and not cut:
            return None
        # Asked for here and not in SQL, where a database might look for everything that inherits.
        rows = [row for row in rows[:left] if inherits is None or getattr(row, inherits) == Holder.INHERITED]
        for row in rows:
            root_of[row.id] = root_of[row.container or ""]
            found.append((root_of[row.id], level, row))
        outer = [row.id for row in rows if row.parts and row.kind in kinds]
    found.sort(key=lambda one: (one[0], one[1], one[2].id))
    return {
        root: [(level, row) for _, level, row in group]
        for root, group in groupby(found, key=lambda one: one[0])
    }
