"""Builds dossiers out of one snapshot: whole histories, the keys behind them, proofs to one checkpoint."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from crypto import jws, note
from ledger.checkpoint import Checkpoint
from ledger.dossier.form import MAX_ENTRIES, Dossier, DossierEntry, IndexLine, Published
from ledger.entry import Entry
from ledger.errors import RuleRefusal
from ledger.events import envelope
from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.index import Index, history_line
from ledger.proofs import prove
from ledger.relations import Tie, relations
from ledger.state import LOG, Item, Log
from ledger.store import Snapshot

MAX_ANCESTORS: Final = 64
MAX_PARTS: Final = 1_024
Disclose = Callable[[str], Sequence[str]]
"""Return the disclosures of an event, by its id, that the asker may see."""
_UP: Final = frozenset({Tie.CAME_OUT_OF, Tie.BUILT_FROM, Tie.MADE_FROM, Tie.DIVIDED_FROM, Tie.FITTED_IN})


class Indexes:
    """The index of the size that was published last, made once for each process. Threads share it."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._made: tuple[int, Index] | None = None

    def at(self, snapshot: Snapshot, size: int) -> Index:
        """Return the index after the first `size` entries."""
        with self._lock:
            if self._made is None or self._made[0] != size:
                self._made = size, Index(snapshot.index_lines(size))
            return self._made[1]


@dataclass(slots=True)
class _Histories:
    """The histories that go into a dossier, below a size; events are parsed once."""

    snapshot: Snapshot
    size: int
    rows: dict[ItemId, list[tuple[int, bool]]] = field(default_factory=dict)
    bodies: dict[int, bytes] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)

    def add(self, item: ItemId) -> list[Event]:
        """Read the whole history of an item or organisation; raises `dossier.large`."""
        if item not in self.rows:
            rows = [row for row in self.snapshot.history(item, limit=MAX_ENTRIES) if row.index < self.size]
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
        if not rows:
            return None
        tip = max(index for index, touches in rows if touches)
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
        disclose: what restricted claims the asker may see.

    Raises:
        RuleRefusal: `dossier.large`, there are more entries than a dossier takes.
    """
    tree = Checkpoint.parse(note.parse(checkpoint_note)[0])
    told = _Histories(snapshot, tree.size)
    items = _items(told, item, with_parts=with_parts)
    event = _published_by(snapshot, tree.size)
    told.read([0] if event is None else [0, event])
    while missing := told.signers() - told.rows.keys():
        for org in sorted(missing):
            told.add(org)
    proofs = prove(told.bodies, tree.size, snapshot.tiles)
    entries = tuple(
        DossierEntry(
            index, told.bodies[index].decode("ascii"), proofs[index], tuple(disclose(told.events[index].id))
        )
        for index in sorted(told.bodies)
    )
    published = None if event is None else _lines(told, event, items, indexes)
    return Dossier(tree.origin, tuple(items), entries, published, checkpoint_note)


def _items(told: _Histories, item: ItemId, *, with_parts: bool) -> list[ItemId]:
    """Return the item, what it came from and is in, and its parts where they are asked for."""
    found, waiting = [item], [item]
    while waiting and len(found) < MAX_ANCESTORS:
        one = waiting.pop(0)
        ties = relations(one, told.add(one))
        above = [up for tie in ties if tie.tie in _UP for up in tie.items] + _containers(told.snapshot, one)
        fresh = [up for up in dict.fromkeys(above) if up not in found][: MAX_ANCESTORS - len(found)]
        found += fresh
        waiting += fresh
    if with_parts:
        found += _parts(told.snapshot, item, set(found))
    for one in found:
        told.add(one)
    return found


def _containers(snapshot: Snapshot, item: ItemId) -> list[ItemId]:
    state = snapshot.states([item]).get(item)
    if not isinstance(state, Item):
        return []
    return [one for one in (state.vehicle, state.parent) if one is not None]


def _parts(snapshot: Snapshot, item: ItemId, known: set[ItemId]) -> list[ItemId]:
    found: list[ItemId] = []
    level = [item]
    while level and len(found) < MAX_PARTS:
        inside = snapshot.insides(level, limit=MAX_PARTS - len(found))
        level = [part.id for parts in inside.values() for part in parts if part.id not in known]
        known.update(level)
        found += level
    return found


def _published_by(snapshot: Snapshot, size: int) -> int | None:
    """Return the entry that published the latest index, where the checkpoint covers it."""
    log = snapshot.states([LOG]).get(LOG)
    if not isinstance(log, Log) or log.published_by is None:
        return None
    entry = snapshot.find_entry(log.published_by)
    return None if entry is None or entry[0] >= size else entry[0]


def _lines(told: _Histories, event: int, items: Sequence[ItemId], indexes: Indexes) -> Published | None:
    claims = told.events[event].claims
    size = getattr(claims, "size", 0)
    index = indexes.at(told.snapshot, size)
    lines = []
    for item in dict.fromkeys([*items, *sorted(told.signers())]):
        line = told.line(item, size)
        place = None if line is None else index.position(line)
        if line is not None and place is not None:
            lines.append(IndexLine(line.decode("ascii"), place, tuple(index.prove(place))))
    return Published(event, tuple(lines))
