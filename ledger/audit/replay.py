"""Every entry judged anew, in log order: its form, its signature, and whether the rules allowed it.

The states are this replay's own; nothing is taken from the writer. An event with a finding changes no state,
and what is refused later because of that is told apart from what is wrong by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crypto import jws as jose
from crypto.errors import CryptoError, InvalidSignatureError
from crypto.jws import Jws
from crypto.keys import Verifier
from ledger.audit.doubt import Doubt
from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.report import Counts
from ledger.entry import Entry, MalformedEntryError
from ledger.errors import Refusal
from ledger.events import envelope
from ledger.events.envelope import Event, UnknownEventTypeError
from ledger.events.registry import OrgEnrolled
from ledger.lifecycle import apply, follow, reads
from ledger.rules import UnknownRulesError
from ledger.state import LOG, Fact, FactKind, Key, LoggedEvent, RegisteredKey, State, key_fact
from ledger.workspace import Fetched, logged_event

NOTHING: Final[Mapping[str, object]] = {}
LAST_MS: Final = 253_370_764_800_000
"""9999-01-01 UTC: no calendar here goes further."""


@dataclass(slots=True)
class Replay:
    """The states after the entries taken so far, and what is in doubt.

    Attributes:
        root: Entry 0's event id, as pinned.
        states: Items, organisations and facts; events are kept apart.
        events: What later events may ask of an earlier one, by event id.
        doubt: What earlier findings leave open.
    """

    root: str
    findings: Findings
    counts: Counts
    states: dict[Key, State] = field(default_factory=dict)
    events: dict[str, LoggedEvent] = field(default_factory=dict)
    doubt: Doubt = field(default_factory=Doubt)
    _ids: dict[str, int] = field(default_factory=dict)
    _jtis: dict[tuple[str, str], int] = field(default_factory=dict)
    _latest_ms: int = 0

    def take(self, index: int, data: bytes | None) -> None:
        """Judge the next entry; None where its bytes could not be read, which is a finding already."""
        if data is None:
            self.doubt.lose_sight(index)
        entry = None if data is None else self._decode(data, index)
        if index == 0:
            self._check_root(entry)
        if entry is None:
            return
        self._check_time(entry, index)
        twin = self._ids.setdefault(entry.event_id, index)
        if twin != index:
            self._find(Kind.DUPLICATE, "event_id", index, event=entry.event_id, facts={"first": twin})
        elif not self._judge(entry, index):
            self.doubt.add_event(entry.event_id, index)

    def _decode(self, data: bytes, index: int) -> Entry | None:
        try:
            return Entry.decode(data)
        except MalformedEntryError as error:
            self._find(Kind.ENTRY, "malformed", index, facts={"why": error})
            self.doubt.garble(index)
        return None

    def _check_root(self, entry: Entry | None) -> None:
        found = None if entry is None else entry.event_id
        if found != self.root:
            self._find(Kind.ROOT, "other_event", 0, event=found, facts={"pinned": self.root})

    def _check_time(self, entry: Entry, index: int) -> None:
        if entry.logged_at_ms < self._latest_ms:
            facts = {"logged_at_ms": entry.logged_at_ms, "earlier_ms": self._latest_ms}
            self._find(Kind.ENTRY, "time_falls", index, event=entry.event_id, facts=facts)
        self._latest_ms = max(self._latest_ms, min(entry.logged_at_ms, LAST_MS))

    def _judge(self, entry: Entry, index: int) -> bool:
        """Say whether the event was applied; where it was not, a finding says why."""
        parsed = self._parse(entry, index)
        if parsed is None:
            return False
        jws, event = parsed
        twin = self._jtis.setdefault((str(event.iss), event.jti), index)
        if twin != index:
            self._find(Kind.DUPLICATE, "jti", index, event=event.id, facts={"first": twin, "jti": event.jti})
        signed = self._check_signature(jws, event, index)
        if twin != index or not signed or not self._apply(event, index, entry.logged_at_ms):
            self.doubt.add(event, index, self.states)
            return False
        return True

    def _parse(self, entry: Entry, index: int) -> tuple[Jws, Event] | None:
        try:
            jws = jose.parse(entry.jws)
        except CryptoError as error:
            self.doubt.garble(index)
            self._find(Kind.EVENT, "format.jws", index, event=entry.event_id, facts={"reason": error.reason})
            return None
        try:
            return jws, envelope.parse(jws)
        except UnknownEventTypeError as error:
            self._find(Kind.UNKNOWN, error.rule, index, event=entry.event_id, facts=error.facts)
            self._check_known_key(jws, index)
            self.doubt.lose_sight(index)
        except Refusal as error:
            self.doubt.garble(index)
            facts = error.facts
            self._find(Kind.EVENT, error.rule, index, event=entry.event_id, item=error.item, facts=facts)
        return None

    def _check_known_key(self, jws: Jws, index: int) -> None:
        key = self.states.get(key_fact(jws.kid))
        if isinstance(key, RegisteredKey):
            self._verify(jws, key.jwk, index, envelope.event_id(jws.signing_input))

    def _check_signature(self, jws: Jws, event: Event, index: int) -> bool:
        key = self._key_of(event, index)
        # An unknown key is found by the rules right after this, as `key.unknown`.
        return key is None or self._verify(jws, key, index, event.id)

    def _key_of(self, event: Event, index: int) -> Verifier | None:
        if index == 0 and isinstance(event.claims, OrgEnrolled):
            # Entry 0 is the only event verified with a key in its own data (docs/formats.md, Root of trust).
            return event.claims.admin
        key = self.states.get(key_fact(event.kid))
        return key.jwk if isinstance(key, RegisteredKey) else None

    def _verify(self, jws: Jws, key: Verifier, index: int, event_id: str) -> bool:
        try:
            jws.verify(key)
        except InvalidSignatureError as error:
            facts = {"kid": jws.kid, "reason": error.reason}
            self._find(Kind.SIGNATURE, "key.signature", index, event=event_id, facts=facts)
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
        try:
            changed = apply(self._view(event), event, index=index, logged_at_ms=logged_at_ms)
        except UnknownRulesError as error:
            self._find(Kind.UNKNOWN, error.rule, index, event=event.id, facts=error.facts)
            self.doubt.halt(index)
            return False
        except Refusal as error:
            self._refused(event, index, error)
            return False
        self.states.update(changed)
        self.events[event.id] = logged_event(event, index)
        self.counts.events += 1
        return True

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
