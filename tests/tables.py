"""Tables as firms keep them: ten kinds with Chinese headers, CSV and XLSX, with errors in known cells."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any, Final

from openpyxl import Workbook  # type: ignore[import-untyped]  # it has no types

from tests.consortium import LAB, MAKER, RECYCLER, VEHICLE_MAKER, Party, module, pack, vin

MADE: Final = date(2026, 6, 1)
MORNING: Final = datetime(2026, 6, 1, 8)  # noqa: DTZ001  a cell of a spreadsheet has no time zone
Cell = Any
"""What a spreadsheet holds in a cell; the tests plant everything in it, so it has no type."""
Rows = list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of table: who keeps it, its event type, its header, and its good rows by number from 0.

    `groups` is how many rows make one event, those with the same `group`; `form` is csv or xlsx, with the
    encoding and the separator of the first.
    """

    name: str
    by: Party
    event: str
    header: Sequence[str]
    row: Callable[[int], list[Cell]]
    form: str = "xlsx"
    encoding: str = "utf-8"
    separator: str = ","
    groups: int = 1
    group: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)

    def rows(self, count: int) -> Rows:
        """Return so many good rows."""
        return [self.row(number) for number in range(count)]

    def write(self, rows: Rows, merged: Sequence[str] = ()) -> bytes:
        """Return the file of these rows below the header."""
        if self.form == "xlsx":
            return xlsx([list(self.header), *rows], merged)
        return csv_bytes([list(self.header), *rows], self.encoding, self.separator)

    def column(self, header: str) -> int:
        """Return the place of a column."""
        return list(self.header).index(header)


def xlsx(rows: Rows, merged: Sequence[str] = ()) -> bytes:
    """Return a workbook of one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merged_cells.add(cells)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def csv_bytes(rows: Rows, encoding: str = "utf-8", separator: str = ",") -> bytes:
    """Return a CSV file; what Excel would show of dates and times is written."""
    out = StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue().encode(encoding)


def moment(number: int) -> datetime:
    """Return a time of the morning, a second later for each row."""
    return MORNING + timedelta(seconds=number)


def _code(item: object) -> str:
    return str(item).partition(":")[2]


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def _pack(number: int) -> list[Cell]:
    parts = [cell for one in range(2) for cell in (_code(module(number * 2 + one + 1)), 90.5)]
    return [_code(pack(number + 1)), MAKER.model(), 451.25, MADE, "330109", moment(number), *parts]


def _module_row(number: int) -> list[Cell]:
    whole, part = divmod(number, 4)
    first = part == 0
    said = [_code(pack(whole + 1)), MAKER.model(), 452000, MADE.isoformat(), "330109"] if first else [""] * 5
    return [*said, _code(module(number + 1)), 90000]


KINDS: Final = (
    Kind(
        "packs with their modules in columns",
        MAKER,
        "pack.manufactured",
        (
            *("电池包编码", "型号", "质量(kg)", "生产日期", "行政区划", "时间"),
            *("模块1编码", "模块1质量(kg)", "模块2编码", "模块2质量(kg)"),
        ),
        _pack,
    ),
    Kind(
        "packs with their modules in rows",
        MAKER,
        "pack.manufactured",
        ("电池包编码", "型号", "质量（克）", "下线日期", "行政区划代码", "模块编码", "模块质量(g)"),
        _module_row,
        form="csv",
        encoding="gb18030",
        groups=4,
        group="item",
    ),
    Kind(
        "modules for stock",
        MAKER,
        "module.manufactured",
        ("模块编码", "电池型号", "重量(千克)", "生产日期", "区县", "电芯数"),
        lambda n: [_code(module(n + 1)), MAKER.model("MODULE"), "90.5", "2026年6月1日", "330109", ""],
        form="csv",
        encoding="utf-8-sig",
        separator=";",
    ),
    Kind(
        "legacy packs",
        RECYCLER,
        "item.declared",
        ("电池编码", "种类", "阶段", "申报原因", "质量(t)", "质量依据", "来源", "行政区划"),
        lambda n: [
            _code(pack(n + 1)),
            "电池包",
            "已拆下",
            "早于账本",
            0.4,
            "实称",
            "CN",
            360702,
        ],
    ),
    Kind(
        "loads of forty",
        MAKER,
        "transfer.offered",
        ("批次号", "电池编码", "接收单位", "权利", "数量", "行政区划", "承运单位"),
        lambda n: [
            _uuid(n // 40 + 1),
            _code(pack(n + 1)),
            VEHICLE_MAKER.id.value,
            "保管、所有权",
            40,
            "330109",
            "虚构物流（杭州）",
        ],
        form="csv",
        separator="\t",
        groups=40,
        group="consignment",
    ),
    Kind(
        "collected batteries",
        RECYCLER,
        "item.collected",
        ("电池编码", "来源", "状态", "是否废旧", "行政区划", "时间"),
        lambda n: [_code(pack(n + 1)), "个人用户", "sound", "是", "360702", f"2026/6/1 8:{n // 60 % 60:02d}"],
        form="csv",
        encoding="gb18030",
    ),
    Kind(
        "packs into vehicles",
        VEHICLE_MAKER,
        "pack.fitted",
        ("电池包编码", "VIN", "车型", "电池包上限", "行政区划", "时间"),
        lambda n: [_code(pack(n + 1)), vin(n + 1).text, "TAXI-1", 1, "440307", moment(n)],
        constants={"vehicle": "new"},
    ),
    Kind(
        "measured capacities",
        LAB,
        "health.measured",
        ("编码", "方法", "测量量", "基准值", "实测值", "SOH(%)", "数据来源", "温度(℃)", "行政区划", "时间"),
        lambda n: [
            _code(pack(n + 1)),
            "容量测试",
            "容量",
            "100000",
            f"{80_000 + n}",
            f"{80 + n % 10}.{n % 7}",
            "测试台",
            "-5.5",
            "310115",
            str(moment(n)),
        ],
        form="csv",
    ),
    Kind(
        "lots with their assays",
        RECYCLER,
        "lot.declared",
        (
            "料批",
            "材料",
            "质量(t)",
            "来源",
            "含水率(%)",
            "化验方法",
            "样品",
            "化验机构",
            "Li(%)",
            "Ni(mg/kg)",
            "行政区划",
        ),
        lambda n: [
            f"lot:{RECYCLER.id.value}:B-{n}",
            "碳酸锂",
            1.5,
            "原生",
            0.25,
            "icp_oes",
            f"S-{n}",
            LAB.id.value,
            18.7,
            1200,
            "360702",
        ],
    ),
    Kind(
        "waste",
        VEHICLE_MAKER,
        "item.retired",
        ("物品编码", "报废原因", "行政区划", "时间"),
        lambda n: [_code(pack(n + 1)), "容量衰减", "440307", moment(n)],
        form="xlsx",
    ),
)
"""Ten kinds of tables."""


@dataclass(frozen=True, slots=True)
class Error:
    """An error to plant: what is written into a cell, and the rule that must tell of it there.

    `only` is the form of file that can hold it.
    """

    value: Cell
    rule: str
    only: str = ""


CODES: Final = (
    Error("ZZZPB01", "import.item"),
    Error("ZZZPB01TEST000G6O0000001", "import.item"),
    Error("zzzpb01test000g619000001", "import.item"),
    Error("ＺＺＺPB01TEST000G619000002", "import.full_width"),
    Error(" ZZZPB01TEST000G619000003", "import.whitespace"),
    Error("ZZZPB01TEST000G619000004 ", "import.whitespace"),
    Error("=A2", "import.formula"),
    Error(None, "import.missing"),
    Error(1.5, "import.item", only="csv"),
    Error(1.5, "import.text", only="xlsx"),
    Error("#N/A", "import.error_value", only="xlsx"),
    Error("\u00a0ZZZPB01TEST000G619000005", "import.whitespace"),
)
MASSES: Final = (
    Error("-5", "import.claim"),
    Error("0", "import.claim"),
    Error("1,200", "import.number"),
    Error("450 kg", "import.number"),
    Error("１２０", "import.full_width"),
    Error("1e3", "import.number"),
    Error("007", "import.number"),
    Error("0.00000001", "import.fraction"),
    Error("=SUM(A1:A2)", "import.formula"),
    Error(0.1 + 0.2 + 1e-13, "import.fraction"),
    Error(-1, "import.claim"),
    Error(10**16, "import.digits", only="xlsx"),
    Error(datetime(2026, 1, 1), "import.number"),  # noqa: DTZ001  a cell has no time zone
    Error("四百", "import.number"),
)
DAYS: Final = (
    Error("2026-02-30", "import.day"),
    Error("01/06/2026", "import.day"),
    Error(46174, "import.day"),
    Error("2026-06-01 08:00", "import.day"),
    Error("明天", "import.day"),
    Error(datetime(2026, 6, 1, 8), "import.day_with_time", only="xlsx"),  # noqa: DTZ001  the same
    Error(" 2026-06-01", "import.whitespace"),
    Error("２０２６-06-01", "import.full_width"),
)
TIMES: Final = (
    Error("2031-01-01 08:00:00", "clock.happened_ahead"),
    Error("8:00", "import.instant"),
    Error("2026-06-01 25:00:00", "import.claim"),
    Error("2026-13-01 08:00", "import.day"),
    Error("2026-06-01 08:00 上午", "import.instant"),
    Error(46174.5, "import.instant"),
)
WORDS: Final = (
    Error("不存在", "import.code"),
    Error("nonsense", "import.code"),
    Error("=B1", "import.formula"),
    Error(" 是", "import.whitespace"),
    Error(17, "import.code"),
)
FIRMS: Final = (
    Error("919999990000000279", "import.claim"),
    Error("gbt34014:ZZZPB01TEST000G610000001", "import.claim"),
    Error("=A1", "import.formula"),
)
DISTRICTS: Final = (
    Error("33", "import.claim"),
    Error("浙江杭州", "import.claim"),
    Error(330109.5, "import.text", only="xlsx"),
    Error("330109 ", "import.whitespace"),
)
COUNTS: Final = (
    Error("0", "import.claim"),
    Error("1.5", "import.fraction"),
    Error("四十", "import.number"),
    Error("４０", "import.full_width"),
)
PLANTED: Final[Mapping[str, Sequence[Error]]] = {
    "电池包编码": CODES,
    "电池编码": CODES,
    "模块编码": CODES,
    "物品编码": CODES,
    "编码": CODES,
    "模块2编码": CODES,
    "质量(kg)": MASSES,
    "质量（克）": MASSES,
    "重量(千克)": MASSES,
    "质量(t)": MASSES,
    "模块1质量(kg)": MASSES,
    "模块质量(g)": MASSES,
    "生产日期": DAYS,
    "下线日期": DAYS,
    "时间": TIMES,
    "种类": WORDS,
    "材料": WORDS,
    "报废原因": WORDS,
    "方法": WORDS,
    "状态": WORDS,
    "接收单位": FIRMS,
    "数量": COUNTS,
    "化验机构": FIRMS,
    "行政区划": DISTRICTS,
    "行政区划代码": DISTRICTS,
    "区县": DISTRICTS,
}
"""The errors that are planted below each header."""
Place = tuple[int, str, str]
"""The number of a row, the header and the rule of a problem."""


def plant(kind: Kind, rows: Rows, every: int = 80) -> tuple[Rows, list[Place], list[str]]:
    """Spoil rows, one error in a group of rows, and return them with what must be told and the merged cells.

    Each header gets each of its errors; then come a row told twice, a value beside the table, merged cells.
    """
    spoiled = [list(row) for row in rows]
    told: list[Place] = []
    at = 0
    for header, errors in ((one, PLANTED[one]) for one in kind.header if one in PLANTED):
        for error in errors:
            if error.only not in ("", kind.form):
                continue
            spoiled[at][kind.column(header)] = _cell(kind, error.value)
            told.append((at + 2, header, error.rule))
            at += every
    spoiled[at + 1 : at + 1] = [list(rows[at])] if kind.groups == 1 else []
    told += [(at + 3, "", "import.duplicate_row")] if kind.groups == 1 else []
    at += every
    spoiled[at].append("beside")
    told.append((at + 2, "", "import.row_long"))
    merged = []
    if kind.form == "xlsx":
        at += every
        letter = chr(ord("A") + kind.column("行政区划"))
        spoiled[at + 1][kind.column("行政区划")] = None
        merged.append(f"{letter}{at + 2}:{letter}{at + 3}")
        told.append((at + 2, "行政区划", "import.merged"))
    assert at < len(rows) - every
    return spoiled, told, merged


def _cell(kind: Kind, value: Cell) -> Cell:
    return "" if value is None and kind.form == "csv" else value
