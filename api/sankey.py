"""A Sankey diagram laid out in whole pixels: columns of nodes, and bands between them as wide as what flows.

Pure: amounts in, shapes out. The template draws them as SVG, each band a link to the events it rests on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 960
HEIGHT: Final = 300
GAP: Final = 26
BAR: Final = 12
MARGIN: Final = 230
"""Room for the names on either side."""


@dataclass(frozen=True, slots=True)
class Flow:
    """So much from one node to another; nodes are named by column and key."""

    source: tuple[int, str]
    target: tuple[int, str]
    amount: int


@dataclass(frozen=True, slots=True)
class Node:
    """A bar: where it stands, how high, and how much goes through it."""

    column: int
    key: str
    x: int
    y: int
    height: int
    amount: int

    @property
    def middle(self) -> int:
        """Where its name stands."""
        return self.y + self.height // 2


@dataclass(frozen=True, slots=True)
class Band:
    """A flow as a curve: an SVG path and its width in pixels."""

    flow: Flow
    path: str
    width: int


@dataclass(frozen=True, slots=True)
class Sankey:
    """What is drawn, in pixels."""

    nodes: Sequence[Node]
    bands: Sequence[Band]
    height: int
    width: int = WIDTH


def lay_out(flows: Sequence[Flow], *, margin: int = MARGIN) -> Sankey:
    """Return the diagram of flows, the largest node of each column on top; flows of nothing are left out.

    `margin` is the room for names on either side, in pixels.
    """
    drawn = [one for one in flows if one.amount > 0]
    columns = _columns(drawn)
    most = max((sum(column.values()) for column in columns), default=0)
    nodes = {
        (number, node.key): node
        for number, column in enumerate(columns)
        for node in _bars(number, column, most, last=len(columns) - 1, margin=margin)
    }
    height = max((node.y + node.height for node in nodes.values()), default=0) + GAP
    return Sankey(list(nodes.values()), _bands(drawn, nodes, most), height)


def _columns(flows: Sequence[Flow]) -> list[dict[str, int]]:
    into: dict[tuple[int, str], int] = {}
    out: dict[tuple[int, str], int] = {}
    for one in flows:
        out[one.source] = out.get(one.source, 0) + one.amount
        into[one.target] = into.get(one.target, 0) + one.amount
    # What goes in and what comes out may differ: a bar is as high as the larger.
    through = {node: max(into.get(node, 0), out.get(node, 0)) for node in {**into, **out}}
    columns = [dict[str, int]() for _ in range(max((column for column, _ in through), default=-1) + 1)]
    for (column, key), amount in sorted(through.items(), key=lambda one: (-one[1], one[0])):
        columns[column][key] = amount
    return columns


def _bars(number: int, column: Mapping[str, int], most: int, *, last: int, margin: int) -> list[Node]:
    x = margin + (WIDTH - 2 * margin - BAR) * number // max(1, last)
    y, found = GAP // 2, list[Node]()
    for key, amount in column.items():
        height = _pixels(amount, most)
        found.append(Node(number, key, x, y, height, amount))
        y += height + GAP
    return found


def _bands(flows: Sequence[Flow], nodes: Mapping[tuple[int, str], Node], most: int) -> list[Band]:
    left = dict.fromkeys(nodes, 0)
    right = dict.fromkeys(nodes, 0)
    found = []
    for one in sorted(flows, key=lambda flow: (nodes[flow.source].y, nodes[flow.target].y)):
        source, target = nodes[one.source], nodes[one.target]
        width = _pixels(one.amount, most)
        start_y = source.y + right[one.source] + width // 2
        end_y = target.y + left[one.target] + width // 2
        right[one.source] += width
        left[one.target] += width
        start_x, end_x = source.x + BAR, target.x
        middle = (start_x + end_x) // 2
        path = f"M{start_x} {start_y}C{middle} {start_y} {middle} {end_y} {end_x} {end_y}"
        found.append(Band(one, path, width))
    return found


def _pixels(amount: int, most: int) -> int:
    return max(2, amount * HEIGHT // max(1, most))
