"""Reading CSV and XLSX: what a spreadsheet shows, or a refusal; nothing is evaluated, all is bounded."""

import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook  # type: ignore[import-untyped]  # it has no types

from ledger.importing import xlsxtable
from ledger.importing.csvtable import read_csv
from ledger.importing.mapping import parse
from ledger.importing.problems import ImportRefusal
from ledger.importing.table import (
    ANY_HONEST,
    MAX_COLUMNS,
    MAX_ROWS,
    ErrorValue,
    Formula,
    Limits,
    Merged,
    Table,
    letter,
)
from ledger.importing.tables import read_table
from ledger.importing.xlsxtable import read_xlsx
from ledger.wording import Language
from tests.tables import KINDS, xlsx

SHEET = "xl/worksheets/sheet1.xml"


def refused(data: bytes, sheet: str | None = None, limits: Limits = ANY_HONEST) -> str:
    """Return the rule by which a file is refused."""
    with pytest.raises(ImportRefusal) as caught:
        read_table(data, sheet, limits)
    assert caught.value.sentence(Language.EN).endswith(f"[{caught.value.rule}]")
    return caught.value.rule


def changed(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """Return a workbook with one part changed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = source.read(part)
            assert part.filename != name or old in content
            target.writestr(part.filename, content.replace(old, new) if part.filename == name else content)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_file_is_read_in_its_encoding_and_with_its_separator(encoding: str, separator: str) -> None:
    text = separator.join(("编码", "备注")) + "\r\n" + separator.join(("A1", "“好”")) + "\r\n"
    table = read_csv(text.encode(encoding))
    assert table.header.cells == ("编码", "备注")
    assert table.rows[0].cells == ("A1", "“好”")


def test_rows_have_the_numbers_that_a_spreadsheet_shows() -> None:
    table = read_csv(b'a,b\r\n\r\n"1\r\n2",x\r\n3,"say ""y"", z"\r\n,\r\n4\r\n')
    assert [(row.number, row.cells) for row in table.rows] == [
        (3, ("1\r\n2", "x")),
        (4, ("3", 'say "y", z')),
        (6, ("4",)),
    ]


def test_a_separator_within_quotes_does_not_count() -> None:
    assert read_csv(b'"a,b,c";d\n1;2\n').header.cells == ("a,b,c", "d")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_ends_a_row_and_nothing_else_does(end: str) -> None:
    table = read_csv(f"a,b{end}1\u2028\x0b,2{end}".encode())
    assert [row.cells for row in table.rows] == [("1\u2028\x0b", "2")]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "import.empty"),
        (b"a,b\n", "import.empty"),
        ("a,b\n1,2\n".encode("utf-16"), "import.encoding"),
        (b"a,b\n1,\0\n", "import.encoding"),
        (b"\xef\xbb\xbfa\n\xff\n", "import.encoding"),
        (b"a,b\n\xff\xff\n", "import.encoding"),
        (b'a,b\n1,"2\n', "import.csv"),
        (b"a\n" + b"1\n" * (MAX_ROWS + 1), "import.too_large"),
        (b"a\n" + b"," * MAX_COLUMNS + b"\n", "import.too_large"),
        (b"a\n" + b"x" * 40_000 + b"\n", "import.too_large"),
        (b"PK\x03\x04 not a zip", "import.xlsx"),
    ],
)
def test_what_cannot_be_a_table_is_refused(data: bytes, rule: str) -> None:
    assert refused(data) == rule


def test_a_cell_of_csv_that_begins_like_a_formula_is_one() -> None:
    assert read_csv(b"a\n=1+1\n").rows[0].cells == (Formula("=1+1"),)


def test_a_workbook_gives_its_values_and_never_the_result_of_a_formula() -> None:
    noon = datetime(2026, 6, 1, 12, 0, 1)  # noqa: DTZ001  a cell of a spreadsheet has no time zone
    table = read_xlsx(xlsx([["a", "b", "c", "d", "e", "f"], [1, 2.5, "=A1+1", "#N/A", noon, True]]))
    assert table.rows[0].cells == (1, 2.5, Formula("=A1+1"), ErrorValue("#N/A"), noon, True)


def test_merged_cells_are_seen_with_all_that_they_cover() -> None:
    table = read_xlsx(xlsx([["a", "b"], ["x", 1], [None, 2]], merged=["A2:A3"]))
    assert table.rows[0].cells[0] == Merged("A2:A3")
    assert table.shadowed == {(2, 0), (3, 0)}


def test_empty_rows_are_left_out_and_the_numbers_stay() -> None:
    table = read_xlsx(xlsx([["a"], [None], ["x"], [None], ["y"]]))
    assert [row.number for row in table.rows] == [3, 5]


def book(*names: str, hidden: str = "") -> bytes:
    """Return a workbook with sheets of these names, each with one row that says so."""
    made = Workbook()
    made.remove(made.active)
    for name in names:
        sheet = made.create_sheet(name)
        sheet.append(["sheet"])
        sheet.append([name])
        sheet.sheet_state = "hidden" if name == hidden else "visible"
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def test_the_only_visible_sheet_is_meant_or_the_one_that_is_named() -> None:
    assert read_xlsx(book("数据", "参考", hidden="参考")).rows[0].cells == ("数据",)
    assert read_xlsx(book("数据", "参考"), "参考").rows[0].cells == ("参考",)
    assert refused(book("数据", "参考")) == "import.sheet"
    assert refused(book("数据"), "别的") == "import.sheet"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    good = xlsx([["a"], ["x"]])
    bomb = changed(good, SHEET, b"<sheetData>", b"<sheetData>" + b" " * 3_000_000)
    assert len(bomb) < 10_000
    assert refused(bomb, limits=Limits(unpacked_bytes=2_000_000)) == "import.too_large"
    assert refused(good, limits=Limits(file_bytes=100)) == "import.too_large"
    monkeypatch.setattr(xlsxtable, "MAX_PARTS", 2)
    assert refused(good) == "import.too_large"


def test_a_reader_with_less_patience_takes_smaller_tables() -> None:
    for data in (xlsx([["a", "b"], ["x", "y"], ["x", "y"]]), b"a,b\nx,y\nx,y\n"):
        assert len(read_table(data, limits=Limits(rows=2, cells=6)).rows) == 2
        assert refused(data, limits=Limits(rows=1)) == "import.too_large"
        assert refused(data, limits=Limits(cells=5)) == "import.too_large"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"<sheetData>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><sheetData>", "import.xlsx"),
        (b'<row r="2"', b'<row r="99999999"', "import.too_large"),
        (b'r="A2"', b'r="XFD2"', "import.too_large"),
        (b"<sheetData>", b"<sheetData><", "import.xlsx"),
        (
            b"</sheetData>",
            b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:ZZ9"/>' * 10_001,
            "import.too_large",
        ),
        (
            b"</sheetData>",
            b'</sheetData><mergeCells><mergeCell ref="A1:XFD999999"/></mergeCells>',
            "import.too_large",
        ),
    ],
)
def test_a_hostile_sheet_is_refused(old: bytes, new: bytes, rule: str) -> None:
    assert refused(changed(xlsx([["a"], ["x"]]), SHEET, old, new)) == rule


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_a_table_or_refused(data: bytes) -> None:
    for read in (read_csv, read_xlsx):
        with suppress(ImportRefusal):
            assert isinstance(read(data), Table)


@given(st.integers(0, 5_000), st.binary(min_size=1, max_size=4))
def test_a_damaged_workbook_is_a_table_or_refused(place: int, bytes_there: bytes) -> None:
    data = KINDS[0].write(KINDS[0].rows(2))
    spoiled = data[: place % len(data)] + bytes_there + data[place % len(data) + len(bytes_there) :]
    with suppress(ImportRefusal):
        assert isinstance(read_xlsx(spoiled), Table)


def test_columns_have_the_letters_of_a_spreadsheet() -> None:
    names = ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
    assert [letter(place) for place in (0, 25, 26, 51, 52, 701, 702)] == names


@pytest.mark.parametrize(
    ("read", "data", "told"),
    [
        (read_csv, b'a,b\n1,"2\n', "有引号没有闭合"),
        (read_csv, b'a,b\n1,"2"3\n', "有单元格不合 CSV 的写法"),
        (read_xlsx, b"PK\x03\x04 not a zip", "压缩包已损坏"),
        (parse, b"version = ]\nevent = 1", "第 1 行第 11 列"),
        (parse, b"version = ", "内容没有写完"),
        (parse, b"\xff", "第 0 字节处不是 UTF-8"),
    ],
    ids=["open quotation", "field", "archive", "line", "end", "encoding"],
)
def test_what_is_wrong_with_a_file_is_told_in_chinese_throughout(
    read: Callable[[bytes], object], data: bytes, told: str
) -> None:
    with pytest.raises(ImportRefusal) as refused:
        read(data)
    assert told in refused.value.sentence(Language.ZH)
