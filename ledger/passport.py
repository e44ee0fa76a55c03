"""The read side: items, their trees and their histories, events and organisations, out of one snapshot.

Nothing here decides anything: states are what the writer left, events are what their signers signed. Every
function takes a snapshot, so that all a page shows is true at one moment.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from crypto import jws
from crypto.errors import CryptoError
from crypto.jws import Jws
from crypto.sdjwt import Disclosure, parse_disclosure
from ledger.doubts import doubtful
from ledger.entry import Entry
from ledger.errors import LedgerError, Refusal
from ledger.events import envelope
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.lifecycle.heirs import heir_of
from ledger.lifecycle.recalls import recalls_of
from ledger.lifecycle.rights import chain, custodian_of, is_ended, operator_of, owner_of
from ledger.state import (
    Holder,
    Item,
    Key,
    Model,
    Organisation,
    Recalls,
    RegisteredKey,
    State,
    key_fact,
    model_fact,
    recalls_fact,
)
from ledger.store import CorruptRowError, Snapshot
from ledger.submission import LIMITS

MAX_PARTS: Final = 20_000
MAX_DEPTH: Final = 8
MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
MAX_PARTS_OF_A_LEVEL: Final = 1000


class UnknownSubjectError(Refusal):
    """The ledger holds nothing under that name; `rule` says what was looked for."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with what must be read through vehicles and parents.

    Attributes:
        item: its state.
        custodian: who has it.
        owner: who owns it.
        operator: who answers for it as its producer.
        ended: whether it, or what it is part of, has ended.
        around: what it is in, innermost first.
        model: its declared model, if it has one.
        recalls: the events that opened the recalls it falls under and that were not remedied on it.
        recalled_around: what it is in and is recalled itself.
        recaller: whom to ask about its recalls: its maker, or who has succeeded it.
        amber: whether a thief may have signed an event of its history (`ledger.doubts`).
    """

    item: Item
    custodian: ItemId | Holder
    owner: ItemId | Holder
    operator: ItemId | Holder
    ended: bool
    around: tuple[Item, ...]
    model: Model | None
    recalls: tuple[str, ...]
    recalled_around: tuple[ItemId, ...]
    recaller: ItemId
    amber: bool


@dataclass(frozen=True, slots=True)
class EventView:
    """A logged event at its place.

    Attributes:
        event: what was stated.
        index: its place in the log.
        logged_at_ms: when the log took it, in ms since 1970.
        jws: the signed text.
        signer: the organisation that states it; None in a ledger that does not know it.
        key: the key that signed it.
        amber: whether the key was compromised when the log took it (invariant 10 of docs/events.md).
    """

    event: Event
    index: int
    logged_at_ms: int
    jws: Jws = field(repr=False)
    signer: Organisation | None
    key: RegisteredKey | None
    amber: bool


@dataclass(frozen=True, slots=True)
class Node:
    """An item and what is in it now, as far as it is shown: `item.parts` says how many parts there are.

    `amber`: whether a thief may have signed an event of its history.
    """

    item: Item
    parts: tuple["Node", ...]
    amber: bool


def view_item(snapshot: Snapshot, item: ItemId) -> ItemView:
    """Return an item as it is now.

    Raises:
        UnknownSubjectError: `item.unknown`.
    """
    states = snapshot.states([item])
    found = states.get(item)
    if not isinstance(found, Item):
        raise UnknownSubjectError("item.unknown", item)
    model = None
    if found.model is not None:
        declared = snapshot.states([model_fact(found.model)]).get(model_fact(found.model))
        model = declared if isinstance(declared, Model) else None
    around = tuple(chain(states, found)[1:])
    return ItemView(
        item=found,
        custodian=custodian_of(states, found),
        owner=owner_of(states, found),
        operator=operator_of(states, found),
        ended=is_ended(states, found),
        around=around,
        model=model,
        recalls=tuple(recall.event for recall in recalls_of(states, found)),
        recalled_around=tuple(outer.id for outer in around if recalls_of(states, outer)),
        # Its maker is among the states where it has open recalls.
        recaller=heir_of(states, found.maker),
        amber=bool(doubtful(snapshot, [found])),
    )


def label_keys(snapshot: Snapshot, item: Item) -> list[RegisteredKey]:
    """Return the keys that may have signed a label of an item: its maker's, and of who put on its last."""
    firms = {item.maker}
    if item.label_event is not None:
        firms.add(view_event(snapshot, item.label_event).event.iss)
    return [key for firm in sorted(firms) for key in snapshot.keys(firm)]


def keys_of(snapshot: Snapshot, orgs: Collection[ItemId]) -> dict[ItemId, list[RegisteredKey]]:
    """Return the registered keys of some organisations, in one read."""
    found: dict[ItemId, list[RegisteredKey]] = {}
    for key in snapshot.keys_of(orgs):
        found.setdefault(key.org, []).append(key)
    return found


def recalled_inside(snapshot: Snapshot, item: ItemId) -> tuple[ItemId, ...]:
    """Return the parts of an item, on any level, that an open recall is for; at most 1,000 of a level."""
    found: list[ItemId] = []
    for level in _inside(snapshot, [item], limit=MAX_PARTS_OF_A_LEVEL):
        makers = snapshot.states({recalls_fact(part.maker) for _, part in level})
        found += [part.id for _, part in level if recalls_of(makers, part)]
    return tuple(sorted(found))


def open_recalls(snapshot: Snapshot) -> dict[Key, Recalls]:
    """Return the recalls of every maker that has open ones, in the order of the makers."""
    keys = [recalls_fact(org.id) for org in snapshot.organisations()]
    told = snapshot.states(keys) if keys else {}
    return {key: one for key in keys if isinstance(one := told.get(key), Recalls) and one.open}


def with_recalled_parts(snapshot: Snapshot, items: Collection[Item]) -> frozenset[ItemId]:
    """Return those of some items in which a part is, on any level, that an open recall is for.

    Where one level of all of them holds 20,000 parts, nobody looks further, and each of them counts as such.
    """
    asked = [one.id for one in items if one.parts]
    makers = open_recalls(snapshot) if asked else {}
    if not makers:
        return frozenset()
    found = set[ItemId]()
    for level in _inside(snapshot, asked, limit=MAX_PARTS):
        if len(level) >= MAX_PARTS:
            return frozenset(asked)
        found |= {outer for outer, part in level if recalls_of(makers, part)}
    return frozenset(found)


def _inside(
    snapshot: Snapshot, items: Sequence[ItemId], *, limit: int
) -> Iterator[list[tuple[ItemId, Item]]]:
    """Yield what is in some items, level by level, each part with the one of them that it is in."""
    outermost = {one: one for one in items}
    for _ in range(MAX_DEPTH + 1):
        inside = snapshot.insides(outermost, limit=limit) if outermost else {}
        level = [(outermost[outer], part) for outer, some in inside.items() for part in some]
        if not level:
            return
        yield level
        outermost = {part.id: outer for outer, part in level if part.parts}


def find_states(snapshot: Snapshot, ids: Collection[ItemId]) -> dict[ItemId, Item | Organisation]:
    """Return the states of the items and organisations among these ids that the ledger knows, in one read."""
    states = snapshot.states(ids) if ids else {}
    return {one: found for one in ids if isinstance(found := states.get(one), Item | Organisation)}


def find_items(snapshot: Snapshot, items: Collection[ItemId]) -> dict[ItemId, Item]:
    """Return the items among these ids that the ledger knows, in one read."""
    found = find_states(snapshot, items)
    return {item: state for item, state in found.items() if isinstance(state, Item)}


def tree(snapshot: Snapshot, item: ItemId) -> Node:
    """Return an item with what is in it now, at most `MAX_PARTS` parts; one statement for each level.

    Raises:
        UnknownSubjectError: `item.unknown`.
    """
    top = view_item(snapshot, item).item
    found: dict[ItemId, list[Item]] = {}
    level, left = [top], MAX_PARTS
    for _ in range(MAX_DEPTH):
        outer = [one.id for one in level if one.parts]
        if not outer or not left:
            break
        inside = snapshot.insides(outer, limit=left)
        found |= inside
        level = [part for parts in inside.values() for part in parts]
        left -= len(level)
    in_doubt = doubtful(snapshot, [top, *(part for parts in found.values() for part in parts)])
    return _node(top, found, in_doubt)


def _node(item: Item, found: Mapping[ItemId, Sequence[Item]], in_doubt: Collection[ItemId]) -> Node:
    parts = tuple(_node(part, found, in_doubt) for part in found.get(item.id, ()))
    return Node(item, parts, item.id in in_doubt)


def history(
    snapshot: Snapshot, item: ItemId, *, after: int = 0, limit: int | None = None
) -> tuple[EventView, ...]:
    """Return the events about an item or an organisation, in log order, behind its `after`th event.

    Raises:
        UnknownSubjectError: `item.unknown` or `org.unknown`.
    """
    rows = snapshot.history(item, after=after, limit=limit)
    if not rows and not snapshot.states([item]):
        raise UnknownSubjectError("org.unknown" if item.is_org else "item.unknown", item)
    bodies = snapshot.entries_at([row.index for row in rows])
    return _views(snapshot, [(row.index, bodies.get(row.index, b"")) for row in rows])


def stop_of_page(snapshot: Snapshot, start: int, stop: int) -> int:
    """Return where a page of entries ends that begins at `start`: at `stop`, or once it has `MAX_PAGE_BYTES`.

    One entry is always on it, however long.
    """
    total = 0
    for index, size in enumerate(snapshot.sizes(start, stop), start=start):
        total += size
        if total > MAX_PAGE_BYTES and index > start:
            return index
    return stop


def feed(snapshot: Snapshot, start: int, stop: int) -> tuple[EventView, ...]:
    """Return the events at the indexes from `start` up to, and without, `stop`."""
    return _views(snapshot, list(enumerate(snapshot.entries(start, stop), start=start)))


def views_at(snapshot: Snapshot, indexes: Collection[int]) -> dict[int, EventView]:
    """Return the events at these indexes, where there are any."""
    bodies = snapshot.entries_at(indexes) if indexes else {}
    return {view.index: view for view in _views(snapshot, sorted(bodies.items()))}


def view_event(snapshot: Snapshot, event_id: str) -> EventView:
    """Return a logged event by its id.

    Raises:
        UnknownSubjectError: `event.unknown`.
    """
    found = snapshot.find_entry(event_id)
    if found is None:
        raise UnknownSubjectError("event.unknown", event_id)
    return _views(snapshot, [found])[0]


def disclosures(snapshot: Snapshot, event: Event) -> tuple[Disclosure, ...]:
    """Return the restricted claims of an event that are still kept; the caller says who may see them.

    Raises:
        CorruptRowError: what is kept is none, or not what the event conceals: the store was changed.
    """
    try:
        found = tuple(parse_disclosure(text, LIMITS) for text in snapshot.disclosures(event.id))
    except CryptoError as error:
        raise CorruptRowError(f"disclosures of {event.id}", error.reason) from error
    if any(one.digest not in event.sd for one in found):
        raise CorruptRowError(f"disclosures of {event.id}", "one is not what the event conceals")
    return found


def view_organisation(snapshot: Snapshot, org: ItemId) -> Organisation:
    """Return an enrolled organisation.

    Raises:
        UnknownSubjectError: `org.unknown`.
    """
    found = snapshot.states([org]).get(org) if org.is_org else None
    if not isinstance(found, Organisation):
        raise UnknownSubjectError("org.unknown", org)
    return found


def organisations(snapshot: Snapshot, parties: Iterable[object]) -> dict[ItemId, Organisation]:
    """Return the organisations among some parties; one query for all."""
    wanted = {party for party in parties if isinstance(party, ItemId) and party.is_org}
    states = snapshot.states(wanted) if wanted else {}
    return {org: found for org in wanted if isinstance(found := states.get(org), Organisation)}


def _views(snapshot: Snapshot, entries: Sequence[tuple[int, bytes]]) -> tuple[EventView, ...]:
    parsed = [_parse(index, body) for index, body in entries]
    wanted: set[Key] = {event.iss for *_, event in parsed} | {key_fact(event.kid) for *_, event in parsed}
    states = snapshot.states(wanted) if wanted else {}
    return tuple(_view(states, *one) for one in parsed)


def _parse(index: int, body: bytes) -> tuple[int, int, Jws, Event]:
    # The log took nothing that does not parse: what does not now is damage of ours, not a mistake of theirs.
    try:
        entry = Entry.decode(body)
        signed = jws.parse(entry.jws)
        return index, entry.logged_at_ms, signed, envelope.parse(signed)
    except (LedgerError, CryptoError) as error:
        raise CorruptRowError(f"entry {index}", str(error)) from error


def _view(states: Mapping[Key, State], index: int, logged_at_ms: int, signed: Jws, event: Event) -> EventView:
    signer, key = states.get(event.iss), states.get(key_fact(event.kid))
    known = key if isinstance(key, RegisteredKey) else None
    return EventView(
        event=event,
        index=index,
        logged_at_ms=logged_at_ms,
        jws=signed,
        signer=signer if isinstance(signer, Organisation) else None,
        key=known,
        amber=known is not None and known.is_doubtful(index, logged_at_ms),
    )
