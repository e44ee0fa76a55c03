"""Battery codes of GB/T 34014-2017: parse and mint.

A code has 24 characters, 26 with the reuse code behind it, or 19 where a reuser gave a new code without the
maker's trace information. It carries no check character, so every rule that can be checked is: the alphabet
of each part, and a date that exists. Year letters run 30 years and begin again; this scheme reads them as
2011 to 2040. The text itself is the identity, so a later cycle changes no item id.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from ledger.errors import MalformedError

# Date letters leave out I, O, Q, U and Z; day 31 is written 0 (china.md, 1.2).
_DATE_LETTERS: Final = "123456789ABCDEFGHJKLMNPRSTVWXY"
YEARS: Final = {letter: year for year, letter in enumerate(_DATE_LETTERS, start=2011)}
MONTHS: Final = {letter: month for month, letter in enumerate("123456789ABC", start=1)}
DAYS: Final = {letter: day for day, letter in enumerate(_DATE_LETTERS + "0", start=1)}
_YEAR_LETTER: Final = {year: letter for letter, year in YEARS.items()}
_MONTH_LETTER: Final = {month: letter for letter, month in MONTHS.items()}
_DAY_LETTER: Final = {day: letter for letter, day in DAYS.items()}
_MAX_SERIAL: Final = 9_999_999

_DESIGN: Final = r"(?P<vendor>[0-9A-Z]{3})(?P<kind>[PMC])(?P<chemistry>[A-GZ])(?P<spec>[0-9A-Z]{2})"
_PRODUCTION: Final = (
    r"(?P<year>[1-9A-HJ-NPR-TVWXY])(?P<month>[1-9A-C])(?P<day>[0-9A-HJ-NPR-TVWXY])(?P<serial>[0-9]{7})"
)
_NEW: Final = re.compile(rf"{_DESIGN}(?P<trace>[0-9A-Z]{{7}}){_PRODUCTION}(?:R(?P<reuse>[PMC]))?")
_REUSE: Final = re.compile(rf"{_DESIGN}(?P<trace>){_PRODUCTION}R(?P<reuse>[PMC])")
_FORMS: Final = {19: _REUSE, 24: _NEW, 26: _NEW}


class Kind(StrEnum):
    """Product type: position 4, and the last character of a reuse code."""

    PACK = "P"
    MODULE = "M"
    CELL = "C"


class Chemistry(StrEnum):
    """Battery type: position 5."""

    NIMH = "A"
    LFP = "B"
    LMO = "C"
    LCO = "D"
    TERNARY = "E"
    SUPERCAPACITOR = "F"
    LTO = "G"
    OTHER = "Z"


class MalformedCodeError(MalformedError):
    """The text is not a GB/T 34014 code; the message says which part breaks which rule."""


@dataclass(frozen=True, slots=True, order=True)
class BatteryCode:
    """A battery code and its parts; made by `parse` or `mint`."""

    text: str
    kind: Kind
    vendor: str
    chemistry: Chemistry
    spec: str
    trace: str | None
    date: date
    serial: int
    reuse: Kind | None

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> BatteryCode:
    """Take a code in its one canonical form: 19, 24 or 26 upper-case characters, nothing around them.

    Raises:
        MalformedCodeError: a length, an alphabet or the date is wrong.
    """
    form = _FORMS.get(len(text))
    match = form.fullmatch(text) if form else None
    if match is None:
        raise MalformedCodeError("not 19, 24 or 26 characters in the form of GB/T 34014-2017")
    try:
        made_on = date(YEARS[match["year"]], MONTHS[match["month"]], DAYS[match["day"]])
    except ValueError as error:
        raise MalformedCodeError("the date does not exist") from error
    return BatteryCode(
        text=text,
        kind=Kind(match["kind"]),
        vendor=match["vendor"],
        chemistry=Chemistry(match["chemistry"]),
        spec=match["spec"],
        trace=match["trace"] or None,
        date=made_on,
        serial=int(match["serial"]),
        reuse=Kind(match["reuse"]) if match["reuse"] else None,
    )


def mint(
    *,
    vendor: str,
    kind: Kind,
    chemistry: Chemistry,
    spec: str,
    trace: str | None,
    made_on: date,
    serial: int,
    reuse: Kind | None = None,
) -> BatteryCode:
    """Make the code of one product: 24 characters, 26 with `reuse`, 19 with `reuse` and no `trace`.

    Args:
        vendor: maker code, 3 characters of 0-9A-Z.
        kind: pack, module or cell.
        chemistry: battery type.
        spec: specification code the maker filed, 2 characters.
        trace: trace information the maker filed, 7 characters; None on a reuser's own code.
        made_on: day of production, 2011 to 2040.
        serial: number of the day, 1 to 9999999.
        reuse: level of the reuse product, None on a new one.

    Raises:
        MalformedCodeError: a part is outside its range, or neither `trace` nor `reuse` is given.
    """
    if made_on.year not in _YEAR_LETTER:
        raise MalformedCodeError("the year letters of this cycle run from 2011 to 2040")
    if not 1 <= serial <= _MAX_SERIAL:
        raise MalformedCodeError("the serial of a day runs from 1 to 9999999")
    production = _YEAR_LETTER[made_on.year] + _MONTH_LETTER[made_on.month] + _DAY_LETTER[made_on.day]
    code = parse(
        f"{vendor}{kind}{chemistry}{spec}{trace or ''}{production}{serial:07d}{f'R{reuse}' if reuse else ''}"
    )
    # Parts of a wrong length can add up to a length that parses; only a code that says what was asked is one.
    if (code.vendor, code.spec, code.trace, code.serial) != (vendor, spec, trace, serial):
        raise MalformedCodeError("a part has the wrong length")
    return code
