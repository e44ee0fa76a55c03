"""GB/T 34014-2017 codes part by part: what each position says, or which rule it breaks, in zh-CN and English.

It examines any text of a code's length, so that a person who typed or scanned a wrong code sees the part that
is wrong. Whether a text is a code is decided by `ledger.gbt34014.parse` alone.
"""

import re
from dataclasses import dataclass
from typing import Final

from ledger.gbt34014 import DAYS, MONTHS, YEARS, BatteryCode, MalformedCodeError, parse

_DESIGN: Final = (("vendor", 3), ("kind", 1), ("chemistry", 1), ("spec", 2))
_PRODUCTION: Final = (("year", 1), ("month", 1), ("day", 1), ("serial", 7))
_TRACE: Final = (("trace", 7),)
_REUSE: Final = (("reuse", 2),)
_LAYOUTS: Final = {
    19: _DESIGN + _PRODUCTION + _REUSE,
    24: _DESIGN + _TRACE + _PRODUCTION,
    26: _DESIGN + _TRACE + _PRODUCTION + _REUSE,
}


@dataclass(frozen=True, slots=True)
class Bilingual:
    """One sentence or name in both languages of the product."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a code.

    Attributes:
        field: its name in code, one of vendor, kind, chemistry, spec, trace, year, month, day, serial,
            reuse, length.
        positions: first and last place as printed in the standard, counted from 1.
        text: the characters.
        name: what the part is called.
        meaning: what it says, or the rule it breaks.
        ok: whether the part keeps its rule.
    """

    field: str
    positions: tuple[int, int]
    text: str
    name: Bilingual
    meaning: Bilingual
    ok: bool


_NAMES: Final = {
    "length": Bilingual("长度", "length"),
    "vendor": Bilingual("厂商代码", "maker code"),
    "kind": Bilingual("产品类型", "product type"),
    "chemistry": Bilingual("电池类型", "battery type"),
    "spec": Bilingual("规格代码", "specification code"),
    "trace": Bilingual("追溯信息代码", "trace information"),
    "year": Bilingual("生产年份", "year of production"),
    "month": Bilingual("生产月份", "month of production"),
    "day": Bilingual("生产日", "day of production"),
    "serial": Bilingual("序列号", "serial number of the day"),
    "reuse": Bilingual("梯级利用代码", "reuse code"),
}
_KINDS: Final = {
    "P": Bilingual("蓄电池包", "battery pack"),
    "M": Bilingual("蓄电池模块", "battery module"),
    "C": Bilingual("单体蓄电池", "battery cell"),
}
_CHEMISTRIES: Final = {
    "A": Bilingual("金属氢化物镍蓄电池", "nickel metal hydride"),
    "B": Bilingual("磷酸铁锂电池", "lithium iron phosphate"),
    "C": Bilingual("锰酸锂电池", "lithium manganese oxide"),
    "D": Bilingual("钴酸锂电池", "lithium cobalt oxide"),
    "E": Bilingual("三元材料电池", "ternary lithium (nickel, cobalt, manganese or aluminium)"),
    "F": Bilingual("超级电容器", "supercapacitor"),
    "G": Bilingual("钛酸锂电池", "lithium titanate"),
    "Z": Bilingual("其他", "other"),
}
_TABLES: Final = {
    "kind": _KINDS,
    "chemistry": _CHEMISTRIES,
    "year": {letter: Bilingual(f"{year} 年", str(year)) for letter, year in YEARS.items()},
    "month": {letter: Bilingual(f"{month} 月", str(month)) for letter, month in MONTHS.items()},
    "day": {letter: Bilingual(f"{day} 日", str(day)) for letter, day in DAYS.items()},
    "reuse": {
        f"R{letter}": Bilingual(f"梯级利用{kind.zh}", f"reuse product, {kind.en}")
        for letter, kind in _KINDS.items()
    },
}
_FREE: Final = {
    "vendor": Bilingual("经编码备案系统分配", "assigned by the coding filing system"),
    "spec": Bilingual("厂商自定义并备案", "defined and filed by the maker"),
    "trace": Bilingual("厂商自定义并备案", "defined and filed by the maker"),
}
_RULES: Final = {
    "length": Bilingual("应为 19、24 或 26 位", "must be 19, 24 or 26 characters"),
    "vendor": Bilingual("应为 3 位数字或字母", "must be three digits or letters"),
    "kind": Bilingual("应为 P、M 或 C", "must be P, M or C"),
    "chemistry": Bilingual("应为 A 至 G 或 Z", "must be A to G or Z"),
    "spec": Bilingual("应为 2 位数字或字母", "must be two digits or letters"),
    "trace": Bilingual("应为 7 位数字或字母", "must be seven digits or letters"),
    "year": Bilingual(
        "应为 1-9 或字母，不用 I、O、Q、U、Z", "must be 1-9 or a letter; I, O, Q, U and Z are not used"
    ),
    "month": Bilingual("应为 1-9 或 A、B、C", "must be 1-9, A, B or C"),
    "day": Bilingual(
        "应为 1-9 或字母，不用 I、O、Q、U、Z；31 日写作 0",
        "must be 1-9 or a letter; I, O, Q, U and Z are not used; day 31 is written 0",
    ),
    "serial": Bilingual("应为 7 位数字", "must be seven digits"),
    "reuse": Bilingual("应为 RP、RM 或 RC", "must be RP, RM or RC"),
}
_NO_SUCH_DAY: Final = Bilingual("该年该月没有这一天", "that month of that year has no such day")
_FREE_TEXT: Final = re.compile(r"[0-9A-Z]+")
_SERIAL: Final = re.compile(r"[0-9]+")


def explain(code: BatteryCode) -> tuple[Part, ...]:
    """Say what each part of a code means, in the order printed."""
    return examine(code.text)


def examine(text: str) -> tuple[Part, ...]:
    """Say of each part of a text what it means or which rule it breaks; of a wrong length only that."""
    layout = _LAYOUTS.get(len(text))
    if layout is None:
        return (Part("length", (1, len(text)), text, _NAMES["length"], _RULES["length"], ok=False),)
    parts: list[Part] = []
    start = 0
    for field, width in layout:
        end = start + width
        meaning = _meaning(field, text[start:end])
        parts.append(
            Part(
                field=field,
                positions=(start + 1, end),
                text=text[start:end],
                name=_NAMES[field],
                meaning=meaning or _RULES[field],
                ok=meaning is not None,
            )
        )
        start = end
    return tuple(_without_impossible_day(text, parts))


def _without_impossible_day(text: str, parts: list[Part]) -> list[Part]:
    """Mark the day where every part alone is right and the text is still no code."""
    try:
        parse(text)
    except MalformedCodeError:
        if not all(part.ok for part in parts):
            return parts
        return [
            Part(part.field, part.positions, part.text, part.name, _NO_SUCH_DAY, ok=False)
            if part.field == "day"
            else part
            for part in parts
        ]
    return parts


def _meaning(field: str, text: str) -> Bilingual | None:
    """What a part says, or None where it breaks its rule."""
    table = _TABLES.get(field)
    if table is not None:
        return table.get(text)
    if field == "serial":
        return Bilingual(f"第 {text} 号", f"number {text}") if _SERIAL.fullmatch(text) else None
    return _FREE[field] if _FREE_TEXT.fullmatch(text) else None
