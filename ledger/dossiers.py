"""Builds dossiers out of one snapshot: whole histories, the keys behind them, proofs to one checkpoint."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from crypto import jws, note
from ledger.checkpoint import Checkpoint
from ledger.dossier.form import Dossier, DossierEntry, IndexLine, Published
from ledger.entry import Entry
from ledger.errors import RuleRefusal
from ledger.events import envelope
from ledger.events.envelope import Event
from ledger.events.labels import LabelReplaced
from ledger.events.production import ItemIdentified
from ledger.identifiers import ItemId
from ledger.index import Index, history_line
from ledger.indexing import Indexes, MadeIndex, names_of
from ledger.proofs import prove
from ledger.relations import Tie, relations
from ledger.state import Item
from ledger.store import Snapshot

MAX_ANCESTORS: Final = 64
MAX_PARTS: Final = 1_024
MAX_ENTRIES: Final = 5_000
"""What one request may cost; a verifier takes more."""
Disclose = Callable[[str], Sequence[str]]
"""Return the disclosures of an event, by its id, that the asker may see."""
_UP: Final = frozenset({Tie.CAME_OUT_OF, Tie.BUILT_FROM, Tie.MADE_FROM, Tie.DIVIDED_FROM, Tie.FITTED_IN})


@dataclass(slots=True)
class _Histories:
    """The histories that go into a dossier, below a size; events are parsed once."""

    snapshot: Snapshot
    tree: Checkpoint
    note: str
    rows: dict[ItemId, list[tuple[int, bool]]] = field(default_factory=dict)
    bodies: dict[int, bytes] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)

    @classmethod
    def up_to(cls, snapshot: Snapshot, checkpoint_note: str) -> Self:
        """Begin a dossier up to the size of a checkpoint."""
        return cls(snapshot, Checkpoint.parse(note.parse(checkpoint_note)[0]), checkpoint_note)

    def add(self, item: ItemId) -> list[Event]:
        """Read the whole history of an item or organisation; raises `dossier.large`."""
        if item not in self.rows:
            rows = [
                row
                for row in self.snapshot.history(item, limit=MAX_ENTRIES + 1)
                if row.index < self.tree.size
            ]
            self.rows[item] = [(row.index, row.touches) for row in rows]
            self.read(row.index for row in rows)
        return [self.events[index] for index, _ in self.rows[item]]

    def read(self, indexes: Iterable[int]) -> None:
        """Read entries that are not here yet."""
        missing = set(indexes) - self.events.keys()
        if len(self.events) + len(missing) > MAX_ENTRIES:
            raise RuleRefusal("dossier.large", limit=MAX_ENTRIES)
        for index, body in self.snapshot.entries_at(missing).items():
            self.bodies[index] = body
            self.events[index] = envelope.parse(jws.parse(Entry.decode(body).jws))

    def signers(self) -> set[ItemId]:
        """Return who signed any of it, or was signed for."""
        return {org for event in self.events.values() for org in (event.iss, event.actor)}

    def line(self, item: ItemId, size: int) -> bytes | None:
        """Return the index line of a history after the first `size` entries, None where it had not begun."""
        rows = [row for row in self.rows[item] if row[0] < size]
        tip = max((index for index, touches in rows if touches), default=None)
        if tip is None:
            return None
        return history_line(str(item), len(rows), rows[-1][0], self.events[tip].id)


def build(
    snapshot: Snapshot,
    item: ItemId,
    *,
    checkpoint_note: str,
    indexes: Indexes,
    with_parts: bool = False,
    disclose: Disclose = lambda _: (),
) -> Dossier:
    """Return the dossier of an item.

    Args:
        snapshot: one moment of the database, which holds what the checkpoint covers.
        item: what is asked for.
        checkpoint_note: the released checkpoint; the dossier goes up to its size.
        indexes: where the published index is kept.
        with_parts: whether what is in the item comes along.
        disclose: what restricted claims the asker may see; asked for events that have any.

    Raises:
        RuleRefusal: `dossier.large`, there are more entries than a dossier takes.
        IndexContradictionError: the database gives another index than the one published.
    """
    told = _Histories.up_to(snapshot, checkpoint_note)
    items = _items(told, item, with_parts=with_parts)
    made = indexes.published(snapshot, told.tree.size)
    _add_firms(told, items, made)
    lines = () if made is None else _lines(told, items, made)
    return _dossier(told, items, made, lines, disclose)


def build_about(snapshot: Snapshot, text: str, *, checkpoint_note: str, indexes: Indexes) -> Dossier | None:
    """Return what the published index says of an id or alias: a dossier of the registrar with these lines.

    Where the index has nothing of it, they are the two lines between which it would stand. None where no
    index was published yet.

    Raises:
        IndexContradictionError: the database gives another index than the one published.
    """
    told = _Histories.up_to(snapshot, checkpoint_note)
    made = indexes.published(snapshot, told.tree.size)
    if made is None:
        return None
    told.read([0, made.event])
    registrar = told.events[0].iss
    _add_firms(told, [registrar], made)
    own = _lines(told, [registrar], made)
    about = [_line(made.index, place) for place in made.index.about(text)]
    lines = tuple(dict.fromkeys([*own, *about]))
    return _dossier(told, [registrar], made, lines, lambda _: ())


def _dossier(
    told: _Histories,
    items: Sequence[ItemId],
    made: MadeIndex | None,
    lines: tuple[IndexLine, ...],
    disclose: Disclose,
) -> Dossier:
    # The first entry that the index leaves out says until when it covers; often that is the index itself.
    after = None if made is None or made.size in told.bodies else made.size
    bodies = told.bodies if after is None else {**told.bodies, **told.snapshot.entries_at([after])}
    proofs = prove(bodies, told.tree.size, told.snapshot.tiles)
    entries = []
    for index, body in sorted(bodies.items()):
        event = told.events.get(index)
        shown = tuple(disclose(event.id)) if event is not None and event.sd else ()
        entries.append(DossierEntry(index, body.decode("ascii"), proofs[index], shown))
    published = None if made is None else Published(made.event, lines, after)
    ids = tuple(str(one) for one in items)
    return Dossier(told.tree.origin, ids, tuple(entries), published, told.note)


def _add_firms(told: _Histories, items: Sequence[ItemId], made: MadeIndex | None) -> None:
    """Add entry 0, the index, and the whole histories of who signed any of it and of the items' makers."""
    told.read([0] if made is None else [0, made.event])
    # Recalls are opened on the maker, which may have signed nothing about an item that others declared.
    states = told.snapshot.states(items)
    makers = {one.maker for one in states.values() if isinstance(one, Item)}
    while missing := (told.signers() | makers) - told.rows.keys():
        for org in sorted(missing):
            told.add(org)


def _items(told: _Histories, item: ItemId, *, with_parts: bool) -> list[ItemId]:
    """Return the item, what it came from and is in, and its parts where they are asked for."""
    found, waiting = [item], [item]
    while waiting and len(found) < MAX_ANCESTORS:
        one = waiting.pop(0)
        events = told.add(one)
        above = [up for tie in relations(one, events) if tie.tie in _UP for up in tie.items]
        above += [up for event in events if isinstance(event.claims, ItemIdentified) for up in event.prev]
        above += _further(told.snapshot, one)
        fresh = [up for up in dict.fromkeys(above) if up not in found][: MAX_ANCESTORS - len(found)]
        found += fresh
        waiting += fresh
    if with_parts:
        found += _parts(told.snapshot, item, set(found))
    for one in found:
        told.add(one)
    return found


def _further(snapshot: Snapshot, item: ItemId) -> list[ItemId]:
    """Return what an item is in, and the item that it was found to be."""
    state = snapshot.states([item]).get(item)
    if not isinstance(state, Item):
        return []
    return [one for one in (state.vehicle, state.parent, state.identified_as) if one is not None]


def _parts(snapshot: Snapshot, item: ItemId, known: set[ItemId]) -> list[ItemId]:
    found: list[ItemId] = []
    level = [item]
    while level and len(found) < MAX_PARTS:
        inside = snapshot.insides(level, limit=MAX_PARTS - len(found))
        level = [part.id for parts in inside.values() for part in parts if part.id not in known]
        known.update(level)
        found += level
    return found


def _lines(told: _Histories, items: Sequence[ItemId], made: MadeIndex) -> tuple[IndexLine, ...]:
    """Return the lines of every whole history, and those of the codes that the items were given since."""
    lines = [told.line(one, made.size) for one in dict.fromkeys([*items, *sorted(told.rows)])]
    places = [made.index.position(line) for line in lines if line is not None]
    for text in _codes(told.events.values()):
        places += [place for place in made.index.about(text) if made.index.is_alias(place, text)]
    return tuple(_line(made.index, place) for place in dict.fromkeys(places) if place is not None)


def _codes(events: Iterable[Event]) -> Iterator[str]:
    """Yield the codes and ids under which these events let an item be found too."""
    for event in events:
        if isinstance(event.claims, ItemIdentified):
            yield str(event.subjects[0])
        elif isinstance(event.claims, LabelReplaced) and event.claims.code is not None:
            yield event.claims.code
            yield from map(str, names_of(event.claims.code))


def _line(index: Index, place: int) -> IndexLine:
    return IndexLine(index.lines[place].decode("ascii"), place, tuple(index.prove(place)))
