"""What public claims give for findings, noted down by the replay itself (`ledger.findings`)."""

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from crypto.strictjson import Json
from ledger.audit.spill import Shelf
from ledger.findings import Applied, Remark, remarks, rules_at
from ledger.findings.shown import HOUR_MS, Kept
from ledger.identifiers import ItemId

_OPEN: Final = -1


@dataclass(slots=True)
class Remarked:
    """The remarks so far, in the order of the log: on a shelf, with what ended each in memory."""

    _shelf: Shelf = field(default_factory=Shelf)
    _places: "array[int]" = field(default_factory=lambda: array("Q"))
    _closed: "array[int]" = field(default_factory=lambda: array("q"))
    _threads: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    _seen: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)

    def see(self, applied: Applied) -> None:
        """Note what is remarked at an applied event."""
        for n, remark in enumerate(remarks(applied)):
            if remark.ends:
                self._end(remark, applied.index)
            else:
                self._begin(remark, n, applied)

    def kept(self) -> Iterator[Kept]:
        """Yield the remarks that begin something or saw something, as they stand now, in their order."""
        for number, place in enumerate(self._places):
            one = _decode(self._shelf.get(place))
            closed = self._closed[number]
            yield Kept(
                remark=one.remark,
                index=one.index,
                n=one.n,
                event=one.event,
                logged_at_ms=one.logged_at_ms,
                closed=None if closed == _OPEN else closed,
                near=self._near(one),
            )

    def texts(self) -> Iterator[tuple[bytes, int]]:
        """Yield each remark as it is on the shelf, with what ended it."""
        for number, place in enumerate(self._places):
            yield self._shelf.get(place), self._closed[number]

    def restore(self, text: bytes, closed: int) -> None:
        """Put back a remark."""
        self._put(_decode(text), text, closed)

    def close(self) -> None:
        """Let go of the scratch file."""
        self._shelf.close()

    def _end(self, remark: Remark, index: int) -> None:
        open_now = self._threads.pop(remark.thread or "", [])
        # What begins with the same entry is not ended by it.
        begun = [(number, at) for number, at in open_now if at == index]
        for number, at in open_now:
            if at < index:
                self._closed[number] = index
        if begun:
            self._threads[remark.thread or ""] = begun

    def _begin(self, remark: Remark, n: int, applied: Applied) -> None:
        kept = Kept(
            remark=remark,
            index=applied.index,
            n=n,
            event=applied.event.id,
            logged_at_ms=applied.logged_at_ms,
        )
        self._put(kept, _encode(kept), _OPEN)

    def _put(self, kept: Kept, text: bytes, closed: int) -> None:
        remark, number = kept.remark, len(self._places)
        self._places.append(self._shelf.put(text))
        self._closed.append(closed)
        if remark.thread is not None and remark.place is not None and remark.base_ms is not None:
            found = self._seen.setdefault(remark.thread, [])
            found.append((kept.index, remark.base_ms, remark.place))
        elif remark.thread is not None and closed == _OPEN:
            self._threads.setdefault(remark.thread, []).append((number, kept.index))

    def _near(self, kept: Kept) -> int | None:
        """Return the latest earlier entry at which the same thing was seen elsewhere, near in time."""
        remark = kept.remark
        if remark.thread is None or remark.place is None or remark.base_ms is None:
            return None
        most_ms = rules_at(kept.logged_at_ms).limit("label.far_apart") * HOUR_MS
        seen = self._seen[remark.thread]
        earlier = seen[: bisect_left(seen, (kept.index, 0, ""))]
        for index, at_ms, place in reversed(earlier):
            if place != remark.place and abs(at_ms - remark.base_ms) <= most_ms:
                return index
        return None


def _encode(kept: Kept) -> bytes:
    remark = kept.remark
    told: list[Json] = [
        remark.rule,
        remark.subject,
        None if remark.org is None else str(remark.org),
        None if remark.other is None else str(remark.other),
        remark.thread,
        remark.base_ms,
        remark.place,
        dict(remark.facts),
        kept.index,
        kept.n,
        kept.event,
        kept.logged_at_ms,
    ]
    return json.dumps(told).encode("ascii")


def _decode(data: bytes) -> Kept:
    rule, subject, org, other, thread, base_ms, place, facts, index, n, event, logged_at_ms = json.loads(data)
    remark = Remark(
        rule=rule,
        subject=subject,
        org=None if org is None else ItemId.parse(org),
        other=None if other is None else ItemId.parse(other),
        thread=thread,
        base_ms=base_ms,
        place=place,
        facts=facts,
    )
    return Kept(remark=remark, index=index, n=n, event=event, logged_at_ms=logged_at_ms)
