"""Instants and days: one spelling each."""

import pytest

from ledger.errors import MalformedError
from ledger.instants import Day, Instant, MalformedInstantError, day_of_ms, format_day, parse_day


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00+00:00", 0),
        ("1970-01-01T08:00:00+08:00", 0),
        ("1969-12-31T19:00:00-05:00", 0),
        ("2026-11-22T08:30:00+08:00", 1_795_307_400_000),
        ("2026-11-22T06:00:00+05:30", 1_795_307_400_000),
        ("2026-11-21T15:15:00-09:15", 1_795_307_400_000),
        ("2024-02-29T23:59:59+00:00", 1_709_251_199_000),
        ("9999-12-31T23:59:59-15:59", 253_402_358_339_000),
    ],
)
def test_an_instant_is_its_milliseconds_and_its_own_text(text: str, ms: int) -> None:
    instant = Instant.parse(text)
    assert (instant.ms, str(instant)) == (ms, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T08:30:00",
        "2026-11-22T08:30:00Z",
        "2026-11-22T08:30:00-00:00",
        "2026-11-22T08:30:60+08:00",
        "2026-11-22T08:60:00+08:00",
        "2026-11-22T24:00:00+08:00",
        "2026-11-22T25:00:00+08:00",
        "2026-02-29T08:30:00+08:00",
        "2026-13-01T08:30:00+08:00",
        "2026-11-22T08:30:00+16:00",
        "2026-11-22T08:30:00+08:60",
        "2026-11-22T08:30:00.0+08:00",
        "2026-11-22t08:30:00+08:00",
        "2026-11-22 08:30:00+08:00",
        "2026-11-22T08:30:00+0800",
        "2026-11-22T08:30:00+08:00 ",
        "２０２６-11-22T08:30:00+08:00",
        "1969-12-31T23:59:59+00:00",
        "1970-01-01T00:00:00+00:01",
        "0001-01-01T00:00:00+15:00",
        "0000-01-01T00:00:00+00:00",
    ],
)
def test_another_spelling_or_no_such_time_is_refused(text: str) -> None:
    with pytest.raises(MalformedInstantError):
        Instant.parse(text)


def test_the_day_is_that_of_the_place_where_it_was_written() -> None:
    assert Instant.parse("2026-03-31T23:30:00+00:00").day == Day(2026, 3, 31)
    assert Instant.parse("2026-04-01T07:30:00+08:00").day == Day(2026, 4, 1)
    assert day_of_ms(Instant.parse("2026-04-01T07:30:00+08:00").ms) == Day(2026, 3, 31)


@pytest.mark.parametrize(
    ("offset", "text"),
    [(8, "1970-01-01T08:00:01+08:00"), (0, "1970-01-01T00:00:01+00:00"), (-5, "1969-12-31T19:00:01-05:00")],
)
def test_milliseconds_are_written_at_an_offset(offset: int, text: str) -> None:
    assert Instant.from_ms(1999, offset).text == text


def test_a_day_has_one_spelling() -> None:
    assert parse_day("2024-02-29") == Day(2024, 2, 29)
    assert format_day(Day(987, 1, 2)) == "0987-01-02"
    assert parse_day(format_day(Day(987, 1, 2))) == Day(987, 1, 2)


@pytest.mark.parametrize("text", ["", "2026-02-29", "20260228", "2026-2-8", "2026-02-28 ", "２026-02-28"])
def test_another_spelling_or_no_such_day_is_refused(text: str) -> None:
    with pytest.raises(MalformedInstantError):
        parse_day(text)


def test_the_error_is_one_of_malformed_text() -> None:
    assert issubclass(MalformedInstantError, MalformedError)
