"""What the writer alone can remark on: new measurements against the last ones, of which it keeps the figures.

Two reads a batch at most, and none where nothing was measured.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from crypto.errors import CryptoError
from crypto.sdjwt import parse_disclosure
from ledger.claims import MalformedClaimError
from ledger.events.service import HealthMeasured
from ledger.findings.door import NAMES, Figures, compare, figures_of
from ledger.findings.remark import TRACE
from ledger.sequencer.batch import NewEntry
from ledger.store import Row, Snapshot
from ledger.store.finding_reads import remark_rows
from ledger.submission import LIMITS

MAX_COMPARED: Final = 1_024
"""How many items of a batch are compared with what was measured before; the rest goes by unseen."""


def door_rows(snapshot: Snapshot, new: Sequence[NewEntry]) -> list[Row]:
    """Return the rows of what is found on the restricted claims of new entries, before these are kept."""
    items = dict.fromkeys(str(one.item) for entry in new for one in entry.measurements)
    if not items:
        return []
    some = list(items)[:MAX_COMPARED]
    known: dict[str, Figures | None] = {
        item: _figures(texts) for item, texts in snapshot.last_measured(some).items()
    }
    rows = list[Row]()
    for entry in new:
        found = [remark for one in entry.measurements for remark in compare(one, known.get(str(one.item)))]
        known |= {str(one.item): one.figures for one in entry.measurements}
        known |= {one.subject: None for one in entry.remarks if one.rule == TRACE and one.ends}
        # Numbered behind the public remarks of the entry, so that both make one stream.
        rows += remark_rows(entry.index, found, first=len(entry.remarks))
    return rows


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
