"""Treatment steps and their accounts, from the replay: what went in, what came out and what is missing."""

import json
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from crypto.strictjson import Json
from ledger.audit.spill import Shelf
from ledger.events.correction import EventVoided
from ledger.events.recycling import BatchProcessed
from ledger.findings import Applied
from ledger.ties import Side, strands


@dataclass(slots=True)
class Batches:
    """The accounts of all treatment steps, on a shelf; those taken back are left out when they are read.

    Attributes:
        voided: The events that were taken back.
    """

    _shelf: Shelf = field(default_factory=Shelf)
    _places: "array[int]" = field(default_factory=lambda: array("Q"))
    voided: set[str] = field(default_factory=set)

    def see(self, applied: Applied) -> None:
        """Note a treatment step, or that an event was taken back."""
        event = applied.event
        if isinstance(event.claims, EventVoided):
            self.voided.add(event.claims.event)
        elif isinstance(event.claims, BatchProcessed):
            told = [applied.index, event.id, _account(applied, event.claims)]
            self._places.append(self._shelf.put(json.dumps(told).encode("ascii")))

    def standing(self) -> Iterator[tuple[int, str, dict[str, Json]]]:
        """Yield index, event id and account of each step that was not taken back."""
        for place in self._places:
            index, event_id, account = json.loads(self._shelf.get(place))
            if event_id not in self.voided:
                yield index, event_id, account

    def texts(self) -> Iterator[bytes]:
        """Yield what is on the shelf."""
        return (self._shelf.get(place) for place in self._places)

    def restore(self, text: bytes) -> None:
        """Put back what was on the shelf."""
        self._places.append(self._shelf.put(text))

    def __len__(self) -> int:
        """Return how many steps there were."""
        return len(self._places)

    def close(self) -> None:
        """Let go of the scratch file."""
        self._shelf.close()


def _account(applied: Applied, claims: BatchProcessed) -> dict[str, Json]:
    rows = strands(applied.event, applied.index, applied.changed)
    inputs = {one.item: one.mass_g or 0 for one in rows if one.side is Side.IN}
    outputs = {one.item: one.mass_g or 0 for one in rows if one.side is Side.OUT}
    given_g, made_g = sum(inputs.values()), sum(outputs.values())
    difference_g = given_g + claims.additions_g - made_g - claims.losses_g
    return {
        "input_g": given_g,
        "added_g": claims.additions_g,
        "output_g": made_g,
        "losses_g": claims.losses_g,
        "unaccounted_g": max(0, difference_g),
        "gain_g": max(0, -difference_g),
        "inputs": {**inputs},
        "outputs": {**outputs},
    }
