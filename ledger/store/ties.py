"""Reads of ties, and the figures that are counted over items in the database itself."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, func, select

from ledger.store.bulk import among
from ledger.store.tables import ENTRY, TIE
from ledger.ties import ORIGINS, Course, Side, Strand

_ORIGINS: Final = sorted(course.value for course in ORIGINS)


def stands(row: FromClause) -> ColumnElement[bool]:
    """Return the condition that the event of a row of ties was not voided."""
    void = TIE.alias("void")
    voided = and_(
        ENTRY.c.index == row.c.index,
        void.c.item == ENTRY.c.event_id,
        void.c.course == Course.VOIDED.value,
    )
    return ~select(void.c.item).select_from(ENTRY, void).where(voided).correlate(row).exists()


class TieReads:
    """The part of a snapshot that tells what items turned into."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ties(self, items: Collection[str], side: Side, *, limit: int) -> list[Strand]:
        """Return every row of the acts on whose `side` one of these items stands, at most `limit` rows."""
        near = TIE.alias("near")
        acts = (
            select(near.c.index, near.c.course)
            .where(and_(among(self._connection, near.c.item, items), near.c.side == side.value, stands(near)))
            .distinct()
            .subquery("act")
        )
        joined = and_(TIE.c.index == acts.c.index, TIE.c.course == acts.c.course)
        return self._strands(select(TIE).join(acts, joined).limit(limit))

    def first_ties(self, items: Collection[str], *, limit: int) -> list[Strand]:
        """Return every row of the acts in which these items first stand, at most `limit` rows.

        Acts that only mark an item, and those that declare a residue or a claim, begin nothing.
        """
        near = TIE.alias("near")
        wanted = among(self._connection, near.c.item, items)
        first = (
            select(func.min(near.c.index).label("index"))
            .where(and_(wanted, near.c.course.in_(_ORIGINS), stands(near)))
            .group_by(near.c.item)
            .distinct()
            .subquery("first")
        )
        rows = select(TIE).join(first, TIE.c.index == first.c.index)
        return self._strands(rows.where(TIE.c.course.in_(_ORIGINS)).limit(limit))

    def acts(self, course: Course, *, after: int = -1, limit: int, newest: bool = False) -> list[Strand]:
        """Return the rows of the first (or newest) `limit` acts of a kind behind an index, in log order."""
        place = and_(TIE.c.course == course.value, TIE.c.index > after, stands(TIE))
        order = TIE.c.index.desc() if newest else TIE.c.index
        some = select(TIE.c.index).where(place).distinct().order_by(order).limit(limit).subquery()
        rows = select(TIE).join(some, TIE.c.index == some.c.index)
        return self._strands(rows.where(TIE.c.course == course.value))

    def marked(self, items: Collection[str], course: Course) -> set[str]:
        """Return those of these items that an act of this kind marks."""
        wanted = among(self._connection, TIE.c.item, items)
        place = and_(wanted, TIE.c.course == course.value, stands(TIE))
        return set(self._connection.execute(select(TIE.c.item).where(place).distinct()).scalars())

    def _strands(self, rows: Select[Any]) -> list[Strand]:
        found = self._connection.execute(rows.order_by(TIE.c.index, TIE.c.course, TIE.c.item))
        return [
            Strand(index, item, Course(course), Side(side), mass_g, added_g)
            for item, index, course, side, mass_g, added_g in found
        ]
