"""What was turned into what, from the replay: every act that ties items, on a shelf, with what it stated.

From them the audit makes accounts, lives and shares of its own, by the same pure rules as anybody would.
"""

import json
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from crypto.strictjson import Json
from ledger.audit.spill import Places, Shelf
from ledger.claims import decode, encode
from ledger.events.correction import EventVoided
from ledger.events.recycling import BatchProcessed, ContentClaimed
from ledger.findings import Applied
from ledger.identifiers import ItemId
from ledger.ties import ORIGINS, Act, Course, Side, Strand, acts_of, strands

_NOWHERE: Final = -1
_STATED: Final[Mapping[Course, type[BatchProcessed | ContentClaimed]]] = {
    Course.PROCESSED: BatchProcessed,
    Course.CLAIMED: ContentClaimed,
}


@dataclass(frozen=True, slots=True)
class Tied:
    """An event that tied items.

    Attributes:
        index: its entry.
        event: its id.
        by: who stated it.
        logged_at_ms: when the log took it, in ms since 1970.
        rows: its ties.
        claims: what it stated, of a treatment step or a claim of recycled content.
    """

    index: int
    event: str
    by: ItemId
    logged_at_ms: int
    rows: Sequence[Strand]
    claims: BatchProcessed | ContentClaimed | None

    def act(self, course: Course) -> Act:
        """Return its act of a kind, of which it has one."""
        [found] = acts_of(row for row in self.rows if row.course is course)
        return found


@dataclass(slots=True)
class Acts:
    """All acts so far; those of events that were taken back are left out when they are read.

    Attributes:
        voided: The events that were taken back.
    """

    _shelf: Shelf = field(default_factory=Shelf)
    _numbers: Places = field(default_factory=Places)
    _first: "array[int]" = field(default_factory=lambda: array("q"))
    _last: "array[int]" = field(default_factory=lambda: array("q"))
    _of: "dict[Course, array[int]]" = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)

    def see(self, applied: Applied) -> None:
        """Note what an applied event ties, or that it takes another one back."""
        event = applied.event
        if isinstance(event.claims, EventVoided):
            self.voided.add(event.claims.event)
            return
        rows = strands(event, applied.index, applied.changed)
        if not rows:
            return
        told = [[row.item, row.course.value, row.side.value, row.mass_g, row.added_g] for row in rows]
        stated = isinstance(event.claims, BatchProcessed | ContentClaimed)
        claims = encode(event.claims) if stated else None
        self._put([applied.index, event.id, str(event.iss), applied.logged_at_ms, told, claims])

    def of(self, course: Course, *, newest: bool = False) -> Iterator[Tied]:
        """Yield the events that hold an act of a kind and stand, in log order or the newest first."""
        places = self._of.get(course, array("q"))
        for place in reversed(places) if newest else places:
            found, _ = self._read(place)
            if found.event not in self.voided:
                yield found

    def count(self, course: Course) -> int:
        """Return how many acts of a kind there are, those taken back too."""
        return len(self._of.get(course, ()))

    def ties(self, item: str) -> bool:
        """Say whether any act tied an item, one that was taken back too."""
        return self._numbers.get(item) is not None

    def about(self, item: str) -> list[Tied]:
        """Return the events that stand and tie an item, in log order."""
        number = self._numbers.get(item)
        place, found = _NOWHERE if number is None else self._last[number], list[Tied]()
        while place != _NOWHERE:
            tied, before = self._read(place)
            place = before[item]
            if tied.event not in self.voided:
                found.append(tied)
        return found[::-1]

    def first_ties(self, items: Collection[str], *, limit: int) -> Sequence[Strand]:
        """Return every row of the acts in which these items first stand, at most `limit` rows."""
        events = {tied.index: tied for item in items if (tied := self._begun(item)) is not None}
        rows = [row for tied in events.values() for row in tied.rows if row.course in ORIGINS]
        return sorted(rows, key=lambda row: (row.index, row.course.value, row.item))[:limit]

    def marked(self, items: Collection[str], course: Course) -> set[str]:
        """Return those of these units that an act of this kind marks; no lot ever is."""
        return {
            item
            for item in items
            if not item.startswith("lot:")
            if any((row.item, row.course) == (item, course) for tied in self.about(item) for row in tied.rows)
        }

    def texts(self) -> Iterator[bytes]:
        """Yield each act as it is on the shelf, in log order."""
        places = sorted({place for places in self._of.values() for place in places})
        return (self._shelf.get(place) for place in places)

    def restore(self, text: bytes) -> None:
        """Put back what was on the shelf."""
        *told, _ = json.loads(text)
        self._put(told)

    def close(self) -> None:
        """Let go of the scratch file."""
        self._shelf.close()

    def _put(self, told: list[Any]) -> None:
        rows = told[4]
        numbers = {item: self._number(item) for item, *_ in rows}
        before = {item: self._last[number] for item, number in numbers.items()}
        place = self._shelf.put(json.dumps([*told, before], separators=(",", ":")).encode("ascii"))
        for number in numbers.values():
            self._last[number] = place
        for item, course, *_ in rows:
            if self._first[numbers[item]] == _NOWHERE and Course(course) in ORIGINS:
                self._first[numbers[item]] = place
        for course in {Course(row[1]) for row in rows}:
            self._of.setdefault(course, array("q")).append(place)

    def _number(self, item: str) -> int:
        number = self._numbers.add(item, len(self._last))
        if number == len(self._last):
            self._last.append(_NOWHERE)
            self._first.append(_NOWHERE)
        return number

    def _begun(self, item: str) -> Tied | None:
        """Return the event of the act in which an item first stands, None where there is none."""
        number = self._numbers.get(item)
        if number is None or self._first[number] == _NOWHERE:
            return None
        found, _ = self._read(self._first[number])
        if found.event not in self.voided:
            return found
        standing = (tied for tied in self.about(item) if _begins(tied, item))
        return next(standing, None)

    def _read(self, place: int) -> tuple[Tied, Mapping[str, int]]:
        """Return an event, and where the one before it is for each of its items."""
        index, event, by, logged_at_ms, told, claims, before = json.loads(self._shelf.get(place))
        rows = [
            Strand(index, item, Course(course), Side(side), mass_g, added_g)
            for item, course, side, mass_g, added_g in told
        ]
        return Tied(index, event, ItemId.parse(by), logged_at_ms, rows, _claims(rows, claims)), before


def _begins(tied: Tied, item: str) -> bool:
    return any(row.item == item and row.course in ORIGINS for row in tied.rows)


def _claims(rows: Sequence[Strand], told: Json) -> BatchProcessed | ContentClaimed | None:
    if told is None:
        return None
    return decode(next(_STATED[row.course] for row in rows if row.course in _STATED), told)
