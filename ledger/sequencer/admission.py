"""The door: what a submitting thread does before its events wait for the writer.

It parses, and verifies signatures with keys of the ledger, in parallel with other threads. What it cannot
decide without the writer (an id that is known already, a key added by an event still waiting) stays open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from crypto.errors import CryptoError
from crypto.keys import Verifier
from ledger import submission
from ledger.errors import AuthorityRefusal, LedgerError, RuleRefusal
from ledger.events.registry import KeyAdded, OrgEnrolled
from ledger.lifecycle import reads
from ledger.sequencer.outcomes import Refused
from ledger.state import Key, RegisteredKey, key_fact
from ledger.store import Store
from ledger.submission import Submission

MAX_CACHED_KEYS: Final = 65_536


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that waits for its place in the log.

    Attributes:
        submission: the event with its disclosures.
        keys: the states its rules read.
        verified: whether its signature holds under the key of that thumbprint; if not, that key is not known
            yet. Whether the key may sign is for the lifecycle to say.
        fault: why it will be refused, unless its id is logged already.
    """

    submission: Submission
    keys: frozenset[Key]
    verified: bool
    fault: LedgerError | None = None


Admitted = Pending | Refused


class Door:
    """Parses and verifies submissions for one log. Threads share it.

    Args:
        store: where registered keys are looked up.
        origin: the log's origin, which events must be meant for.
    """

    def __init__(self, store: Store, origin: str) -> None:
        self._store: Final = store
        self._origin: Final = origin
        # A thumbprint names one key for ever, so what is cached here never becomes wrong.
        self._verifiers: Final = dict[str, Verifier]()

    def admit(self, texts: Sequence[str]) -> list[Admitted]:
        """Return each text as an event that may wait, or as refused."""
        parsed = [_parse(text) for text in texts]
        good = [one for one in parsed if isinstance(one, Submission)]
        known = self._keys_for(good)
        return [one if isinstance(one, Refused) else self._pending(one, known) for one in parsed]

    def _pending(self, one: Submission, known: dict[str, Verifier]) -> Pending:
        event = one.event
        fault: LedgerError | None = None
        verifier = known.get(event.kid)
        if event.aud != self._origin:
            fault = RuleRefusal("log.audience", event.aud, origin=self._origin)
        elif verifier is not None:
            fault = signature_fault(one, verifier)
        return Pending(one, reads(event), verifier is not None and fault is None, fault)

    def _keys_for(self, submissions: Sequence[Submission]) -> dict[str, Verifier]:
        wanted = {one.event.kid for one in submissions}
        found = {kid: key for kid in wanted if (key := self._verifiers.get(kid)) is not None}
        missing = wanted - found.keys()
        if missing:
            found |= {key.thumbprint(): key for one in submissions for key in keys_named(one)}
            found |= self._registered(missing)
        return found

    def _registered(self, kids: Iterable[str]) -> dict[str, Verifier]:
        with self._store.snapshot() as snapshot:
            states = snapshot.states([key_fact(kid) for kid in kids])
        found = {state.kid: state.jwk for state in states.values() if isinstance(state, RegisteredKey)}
        if len(self._verifiers) + len(found) > MAX_CACHED_KEYS:
            self._verifiers.clear()
        self._verifiers.update(found)
        return found


def keys_named(one: Submission) -> list[Verifier]:
    """Return the keys that an event would register."""
    claims = one.event.claims
    if isinstance(claims, KeyAdded):
        return [claims.jwk]
    if isinstance(claims, OrgEnrolled):
        return [claims.admin] if claims.recovery is None else [claims.admin, claims.recovery]
    return []


def signature_fault(one: Submission, verifier: Verifier) -> LedgerError | None:
    """Return why a signature does not hold under the key of its thumbprint, None where it holds."""
    try:
        one.jws.verify(verifier)
    except CryptoError as error:
        return AuthorityRefusal("key.signature", one.event.kid, reason=error)
    return None


def _parse(text: str) -> Submission | Refused:
    try:
        return submission.parse(text)
    except LedgerError as error:
        return Refused(None, error)
