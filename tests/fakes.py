"""Stand-ins for what a test must control: the clock."""

from ledger.sequencer.clock import ClockError


class FakeClock:
    """A clock that stands still until it is moved, and can be broken."""

    def __init__(self, now_ms: int) -> None:
        self.now = now_ms
        self.broken = False

    def now_ms(self, database_now_ms: int | None = None) -> int:
        """Return the time it was set to; the database's clock is none of its business."""
        del database_now_ms
        if self.broken:
            raise ClockError("the test broke the clock", 60_000)
        return self.now
