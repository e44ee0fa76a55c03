"""Statistics: counts, flows and rates over the whole ledger, each figure with the events it rests on.

Public claims and states only. Work is bounded: the newest batches and claims, so many at most, are taken
in, and figures that leave some out say so. `ledger.measures` makes them; here is what they are made of.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger import lineage, measures
from ledger.events.recycling import ContentClaimed
from ledger.identifiers import ItemId
from ledger.measures import (
    MAX_BATCHES,
    MAX_CLAIMS,
    MAX_GROUPS,
    MAX_RETIRED,
    Batches,
    By,
    Claimed,
    Figure,
    Found,
    Life,
    Measure,
)
from ledger.passport import find_states, views_at
from ledger.state import Organisation
from ledger.store import Snapshot
from ledger.store.counts import CountBy
from ledger.ties import Course, acts_of

_COUNTED: Final = {
    By.PHASE: CountBy.PHASE,
    By.KIND: CountBy.KIND,
    By.MODEL: CountBy.MODEL,
    By.MAKER: CountBy.MAKER,
    By.DISTRICT: CountBy.CUSTODIAN,
}


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of one measure at one size of the log; `cut`: there is more than was taken in."""

    figures: Sequence[Figure]
    size: int
    cut: bool


ReadBatches = Callable[[], Batches]


def newest_batches(snapshot: Snapshot) -> Batches:
    """Return the accounts of the newest treatment steps, at most `MAX_BATCHES`."""
    acts = acts_of(snapshot.acts(Course.PROCESSED, limit=MAX_BATCHES + 1, newest=True))
    found = lineage.batches_of(snapshot, acts[-MAX_BATCHES:])
    return Batches(found, len(acts) > MAX_BATCHES, snapshot.head().size)


def statistics(snapshot: Snapshot, measure: Measure, by: By, until: date, batches: ReadBatches) -> Statistics:
    """Return the figures of a measure.

    Args:
        snapshot: the ledger.
        measure: what is measured.
        by: one of `ALLOWED[measure]`.
        until: the last day of the twelve months of a recycler's year, in China.
        batches: gives the newest treatment steps, which several measures share.
    """
    if measure in (Measure.FLOWS, Measure.RECOVERY):
        # They may have been read a moment ago, so the figures are of their size.
        some = batches()
        figures, cut = (
            measures.flows(some, by) if measure is Measure.FLOWS else measures.recoveries(some, by, until)
        )
        return Statistics(figures, some.size, cut)
    figures, cut = _MEASURES[measure](snapshot, by)
    return Statistics(figures, snapshot.head().size, cut)


def events_of(
    snapshot: Snapshot, by: By, figure: Figure, *, after: str, limit: int
) -> tuple[list[str], str | None]:
    """Return a page of the events a figure rests on, and where the next begins; None: there is none.

    A count rests on the latest event of each pack; `after` is then the id of a pack, else a number.
    """
    if figure.members:
        counted = _COUNTED[by]
        rows = snapshot.tips_of_units(counted, figure.members, after=after, limit=limit + 1)
        page = rows[:limit]
        return [tip for _, tip in page], page[-1][0] if len(rows) > limit else None
    start = int(after) if after.isdecimal() else 0
    shown = figure.events[start : start + limit]
    left = start + len(shown) < len(figure.events)
    return list(shown), str(start + len(shown)) if left else None


def _packs(snapshot: Snapshot, by: By) -> Found:
    counted = snapshot.count_units(_COUNTED[by], limit=MAX_GROUPS + 1)
    return measures.packs(counted, _districts(snapshot, counted) if by is By.DISTRICT else {})


def _districts(snapshot: Snapshot, custodians: Iterable[str]) -> dict[str, str]:
    """Return the district of each firm among the custodians; a pack is where the firm that has it is."""
    firms = [ItemId.parse(one) for one in custodians if one.startswith("org:")]
    found = find_states(snapshot, firms)
    return {str(org): state.district for org, state in found.items() if isinstance(state, Organisation)}


def _time_to_retirement(snapshot: Snapshot, by: By) -> Found:
    rows = snapshot.retired(limit=MAX_RETIRED + 1)
    found = [Life(row.model, date.fromisoformat(row.made_on), row.event_id, row.logged_at_ms) for row in rows]
    return measures.lives(found, by)


def _recycled_content(snapshot: Snapshot, by: By) -> Found:
    acts = acts_of(snapshot.acts(Course.CLAIMED, limit=MAX_CLAIMS + 1, newest=True))
    views = views_at(snapshot, [act.index for act in acts[-MAX_CLAIMS:]])
    claimed = [(view.event.id, view.event.claims) for view in views.values()]
    rows = [
        Claimed(event, claims, lineage.content_report(snapshot, claims))
        for event, claims in claimed
        if isinstance(claims, ContentClaimed)
    ]
    return measures.recycled_content(rows, by, cut=len(acts) > MAX_CLAIMS)


_MEASURES: Final[Mapping[Measure, Callable[[Snapshot, By], Found]]] = {
    Measure.PACKS: _packs,
    Measure.TIME_TO_RETIREMENT: _time_to_retirement,
    Measure.RECYCLED_CONTENT: _recycled_content,
}
