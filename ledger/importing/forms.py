"""The forms that a claim may have in a cell, found from its codec: integers with a unit, days, codes, ids."""

import inspect
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from fractions import Fraction
from functools import cache
from typing import Any, Final

from ledger import vocabulary
from ledger.claims import Codec, codec_of
from ledger.fields import ITEM_ID, AnyOrg, Date, Moment, Uuid
from ledger.wording import Language, code_words


class Kind(Enum):
    """What stands in a cell."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CODE = "code"
    DAY = "day"
    INSTANT = "instant"
    ITEM = "item"
    ORG = "org"


@dataclass(frozen=True, slots=True)
class Form:
    """How a cell becomes a claim.

    Attributes:
        kind: what stands in the cell.
        codec: the claim's own rule, which has the last word.
        many: whether the cell lists several, with 、 or a comma between them.
        unit: the claim's unit, such as `g`; empty where it has none.
        words: the codes by what people write for them, lower case.
    """

    kind: Kind
    codec: Codec[Any]
    many: bool = False
    unit: str = ""
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_uuid(self) -> bool:
        """Whether the claim is a UUID, for which a firm's own number may stand."""
        return self.codec is codec_of(Uuid)


_MASS: Final = {"g": 1, "克": 1, "kg": 1000, "千克": 1000, "公斤": 1000, "t": 10**6, "吨": 10**6}
_PER: Final = {"mg/kg": 1, "ppm": 1, "g/kg": 1000, "%": 10_000}
UNITS: Final[Mapping[str, Mapping[str, Fraction]]] = {
    unit: {name: Fraction(size) for name, size in sizes.items()}
    for unit, sizes in {
        "g": _MASS,
        "mah": {"mah": 1, "毫安时": 1, "ah": 1000, "安时": 1000},
        "wh": {"wh": 1, "瓦时": 1, "kwh": 1000, "千瓦时": 1000, "度": 1000},
        "mv": {"mv": 1, "毫伏": 1, "v": 1000, "伏": 1000},
        "w": {"w": 1, "瓦": 1, "kw": 1000, "千瓦": 1000},
        "uohm": {"uω": 1, "μω": 1, "微欧": 1, "mω": 1000, "毫欧": 1000, "ω": 10**6, "欧": 10**6},
        "dc": {"0.1°c": 1, "0.1℃": 1, "°c": 10, "℃": 10},
        "permille": {"‰": 1, "permille": 1, "%": 10},
        "ppm": {"ppm": 1, "‰": 1000, "%": 10_000},
        "mg_per_kg": _PER,
    }.items()
}
"""How many of a claim's unit each unit is; written in lower case, as `unit_key` makes them."""
SYMBOLS: Final[Mapping[str, tuple[str, ...]]] = {
    "g": ("g", "kg", "t"),
    "mah": ("mAh", "Ah"),
    "wh": ("Wh", "kWh"),
    "mv": ("mV", "V"),
    "w": ("W", "kW"),
    "uohm": ("µΩ", "mΩ", "Ω"),
    "dc": ("0.1°C", "°C"),
    "permille": ("‰", "%"),
    "ppm": ("ppm", "‰", "%"),
    "mg_per_kg": ("mg/kg", "g/kg", "%"),
}
"""How each size in `UNITS` is written where people choose."""
_BRACKETS: Final = re.compile(r"\(.*\)")
_SUFFIX: Final = re.compile(rf"_({'|'.join(UNITS)})$")


def unit_key(unit: str) -> str:
    """Return a unit as `UNITS` has it: `kWh` and `KWH` are one."""
    # The micro sign and the ohm sign stand for letters; lower() knows that of the second alone.
    return unit.strip().replace("\u00b5", "\u03bc").lower()


def word_key(word: str) -> str:
    """Return a word for a code as `Form.words` has it: without capitals and full-width forms."""
    return unicodedata.normalize("NFKC", word).strip().lower()


def unit_of(name: str) -> str:
    """Return the unit in the name of a claim: `g` of `mass_g`; empty where it has none."""
    found = _SUFFIX.search(name)
    return found.group(1) if found else ""


def form_of(name: str, codec: Codec[Any], *, many: bool = False) -> Form | None:
    """Return the form of a claim, None for one that no cell can tell (an object, a key)."""
    schema = codec.schema
    match schema.get("type"):
        case "integer":
            return Form(Kind.INTEGER, codec, many, unit_of(name))
        case "boolean":
            return Form(Kind.BOOLEAN, codec, many)
        case "array":
            return None if many else _list(codec)
        case "string":
            words = _words(tuple(schema["enum"])) if "enum" in schema else {}
            return Form(_kind(schema), codec, many, words=words)
    return None


def _list(codec: Codec[Any]) -> Form | None:
    member = form_of("", Codec(codec.decode, codec.encode, codec.schema["items"]))
    return None if member is None else Form(member.kind, codec, many=True, words=member.words)


def _kind(schema: Mapping[str, Any]) -> Kind:
    if "enum" in schema:
        return Kind.CODE
    known = {
        Kind.DAY: codec_of(Date).schema,
        Kind.INSTANT: codec_of(Moment).schema,
        Kind.ITEM: ITEM_ID.schema,
        Kind.ORG: codec_of(AnyOrg).schema,
    }
    return next((kind for kind, one in known.items() if one == schema), Kind.TEXT)


@cache
def _words(codes: tuple[str, ...]) -> Mapping[str, str]:
    found = {word_key(code): code for code in codes}
    short: dict[str, set[str]] = {}
    for name in _lists_of(codes):
        for lang in Language:
            for code, text in code_words(name, lang).items():
                found.setdefault(word_key(text), code)
                short.setdefault(word_key(_BRACKETS.sub("", word_key(text))), set()).add(code)
    # "容量" stands for "容量（mAh）" where no other code goes by it.
    return {word: next(iter(some)) for word, some in short.items() if len(some) == 1} | found


def _lists_of(codes: tuple[str, ...]) -> list[str]:
    lists = [
        kind
        for _, kind in inspect.getmembers(vocabulary, inspect.isclass)
        if issubclass(kind, StrEnum) and kind is not StrEnum and tuple(kind) == codes
    ]
    return [re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower() for kind in lists]


def options_of(form: Form, lang: Language) -> list[tuple[str, str]]:
    """Return the codes that a claim may be, each with its word; none where it is no code."""
    if form.kind is Kind.BOOLEAN:
        return [(code, code) for code in ("true", "false")]
    codes = tuple(form.codec.schema.get("enum", ())) if form.kind is Kind.CODE and not form.many else ()
    words = {code: word for name in _lists_of(codes) for code, word in code_words(name, lang).items()}
    return [(code, words.get(code, code)) for code in codes]
