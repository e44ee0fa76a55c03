"""What a label is made of: dark squares, areas and letters, at places in millimetres from the top left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

Point = tuple[float, float]
Ring = tuple[Point, ...]
Matrix = Sequence[Sequence[bool]]


@dataclass(frozen=True, slots=True)
class Cells:
    """The modules of a code, true where dark, without its quiet zone.

    Attributes:
        x: left edge of the first module.
        y: its top edge.
        module: edge of a module, in mm; whole dots where it is for a printer.
        rows: the modules.
    """

    x: float
    y: float
    module: float
    rows: Matrix

    def runs(self) -> Iterable[tuple[int, int, int]]:
        """Yield the rows of dark modules as column, row and length."""
        for row, cells in enumerate(self.rows):
            start = None
            for column, dark in enumerate((*cells, False)):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    yield start, row, column - start
                    start = None


@dataclass(frozen=True, slots=True)
class Area:
    """A closed line filled with black, or with white over what is black before it."""

    ring: Ring
    dark: bool = True

    def placed(self, x: float, y: float, edge: float) -> Self:
        """Return an area of the unit square at its place: scaled to `edge`, then moved to (x, y)."""
        return type(self)(tuple((x + edge * px, y + edge * py) for px, py in self.ring), self.dark)


@dataclass(frozen=True, slots=True)
class Letters:
    """A line of text: its left end, its baseline and its size (of the em), in mm."""

    x: float
    y: float
    size: float
    text: str


Shape = Cells | Area | Letters


@dataclass(frozen=True, slots=True)
class Drawing:
    """A label or a sheet of labels.

    Attributes:
        width: in mm.
        height: in mm.
        shapes: in the order in which they are drawn.
        title: what it is, for who cannot see it.
    """

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str

    def moved(self, x: float, y: float) -> tuple[Shape, ...]:
        """Return its shapes on a sheet, its corner at (x, y)."""
        return tuple(_moved(shape, x, y) for shape in self.shapes)


def box(x: float, y: float, width: float, height: float, *, dark: bool = True) -> Area:
    """Return a rectangle."""
    return Area(((x, y), (x + width, y), (x + width, y + height), (x, y + height)), dark)


def _moved(shape: Shape, x: float, y: float) -> Shape:
    match shape:
        case Cells():
            return Cells(shape.x + x, shape.y + y, shape.module, shape.rows)
        case Letters():
            return Letters(shape.x + x, shape.y + y, shape.size, shape.text)
        case Area():
            return Area(tuple((px + x, py + y) for px, py in shape.ring), shape.dark)
