"""Measures of a whole ledger: figures made of counts, accounts, lives and claims. Reads no storage.

Whoever serves them and whoever audits them hand in what they have read for themselves.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from statistics import median_low
from typing import Any, Final

from ledger.accounts import METALS, Batch, Recovery, by_material, recovery, recovery_of_all, years
from ledger.events.recycling import ContentClaimed
from ledger.stems import ContentReport

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


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        key: what it is for: a code, an id, a model, a year, or two of them with a space between.
        values: whole numbers by name, each with its unit in the name.
        recovery: by element, where recovery is measured.
        events: the ids of the events it rests on, in log order; none for counts.
        members: for a count, the keys that are counted together.
    """

    key: str
    values: Mapping[str, int] = field(default_factory=dict)
    recovery: Sequence[Recovery] = ()
    events: Sequence[str] = ()
    members: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Batches:
    """The newest treatment steps after the first `size` entries; `cut`: there are more."""

    batches: Sequence[Batch]
    cut: bool
    size: int


@dataclass(frozen=True, slots=True)
class Life:
    """A unit with a day of manufacture that became waste: by which event, and when the log took that."""

    model: str | None
    made_on: date
    event: str
    logged_at_ms: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim of recycled content with its event's id, beside what the ledger shows of its lots."""

    event: str
    claims: ContentClaimed
    report: ContentReport


Found = tuple[list[Figure], bool]
"""Figures, and whether there is more than was taken in."""


def packs(counted: Mapping[str, tuple[int, int]], districts: Mapping[str, str]) -> Found:
    """Return counts of units and their mass in g.

    Args:
        counted: number and mass by what is counted, the largest first; more than `MAX_GROUPS` are cut.
        districts: the groups into which keys are put together, where they are.
    """
    groups: dict[str, list[str]] = {}
    for key in list(counted)[:MAX_GROUPS]:
        groups.setdefault(districts.get(key, key), []).append(key)
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
    return figures, len(counted) > MAX_GROUPS


def flows(found: Batches, by: By) -> Found:
    """Return what went through treatment steps, by step or by material."""
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


def recoveries(found: Batches, by: By, until: date) -> Found:
    """Return what treatment steps recovered; by year, that of the twelve months up to a day in China."""
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


def lives(rows: Sequence[Life], by: By) -> Found:
    """Return how many days units took from manufacture to waste; more than `MAX_RETIRED` are cut."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for row in rows[:MAX_RETIRED]:
        ended = datetime.fromtimestamp(row.logged_at_ms // 1000, tz=CHINA).date()
        key = str(ended.year) if by is By.YEAR else row.model or ""
        groups.setdefault(key, []).append(((ended - row.made_on).days, row.event))
    return [_lives(key, some) for key, some in sorted(groups.items())], len(rows) > MAX_RETIRED


def recycled_content(rows: Iterable[Claimed], by: By, *, cut: bool) -> Found:
    """Return claims of recycled content beside what the ledger shows, in the order of the log."""
    groups: dict[str, list[Claimed]] = {}
    for row in rows:
        key = f"{_key_of(row.claims, by)} {row.claims.element}".strip()
        groups.setdefault(key, []).append(row)
    return [_claimed(key, some) for key, some in sorted(groups.items())], cut


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


def _lives(key: str, found: Sequence[tuple[int, str]]) -> Figure:
    days = [one for one, _ in found]
    values = {
        "count": len(days),
        "mean_days": sum(days) // len(days),
        "median_days": median_low(days),
        "least_days": min(days),
        "most_days": max(days),
    }
    return Figure(key, values, events=list(dict.fromkeys(event for _, event in found)))


def _key_of(claims: ContentClaimed, by: By) -> str:
    if by is By.MODEL:
        return claims.model
    return str(claims.year) if by is By.YEAR else ""


def _claimed(key: str, claims: Sequence[Claimed]) -> Figure:
    reports = [one.report for one in claims]
    values: dict[str, Any] = {
        "claims": len(claims),
        "pre_consumer_g": sum(report.claimed_pre_g for report in reports),
        "post_consumer_g": sum(report.claimed_post_g for report in reports),
        "provable_g": sum(report.provable_g or 0 for report in reports),
        "not_assessed": sum(report.provable_g is None for report in reports),
    }
    return Figure(key, values, events=[one.event for one in claims])


def _grouped(batches: Iterable[Batch], keys: Callable[[Batch], Iterable[str]]) -> dict[str, list[Batch]]:
    found: dict[str, list[Batch]] = {}
    for batch in batches:
        for key in keys(batch):
            found.setdefault(key, []).append(batch)
    return dict(sorted(found.items()))


def _events(batches: Sequence[Batch]) -> list[str]:
    return [batch.event for batch in sorted(batches, key=lambda one: one.index)]
