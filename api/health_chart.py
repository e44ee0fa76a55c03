"""A battery's state of health over time as a chart that the server draws: numbers in, places on paper out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.events.correction import EventCorrected
from ledger.events.service import HealthMeasured
from ledger.instants import Instant, format_day
from ledger.reading import Revealed

WIDTH: Final = 640
HEIGHT: Final = 260
_LEFT: Final = 56
_RIGHT: Final = 16
_TOP: Final = 16
_BOTTOM: Final = 34
_STEP: Final = 100
_FULL: Final = 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement: the event, when, and the state of health in permille of what was rated."""

    event: str
    at: Instant
    soh_permille: int

    @property
    def day(self) -> str:
        """The day of the measurement."""
        return format_day(self.at.day)

    @property
    def percent(self) -> str:
        """The state of health as people write it."""
        return f"{self.soh_permille / 10:g} %"


@dataclass(frozen=True, slots=True)
class Dot:
    """A measurement at its place on the paper."""

    x: int
    y: int
    measured: Measured


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws. `lines` are levels with their labels, `path` joins the dots."""

    dots: Sequence[Dot]
    lines: Sequence[tuple[int, str]]
    path: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT


def measurements(revealed: Iterable[Revealed]) -> list[Measured]:
    """Return the measurements among claims that a reader may see, oldest first, each as last corrected."""
    found: dict[str, Measured] = {}
    corrected: dict[str, int] = {}
    for one in revealed:
        event = one.view.event
        figure = next((claim.value for claim in one.claims if claim.name == "soh_permille"), None)
        if not isinstance(figure, int):
            continue
        if isinstance(event.claims, HealthMeasured):
            found[event.id] = Measured(event.id, event.at, figure)
        elif isinstance(event.claims, EventCorrected):
            corrected[event.claims.event] = figure
    told = [Measured(one.event, one.at, corrected.get(one.event, one.soh_permille)) for one in found.values()]
    return sorted(told, key=lambda one: one.at.ms)


def draw(measured: Sequence[Measured]) -> Chart | None:
    """Return the chart of some measurements; None where there is none."""
    if not measured:
        return None
    figures = [one.soh_permille for one in measured]
    low = max(0, min(figures) // _STEP * _STEP - _STEP)
    high = max(_FULL, -(-max(figures) // _STEP) * _STEP)
    first, last = measured[0].at.ms, measured[-1].at.ms
    dots = [Dot(_across(one.at.ms, first, last), _down(one.soh_permille, low, high), one) for one in measured]
    levels = range(low, high + 1, _STEP if high - low <= 5 * _STEP else 2 * _STEP)
    return Chart(
        dots=dots,
        lines=[(_down(level, low, high), f"{level // 10} %") for level in levels],
        path=" ".join(f"{dot.x},{dot.y}" for dot in dots),
    )


def _across(ms: int, first: int, last: int) -> int:
    wide = WIDTH - _LEFT - _RIGHT - 40
    if last == first:
        return _LEFT + 20 + wide // 2
    return _LEFT + 20 + (ms - first) * wide // (last - first)


def _down(permille: int, low: int, high: int) -> int:
    tall = HEIGHT - _TOP - _BOTTOM
    return _TOP + (high - permille) * tall // (high - low)
