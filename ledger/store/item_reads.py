"""Items as they stand now: what is in what, lists by property, and who held what when."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, select

from ledger.holdings import Holding
from ledger.identifiers import ItemId
from ledger.state import Item
from ledger.store.bulk import among
from ledger.store.states import state_of
from ledger.store.tables import HOLDING, ITEM
from ledger.vocabulary import Kind, Phase

MAX_HOLDINGS: Final = 20_000
PAGE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """What items to list; None leaves a member open."""

    kind: Kind | None = None
    phase: Phase | None = None
    custodian: str | None = None
    owner: str | None = None
    model: str | None = None
    prefix: str | None = None


class ItemReads:
    """The part of a snapshot that reads items."""

    _connection: Connection

    def timelines(self, items: Collection[ItemId]) -> dict[str, list[Holding]]:
        """Return the holdings of items and of all they were ever in, each item's in log order.

        One statement for each level of containers; of more than `MAX_HOLDINGS` in all the oldest are left
        out, so what is read from them errs towards "held nothing".
        """
        found: dict[str, list[Holding]] = {}
        wanted, left = {str(item) for item in items}, MAX_HOLDINGS
        while wanted and left:
            rows = self._connection.execute(
                select(HOLDING)
                .where(among(self._connection, HOLDING.c.item, wanted))
                .order_by(HOLDING.c.index.desc())
                .limit(left)
            ).all()
            found |= {item: [] for item in wanted}
            for row in reversed(rows):
                found[row.item].append(Holding(*row))
            left -= len(rows)
            wanted = {row.container for row in rows if row.container is not None} - found.keys()
        return found

    def children(self, item: ItemId) -> list[Item]:
        """Return what is in an item or a vehicle now, by id."""
        return self._items(ITEM.c.container == str(item), None)

    def insides(self, outer: Collection[ItemId], *, limit: int) -> dict[ItemId, list[Item]]:
        """Return what is in each of these items and vehicles now, by id; at most `limit` parts in all."""
        inside = among(self._connection, ITEM.c.container, {str(one) for one in outer})
        found: dict[ItemId, list[Item]] = {}
        for part in self._items(inside, limit):
            around = part.parent or part.vehicle
            if around is not None:
                found.setdefault(around, []).append(part)
        return found

    def items(self, which: ItemFilter, *, after: str = "", limit: int = PAGE) -> list[Item]:
        """Return items by id, those behind `after`, which is the last id of the page before."""
        places: list[ColumnElement[bool]] = [ITEM.c.id > after]
        for name in ("kind", "phase", "custodian", "owner", "model"):
            value = getattr(which, name)
            if value is not None:
                places.append(ITEM.c[name] == str(value))
        if which.prefix is not None:
            places += [ITEM.c.id >= which.prefix, ITEM.c.id <= which.prefix + "\U0010ffff"]
        return self._items(and_(*places), limit)

    def items_of(self, ids: Collection[str]) -> dict[str, Item]:
        """Return the items of these ids, where there are any."""
        found = self._items(among(self._connection, ITEM.c.id, ids), None) if ids else []
        return {str(item.id): item for item in found}

    def count_items(self) -> dict[tuple[Kind, Phase], int]:
        """Return how many items there are of each kind in each phase."""
        rows = self._connection.execute(
            select(ITEM.c.kind, ITEM.c.phase, func.count()).group_by(ITEM.c.kind, ITEM.c.phase)
        )
        return {(Kind(kind), Phase(phase)): count for kind, phase, count in rows}

    def _items(self, place: ColumnElement[bool], limit: int | None) -> list[Item]:
        rows = self._connection.execute(select(ITEM.c.state).where(place).order_by(ITEM.c.id).limit(limit))
        found = (state_of(ItemId("local", ""), text) for text in rows.scalars())
        return [one for one in found if isinstance(one, Item)]
