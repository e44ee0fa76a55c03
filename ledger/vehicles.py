"""From a VIN to the vehicle: for who may know that the two belong together (docs/formats.md, section 8)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crypto.sdjwt import Disclosure
from ledger import passport
from ledger.access import Reader
from ledger.identifiers import ItemId
from ledger.passport import EventView
from ledger.reading import Revealed, reveal
from ledger.state import Item
from ledger.store import Snapshot
from ledger.vin import Vin
from ledger.vins import CLAIM, VinKey
from ledger.vocabulary import Role

MAX_STATEMENTS: Final = 64
RESOLVERS: Final = frozenset({Role.ELV_DISMANTLER, Role.REPAIRER, Role.INSURER, Role.COLLECTION_POINT})
"""Who gets vehicles in hand and reads their VINs; a vehicle's id tells these what is known of its packs."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A vehicle for which a VIN was stated; `revealed` is what the answer gives away, to be recorded."""

    vehicle: Item
    packs: tuple[ItemId, ...]
    revealed: tuple[Revealed, ...]


def resolve_vin(snapshot: Snapshot, key: VinKey, vin: Vin, reader: Reader) -> tuple[Resolved, ...]:
    """Return the vehicles of a VIN that a reader may know of, by id; what it may not know of is not there.

    That is who may read one of the claims that state the VIN, and the roles of `RESOLVERS`.
    """
    stated: dict[str, list[Revealed]] = {}
    for row in snapshot.vin_rows(key.hash(vin), limit=MAX_STATEMENTS):
        view = passport.view_event(snapshot, row.event_id)
        told = [one for one in _told(snapshot, view) if one.digest == row.digest]
        if reader.roles & RESOLVERS or CLAIM in reveal(snapshot, view, reader).names:
            stated.setdefault(row.vehicle, []).append(Revealed(view, tuple(told)))
    return tuple(_resolved(snapshot, stated))


def _resolved(snapshot: Snapshot, stated: Mapping[str, Sequence[Revealed]]) -> Iterator[Resolved]:
    items = snapshot.items_of(stated)
    for name, vehicle in sorted(items.items()):
        packs = tuple(one.id for one in snapshot.children(vehicle.id))
        yield Resolved(vehicle, packs, tuple(stated[name]))


def _told(snapshot: Snapshot, view: EventView) -> Iterator[Disclosure]:
    return (one for one in passport.disclosures(snapshot, view.event) if one.name == CLAIM)
