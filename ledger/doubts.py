"""What a thief may have signed: the key was in other hands by then, and its organisation has not stood by it.

Whatever shows a state asks here, so that what rests on such an event is amber wherever it is shown
(docs/events.md, Doubt about a key). An item is in doubt where any event of its own history is. No history is
read whole for that: what compromised keys can have signed is a stretch of the log, and only what their
organisations stated in it is looked at. Where that is more than may be read, the item counts as in doubt.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crypto import jws
from crypto.errors import CryptoError
from ledger.entry import Entry
from ledger.errors import LedgerError
from ledger.identifiers import ItemId
from ledger.noticed import BEGINNING
from ledger.state import Item, RegisteredKey, key_fact
from ledger.store import CorruptRowError, Snapshot
from ledger.store.doubt_reads import StatedRow
from ledger.store.finding_reads import RemarkFilter

MAX_ROWS: Final = 50_000
"""How many places in histories one question looks at."""
MAX_READ: Final = 2_000
"""How many entries it reads to learn which key signed them."""
LONG: Final = 500
"""A history of more events is entered where the doubt begins."""
_CHUNK: Final = 200
_PAGE: Final = 500
# Remarked whenever a key is reported compromised, by every version of the finding rules.
_COMPROMISED: Final = "key.compromised"


@dataclass(frozen=True, slots=True)
class _Theft:
    """The compromised keys of all organisations, and the stretch of the log that they can have signed."""

    keys: Mapping[str, Sequence[RegisteredKey]]
    first: int
    stop: int

    def suspects(self, row: StatedRow) -> list[str]:
        """Return the keys that would leave an event in doubt, had one of them signed it."""
        return [
            key.kid
            for key in self.keys.get(row.issuer, ())
            if row.index <= (key.revoked or 0) and key.is_doubtful(row.index, row.logged_at_ms)
        ]


def doubtful(snapshot: Snapshot, items: Collection[Item]) -> frozenset[ItemId]:
    """Return those of the items in whose own history an event is in doubt.

    Raises:
        CorruptRowError: an entry cannot be read.
    """
    theft = _theft(snapshot) if items else None
    asked = {} if theft is None else {str(one.id): one for one in items if one.latest >= theft.first}
    if theft is None or not asked:
        return frozenset()
    unread = set[str]()
    rows = [row for row in _stated(snapshot, theft, asked, unread) if theft.suspects(row)]
    found = unread | _signed(snapshot, theft, rows)
    return frozenset(asked[name].id for name in found)


def read_entry(index: int, body: bytes) -> Entry:
    """Return the entry of a stored leaf.

    Raises:
        CorruptRowError: it is none: the store was changed.
    """
    try:
        return Entry.decode(body)
    except LedgerError as error:
        raise CorruptRowError(f"entry {index}", str(error)) from error


def in_doubt(snapshot: Snapshot, ids: Collection[ItemId]) -> frozenset[ItemId]:
    """Return those of these ids that are items in doubt; reads no item while no key is compromised.

    Raises:
        CorruptRowError: an entry cannot be read.
    """
    if not ids or next(_reported(snapshot), None) is None:
        return frozenset()
    return doubtful(snapshot, snapshot.items_of({str(one) for one in ids}).values())


def doubtful_entries(snapshot: Snapshot, entries: Mapping[int, Entry]) -> frozenset[int]:
    """Return the indexes of those entries that are in doubt.

    Raises:
        CorruptRowError: an entry cannot be read.
    """
    signed = {index: _kid(index, entry) for index, entry in entries.items()}
    keys = snapshot.states({key_fact(kid) for kid in signed.values()}) if signed else {}
    return frozenset(
        index
        for index, kid in signed.items()
        if isinstance(key := keys.get(key_fact(kid)), RegisteredKey)
        and key.is_doubtful(index, entries[index].logged_at_ms)
    )


def _theft(snapshot: Snapshot) -> _Theft | None:
    kids = set(_reported(snapshot))
    states = snapshot.states({key_fact(kid) for kid in kids}) if kids else {}
    keys = dict[str, list[RegisteredKey]]()
    since_ms, stop = list[int](), 0
    for key in states.values():
        if isinstance(key, RegisteredKey) and key.compromised_since is not None and key.revoked is not None:
            keys.setdefault(str(key.org), []).append(key)
            since_ms.append(key.compromised_since.ms)
            stop = max(stop, key.revoked + 1)
    return _Theft(keys, snapshot.index_since(min(since_ms)), stop) if keys else None


def _reported(snapshot: Snapshot) -> Iterator[str]:
    after = BEGINNING
    while True:
        kept = snapshot.remarks(RemarkFilter(rules=(_COMPROMISED,)), after=after, near_ms=0, limit=_PAGE)
        yield from (one.remark.subject for one in kept)
        if len(kept) < _PAGE:
            return
        after = kept[-1].place


def _stated(
    snapshot: Snapshot, theft: _Theft, asked: Mapping[str, Item], unread: set[str]
) -> Iterator[StatedRow]:
    """Yield what the organisations with a compromised key stated; into `unread` goes what is too much."""
    short = [name for name, item in asked.items() if item.count <= LONG]
    runs = [(short, 0)] if short else []
    for name, item in asked.items():
        if item.count > LONG:
            runs.append(([name], snapshot.events_before(name, theft.first, count=item.count)))
    left = MAX_ROWS
    for names, after in runs:
        rows = snapshot.stated(
            names, theft.keys, first=theft.first, stop=theft.stop, after=after, limit=left + 1
        )
        if len(rows) > left:
            unread.update(name for name in names if name >= rows[-1].item)
        yield from rows[:left]
        left -= min(left, len(rows))


def _signed(snapshot: Snapshot, theft: _Theft, rows: Sequence[StatedRow]) -> set[str]:
    """Return the items of which one of the rows is signed with a key that puts it in doubt."""
    found, left = set[str](), MAX_READ
    for chunk in _chunks(rows):
        wanted = [row for row in chunk if row.item not in found]
        indexes = sorted({row.index for row in wanted})
        if len(indexes) > left:
            return found | {row.item for row in rows}
        left -= len(indexes)
        bodies = snapshot.entries_at(indexes) if indexes else {}
        kids = {index: _kid(index, read_entry(index, body)) for index, body in bodies.items()}
        found |= {row.item for row in wanted if kids.get(row.index) in theft.suspects(row)}
    return found


def _chunks(rows: Sequence[StatedRow]) -> Iterable[Sequence[StatedRow]]:
    """Yield the rows a few at a time, the first of every item before the second of any."""
    rank, seen = list[tuple[int, int]](), dict[str, int]()
    for place, row in enumerate(rows):
        seen[row.item] = seen.get(row.item, -1) + 1
        rank.append((seen[row.item], place))
    ordered = [rows[place] for _, place in sorted(rank)]
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def _kid(index: int, entry: Entry) -> str:
    try:
        return jws.parse(entry.jws).kid
    except CryptoError as error:
        raise CorruptRowError(f"entry {index}", str(error)) from error
