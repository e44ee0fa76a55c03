"""Who held what, from which entry on: the spans of rights that the states of items leave behind.

A state says who holds an item now. Whoever held it once may go on reading what was stated until then, so each
change of holder or container is kept as a row; the rows equal a replay, as states do (docs/formats.md, 9).
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.identifiers import ItemId
from ledger.lifecycle.rights import MAX_DEPTH, container_of
from ledger.state import Holder, Item, Key, State, States
from ledger.vocabulary import Right

FOREVER: Final = 2**63 - 1
"""The end of a right that somebody holds now."""


@dataclass(frozen=True, slots=True)
class Holding:
    """An item's own rights and what it is in, from the entry at `index` on, until its next holding.

    Attributes:
        item: the item's id.
        index: the entry that made it so.
        custodian: an organisation's id or a `Holder`; read from the container where there is one.
        owner: likewise; `inherited` is read from the container.
        operator: likewise.
        container: the vehicle or the parent, or None.
    """

    item: str
    index: int
    custodian: str
    owner: str
    operator: str
    container: str | None


Timelines = Mapping[str, Sequence[Holding]]
"""The holdings of items by id, each item's in the order of its entries."""


def new_holdings(before: States, changed: Mapping[Key, State], index: int) -> tuple[Holding, ...]:
    """Return the holdings that an event makes: of the items whose holders or container it changed."""
    found = []
    for key, state in changed.items():
        if isinstance(state, Item):
            known = before.get(key)
            held = holding_of(state, index)
            if not isinstance(known, Item) or holding_of(known, index) != held:
                found.append(held)
    return tuple(found)


def holding_of(item: Item, index: int) -> Holding:
    """Return an item's own rights and container, as of an entry."""
    container = container_of(item)
    return Holding(
        item=str(item.id),
        index=index,
        custodian=str(item.custodian),
        owner=str(item.owner),
        operator=str(item.operator),
        container=None if container is None else str(container),
    )


def last_held(timelines: Timelines, item: ItemId, orgs: Collection[ItemId]) -> int | None:
    """Return the index of the entry that ended the last right of some organisations over an item.

    `FOREVER` where they hold one now, None where they never did or the timelines do not say.
    """
    names = frozenset(map(str, orgs))
    searches = (_Search(timelines, right, names) for right in Right)
    ends = [search.last(str(item), (0, FOREVER), MAX_DEPTH + 1) for search in searches]
    return max((end for end in ends if end is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Search:
    """Looks for the last time at which one of some names has a right."""

    timelines: Timelines
    right: Right
    names: frozenset[str]

    def last(self, item: str, during: tuple[int, int], depth: int) -> int | None:
        """Return where the last stretch of an item within `during` ends; from the newest holding back."""
        start, stop = during
        held = self.timelines.get(item, ())
        for place in range(bisect_left(held, stop, key=_index_of) - 1, -1, -1):
            span = (max(held[place].index, start), stop)
            end = self._end(held[place], span, depth)
            if end is not None or held[place].index <= start:
                return end
            stop = held[place].index
        return None

    def _end(self, held: Holding, span: tuple[int, int], depth: int) -> int | None:
        own = self._own(held)
        # Custody is always the outermost container's; the other rights are where they differ from it.
        if held.container is None or (self.right is not Right.CUSTODY and own != Holder.INHERITED):
            return span[1] if own in self.names else None
        return self.last(held.container, span, depth - 1) if depth else None

    def _own(self, held: Holding) -> str:
        match self.right:
            case Right.CUSTODY:
                return held.custodian
            case Right.OWNERSHIP:
                return held.owner
            case Right.OPERATOR:
                return held.operator


def _index_of(held: Holding) -> int:
    return held.index
