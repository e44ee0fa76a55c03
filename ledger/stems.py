"""What lots and claims of recycled content stem from, in whole units. Reads no storage of its own.

`ledger.provenance` shares out in exact fractions; here they become grams and micrograms that add up. What is
read comes from whoever asks: the server out of its tables, the audit out of its own replay.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Protocol

from ledger.accounts import MICROGRAM, Batch, Line
from ledger.balance import ELEMENT_UNIT
from ledger.events.recycling import BatchProcessed, ContentClaimed
from ledger.identifiers import ItemId
from ledger.provenance import Shares, Source, content, descend, in_grams, item_ids, shares
from ledger.state import Item
from ledger.ties import Act, Course, Strand
from ledger.vocabulary import Element

_UG: Final = ELEMENT_UNIT // MICROGRAM


class Reads(Protocol):
    """What is read on the way back to where material comes from."""

    def first_ties(self, items: Collection[str], *, limit: int) -> Sequence[Strand]:
        """Return every row of the acts in which these items first stand, at most `limit` rows."""
        ...

    def marked(self, items: Collection[str], course: Course) -> Collection[str]:
        """Return those of these items that an act of this kind marks."""
        ...

    def lots(self, ids: Collection[ItemId]) -> Mapping[ItemId, Item]:
        """Return the states of lots, those that there are."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeOf:
    """What so much of something is made of, in whole units that add up to `total`.

    Attributes:
        element: the element that was followed; None for mass.
        total: g of mass, or µg of the element.
        ends: by item: what nothing in the ledger was made into.
        added: what was added in treatment; mass only.
        sources: the same total by kind of source.
        by_mass: steps at which mass decided for want of an assay.
    """

    element: Element | None
    total: int
    ends: Mapping[str, int]
    added: int
    sources: Mapping[Source, int]
    by_mass: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentReport:
    """A claim of recycled content beside what the ledger can show of the lots behind it.

    Attributes:
        element: the element claimed.
        claimed_pre_g: claimed from production scrap, in g.
        claimed_post_g: claimed from waste batteries, in g.
        held_ug: the element in what was drawn, by its assays, in µg rounded down.
        sources: where that stems from, in µg; None where there are too many ancestors to say.
    """

    element: Element
    claimed_pre_g: int
    claimed_post_g: int
    held_ug: int
    sources: Mapping[Source, int] | None

    @property
    def provable_g(self) -> int | None:
        """What stems from waste batteries and production scrap of the ledger, in g rounded down."""
        if self.sources is None:
            return None
        recycled = (Source.WASTE, Source.PRODUCTION_SCRAP)
        return sum(self.sources.get(source, 0) for source in recycled) // MICROGRAM


def made_of(reads: Reads, item: Item, element: Element | None = None) -> MadeOf | None:
    """Return what a lot or unit is made of; None where that cannot be said.

    For an element that is where the lot has no assay of it, for anything where its ancestors are too many.
    """
    total = item.mass_g if element is None else element_ug(item, item.mass_g or 0, element)
    found = _shares(reads, {str(item.id): Fraction(1)}, element)
    if total is None or found is None:
        return None
    everything = in_grams(total, {**found.ends, "": found.added})
    return MadeOf(
        element=element,
        total=total,
        added=everything.pop(""),
        ends=everything,
        sources=_by_source(total, found),
        by_mass=found.by_mass,
    )


def element_ug(item: Item, mass_g: int, element: Element) -> int | None:
    """Return the element in so many grams of a lot, in µg rounded down; None where it is not assayed."""
    found = content(item, element)
    return None if found is None else int(found * mass_g * _UG)


def content_report(reads: Reads, claims: ContentClaimed) -> ContentReport:
    """Return a claim of recycled content beside what the ledger shows of its lots."""
    lots = reads.lots(claims.drawn())
    held = {
        str(draw.lot): (content(lots[draw.lot], claims.element) or Fraction(0)) * draw.mass_g
        for draw in claims.lots
        if draw.lot in lots
    }
    whole = sum(held.values(), Fraction(0))
    found = None
    if whole:
        weights = {lot: grams / whole for lot, grams in held.items()}
        found = _shares(reads, weights, claims.element)
    held_ug = int(whole * _UG)
    return ContentReport(
        element=claims.element,
        claimed_pre_g=claims.pre_consumer_g,
        claimed_post_g=claims.post_consumer_g,
        held_ug=held_ug,
        sources=None if found is None else _by_source(held_ug, found),
    )


def batch_of(act: Act, event: str, by: ItemId, claims: BatchProcessed, states: Mapping[str, Item]) -> Batch:
    """Return the account of a treatment step.

    Args:
        act: the step with both its sides.
        event: its event's id.
        by: who stated it.
        claims: what it says.
        states: the lots in it as they stand, by id; a unit has no assay to be read.
    """
    return Batch(
        index=act.index,
        event=event,
        by=by,
        step=claims.step,
        until_ms=claims.period.until.ms,
        inputs=_lines(act.inputs, states),
        added_g=act.added_g,
        outputs=_lines(act.outputs, states),
        losses_g=claims.losses_g,
    )


def _shares(reads: Reads, weights: Mapping[str, Fraction], element: Element | None) -> Shares | None:
    def read(items: Collection[str], most: int) -> Sequence[Strand]:
        return reads.first_ties(items, limit=most)

    descent = descend(weights, read)
    if not descent.whole:
        return None
    named = descent.items | set(weights)
    lots = reads.lots([one for one in item_ids(named) if one.is_lot])
    scrap = reads.marked(named, Course.SCRAP)
    return shares(weights, descent, {str(one): state for one, state in lots.items()}, scrap, element)


def _by_source(total: int, found: Shares) -> dict[Source, int]:
    shared = in_grams(total, {source.value: share for source, share in found.sources.items()})
    return {Source(name): amount for name, amount in shared.items()}


def _lines(masses: Mapping[str, int | None], states: Mapping[str, Item]) -> list[Line]:
    found = []
    for name, mass_g in masses.items():
        facts = states[name].lot if name in states else None
        found.append(
            Line(
                item=ItemId.parse(name),
                mass_g=mass_g or 0,
                material=None if facts is None else facts.material,
                moisture_ppm=None if facts is None else facts.moisture_ppm,
                assay=None if facts is None else facts.assay,
            )
        )
    return found
