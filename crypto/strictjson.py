"""JSON for signed text: read one way or not at all (formats.md section 2, stricter than RFC 7493).

Refused: anything but UTF-8, a byte order mark, U+0000, lone surrogates, text that is not in Unicode form NFC,
a key twice in one object, numbers with a fraction, an exponent or a negative zero, NaN and infinities,
integers beyond 2^53 - 1, and more than 16 arrays and objects inside each other.
"""

import json
import unicodedata
from typing import Final, NoReturn, TypeAlias

from crypto.errors import MalformedJsonError

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

MAX_DEPTH: Final = 16
MAX_INTEGER: Final = 2**53 - 1
_MAX_INTEGER_CHARACTERS: Final = len(str(-MAX_INTEGER))


def loads(text: bytes | str) -> Json:
    """Return the value of a JSON text.

    Raises:
        MalformedJsonError: the text breaks one of the rules above; `reason` says which.
    """
    if isinstance(text, bytes):
        text = _decode(text)
    try:
        value: Json = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedJsonError(f"not JSON: {error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise MalformedJsonError(f"nested deeper than {MAX_DEPTH}") from error
    # Most signed text is ASCII without escapes and has too few brackets to nest deeply: no walk is needed.
    if not text.isascii() or "\\u" in text or text.count("[") + text.count("{") > MAX_DEPTH:
        _check(value, MAX_DEPTH)
    return value


def dumps(value: Json) -> str:
    """Return the compact JSON text of a value, members in their order, non-ASCII text as it is.

    Raises:
        MalformedJsonError: `loads` would not read the same value back.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedJsonError("not a JSON value") from error
    if loads(text) != value:
        raise MalformedJsonError("value does not survive its own JSON text")
    return text


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJsonError(f"not UTF-8 at byte {error.start}") from error


def _integer(text: str) -> int:
    # The length comes first: a number of a million digits is refused, not computed.
    if len(text) > _MAX_INTEGER_CHARACTERS or abs(int(text)) > MAX_INTEGER:
        raise MalformedJsonError("integer beyond 2^53 - 1")
    if text == "-0":
        raise MalformedJsonError("negative zero")
    return int(text)


def _no_fraction(_text: str) -> NoReturn:
    raise MalformedJsonError("number with a fraction or an exponent")


def _no_constant(text: str) -> NoReturn:
    raise MalformedJsonError(f"{text} is not a JSON number")


def _object(members: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(members)
    if len(value) != len(members):
        raise MalformedJsonError("an object has a key twice")
    return value


def _check(value: Json, depth_left: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, (dict, list)):
        if depth_left == 0:
            raise MalformedJsonError(f"nested deeper than {MAX_DEPTH}")
        for key in value if isinstance(value, dict) else ():
            _check_text(key)
        for member in value.values() if isinstance(value, dict) else value:
            _check(member, depth_left - 1)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise MalformedJsonError("text with U+0000")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MalformedJsonError("text with a lone surrogate") from error
    if not unicodedata.is_normalized("NFC", text):
        raise MalformedJsonError("text is not in Unicode form NFC")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_no_fraction, parse_constant=_no_constant
)
