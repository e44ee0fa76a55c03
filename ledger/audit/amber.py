"""What a thief may have signed, as the entries give it: what a server has to show as amber.

An entry is in doubt where its key was in other hands when the log took it and nobody has stood by it since;
an item, where any event of its history is (docs/events.md, Doubt about a key). Only what compromised keys
have signed is looked at, so a log without any costs nothing.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from ledger.audit.replay import Replay
from ledger.audit.spill import Places
from ledger.identifiers import ItemId
from ledger.state import RegisteredKey, key_fact


@dataclass(frozen=True, slots=True)
class Amber:
    """What is in doubt after the entries taken so far: 8 bytes for each entry, some 40 for each item.

    Attributes:
        entries: the indexes of the entries, in order.
        items: the items.
        touched: the items of all that a compromised key has signed since, stood by or not.
    """

    entries: "array[int]" = field(default_factory=lambda: array("Q"))
    items: Places = field(default_factory=Places)
    touched: Places = field(default_factory=Places)

    @classmethod
    def of(cls, replay: Replay) -> "Amber":
        """Return what is in doubt."""
        found, doubtful = cls(), list[int]()
        for index, in_doubt in _suspects(replay):
            event = replay.events.at(index)
            if in_doubt:
                doubtful.append(index)
            for item in () if event is None else event.items:
                found._touch(item, index, in_doubt=in_doubt)
        found.entries.extend(sorted(doubtful))
        return found

    def has(self, item: ItemId) -> bool:
        """Say whether an item is in doubt."""
        return self.items.get(str(item)) is not None

    def has_touched(self, item: ItemId) -> bool:
        """Say whether a compromised key has signed anything about an item."""
        return self.touched.get(str(item)) is not None

    def has_entry(self, index: int) -> bool:
        """Say whether an entry is in doubt."""
        place = bisect_left(self.entries, index)
        return place < len(self.entries) and self.entries[place] == index

    def _touch(self, item: ItemId, index: int, *, in_doubt: bool) -> None:
        if item.is_org:
            return
        self.touched.add(str(item), index)
        if in_doubt:
            self.items.add(str(item), index)


def _suspects(replay: Replay) -> Iterator[tuple[int, bool]]:
    """Yield what compromised keys have signed since, with whether it is still in doubt."""
    for kid, indexes in replay.signed.of.items():
        key = replay.states.get(key_fact(kid))
        if not isinstance(key, RegisteredKey) or key.compromised_since is None:
            continue
        for index, logged_at_ms in zip(indexes, replay.signed.times[kid], strict=True):
            if logged_at_ms >= key.compromised_since.ms:
                yield index, key.is_doubtful(index, logged_at_ms)
