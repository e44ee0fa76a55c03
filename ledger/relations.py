"""What an item came from and what became of it, read from the events of its history.

States say what is in what now; a battery that was taken apart or recycled lives on in other items, and only
its events name those.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ledger.events.envelope import Event
from ledger.events.production import PackManufactured
from ledger.events.recycling import BatchProcessed, LotDivided
from ledger.events.second_life import ItemSplit, ProductAssembled
from ledger.events.vehicle import PackFitted
from ledger.identifiers import ItemId


class Tie(StrEnum):
    """How other items are tied to an item, seen from it."""

    MADE_WITH = "made_with"
    MADE_FOR = "made_for"
    FITTED_IN = "fitted_in"
    CAME_OUT_OF = "came_out_of"
    TAKEN_APART_INTO = "taken_apart_into"
    BUILT_FROM = "built_from"
    BUILT_INTO = "built_into"
    MADE_FROM = "made_from"
    WENT_INTO = "went_into"
    DIVIDED_FROM = "divided_from"
    DIVIDED_INTO = "divided_into"


@dataclass(frozen=True, slots=True)
class Relation:
    """Items tied to an item by one event."""

    tie: Tie
    items: tuple[ItemId, ...]
    event_id: str


def relations(item: ItemId, events: Iterable[Event]) -> tuple[Relation, ...]:
    """Return the ties of an item that its events tell of, in log order."""
    found = []
    for event in events:
        told = _relation(item, event)
        if told is not None and told[1]:
            found.append(Relation(told[0], told[1], event.id))
    return tuple(found)


def _relation(item: ItemId, event: Event) -> tuple[Tie, tuple[ItemId, ...]] | None:
    claims, subjects = event.claims, event.subjects
    if isinstance(claims, PackFitted):
        return None if item.is_vehicle else (Tie.FITTED_IN, (event.vehicle,))
    if isinstance(claims, PackManufactured):
        return _sides(item, subjects, claims.named(), Tie.MADE_WITH, Tie.MADE_FOR)
    if isinstance(claims, ItemSplit):
        outputs = tuple(output.id for output in claims.outputs)
        return _sides(item, subjects, outputs, Tie.TAKEN_APART_INTO, Tie.CAME_OUT_OF)
    if isinstance(claims, ProductAssembled):
        return _sides(item, subjects, claims.inputs, Tie.BUILT_FROM, Tie.BUILT_INTO)
    return _relation_of_lots(item, event)


def _relation_of_lots(item: ItemId, event: Event) -> tuple[Tie, tuple[ItemId, ...]] | None:
    claims, subjects = event.claims, event.subjects
    if isinstance(claims, BatchProcessed):
        outputs = tuple(output.lot for output in claims.outputs)
        return _sides(item, (*subjects, *claims.drawn()), outputs, Tie.WENT_INTO, Tie.MADE_FROM)
    if isinstance(claims, LotDivided):
        parts = tuple(part.lot for part in claims.parts)
        return _sides(item, (claims.source,), parts, Tie.DIVIDED_INTO, Tie.DIVIDED_FROM)
    return None


def _sides(
    item: ItemId, here: tuple[ItemId, ...], there: tuple[ItemId, ...], from_here: Tie, from_there: Tie
) -> tuple[Tie, tuple[ItemId, ...]]:
    return (from_here, there) if item in here else (from_there, here)
