"""What 124 real cells measured, and how the demonstration lends it to batteries that do not exist.

Source, licence and what is scaled or interpolated: cli/demo/data/README.md.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Final

NOMINAL_MAH: Final = 1_100
END_OF_LIFE_MAH: Final = 880
_MEASURED_AT: Final = (10, 50, 100)
_NEIGHBOURS: Final = 24


@dataclass(frozen=True, slots=True)
class MeasuredCell:
    """The discharge capacity of one cell, in mAh, at the cycles where the demonstration carries it."""

    name: str
    points: tuple[tuple[int, int], ...]

    @property
    def life(self) -> int:
        """The cycle at which 80 % of the nominal capacity was left."""
        return self.points[-1][0]

    def capacity_mah(self, cycle: int) -> int:
        """Return the capacity after so many cycles, on a straight line between measured points."""
        if cycle <= self.points[0][0]:
            return self.points[0][1]
        for (left, high), (right, low) in zip(self.points, self.points[1:], strict=False):
            if cycle <= right:
                return high + (low - high) * (cycle - left) // (right - left)
        return self.points[-1][1]  # nothing is made up beyond the last measured point


@cache
def measured_cells() -> tuple[MeasuredCell, ...]:
    """Return the cells in order of their cycle life."""
    text = resources.files("cli.demo").joinpath("data/cell_capacity.csv").read_text("utf-8")
    cells = [
        MeasuredCell(
            row["cell"],
            (
                *((cycle, int(row[f"cycle_{cycle}_mah"])) for cycle in _MEASURED_AT),
                (int(row["cycle_life"]), END_OF_LIFE_MAH),
            ),
        )
        for row in csv.DictReader(text.splitlines())
    ]
    return tuple(sorted(cells, key=lambda cell: (cell.life, cell.name)))


def matched(rng: Random, count: int) -> tuple[MeasuredCell, ...]:
    """Return so many cells of neighbouring cycle life, as a maker matches what goes into one pack."""
    cells = measured_cells()
    start = rng.randrange(len(cells) - _NEIGHBOURS)
    return tuple(rng.sample(cells[start : start + _NEIGHBOURS], count))


def scaled(capacity_mah: int, rated_mah: int) -> int:
    """Return the capacity of a battery rated at `rated_mah` that is worn as this cell is."""
    return capacity_mah * rated_mah // NOMINAL_MAH
