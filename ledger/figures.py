"""Statistics: counts, flows and rates over the whole ledger, each figure with the events it rests on.

Public claims and states only. Work is bounded: the newest batches and claims, so many at most, are taken
in, and figures that leave some out say so.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from statistics import median_low
from typing import Any, Final

from ledger import lineage
from ledger.accounts import METALS, Batch, Recovery, by_material, recovery, recovery_of_all, years
from ledger.events.recycling import ContentClaimed
from ledger.identifiers import ItemId
from ledger.lineage import ContentReport
from ledger.passport import EventView, find_states, views_at
from ledger.state import Organisation
from ledger.store import Snapshot
from ledger.store.counts import CountBy
from ledger.ties import Course, acts_of

MAX_GROUPS: Final = 1_000
MAX_BATCHES: Final = 2_000
MAX_CLAIMS: Final = 200
MAX_RETIRED: Final = 100_000
CHINA: Final = timezone(timedelta(hours=8))
_DAY_MS: Final = 86_400_000


class Measure(StrEnum):
    """What is measured."""

    PACKS = "packs"
    FLOWS = "flows"
    RECOVERY = "recovery"
    TIME_TO_RETIREMENT = "time_to_retirement"
    RECYCLED_CONTENT = "recycled_content"


class By(StrEnum):
    """What figures are told apart by."""

    PHASE = "phase"
    KIND = "kind"
    MAKER = "maker"
    DISTRICT = "district"
    MODEL = "model"
    MATERIAL = "material"
    STEP = "step"
    BATCH = "batch"
    LOT = "lot"
    RECYCLER = "recycler"
    YEAR = "year"
    ELEMENT = "element"


ALLOWED: Final[Mapping[Measure, tuple[By, ...]]] = {
    Measure.PACKS: (By.PHASE, By.KIND, By.MAKER, By.DISTRICT, By.MODEL),
    Measure.FLOWS: (By.MATERIAL, By.STEP),
    Measure.RECOVERY: (By.BATCH, By.LOT, By.RECYCLER, By.YEAR, By.ELEMENT),
    Measure.TIME_TO_RETIREMENT: (By.YEAR, By.MODEL),
    Measure.RECYCLED_CONTENT: (By.MODEL, By.YEAR, By.ELEMENT),
}
"""What each measure may be told apart by."""

_COUNTED: Final = {
    By.PHASE: CountBy.PHASE,
    By.KIND: CountBy.KIND,
    By.MODEL: CountBy.MODEL,
    By.MAKER: CountBy.MAKER,
    By.DISTRICT: CountBy.CUSTODIAN,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        key: what it is for: a code, an id, a model, a year, or two of them with a space between.
        values: whole numbers by name, each with its unit in the name.
        recovery: by element, where recovery is measured.
        events: the ids of the events it rests on, in log order; none for counts, which `events_of` reads.
        members: for a count, the keys of the database that are counted together.
    """

    key: str
    values: Mapping[str, int] = field(default_factory=dict)
    recovery: Sequence[Recovery] = ()
    events: Sequence[str] = ()
    members: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of one measure at one size of the log; `cut`: there is more than was taken in."""

    figures: Sequence[Figure]
    size: int
    cut: bool


@dataclass(frozen=True, slots=True)
class Batches:
    """The newest treatment steps; `cut`: there are more."""

    batches: Sequence[Batch]
    cut: bool


ReadBatches = Callable[[], Batches]


def newest_batches(snapshot: Snapshot) -> Batches:
    """Return the accounts of the newest treatment steps, at most `MAX_BATCHES`."""
    acts = acts_of(snapshot.acts(Course.PROCESSED, limit=MAX_BATCHES + 1, newest=True))
    return Batches(lineage.batches_of(snapshot, acts[-MAX_BATCHES:]), len(acts) > MAX_BATCHES)


def statistics(snapshot: Snapshot, measure: Measure, by: By, until: date, batches: ReadBatches) -> Statistics:
    """Return the figures of a measure.

    Args:
        snapshot: the ledger.
        measure: what is measured.
        by: one of `ALLOWED[measure]`.
        until: the last day of the twelve months of a recycler's year, in China.
        batches: gives the newest treatment steps, which several measures share.
    """
    if measure is Measure.FLOWS:
        figures, cut = _flows(batches(), by)
    elif measure is Measure.RECOVERY:
        figures, cut = _recovery(batches(), by, until)
    else:
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


_Found = tuple[list[Figure], bool]


def _packs(snapshot: Snapshot, by: By) -> _Found:
    counted = snapshot.count_units(_COUNTED[by], limit=MAX_GROUPS + 1)
    cut = len(counted) > MAX_GROUPS
    groups: dict[str, list[str]] = {}
    names = _districts(snapshot, counted) if by is By.DISTRICT else {}
    for key in list(counted)[:MAX_GROUPS]:
        groups.setdefault(names.get(key, key), []).append(key)
    figures = [
        Figure(
            key,
            {
                "count": sum(counted[one][0] for one in members),
                "mass_g": sum(counted[one][1] for one in members),
            },
            members=members,
        )
        for key, members in groups.items()
    ]
    return figures, cut


def _districts(snapshot: Snapshot, custodians: Iterable[str]) -> dict[str, str]:
    """Return the district of each firm among the custodians; a pack is where the firm that has it is."""
    firms = [ItemId.parse(one) for one in custodians if one.startswith("org:")]
    found = find_states(snapshot, firms)
    return {str(org): state.district for org, state in found.items() if isinstance(state, Organisation)}


def _flows(found: Batches, by: By) -> _Found:
    batches, cut = found.batches, found.cut
    if by is By.STEP:
        groups = _grouped(batches, lambda batch: [batch.step.value])
        return [Figure(key, _sums(some), events=_events(some)) for key, some in groups.items()], cut
    groups = _grouped(batches, lambda batch: by_material([*batch.inputs, *batch.outputs]))
    figures = []
    for key, some in groups.items():
        used = sum(by_material(batch.inputs).get(key, 0) for batch in some)
        made = sum(by_material(batch.outputs).get(key, 0) for batch in some)
        figures.append(Figure(key, {"used_g": used, "made_g": made}, events=_events(some)))
    return figures, cut


def _sums(batches: Sequence[Batch]) -> dict[str, int]:
    return {
        "batches": len(batches),
        "input_g": sum(batch.input_g for batch in batches),
        "added_g": sum(batch.added_g for batch in batches),
        "output_g": sum(batch.output_g for batch in batches),
        "losses_g": sum(batch.losses_g for batch in batches),
        "unaccounted_g": sum(max(0, batch.difference_g) for batch in batches),
        "gain_g": sum(max(0, -batch.difference_g) for batch in batches),
    }


def _recovery(found: Batches, by: By, until: date) -> _Found:
    batches, cut = found.batches, found.cut
    if by is By.YEAR:
        return _years(batches, until), cut
    if by is By.ELEMENT:
        return _elements(batches), cut
    if by is By.RECYCLER:
        groups = _grouped(batches, lambda batch: [f"{batch.by} {batch.step}"])
        return [_together(key, some) for key, some in groups.items()], cut
    keys = _KEYS[by]
    return [
        Figure(key, _sums([batch]), [recovery(batch, metal) for metal in METALS], [batch.event])
        for batch in batches
        for key in keys(batch)
    ], cut


_KEYS: Final[Mapping[By, Callable[[Batch], Iterable[str]]]] = {
    By.BATCH: lambda batch: [batch.event],
    By.LOT: lambda batch: [str(line.item) for line in batch.outputs],
}


def _years(batches: Sequence[Batch], until: date) -> list[Figure]:
    first = date(until.year - 1, until.month, min(until.day, 28) if until.month == 2 else until.day)  # noqa: PLR2004  February
    found = years(batches, since_ms=_end_of(first), until_ms=_end_of(until))
    return [_together(f"{year.by} {year.step}", year.batches) for year in found]


def _end_of(day: date) -> int:
    """Return the end of a day in China, in ms since 1970."""
    begin = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    return int(begin.timestamp()) * 1000 + _DAY_MS


def _together(key: str, batches: Sequence[Batch]) -> Figure:
    return Figure(
        key, _sums(batches), [recovery_of_all(batches, metal) for metal in METALS], _events(batches)
    )


def _elements(batches: Sequence[Batch]) -> list[Figure]:
    steps = _grouped(batches, lambda batch: [batch.step.value])
    return [
        Figure(f"{metal} {step}", {"batches": len(some)}, [recovery_of_all(some, metal)], _events(some))
        for metal in METALS
        for step, some in steps.items()
    ]


def _time_to_retirement(snapshot: Snapshot, by: By) -> _Found:
    rows = snapshot.retired(limit=MAX_RETIRED + 1)
    groups: dict[str, list[tuple[int, str]]] = {}
    for row in rows[:MAX_RETIRED]:
        ended = datetime.fromtimestamp(row.logged_at_ms // 1000, tz=CHINA).date()
        key = str(ended.year) if by is By.YEAR else row.model or ""
        days = (ended - date.fromisoformat(row.made_on)).days
        groups.setdefault(key, []).append((days, row.event_id))
    return [_lives(key, lives) for key, lives in sorted(groups.items())], len(rows) > MAX_RETIRED


def _lives(key: str, lives: Sequence[tuple[int, str]]) -> Figure:
    days = [one for one, _ in lives]
    values = {
        "count": len(days),
        "mean_days": sum(days) // len(days),
        "median_days": median_low(days),
        "least_days": min(days),
        "most_days": max(days),
    }
    return Figure(key, values, events=list(dict.fromkeys(event for _, event in lives)))


def _recycled_content(snapshot: Snapshot, by: By) -> _Found:
    acts = acts_of(snapshot.acts(Course.CLAIMED, limit=MAX_CLAIMS + 1, newest=True))
    views = views_at(snapshot, [act.index for act in acts[-MAX_CLAIMS:]])
    groups: dict[str, list[tuple[EventView, ContentReport]]] = {}
    for view in views.values():
        claims = view.event.claims
        if isinstance(claims, ContentClaimed):
            key = f"{_key_of(claims, by)} {claims.element}".strip()
            groups.setdefault(key, []).append((view, lineage.content_report(snapshot, claims)))
    return [_claimed(key, some) for key, some in sorted(groups.items())], len(acts) > MAX_CLAIMS


def _key_of(claims: ContentClaimed, by: By) -> str:
    if by is By.MODEL:
        return claims.model
    return str(claims.year) if by is By.YEAR else ""


def _claimed(key: str, claims: Sequence[tuple[EventView, ContentReport]]) -> Figure:
    reports = [report for _, report in claims]
    values: dict[str, Any] = {
        "claims": len(claims),
        "pre_consumer_g": sum(report.claimed_pre_g for report in reports),
        "post_consumer_g": sum(report.claimed_post_g for report in reports),
        "provable_g": sum(report.provable_g or 0 for report in reports),
        "not_assessed": sum(report.provable_g is None for report in reports),
    }
    return Figure(key, values, events=[view.event.id for view, _ in claims])


def _grouped(batches: Iterable[Batch], keys: Callable[[Batch], Iterable[str]]) -> dict[str, list[Batch]]:
    found: dict[str, list[Batch]] = {}
    for batch in batches:
        for key in keys(batch):
            found.setdefault(key, []).append(batch)
    return dict(sorted(found.items()))


def _events(batches: Sequence[Batch]) -> list[str]:
    return [batch.event for batch in sorted(batches, key=lambda one: one.index)]


_MEASURES: Final[Mapping[Measure, Callable[[Snapshot, By], _Found]]] = {
    Measure.PACKS: _packs,
    Measure.TIME_TO_RETIREMENT: _time_to_retirement,
    Measure.RECYCLED_CONTENT: _recycled_content,
}
