"""What becomes of a submission: an answer for each event, or a reason why there is none."""

from dataclasses import dataclass, field

from ledger.errors import LedgerError, RuleRefusal


@dataclass(frozen=True, slots=True)
class Logged:
    """The event is in the log now; the receipt proves it."""

    event_id: str
    index: int
    receipt_text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The event was in the log already; the receipt proves it against the current checkpoint."""

    event_id: str
    index: int
    receipt_text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Passed:
    """In a dry run: the event would be logged now, or `known_index` is where it is logged already."""

    event_id: str
    known_index: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """The event is not logged. `event_id` is None where the text is no event."""

    event_id: str | None
    refusal: LedgerError


Outcome = Logged | Duplicate | Passed | Refused


class AtomicRefusal(RuleRefusal):
    """The event itself would pass, but another one of its atomic request does not."""

    def __init__(self, event_id: str) -> None:
        super().__init__("log.atomic", event_id)


class BusyError(LedgerError):
    """Too many events wait already; nothing of this submission was taken.

    Attributes:
        retry_after_s: when to send it again, in seconds.
    """

    def __init__(self, waiting: int, retry_after_s: int = 1) -> None:
        super().__init__(f"{waiting} events wait already")
        self.waiting = waiting
        self.retry_after_s = retry_after_s


class ReadOnlyError(LedgerError):
    """The log takes nothing, because what is stored contradicts what was released.

    Attributes:
        reason: a code: `behind`, `root`, `tiles`, `unreleased`, `seen`, `epoch`, `witness`
            or `closed`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class OutcomeUnknownError(LedgerError):
    """The batch may be logged or not. Sending the same bytes again is safe and tells."""
