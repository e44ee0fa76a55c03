"""The states that a run of events works on: fetched ones, and those its earlier events changed. Does no I/O.

Each event sees only the states it said it would read. So a rule that looks up more fails here as an error of
the program, instead of taking "not fetched" for "does not exist".
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from ledger.events.envelope import Event
from ledger.events.second_life import ItemGraded
from ledger.lifecycle import follow
from ledger.state import Drawn, Key, LoggedEvent, State
from ledger.vocabulary import Decision

ReadStates = Callable[[Collection[Key]], Mapping[Key, State]]


class UnfetchedStateError(Exception):
    """A rule looked up a state that `reads` and `follow` did not name: an error of the program."""


class Fetched(Mapping[Key, State]):
    """The states one event may read; a key outside them raises UnfetchedStateError."""

    __slots__ = ("_keys", "_states")

    def __init__(self, keys: Collection[Key], states: Mapping[Key, State]) -> None:
        self._keys: Final = keys
        self._states: Final = states

    def __getitem__(self, key: Key) -> State:
        found = self._states.get(key)
        if found is None:
            if key not in self._keys:
                raise UnfetchedStateError(str(key))
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[Key]:
        return iter(self._states)

    def __len__(self) -> int:
        return len(self._states)


class Workspace:
    """States by key, read through `read` where they are not here yet.

    Args:
        read: returns the states under some keys, and those `follow` makes necessary, where there are any.
    """

    def __init__(self, read: ReadStates) -> None:
        self._read: Final = read
        self._states: Final = dict[Key, State | None]()
        self._before: Final = list[tuple[Key, State | None]]()

    def fetch(self, keys: Collection[Key]) -> None:
        """Read the states that are not here yet, all at once."""
        missing = [key for key in keys if key not in self._states]
        if not missing:
            return
        for key, state in self._read(missing).items():
            self._states.setdefault(key, state)
        for key in missing:
            self._states.setdefault(key, None)

    def get(self, key: Key) -> State | None:
        """Return a state that was fetched or put; None where there is none."""
        return self._states.get(key)

    def view(self, keys: Collection[Key]) -> Fetched:
        """Return what an event that reads these keys may see."""
        found: dict[Key, State] = {}
        seen, wanted = set[Key](), set(keys)
        while wanted:
            self.fetch(wanted)
            seen |= wanted
            more = {key: state for key in wanted if (state := self._states[key]) is not None}
            found |= more
            wanted = {key for state in more.values() for key in follow(state)} - seen
        return Fetched(seen, found)

    def put(self, changed: Mapping[Key, State]) -> None:
        """Change states for the events that follow."""
        for key, state in changed.items():
            self._before.append((key, self._states.get(key)))
            self._states[key] = state

    def mark(self) -> int:
        """Return a mark to go back to."""
        return len(self._before)

    def undo(self, mark: int) -> None:
        """Take back every change since a mark."""
        while len(self._before) > mark:
            key, state = self._before.pop()
            self._states[key] = state


def logged_event(event: Event, index: int) -> LoggedEvent:
    """Return what later events may ask of an event at this index."""
    grades = event.claims.grades if isinstance(event.claims, ItemGraded) else ()
    return LoggedEvent(
        id=event.id,
        index=index,
        type=event.type,
        issuer=event.iss,
        actor=event.actor,
        items=tuple(event.prev),
        touched=event.touched,
        drawn=tuple(Drawn(lot=lot, mass_g=mass_g) for lot, mass_g in event.claims.draws()),
        sd=event.sd,
        usable=tuple(grade.item for grade in grades if grade.decision is not Decision.RECYCLE),
    )
