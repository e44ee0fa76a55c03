"""A table from the bytes of a CSV file: UTF-8 with or without a mark, or GB18030; comma, semicolon or tab."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final

from ledger.importing.problems import ImportRefusal
from ledger.importing.table import (
    ANY_HONEST,
    MAX_TEXT,
    Bounds,
    Formula,
    Limits,
    Row,
    Table,
    Value,
    check_bytes,
    table_of,
)

SEPARATORS: Final = (",", ";", "\t")
_MARK: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def read_csv(data: bytes, limits: Limits = ANY_HONEST) -> Table:
    """Return the table of a CSV file. A row's number is what a spreadsheet shows for it.

    Raises:
        ImportRefusal: it is in no encoding that is read, a quotation does not end, or it is too large.
    """
    check_bytes(data, limits)
    text = decode(data)
    try:
        return table_of(list(_rows(text, separator_of(text), limits)))
    except csv.Error as error:
        open_ended = str(error) == "unexpected end of data"
        reason = "a quotation is not closed" if open_ended else "a field is not as CSV writes it"
        raise ImportRefusal("import.csv", reason=reason) from error


def decode(data: bytes) -> str:
    """Return the text of a file; raises ImportRefusal where it is neither UTF-8 nor GB18030."""
    if data.startswith(_UTF16) or b"\0" in data:
        raise ImportRefusal("import.encoding")
    for encoding in ["utf-8-sig"] if data.startswith(_MARK) else ["utf-8", "gb18030"]:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportRefusal("import.encoding")


def separator_of(text: str) -> str:
    """Return what separates the cells of the first line that is not empty; a comma where nothing does."""
    first = next((line for line in StringIO(text) if line.strip(" ,;\t\r\n")), "")
    bare = "".join(part for place, part in enumerate(first.split('"')) if place % 2 == 0)
    return max(SEPARATORS, key=bare.count)


def _rows(text: str, separator: str, limits: Limits) -> Iterator[Row]:
    bounds = Bounds(limits)
    # The reader sees the line ends as they came: inside quotes they belong to the cell.
    for number, cells in enumerate(
        csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True), start=1
    ):
        bounds.count(number, len(cells))
        if any(cell for cell in cells):
            yield Row(number, tuple(_value(cell) for cell in cells))


def _value(cell: str) -> Value:
    if len(cell) > MAX_TEXT:
        raise ImportRefusal("import.too_large", what="characters", limit=MAX_TEXT)
    if cell.startswith("="):
        return Formula(cell)
    return cell or None
