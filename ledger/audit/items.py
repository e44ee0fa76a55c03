"""The states that the server tells, against those that the entries give."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from crypto.strictjson import Json
from ledger.audit.amber import Amber
from ledger.audit.around import around
from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.replay import Replay
from ledger.audit.report import Counts
from ledger.audit.source import NotServedError, Source, Teller
from ledger.identifiers import ItemId
from ledger.lifecycle.recalls import recalls_of
from ledger.lifecycle.rights import custodian_of
from ledger.state import Item, Organisation, State, recalls_fact, state_to_json

CHUNK: Final = 1000
MAX_EVENTS: Final = 20_000
"""How long the histories are, together, that are asked about at once.

A server that would have to read too much of histories says of what is in them that it is in doubt; so many
events are never too much (docs/events.md, Doubt about a key).
"""
AMBER: Final = "amber"


@dataclass(slots=True)
class Comparison:
    """Asks for states and compares them, with what is told beside each; a `Teller` tells all of that.

    Attributes:
        size: Size of the tree that was replayed.
        moved: Items that differ in an answer about a larger tree: they have to be compared anew.
        unseen: Whether there is an item of which the server's answer could not be compared.
    """

    source: Source
    replay: Replay
    findings: Findings
    counts: Counts
    size: int = 0
    moved: list[ItemId] = field(default_factory=list)
    unseen: bool = False
    _equal: set[ItemId] = field(default_factory=set)
    _amber: Amber = field(default_factory=Amber)
    _tells_all: bool = False

    def known(self) -> list[ItemId]:
        """Return every id to ask for: those with a state, and those whose events were refused."""
        ids = [key for key in self.replay.states if isinstance(key, ItemId)]
        return ids + [item for item in self.replay.doubt.items() if item not in self.replay.states]

    def changed_since(self, size: int) -> list[ItemId]:
        """Return the ids whose history went on at or after an index."""
        states = ((key, self.replay.states.get(key)) for key in self.replay.states)
        return [
            key
            for key, state in states
            if isinstance(key, ItemId) and isinstance(state, Item | Organisation) and state.latest >= size
        ]

    def compare(self, ids: Sequence[ItemId]) -> Iterator[int]:
        """Compare states, a thousand at a time; yield how many are done."""
        self.moved, self._amber = [], Amber.of(self.replay)
        self._tells_all = isinstance(self.source, Teller)
        self.counts.amber = len(self._amber.items)
        done = 0
        for some in self._chunks(ids):
            self._ask(some)
            done += len(some)
            yield done

    def give_up(self) -> None:
        """Say of every item that kept changing that it could not be compared."""
        for item in self.moved:
            self._unseen(Kind.UNKNOWN, "moved", item)

    def _chunks(self, ids: Sequence[ItemId]) -> Iterator[Sequence[ItemId]]:
        """Yield what is asked about at once: a thousand, or as many as have so long histories."""
        start, events = 0, 0
        for place, item in enumerate(ids):
            more = self._events(item)
            if place - start == CHUNK or (place > start and events + more > MAX_EVENTS):
                yield ids[start:place]
                start, events = place, 0
            events += more
        if start < len(ids):
            yield ids[start:]

    def _events(self, item: ItemId) -> int:
        state = self.replay.states.get(item)
        return state.count if isinstance(state, Item | Organisation) else 0

    def _ask(self, ids: Sequence[ItemId]) -> None:
        try:
            answer = self.source.lookup([str(one) for one in ids])
        except NotServedError as error:
            self._ask_apart(ids, error)
            return
        match answer:
            case {"size": int(size), "items": list(rows)} if len(rows) == len(ids):
                for item, row in zip(ids, rows, strict=True):
                    self._compare(item, row, size)
            case _:
                self._ask_apart(ids, NotServedError("the answer is not one row for each id, and a size"))

    def _ask_apart(self, ids: Sequence[ItemId], error: NotServedError) -> None:
        """Find the ids that make an answer fail, so that they can be named."""
        if len(ids) == 1:
            self._unseen(Kind.ITEM, "not_served", ids[0], why=error)
            return
        middle = len(ids) // 2
        self._ask(ids[:middle])
        self._ask(ids[middle:])

    def _compare(self, item: ItemId, row: Json, size: int) -> None:
        state = self.replay.states.get(item)
        expected: Json = None if state is None else state_to_json(state)
        served: Json
        match row:
            case {"query": str(query), "id": str(name), "state": dict() | None as told, **rest} if (
                query == name == str(item)
            ):
                served, expected = self._with_beside(rest, told, expected, state)
            case _ if isinstance(row, dict) and row.get("state") is None and state is None:
                served = None
            case _:
                self._unseen(Kind.ITEM, "answer", item, served=row)
                return
        if same(served, expected):
            if state is not None:
                self._count(item)
        elif size > self.size:
            self.moved.append(item)
        else:
            self._differs(item, served, expected, size)

    def _with_beside(
        self, row: Mapping[Any, Any], told: Json, expected: Json, state: State | None
    ) -> tuple[Json, Json]:
        """Return both states with what the server tells beside one."""
        if not isinstance(told, dict) or not isinstance(expected, dict):
            return told, expected
        beside = self._beside(state, row)
        return (
            told | {f"{name} told": row.get(name) for name in beside},
            expected | {f"{name} told": value for name, value in beside.items()},
        )

    def _beside(self, state: State | None, row: Mapping[Any, Any]) -> dict[str, Json]:
        """Return what is to be told beside a state: by a server all of it, by others what they tell."""
        return {name: one for name, one in self._own(state, row).items() if self._tells_all or name in row}

    def _own(self, state: State | None, row: Mapping[Any, Any]) -> dict[str, Json]:
        """Return a tip and whether it is in doubt, of an item who has it and what it is recalled for too."""
        if isinstance(state, Organisation):
            return {"tip": state.tip, "custodian": None, "recalls": [], AMBER: False}
        if not isinstance(state, Item):
            return {}
        found = around(self.replay.states, state, [recalls_fact(state.maker)])
        recalls: list[Json] = [recall.event for recall in recalls_of(found, state)]
        too_long = state.count > MAX_EVENTS and row.get(AMBER) is True
        return {
            "tip": state.tip,
            "custodian": str(custodian_of(found, state)),
            "recalls": recalls,
            AMBER: too_long or self._amber.has(state.id),
        }

    def _differs(self, item: ItemId, served: Json, expected: Json, size: int) -> None:
        if size < self.size:
            self._unseen(Kind.ITEM, "behind", item, answered_at=size, size=self.size)
        elif not isinstance(served, dict):
            self._unseen(Kind.ITEM, "missing", item)
        elif not isinstance(expected, dict):
            self._find(Kind.ITEM, "not_in_log", item)
        else:
            self._name(item, differing(served, expected))

    def _name(self, item: ItemId, members: dict[str, Json]) -> None:
        """Name the members that differ; whether an item is in doubt is no part of its state."""
        amber = members.pop(f"{AMBER} told", None)
        if isinstance(amber, dict):
            reason = "invented" if amber["served"] is True else "withheld"
            self._find(Kind.AMBER, reason, item, **amber)
        if members:
            self._find(Kind.ITEM, "differs", item, members=members)
        else:
            self._count(item)

    def _count(self, item: ItemId) -> None:
        self._equal.add(item)
        self.counts.compared = len(self._equal)

    def _unseen(self, kind: Kind, reason: str, item: ItemId, **facts: object) -> None:
        self.unseen = True
        self._find(kind, reason, item, **facts)

    def _find(self, kind: Kind, reason: str, item: ItemId, **facts: object) -> None:
        doubt = self.replay.doubt
        if kind is not Kind.UNKNOWN and doubt.blind is not None:
            # The entries that were read do not tell which state is right.
            self._add(Kind.UNKNOWN, reason, item, doubt.blind, facts)
        else:
            self._add(kind, reason, item, doubt.about(item), facts)

    def _add(
        self, kind: Kind, reason: str, item: ItemId, follows: int | None, facts: dict[str, object]
    ) -> None:
        self.findings.add(Finding(kind=kind, reason=reason, item=str(item), follows=follows, facts=facts))


def differing(served: dict[str, Json], expected: dict[str, Json]) -> dict[str, Json]:
    """Return each member that differs, as served and as the entries give it; null where it is absent."""
    return {
        name: {"served": served.get(name), "expected": expected.get(name)}
        for name in sorted(served.keys() | expected.keys())
        if name not in served or name not in expected or not same(served[name], expected[name])
    }


def same(one: Json, other: Json) -> bool:
    """Say whether two values are one in JSON."""
    # Compared as text, since to Python true equals 1.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
