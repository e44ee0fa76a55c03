"""A ledger in memory that keeps the ties of what is logged."""

from ledger.events.envelope import Event
from ledger.state import Key, State
from ledger.ties import Act, Course, Strand, acts_of, strands
from tests.memory import World


class Tied(World):
    """A founded ledger in memory and the ties of what is logged in it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = list[Strand]()

    def log(self, *texts: str, logged_at_ms: int | None = None) -> Event:
        """Log submissions and keep their ties."""
        return [self._submit(text, logged_at_ms) for text in texts][-1]

    def _submit(self, text: str, logged_at_ms: int | None) -> Event:
        event = self.ledger.submit(text, logged_at_ms=logged_at_ms)
        states: dict[Key, State] = {item: self.ledger.states[item] for item in event.prev}
        self.rows += strands(event, self.ledger.size - 1, states)
        return event

    def acts(self, course: Course) -> list[Act]:
        """Return the acts of one kind."""
        return [act for act in acts_of(self.rows) if act.course is course]
