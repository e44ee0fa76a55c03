"""A ledger in a dictionary: the lifecycle alone, without a tree, a store or a clock of its own."""

import functools
from collections.abc import Iterable, Mapping
from copy import copy

import pytest

from crypto.keys import PrivateKey
from crypto.strictjson import Json
from ledger import lifecycle, submission
from ledger.errors import Refusal
from ledger.events import Claims
from ledger.events.envelope import Event
from ledger.events.registry import OrgEnrolled
from ledger.identifiers import ItemId
from ledger.index import alias_line, history_line
from ledger.instants import Instant
from ledger.state import (
    Alias,
    Fact,
    FactKind,
    Item,
    Key,
    Organisation,
    RegisteredKey,
    State,
    event_fact,
    key_fact,
)
from ledger.submission import Submission
from ledger.vocabulary import Kind
from ledger.workspace import logged_event
from tests.consortium import NOTHING, Party, sign
from tests.scenario import MAKER, Story


class OnlyRead(dict[Key, State]):
    """States that an event said it would read; another look-up is an error of the lifecycle."""

    def __init__(self, states: dict[Key, State], keys: Iterable[Key]) -> None:
        self.allowed = set[Key]()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            self.allowed.add(key)
            if key in states:
                self[key] = states[key]
                waiting += lifecycle.follow(states[key]) - self.allowed
        super().__init__(self)

    def __contains__(self, key: object) -> bool:
        assert key in self.allowed, f"{key} was not named by reads() or follow()"
        return super().__contains__(key)

    def get(self, key: Key, default: State | None = None) -> State | None:  # type: ignore[override]  # of one key
        """Return a state that may be read."""
        assert key in self.allowed, f"{key} was not named by reads() or follow()"
        return super().get(key, default)


class MemoryLedger:
    """Applies submissions in order and keeps every state."""

    def __init__(self) -> None:
        self.states = dict[Key, State]()
        self.size = 0

    def submit(self, text: str, *, logged_at_ms: int | None = None) -> Event:
        """Log one submission, or raise what refuses it and change nothing."""
        parsed = submission.parse(text)
        event = parsed.event
        self._verify(parsed)
        states = OnlyRead(self.states, lifecycle.reads(event))
        at_ms = event.iat * 1000 if logged_at_ms is None else logged_at_ms
        changed = lifecycle.apply(states, event, index=self.size, logged_at_ms=at_ms)
        lifecycle.check_restricted(states, parsed.event, parsed.disclosed)
        self.states |= changed
        self.states[event_fact(event.id)] = logged_event(event, self.size)
        self.size += 1
        return event

    def submit_all(self, texts: Iterable[str]) -> None:
        """Log submissions in order."""
        for text in texts:
            self.submit(text)

    def _verify(self, parsed: Submission) -> None:
        known = self.states.get(key_fact(parsed.event.kid))
        if isinstance(known, RegisteredKey):
            parsed.jws.verify(known.jwk)
        elif self.size == 0 and isinstance(parsed.event.claims, OrgEnrolled):
            parsed.jws.verify(parsed.event.claims.admin)

    def item(self, item: ItemId) -> Item:
        """Return the state of an item."""
        found = self.states[item]
        assert isinstance(found, Item)
        return found

    def org(self, org: ItemId) -> Organisation:
        """Return the state of an organisation."""
        found = self.states[org]
        assert isinstance(found, Organisation)
        return found

    def index_lines(self) -> list[bytes]:
        """Return the lines of the index after all that is logged, in no order."""
        lines = [
            history_line(str(one.id), one.count, one.latest, one.tip)
            for one in self.states.values()
            if isinstance(one, Item | Organisation)
        ]
        return lines + [
            alias_line(one.alias, str(one.item)) for one in self.states.values() if isinstance(one, Alias)
        ]

    def facts(self, kind: FactKind) -> list[State]:
        """Return all facts of a kind."""
        return [state for key, state in self.states.items() if isinstance(key, Fact) and key.kind is kind]


def founded(name: str = "story") -> tuple[MemoryLedger, Story]:
    """Return a ledger with the whole consortium enrolled and the maker's codes and models declared."""
    story = Story(name)
    ledger = MemoryLedger()
    ledger.submit_all(opening(story))
    return ledger, story


def opening(story: Story) -> list[str]:
    """Return the submissions that found the consortium and declare the maker's codes and models."""
    return [
        *story.founding(),
        *story.enrolments(),
        story.coding_filed(),
        story.model_declared(),
        story.model_declared(model=MAKER.model("MODULE"), kind=Kind.MODULE),
    ]


class World:
    """A founded ledger and the story told to it. What is refused changes neither."""

    def __init__(self, founded_before: tuple[MemoryLedger, Story] | None = None) -> None:
        ledger, story = founded_before or _founded_once()
        self.ledger = MemoryLedger()
        self.ledger.states = dict(ledger.states)
        self.ledger.size = ledger.size
        self.story = copy(story)
        self.story.tips = dict(story.tips)
        self.story.events = dict(story.events)

    def copy(self) -> "World":
        """Return another world with the same past."""
        return World((self.ledger, self.story))

    def log(self, *texts: str, logged_at_ms: int | None = None) -> Event:
        """Log submissions in order; the last one's event."""
        events = [self.ledger.submit(text, logged_at_ms=logged_at_ms) for text in texts]
        return events[-1]

    def tell(
        self,
        by: Party,
        claims: Claims,
        *items: ItemId,
        restricted: Mapping[str, Json] = NOTHING,
        key: PrivateKey | None = None,
    ) -> Event:
        """Sign an event on the tips the story left, and log it."""
        return self.log(self.story.tell(by, claims, *items, restricted=restricted, key=key))

    def refused(
        self, text: str, rule: str, item: object = None, *, logged_at_ms: int | None = None
    ) -> Refusal:
        """Submit what must be refused by this rule, naming this item; the refusal. Nothing has changed."""
        states, size = dict(self.ledger.states), self.ledger.size
        with pytest.raises(Refusal) as caught:
            self.ledger.submit(text, logged_at_ms=logged_at_ms)
        assert caught.value.rule == rule, str(caught.value)
        assert item is None or caught.value.item == str(item), str(caught.value)
        assert self.ledger.states == states
        assert self.ledger.size == size
        self._forget(submission.parse(text).event)
        return caught.value

    def _forget(self, event: Event) -> None:
        if self.story.events.pop(event.id, None) is not None:
            self.story.tips |= {item: event.prev[item] for item in event.touched}

    def sign(self, by: Party, claims: Claims, prev: Mapping[ItemId, str | None]) -> str:
        """Sign an event with a `prev` of its own; the story does not learn of it."""
        self.story.now_ms += 60_000
        return sign(by, claims, prev, at=Instant.from_ms(self.story.now_ms))

    def wait(self, *, days: int = 0, ms: int = 0) -> None:
        """Let time pass before the next event."""
        self.story.now_ms += days * 86_400_000 + ms

    def item(self, item: ItemId) -> Item:
        """Return the state of an item."""
        return self.ledger.item(item)


@functools.cache
def _founded_once() -> tuple[MemoryLedger, Story]:
    return founded()
