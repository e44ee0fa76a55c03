"""What a search finds, as a server tells it and as the entries give it.

For each item that is drawn a search is asked that has to find it: by what it looks like, is in, is of, or who
has it. Whatever else it finds has to be what was asked for, in the state that the entries give. That nothing
is left out is shown for the items that are drawn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from crypto.strictjson import Json
from ledger.audit.answers import Answer, AnswerError, Place, members, object_of, rows_of, size_of, text_of
from ledger.audit.around import around
from ledger.audit.findings import Kind
from ledger.audit.own import Own, Row
from ledger.audit.sample import digest_of
from ledger.audit.source import Teller
from ledger.audit.spill import KeptStates
from ledger.identifiers import ItemId, MalformedIdError
from ledger.instants import format_day
from ledger.lifecycle.rights import chain
from ledger.likeness import UNKNOWN, Pattern
from ledger.state import Holder, Item, state_to_json

MAX_PAGES: Final = 20
"""How many pages of an answer are read until the item is on one."""
_CODED: Final = "gbt34014"
_HIT: Final = ("holder", "likeness", "amber")
Sought = Mapping[str, str]
"""What is asked for: values by the names of parameters, all of which must hold."""


@dataclass(frozen=True, slots=True)
class OfSearch:
    """A search that has to find an item."""

    item: ItemId
    sought: Sought
    kind: Kind = Kind.SEARCH

    @classmethod
    def of(cls, item: ItemId, states: KeptStates, seed: str) -> "OfSearch":
        """Return one of the ways in which an item is found, drawn by the seed."""
        state = states.get(item)
        ways: list[Sought] = [{"prefix": str(item)}]
        if isinstance(state, Item):
            ways += _ways(states, state)
        drawn = int.from_bytes(digest_of(seed, f"{item} search"), "big")
        return cls(item, ways[drawn % len(ways)])

    def place(self, figure: str = "", /) -> Place:
        """Return the item that is found, or not."""
        return Place(item=figure or str(self.item))

    @property
    def facts(self) -> Mapping[str, object]:
        """What was asked for."""
        return {"sought": "&".join(f"{name}={value}" for name, value in self.sought.items())}

    def ask(self, teller: Teller) -> Answer:
        """Ask page by page, until the item is found or there is no more."""
        told, after, sizes = Row(), None, set[int]()
        for _ in range(MAX_PAGES):
            page = object_of(teller.search(self.sought, after))
            sizes.add(size_of(page))
            for hit in rows_of(page.get("items")):
                name = text_of(hit, "id")
                if name in told:
                    raise AnswerError
                told[name] = _row(object_of(hit).get("state"), members(hit, _HIT))
            after = _next(page)
            if after is None or str(self.item) in told:
                return Answer(max(sizes), told, whole=len(sizes) == 1)
        return Answer(max(sizes), told, whole=False)

    def expected(self, own: Own, answer: Answer, /) -> Row:
        """Return of what is told, and of the item, that which is to be found."""
        names = dict.fromkeys([*answer.told, str(self.item)])
        return {name: row for name in names if (row := _found(own, name, self.sought)) is not None}


def _row(state: Json, beside: Row) -> Row:
    return {**{f"state {name}": value for name, value in object_of(state).items()}, **beside}


def _next(page: Row) -> str | None:
    after = page.get("next")
    if after is not None and not isinstance(after, str):
        raise AnswerError
    return after


def _ways(states: KeptStates, item: Item) -> Iterator[Sought]:
    """Yield searches beside that for its id that find an item and not too many others."""
    if item.id.scheme == _CODED:
        yield {"pattern": item.id.value[:-1] + UNKNOWN}
    whole = chain(around(states, item), item)
    if len(whole) > 1:
        yield {"vehicle": str(whole[-1].id), "kind": item.kind.value}
    if item.made_on is not None:
        day = format_day(item.made_on)
        made = {"kind": item.kind.value, "made_from": day, "made_until": day}
        yield {"holder": str(whole[-1].custodian), **made}
        yield {"owner": _owner(whole), "phase": item.phase.value, **made}
        if item.model is not None:
            yield {"model": item.model, "phase": item.phase.value, **made}


def _owner(whole: list[Item]) -> str:
    return next((str(one.owner) for one in whole if one.owner != Holder.INHERITED), Holder.NOBODY.value)


def _found(own: Own, name: str, sought: Sought) -> Row | None:
    """Return what a search tells of an item, None where it is none or not what is sought."""
    try:
        state = own.replay.states.get(ItemId.parse(name))
    except MalformedIdError:
        return None
    if not isinstance(state, Item):
        return None
    whole = chain(around(own.replay.states, state), state)
    cost = Pattern.parse(sought["pattern"]).cost(state.id.value) if "pattern" in sought else 0
    if cost is None or not all(_holds(whole, *one) for one in sought.items()):
        return None
    beside: Row = {"holder": str(whole[-1].custodian), "likeness": cost, "amber": own.amber().has(state.id)}
    return _row(state_to_json(state), beside)


def _holds(whole: list[Item], name: str, value: str) -> bool:
    """Say whether one thing that is asked for holds of an item; `whole` is it and what is around it."""
    item = whole[0]
    made_on = "" if item.made_on is None else format_day(item.made_on)
    return {
        "prefix": str(item.id).startswith(value),
        "pattern": item.id.scheme == _CODED,
        "vehicle": any(str(outer.id) == value for outer in whole[1:]),
        "holder": str(whole[-1].custodian) == value,
        "owner": _owner(whole) == value,
        "made_from": made_on >= value,
        "made_until": "" < made_on <= value,
        "kind": item.kind == value,
        "phase": item.phase == value,
        "model": item.model == value,
    }[name]
