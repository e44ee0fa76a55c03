"""Every entry judged anew, in log order: its form, its signature, and whether the rules allowed it.

The states are this replay's own; nothing is taken from the writer. An event with a finding changes no state,
and what is refused later because of that is told apart from what is wrong by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from crypto.keys import Verifier
from ledger.audit.acts import Acts
from ledger.audit.behind import Lateness
from ledger.audit.confirmed import Signed
from ledger.audit.doubt import Doubt
from ledger.audit.entries import ReadEntry, verify_entry
from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.following import NOTHING
from ledger.audit.histories import Histories
from ledger.audit.remarked import Remarked
from ledger.audit.report import Counts
from ledger.audit.spill import KeptEvents, KeptStates, Places, Shelf
from ledger.errors import Refusal
from ledger.events.envelope import Event
from ledger.events.registry import OrgEnrolled
from ledger.findings import Applied, applied
from ledger.lifecycle import apply, follow, reads
from ledger.rules import UnknownRulesError
from ledger.state import LOG, Fact, FactKind, Key, RegisteredKey, State, key_fact
from ledger.workspace import Fetched, logged_event

LAST_MS: Final = 253_370_764_800_000
"""9999-01-01 UTC: no calendar here goes further."""


@dataclass(slots=True)
class Replay:
    """The states after the entries taken so far, and what is in doubt.

    Attributes:
        root: Entry 0's event id, as pinned.
        learn: Told each key and its thumbprint once it is registered, and when its state changes.
        watch: Told each event that was applied.
        doubt: What earlier findings leave open.
        latest_ms: The latest time of logging so far, in ms since 1970.
        states: Items, organisations and facts; events are kept apart.
        events: What later events may ask of an earlier one, by event id.
        signed: Which entries each key is said to have signed, and when.
        ids: The first entry of each event id.
        jtis: The first entry of each issuer's jti.
        histories: How every history stands, for published indexes.
        late: Which published indexes are of an older log than their date says.
        remarked: What public claims give for findings.
        acts: What was turned into what.
    """

    root: str
    findings: Findings
    counts: Counts
    learn: Callable[[str, Verifier], None] = lambda _kid, _key: None
    watch: Callable[[Applied], None] = lambda _applied: None
    doubt: Doubt = field(default_factory=Doubt)
    latest_ms: int = 0
    states: KeptStates = field(init=False)
    events: KeptEvents = field(init=False)
    histories: Histories = field(init=False)
    late: Lateness = field(init=False)
    signed: Signed = field(init=False)
    ids: Places = field(default_factory=Places)
    jtis: Places = field(default_factory=Places)
    remarked: Remarked = field(default_factory=Remarked)
    acts: Acts = field(default_factory=Acts)
    _shelf: Shelf = field(default_factory=Shelf)

    def __post_init__(self) -> None:
        self.states = KeptStates(self._shelf)
        self.events = KeptEvents(self._shelf)
        self.histories = Histories(self.findings, self.counts)
        self.late = Lateness()
        self.signed = Signed(self.findings, self.counts)

    def close(self) -> None:
        """Let go of the scratch files."""
        for one in (self._shelf, self.remarked, self.acts):
            one.close()

    def take(self, index: int, read: ReadEntry | None, data: bytes = b"") -> None:
        """Judge the next entry by what its bytes say; None where they could not be read, a finding already.

        `data` are its bytes, for a signature that was not verified yet.
        """
        if read is None:
            self.doubt.lose_sight(index)
        if index == 0:
            self._check_root(read)
        if read is None or not self._is_entry(read, index):
            return
        event_id = read.event_id or ""
        self._check_time(read, index)
        if read.kid is not None:
            self.signed.add(read.kid, index, read.logged_at_ms)
        twin = self.ids.add(event_id, index)
        if twin != index:
            self._find(Kind.DUPLICATE, "event_id", index, event=event_id, facts={"first": twin})
        elif not self._judge(read, index, data):
            self.doubt.add_event(event_id, index)

    def _is_entry(self, read: ReadEntry, index: int) -> bool:
        if read.event_id is None and read.problem is not None:
            self._find(read.problem.kind, read.problem.reason, index, facts=read.problem.facts)
            self.doubt.garble(index)
        return read.event_id is not None

    def _check_root(self, read: ReadEntry | None) -> None:
        found = None if read is None else read.event_id
        if found != self.root:
            self._find(Kind.ROOT, "other_event", 0, event=found, facts={"pinned": self.root})

    def _check_time(self, read: ReadEntry, index: int) -> None:
        if read.logged_at_ms < self.latest_ms:
            facts = {"logged_at_ms": read.logged_at_ms, "earlier_ms": self.latest_ms}
            self._find(Kind.ENTRY, "time_falls", index, event=read.event_id, facts=facts)
        self.latest_ms = max(self.latest_ms, min(read.logged_at_ms, LAST_MS))

    def _judge(self, read: ReadEntry, index: int, data: bytes) -> bool:
        """Say whether the event was applied; where it was not, a finding says why."""
        event = read.event
        if event is None:
            self._tell_problem(read, index, data)
            return False
        twin = self.jtis.add(f"{event.iss} {event.jti}", index)
        if twin != index:
            self._find(Kind.DUPLICATE, "jti", index, event=event.id, facts={"first": twin, "jti": event.jti})
        signed = self._check_signature(read, event, index, data)
        if twin != index or not signed or not self._apply(event, index, read.logged_at_ms):
            self.doubt.add(event, index, self.states)
            return False
        return True

    def _tell_problem(self, read: ReadEntry, index: int, data: bytes) -> None:
        problem = read.problem
        if problem is None:
            raise TypeError("an entry without an event has no problem")
        self._find(
            problem.kind, problem.reason, index, event=read.event_id, item=problem.item, facts=problem.facts
        )
        if problem.kind is Kind.UNKNOWN:
            self._check_known_key(read, index, data)
            self.doubt.lose_sight(index)
        else:
            self.doubt.garble(index)

    def _check_known_key(self, read: ReadEntry, index: int, data: bytes) -> None:
        key = None if read.kid is None else self.states.get(key_fact(read.kid))
        if isinstance(key, RegisteredKey):
            self._verify(read, key.jwk, index, data)

    def _check_signature(self, read: ReadEntry, event: Event, index: int, data: bytes) -> bool:
        if index == 0 and isinstance(event.claims, OrgEnrolled) and event.claims.admin is not None:
            # Entry 0 is the only event verified with a key in its own data (docs/formats.md, Root of trust).
            return self._verify(read, event.claims.admin, index, data)
        key = self.states.get(key_fact(event.kid))
        # An unknown key is found by the rules right after this, as `key.unknown`.
        return not isinstance(key, RegisteredKey) or self._verify(read, key.jwk, index, data)

    def _verify(self, read: ReadEntry, key: Verifier, index: int, data: bytes) -> bool:
        # A thumbprint stands for one key, so what was verified ahead was verified with this one.
        signed, reason = verify_entry(data, key) if read.signed is None else (read.signed, read.broken)
        if not signed:
            facts = {"kid": read.kid, "reason": reason}
            self._find(Kind.SIGNATURE, "key.signature", index, event=read.event_id, facts=facts)
            return False
        self.counts.signatures += 1
        return True

    def _apply(self, event: Event, index: int, logged_at_ms: int) -> bool:
        if self.doubt.halted is not None or (index > 0 and LOG not in self.states):
            follows = self.doubt.halted or 0
            self._find(Kind.UNKNOWN, "not_judged", index, event=event.id, follows=follows)
            return False
        if logged_at_ms > LAST_MS:
            self._find(Kind.ENTRY, "time_beyond", index, event=event.id)
            return False
        view = self._view(event)
        try:
            changed = apply(view, event, index=index, logged_at_ms=logged_at_ms)
        except UnknownRulesError as error:
            self._find(Kind.UNKNOWN, error.rule, index, event=event.id, facts=error.facts)
            self.doubt.halt(index)
            return False
        except Refusal as error:
            self._refused(event, index, error)
            return False
        self._note(applied(view, event, changed, index=index, logged_at_ms=logged_at_ms))
        return True

    def _note(self, seen: Applied) -> None:
        """Take in what an applied event changes."""
        follows = self.doubt.first
        self.histories.see(seen, follows)
        self.counts.behind += self.late.see(seen)
        self.signed.see(seen, follows)
        self.remarked.see(seen)
        self.acts.see(seen)
        self.watch(seen)
        self.states.update(seen.changed)
        self.events.add(logged_event(seen.event, seen.index))
        self.counts.events += 1
        for state in seen.changed.values():
            if isinstance(state, RegisteredKey):
                self.learn(state.kid, state.jwk)

    def _refused(self, event: Event, index: int, error: Refusal) -> None:
        blind = self.doubt.blind
        follows = self.doubt.cause(event) if blind is None else blind
        kind = Kind.RULE if blind is None else Kind.UNKNOWN
        facts = {**error.facts, "type": event.type}
        self._find(kind, error.rule, index, event=event.id, item=error.item, follows=follows, facts=facts)

    def _view(self, event: Event) -> Fetched:
        """Return what the event may read: a rule that reads further is an error of the program."""
        keys, found = set[Key](), dict[Key, State]()
        wanted = set(reads(event))
        while wanted:
            keys |= wanted
            new = {key: state for key in wanted if (state := self._state(key)) is not None}
            found |= new
            wanted = {key for state in new.values() for key in follow(state)} - keys
        return Fetched(keys, found)

    def _state(self, key: Key) -> State | None:
        if isinstance(key, Fact) and key.kind is FactKind.EVENT:
            return self.events.get(key.name)
        return self.states.get(key)

    def _find(
        self,
        kind: Kind,
        reason: str,
        index: int,
        *,
        event: str | None = None,
        item: str | None = None,
        follows: int | None = None,
        facts: Mapping[str, object] = NOTHING,
    ) -> None:
        self.findings.add(
            Finding(
                kind=kind, reason=reason, index=index, event=event, item=item, follows=follows, facts=facts
            )
        )
