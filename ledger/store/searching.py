"""Reads behind a search: each takes a stretch of one index, in its order, and no more rows than it is told.

What a whole search costs is decided by `ledger.search`; here a read costs what its `limit` says.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, func, select, tuple_

from ledger.state import FactKind, model_fact
from ledger.store.bulk import among
from ledger.store.finding_reads import FindingReads
from ledger.store.tables import DISCLOSURE, ENTRY, FACT, HEAD, ITEM, VIN, VinRow

BATTERY_CODES: Final = "gbt34014:"
_LAST: Final = "\U0010ffff"
_MODEL: Final = str(model_fact(""))


class ItemRow(NamedTuple):
    """What a search reads of an item without taking its state apart; parties as they are stored."""

    id: str
    kind: str
    phase: str
    custodian: str
    owner: str
    model: str | None
    made_on: str | None
    latest: int
    container: str | None
    parts: int | None


Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A stretch of one index of items.

    Attributes:
        keys: the columns it is ordered by, the last one the id.
        equal: the columns before them, with their one value.
        low: where the first key begins, None for the first there is.
        high: where it ends, that value included.
    """

    keys: tuple[str, ...]
    equal: Mapping[str, str] = field(default_factory=dict)
    low: str | int | None = None
    high: str | int | None = None


_COLUMNS: Final = [ITEM.c[name] for name in ItemRow._fields]


class SearchReads(FindingReads):
    """The part of a snapshot that reads for a search."""

    def rows_in(self, place: Range, *, after: Place | None = None, limit: int) -> list[ItemRow]:
        """Return the items of a stretch in its order, those behind the keys `after`."""
        found = select(*_COLUMNS).where(*_within(place, after))
        rows = self._connection.execute(found.order_by(*_keys(place)).limit(limit))
        return [ItemRow(*row) for row in rows]

    def count_in(self, place: Range, *, limit: int) -> int:
        """Return how many items a stretch has, `limit` where it has as many or more."""
        few = select(ITEM.c.id).where(*_within(place, None)).limit(limit).subquery()
        return int(self._connection.execute(select(func.count()).select_from(few)).scalar_one())

    def rows_inside(self, outer: Collection[str], *, limit: int) -> list[ItemRow]:
        """Return what is in any of these items now, by container and id."""
        inside = among(self._connection, ITEM.c.container, outer)
        rows = self._connection.execute(
            select(*_COLUMNS).where(inside).order_by(ITEM.c.container, ITEM.c.id).limit(limit)
        )
        return [ItemRow(*row) for row in rows]

    def rows_of(self, ids: Collection[str]) -> dict[str, ItemRow]:
        """Return the items of these ids, where there are any."""
        if not ids:
            return {}
        rows = self._connection.execute(select(*_COLUMNS).where(among(self._connection, ITEM.c.id, ids)))
        return {row.id: ItemRow(*row) for row in rows}

    def codes_from(self, text: str, *, limit: int, backwards: bool = False) -> list[str]:
        """Return battery codes in their order, from `text` on; written backwards and so ordered if asked."""
        if backwards:
            column, low = ITEM.c.code_reversed, text
            places = [column >= low]
        else:
            column, low = ITEM.c.id, BATTERY_CODES + text
            places = [column >= low, column < BATTERY_CODES + _LAST]
        rows = self._connection.execute(select(column).where(and_(*places)).order_by(column).limit(limit))
        return [one if backwards else one.removeprefix(BATTERY_CODES) for one in rows.scalars()]

    def index_since(self, logged_at_ms: int) -> int:
        """Return the first index that was logged at this time or later; the size of the log where none was.

        The times of entries never fall, so a few rows tell.
        """
        low, high = 0, self._connection.execute(select(HEAD.c.size)).scalar_one()
        while low < high:
            middle = (low + high) // 2
            at = self._connection.execute(select(ENTRY.c.logged_at).where(ENTRY.c.index == middle)).scalar()
            low, high = (low, middle) if at is None or at >= logged_at_ms else (middle + 1, high)
        return low

    def offered_states(
        self, *, to: str | None, by: str | None, consignment: str | None, after: Place | None, limit: int
    ) -> list[tuple[str, str]]:
        """Return the ids and states of items under offer to or by a firm, by consignment and id."""
        given = {"offer_to": to, "offer_by": by, "consignment": consignment}
        keys = tuple_(ITEM.c.consignment, ITEM.c.id)
        places: list[ColumnElement[bool]] = [
            ITEM.c[name] == value for name, value in given.items() if value is not None
        ]
        if after is not None:
            places.append(keys > tuple_(*after))
        rows = self._connection.execute(
            select(ITEM.c.id, ITEM.c.state)
            .where(and_(*places))
            .order_by(ITEM.c.consignment, ITEM.c.id)
            .limit(limit)
        )
        return [(row.id, row.state) for row in rows]

    def sizes(self, start: int, stop: int) -> list[int]:
        """Return the lengths in bytes of the entries from index `start` up to, and without, `stop`."""
        place = and_(ENTRY.c.index >= start, ENTRY.c.index < stop)
        rows = self._connection.execute(
            select(func.length(ENTRY.c.body)).where(place).order_by(ENTRY.c.index)
        )
        return list(rows.scalars())

    def models_of(self, org: str, *, limit: int) -> list[str]:
        """Return the ids of the models that an organisation has declared, in their order."""
        place = and_(FACT.c.org == org, FACT.c.kind == FactKind.MODEL.value)
        rows = self._connection.execute(select(FACT.c.id).where(place).order_by(FACT.c.id).limit(limit))
        return [name.removeprefix(_MODEL) for name in rows.scalars()]

    def vin_rows(self, vin_hash: str, *, limit: int) -> list[VinRow]:
        """Return where a VIN of this hash was stated and not erased since, by vehicle."""
        kept = (
            select(DISCLOSURE.c.digest)
            .where(and_(DISCLOSURE.c.event_id == VIN.c.event_id, DISCLOSURE.c.digest == VIN.c.digest))
            .exists()
        )
        rows = self._connection.execute(
            select(VIN).where(and_(VIN.c.hash == vin_hash, kept)).order_by(VIN.c.vehicle).limit(limit)
        )
        return [VinRow(**row._asdict()) for row in rows]


def _keys(place: Range) -> list[Any]:
    return [ITEM.c[name] for name in place.keys]


def _within(place: Range, after: Place | None) -> Sequence[ColumnElement[bool]]:
    keys = _keys(place)
    places: list[ColumnElement[bool]] = [ITEM.c[name] == value for name, value in place.equal.items()]
    if place.low is not None:
        places.append(keys[0] >= place.low)
    if place.high is not None:
        places.append(keys[0] <= place.high)
    if after is not None:
        # The bound on the first key alone is what a partial index is known by.
        places.append(keys[0] >= after[0])
        places.append(tuple_(*keys) > tuple_(*after) if len(keys) > 1 else keys[0] > after[0])
    if place.low is None and after is None and keys[0].nullable:
        places.append(keys[0].isnot(None))
    return places
