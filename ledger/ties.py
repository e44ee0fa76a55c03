"""Ties: which items an event turned into which, with their masses. One table of them is kept beside states.

An act of making has inputs and outputs. A row says that an item stood on one side of one act; 200 lots that
become 50 others are 250 rows and not 10,000 pairs. Rows follow from entries alone (`ledger.rebuild`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ledger.events.correction import EventVoided
from ledger.events.custody import ItemCollected
from ledger.events.envelope import Event
from ledger.events.production import PackManufactured
from ledger.events.recycling import BatchProcessed, ContentClaimed, LotDivided, ResidueDisposed
from ledger.events.retirement import ItemRetired
from ledger.events.row import Claims
from ledger.events.second_life import ItemSplit, ProductAssembled
from ledger.events.service import ItemRepaired
from ledger.events.vehicle import VehicleScrapped
from ledger.identifiers import ItemId
from ledger.state import Item, Key, State
from ledger.vocabulary import Phase, RetirementReason

MODEL_YEAR: Final = " "
"""Between a model and a year stands a space: what recycled content is claimed for."""


class Course(StrEnum):
    """What kind of act ties items; one event may hold two, as a repair does."""

    MADE = "made"
    ASSEMBLED = "assembled"
    BUILT_IN = "built_in"
    TAKEN_OUT = "taken_out"
    TAKEN_APART = "taken_apart"
    PROCESSED = "processed"
    DIVIDED = "divided"
    CLAIMED = "claimed"
    DISPOSED = "disposed"
    RETIRED = "retired"
    SCRAP = "scrap"
    VOIDED = "voided"


class Side(StrEnum):
    """On which side of an act an item stands."""

    IN = "in"
    OUT = "out"


MARKS: Final = frozenset({Course.RETIRED, Course.SCRAP, Course.VOIDED})
"""Courses that turn nothing into anything: when a unit became waste, that it never left production, and that
the event in the place of the item was taken back, so that its own rows count for nothing."""
ORIGINS: Final = frozenset(Course) - MARKS - {Course.CLAIMED, Course.DISPOSED}
"""Courses that can be where an item first stands in the ledger."""


@dataclass(frozen=True, slots=True)
class Strand:
    """One row: an item on one side of an act.

    Attributes:
        index: the event's place in the log.
        item: an item id; on the out side of a claim a model and its year; of a mark `voided` an event id.
        course: the kind of act.
        side: where the item stands.
        mass_g: what went in or came out, in g; None where the ledger does not know it.
        added_g: on the out side of a treatment step, what was added to its inputs, in g.
    """

    index: int
    item: str
    course: Course
    side: Side
    mass_g: int | None
    added_g: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """An act with both its sides: items and their masses in g, None where unknown."""

    index: int
    course: Course
    added_g: int = 0
    inputs: Mapping[str, int | None] = field(default_factory=dict)
    outputs: Mapping[str, int | None] = field(default_factory=dict)


def acts_of(strands: Iterable[Strand]) -> list[Act]:
    """Return the acts that rows make up, in log order; an act is whole where all its rows are there."""
    found: dict[tuple[int, Course], tuple[dict[str, int | None], dict[str, int | None], list[int]]] = {}
    for one in strands:
        inputs, outputs, added = found.setdefault((one.index, one.course), ({}, {}, []))
        (inputs if one.side is Side.IN else outputs)[one.item] = one.mass_g
        added.append(one.added_g)
    return [
        Act(index, course, max(added), inputs, outputs)
        for (index, course), (inputs, outputs, added) in sorted(found.items())
    ]


def model_year(model: str, year: int) -> str:
    """Return the name under which claims for a model's batteries of a year are tied."""
    return f"{model}{MODEL_YEAR}{year}"


def sides(event: Event) -> Iterator[tuple[Course, Sequence[ItemId], Sequence[ItemId]]]:
    """Yield the acts of an event: the course of each, what went in and what came out.

    This is the one place that knows which events turn items into which: rows add masses to it (`strands`),
    and what is told of one item is read from it (`ledger.relations`). A claim of recycled content has a model
    and its year on its out side, which is no item.
    """
    claims, subjects = event.claims, event.subjects
    if isinstance(claims, PackManufactured) and claims.modules:
        yield Course.MADE, claims.named(), subjects
    elif isinstance(claims, ProductAssembled):
        yield Course.ASSEMBLED, claims.inputs, subjects
    elif isinstance(claims, ItemSplit):
        yield Course.TAKEN_APART, subjects, claims.named()
    elif isinstance(claims, ItemRepaired):
        if claims.in_:
            yield Course.BUILT_IN, claims.in_, subjects
        if claims.out:
            yield Course.TAKEN_OUT, subjects, claims.out
    else:
        yield from _sides_of_lots(event)


def _sides_of_lots(event: Event) -> Iterator[tuple[Course, Sequence[ItemId], Sequence[ItemId]]]:
    claims, subjects = event.claims, event.subjects
    if isinstance(claims, LotDivided):
        yield Course.DIVIDED, (claims.source,), tuple(part.lot for part in claims.parts)
    elif isinstance(claims, BatchProcessed):
        yield Course.PROCESSED, (*subjects, *claims.drawn()), tuple(output.lot for output in claims.outputs)
    elif isinstance(claims, ResidueDisposed):
        yield Course.DISPOSED, (*subjects, *claims.drawn()), ()
    elif isinstance(claims, ContentClaimed):
        yield Course.CLAIMED, claims.drawn(), ()


def strands(event: Event, index: int, changed: Mapping[Key, State]) -> list[Strand]:
    """Return the rows of an applied event; `changed` are the states that it left."""
    stated, claims = _stated(event.claims), event.claims
    added_g = claims.additions_g if isinstance(claims, BatchProcessed) else 0
    rows = list[Strand]()
    for course, inputs, outputs in sides(event):
        for side, items, added in ((Side.IN, inputs, 0), (Side.OUT, outputs, added_g)):
            masses = {item: _mass(item, stated, changed) for item in items}
            rows += [Strand(index, str(item), course, side, g, added) for item, g in masses.items()]
    if isinstance(claims, ContentClaimed):
        claimed = model_year(claims.model, claims.year)
        rows.append(Strand(index, claimed, Course.CLAIMED, Side.OUT, sum(stated.values())))
    return rows + [Strand(index, name, course, Side.IN, g) for course, name, g in _marks(event, changed)]


def _stated(claims: Claims) -> dict[ItemId, int]:
    """Return the masses that an event itself states of what was drawn from lots and of the lots it made."""
    made: dict[ItemId, int] = {}
    if isinstance(claims, BatchProcessed):
        made = {output.lot: output.mass_g for output in claims.outputs}
    elif isinstance(claims, LotDivided):
        made = {part.lot: part.mass_g for part in claims.parts}
    return dict(claims.draws()) | made


def _mass(item: ItemId, stated: Mapping[ItemId, int], changed: Mapping[Key, State]) -> int | None:
    if item in stated:
        return stated[item]
    state = changed[item]
    return state.mass_g if isinstance(state, Item) else None


def _marks(event: Event, changed: Mapping[Key, State]) -> Iterator[tuple[Course, str, int | None]]:
    claims = event.claims
    if isinstance(claims, EventVoided):
        yield Course.VOIDED, claims.event, None
    if not isinstance(claims, ItemRetired | ItemCollected | VehicleScrapped):
        return
    scrap = isinstance(claims, ItemRetired) and claims.reason is RetirementReason.PRODUCTION_SCRAP
    for item in event.prev:
        state = changed[item]
        if isinstance(state, Item) and item.is_unit and state.phase is Phase.RETIRED:
            yield Course.SCRAP if scrap else Course.RETIRED, str(item), state.mass_g
