"""A batch: events judged one after another over the states before them, in memory. Does no I/O.

One bad event refuses itself and not its neighbours; an atomic request is taken whole or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crypto.sdjwt import Disclosure
from ledger.entry import Entry
from ledger.errors import AuthorityRefusal, ConflictError, LedgerError
from ledger.events.envelope import Event
from ledger.findings import Remark, applied, remarks
from ledger.findings.door import Measurement, measured
from ledger.holdings import Holding, new_holdings
from ledger.lifecycle import apply, check_restricted
from ledger.sequencer.admission import Admitted, Pending, signature_fault
from ledger.sequencer.outcomes import AtomicRefusal, Refused
from ledger.state import Key, RegisteredKey, State, event_fact, key_fact
from ledger.store import EntryRow
from ledger.workspace import Workspace, logged_event


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An event that passed, at its index, with the states it changes and the holdings it makes.

    `remarks` and `measurements`: what soft findings are made of (`ledger.findings`).
    """

    index: int
    logged_at_ms: int
    event: Event
    body: bytes
    disclosures: tuple[Disclosure, ...]
    changed: Mapping[Key, State]
    holdings: tuple[Holding, ...]
    remarks: tuple[Remark, ...]
    measurements: tuple[Measurement, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """The event got an index in this batch."""

    event_id: str
    index: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """The event has an index already, in the log or earlier in this batch."""

    event_id: str
    index: int
    body: bytes


Verdict = Taken | Known | Refused


class Batch:
    """The events that one transaction adds to the log.

    Args:
        workspace: the states before the batch.
        size: size of the log before the batch.
        logged_at_ms: when the log takes these events.
        known: entries of the log that have an id or a `jti` of these events.
    """

    def __init__(
        self, workspace: Workspace, *, size: int, logged_at_ms: int, known: Iterable[EntryRow]
    ) -> None:
        self._workspace: Final = workspace
        self._size: Final = size
        self._logged_at_ms: Final = logged_at_ms
        self._ids: Final = dict[str, Known]()
        self._jtis: Final = dict[tuple[str, str], str]()
        self.new: Final = list[NewEntry]()
        for row in known:
            self._ids[row.event_id] = Known(row.event_id, row.index, row.body)
            self._jtis[row.issuer, row.jti] = row.event_id

    def judge(self, request: Sequence[Admitted], *, atomic: bool) -> list[Verdict]:
        """Return a verdict for each event of a request, in order."""
        mark, count = self._workspace.mark(), len(self.new)
        verdicts = [one if isinstance(one, Refused) else self._judge(one) for one in request]
        if not atomic or not any(isinstance(verdict, Refused) for verdict in verdicts):
            return verdicts
        self._undo(mark, count)
        return [_refuse_with_the_rest(verdict, self._ids) for verdict in verdicts]

    def _judge(self, one: Pending) -> Verdict:
        event = one.submission.event
        known = self._ids.get(event.id)
        if known is not None:
            return known
        try:
            self._check_place(one)
            entry = self._apply(one)
        except LedgerError as error:
            return Refused(event.id, error)
        self._keep(entry)
        return Taken(event.id, entry.index, entry.body)

    def _check_place(self, one: Pending) -> None:
        event = one.submission.event
        if one.fault is not None:
            raise one.fault
        twin = self._jtis.get((str(event.iss), event.jti))
        if twin is not None:
            raise ConflictError("log.duplicate_jti", event.jti, event=twin)
        if not one.verified:
            self._check_signature(one)

    def _check_signature(self, one: Pending) -> None:
        # The door did not know the key; by now an event before this one may have added it.
        kid = one.submission.event.kid
        self._workspace.fetch([key_fact(kid)])
        key = self._workspace.get(key_fact(kid))
        if not isinstance(key, RegisteredKey):
            raise AuthorityRefusal("key.unknown", kid)
        fault = signature_fault(one.submission, key.jwk)
        if fault is not None:
            raise fault

    def _apply(self, one: Pending) -> NewEntry:
        event, index = one.submission.event, self._size + len(self.new)
        states = self._workspace.view(one.keys)
        changed = apply(states, event, index=index, logged_at_ms=self._logged_at_ms)
        values = check_restricted(states, event, one.submission.disclosed)
        seen = applied(states, event, changed, index=index, logged_at_ms=self._logged_at_ms)
        return NewEntry(
            index=index,
            logged_at_ms=self._logged_at_ms,
            event=event,
            body=Entry(self._logged_at_ms, one.submission.jws.text).encode(),
            disclosures=tuple(one.submission.disclosures.values()),
            changed=changed,
            holdings=new_holdings(states, changed, index),
            remarks=remarks(seen),
            measurements=measured(seen, values),
        )

    def _keep(self, entry: NewEntry) -> None:
        event = entry.event
        self.new.append(entry)
        self._ids[event.id] = Known(event.id, entry.index, entry.body)
        self._jtis[str(event.iss), event.jti] = event.id
        self._workspace.put({**entry.changed, event_fact(event.id): logged_event(event, entry.index)})

    def _undo(self, mark: int, count: int) -> None:
        self._workspace.undo(mark)
        while len(self.new) > count:
            event = self.new.pop().event
            del self._ids[event.id]
            del self._jtis[str(event.iss), event.jti]


def _refuse_with_the_rest(verdict: Verdict, ids: Mapping[str, Known]) -> Verdict:
    """Refuse what would have passed; a duplicate of the log stays one."""
    if isinstance(verdict, Refused) or verdict.event_id in ids:
        return verdict
    return Refused(verdict.event_id, AtomicRefusal(verdict.event_id))
