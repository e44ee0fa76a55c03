"""Instants and days as events write them: one spelling each, so that text compares as bytes."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import date as Day  # noqa: N812  the design's word for a calendar date
from typing import Final, Self

from ledger.errors import MalformedError

# The hours are spelled out: some versions of Python read 24:00 as the next day, and all must judge alike.
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d[+-]\d{2}:\d{2}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)

__all__ = ["Day", "Instant", "MalformedInstantError", "day_of_ms", "format_day", "parse_day"]


class MalformedInstantError(MalformedError):
    """The text is not an instant or a day in the one spelling events use."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time, `YYYY-MM-DDThh:mm:ss±hh:mm`, kept as it was written (docs/formats.md section 2).

    RFC 3339 with seconds and a numeric offset; no `Z`, no `-00:00`, no leap second.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the instant, or raise MalformedInstantError naming what is wrong."""
        if not _INSTANT.fullmatch(text):
            raise MalformedInstantError("an instant is YYYY-MM-DDThh:mm:ss+hh:mm")
        if text.endswith("-00:00"):
            raise MalformedInstantError("the offset -00:00 says the offset is unknown")
        if int(text[20:22]) > 15 or int(text[23:25]) > 59:  # noqa: PLR2004  no zone lies further out
            raise MalformedInstantError("no such offset")
        try:
            moment = datetime.fromisoformat(text)
            early = moment < _EARLIEST
        except (ValueError, OverflowError) as error:
            raise MalformedInstantError("no such date or time") from error
        if early:
            raise MalformedInstantError("earlier than 1970")
        return cls(text)

    @classmethod
    def from_ms(cls, ms: int, offset_hours: int = 8) -> Self:
        """Return the instant of so many milliseconds since the epoch, at a whole-hour offset."""
        moment = (_EARLIEST + timedelta(seconds=ms // 1000, hours=offset_hours)).replace(tzinfo=None)
        sign = "-" if offset_hours < 0 else "+"
        return cls.parse(f"{moment.isoformat()}{sign}{abs(offset_hours):02d}:00")

    def __str__(self) -> str:
        return self.text

    @property
    def ms(self) -> int:
        """Milliseconds since the epoch."""
        return round((datetime.fromisoformat(self.text) - _EARLIEST).total_seconds()) * 1000

    @property
    def day(self) -> Day:
        """The calendar day on the clock of the place where it was written."""
        return datetime.fromisoformat(self.text).date()


def parse_day(text: str) -> Day:
    """Return the day of `YYYY-MM-DD`, or raise MalformedInstantError."""
    if not _DAY.fullmatch(text):
        raise MalformedInstantError("a day is YYYY-MM-DD")
    try:
        return Day.fromisoformat(text)
    except ValueError as error:
        raise MalformedInstantError("no such day") from error


def format_day(day: Day) -> str:
    """Return `YYYY-MM-DD`."""
    return day.isoformat()


def day_of_ms(ms: int) -> Day:
    """Return the UTC day of so many milliseconds since the epoch."""
    return (_EARLIEST + timedelta(milliseconds=ms)).date()
