"""Sheets of labels for office printers: A4 with cutting lines and a ruler that shows whether it is 1:1."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.label_url import MalformedLabelError
from ledger.printing import words
from ledger.printing.layout import SIZES, Imprint, Plan, lay_out
from ledger.printing.shapes import Drawing, Letters, Shape, box
from ledger.printing.typeface import Typeface

MAX_LABELS: Final = 96
"""Labels printed at once."""
RULER_MM: Final = 150
MARGIN_MM: Final = 5.0
"""What printers of paper can be relied on to leave white at the edges of a page, at most."""
_TICKS: Final = ((10, 3.0), (5, 2.2), (1, 1.4))
_HAIR: Final = 0.1


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: labels of one size in columns and rows, with the same room between them as at the sides.

    Where that would be less than 5 mm at the sides the labels move together: most office printers leave the
    outermost 4 to 5 mm of a page white.
    """

    label: str
    columns: int
    rows: int
    width: float = 210.0
    height: float = 297.0
    foot: float = 20.0
    """Room for the ruler."""

    @property
    def plan(self) -> Plan:
        """The size of its labels."""
        return SIZES[self.label]

    @property
    def count(self) -> int:
        """How many labels are on it."""
        return self.columns * self.rows

    def corner(self, place: int) -> tuple[float, float]:
        """Return the top left corner of the label at a place, row by row."""
        row, column = divmod(place, self.columns)
        left, across = _spread(self.width, self.plan.width, self.columns)
        top, down = _spread(self.height - self.foot, self.plan.height, self.rows)
        return left + column * across, top + row * down


def _spread(room: float, edge: float, count: int) -> tuple[float, float]:
    """Return where the first of so many labels begins, and how far it is from one to the next, in mm."""
    margin = max(MARGIN_MM, (room - count * edge) / (count + 1))
    return margin, edge + (room - 2 * margin - count * edge) / (count - 1)


SHEETS: Final[Mapping[str, Sheet]] = {
    "a4": Sheet("100x60", 2, 4),
    "a4-70x40": Sheet("70x40", 2, 6),
}
"""Sheets by name."""
FORMS: Final = (*SIZES, *SHEETS)
"""What labels can be printed on: `100x60` and the like from a roll, one a piece, or sheets."""


def pages(imprints: Sequence[Imprint], form: str, face: Typeface, *, dpi: int | None = None) -> list[Drawing]:
    """Return labels as what comes out of a printer: each by itself from a roll, or on sheets.

    Args:
        imprints: the labels, 1 to 96.
        form: one of `FORMS`.
        face: what they are set in.
        dpi: see `lay_out`.

    Raises:
        MalformedLabelError: none or too many labels, or one whose codes do not fit.
    """
    if not 0 < len(imprints) <= MAX_LABELS:
        raise MalformedLabelError(f"1 to {MAX_LABELS} labels are printed at once")
    if form in SIZES:
        return [lay_out(one, SIZES[form], face, dpi=dpi) for one in imprints]
    sheet = SHEETS[form]
    parts = [imprints[start : start + sheet.count] for start in range(0, len(imprints), sheet.count)]
    return [
        _sheet(part, sheet, face, dpi, (number, len(parts))) for number, part in enumerate(parts, start=1)
    ]


def _sheet(
    imprints: Sequence[Imprint], sheet: Sheet, face: Typeface, dpi: int | None, page: tuple[int, int]
) -> Drawing:
    shapes: list[Shape] = []
    titles: list[str] = []
    for place, imprint in enumerate(imprints):
        label = lay_out(imprint, sheet.plan, face, dpi=dpi)
        x, y = sheet.corner(place)
        shapes += _frame(x, y, label.width, label.height)
        shapes += label.moved(x, y)
        titles.append(label.title)
    shapes += _ruler(sheet, face)
    first, second = _told_below(sheet)
    zh, en = words.both("text", "page", page=page[0], pages=page[1])
    shapes.append(Letters(sheet.width - 26, first, 2.4, zh))
    shapes.append(Letters(sheet.width - 26, second, 2.0, en))
    return Drawing(sheet.width, sheet.height, tuple(shapes), "; ".join(titles))


def _frame(x: float, y: float, width: float, height: float) -> Iterator[Shape]:
    """A hair line around a label, to cut along; it lies outside of it."""
    yield box(x - _HAIR, y - _HAIR, width + 2 * _HAIR, _HAIR)
    yield box(x - _HAIR, y + height, width + 2 * _HAIR, _HAIR)
    yield box(x - _HAIR, y, _HAIR, height)
    yield box(x + width, y, _HAIR, height)


def _ruler(sheet: Sheet, face: Typeface) -> Iterator[Shape]:
    """A ruler at the foot of a sheet; a millimetre is from the left edge of a tick to that of the next."""
    x, y = 10.0, sheet.height - sheet.foot + 2
    yield box(x, y, RULER_MM + _HAIR, _HAIR)
    for at in range(RULER_MM + 1):
        length = next(length for step, length in _TICKS if at % step == 0)
        yield box(x + at, y, _HAIR, length)
        if at % _TICKS[0][0] == 0:
            text = str(at)
            yield Letters(x + at - face.width(text, 2.2) / 2, y + 5.2, 2.2, text)
    first, second = _told_below(sheet)
    zh, en = words.both("text", "ruler", millimetres=RULER_MM)
    yield Letters(x, first, 2.6, zh)
    yield Letters(x, second, 2.4, en)


def _told_below(sheet: Sheet) -> tuple[float, float]:
    """Return the baselines of the two lines below the ruler, clear of what a printer leaves white."""
    return sheet.height - 9.2, sheet.height - 6.2
