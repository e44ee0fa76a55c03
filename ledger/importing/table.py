"""A table as a spreadsheet shows it: rows by their number, cells as they were typed. Knows no file format."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

from ledger.importing.problems import ImportRefusal

MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 1_000
MAX_CELLS: Final = 4_000_000
MAX_TEXT: Final = 32_767
"""The longest text that a spreadsheet keeps in a cell."""
_LETTERS: Final = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a table is read.

    Attributes:
        file_bytes: the file as it is.
        unpacked_bytes: what a workbook, which is an archive, holds.
        rows: those below the header.
        cells: those of all rows.
    """

    file_bytes: int = 128 * 1024 * 1024
    unpacked_bytes: int = 256 * 1024 * 1024
    rows: int = MAX_ROWS
    cells: int = MAX_CELLS


ANY_HONEST: Final = Limits()
"""More than any honest table has."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that holds a formula, which is never evaluated."""

    text: str


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """A cell in which the spreadsheet shows an error, such as #N/A."""

    text: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The first cell of a merged range, such as B2:B5."""

    range: str


Value = str | int | float | bool | datetime | date | time | Formula | ErrorValue | Merged | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not empty, by the number that the spreadsheet gives it; shorter rows end in nothing."""

    number: int
    cells: tuple[Value, ...]

    def cell(self, column: int) -> Value:
        """Return the cell in a column, counted from 0."""
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Table:
    """A header row and the rows below it. `shadowed` are the cells (row, column) that a merged one covers."""

    header: Row
    rows: tuple[Row, ...]
    shadowed: frozenset[tuple[int, int]] = field(default=frozenset())


def table_of(rows: list[Row], shadowed: frozenset[tuple[int, int]] = frozenset()) -> Table:
    """Return the table whose header is the first of these rows.

    Raises:
        ImportRefusal: there is no row, too many, or none below the header.
    """
    if len(rows) < 2:  # noqa: PLR2004  a header and a row
        raise ImportRefusal("import.empty")
    return Table(rows[0], tuple(rows[1:]), shadowed)


def check_bytes(data: bytes, limits: Limits) -> None:
    """Check that a file is no larger than its limits; raises ImportRefusal."""
    if len(data) > limits.file_bytes:
        raise ImportRefusal("import.too_large", what="bytes", limit=limits.file_bytes)


class Bounds:
    """Counts what is read, and refuses a table that is larger than its limits."""

    def __init__(self, limits: Limits) -> None:
        self._limits: Final = limits
        self._rows = 0
        self._cells = 0

    def count(self, number: int, cells: int) -> None:
        """Count a row of so many cells; `number` is its place in the sheet.

        Raises:
            ImportRefusal: there are too many.
        """
        self._rows += 1
        self._cells += cells
        most = self._limits.rows
        if self._rows > most + 1 or number > most + MAX_COLUMNS:
            raise ImportRefusal("import.too_large", what="rows", limit=most)
        if cells > MAX_COLUMNS:
            raise ImportRefusal("import.too_large", what="columns", limit=MAX_COLUMNS)
        if self._cells > self._limits.cells:
            raise ImportRefusal("import.too_large", what="cells", limit=self._limits.cells)


def letter(column: int) -> str:
    """Return the letters of a column that is counted from 0: A, …, Z, AA, …."""
    name = ""
    rest = column + 1
    while rest:
        rest, place = divmod(rest - 1, _LETTERS)
        name = chr(ord("A") + place) + name
    return name


def shown(value: Value) -> str:
    """Return a cell as text, for people who look for it."""
    match value:
        case None:
            return ""
        case Formula(text) | ErrorValue(text) | Merged(text):
            return text
        case bool():
            return str(value).upper()
    return str(value)
