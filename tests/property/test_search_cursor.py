"""Cursors: good for their own search, and nothing else is taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import strictjson
from crypto.encoding import b64url_decode, b64url_encode
from ledger.search.cursor import Cursor, MalformedCursorError, has_form

PARTS = st.one_of(st.integers(min_value=0, max_value=2**53 - 1), st.text(alphabet="abZ09:-", max_size=40))


@given(st.text(alphabet="abc", max_size=9), st.lists(PARTS, max_size=5))
def test_a_cursor_comes_back_as_it_went(walk: str, place: list[str | int]) -> None:
    cursor = Cursor(walk, tuple(place))
    assert Cursor.parse(cursor.format("search"), "search") == cursor
    with pytest.raises(MalformedCursorError):
        Cursor.parse(cursor.format("search"), "another")


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(b64url_encode)))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(MalformedCursorError):
        Cursor.parse(text, "search")


@pytest.mark.parametrize("part", [None, True, -1, [1], {"a": 1}, "a" * 201])
def test_parts_of_other_types_are_refused(part: strictjson.Json) -> None:
    digest = strictjson.loads(b64url_decode(Cursor("w", ()).format("search")))
    assert isinstance(digest, list)
    text = b64url_encode(strictjson.dumps([*digest, part]).encode())
    with pytest.raises(MalformedCursorError):
        Cursor.parse(text, "search")


def test_a_cursor_that_is_too_long_is_not_read() -> None:
    with pytest.raises(MalformedCursorError, match="too long"):
        Cursor.parse("A" * 1001, "search")


def test_a_form_is_exact() -> None:
    assert has_form((1, "a"), (int, str))
    assert not has_form((1,), (int, str))
    assert not has_form(("a", 1), (int, str))
