"""The beginning of a log: entry 0, the root of trust, and the registrar's office key right behind it.

Entry 0 is the only event whose key stands in its own data. Who checks the log pins the log's key and the id
of this event (docs/formats.md, Root of trust).
"""

from dataclasses import dataclass

from crypto import jws
from crypto.keys import Signer, Verifier
from crypto.note import NoteSigner
from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.errors import LedgerError
from ledger.events import Claims
from ledger.events.envelope import TYP, build, event_id
from ledger.events.registry import KeyAdded, OrgEnrolled, RulesFile
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.merkle import EMPTY_ROOT
from ledger.rules import LATEST, rules_sha256
from ledger.sequencer.clock import Clock
from ledger.sequencer.outcomes import AtomicRefusal, Logged, Refused
from ledger.sequencer.queue import Sequencer
from ledger.sequencer.seen import Seen, SeenError
from ledger.store import Store
from ledger.uuid7 import uuid7
from ledger.vocabulary import Purpose, Role


class FoundedError(LedgerError):
    """The log has entries already, so it cannot begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """The registrar that founds a log.

    Attributes:
        org: its id.
        name_zh: its name in Chinese.
        name_en: its name in English.
        district: where it is, GB/T 2260 or ISO 3166-2.
        admin: its admin key, which signs both events.
        recovery: its offline recovery key.
        office: the key that it will work with.
    """

    org: ItemId
    name_zh: str
    name_en: str
    district: str
    admin: Signer
    recovery: Verifier
    office: Verifier


def compose(founder: Founder, origin: str, *, now_ms: int, random: bytes) -> tuple[str, str]:
    """Return the signed first two events: the registrar's enrolment and its office key.

    `random` is 20 bytes, for the two event numbers.
    """
    enrolled = OrgEnrolled(
        name_zh=founder.name_zh,
        name_en=founder.name_en,
        roles=(Role.REGISTRAR,),
        district=founder.district,
        admin=founder.admin.verifier,
        recovery=founder.recovery,
        rules=RulesFile(version=LATEST, sha256=rules_sha256(LATEST)),
    )
    first = _sign(founder, enrolled, None, aud=origin, now_ms=now_ms, random=random[:10])
    root = event_id(first.rpartition(".")[0].encode("ascii"))
    added = KeyAdded(jwk=founder.office, purpose=Purpose.OFFICE)
    second = _sign(founder, added, root, aud=origin, now_ms=now_ms, random=random[10:])
    return f"{first}~", f"{second}~"


def initialise(
    founder: Founder, *, store: Store, signer: NoteSigner, seen: Seen, clock: Clock, random: bytes
) -> str:
    """Begin a log in an empty database and return the id of entry 0.

    It may be repeated where it was interrupted before anything was logged.

    Raises:
        FoundedError: the database has entries.
        SeenError: this log key has released a checkpoint with entries.
        LedgerError: the founder's facts break a rule of the lifecycle.
    """
    with store.snapshot() as snapshot:
        if snapshot.head().size:
            raise FoundedError("the log has entries already")
    release_empty(signer, seen)
    texts = compose(founder, signer.name, now_ms=clock.now_ms(), random=random)
    with Sequencer(store, signer, seen, clock) as sequencer:
        outcomes = sequencer.submit(texts, atomic=True)
    for outcome in outcomes:
        if isinstance(outcome, Refused) and not isinstance(outcome.refusal, AtomicRefusal):
            raise outcome.refusal
    first = outcomes[0]
    if not isinstance(first, Logged):
        raise FoundedError("another process has founded the log")
    return first.event_id


def release_empty(signer: NoteSigner, seen: Seen) -> None:
    """Release the checkpoint of the empty log, where nothing was released yet.

    Raises:
        SeenError: a checkpoint with entries was released.
    """
    note = checkpoint.sign(Checkpoint(signer.name, 0, EMPTY_ROOT), signer)
    if not seen.exists():
        seen.create(note)
    elif seen.read().checkpoint.size:
        raise SeenError("this log key has released a checkpoint with entries")


def _sign(founder: Founder, claims: Claims, tip: str | None, *, aud: str, now_ms: int, random: bytes) -> str:
    told = build(
        claims,
        aud=aud,
        iss=founder.org,
        jti=uuid7(now_ms, random),
        iat=now_ms // 1000,
        at=Instant.from_ms(now_ms),
        prev={founder.org: tip},
    )
    return jws.sign(told, founder.admin, TYP)
