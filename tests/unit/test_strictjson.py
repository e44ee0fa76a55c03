"""JSON that two parsers could read differently is refused."""

import pytest

from crypto.errors import MalformedJsonError
from crypto.strictjson import MAX_DEPTH, MAX_INTEGER, Json, dumps, loads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"null", None),
        (b' {"a": [1, -2, true, "x"]}\n', {"a": [1, -2, True, "x"]}),
        ('"溯电 ⚡"'.encode(), "溯电 ⚡"),
        (b'"\\ud83d\\udd0b"', "🔋"),
        (b'"\\u00e9"', "é"),
        (b"9007199254740991", MAX_INTEGER),
        (b"-9007199254740991", -MAX_INTEGER),
        (b"0", 0),
        (b'""', ""),
        (b'"\xef\xbb\xbf"', "\ufeff"),
    ],
)
def test_plain_json_is_read(text: bytes, value: Json) -> None:
    assert loads(text) == value
    assert loads(text.decode()) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"\xff", "UTF-8"),
        (b'"\xc0\x80"', "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ("{}".encode("utf-16"), "UTF-8"),
        ("{}".encode("utf-16-le"), "not JSON"),
        (b'"\\u0000"', "U\\+0000"),
        (b'{"a\\u0000":1}', "U\\+0000"),
        (b'"\x00"', "not JSON"),
        (b'"\n"', "not JSON"),
        (b'"\\ud800"', "surrogate"),
        (b'"\\udc00\\ud800"', "surrogate"),
        (b'{"\\ud800":1}', "surrogate"),
        (b'"e\\u0301"', "NFC"),
        ('"e\u0301"'.encode(), "NFC"),
        ('{"\u212b":1}'.encode(), "NFC"),
        ('["\uf900"]'.encode(), "NFC"),
        (b'{"a":1,"a":1}', "twice"),
        (b'{"a":1,"\\u0061":2}', "twice"),
        (b'[{"b":{"a":1,"a":2}}]', "twice"),
        (b"1.0", "fraction"),
        (b"1e3", "fraction"),
        (b"1E3", "fraction"),
        (b"-0.0", "fraction"),
        (b"-0", "negative zero"),
        (b"NaN", "NaN"),
        (b"Infinity", "Infinity"),
        (b"-Infinity", "Infinity"),
        (b"9007199254740992", "2\\^53"),
        (b"-9007199254740992", "2\\^53"),
        (b"9" * 100_000, "2\\^53"),
        (b"01", "not JSON"),
        (b"+1", "not JSON"),
        (b".5", "not JSON"),
        (b"1.", "not JSON"),
        (b"", "not JSON"),
        (b" ", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"[1,]", "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b"// x\n1", "not JSON"),
        (b'"\\x41"', "not JSON"),
        (b"nul", "not JSON"),
        ("１".encode(), "not JSON"),
    ],
)
def test_what_parsers_could_read_differently_is_refused(text: bytes, reason: str) -> None:
    with pytest.raises(MalformedJsonError, match=reason):
        loads(text)


def test_a_text_with_a_raw_surrogate_is_refused() -> None:
    with pytest.raises(MalformedJsonError, match="surrogate"):
        loads('"\ud800"')


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_sixteen_levels_are_read_and_seventeen_are_not(opening: str, closing: str) -> None:
    loads(opening * (MAX_DEPTH - 1) + "[]" + closing * (MAX_DEPTH - 1))
    with pytest.raises(MalformedJsonError, match="deeper"):
        loads(opening * MAX_DEPTH + "[]" + closing * MAX_DEPTH)


def test_a_wide_text_is_not_a_deep_one() -> None:
    assert loads("[" + ",".join(["[]"] * 100) + "]") == [[]] * 100


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_bottomless_text_is_refused_without_harm(opening: str) -> None:
    with pytest.raises(MalformedJsonError, match="deeper"):
        loads(opening * 100_000)


def test_text_is_written_compact_and_in_order() -> None:
    assert dumps({"b": [1, None], "a": "溯电"}) == '{"b":[1,null],"a":"溯电"}'


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        (1,),
        {1: 2},
        {"a": b"x"},
        MAX_INTEGER + 1,
        "\x00",
        "\ud800",
        "e\u0301",
        {"a": {2.0}},
    ],
)
def test_what_could_not_be_read_back_is_not_written(value: Json) -> None:
    with pytest.raises(MalformedJsonError):
        dumps(value)


def test_a_value_that_holds_itself_is_not_written() -> None:
    loop: list[Json] = []
    loop.append(loop)
    with pytest.raises(MalformedJsonError):
        dumps(loop)
