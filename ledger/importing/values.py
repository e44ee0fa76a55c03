"""One cell into one claim, exactly or refused: nothing is guessed, rounded or evaluated.

With `trim` spaces at the ends are dropped and full-width forms, which Chinese input methods give, are read as
the characters they stand for; without it they are problems like any other, told with what to write instead.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from crypto.strictjson import Json
from ledger.claims import MalformedClaimError
from ledger.errors import MalformedError
from ledger.fields import MAX_SAFE
from ledger.identifiers import resolve_code
from ledger.importing.forms import Form, Kind, word_key
from ledger.importing.table import ErrorValue, Formula, Merged, Value, shown

EXACT_DIGITS: Final = 15
"""A spreadsheet keeps this many digits of a number and silently makes the others zeros."""
_MAX_DIGITS: Final = 40
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_DAY: Final = re.compile(r"([0-9]{4})(?:-|/|\.|年)([0-9]{1,2})(?:-|/|\.|月)([0-9]{1,2})日?", re.ASCII)
_TIME: Final = re.compile(r"[T ]?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?([+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_SEPARATED: Final = re.compile(r"[,;、，；\n]")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FULL_WIDTH: Final = re.compile(r"[\uff01-\uff5e\u3000]")
_YES_NO: Final = {
    **dict.fromkeys(("true", "yes", "y", "1", "是", "有"), True),
    **dict.fromkeys(("false", "no", "n", "0", "否", "无"), False),
}


class CellError(Exception):
    """A cell cannot be read as its column says; `rule` and `facts` as in `Problem`."""

    def __init__(self, rule: str, **facts: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one column are read.

    Attributes:
        form: what the claim is.
        scale: how many of the claim's unit one of the column's unit is.
        offset: the time zone of clock times that name none, `+08:00`.
        trim: whether spaces at the ends and full-width forms are put right.
        prefix: what is put before each value, such as `lot:org:…:`.
        words: further words for codes, lower case, from the mapping.
        namespace: whose own numbers the cells hold, each of which stands for a UUID; empty where none do.
    """

    form: Form
    scale: Fraction = Fraction(1)
    offset: str = "+08:00"
    trim: bool = False
    prefix: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    namespace: str = ""


def read(value: Value, reading: Reading) -> Json:
    """Return the JSON of a claim; the cell is not empty.

    Raises:
        CellError: it is no such claim, or not exactly.
    """
    match value:
        case Formula():
            raise CellError("import.formula")
        case ErrorValue():
            raise CellError("import.error_value")
        case Merged(cells):
            raise CellError("import.merged", cells=cells)
    cleaned = _cleaned(value, reading) if isinstance(value, str) else value
    told = _many(cleaned, reading) if reading.form.many else _one(cleaned, reading)
    try:
        reading.form.codec.decode(told)
    except MalformedClaimError as error:
        raise CellError("import.claim", reason=error.reason) from error
    return told


def _cleaned(text: str, reading: Reading) -> str:
    bare = text.strip()
    if bare != text and not reading.trim:
        raise CellError("import.whitespace", instead=bare)
    if reading.form.many or reading.form.kind is Kind.CODE or _is_prose(reading.form):
        return bare
    narrow = unicodedata.normalize("NFKC", bare).strip()
    if not reading.trim and _FULL_WIDTH.search(bare):
        raise CellError("import.full_width", instead=narrow)
    return narrow


def _is_prose(form: Form) -> bool:
    # Prose may hold Chinese punctuation; any other text is ASCII.
    return form.kind is Kind.TEXT and "pattern" not in form.codec.schema


def _many(value: Value, reading: Reading) -> Json:
    text = value if isinstance(value, str) else shown(value)
    return [_one(part.strip(), reading) for part in _SEPARATED.split(text) if part.strip()]


def _one(value: Value, reading: Reading) -> Json:
    match reading.form.kind:
        case Kind.INTEGER:
            return _integer(value, reading.scale)
        case Kind.BOOLEAN:
            return _boolean(value)
        case Kind.CODE:
            return _code(value, reading)
        case Kind.DAY | Kind.INSTANT as kind:
            return _day(value).isoformat() if kind is Kind.DAY else _instant(value, reading.offset)
    return _name(reading.prefix + _text(value), reading)


def _name(text: str, reading: Reading) -> str:
    if reading.form.kind is Kind.ITEM:
        return _item(text)
    if reading.form.kind is Kind.ORG:
        return text if ":" in text else f"org:{text}"
    if reading.namespace and not _UUID.fullmatch(text):
        # The same number of the same firm is the same UUID in every table (RFC 9562, section 5.5).
        return str(uuid5(NAMESPACE_URL, f"{reading.namespace} {text}"))
    return text


def _integer(value: Value, scale: Fraction) -> int:
    exact = _number(value) * scale
    if exact.denominator != 1:
        raise CellError("import.fraction")
    if abs(exact.numerator) > MAX_SAFE:
        raise CellError("import.digits", digits=EXACT_DIGITS)
    return exact.numerator


def _number(value: Value) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise CellError("import.number")
    if isinstance(value, str):
        if len(value) > _MAX_DIGITS or not _NUMBER.fullmatch(value):
            raise CellError("import.number")
        return Fraction(value)
    if abs(value) >= 10**EXACT_DIGITS:
        raise CellError("import.digits", digits=EXACT_DIGITS)
    # The shortest text of a float is what was typed; 0.1 + 0.2 shows its damage and is refused later.
    return Fraction(Decimal(repr(value)))


def _boolean(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    found = _YES_NO.get(shown(value).lower())
    if found is None:
        raise CellError("import.boolean")
    return found


def _code(value: Value, reading: Reading) -> str:
    told = word_key(shown(value))
    found = reading.words.get(told) or reading.form.words.get(told)
    if found is None:
        allowed = sorted(set(reading.form.words.values()))
        raise CellError("import.code", allowed=allowed)
    return found


def _day(value: Value) -> date:
    if isinstance(value, datetime):
        if value.time() != time():
            raise CellError("import.day_with_time")
        return value.date()
    if isinstance(value, date):
        return value
    found = _DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise CellError("import.day")
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError as error:
        raise CellError("import.day") from error


def _instant(value: Value, offset: str) -> str:
    if isinstance(value, datetime):
        if value.microsecond:
            raise CellError("import.instant")
        return f"{value.isoformat()}{offset}"
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00{offset}"
    found = _DAY.match(value) if isinstance(value, str) else None
    if found is None or not isinstance(value, str):
        raise CellError("import.instant")
    rest = value[found.end() :]
    clock = _TIME.fullmatch(rest) if rest else None
    if rest and clock is None:
        raise CellError("import.instant")
    hour, minute, second, zone = clock.groups() if clock else ("0", "00", "00", None)
    day = _day(found.group())
    return f"{day.isoformat()}T{int(hour):02d}:{minute}:{second or '00'}{zone or offset}"


def _item(text: str) -> str:
    try:
        return str(resolve_code(text))
    except MalformedError as error:
        raise CellError("import.item", reason=str(error)) from error


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= 10**EXACT_DIGITS:
            raise CellError("import.digits", digits=EXACT_DIGITS)
        return str(value)
    raise CellError("import.text")
