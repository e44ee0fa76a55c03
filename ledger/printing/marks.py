"""Hazard marks and the separate-collection symbol, drawn by us as lines in a unit square, y downwards.

A hazard mark is a warning triangle with a sign of its hazard in it. The separate-collection symbol is the
crossed-out wheeled bin of Annex VI, part B, of Regulation (EU) 2023/1542. Signs are black on white, because
thermal printers have one colour.
"""

import math
from typing import Final

from ledger.printing.shapes import Area, Point, Ring, box
from ledger.vocabulary import Hazard

_ROUND: Final = 32
"""Corners of a polygon that stands for a circle."""

Mark = tuple[Area, ...]


def hazard_mark(hazard: Hazard) -> Mark:
    """Return the warning sign of a hazard."""
    return (*_TRIANGLE, *_SIGNS[hazard])


def collection_symbol() -> Mark:
    """Return the crossed-out wheeled bin."""
    return (*_BIN, *_CROSS)


def _disc(x: float, y: float, radius: float, *, dark: bool = True, squeeze: float = 1.0) -> Area:
    turns = (2 * math.pi * step / _ROUND for step in range(_ROUND))
    return Area(
        tuple((x + radius * math.cos(turn), y + radius * squeeze * math.sin(turn)) for turn in turns), dark
    )


def _bar(start: Point, end: Point, width: float, *, dark: bool = True) -> Area:
    """A straight stroke of a width between two points, with square ends."""
    (x1, y1), (x2, y2) = start, end
    length = math.hypot(x2 - x1, y2 - y1)
    dx, dy = (y1 - y2) / length * width / 2, (x2 - x1) / length * width / 2
    return Area(((x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy)), dark)


def _curve(start: Point, *pieces: tuple[Point, Point, Point]) -> Ring:
    """A closed line of cubic curves, each given by two control points and its end."""
    ring: list[Point] = []
    for first, second, end in pieces:
        for step in range(_ROUND // 4):
            t = step / (_ROUND // 4)
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
            corners = (start, first, second, end)
            x, y = (
                sum(w * corner[axis] for w, corner in zip(weights, corners, strict=True)) for axis in (0, 1)
            )
            ring.append((x, y))
        start = end
    return tuple(ring)


def _rounded(corners: Ring, radius: float) -> Ring:
    """A polygon whose corners are cut round: each is a curve between points `radius` from it."""
    pieces: list[Point] = []
    for before, corner, after in zip(
        corners[-1:] + corners[:-1], corners, corners[1:] + corners[:1], strict=True
    ):
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        for step in range(_ROUND // 4 + 1):
            t = step / (_ROUND // 4)
            x, y = (
                (1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * corner[axis] + t**2 * end[axis]
                for axis in (0, 1)
            )
            pieces.append((x, y))
    return tuple(pieces)


def _towards(corner: Point, other: Point, distance: float) -> Point:
    share = distance / math.dist(corner, other)
    return (corner[0] + (other[0] - corner[0]) * share, corner[1] + (other[1] - corner[1]) * share)


_TRIANGLE: Final[Mark] = (
    Area(_rounded(((0.5, 0.0), (1.0, 0.94), (0.0, 0.94)), 0.12)),
    Area(_rounded(((0.5, 0.135), (0.885, 0.865), (0.115, 0.865)), 0.05), dark=False),
)
_BOLT: Final[Mark] = (
    Area(((0.56, 0.30), (0.40, 0.575), (0.50, 0.575), (0.42, 0.72), (0.38, 0.70), (0.40, 0.83), (0.50, 0.755),
          (0.46, 0.735), (0.61, 0.51), (0.51, 0.51), (0.63, 0.30))),
)  # fmt: skip
_FLAME: Final[Mark] = (
    Area(
        _curve(
            (0.50, 0.30),
            ((0.53, 0.42), (0.66, 0.48), (0.66, 0.62)),
            ((0.66, 0.72), (0.59, 0.78), (0.50, 0.78)),
            ((0.41, 0.78), (0.34, 0.72), (0.34, 0.62)),
            ((0.34, 0.55), (0.38, 0.51), (0.40, 0.46)),
            ((0.42, 0.52), (0.44, 0.54), (0.46, 0.54)),
            ((0.48, 0.46), (0.46, 0.38), (0.50, 0.30)),
        )
    ),
    Area(
        _curve(
            (0.51, 0.58),
            ((0.52, 0.63), (0.57, 0.65), (0.57, 0.70)),
            ((0.57, 0.74), (0.54, 0.76), (0.50, 0.76)),
            ((0.46, 0.76), (0.43, 0.74), (0.43, 0.70)),
            ((0.43, 0.65), (0.50, 0.64), (0.51, 0.58)),
        ),
        dark=False,
    ),
    box(0.30, 0.80, 0.40, 0.035),
)
_SKULL: Final[Mark] = (
    _bar((0.28, 0.66), (0.72, 0.82), 0.05),
    _bar((0.72, 0.66), (0.28, 0.82), 0.05),
    _disc(0.5, 0.535, 0.165, dark=False),
    _disc(0.5, 0.515, 0.145),
    box(0.425, 0.60, 0.15, 0.115),
    _disc(0.44, 0.525, 0.042, dark=False),
    _disc(0.56, 0.525, 0.042, dark=False),
    Area(((0.5, 0.575), (0.522, 0.615), (0.478, 0.615)), dark=False),
    box(0.468, 0.655, 0.014, 0.06, dark=False),
    box(0.518, 0.655, 0.014, 0.06, dark=False),
)
_ACID: Final[Mark] = (
    # A tube pours drops onto a bar that they eat into.
    _bar((0.36, 0.36), (0.55, 0.46), 0.085),
    _bar((0.37, 0.365), (0.53, 0.45), 0.04, dark=False),
    Area(_curve((0.575, 0.49), ((0.60, 0.54), (0.615, 0.56), (0.615, 0.585)),
                ((0.615, 0.635), (0.535, 0.635), (0.535, 0.585)),
                ((0.535, 0.56), (0.55, 0.54), (0.575, 0.49)))),
    box(0.26, 0.72, 0.48, 0.10),
    _disc(0.575, 0.71, 0.075, dark=False),
    _bar((0.47, 0.69), (0.43, 0.61), 0.025),
    _bar((0.68, 0.69), (0.71, 0.62), 0.025),
)  # fmt: skip
_WEIGHT: Final[Mark] = (
    _disc(0.5, 0.465, 0.095),
    _disc(0.5, 0.465, 0.05, dark=False),
    Area(((0.37, 0.53), (0.63, 0.53), (0.72, 0.80), (0.28, 0.80))),
    _bar((0.5, 0.585), (0.5, 0.755), 0.05, dark=False),
    Area(((0.5, 0.775), (0.42, 0.69), (0.58, 0.69)), dark=False),
)
_SIGNS: Final = {
    Hazard.HIGH_VOLTAGE: _BOLT,
    Hazard.FLAMMABLE_ELECTROLYTE: _FLAME,
    Hazard.TOXIC_GAS: _SKULL,
    Hazard.CORROSIVE: _ACID,
    Hazard.HEAVY_LIFT: _WEIGHT,
}
_BIN: Final[Mark] = (
    # Body, lid with its handle, the wheel behind and the foot before.
    Area(((0.27, 0.24), (0.75, 0.24), (0.69, 0.83), (0.34, 0.83))),
    Area(((0.325, 0.29), (0.695, 0.29), (0.645, 0.78), (0.385, 0.78)), dark=False),
    Area(_rounded(((0.20, 0.245), (0.25, 0.155), (0.76, 0.155), (0.82, 0.245)), 0.03)),
    Area(((0.285, 0.205), (0.305, 0.185), (0.715, 0.185), (0.735, 0.205)), dark=False),
    box(0.40, 0.105, 0.22, 0.06),
    box(0.44, 0.135, 0.14, 0.03, dark=False),
    _disc(0.64, 0.845, 0.085),
    _disc(0.64, 0.845, 0.035, dark=False),
    box(0.335, 0.80, 0.075, 0.085),
)
_CROSS: Final[Mark] = (
    _bar((0.018, 0.018), (0.982, 0.982), 0.095, dark=False),
    _bar((0.982, 0.018), (0.018, 0.982), 0.095, dark=False),
    _bar((0.018, 0.018), (0.982, 0.982), 0.05),
    _bar((0.982, 0.018), (0.018, 0.982), 0.05),
)
