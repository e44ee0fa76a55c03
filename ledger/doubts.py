"""What a thief may have signed: the key was in other hands by then, and its organisation has not stood by it.

Whatever shows a state asks here, so that what rests on such an event is amber wherever it is shown
(docs/events.md, Doubt about a key). An item is in doubt where any event of its own history is. No history is
read whole for that: what compromised keys can have signed is a stretch of the log, and only what their
organisations stated in it is looked at. Where that is more than may be read, the item counts as in doubt.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
MAX_READ: Final = 20_000
"""How many entries it reads to learn which key signed them."""
LONG: Final = 500
"""A history of more events is entered where the doubt begins, and read a page at a time."""
_GROUP: Final = 100
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
    found = _Search(snapshot, theft).doubtful(asked)
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


@dataclass(slots=True)
class _Search:
    """One question's way through the histories, with what it may still look at and read."""

    snapshot: Snapshot
    theft: _Theft
    rows: int = field(default_factory=lambda: MAX_ROWS)
    reads: int = field(default_factory=lambda: MAX_READ)

    def doubtful(self, asked: Mapping[str, Item]) -> set[str]:
        """Return those of the items that are in doubt, or of which too much would have to be read."""
        found = set[str]()
        short = sorted(name for name, item in asked.items() if item.count <= LONG)
        for start in range(0, len(short), _GROUP):
            group = short[start : start + _GROUP]
            found |= self._signed(self._stated(group, 0, None), group)
        for name, item in asked.items():
            if item.count > LONG and self._long(name, item.count):
                found.add(name)
        return found

    def _long(self, name: str, count: int) -> bool:
        after = self.snapshot.events_before(name, self.theft.first, count=count)
        while rows := self._stated([name], after, _PAGE):
            if self._signed(rows, [name]):
                return True
            after = rows[-1].seq
        return self.rows <= 0

    def _stated(self, names: Sequence[str], after: int, most: int | None) -> list[StatedRow]:
        """Return what organisations with a compromised key stated about items, as far as it may be read."""
        limit = self.rows if most is None else min(most, self.rows)
        first, stop = self.theft.first, self.theft.stop
        found = self.snapshot.stated(names, self.theft.keys, first=first, stop=stop, after=after, limit=limit)
        self.rows -= len(found)
        return found

    def _signed(self, rows: Sequence[StatedRow], names: Sequence[str]) -> set[str]:
        """Return the items of which one of the rows is signed with a key that puts it in doubt."""
        # Where no row is left to be looked at, nobody knows of the last of them.
        found = set() if self.rows > 0 else {name for name in names if not rows or name >= rows[-1].item}
        left: dict[str, list[StatedRow]] = {}
        for row in rows:
            if row.item not in found and self.theft.suspects(row):
                left.setdefault(row.item, []).append(row)
        # Mostly the first event tells; of an item whose first do not, ever more are read at once.
        depth = 1
        while left:
            found |= self._signed_among([row for some in left.values() for row in some[:depth]])
            left = {name: some[depth:] for name, some in left.items() if name not in found and some[depth:]}
            depth *= 4
        return found

    def _signed_among(self, rows: Sequence[StatedRow]) -> set[str]:
        indexes = sorted({row.index for row in rows})
        self.reads -= len(indexes)
        if self.reads < 0:
            return {row.item for row in rows}
        bodies = self.snapshot.entries_at(indexes)
        kids = {index: _kid(index, read_entry(index, body)) for index, body in bodies.items()}
        return {row.item for row in rows if kids.get(row.index) in self.theft.suspects(row)}


def _kid(index: int, entry: Entry) -> str:
    try:
        return jws.parse(entry.jws).kid
    except CryptoError as error:
        raise CorruptRowError(f"entry {index}", str(error)) from error
