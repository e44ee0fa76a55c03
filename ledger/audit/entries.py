"""What an entry's own bytes say, before any state is asked: its form, its event, its signature.

That is most of an audit's work and needs nothing of the entries before it but their keys, so it can be done
for many entries at once (`ledger.audit.readers`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crypto import jws as jose
from crypto.errors import CryptoError, InvalidSignatureError
from crypto.jws import Jws
from crypto.keys import Verifier
from crypto.strictjson import Json
from ledger.audit.findings import Kind, plain
from ledger.entry import Entry, MalformedEntryError
from ledger.errors import Refusal
from ledger.events import envelope
from ledger.events.envelope import Event, UnknownEventTypeError
from ledger.merkle import hash_leaf


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an entry is no event, in the members of a finding."""

    kind: Kind
    reason: str
    item: str | None = None
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEntry:
    """One entry as read from its bytes.

    Attributes:
        leaf: its leaf hash.
        event_id: the id of what it holds, None where it is no entry at all.
        logged_at_ms: when the log says it took it, in ms since 1970.
        kid: the thumbprint of the key that is said to have signed, where that much could be read.
        event: the event, None where it is none that this software knows.
        problem: why there is no event.
        signed: whether the signature holds under the key of `kid`; None where that was not known yet.
        broken: why it does not.
    """

    leaf: bytes
    event_id: str | None = None
    logged_at_ms: int = 0
    kid: str | None = None
    event: Event | None = None
    problem: Problem | None = None
    signed: bool | None = None
    broken: str = ""


def read_entry(data: bytes, keys: Mapping[str, Verifier]) -> ReadEntry:
    """Return what an entry's bytes say; `keys` are those known so far, by their thumbprint."""
    leaf = hash_leaf(data)
    try:
        entry = Entry.decode(data)
    except MalformedEntryError as error:
        return _unread(leaf, str(error))
    try:
        jws = jose.parse(entry.jws)
    except CryptoError as error:
        told = Problem(Kind.EVENT, "format.jws", facts={"reason": error.reason})
        return ReadEntry(leaf=leaf, event_id=entry.event_id, logged_at_ms=entry.logged_at_ms, problem=told)
    event, problem = _parse(jws)
    key = keys.get(jws.kid)
    signed, broken = (None, "") if key is None else verify(jws, key)
    return ReadEntry(
        leaf=leaf,
        event_id=entry.event_id,
        logged_at_ms=entry.logged_at_ms,
        kid=jws.kid,
        event=event,
        problem=problem,
        signed=signed,
        broken=broken,
    )


def _unread(leaf: bytes, why: str) -> ReadEntry:
    return ReadEntry(leaf=leaf, problem=Problem(Kind.ENTRY, "malformed", facts={"why": why}))


def verify_entry(data: bytes, key: Verifier) -> tuple[bool, str]:
    """Say whether the signature in an entry that reads holds under a key, and why not."""
    return verify(jose.parse(Entry.decode(data).jws), key)


def verify(jws: Jws, key: Verifier) -> tuple[bool, str]:
    """Say whether a signature holds under a key, and why not."""
    try:
        jws.verify(key)
    except InvalidSignatureError as error:
        return False, error.reason
    return True, ""


def _parse(jws: Jws) -> tuple[Event | None, Problem | None]:
    try:
        return envelope.parse(jws), None
    except UnknownEventTypeError as error:
        return None, Problem(Kind.UNKNOWN, error.rule, facts=_plain(error.facts))
    except Refusal as error:
        item = None if error.item is None else str(error.item)
        return None, Problem(Kind.EVENT, error.rule, item, _plain(error.facts))


def _plain(facts: Mapping[str, object]) -> dict[str, Json]:
    return {name: plain(value) for name, value in facts.items()}
