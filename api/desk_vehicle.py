"""Which vehicle an item goes into at the desk: one by its id or its VIN, or a new one."""

from typing import Final
from uuid import uuid4

from api.auth import record
from api.filled import Filled
from api.parameters import item_of
from api.service import service
from api.sessions import SignedIn
from ledger.events import Claims
from ledger.identifiers import ItemId
from ledger.instants import day_of_ms
from ledger.reading import find_reader
from ledger.store import Snapshot
from ledger.vehicles import resolve_vin
from ledger.vin import MalformedVinError, Vin
from ledger.vins import CLAIM
from ledger.vocabulary import Phase

NEW: Final = "new"


def vehicle_of(
    snapshot: Snapshot, asking: SignedIn, kind: type[Claims], named: str, filled: Filled
) -> ItemId | None:
    """Return the vehicle that an item goes into; None where the event type has none.

    Args:
        snapshot: the ledger.
        asking: who fills in the form; that it learnt of a vehicle by its VIN is kept.
        kind: the claims.
        named: an id, `new`, or nothing: then the VIN that is stated decides, and else it is a new vehicle.
        filled: what the fields hold.
    """
    if not (kind.row.vehicle or kind.row.vehicle_optional):
        return None
    if named and named != NEW:
        return item_of(named)
    known = _by_vin(snapshot, asking, "".join(filled.get(CLAIM, ())).strip()) if kind.row.vehicle else None
    if known is not None:
        return known
    return ItemId("vehicle", str(uuid4())) if kind.row.vehicle or named == NEW else None


def _by_vin(snapshot: Snapshot, asking: SignedIn, text: str) -> ItemId | None:
    key = service().sequencer.vins
    if key is None or not text:
        return None
    try:
        vin = Vin.parse(text)
    except MalformedVinError:
        return None  # the claim itself is refused with what is wrong
    reader = find_reader(snapshot, asking.org.id, day_of_ms(service().clock.now_ms()))
    found = [one for one in resolve_vin(snapshot, key, vin, reader) if one.vehicle.phase is not Phase.ENDED]
    record(asking.org.id, [revealed for one in found for revealed in one.revealed])
    return found[0].vehicle.id if len(found) == 1 else None
