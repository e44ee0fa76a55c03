"""The published index out of the ledger's own database: made from the last one, compared before it is used.

What the registrar published is signed; what the database gives is not. Where they differ nothing of either is
served.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crypto import jws, strictjson
from crypto.encoding import b64url_encode
from ledger.entry import Entry
from ledger.errors import ConflictError, MalformedError
from ledger.events import envelope
from ledger.events.correction import EventVoided
from ledger.events.envelope import Event
from ledger.events.labels import LabelReplaced
from ledger.events.log import IndexPublished
from ledger.events.production import ItemIdentified
from ledger.identifiers import ItemId, resolve_code
from ledger.index import Index, alias_line
from ledger.state import LOG, Alias, Log
from ledger.store import Snapshot

MAX_CHANGES: Final = 200_000
"""After more entries than that an index is made anew."""
_CHUNK: Final = 1_000


class IndexContradictionError(ConflictError):
    """The database gives another index than the registrar published: `index.contradicted`."""


@dataclass(frozen=True, slots=True)
class MadeIndex:
    """The index after the first `size` entries; `event` is the entry that published it."""

    event: int
    size: int
    index: Index


def make(snapshot: Snapshot, size: int, last: MadeIndex | None = None) -> Index:
    """Return the index after the first `size` entries, from an earlier one where that is not far behind."""
    aliases = list(_alias_lines(snapshot, size))
    if last is None or not 0 <= size - last.size <= MAX_CHANGES:
        return Index([*(line for _, line in snapshot.history_lines(size)), *aliases])
    return last.index.changed(dict(_changes(snapshot, last.size, size)), aliases)


class Indexes:
    """The index that was published last, made once for each process. Threads share it."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._made: MadeIndex | None = None
        self._fault: tuple[int, IndexContradictionError] | None = None

    def published(self, snapshot: Snapshot, size: int) -> MadeIndex | None:
        """Return the latest index that an entry below `size` published.

        None where there is none, or only one that this process has not made before the next came.

        Raises:
            IndexContradictionError: the database gives another root or count.
        """
        with self._lock:
            event, claims = latest(snapshot)
            if claims is None or event >= size:
                return self._made if self._made is not None and self._made.event < size else None
            if self._fault is not None and self._fault[0] == event:
                raise self._fault[1]
            if self._made is None or self._made.event != event:
                self._made = self._checked(snapshot, event, claims)
            return self._made

    def check(self) -> None:
        """Raise what was found wrong with the index when it was last made, if anything was."""
        fault = self._fault
        if fault is not None:
            raise fault[1]

    def _checked(self, snapshot: Snapshot, event: int, claims: IndexPublished) -> MadeIndex:
        index = make(snapshot, claims.size, self._made)
        try:
            check(index, claims)
        except IndexContradictionError as error:
            self._fault = event, error
            raise
        self._fault = None
        return MadeIndex(event, claims.size, index)


def check(index: Index, claims: IndexPublished) -> None:
    """Check that an index is the one published; raises IndexContradictionError."""
    root = b64url_encode(index.root())
    if (index.count, root) != (claims.count, claims.root):
        raise IndexContradictionError(
            "index.contradicted", size=claims.size, published=claims.root, computed=root
        )


def latest(snapshot: Snapshot) -> tuple[int, IndexPublished | None]:
    """Return the entry that published the latest index, and what it says; None where there was none."""
    log = snapshot.states([LOG]).get(LOG)
    found = snapshot.find_entry(log.published_by) if isinstance(log, Log) and log.published_by else None
    if found is None:
        return -1, None
    claims = _event(found[1]).claims
    return found[0], claims if isinstance(claims, IndexPublished) else None


def _changes(snapshot: Snapshot, start: int, stop: int) -> Iterator[tuple[str, bytes]]:
    """Yield the new lines of everything that an entry of a range names."""
    changed: set[str] = set()
    for at in range(start, stop, _CHUNK):
        for body in snapshot.entries(at, min(at + _CHUNK, stop)):
            members = strictjson.loads(jws.parse(Entry.decode(body).jws).payload)
            prev = members["prev"] if isinstance(members, dict) else {}
            changed.update(prev if isinstance(prev, dict) else ())
    yield from snapshot.history_lines(stop, changed) if changed else ()


def _alias_lines(snapshot: Snapshot, size: int) -> Iterator[bytes]:
    for alias, index in snapshot.aliases():
        item = alias.item if index < size else _bound_before(snapshot, alias, size)
        if item is not None:
            yield alias_line(alias.alias, str(item))


def _bound_before(snapshot: Snapshot, alias: Alias, size: int) -> ItemId | None:
    """Return what an alias that was bound anew since led to; its histories tell."""
    names = names_of(alias.alias)
    rows = {row.index for item in {alias.item, *names} for row in snapshot.history(item) if row.index < size}
    bound, by = None, ""
    for _, body in sorted(snapshot.entries_at(rows).items()):
        event = _event(body)
        claims, subjects = event.claims, event.subjects
        if isinstance(claims, ItemIdentified) and str(subjects[0]) == alias.alias:
            bound, by = claims.is_, event.id
        elif isinstance(claims, LabelReplaced) and claims.code is not None:
            bound = subjects[0] if alias.alias == claims.code or names_of(claims.code) & names else bound
        elif isinstance(claims, EventVoided) and claims.event == by:
            bound = next(iter(names), None)
    return bound


def names_of(text: str) -> frozenset[ItemId]:
    """Return the id that a text stands for as a code; none where it is no code."""
    try:
        return frozenset({resolve_code(text)})
    except MalformedError:
        return frozenset()


def _event(body: bytes) -> Event:
    return envelope.parse(jws.parse(Entry.decode(body).jws))
