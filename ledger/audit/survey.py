"""One pass over all states of a replay: units counted, and what is under offer, by firm.

Memory is that of the groups, 16 bytes for each open offer, and 8 for each part of something; the offers
themselves lie on a shelf.
"""

import json
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crypto.strictjson import Json
from ledger.audit.spill import KeptStates, Shelf
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.rights import container_of
from ledger.measures import By
from ledger.state import Item, Offer
from ledger.vocabulary import Kind

UNITS: Final = frozenset({Kind.PACK, Kind.MODULE, Kind.CELL, Kind.PRODUCT})


@dataclass(slots=True)
class Survey:
    """What is where at one size of the log.

    Attributes:
        parts: what is in each item and vehicle.
        counts: number and mass in g of packs (by kind: of all units), by what they are told apart by.
    """

    parts: dict[ItemId, list[ItemId]] = field(default_factory=dict)
    counts: dict[By, dict[str, tuple[int, int]]] = field(default_factory=dict)
    _to: "dict[ItemId, array[int]]" = field(default_factory=dict)
    _by: "dict[ItemId, array[int]]" = field(default_factory=dict)
    _shelf: Shelf = field(default_factory=Shelf)

    @classmethod
    def of(cls, states: KeptStates) -> "Survey":
        """Go through all states."""
        found = cls()
        for key in states:
            item = states.get(key) if isinstance(key, ItemId) and not key.is_org else None
            if isinstance(item, Item) and isinstance(key, ItemId):
                found._see(key, item)
        return found

    def close(self) -> None:
        """Let go of the scratch file."""
        self._shelf.close()

    def counted(self, by: By) -> dict[str, tuple[int, int]]:
        """Return number and mass by what units are told apart by, the largest groups first."""
        groups = self.counts.get(by, {})
        return dict(sorted(groups.items(), key=lambda one: (-one[1][0], one[0])))

    def offers_to(self, org: ItemId) -> dict[str, dict[str, Json]]:
        """Return the open offers made to a firm, by item."""
        return self._offers(self._to, org)

    def offers_by(self, org: ItemId) -> dict[str, dict[str, Json]]:
        """Return the open offers made by a firm, by item."""
        return self._offers(self._by, org)

    def _see(self, key: ItemId, item: Item) -> None:
        outer = container_of(item)
        if outer is not None:
            # The key is kept anyway, the state's own copy of it is not.
            self.parts.setdefault(outer, []).append(key)
        if item.kind in UNITS:
            self._count(By.KIND, item.kind.value, item)
        if item.kind is Kind.PACK:
            maker, slash, _ = (item.model or "").partition("/")
            self._count(By.PHASE, item.phase.value, item)
            self._count(By.MODEL, item.model or "", item)
            self._count(By.MAKER, maker if slash else "", item)
            self._count(By.DISTRICT, str(item.custodian), item)
        if item.offer is not None:
            place = self._shelf.put(json.dumps([str(item.id), offer_json(item.offer)]).encode("ascii"))
            self._to.setdefault(item.offer.to, array("Q")).append(place)
            self._by.setdefault(item.offer.by, array("Q")).append(place)

    def _count(self, by: By, key: str, item: Item) -> None:
        groups = self.counts.setdefault(by, {})
        count, mass_g = groups.get(key, (0, 0))
        groups[key] = count + 1, mass_g + (item.mass_g or 0)

    def _offers(self, places: "Mapping[ItemId, array[int]]", org: ItemId) -> dict[str, dict[str, Json]]:
        return dict(json.loads(self._shelf.get(place)) for place in places.get(org, ()))


def offer_json(offer: Offer) -> dict[str, Json]:
    """Return what is told of an open offer wherever it is listed."""
    return {
        "event": offer.event,
        "consignment": offer.consignment,
        "by": str(offer.by),
        "to": str(offer.to),
        "rights": [right.value for right in offer.rights],
        "offered_at": Instant.from_ms(offer.offered_at_ms).text,
    }
