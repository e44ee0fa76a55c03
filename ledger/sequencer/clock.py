"""The clock of the log: it tells the time or refuses to; it never guesses (docs/formats.md section 3).

A clock that was set, or that another clock contradicts, stops writing. What it says is never clamped.
"""

import time
from collections.abc import Callable
from typing import Final, Protocol

from ledger.errors import LedgerError

MAX_DRIFT_MS: Final = 5_000
_NS_PER_MS: Final = 1_000_000


class ClockError(LedgerError):
    """The time cannot be trusted, so nothing may be logged now.

    Attributes:
        reason: what contradicts the clock.
        off_ms: by how much, in milliseconds.
    """

    def __init__(self, reason: str, off_ms: int) -> None:
        super().__init__(f"{reason} by {off_ms} ms")
        self.reason = reason
        self.off_ms = off_ms


class Clock(Protocol):
    """What tells the time of an entry."""

    def now_ms(self, database_now_ms: int | None = None) -> int:
        """Return milliseconds since 1970-01-01 UTC, or raise ClockError.

        `database_now_ms` is what the database server's clock says at this moment, where it has one.
        """
        ...


def _wall_ms() -> int:
    return time.time_ns() // _NS_PER_MS


def _since_boot_ms() -> int:
    # It goes on while the machine sleeps and no one can set it.
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _NS_PER_MS


class SystemClock:
    """The machine's clock, trusted while it runs along with the time since boot.

    Args:
        wall_ms: the clock that is told, in ms since 1970.
        steady_ms: the clock that nobody sets, in ms since any moment.
    """

    def __init__(
        self, wall_ms: Callable[[], int] = _wall_ms, steady_ms: Callable[[], int] = _since_boot_ms
    ) -> None:
        self._wall_ms: Final = wall_ms
        self._steady_ms: Final = steady_ms
        self._offset_ms: Final = wall_ms() - steady_ms()

    def now_ms(self, database_now_ms: int | None = None) -> int:
        """Return milliseconds since 1970-01-01 UTC.

        Raises:
            ClockError: the clock was set by more than 5 s since this object was made, or is more than 5 s
                off the database's.
        """
        now = self._wall_ms()
        off = now - self._steady_ms() - self._offset_ms
        if abs(off) > MAX_DRIFT_MS:
            raise ClockError("the machine's clock was set", off)
        if database_now_ms is not None and abs(now - database_now_ms) > MAX_DRIFT_MS:
            raise ClockError("the clock is off the database's", now - database_now_ms)
        return now


def check_order(now_ms: int, last_logged_at_ms: int) -> None:
    """Check a time for the next entry against the last one; raises ClockError where it is behind."""
    if now_ms < last_logged_at_ms:
        raise ClockError("the clock is behind the last entry", last_logged_at_ms - now_ms)
