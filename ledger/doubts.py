"""Which events a thief may have signed: their key was in other hands by then, and nobody has stood by them.

Whatever shows a state asks here, so that what rests on such an event is amber wherever it is shown
(docs/events.md, invariant 10).
"""

from collections.abc import Collection

from crypto import jws
from crypto.errors import CryptoError
from ledger.entry import Entry
from ledger.errors import LedgerError
from ledger.state import RegisteredKey, key_fact
from ledger.store import CorruptRowError, EntryRow, Snapshot


def doubtful(snapshot: Snapshot, events: Collection[str]) -> frozenset[str]:
    """Return those of the events that are in doubt; two statements, however many are asked for.

    Raises:
        CorruptRowError: an entry cannot be read.
    """
    rows = snapshot.known_entries(events, ()) if events else []
    signed = {row.event_id: (row, _kid(row)) for row in rows}
    keys = snapshot.states({key_fact(kid) for _, kid in signed.values()}) if signed else {}
    return frozenset(
        event
        for event, (row, kid) in signed.items()
        if isinstance(key := keys.get(key_fact(kid)), RegisteredKey)
        and key.is_doubtful(row.index, row.logged_at)
    )


def _kid(row: EntryRow) -> str:
    try:
        return jws.parse(Entry.decode(row.body).jws).kid
    except (LedgerError, CryptoError) as error:
        raise CorruptRowError(f"entry {row.index}", str(error)) from error
