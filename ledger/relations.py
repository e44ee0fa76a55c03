"""What an item came from and what became of it, told of one item by the events of its history.

States say what is in what now; a battery that was taken apart or recycled lives on in other items, and only
its events name those. Which events turn what into what is known to `ledger.ties.sides` alone, which trees
follow too (`ledger.genealogy`). Three things are told otherwise here, each for a reason. The vehicle that a
pack was fitted in is named: a reader asks for it, though nothing became a vehicle. Parts that a split did not
find are left out of what the item was taken apart into; a tree has them, without a mass. And a residue and a
claim of recycled content, with no item on their far side, tie nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledger.events.envelope import Event
from ledger.events.second_life import ItemSplit
from ledger.events.vehicle import PackFitted
from ledger.identifiers import ItemId
from ledger.ties import Course, sides


class Tie(StrEnum):
    """How other items are tied to an item, seen from it."""

    MADE_WITH = "made_with"
    MADE_FOR = "made_for"
    FITTED_IN = "fitted_in"
    CAME_OUT_OF = "came_out_of"
    TAKEN_APART_INTO = "taken_apart_into"
    BUILT_FROM = "built_from"
    BUILT_INTO = "built_into"
    REPAIRED_WITH = "repaired_with"
    GAVE_UP = "gave_up"
    MADE_FROM = "made_from"
    WENT_INTO = "went_into"
    DIVIDED_FROM = "divided_from"
    DIVIDED_INTO = "divided_into"


_SEEN: Final[Mapping[Course, tuple[Tie, Tie]]] = {
    Course.MADE: (Tie.MADE_FOR, Tie.MADE_WITH),
    Course.ASSEMBLED: (Tie.BUILT_INTO, Tie.BUILT_FROM),
    Course.BUILT_IN: (Tie.BUILT_INTO, Tie.REPAIRED_WITH),
    Course.TAKEN_OUT: (Tie.GAVE_UP, Tie.CAME_OUT_OF),
    Course.TAKEN_APART: (Tie.TAKEN_APART_INTO, Tie.CAME_OUT_OF),
    Course.PROCESSED: (Tie.WENT_INTO, Tie.MADE_FROM),
    Course.DIVIDED: (Tie.DIVIDED_INTO, Tie.DIVIDED_FROM),
}
"""How an act is seen from what went in, and from what came out."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Items tied to an item by one event."""

    tie: Tie
    items: tuple[ItemId, ...]
    event_id: str


def relations(item: ItemId, events: Iterable[Event]) -> tuple[Relation, ...]:
    """Return the ties of an item that its events tell of, in log order."""
    return tuple(
        Relation(tie, items, event.id) for event in events for tie, items in _ties(item, event) if items
    )


def _ties(item: ItemId, event: Event) -> Iterator[tuple[Tie, tuple[ItemId, ...]]]:
    claims = event.claims
    if isinstance(claims, PackFitted) and not item.is_vehicle:
        yield Tie.FITTED_IN, (event.vehicle,)
    lost = claims.unaccounted if isinstance(claims, ItemSplit) else ()
    for course, inputs, outputs in sides(event):
        if course in _SEEN:
            from_inputs, from_outputs = _SEEN[course]
            if item in inputs:
                yield from_inputs, tuple(one for one in outputs if one not in lost)
            elif item in outputs:
                yield from_outputs, tuple(inputs)
