"""What a replay has to remember, in little memory: what was not asked for lately goes to a scratch file.

The file is the audit's own, has no name and is gone with it. So a log of millions of entries needs some
hundreds of bytes of memory for each, and one that fits into `HOT` states never touches the disk.
"""

import hashlib
import json
import tempfile
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import IO, Final

from ledger.state import Key, LoggedEvent, State, event_fact, state_from_json, state_to_json

HOT: Final = 20_000
"""How many states, and how many events, are kept in memory."""
_DIRTY: Final = -1
_ABSENT: Final = -2
_FEWEST: Final = 1 << 10
_DUMPED: Final = 30_000
_FREE: Final = 0xFFFF_FFFF_FFFF_FFFF


class Shelf:
    """An append-only scratch file of texts, found again by where they begin."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._end = 0

    def put(self, data: bytes) -> int:
        """Append a text and return where it begins."""
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the shelf is
        place = self._end
        self._file.seek(place)
        self._file.write(len(data).to_bytes(4, "big") + data)
        self._end += 4 + len(data)
        return place

    def get(self, place: int) -> bytes:
        """Return the text that begins there."""
        if self._file is None:
            raise LookupError(f"nothing was put at {place}")
        self._file.seek(place)
        return self._file.read(int.from_bytes(self._file.read(4), "big"))

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()


class KeptStates:
    """States by their keys: those read or changed lately in memory, the others on the shelf."""

    def __init__(self, shelf: Shelf, hot: int = HOT) -> None:
        self._shelf: Final = shelf
        self._most: Final = hot
        self._places: Final = dict[Key, int]()
        self._hot: Final = OrderedDict[Key, State]()

    def __contains__(self, key: object) -> bool:
        """Say whether there is a state under a key."""
        return key in self._places

    def __iter__(self) -> Iterator[Key]:
        """Yield the keys, in the order in which their states began."""
        return iter(self._places)

    def get(self, key: Key) -> State | None:
        """Return the state under a key, None where there is none."""
        found = self._hot.get(key)
        if found is not None:
            self._hot.move_to_end(key)
            return found
        place = self._places.get(key)
        if place is None:
            return None
        found = state_from_json(key, json.loads(self._shelf.get(place)))
        self._keep(key, found)
        return found

    def update(self, changed: Mapping[Key, State]) -> None:
        """Put states in the place of what there was."""
        for key, state in changed.items():
            self._places[key] = _DIRTY
            self._keep(key, state)

    def texts(self) -> Iterator[tuple[Key, bytes]]:
        """Yield every state as it is written, with its key."""
        for key, place in self._places.items():
            hot = self._hot.get(key)
            yield key, self._shelf.get(place) if hot is None else _encode(hot)

    def restore(self, key: Key, text: bytes) -> State:
        """Put back a state as it was written, and return it."""
        self._places[key] = self._shelf.put(text)
        return state_from_json(key, json.loads(text))

    def _keep(self, key: Key, state: State) -> None:
        self._hot[key] = state
        self._hot.move_to_end(key)
        while len(self._hot) > self._most:
            cold, old = self._hot.popitem(last=False)
            if self._places[cold] == _DIRTY:
                self._places[cold] = self._shelf.put(_encode(old))


class KeptEvents:
    """What later events may ask of those applied, by event id or by their index."""

    def __init__(self, shelf: Shelf, hot: int = HOT) -> None:
        self._shelf: Final = shelf
        self._most: Final = hot
        self._indexes: Final = Places()
        self._places: Final = array("q")
        self._hot: Final = OrderedDict[int, LoggedEvent]()

    def add(self, event: LoggedEvent) -> None:
        """Take in an event that was applied; they come in log order."""
        self._indexes.add(event.id, event.index)
        self._places.extend([_ABSENT] * (event.index - len(self._places)))
        self._places.append(_DIRTY)
        self._keep(event)

    def get(self, event_id: str) -> LoggedEvent | None:
        """Return what is known of an event, None where none of that id was applied."""
        index = self._indexes.get(event_id)
        return None if index is None else self.at(index)

    def at(self, index: int) -> LoggedEvent | None:
        """Return what is known of the event at an index, None where none was applied there."""
        found = self._hot.get(index)
        if found is not None:
            self._hot.move_to_end(index)
            return found
        place = self._places[index] if index < len(self._places) else _ABSENT
        if place == _ABSENT:
            return None
        members = json.loads(self._shelf.get(place))
        told = state_from_json(event_fact(members["id"]), members)
        if not isinstance(told, LoggedEvent):
            raise TypeError("the shelf holds another state")
        self._keep(told)
        return told

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """Yield every event as it is written, with its id, in log order."""
        for index, place in enumerate(self._places):
            if place == _DIRTY:
                event = self._hot[index]
                yield event.id, _encode(event)
            elif place != _ABSENT:
                text = self._shelf.get(place)
                yield str(json.loads(text)["id"]), text

    def restore(self, event_id: str, text: bytes) -> None:
        """Put back the next event as it was written; where they are kept, none is absent."""
        self._indexes.add(event_id, len(self._places))
        self._places.append(self._shelf.put(text))

    def _keep(self, event: LoggedEvent) -> None:
        self._hot[event.index] = event
        while len(self._hot) > self._most:
            index, old = self._hot.popitem(last=False)
            if self._places[index] == _DIRTY:
                self._places[index] = self._shelf.put(_encode(old))


class Places:
    """Numbers by text: a hash table of 128-bit digests, some 40 bytes for each text however long that is."""

    def __init__(self) -> None:
        self._count = 0
        self._clear(_FEWEST)

    def _clear(self, size: int) -> None:
        self._mask = size - 1
        self._high = array("Q", [0]) * size
        self._low = array("Q", [0]) * size
        self._number = array("Q", [_FREE]) * size

    def __len__(self) -> int:
        """Return how many texts have a number."""
        return self._count

    def get(self, text: str) -> int | None:
        """Return the number of a text, None where it has none."""
        number = self._number[self._slot(*_digest(text))]
        return None if number == _FREE else number

    def add(self, text: str, number: int) -> int:
        """Return the number that a text has already, else give it this one and return that."""
        high, low = _digest(text)
        slot = self._slot(high, low)
        if self._number[slot] != _FREE:
            return self._number[slot]
        self._insert(slot, high, low, number)
        return number

    def dump(self) -> Iterator["array[int]"]:
        """Yield what it holds, some thousand texts at a time: three numbers for each."""
        found = array("Q")
        for row in zip(self._high, self._low, self._number, strict=True):
            if row[2] != _FREE:
                found.extend(row)
            if len(found) > _DUMPED:
                yield found
                found = array("Q")
        yield found

    def load(self, rows: "array[int]") -> None:
        """Take in what `dump` gave."""
        for start in range(0, len(rows), 3):
            high, low, number = rows[start : start + 3]
            slot = self._slot(high, low)
            if self._number[slot] == _FREE:
                self._insert(slot, high, low, number)

    def _insert(self, slot: int, high: int, low: int, number: int) -> None:
        self._put(slot, high, low, number)
        self._count += 1
        if self._count * 3 > (self._mask + 1) * 2:
            self._grow()

    def _put(self, slot: int, high: int, low: int, number: int) -> None:
        self._high[slot], self._low[slot], self._number[slot] = high, low, number

    def _slot(self, high: int, low: int) -> int:
        slot = high & self._mask
        while self._number[slot] != _FREE and (self._high[slot] != high or self._low[slot] != low):
            slot = (slot + 1) & self._mask
        return slot

    def _grow(self) -> None:
        rows = self._high, self._low, self._number
        self._clear(2 * (self._mask + 1))
        for high, low, number in zip(*rows, strict=True):
            if number != _FREE:
                self._put(self._slot(high, low), high, low, number)


def _digest(text: str) -> tuple[int, int]:
    # Half of SHA-256: finding two texts with one digest is as hard as breaking a signature.
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")


def _encode(state: State) -> bytes:
    return json.dumps(state_to_json(state), separators=(",", ":")).encode("ascii")
