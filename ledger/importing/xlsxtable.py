"""A table from the bytes of an XLSX file. Formulas are seen and never evaluated; sizes are bounded first.

An XLSX file is a ZIP archive, and `zipfile` reads no more of a part than its directory states, so bounding
what is stated bounds what is unpacked. A part that declares entities is refused before a parser sees it.
"""

import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final

from openpyxl import load_workbook  # type: ignore[import-untyped]  # it has no types

from ledger.importing.problems import ImportRefusal
from ledger.importing.table import (
    ANY_HONEST,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TEXT,
    Bounds,
    ErrorValue,
    Formula,
    Limits,
    Merged,
    Row,
    Table,
    Value,
    check_bytes,
    table_of,
)

MAX_PARTS: Final = 1_000
MAX_MERGED: Final = 10_000
MAGIC: Final = b"PK\x03\x04"
_MERGED: Final = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})\""
)
_CHUNK: Final = 1024 * 1024
_LETTERS: Final = 26


def read_xlsx(data: bytes, sheet: str | None = None, limits: Limits = ANY_HONEST) -> Table:
    """Return the table of a sheet: the one named, else the only one that is visible.

    Raises:
        ImportRefusal: not an XLSX file, too large, or it is not clear which sheet is meant.
    """
    check_bytes(data, limits)
    try:
        return _read(data, sheet, limits)
    except ImportRefusal:
        raise
    except Exception as error:
        reason = (
            "the archive is damaged" if isinstance(error, zipfile.BadZipFile) else "a part cannot be read"
        )
        raise ImportRefusal("import.xlsx", reason=reason) from error


def _read(data: bytes, sheet: str | None, limits: Limits) -> Table:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        _check_parts(archive, limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that tell nothing
        book = load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
        try:
            chosen = _sheet(book, sheet)
            chosen.reset_dimensions()  # a file may state any; the rows themselves are counted
            ranges = _merged(book, chosen)
            merged = {(top, left): text for text, left, top, *_ in ranges}
            rows = list(_rows(chosen, merged, Bounds(limits)))
        finally:
            book.close()
    return table_of(rows, _shadowed(ranges))


def _check_parts(archive: zipfile.ZipFile, limits: Limits) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise ImportRefusal("import.too_large", what="unpacked", limit=limits.unpacked_bytes)
    for part in parts:
        if part.filename.endswith((".xml", ".rels")) and _declares(archive, part):
            raise ImportRefusal("import.xlsx", reason="a part has a DOCTYPE")


def _declares(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with archive.open(part) as file:
        before = b""
        while chunk := file.read(_CHUNK):
            # Without the NULs, UTF-16 reads as ASCII does.
            if b"<!DOCTYPE" in (before + chunk).replace(b"\0", b""):
                return True
            before = chunk[-32:]
    return False


def _sheet(book: Any, name: str | None) -> Any:  # noqa: ANN401  openpyxl has no types
    visible = [one.title for one in book.worksheets if one.sheet_state == "visible"]
    if name is None and len(visible) == 1:
        return book[visible[0]]
    if name is None or name not in book.sheetnames:
        raise ImportRefusal("import.sheet", sheets=book.sheetnames)
    return book[name]


def _rows(sheet: Any, merged: dict[tuple[int, int], str], bounds: Bounds) -> Iterator[Row]:  # noqa: ANN401  openpyxl
    for number, cells in enumerate(sheet.iter_rows(min_row=1), start=1):
        bounds.count(number, len(cells))
        values = tuple(_value(cell) for cell in cells)
        if merged:
            values = tuple(
                Merged(merged[number, column]) if (number, column) in merged else value
                for column, value in enumerate(values)
            )
        if any(value is not None for value in values):
            yield Row(number, values)


def _value(cell: Any) -> Value:  # noqa: ANN401  openpyxl has no types
    value = cell.value
    if value is None or value == "":
        return None
    if cell.data_type == "f":
        return Formula(str(getattr(value, "text", value)))
    if cell.data_type == "e":
        return ErrorValue(str(value))
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise ImportRefusal("import.too_large", what="characters", limit=MAX_TEXT)
    if isinstance(value, datetime):
        return _whole_second(value)
    if isinstance(value, timedelta):
        return str(value)
    found: Value = value
    return found


def _whole_second(moment: datetime) -> datetime:
    # A serial number of days has no exact seconds; a millisecond beside one is that second.
    near = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return near if abs(near - moment) <= timedelta(milliseconds=1) else moment


_Range = tuple[str, int, int, int, int]


def _merged(book: Any, sheet: Any) -> list[_Range]:  # noqa: ANN401  openpyxl has no types
    """Return the merged ranges: as text, then left, top, right and bottom; columns counted from 0."""
    # In read-only mode openpyxl tells neither the ranges nor, in public, the part they stand in.
    with book._archive.open(sheet._worksheet_path) as file:  # noqa: SLF001
        tail = file.read().rpartition(b"sheetData>")[2]
    found = []
    for match in _MERGED.finditer(tail):
        left, top, right, bottom = match.groups()
        text = f"{left.decode()}{top.decode()}:{right.decode()}{bottom.decode()}"
        found.append((text, _number(left), int(top), _number(right), int(bottom)))
        if len(found) > MAX_MERGED:
            raise ImportRefusal("import.too_large", what="merged", limit=MAX_MERGED)
    return found


def _number(letters: bytes) -> int:
    number = 0
    for one in letters.decode():
        number = number * _LETTERS + ord(one) - ord("A") + 1
    return number - 1


def _shadowed(ranges: list[_Range]) -> frozenset[tuple[int, int]]:
    found = set[tuple[int, int]]()
    for _, left, top, right, bottom in ranges:
        for row in range(top, min(bottom, MAX_ROWS) + 1):
            found.update((row, column) for column in range(left, min(right, MAX_COLUMNS) + 1))
            if len(found) > MAX_ROWS:
                raise ImportRefusal("import.too_large", what="merged", limit=MAX_MERGED)
    return frozenset(found)
