"""What is in an item and what it was made from and became, as a server tells it and as the entries give it.

A tree is asked for as any reader asks for it, without parameters, so that nobody can tell an auditor apart.
Compared are each part with what it is in, each act with both its sides and their masses, each item that an
act names, and what a lot stems from.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from crypto.strictjson import Json
from ledger import stems
from ledger.audit.answers import (
    Answer,
    AnswerError,
    OfItem,
    by_name,
    members,
    object_of,
    rows_of,
    size_of,
    text_of,
)
from ledger.audit.around import around
from ledger.audit.findings import Kind
from ledger.audit.own import Own, Row
from ledger.audit.source import Teller
from ledger.genealogy import Direction, trace
from ledger.identifiers import ItemId
from ledger.lifecycle.rights import chain
from ledger.state import Item, LoggedEvent
from ledger.ties import MODEL_YEAR, Act, Course, Side, Strand, model_year
from ledger.vocabulary import Kind as ItemKind

DEPTH: Final = 16
LIMIT: Final = 1_000
"""How many generations and items a tree has that is asked for without parameters."""
MAX_PARTS: Final = 20_000
MAX_LEVELS: Final = 8
"""How many parts a tree shows, and on how many levels."""
MAX_ENDS: Final = 1_000
"""How many of what a lot stems from are listed, the largest first."""
_NODE: Final = ("kind", "phase", "mass_g", "amber")
_ACT: Final = ("index", "type", "iss", "amber", "added_g")
_TRACE: Final = ("items", "truncated", "not_followed")
_MADE: Final = ("total_g", "added_g", "steps_by_mass", "ends_not_shown")


@dataclass(frozen=True, slots=True)
class OfTree(OfItem):
    """The tree of an item."""

    kind: Kind = Kind.TREE

    def ask(self, teller: Teller) -> Answer:
        """Ask for it."""
        told = object_of(teller.tree(str(self.item)))
        found: Row = {"inside": {"inside": told.get("inside")}}
        for name, figure in _figures(told):
            if name in found:
                raise AnswerError
            found[name] = figure
        return Answer(size_of(told), found)

    def expected(self, own: Own, _answer: Answer, /) -> Row:
        """Return the tree of the replay."""
        state = own.replay.states.get(self.item)
        return dict(_Grown(own, state).figures()) if isinstance(state, Item) else {}


def _figures(told: Row) -> Iterator[tuple[str, Json]]:
    """Yield what a tree tells by name; raises AnswerError for what is none."""
    waiting: list[tuple[str | None, Json]] = [(None, told)]
    while waiting:
        outer, node = waiting.pop()
        parts = rows_of(object_of(node).get("parts"))
        name = text_of(node, "id")
        yield f"part {name}", {"in": outer, **members(node, (*_NODE, "not_shown"))}
        waiting += [(name, part) for part in parts]
    for direction in Direction:
        found = object_of(told.get(direction.value))
        yield direction.value, members(found, _TRACE)
        for act in rows_of(found.get("acts")):
            name = f"{direction} {text_of(act, 'course')} {text_of(act, 'event')}"
            yield name, {**members(act, _ACT), **_sides(object_of(act))}
    for name, item in object_of(told.get("items")).items():
        yield f"item {name}", item
    yield "made of", _told_made_of(told.get("made_of"))


def _sides(act: Row) -> Row:
    return {side: by_name(act.get(side), "id", "mass_g") for side in ("inputs", "outputs")}


def _told_made_of(told: Json) -> Row:
    if told is None:
        return {}
    made = object_of(told)
    ends, sources = (
        by_name(made.get("ends"), "id", "share_g"),
        by_name(made.get("sources"), "source", "share_g"),
    )
    return {**members(made, _MADE), "ends": ends, "sources": sources}


class _Grown:
    """The tree of an item, out of a replay."""

    def __init__(self, own: Own, top: Item) -> None:
        self._own: Final = own
        self._top: Final = top

    def figures(self) -> Iterator[tuple[str, Json]]:
        """Yield it by name."""
        outer = chain(around(self._own.replay.states, self._top), self._top)[1:]
        yield "inside", {"inside": [str(one.id) for one in outer]}
        yield from self._parts()
        named = set[str]()
        for direction in Direction:
            yield from self._trace(direction, named)
        for name in named:
            yield f"item {name}", self._named(name)
        yield "made of", self._made_of()

    def _parts(self) -> Iterator[tuple[str, Json]]:
        shown: list[tuple[ItemId | None, Item]] = [(None, self._top)]
        level, counted, left = [self._top], Counter[ItemId](), MAX_PARTS
        for _ in range(MAX_LEVELS):
            inside = self._inside(level)[:left]
            shown += inside
            counted.update(outer for outer, _ in inside)
            left, level = left - len(inside), [part for _, part in inside]
        for outer, item in shown:
            place = None if outer is None else str(outer)
            left_out = item.parts - counted[item.id]
            yield f"part {item.id}", {"in": place, **self._node(item), "not_shown": left_out}

    def _inside(self, level: Sequence[Item]) -> list[tuple[ItemId, Item]]:
        parts, states = self._own.survey().parts, self._own.replay.states
        found = ((outer.id, states.get(part)) for outer in level for part in parts.get(outer.id, ()))
        inside = [(outer, part) for outer, part in found if isinstance(part, Item)]
        return sorted(inside, key=lambda one: str(one[1].id))

    def _node(self, item: Item) -> Row:
        return {
            "kind": item.kind.value,
            "phase": item.phase.value,
            "mass_g": item.mass_g,
            "amber": self._own.amber().has(item.id),
        }

    def _trace(self, direction: Direction, named: set[str]) -> Iterator[tuple[str, Json]]:
        top = self._top
        roots = [str(top.id)]
        if direction is Direction.UP and top.kind is ItemKind.PACK and top.model and top.made_on:
            roots.append(model_year(top.model, top.made_on.year))
        found = trace(roots, self._read, direction, depth=DEPTH, limit=LIMIT)
        told: Row = {"items": found.items, "truncated": found.truncated, "not_followed": found.left}
        yield direction.value, told
        for act in found.acts:
            named.update(act.inputs, act.outputs)
            event = self._own.replay.events.at(act.index)
            if event is not None:
                yield f"{direction} {act.course} {event.id}", self._act(act, event)

    def _read(self, items: Collection[str], side: Side, most: int) -> list[Strand]:
        """Return every row of the acts on whose side one of these items stands, in log order."""
        acts = dict[tuple[int, Course], Sequence[Strand]]()
        for name in items:
            for tied in self._own.replay.acts.about(name):
                for course in {row.course for row in tied.rows if (row.item, row.side) == (name, side)}:
                    acts[tied.index, course] = [row for row in tied.rows if row.course is course]
        rows = [row for rows in acts.values() for row in rows]
        return sorted(rows, key=lambda row: (row.index, row.course.value, row.item))[:most]

    def _act(self, act: Act, event: LoggedEvent) -> Row:
        return {
            "index": act.index,
            "type": event.type,
            "iss": str(event.issuer),
            "amber": self._own.amber().has_entry(act.index),
            "added_g": act.added_g,
            "inputs": dict(act.inputs),
            "outputs": dict(act.outputs),
        }

    def _named(self, name: str) -> Row:
        """Return what an item is that an act names, or the batteries of a model and year."""
        model, _, year = name.partition(MODEL_YEAR)
        if year:
            return {"kind": "model", "model": model, "year": int(year)}
        state = self._own.replay.states.get(ItemId.parse(name))
        if not isinstance(state, Item):
            return {"kind": None}
        if state.lot is None:
            return self._node(state)
        origin = state.lot.origin
        return self._node(state) | {
            "material": state.lot.material.value,
            "origin": None if origin is None else origin.value,
            "counts_as_recycled": state.lot.counts_as_recycled,
            "remaining_g": state.remaining_g,
        }

    def _made_of(self) -> Row:
        found = stems.made_of(self._own, self._top) if self._top.id.is_lot else None
        if found is None:
            return {}
        ends = sorted(found.ends.items(), key=lambda one: (-one[1], one[0]))
        return {
            "total_g": found.total,
            "added_g": found.added,
            "steps_by_mass": found.by_mass,
            "ends_not_shown": max(0, len(ends) - MAX_ENDS),
            "ends": dict(ends[:MAX_ENDS]),
            "sources": {source.value: amount for source, amount in found.sources.items()},
        }
