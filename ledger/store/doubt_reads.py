"""Reads behind the question whether an item rests on a stolen key: parts of histories, never a whole one."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from ledger.store.bulk import among
from ledger.store.tables import ENTRY, HISTORY


@dataclass(frozen=True, slots=True)
class StatedRow:
    """An event in an item's history: its number there, who stated it, when it was logged (ms since 1970)."""

    item: str
    seq: int
    index: int
    issuer: str
    logged_at_ms: int


class DoubtReads:
    """The part of a snapshot that reads what some organisations stated in a stretch of the log."""

    _connection: Connection

    def stated(
        self,
        items: Collection[str],
        issuers: Collection[str],
        *,
        first: int,
        stop: int,
        after: int = 0,
        limit: int,
    ) -> list[StatedRow]:
        """Return what these issuers stated about these items at the indexes from `first` to before `stop`.

        By item and in log order, at most `limit` rows. `after`: how many events of each history to pass over.
        """
        place = and_(
            among(self._connection, HISTORY.c.item, items),
            HISTORY.c.seq > after,
            HISTORY.c.index >= first,
            HISTORY.c.index < stop,
            among(self._connection, ENTRY.c.issuer, issuers),
        )
        rows = self._connection.execute(
            select(HISTORY.c.item, HISTORY.c.seq, HISTORY.c.index, ENTRY.c.issuer, ENTRY.c.logged_at)
            .join(ENTRY, ENTRY.c.index == HISTORY.c.index)
            .where(place)
            .order_by(HISTORY.c.item, HISTORY.c.seq)
            .limit(limit)
        )
        return [StatedRow(*row) for row in rows]

    def events_before(self, item: str, index: int, *, count: int) -> int:
        """Return how many of the `count` events of an item's history stand before an index."""
        low, high = 0, count
        while low < high:
            middle = (low + high + 1) // 2
            place = and_(HISTORY.c.item == item, HISTORY.c.seq == middle)
            at = self._connection.execute(select(HISTORY.c.index).where(place)).scalar()
            low, high = (middle, high) if at is not None and at < index else (low, middle - 1)
        return low
