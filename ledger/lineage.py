"""Generations and accounts of what is in the ledger: reads what the pure modules ask for, a level at a time.

`ledger.genealogy` walks, `ledger.stems` shares out, `ledger.accounts` adds up; here is what they read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crypto import jws, strictjson
from crypto.errors import CryptoError
from ledger import stems
from ledger.accounts import Batch, Drawn, LotAccount
from ledger.doubts import doubtful, doubtful_entries, read_entry
from ledger.entry import Entry
from ledger.events.recycling import BatchProcessed, ContentClaimed
from ledger.genealogy import Direction, Trace, trace
from ledger.identifiers import ItemId
from ledger.passport import EventView, find_items, view_event, view_item, views_at
from ledger.provenance import item_ids
from ledger.state import Item
from ledger.stems import ContentReport, MadeOf, batch_of
from ledger.store import CorruptRowError, Snapshot
from ledger.ties import MARKS, Act, Course, Side, Strand, acts_of, model_year
from ledger.vocabulary import Element, Kind

MAX_DRAWN_ROWS: Final = 100_000
MAX_REPORTS: Final = 4


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
    """Return what a lot or unit is made of, as `ledger.stems` has it."""
    return stems.made_of(_Reads(snapshot), item, element)


def content_report(snapshot: Snapshot, claims: ContentClaimed) -> ContentReport:
    """Return a claim of recycled content beside what the ledger shows of its lots."""
    return stems.content_report(_Reads(snapshot), claims)


@dataclass(frozen=True, slots=True)
class _Reads:
    """What `ledger.stems` reads, out of a snapshot."""

    snapshot: Snapshot

    def first_ties(self, items: Collection[str], *, limit: int) -> Sequence[Strand]:
        return self.snapshot.first_ties(items, limit=limit)

    def marked(self, items: Collection[str], course: Course) -> Collection[str]:
        return self.snapshot.marked(items, course)

    def lots(self, ids: Collection[ItemId]) -> Mapping[ItemId, Item]:
        return find_items(self.snapshot, ids)


def batches_of(snapshot: Snapshot, acts: Sequence[Act]) -> list[Batch]:
    """Return the accounts of treatment steps; two reads, however many."""
    views = views_at(snapshot, [act.index for act in acts])
    named = {name for act in acts for name in (*act.inputs, *act.outputs)}
    lots = [one for one in item_ids(named) if one.is_lot]  # a unit has no assay to be read
    states = {str(one): state for one, state in find_items(snapshot, lots).items()}
    return [batch_of(act, *_processed(act, views[act.index]), states) for act in acts]


def _processed(act: Act, view: EventView) -> tuple[str, ItemId, BatchProcessed]:
    claims = view.event.claims
    if not isinstance(claims, BatchProcessed):
        raise TypeError(f"entry {act.index} is no batch")
    return view.event.id, view.event.iss, claims


def batch_of_event(snapshot: Snapshot, view: EventView) -> Batch | None:
    """Return the account of one treatment step, None where it was taken back."""
    acts = acts_of(snapshot.acts(Course.PROCESSED, after=view.index - 1, limit=1))
    return batches_of(snapshot, acts)[0] if acts and acts[0].index == view.index else None


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
