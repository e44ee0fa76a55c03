"""What the writer alone can remark on: measurements against those before, VINs against other vehicles.

Two reads a batch at most, and none where nothing of that is stated.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from crypto.errors import CryptoError
from crypto.sdjwt import parse_disclosure
from ledger.claims import MalformedClaimError
from ledger.events.service import HealthMeasured
from ledger.findings import Remark
from ledger.findings.door import NAMES, Figures, compare, figures_of, second_vin
from ledger.sequencer.batch import NewEntry
from ledger.store import Row, Snapshot, VinRow
from ledger.store.finding_reads import remark_rows
from ledger.submission import LIMITS

MAX_COMPARED: Final = 1_024
"""How many earlier measurements a batch is compared with; the rest goes by unseen."""
Found = dict[str, list[Remark]]


def door_rows(snapshot: Snapshot, new: Sequence[NewEntry], vins: Sequence[VinRow]) -> list[Row]:
    """Return the rows of what is found on the restricted claims of new entries, before their states are kept.

    `vins` are the hashed VINs that these entries state, in log order, kept already.
    """
    found: Found = {}
    _compare_measurements(snapshot, new, found)
    _compare_vins(snapshot, new, vins, found)
    # Numbered behind the public remarks of their entry, so that both make one stream.
    return [
        row
        for entry in new
        for row in remark_rows(entry.index, found.get(entry.event.id, ()), first=len(entry.remarks))
    ]


def _compare_measurements(snapshot: Snapshot, new: Sequence[NewEntry], found: Found) -> None:
    measured = [one for entry in new for one in entry.measurements]
    known = {one.event: one.figures for one in measured}
    asked = {one.earlier: None for one in measured if one.earlier is not None and one.earlier not in known}
    earlier = snapshot.disclosed(list(asked)[:MAX_COMPARED]) if asked else {}
    figures = {event: _figures(texts) for event, texts in earlier.items()} | known
    for one in measured:
        before = None if one.earlier is None else figures.get(one.earlier)
        found.setdefault(one.event, []).extend(compare(one, before))


def _compare_vins(snapshot: Snapshot, new: Sequence[NewEntry], vins: Sequence[VinRow], found: Found) -> None:
    if not vins:
        return
    bearers = snapshot.live_vehicles({one.hash for one in vins}, but={one.event_id for one in vins})
    events = {entry.event.id: entry.event for entry in new}
    for row in vins:
        bearing = bearers.setdefault(row.hash, set())
        found.setdefault(row.event_id, []).extend(second_vin(events[row.event_id], row.vehicle, bearing))
        bearing.add(row.vehicle)


def _figures(texts: Iterable[str]) -> Figures | None:
    values: dict[str, Any] = {}
    for text in texts:
        try:
            one = parse_disclosure(text, LIMITS)
            if one.name in NAMES:
                values[one.name] = _RESTRICTED[one.name].codec.decode(one.value)
        except (CryptoError, MalformedClaimError):
            # What was kept at an earlier door and is spoilt must not stop the writer.
            continue
    return figures_of(values)


_RESTRICTED: Final[Mapping[str, Any]] = HealthMeasured.row.restricted
