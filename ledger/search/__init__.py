"""Search: items by what they are, who has them, what they are in, and what is left of their code.

Whatever is asked for, a page costs a bounded number of rows. The search takes the index that narrows it down
most, walks along it and judges each row; where it has read enough it stops, and `next` says where to go on.
So a page may be short, or empty, while there is more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ledger.doubts import doubtful
from ledger.lifecycle.rights import MAX_DEPTH
from ledger.search.cursor import Cursor, MalformedCursorError
from ledger.search.query import Query
from ledger.search.walks import Alike, Along, Held, Step, Visit, Walk, Within
from ledger.state import Holder, Item
from ledger.store import Snapshot
from ledger.store.searching import ItemRow, Range

__all__ = ["Hit", "MalformedCursorError", "Page", "Query", "search"]

BUDGET: Final = 5_000
"""How many rows a page may read, give or take a step."""

PROBE: Final = 500
"""Up to how many rows the indexes are compared by."""

_EVERYTHING: Final = "everything"


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that was found.

    Attributes:
        item: its state.
        holder: who has it, read through what it is in: an organisation's id, `user`, `outside` or `nobody`.
        likeness: what its code costs as a reading of the pattern, 0 where it is exactly that.
        amber: whether a thief may have signed an event of its history (`ledger.doubts`).
    """

    item: Item
    holder: str
    likeness: int
    amber: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some of what was asked for; `next` is None where that was all."""

    hits: tuple[Hit, ...]
    next: str | None


def search(snapshot: Snapshot, query: Query, *, after: str | None = None, limit: int) -> Page:
    """Return a page of the items that a query asks for.

    Raises:
        MalformedCursorError: `after` is no `next` of this query.
    """
    query = _with_indexes(snapshot, query)
    walks = _walks(snapshot, query)
    cursor = None if after is None else Cursor.parse(after, str(query))
    name = _narrowest(snapshot, walks) if cursor is None else cursor.walk
    walk = walks.get(name)
    if walk is None or (cursor is not None and not walk.check(cursor.place)):
        raise MalformedCursorError("not `next` of a page")
    steps = walk.steps(None if cursor is None else cursor.place)
    visits, place = _gather(snapshot, query, name, steps, limit)
    found = None if place is None else Cursor(name, place).format(str(query))
    return Page(_hits(snapshot, visits), found)


def _with_indexes(snapshot: Snapshot, query: Query) -> Query:
    """Return a query whose moments are known as indexes."""
    first, last = query.changed_from, query.changed_until
    return replace(
        query,
        latest_from=None if first is None else snapshot.index_since(first.ms),
        # Instants have whole seconds, and all of the last one counts.
        latest_until=None if last is None else snapshot.index_since(last.ms + 1_000) - 1,
    )


def _gather(
    snapshot: Snapshot, query: Query, name: str, steps: Iterable[Step], limit: int
) -> tuple[list[Visit], tuple[str | int, ...] | None]:
    """Walk until there are enough hits or enough was read; return them and where the next page begins."""
    hits: list[Visit] = []
    budget = BUDGET
    for step in steps:
        hits += _judged(snapshot, query, name, step.visits)
        budget -= step.cost
        if len(hits) > limit:
            return hits[:limit], hits[limit - 1].place
        if budget <= 0:
            return hits, step.place
    return hits, None


def _judged(snapshot: Snapshot, query: Query, name: str, visits: Sequence[Visit]) -> list[Visit]:
    """Return the visits that are asked for; what the walk itself makes sure of is not looked at again."""
    likely = [one for one in visits if query.takes(one.row)]
    if query.pattern is not None and name != "pattern":
        likely = [one for one in likely if _resembles(query, one.row)]
    asked = {"holder": query.holder, "owner": query.owner, "vehicle": query.vehicle}
    if all(value is None or rule == name for rule, value in asked.items()):
        return likely
    around = _around(snapshot, [one.row for one in likely])
    return [one for one in likely if _is_held(query, one.row, around)]


def _resembles(query: Query, row: ItemRow) -> bool:
    scheme, _, value = row.id.partition(":")
    return scheme == "gbt34014" and query.pattern is not None and query.pattern.cost(value) is not None


def _is_held(query: Query, row: ItemRow, around: Mapping[str, ItemRow]) -> bool:
    chain = _chain(row, around)
    return (
        (query.holder is None or chain[-1].custodian == query.holder)
        and (query.owner is None or _owner(chain) == query.owner)
        and (query.vehicle is None or any(one.id == str(query.vehicle) for one in chain[1:]))
    )


def _owner(chain: Iterable[ItemRow]) -> str:
    return next((one.owner for one in chain if one.owner != Holder.INHERITED), Holder.NOBODY.value)


def _chain(row: ItemRow, around: Mapping[str, ItemRow]) -> list[ItemRow]:
    found = [row]
    while (outer := around.get(found[-1].container or "")) is not None and len(found) <= MAX_DEPTH + 1:
        found.append(outer)
    return found


def _around(snapshot: Snapshot, rows: Sequence[ItemRow]) -> dict[str, ItemRow]:
    """Return everything around some items; one statement for each level."""
    found: dict[str, ItemRow] = {}
    wanted = {row.container for row in rows if row.container is not None}
    for _ in range(MAX_DEPTH + 1):
        if not wanted:
            break
        more = snapshot.rows_of(wanted)
        found |= more
        wanted = {row.container for row in more.values() if row.container is not None} - found.keys()
    return found


def _hits(snapshot: Snapshot, visits: Sequence[Visit]) -> tuple[Hit, ...]:
    around = _around(snapshot, [one.row for one in visits])
    states = snapshot.items_of([one.row.id for one in visits])
    in_doubt = doubtful(snapshot, states.values())
    return tuple(
        Hit(
            states[one.row.id],
            _chain(one.row, around)[-1].custodian,
            one.likeness,
            states[one.row.id].id in in_doubt,
        )
        for one in visits
        if one.row.id in states
    )


def _walks(snapshot: Snapshot, query: Query) -> dict[str, Walk]:
    """Return every walk that visits all that is asked for, the likeliest to be short first."""
    found: dict[str, Walk] = {}
    if query.pattern is not None:
        # Whoever looks for a likeness wants the likeliest first, which no other walk gives.
        return {"pattern": Alike(snapshot, query.pattern)}
    if query.vehicle is not None:
        return {"vehicle": Within(snapshot, query, str(query.vehicle))}
    for name, column, party in query.held():
        found[name] = Held(snapshot, query, column, party)
    for name, ranges in query.ranges():
        found[name] = Along(snapshot, ranges)
    return found or {_EVERYTHING: Along(snapshot, [Range(("id",))])}


def _narrowest(snapshot: Snapshot, walks: Mapping[str, Walk]) -> str:
    """Return the walk with the fewest items, the first of them where several have many."""
    if len(walks) == 1:
        return next(iter(walks))
    return min(walks, key=lambda name: _length(snapshot, walks[name]))


def _length(snapshot: Snapshot, walk: Walk) -> int:
    """Return how many items a walk goes along, `PROBE` for that many and more."""
    if isinstance(walk, Held):
        stretches = [Range(("id",), {walk.column: walk.party})]
    elif isinstance(walk, Along):
        stretches = list(walk.ranges)
    else:
        return 0
    found = 0
    for stretch in stretches:
        found += snapshot.count_in(stretch, limit=PROBE - found)
        if found >= PROBE:
            break
    return found
