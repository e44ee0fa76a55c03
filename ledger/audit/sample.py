"""A random sample of items for somebody to go and look at, that everybody can draw again (docs/audit.md).

The draw is a function of the states, a public seed and a number: each item's place in it is the SHA-256 of
the seed and its id. Who cannot foresee the seed cannot prepare the items that will be visited.
"""

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from crypto.strictjson import Json
from ledger.audit.around import around
from ledger.audit.spill import KeptStates
from ledger.identifiers import ItemId
from ledger.lifecycle.rights import custodian_of
from ledger.state import Item, Organisation
from ledger.vocabulary import Kind, Phase

DOMAIN: Final = "packtrace sample v1"


@dataclass(frozen=True, slots=True)
class Drawn:
    """An item to visit: what, at whom, in which districts that may be, and its digest in the draw.

    Attributes:
        item: the item's id.
        custodian: who has it.
        district: the custodian's district.
        sites: the districts of the custodian's sites, each once.
        digest: by which it was drawn.
    """

    item: ItemId
    custodian: ItemId
    district: str
    sites: tuple[str, ...]
    digest: bytes

    def to_json(self) -> dict[str, Json]:
        """Return it as an object."""
        return {
            "item": str(self.item),
            "custodian": str(self.custodian),
            "district": self.district,
            "sites": list(self.sites),
            "digest": self.digest.hex(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A draw.

    Attributes:
        seed: the public seed.
        population: how many items could have been drawn.
        by_custodian: whether it goes round the custodians.
        drawn: what was drawn, in the order of the draw.
    """

    seed: str
    population: int
    by_custodian: bool
    drawn: tuple[Drawn, ...] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Json]:
        """Return it as an object."""
        return {
            "seed": self.seed,
            "population": self.population,
            "by_custodian": self.by_custodian,
            "drawn": [one.to_json() for one in self.drawn],
        }


def digest_of(seed: str, item: object) -> bytes:
    """Return an item's place in the draw: SHA-256 of three lines, without a newline at the end."""
    return hashlib.sha256(f"{DOMAIN}\n{seed}\n{item}".encode()).digest()


def draw(states: KeptStates, seed: str, count: int, *, by_custodian: bool = False) -> Sample:
    """Return the sample of so many items.

    Args:
        states: every state after the entries.
        seed: the public seed, one line of text.
        count: how many items at most.
        by_custodian: go round the custodians, so that each has one drawn before any has two.
    """
    population, found = 0, list[tuple[int, bytes, ItemId, ItemId]]()
    groups = defaultdict[ItemId | None, list[tuple[int, ItemId, ItemId]]](list)
    for item, custodian in _visitable(states):
        population += 1
        group = groups[custodian if by_custodian else None]
        # The smallest digests are kept, so the heap holds them negated, the largest on top.
        place = -int.from_bytes(digest_of(seed, item), "big")
        (heapq.heappush if len(group) < count else heapq.heappushpop)(group, (place, item, custodian))
    for group in groups.values():
        ranked = sorted(group, reverse=True)
        found += [(rank, _digest(place), item, firm) for rank, (place, item, firm) in enumerate(ranked)]
    drawn = sorted((rank if by_custodian else 0, digest, item, firm) for rank, digest, item, firm in found)
    return Sample(
        seed=seed,
        population=population,
        by_custodian=by_custodian,
        drawn=tuple(_drawn(states, item, firm, digest) for _, digest, item, firm in drawn[:count]),
    )


def _visitable(states: KeptStates) -> Iterator[tuple[ItemId, ItemId]]:
    """Yield what can be looked at with whoever has it: no part of another item, nothing that has ended."""
    for key in states:
        item = states.get(key) if isinstance(key, ItemId) and not key.is_org else None
        if not isinstance(item, Item) or not _is_there(item):
            continue
        custodian = custodian_of(around(states, item), item)
        if isinstance(custodian, ItemId):
            yield item.id, custodian


def _is_there(item: Item) -> bool:
    if item.phase is Phase.ENDED or item.kind is Kind.VEHICLE or item.parent is not None:
        return False
    return item.kind is not Kind.LOT or bool(item.remaining_g)


def _digest(place: int) -> bytes:
    return (-place).to_bytes(32, "big")


def _drawn(states: KeptStates, item: ItemId, custodian: ItemId, digest: bytes) -> Drawn:
    firm = states.get(custodian)
    if not isinstance(firm, Organisation):
        return Drawn(item, custodian, "", (), digest)
    sites = tuple(dict.fromkeys(site.district for site in firm.sites))
    return Drawn(item, custodian, firm.district, sites, digest)
