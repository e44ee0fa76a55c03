"""Timing in pairs: the measured thing and its baseline take turns, so that a drifting machine hits both."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ROUNDS: Final = 7


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: medians in microseconds per unit, and the median of the ratios pair by pair."""

    name: str
    unit: str
    ours_us: float
    bare_us: float
    ratio: float
    baseline: str


def measure(
    name: str,
    ours: Callable[[], int],
    bare: Callable[[], int],
    *,
    unit: str,
    baseline: str,
    rounds: int = ROUNDS,
) -> Figure:
    """Run both in turn after a warm-up and return medians; each callable returns how many units it did."""
    _once(ours)
    _once(bare)
    pairs = [(_once(ours), _once(bare)) for _ in range(rounds)]
    return Figure(
        name,
        unit,
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[0] / pair[1] for pair in pairs),
        baseline,
    )


def _once(run: Callable[[], int]) -> float:
    gc.collect()
    start = time.perf_counter()
    units = run()
    return (time.perf_counter() - start) * 1e6 / units


def table(figures: list[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| what | per | ours, µs | bare, µs | ratio | bare baseline |",
        "|---|---|---:|---:|---:|---|",
    ]
    lines += [
        f"| {one.name} | {one.unit} | {one.ours_us:,.0f} | {one.bare_us:,.0f} | "
        f"{one.ratio:.1f} | {one.baseline} |"
        for one in figures
    ]
    return "\n".join(lines)
