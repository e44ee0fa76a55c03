"""Shares: how much of a lot stems from which ancestor, in exact fractions that add up. Does no I/O.

A lot is the same throughout: whoever draws from it gets its ancestors in its proportions. A treatment step
gives each output its inputs in proportion to their mass, additions included; for an element in proportion to
the element in them where every input is assayed for it, and additions count as holding none, as in rule
`balance.element`. A unit stands for what it was first seen as: a module for the pack it was made for or came
out of, a second-life product for what it was built from and what was built around that.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Final

from ledger.balance import PPM
from ledger.identifiers import ItemId
from ledger.state import Item
from ledger.ties import Act, Course, Strand, acts_of
from ledger.vocabulary import LotOrigin

MAX_GENERATIONS: Final = 64
MAX_ROWS: Final = 20_000
MAX_MIXED: Final = 300
"""Acts that mix, at most: each may multiply the denominators, and 1,000 of them took 9 s to share out."""
_LOT: Final = "lot:"
_ONE: Final = Fraction(1)
_FROM_INPUTS: Final = frozenset({Course.PROCESSED, Course.DIVIDED, Course.TAKEN_APART, Course.TAKEN_OUT})
_MIXING: Final = frozenset({Course.PROCESSED, Course.ASSEMBLED})

ReadFirst = Callable[[Collection[str], int], Sequence[Strand]]
"""Reads the rows of the acts in which some items first stand; at most so many rows."""


class Source(StrEnum):
    """What a share ends in."""

    WASTE = "waste"
    PRODUCTION_SCRAP = "production_scrap"
    CERTIFIED = "certified"
    VIRGIN = "virgin"
    CELLS = "cells"
    ADDED = "added"
    UNKNOWN = "unknown"


_OF_ORIGIN: Final = {
    LotOrigin.CELLS: Source.CELLS,
    LotOrigin.PRODUCTION_SCRAP: Source.PRODUCTION_SCRAP,
    LotOrigin.VIRGIN: Source.VIRGIN,
    LotOrigin.CERTIFIED: Source.CERTIFIED,
    LotOrigin.UNKNOWN: Source.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Descent:
    """Where the ancestors of some items come from.

    Attributes:
        begun: for each item that is made of others the act that made it.
        whole: whether every ancestor is there; False where there were too many.
    """

    begun: Mapping[str, Act]
    whole: bool

    @property
    def items(self) -> frozenset[str]:
        """Every item that has a part in it, but the ones asked for that are made of nothing."""
        return frozenset(self.begun) | {
            one for item, act in self.begun.items() for one in _parents(item, act)
        }


@dataclass(frozen=True, slots=True)
class Shares:
    """What a whole is made of.

    Attributes:
        ancestors: the share that stems from each item on the way, in any generation.
        ends: the share of each item that is made of nothing the ledger knows; adds up to 1 with `added`.
        added: the share that was added in treatment.
        sources: the same by kind of source; adds up to 1.
        by_mass: steps whose inputs are not all assayed for the element, so that mass decided.
    """

    ancestors: Mapping[str, Fraction]
    ends: Mapping[str, Fraction]
    added: Fraction
    sources: Mapping[Source, Fraction]
    by_mass: int = 0


def descend(roots: Collection[str], read: ReadFirst) -> Descent:
    """Return how some items came to be, back to what the ledger knows no further; one read a generation."""
    begun: dict[str, Act] = {}
    asked, frontier, rows_left = set(roots), set(roots), MAX_ROWS
    for _ in range(MAX_GENERATIONS):
        if not frontier:
            return Descent(begun, whole=True)
        rows = read(sorted(frontier), rows_left + 1)
        if len(rows) > rows_left:
            return Descent(begun, whole=False)
        rows_left -= len(rows)
        found = _begun(frontier, acts_of(rows))
        begun |= found
        if len({act.index for act in begun.values() if _mixes(act)}) > MAX_MIXED:
            return Descent(begun, whole=False)
        frontier = {one for item, act in found.items() for one in _parents(item, act)} - asked
        asked |= frontier
    return Descent(begun, whole=not frontier)


def _mixes(act: Act) -> bool:
    return act.course in _MIXING and (len(act.inputs) > 1 or act.added_g > 0)


def _begun(items: Collection[str], acts: Sequence[Act]) -> dict[str, Act]:
    """Return for each item the earliest act it stands in, where that says what it is made of."""
    found: dict[str, Act] = {}
    for act in sorted(acts, key=lambda one: one.index, reverse=True):
        for item in (*act.inputs, *act.outputs):
            if item in items:
                found[item] = act
    return {item: act for item, act in found.items() if _parents(item, act)}


def _parents(item: str, act: Act) -> Mapping[str, int | None]:
    if item in act.outputs and act.course in _FROM_INPUTS | {Course.ASSEMBLED}:
        return act.inputs
    # A module that was made with a pack is traced to that pack.
    if item in act.inputs and act.course is Course.MADE:
        return act.outputs
    return {}


def shares(
    weights: Mapping[str, Fraction],
    descent: Descent,
    items: Mapping[str, Item],
    scrap: Collection[str],
    element: str | None = None,
) -> Shares:
    """Return what a whole is made of.

    Args:
        weights: the whole: items and their shares in it, which add up to 1.
        descent: how they came to be, whole.
        items: the states of every lot in it.
        scrap: the units in it that never left production.
        element: an element to follow instead of mass.
    """
    sums = _Sums(descent, items, frozenset(scrap), element)
    for item, share in weights.items():
        sums.enter(item, share, from_lot=True)
    # What is drawn from was made before: latest first, each item is whole before it is shared out.
    for item in sorted(descent.begun, key=lambda one: (-descent.begun[one].index, one)):
        if item in sums.ancestors:
            sums.share_out(item)
    ends = {item: share for item, share in sums.ends.items() if share}
    sources = {source: share for source, share in sums.sources.items() if share}
    return Shares(sums.ancestors, ends, sums.added, sources, sums.by_mass)


def content(item: Item, element: str) -> Fraction | None:
    """Return how many grams of an element are in a gram of a lot; None where that is not assayed."""
    facts = item.lot
    if facts is None or facts.assay is None or facts.moisture_ppm is None:
        return None
    found = facts.assay.mg_per_kg.get(element)
    return None if found is None else Fraction(found * (PPM - facts.moisture_ppm), PPM * PPM)


@dataclass(slots=True)
class _Sums:
    descent: Descent
    items: Mapping[str, Item]
    scrap: frozenset[str]
    element: str | None
    ancestors: dict[str, Fraction] = field(default_factory=dict)
    ends: dict[str, Fraction] = field(default_factory=dict)
    sources: dict[Source, Fraction] = field(default_factory=dict)
    added: Fraction = Fraction(0)
    by_mass: int = 0

    def enter(self, item: str, share: Fraction, *, from_lot: bool) -> None:
        """Give an item a share. What a unit is when it leaves the world of units decides its source."""
        self.ancestors[item] = self.ancestors.get(item, Fraction(0)) + share
        made = item in self.descent.begun
        if not made:
            self.ends[item] = self.ends.get(item, Fraction(0)) + share
        if not item.startswith(_LOT):
            if from_lot:
                self._source(Source.PRODUCTION_SCRAP if item in self.scrap else Source.WASTE, share)
        elif not made:
            self._source(self._origin(item), share)

    def share_out(self, item: str) -> None:
        """Hand an item's share on to what it is made of."""
        act, share = self.descent.begun[item], self.ancestors[item]
        of_inputs, rest = self._weights(item, act)
        from_lot = item.startswith(_LOT)
        for parent, weight in of_inputs.items():
            self.enter(parent, share * weight, from_lot=from_lot)
        if act.course is Course.ASSEMBLED:
            self.ends[item] = share * rest
        elif rest:
            self.added += share * rest
            self._source(Source.ADDED, share * rest)

    def _weights(self, item: str, act: Act) -> tuple[dict[str, Fraction], Fraction]:
        parents = _parents(item, act)
        if len(parents) == 1 and act.course is not Course.ASSEMBLED and not act.added_g:
            return dict.fromkeys(parents, _ONE), Fraction(0)
        masses = {parent: mass_g or 0 for parent, mass_g in parents.items()}
        if self.element is not None and act.course is Course.PROCESSED:
            return self._by_element(masses), Fraction(0)
        around = act.outputs[item] or 0 if act.course is Course.ASSEMBLED else 0
        whole = max(sum(masses.values()) + act.added_g, around)
        if not whole:
            return dict.fromkeys(masses, Fraction(1, len(masses))), Fraction(0)
        of_inputs = {parent: Fraction(mass_g, whole) for parent, mass_g in masses.items()}
        return of_inputs, 1 - sum(of_inputs.values(), Fraction(0))

    def _by_element(self, masses: Mapping[str, int]) -> dict[str, Fraction]:
        held = {item: self._held(item, mass_g) for item, mass_g in masses.items()}
        known = {item: grams for item, grams in held.items() if grams is not None}
        if len(known) < len(held) or not sum(known.values()):
            self.by_mass += 1
            weightless = not sum(masses.values())
            known = {item: Fraction(1 if weightless else mass_g) for item, mass_g in masses.items()}
        whole = sum(known.values(), Fraction(0))
        return {item: grams / whole for item, grams in known.items()}

    def _held(self, item: str, mass_g: int) -> Fraction | None:
        state = self.items.get(item)
        found = None if state is None or self.element is None else content(state, self.element)
        return None if found is None else found * mass_g

    def _origin(self, lot: str) -> Source:
        state = self.items.get(lot)
        origin = state.lot.origin if state is not None and state.lot is not None else None
        return Source.UNKNOWN if origin is None else _OF_ORIGIN[origin]

    def _source(self, source: Source, share: Fraction) -> None:
        self.sources[source] = self.sources.get(source, Fraction(0)) + share


def in_grams(total_g: int, parts: Mapping[str, Fraction]) -> dict[str, int]:
    """Share whole grams over parts that add up to 1; the shares add up exactly.

    The grams left by rounding down go to the largest remainders, and to the first name among equals.
    """
    due = {name: total_g * share for name, share in parts.items()}
    grams = {name: int(exact) for name, exact in due.items()}
    left = int(sum(due.values(), Fraction(0))) - sum(grams.values())
    for name in sorted(due, key=lambda one: (grams[one] - due[one], one))[:left]:
        grams[name] += 1
    return grams


def item_ids(names: Collection[str]) -> list[ItemId]:
    """Return the item ids among names; a model and its year is none."""
    return [ItemId.parse(name) for name in sorted(names) if not name.startswith("org:")]
