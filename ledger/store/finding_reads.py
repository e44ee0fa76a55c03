"""Reads of remarks, from which findings are told; each looks at a bounded stretch of the stream."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, func, or_, select

from ledger.findings import Remark
from ledger.findings.shown import Kept
from ledger.identifiers import ItemId
from ledger.store.bulk import among
from ledger.store.tables import DISCLOSURE, DOOR_FINDING, ENTRY, FINDING, ITEM, VIN, Row
from ledger.store.ties import TieReads
from ledger.vocabulary import Phase

_NEIGHBOURS: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkFilter:
    """What remarks to read; None leaves a member open. `org` is one of the two organisations concerned."""

    org: str | None = None
    rules: tuple[str, ...] | None = None
    subject: str | None = None
    since: int = 0


class FindingReads(TieReads):
    """The part of a snapshot that reads remarks."""

    def remarks(self, which: RemarkFilter, *, after: tuple[int, int], near_ms: int, limit: int) -> list[Kept]:
        """Return the next remarks behind a place in the stream, in its order; those that end are left out.

        `near_ms`: how near in time the same thing must have been seen elsewhere.
        """
        arms = [self._kept(FINDING, places, limit) for places in _arms(FINDING, which, after)]
        return self._with_neighbours(_merged(arms, limit), near_ms)

    def door_findings(self, which: RemarkFilter, *, after: tuple[int, int], limit: int) -> list[Kept]:
        """Return the next findings of the door, whoever may see them."""
        arms = [self._kept(DOOR_FINDING, places, limit) for places in _arms(DOOR_FINDING, which, after)]
        found = _merged(arms, limit)
        return [replace(one, door=True) for one in found]

    def disclosed(self, event_ids: Collection[str]) -> dict[str, list[str]]:
        """Return the disclosures that are kept of events, by event id."""
        rows = self._connection.execute(
            select(DISCLOSURE.c.event_id, DISCLOSURE.c.text).where(
                among(self._connection, DISCLOSURE.c.event_id, event_ids)
            )
        )
        found = defaultdict[str, list[str]](list)
        for event_id, told in rows:
            found[event_id].append(told)
        return dict(found)

    def live_vehicles(self, hashes: Collection[str], *, but: Collection[str]) -> dict[str, set[str]]:
        """Return the vehicles that have not ended and of which a VIN of each hash is stated and kept.

        What the events in `but` stated is left out.
        """
        kept = and_(DISCLOSURE.c.event_id == VIN.c.event_id, DISCLOSURE.c.digest == VIN.c.digest)
        rows = self._connection.execute(
            select(VIN.c.hash, VIN.c.vehicle)
            .join(DISCLOSURE, kept)
            .join(ITEM, ITEM.c.id == VIN.c.vehicle)
            .where(
                and_(
                    among(self._connection, VIN.c.hash, hashes),
                    ~among(self._connection, VIN.c.event_id, but),
                    ITEM.c.phase != Phase.ENDED.value,
                )
            )
            .distinct()
        )
        found = defaultdict[str, set[str]](set)
        for vin_hash, vehicle in rows:
            found[vin_hash].add(vehicle)
        return found

    def _kept(self, table: Table, places: Sequence[ColumnElement[bool]], limit: int) -> list[Kept]:
        ending = FINDING.alias("ending")
        closed = (
            select(func.min(ending.c.index))
            .where(and_(ending.c.thread == table.c.thread, ending.c.ends, ending.c.index > table.c.index))
            .scalar_subquery()
        )
        rows = self._connection.execute(
            select(table, closed.label("closed"), ENTRY.c.event_id, ENTRY.c.logged_at)
            .join(ENTRY, ENTRY.c.index == table.c.index)
            .where(and_(*places))
            .order_by(table.c.index, table.c.n)
            .limit(limit)
        )
        return [_kept(row) for row in rows.mappings()]

    def _with_neighbours(self, found: list[Kept], near_ms: int) -> list[Kept]:
        """Return remarks with the entry at which the same thing was seen elsewhere, near in time."""
        threads = {one.remark.thread for one in found if one.remark.place is not None}
        if not threads:
            return found
        seen = defaultdict[str, list[tuple[int, int, str]]](list)
        rows = self._connection.execute(
            select(FINDING.c.thread, FINDING.c.index, FINDING.c.base_ms, FINDING.c.place)
            .where(
                and_(
                    among(self._connection, FINDING.c.thread, threads),
                    FINDING.c.index <= max(one.index for one in found),
                )
            )
            .order_by(FINDING.c.index.desc())
            .limit(_NEIGHBOURS)
        )
        for thread, index, base_ms, place in rows:
            seen[thread].append((index, base_ms, place))
        return [replace(one, near=_near(one, seen, near_ms)) for one in found]


def _near(kept: Kept, seen: dict[str, list[tuple[int, int, str]]], near_ms: int) -> int | None:
    remark = kept.remark
    if remark.place is None or remark.base_ms is None or remark.thread is None:
        return None
    base_ms = remark.base_ms
    return next(
        (
            index
            for index, at_ms, place in seen[remark.thread]
            if index < kept.index and place != remark.place and abs(at_ms - base_ms) <= near_ms
        ),
        None,
    )


def _arms(table: Table, which: RemarkFilter, after: tuple[int, int]) -> list[list[ColumnElement[bool]]]:
    """Return the conditions of each read that an index serves; an organisation may stand in two columns."""
    behind = or_(table.c.index > after[0], and_(table.c.index == after[0], table.c.n > after[1]))
    places: list[ColumnElement[bool]] = [
        table.c.index >= max(which.since, after[0]),
        behind,
        table.c.ends.is_(False),
    ]
    if which.subject is not None:
        places.append(table.c.subject == which.subject)
    if which.rules is not None:
        places.append(table.c.rule.in_(which.rules))
    return [places] if which.org is None else [[*places, one] for one in _party(table, which.org)]


def _party(table: Table, org: str) -> list[ColumnElement[bool]]:
    return [table.c.org == org, table.c.other == org]


def _merged(arms: Sequence[list[Kept]], limit: int) -> list[Kept]:
    found = {one.place: one for arm in arms for one in arm}
    return [found[place] for place in sorted(found)[:limit]]


def _kept(row: Any) -> Kept:  # noqa: ANN401  a row of the driver
    remark = Remark(
        rule=row["rule"],
        subject=row["subject"],
        org=_org(row["org"]),
        other=_org(row["other"]),
        thread=row["thread"],
        base_ms=row["base_ms"],
        place=row["place"],
        facts=json.loads(row["facts"]),
    )
    return Kept(
        remark=remark,
        index=row["index"],
        n=row["n"],
        event=row["event_id"],
        logged_at_ms=row["logged_at"],
        closed=row["closed"],
    )


def _org(text: str | None) -> ItemId | None:
    return None if text is None else ItemId.parse(text)


def remark_rows(index: int, remarks: Sequence[Remark], *, first: int = 0) -> list[Row]:
    """Return the rows of an entry's remarks, numbered from `first`."""
    return [
        {
            "index": index,
            "n": n,
            "rule": one.rule,
            "subject": one.subject,
            "org": None if one.org is None else str(one.org),
            "other": None if one.other is None else str(one.other),
            "thread": one.thread,
            "ends": one.ends,
            "base_ms": one.base_ms,
            "place": one.place,
            "facts": json.dumps(one.facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
        }
        for n, one in enumerate(remarks, start=first)
    ]
