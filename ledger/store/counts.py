"""Counts of items made in the database, each with the events that put the items where they are."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Subquery,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
)

from ledger.store.bulk import POSTGRESQL
from ledger.store.tables import ENTRY, HOLDING, ITEM, TIE
from ledger.store.ties import stands
from ledger.ties import Course
from ledger.vocabulary import Ending, Kind
from ledger.ways import Way

_UNITS: Final = sorted({Kind.PACK.value, Kind.MODULE.value, Kind.CELL.value, Kind.PRODUCT.value})

MAX_LOOKED_AT: Final = 5_000
"""How many packs a page looks at for those that went one way."""
_VEHICLE: Final = "vehicle:"
_WAY: Final = ("made", "fitted", "wasted", "phase", "ending")


class CountBy(StrEnum):
    """What units are counted by."""

    PHASE = "phase"
    KIND = "kind"
    MODEL = "model"
    MAKER = "maker"
    CUSTODIAN = "custodian"


@dataclass(frozen=True, slots=True)
class RetiredRow:
    """A unit with a day of manufacture that became waste: when the log took the first event that says so."""

    item: str
    model: str | None
    made_on: str
    index: int
    event_id: str
    logged_at_ms: int


class CountReads:
    """The part of a snapshot that counts."""

    _connection: Connection

    def count_units(self, by: CountBy, *, limit: int) -> dict[str, tuple[int, int]]:
        """Return how many packs there are and what they weigh in g, by what; by kind all units.

        "" stands for none stated. At most `limit` groups, the largest first.
        """
        group = self._group(by)
        rows = self._connection.execute(
            select(group, func.count(), func.coalesce(func.sum(ITEM.c.mass_g), 0))
            .where(_counted(by))
            .group_by(group)
            .order_by(func.count().desc(), group)
            .limit(limit)
        )
        return {key or "": (count, int(mass_g)) for key, count, mass_g in rows}

    def tips_of_units(
        self, by: CountBy, keys: Collection[str], *, after: str, limit: int
    ) -> list[tuple[str, str]]:
        """Return the units counted under these keys, each with its tip, by id, those behind `after`."""
        group = self._group(by)
        wanted = or_(group.in_(sorted(keys)), group.is_(None)) if "" in keys else group.in_(sorted(keys))
        place = and_(_counted(by), wanted, ITEM.c.id > after)
        rows = self._connection.execute(
            select(ITEM.c.id, ITEM.c.tip).where(place).order_by(ITEM.c.id).limit(limit)
        )
        return [(item, tip) for item, tip in rows]

    def count_ways(self) -> dict[Way, int]:
        """Return how many packs went each way."""
        ways = _ways()
        columns = [ways.c[one] for one in _WAY]
        rows = self._connection.execute(select(*columns, func.count()).group_by(*columns))
        return {
            Way(bool(made), bool(fitted), bool(wasted), *rest): count
            for made, fitted, wasted, *rest, count in rows
        }

    def tips_on_ways(
        self, wanted: Collection[Way], *, after: str, limit: int
    ) -> tuple[list[tuple[str, str]], str | None]:
        """Return packs that went one of these ways, each with its tip, by id, and behind which id to go on.

        At most `limit` packs of the next `MAX_LOOKED_AT` behind `after`; None: there are no more to look at.
        """
        ways = _ways(after=after, limit=MAX_LOOKED_AT)
        gone = [and_(*(ways.c[name] == getattr(way, name) for name in _WAY)) for way in wanted]
        rows = self._connection.execute(
            select(ways.c.id, ways.c.tip).where(or_(false(), *gone)).order_by(ways.c.id).limit(limit + 1)
        )
        found = [(item, tip) for item, tip in rows]
        if len(found) > limit:
            return found[:limit], found[limit - 1][0]
        looked_at, last = self._connection.execute(select(func.count(), func.max(ways.c.id))).one()
        return found, last if looked_at == MAX_LOOKED_AT else None

    def retired(self, *, limit: int) -> list[RetiredRow]:
        """Return up to `limit` units that became waste and whose day of manufacture is known."""
        first = (
            select(TIE.c.item, func.min(TIE.c.index).label("index"))
            .where(and_(TIE.c.course == Course.RETIRED.value, stands(TIE)))
            .group_by(TIE.c.item)
            .subquery("first")
        )
        rows = self._connection.execute(
            select(
                ITEM.c.id, ITEM.c.model, ITEM.c.made_on, ENTRY.c.index, ENTRY.c.event_id, ENTRY.c.logged_at
            )
            .join(first, first.c.item == ITEM.c.id)
            .join(ENTRY, ENTRY.c.index == first.c.index)
            .where(ITEM.c.made_on.isnot(None))
            .order_by(ENTRY.c.index, ITEM.c.id)
            .limit(limit)
        )
        return [RetiredRow(*row) for row in rows]

    def _group(self, by: CountBy) -> ColumnElement[Any]:
        if by is not CountBy.MAKER:
            return ITEM.c[by.value]
        if self._connection.dialect.name == POSTGRESQL:
            return func.split_part(ITEM.c.model, "/", 1)
        return func.substr(ITEM.c.model, 1, func.instr(ITEM.c.model, "/") - 1)


def _ways(*, after: str = "", limit: int | None = None) -> Subquery:
    """Return packs behind an id with what tells their ways apart; vehicles and waste are looked up by id."""
    held = select(HOLDING.c.item).where(
        HOLDING.c.item == ITEM.c.id, HOLDING.c.container.startswith(_VEHICLE, autoescape=True)
    )
    marked = select(TIE.c.item).where(
        TIE.c.item == ITEM.c.id,
        TIE.c.course.in_([Course.RETIRED.value, Course.SCRAP.value]),
        stands(TIE),
    )
    # A state is compact JSON, and no text of it can hold what this looks for.
    endings = [
        (ITEM.c.state.contains(f'"ended_by":"{one}"', autoescape=True), literal(one.value)) for one in Ending
    ]
    return (
        select(
            ITEM.c.id,
            ITEM.c.tip,
            ITEM.c.phase,
            ITEM.c.made_on.isnot(None).label("made"),
            held.exists().label("fitted"),
            marked.exists().label("wasted"),
            case(*endings, else_=literal("")).label("ending"),
        )
        .where(ITEM.c.kind == Kind.PACK.value, ITEM.c.id > after)
        .order_by(ITEM.c.id)
        .limit(limit)
        .subquery("ways")
    )


def _counted(by: CountBy) -> ColumnElement[bool]:
    if by is CountBy.KIND:
        return ITEM.c.kind.in_(_UNITS)
    return ITEM.c.kind == Kind.PACK.value
