"""Accounts of material in exact integers: a batch, a lot, a recycler's year. Reads no storage.

Recovery is the element in what a step makes of it, over the element in all that went in, each from assays of
dry mass. Where an assay, a moisture or an element is missing it cannot be assessed, and the reason is said;
no figure is ever guessed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ledger.balance import AssayedMass, element_mass
from ledger.identifiers import ItemId
from ledger.state import Assay
from ledger.vocabulary import Element, Material, Step

MICROGRAM: Final = 10**6
"""Units of element mass (10^-12 g) in a microgram."""
METALS: Final = (Element.LI, Element.NI, Element.CO, Element.MN, Element.CU, Element.AL)
_SALTS: Final = frozenset({Material.CATHODE_POWDER, Material.MIXED_HYDROXIDE, Material.METAL_ALLOY})
PRODUCTS: Final[Mapping[Element, frozenset[Material]]] = {
    Element.LI: frozenset(
        {
            Material.LITHIUM_CARBONATE,
            Material.LITHIUM_HYDROXIDE,
            Material.LITHIUM_PHOSPHATE,
            Material.CATHODE_POWDER,
        }
    ),
    Element.NI: _SALTS | {Material.NICKEL_SULFATE},
    Element.CO: _SALTS | {Material.COBALT_SULFATE},
    Element.MN: _SALTS | {Material.MANGANESE_SULFATE},
    Element.CU: frozenset({Material.COPPER, Material.METAL_ALLOY}),
    Element.AL: frozenset({Material.ALUMINIUM, Material.METAL_ALLOY}),
    Element.P: frozenset({Material.IRON_PHOSPHATE, Material.LITHIUM_PHOSPHATE, Material.CATHODE_POWDER}),
    Element.FE: frozenset({Material.IRON_PHOSPHATE, Material.CATHODE_POWDER, Material.METAL_ALLOY}),
    Element.C: frozenset({Material.GRAPHITE, Material.ANODE_POWDER}),
    Element.F: frozenset({Material.ELECTROLYTE}),
}
"""In which materials an element counts as recovered; in slag, residue or another's salt it does not."""


class Gap(StrEnum):
    """Why a recovery cannot be assessed."""

    UNITS = "units"
    """Whole units went in, which carry no assay."""
    ASSAY = "assay"
    """A lot was not assayed."""
    MOISTURE = "moisture"
    """A lot was assayed dry, and how wet it was is not said."""
    ELEMENT = "element"
    """An assay did not look for the element."""
    NOTHING = "nothing"
    """None of the element went in, or no batch was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A lot or a unit in a batch, with the mass of it that went in or came out.

    Attributes:
        item: which.
        mass_g: how much, in g.
        material: what it is; None for a unit.
        moisture_ppm: its moisture, where that is stated.
        assay: its assay, where there is one.
    """

    item: ItemId
    mass_g: int
    material: Material | None = None
    moisture_ppm: int | None = None
    assay: Assay | None = None

    @property
    def assayed(self) -> AssayedMass:
        """Its mass as the balance reads it."""
        return AssayedMass(
            self.mass_g, self.moisture_ppm, None if self.assay is None else self.assay.mg_per_kg
        )

    def gap(self, element: Element) -> Gap | None:
        """Return why the element in it cannot be said, None where it can."""
        if self.material is None:
            return Gap.UNITS
        if self.assay is None:
            return Gap.ASSAY
        if self.moisture_ppm is None:
            return Gap.MOISTURE
        return None if element in self.assay.mg_per_kg else Gap.ELEMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The account of one treatment step; masses in g.

    Attributes:
        index: its entry.
        event: its event id.
        by: who processed.
        step: what was done.
        until_ms: when its period ended, in ms since 1970.
        inputs: units and lots that went in.
        added_g: what was added.
        outputs: lots that came out.
        losses_g: what was booked as lost.
    """

    index: int
    event: str
    by: ItemId
    step: Step
    until_ms: int
    inputs: Sequence[Line]
    added_g: int
    outputs: Sequence[Line]
    losses_g: int

    @property
    def input_g(self) -> int:
        """What went in, additions apart."""
        return sum(line.mass_g for line in self.inputs)

    @property
    def output_g(self) -> int:
        """What came out."""
        return sum(line.mass_g for line in self.outputs)

    @property
    def difference_g(self) -> int:
        """What went in and neither came out nor was booked: unaccounted for; below zero a gain."""
        return self.input_g + self.added_g - self.output_g - self.losses_g


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How much of an element was recovered.

    Attributes:
        element: which.
        permille: recovered over given, rounded down; None: cannot be assessed.
        given_ug: what went in, in µg rounded down; None where it cannot be said.
        recovered_ug: what came out in products of the element, in µg rounded down; None likewise.
        gaps: why not, each with the items or batches it is due to.
        batches: how many batches it is about.
        assessed: how many of them can be assessed.
    """

    element: Element
    permille: int | None
    given_ug: int | None
    recovered_ug: int | None
    gaps: Mapping[Gap, Sequence[str]]
    batches: int = 1
    assessed: int = 1


def recovery(batch: Batch, element: Element) -> Recovery:
    """Return how much of an element one batch recovered."""
    made = [line for line in batch.outputs if line.material in PRODUCTS[element]]
    gaps: dict[Gap, list[str]] = {}
    for line in (*batch.inputs, *made):
        gap = line.gap(element)
        if gap is not None:
            gaps.setdefault(gap, []).append(str(line.item))
    if gaps:
        return _unassessed(element, gaps)
    given = sum(element_mass(line.assayed, element) for line in batch.inputs)
    if not given:
        return _unassessed(element, {Gap.NOTHING: [batch.event]})
    return _assessed(element, given, sum(element_mass(line.assayed, element) for line in made))


def recovery_of_all(batches: Sequence[Batch], element: Element) -> Recovery:
    """Return how much of an element several batches of one step recovered together.

    One that cannot be assessed leaves the whole unassessed: leaving it out would flatter the others. One that
    held none of the element changes nothing.
    """
    each = [(batch, recovery(batch, element)) for batch in batches]
    good = [batch for batch, one in each if one.permille is not None]
    gaps: dict[Gap, list[str]] = {}
    for batch, one in each:
        for gap in one.gaps:
            if gap is not Gap.NOTHING:
                gaps.setdefault(gap, []).append(batch.event)
    if gaps or not good:
        found = gaps or {Gap.NOTHING: []}
        return _unassessed(element, found, batches=len(batches), assessed=len(good))
    given = sum(element_mass(line.assayed, element) for batch in good for line in batch.inputs)
    made = sum(
        element_mass(line.assayed, element)
        for batch in good
        for line in batch.outputs
        if line.material in PRODUCTS[element]
    )
    return _assessed(element, given, made, batches=len(batches), assessed=len(good))


def _unassessed(
    element: Element, gaps: Mapping[Gap, Sequence[str]], *, batches: int = 1, assessed: int = 0
) -> Recovery:
    return Recovery(
        element=element,
        permille=None,
        given_ug=None,
        recovered_ug=None,
        # In one order, whichever way the lines came: who compares two accounts compares these too.
        gaps={gap: sorted(names) for gap, names in gaps.items()},
        batches=batches,
        assessed=assessed,
    )


def _assessed(element: Element, given: int, made: int, *, batches: int = 1, assessed: int = 1) -> Recovery:
    return Recovery(
        element=element,
        permille=1000 * made // given,
        given_ug=given // MICROGRAM,
        recovered_ug=made // MICROGRAM,
        gaps={},
        batches=batches,
        assessed=assessed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LotAccount:
    """The account of a lot; masses in g, and `made = remaining + drawn + lost`.

    Attributes:
        made_g: what was declared or made.
        remaining_g: what is left.
        drawn: what each event drew, in log order: index, who, how much.
        lost_g: what is neither: the loss in transit that receivers weighed.
    """

    made_g: int
    remaining_g: int
    drawn: Sequence["Drawn"]

    @property
    def drawn_g(self) -> int:
        """What was drawn in all."""
        return sum(one.mass_g for one in self.drawn)

    @property
    def lost_g(self) -> int:
        """What got lost between weighings."""
        return self.made_g - self.remaining_g - self.drawn_g


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One drawing from a lot."""

    index: int
    event: str
    by: ItemId
    course: str
    mass_g: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """A recycler's batches of one step in the twelve months up to a day; masses in g.

    What one batch made and another drew counts in both, so that steps are not added up.
    """

    by: ItemId
    step: Step
    batches: Sequence[Batch]

    @property
    def inputs_g(self) -> dict[str, int]:
        """What went in by material, units as `units`."""
        return by_material(line for batch in self.batches for line in batch.inputs)

    @property
    def outputs_g(self) -> dict[str, int]:
        """What came out, by material."""
        return by_material(line for batch in self.batches for line in batch.outputs)


def by_material(lines: Iterable[Line]) -> dict[str, int]:
    """Return masses by material, in g; units as `units`."""
    found: dict[str, int] = {}
    for line in lines:
        name = "units" if line.material is None else line.material.value
        found[name] = found.get(name, 0) + line.mass_g
    return dict(sorted(found.items()))


def years(batches: Iterable[Batch], *, since_ms: int, until_ms: int) -> list[Year]:
    """Return each firm's and step's batches that ended behind `since_ms` and at `until_ms` at the latest."""
    found: dict[tuple[ItemId, Step], list[Batch]] = {}
    for batch in batches:
        if since_ms < batch.until_ms <= until_ms:
            found.setdefault((batch.by, batch.step), []).append(batch)
    return [Year(by=by, step=step, batches=some) for (by, step), some in sorted(found.items())]
