"""Generations and accounts of what is in the ledger: reads what the pure modules ask for, a level at a time.

`ledger.genealogy` walks, `ledger.provenance` shares out, `ledger.accounts` adds up; here is what they read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from crypto import jws, strictjson
from crypto.errors import CryptoError
from ledger.accounts import MICROGRAM, Batch, Drawn, Line, LotAccount
from ledger.balance import ELEMENT_UNIT
from ledger.doubts import doubtful, doubtful_entries, read_entry
from ledger.entry import Entry
from ledger.events.recycling import BatchProcessed, ContentClaimed
from ledger.genealogy import Direction, Trace, trace
from ledger.identifiers import ItemId
from ledger.passport import EventView, find_items, view_event, view_item, views_at
from ledger.provenance import Shares, Source, content, descend, in_grams, item_ids, shares
from ledger.state import Item
from ledger.store import CorruptRowError, Snapshot
from ledger.ties import MARKS, Act, Course, Side, Strand, acts_of, model_year
from ledger.vocabulary import Element, Kind

MAX_DRAWN_ROWS: Final = 100_000
MAX_REPORTS: Final = 4
_UG: Final = ELEMENT_UNIT // MICROGRAM


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


@dataclass(frozen=True, slots=True)
class Note:
    """What a tree says of an event: its id, type, when it happened, and who states it, as signed.

    `amber`: whether a thief may have signed it.
    """

    event_id: str
    type: str
    at: str
    iss: str
    amber: bool


@dataclass(frozen=True, slots=True)
class Generations:
    """What an item was made from and what became of it.

    Attributes:
        item: the item.
        traces: what was found, by direction.
        states: the items that are named, by id.
        events: the events of the acts, by index.
        reports: by index, what the ledger shows of the newest claims of recycled content among them.
        amber: those of the items of whose history a thief may have signed an event.
    """

    item: Item
    traces: Mapping[Direction, Trace]
    states: Mapping[str, Item]
    events: Mapping[int, Note]
    reports: Mapping[int, ContentReport]
    amber: Collection[ItemId]


def generations(
    snapshot: Snapshot, item: ItemId, directions: Collection[Direction], *, depth: int, limit: int
) -> Generations:
    """Return an item's generations; one statement for each level.

    Raises:
        UnknownSubjectError: `item.unknown`.
    """
    top = view_item(snapshot, item).item
    traces = {one: _trace(snapshot, top, one, depth, limit) for one in directions}
    acts = [act for found in traces.values() for act in found.acts]
    named = {name for act in acts for name in (*act.inputs, *act.outputs)}
    states = {str(one): state for one, state in find_items(snapshot, item_ids(named)).items()}
    claimed = {act.index for act in acts if act.course is Course.CLAIMED}
    return Generations(
        top,
        traces,
        states,
        _notes(snapshot, {act.index for act in acts}),
        _reports(snapshot, sorted(claimed)[-MAX_REPORTS:]),
        doubtful(snapshot, states.values()),
    )


def _notes(snapshot: Snapshot, indexes: Collection[int]) -> dict[int, Note]:
    # An event of 200 items takes long to parse whole, and a tree has hundreds of them.
    bodies = snapshot.entries_at(indexes) if indexes else {}
    entries = {index: read_entry(index, body) for index, body in bodies.items()}
    in_doubt = doubtful_entries(snapshot, entries)
    return {index: _note(index, entry, amber=index in in_doubt) for index, entry in entries.items()}


def _note(index: int, entry: Entry, *, amber: bool) -> Note:
    try:
        members = strictjson.loads(jws.parse(entry.jws).payload)
    except CryptoError as error:
        raise CorruptRowError(f"entry {index}", str(error)) from error
    if not isinstance(members, dict):
        raise CorruptRowError(f"entry {index}", "no event")
    return Note(entry.event_id, str(members["event"]), str(members["at"]), str(members["iss"]), amber)


def _reports(snapshot: Snapshot, indexes: Collection[int]) -> dict[int, ContentReport]:
    found = views_at(snapshot, indexes)
    claimed = [(index, view.event.claims) for index, view in found.items()]
    return {index: content_report(snapshot, one) for index, one in claimed if isinstance(one, ContentClaimed)}


def _trace(snapshot: Snapshot, top: Item, direction: Direction, depth: int, limit: int) -> Trace:
    roots = [str(top.id)]
    if direction is Direction.UP and top.kind is Kind.PACK and top.model and top.made_on:
        # Recycled content is claimed for a model and a year, not for one pack.
        roots.append(model_year(top.model, top.made_on.year))

    def read(items: Collection[str], side: Side, most: int) -> list[Strand]:
        return snapshot.ties(items, side, limit=most)

    return trace(roots, read, direction, depth=depth, limit=limit)


def made_of(snapshot: Snapshot, item: Item, element: Element | None = None) -> MadeOf | None:
    """Return what a lot or unit is made of; None where that cannot be said.

    For an element that is where the lot has no assay of it, for anything where its ancestors are too many.
    """
    total = item.mass_g if element is None else element_ug(item, item.mass_g or 0, element)
    found = _shares(snapshot, {str(item.id): Fraction(1)}, element)
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


def _by_source(total: int, found: Shares) -> dict[Source, int]:
    shared = in_grams(total, {source.value: share for source, share in found.sources.items()})
    return {Source(name): amount for name, amount in shared.items()}


def _shares(snapshot: Snapshot, weights: Mapping[str, Fraction], element: Element | None) -> Shares | None:
    def read(items: Collection[str], most: int) -> list[Strand]:
        return snapshot.first_ties(items, limit=most)

    descent = descend(weights, read)
    if not descent.whole:
        return None
    named = descent.items | set(weights)
    lots = find_items(snapshot, [one for one in item_ids(named) if one.is_lot])
    scrap = snapshot.marked(named, Course.SCRAP)
    return shares(weights, descent, {str(one): state for one, state in lots.items()}, scrap, element)


def content_report(snapshot: Snapshot, claims: ContentClaimed) -> ContentReport:
    """Return a claim of recycled content beside what the ledger shows of its lots."""
    lots = find_items(snapshot, claims.drawn())
    held = {
        str(draw.lot): (content(lots[draw.lot], claims.element) or Fraction(0)) * draw.mass_g
        for draw in claims.lots
        if draw.lot in lots
    }
    whole = sum(held.values(), Fraction(0))
    found = None
    if whole:
        weights = {lot: grams / whole for lot, grams in held.items()}
        found = _shares(snapshot, weights, claims.element)
    held_ug = int(whole * _UG)
    return ContentReport(
        element=claims.element,
        claimed_pre_g=claims.pre_consumer_g,
        claimed_post_g=claims.post_consumer_g,
        held_ug=held_ug,
        sources=None if found is None else _by_source(held_ug, found),
    )


def batches_of(snapshot: Snapshot, acts: Sequence[Act]) -> list[Batch]:
    """Return the accounts of treatment steps; two reads, however many."""
    views = views_at(snapshot, [act.index for act in acts])
    named = {name for act in acts for name in (*act.inputs, *act.outputs)}
    lots = [one for one in item_ids(named) if one.is_lot]  # a unit has no assay to be read
    states = {str(one): state for one, state in find_items(snapshot, lots).items()}
    return [_batch(act, views[act.index], states) for act in acts]


def _batch(act: Act, view: EventView, states: Mapping[str, Item]) -> Batch:
    claims = view.event.claims
    if not isinstance(claims, BatchProcessed):
        raise TypeError(f"entry {act.index} is no batch")
    return Batch(
        index=act.index,
        event=view.event.id,
        by=view.event.iss,
        step=claims.step,
        until_ms=claims.period.until.ms,
        inputs=_lines(act.inputs, states),
        added_g=act.added_g,
        outputs=_lines(act.outputs, states),
        losses_g=claims.losses_g,
    )


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


def batch_of_event(snapshot: Snapshot, view: EventView) -> Batch:
    """Return the account of one treatment step."""
    acts = acts_of(snapshot.acts(Course.PROCESSED, after=view.index - 1, limit=1))
    return batches_of(snapshot, acts)[0]


def lot_account(snapshot: Snapshot, lot: Item) -> tuple[LotAccount, Batch | None]:
    """Return the account of a lot, and of the step that made it, where one did."""
    name = str(lot.id)
    acts = acts_of(snapshot.ties([name], Side.IN, limit=MAX_DRAWN_ROWS))
    drawing = [act for act in acts if act.course not in MARKS and act.inputs.get(name) is not None]
    events = views_at(snapshot, [act.index for act in drawing])
    account = LotAccount(
        made_g=lot.mass_g or 0,
        remaining_g=lot.remaining_g or 0,
        drawn=list(_drawn(name, drawing, events)),
    )
    made = [act for act in acts_of(snapshot.first_ties([name], limit=MAX_DRAWN_ROWS)) if name in act.outputs]
    begun = [act for act in made if act.course is Course.PROCESSED]
    return account, batches_of(snapshot, begun)[0] if begun else None


def _drawn(lot: str, acts: Iterable[Act], events: Mapping[int, EventView]) -> Iterable[Drawn]:
    for act in acts:
        event = events[act.index].event
        yield Drawn(
            index=act.index,
            event=event.id,
            by=event.iss,
            course=act.course.value,
            mass_g=act.inputs[lot] or 0,
        )


def event_account(snapshot: Snapshot, event_id: str) -> Batch | ContentReport | None:
    """Return the account of a treatment step or of a claim of recycled content; None for another event.

    Raises:
        UnknownSubjectError: `event.unknown`.
    """
    view = view_event(snapshot, event_id)
    if isinstance(view.event.claims, BatchProcessed):
        return batch_of_event(snapshot, view)
    if isinstance(view.event.claims, ContentClaimed):
        return content_report(snapshot, view.event.claims)
    return None
