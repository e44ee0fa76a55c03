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


def strands(event: Event, index: int, changed: Mapping[Key, State]) -> list[Strand]:
    """Return the rows of an applied event; `changed` are the states that it left."""
    return [
        Strand(index, name, course, side, mass_g, added_g)
        for course, side, name, mass_g, added_g in _rows(event, changed)
    ]


_Row = tuple[Course, Side, str, int | None, int]


def _rows(event: Event, changed: Mapping[Key, State]) -> Iterator[_Row]:
    claims, subjects = event.claims, event.subjects
    if isinstance(claims, PackManufactured) and claims.modules:
        yield from _act(Course.MADE, _masses(claims.named(), changed), _masses(subjects, changed))
    elif isinstance(claims, ProductAssembled):
        yield from _act(Course.ASSEMBLED, _masses(claims.inputs, changed), _masses(subjects, changed))
    elif isinstance(claims, ItemSplit):
        yield from _act(Course.TAKEN_APART, _masses(subjects, changed), _masses(claims.named(), changed))
    elif isinstance(claims, ItemRepaired):
        whole = _masses(subjects, changed)
        if claims.in_:
            yield from _act(Course.BUILT_IN, _masses(claims.in_, changed), whole)
        if claims.out:
            yield from _act(Course.TAKEN_OUT, whole, _masses(claims.out, changed))
    else:
        yield from _rows_of_lots(event, changed)
        yield from _marks(event, changed)


def _rows_of_lots(event: Event, changed: Mapping[Key, State]) -> Iterator[_Row]:
    claims = event.claims
    if isinstance(claims, BatchProcessed):
        inputs = _masses(event.subjects, changed) | {draw.lot: draw.mass_g for draw in claims.lots}
        outputs = {output.lot: output.mass_g for output in claims.outputs}
        yield from _act(Course.PROCESSED, inputs, outputs, claims.additions_g)
    elif isinstance(claims, LotDivided):
        parts = {part.lot: part.mass_g for part in claims.parts}
        yield from _act(Course.DIVIDED, {claims.source: sum(parts.values())}, parts)
    elif isinstance(claims, ResidueDisposed):
        drawn = {draw.lot: draw.mass_g for draw in claims.lots}
        yield from _act(Course.DISPOSED, _masses(event.subjects, changed) | drawn, {})
    elif isinstance(claims, ContentClaimed):
        drawn = {draw.lot: draw.mass_g for draw in claims.lots}
        yield from _act(Course.CLAIMED, drawn, {})
        yield Course.CLAIMED, Side.OUT, model_year(claims.model, claims.year), sum(drawn.values()), 0


def _marks(event: Event, changed: Mapping[Key, State]) -> Iterator[_Row]:
    claims = event.claims
    if isinstance(claims, EventVoided):
        yield Course.VOIDED, Side.IN, claims.event, None, 0
    if not isinstance(claims, ItemRetired | ItemCollected | VehicleScrapped):
        return
    scrap = isinstance(claims, ItemRetired) and claims.reason is RetirementReason.PRODUCTION_SCRAP
    for item in event.prev:
        state = changed[item]
        if isinstance(state, Item) and item.is_unit and state.phase is Phase.RETIRED:
            yield Course.SCRAP if scrap else Course.RETIRED, Side.IN, str(item), state.mass_g, 0


def _act(
    course: Course,
    inputs: Mapping[ItemId, int | None],
    outputs: Mapping[ItemId, int | None],
    added_g: int = 0,
) -> Iterator[_Row]:
    for item, mass_g in inputs.items():
        yield course, Side.IN, str(item), mass_g, 0
    for item, mass_g in outputs.items():
        yield course, Side.OUT, str(item), mass_g, added_g


def _masses(items: Sequence[ItemId], changed: Mapping[Key, State]) -> dict[ItemId, int | None]:
    found = ((item, changed[item]) for item in items)
    return {item: state.mass_g if isinstance(state, Item) else None for item, state in found}
