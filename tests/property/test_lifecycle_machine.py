"""The lifecycle against the model: random events by random firms on a ledger in a dictionary."""

import os

from hypothesis import HealthCheck, settings

from ledger.events.envelope import Event
from ledger.identifiers import ItemId
from ledger.state import Item
from tests.machine import Ledger
from tests.machine_last import LastMachine
from tests.memory import MemoryLedger


class InMemory(MemoryLedger):
    """A ledger that lists its items."""

    def submit(self, text: str, *, logged_at_ms: int | None = None) -> Event:
        """Log one submission; what is refused changes no state."""
        before = dict(self.states)
        try:
            return super().submit(text, logged_at_ms=logged_at_ms)
        except Exception:
            assert self.states == before
            raise

    def items(self) -> dict[ItemId, Item]:
        """Return every item."""
        return {state.id: state for state in self.states.values() if isinstance(state, Item)}


class MemoryMachine(LastMachine):
    """The machine over a dictionary."""

    def open_ledger(self) -> Ledger:
        """Return an empty ledger."""
        return InMemory()


# As many in a suite as it bears; more before a release (CONTRIBUTING.md).
RUNS = int(os.environ.get("PACKTRACE_MACHINE_RUNS", "40"))
TestLifecycleMachine = MemoryMachine.TestCase
TestLifecycleMachine.settings = settings(
    max_examples=RUNS, stateful_step_count=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
