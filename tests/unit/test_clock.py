"""The clock of the log."""

import time

import pytest

from ledger.sequencer.clock import ClockError, SystemClock, check_order


class Watch:
    """Two clocks that a test moves."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_790_000_000_000, 5_000

    def pass_time(self, ms: int) -> None:
        """Let both clocks run on."""
        self.wall += ms
        self.steady += ms

    def clock(self) -> SystemClock:
        """Return the log's clock over the two."""
        return SystemClock(lambda: self.wall, lambda: self.steady)


def test_the_clock_tells_the_time_of_the_machine() -> None:
    assert abs(SystemClock().now_ms() - time.time() * 1000) < 1_000


def test_the_clock_goes_on_as_time_passes() -> None:
    watch = Watch()
    clock = watch.clock()
    watch.pass_time(86_400_000)
    assert clock.now_ms() == watch.wall


@pytest.mark.parametrize("off_ms", [5_000, -5_000])
def test_a_clock_that_drifts_by_five_seconds_is_still_believed(off_ms: int) -> None:
    watch = Watch()
    clock = watch.clock()
    watch.wall += off_ms
    assert clock.now_ms() == watch.wall


@pytest.mark.parametrize("off_ms", [5_001, -5_001])
def test_a_clock_that_was_set_is_not_believed_and_not_clamped(off_ms: int) -> None:
    watch = Watch()
    clock = watch.clock()
    watch.wall += off_ms
    with pytest.raises(ClockError) as caught:
        clock.now_ms()
    assert caught.value.off_ms == off_ms


@pytest.mark.parametrize("off_ms", [5_001, -5_001])
def test_a_clock_off_the_databases_is_not_believed(off_ms: int) -> None:
    watch = Watch()
    with pytest.raises(ClockError, match="database"):
        watch.clock().now_ms(watch.wall - off_ms)
    assert watch.clock().now_ms(watch.wall - 5_000) == watch.wall


def test_time_never_falls_behind_the_last_entry() -> None:
    check_order(1_000, 1_000)
    with pytest.raises(ClockError) as caught:
        check_order(999, 1_000)
    assert caught.value.off_ms == 1
