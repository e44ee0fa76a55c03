"""A ledger in a dictionary that keeps the remarks too, and tells findings from them without a database."""

from dataclasses import replace

from crypto import jws
from ledger import lifecycle, submission
from ledger.events import Claims
from ledger.events.envelope import TYP, Event, build
from ledger.findings import Remark, applied, remarks
from ledger.findings.shown import Finding, Kept, finding_of
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.rules import LATEST, rule_set
from tests.consortium import ORIGIN, Party, uuid7
from tests.memory import MemoryLedger, OnlyRead
from tests.memory_more import MoreWorld
from tests.storyteller import MINUTE_MS

DAY_MS = 86_400_000


class WatchedLedger(MemoryLedger):
    """Applies submissions and keeps what is remarked at each."""

    def __init__(self) -> None:
        super().__init__()
        self.stream = list[Kept]()

    def submit(self, text: str, *, logged_at_ms: int | None = None) -> Event:
        """Log one submission and remark on it, or raise what refuses it and change nothing."""
        before, index = dict(self.states), self.size
        event = super().submit(text, logged_at_ms=logged_at_ms)
        at_ms = event.iat * 1000 if logged_at_ms is None else logged_at_ms
        states = OnlyRead(before, lifecycle.reads(event))
        changed = lifecycle.apply(states, event, index=index, logged_at_ms=at_ms)
        found = remarks(applied(states, event, changed, index=index, logged_at_ms=at_ms))
        for n, remark in enumerate(found):
            self.stream.append(Kept(remark=remark, index=index, n=n, event=event.id, logged_at_ms=at_ms))
        return event


class Watched(MoreWorld):
    """A founded ledger whose remarks are kept from here on."""

    ledger: WatchedLedger

    def __init__(self) -> None:
        super().__init__()
        watched = WatchedLedger()
        watched.states, watched.size = self.ledger.states, self.ledger.size
        self.ledger = watched

    def remarks(self, *texts: str, logged_at_ms: int | None = None) -> list[Remark]:
        """Log submissions; return what begins or is seen at the last one."""
        self.log(*texts, logged_at_ms=logged_at_ms)
        last = self.ledger.size - 1
        return [one.remark for one in self.ledger.stream if one.index == last and not one.remark.ends]

    def rules(self, *texts: str, logged_at_ms: int | None = None) -> list[str]:
        """Log submissions; return the rules of what begins or is seen at the last one."""
        return [one.rule for one in self.remarks(*texts, logged_at_ms=logged_at_ms)]

    def findings(self, *, days: int = 0, ms: int = 0) -> list[Finding]:
        """Return every finding so long after the last event."""
        now_ms = self.story.now_ms + days * DAY_MS + ms
        stream = [self._closed(one) for one in self.ledger.stream if not one.remark.ends]
        found = [finding_of(one, now_ms, rule_set(LATEST)) for one in stream]
        return [one for one in found if one is not None]

    def states(self, rule: str, *, days: int = 0, ms: int = 0) -> list[str]:
        """Return the states of the findings of a rule so long after the last event."""
        return [one.state.value for one in self.findings(days=days, ms=ms) if one.rule.rule == rule]

    def tell_at(self, by: Party, claims: Claims, *items: ItemId, at_ms: int) -> str:
        """Sign an event now that says it happened at another time."""
        self.story.now_ms += MINUTE_MS
        now, at = Instant.from_ms(self.story.now_ms), Instant.from_ms(at_ms)
        prev = {item: self.story.tips.get(item) for item in (*items, *claims.named())}
        jti = uuid7(now, f"at {len(self.story.events)}")
        iat = self.story.now_ms // 1000
        told = build(claims, aud=ORIGIN, iss=by.id, jti=jti, iat=iat, at=at, prev=prev)
        text = jws.sign(told, by.key(), TYP) + "~"
        event = submission.parse(text).event
        self.story.events[event.id] = event
        self.story.tips |= dict.fromkeys(event.touched, event.id)
        return text

    def _closed(self, kept: Kept) -> Kept:
        thread = kept.remark.thread
        ends = [one.index for one in self.ledger.stream if one.remark.ends and one.remark.thread == thread]
        later = [index for index in ends if index > kept.index]
        return replace(kept, closed=later[0] if thread is not None and later else None)
