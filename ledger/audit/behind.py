"""Published indexes that speak of an older log than their date says.

A registrar may publish every day an index that covers a little more than the last one and much less than
there is: the date then says more than the lines do. No rule forbids it, and a slip stays in the log for ever,
so it is told beside the checks and breaks none.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from crypto.strictjson import Json
from ledger.audit.findings import LISTED
from ledger.events.log import IndexPublished
from ledger.findings import Applied

BEHIND_DAYS: Final = 2
"""An index is published daily, and computed minutes before it is logged."""
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS


@dataclass(frozen=True, slots=True)
class Behind:
    """A published index that leaves out what was logged days before it.

    Attributes:
        index: the entry that published it.
        size: how many entries it is of.
        days: since when the first entry that it leaves out had been in the log.
    """

    index: int
    size: int
    days: int

    def to_json(self) -> dict[str, Json]:
        """Return it as one object for programs."""
        return asdict(self)


@dataclass(slots=True)
class Lateness:
    """Knows to an hour when an entry was logged, and which indexes left out what was days old.

    Attributes:
        listed: the last of them.
        _hours: the first entry of each hour in which something was logged, with its time in ms since 1970.
    """

    listed: list[Behind] = field(default_factory=list)
    _hours: list[tuple[int, int]] = field(default_factory=list)

    def see(self, applied: Applied) -> bool:
        """Take in an applied event; say whether it publishes an index that is behind."""
        at_ms, claims = applied.logged_at_ms, applied.event.claims
        if not self._hours or at_ms - self._hours[-1][1] >= _HOUR_MS:
            self._hours.append((applied.index, at_ms))
        if not isinstance(claims, IndexPublished):
            return False
        # Entry 0 began the first hour, so there is one for every size.
        since_ms = self._hours[bisect_left(self._hours, (claims.size + 1, 0)) - 1][1]
        if at_ms - since_ms < BEHIND_DAYS * _DAY_MS:
            return False
        behind = Behind(applied.index, claims.size, (at_ms - since_ms) // _DAY_MS)
        self.listed = [*self.listed, behind][-LISTED:]
        return True

    def to_json(self) -> dict[str, Json]:
        """Return all it knows, for an audit that goes on from here."""
        hours: list[Json] = [[index, at_ms] for index, at_ms in self._hours]
        return {"hours": hours, "behind": [one.to_json() for one in self.listed]}

    def restore(self, told: Mapping[str, Any]) -> None:
        """Put back what an earlier audit knew."""
        self._hours = [(int(index), int(at_ms)) for index, at_ms in told["hours"]]
        self.listed = [Behind(**one) for one in told["behind"]]
