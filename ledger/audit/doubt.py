"""What findings leave open: the items and events of which later findings may be mere consequences."""

from collections.abc import Container
from dataclasses import dataclass, field

from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.lifecycle import reads
from ledger.state import Key


@dataclass(slots=True)
class Doubt:
    """Causes by the index of the entry that has the finding.

    Attributes:
        garbled: From this entry on refusals may be consequences: it is no event, so nobody can say which
            event once stood there.
        blind: From this entry on refusals may be wrong: an entry was not served, or its event type is
            unknown and may have changed anything.
        halted: From this entry on nothing can be judged: the rules are unknown.
        first: The first entry that leaves anything open.
    """

    garbled: int | None = None
    blind: int | None = None
    halted: int | None = None
    first: int | None = None
    _keys: dict[Key, int] = field(default_factory=dict)
    _events: dict[str, int] = field(default_factory=dict)

    def garble(self, index: int) -> None:
        """Note that the entry at `index` is no event."""
        self._begin(index)
        if self.garbled is None:
            self.garbled = index

    def lose_sight(self, index: int) -> None:
        """Note that the entry at `index` may have changed anything."""
        self._begin(index)
        if self.blind is None:
            self.blind = index

    def halt(self, index: int) -> None:
        """Note that nothing from `index` on can be judged."""
        self.lose_sight(index)
        if self.halted is None:
            self.halted = index

    def add_event(self, event_id: str, index: int) -> None:
        """Note that this event was not applied."""
        self._begin(index)
        self._events.setdefault(event_id, index)

    def add(self, event: Event, index: int, states: Container[Key]) -> None:
        """Note that this event was not applied over these states, which may be otherwise."""
        cause = self.cause(event)
        origin = index if cause is None else cause
        self.add_event(event.id, origin)
        # Beside the items there are the facts that it would have made; those it only read are not in doubt.
        made = (key for key in reads(event) if key not in states)
        for key in (*event.prev, *made):
            self._keys.setdefault(key, origin)

    def cause(self, event: Event) -> int | None:
        """Return the entry of which a refusal of this event may be a consequence, or None."""
        named = [self._events[one] for one in event.prev.values() if one in self._events]
        about = [self._keys[key] for key in reads(event) if key in self._keys]
        return min([*named, *about], default=self.garbled)

    def about(self, item: ItemId) -> int | None:
        """Return the entry that leaves an item's state open."""
        return self._keys.get(item, self.garbled)

    def _begin(self, index: int) -> None:
        if self.first is None or index < self.first:
            self.first = index

    def items(self) -> list[ItemId]:
        """Return the items and organisations in doubt."""
        return [key for key in self._keys if isinstance(key, ItemId)]
