"""What findings leave open: the items and events of which later findings may be mere consequences."""

from dataclasses import dataclass, field

from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.lifecycle import reads
from ledger.state import LOG, Key, key_fact


@dataclass(slots=True)
class Doubt:
    """Causes by the index of the entry that has the finding.

    Attributes:
        blind: From this entry on refusals may be wrong: an entry could not be read, or its event type is
            unknown and may have changed anything.
        halted: From this entry on nothing can be judged: the rules are unknown.
    """

    blind: int | None = None
    halted: int | None = None
    _keys: dict[Key, int] = field(default_factory=dict)
    _events: dict[str, int] = field(default_factory=dict)

    def lose_sight(self, index: int) -> None:
        """Note that the entry at `index` may have changed anything."""
        if self.blind is None:
            self.blind = index

    def halt(self, index: int) -> None:
        """Note that nothing from `index` on can be judged."""
        self.lose_sight(index)
        if self.halted is None:
            self.halted = index

    def add_event(self, event_id: str, index: int) -> None:
        """Note that this event was not applied."""
        self._events.setdefault(event_id, index)

    def add(self, event: Event, index: int) -> None:
        """Note that this event was not applied, so that what it was about may stand otherwise."""
        cause = self.cause(event)
        origin = index if cause is None else cause
        self.add_event(event.id, origin)
        # The signer and its key are not in doubt because one of its events is.
        for key in reads(event) - {LOG, key_fact(event.kid)} - ({event.iss} - event.prev.keys()):
            self._keys.setdefault(key, origin)

    def cause(self, event: Event) -> int | None:
        """Return the entry of which a refusal of this event may be a consequence, or None."""
        named = [self._events[one] for one in event.prev.values() if one in self._events]
        about = [self._keys[key] for key in reads(event) if key in self._keys]
        return min([*named, *about], default=None)

    def about(self, item: ItemId) -> int | None:
        """Return the entry that leaves an item's state open."""
        return self._keys.get(item)

    def items(self) -> list[ItemId]:
        """Return the items and organisations in doubt."""
        return [key for key in self._keys if isinstance(key, ItemId)]
