"""Is this receipt what it says? Four checks on its own bytes, with no log, no database and no network.

`log`: the log's pinned key has signed the checkpoint. `included`: the entry stands in that tree. `signed`:
the event is signed with its issuer's key. `event`: the entry is an event, and the one that was meant. Each
is ok, failed or unknown, and unknown is never ok (docs/formats.md, Receipt). With a policy there is a fifth,
`witnessed`: a quorum of its witnesses has cosigned that checkpoint.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crypto import jws as jose
from crypto import note
from crypto.errors import CryptoError, InvalidSignatureError
from crypto.jws import Jws
from crypto.sdjwt import parse_disclosure, reveal
from crypto.strictjson import Json
from ledger.attested import believed, check_log, check_witnessed
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry, MalformedEntryError
from ledger.errors import AuthorityRefusal, Refusal
from ledger.events import envelope
from ledger.events.envelope import Event, UnknownEventTypeError
from ledger.events.registry import OrgEnrolled
from ledger.keybundle import Keys, KnownKey, key_as_of
from ledger.lifecycle.authority import check_key_time
from ledger.merkle import InvalidProofError, hash_leaf, verify_inclusion
from ledger.policy import Policy
from ledger.receipt import Receipt
from ledger.state import RegisteredKey
from ledger.submission import LIMITS
from ledger.trust import Trust
from ledger.verdict import Checked, Result, Verdict, failed, ok, unknown

NO_KEYS: Final[Keys] = {}


class ReceiptCheck(StrEnum):
    """What is checked of a receipt, in this order."""

    LOG = "log"
    INCLUDED = "included"
    SIGNED = "signed"
    EVENT = "event"
    WITNESSED = "witnessed"
    """Only where a policy is given."""
    DISCLOSED = "disclosed"
    """Only where disclosures are given, be it none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification(Checked):
    """What a receipt shows.

    Attributes:
        index: The entry's index, as the receipt says.
        event_id: The id of the event in it, computed from its bytes; None where there is no event.
        logged_at_ms: When the log says it took the event, or None.
        event_type: What the event states, or None where it could not be parsed.
        issuer: Who is said to state it, or None.
        checks: The result of each check.
    """

    index: int
    event_id: str | None
    logged_at_ms: int | None
    event_type: str | None
    issuer: str | None
    checks: Mapping[ReceiptCheck, Result]

    def to_json(self) -> dict[str, Json]:
        """Return the verification as one object for programs."""
        return {
            "ok": self.ok,
            "index": self.index,
            "event": self.event_id,
            "logged_at_ms": self.logged_at_ms,
            "type": self.event_type,
            "issuer": self.issuer,
            "checks": self.checks_to_json(),
        }


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an entry's bytes hold, as far as they have a form; `fault` says what has not."""

    entry: Entry | None = None
    jws: Jws | None = None
    event: Event | None = None
    fault: Result | None = None


def verify_receipt(
    text: str | bytes,
    trust: Trust | None,
    *,
    keys: Keys = NO_KEYS,
    expected_event_id: str | None = None,
    policy: Policy | None = None,
    disclosures: Sequence[str] | None = None,
) -> Verification:
    """Check a receipt.

    Args:
        text: The receipt.
        trust: The log's key and entry 0's event id, or None, which leaves `log` and `included` unknown.
        keys: Public keys by thumbprint: the signer's own, or those of a key bundle.
        expected_event_id: The id the receipt must be for; without it any event will do.
        policy: Which witnesses must have cosigned the checkpoint; without `trust` its logs are believed.
        disclosures: Texts of restricted claims, which must be those the event conceals; None asks nothing.

    Raises:
        MalformedReceiptError: The text is no receipt, so there is nothing to check.
    """
    receipt = Receipt.parse(text)
    parts = _take_apart(receipt.entry_bytes)
    _, log = check_log(receipt.checkpoint_note, believed(trust, policy))
    checks = {
        ReceiptCheck.LOG: log,
        ReceiptCheck.INCLUDED: _check_included(receipt, log),
        ReceiptCheck.SIGNED: _check_signed(receipt, parts, keys, trust),
        ReceiptCheck.EVENT: _check_event(receipt, parts, trust, expected_event_id),
    }
    if policy is not None:
        checks[ReceiptCheck.WITNESSED] = check_witnessed(receipt.checkpoint_note, policy)
    if disclosures is not None:
        checks[ReceiptCheck.DISCLOSED] = _check_disclosed(parts, disclosures)
    return Verification(
        index=receipt.index,
        event_id=None if parts.entry is None else parts.entry.event_id,
        logged_at_ms=None if parts.entry is None else parts.entry.logged_at_ms,
        event_type=None if parts.event is None else parts.event.type,
        issuer=None if parts.event is None else str(parts.event.iss),
        checks=checks,
    )


def check_disclosed(event: Event, disclosures: Sequence[str]) -> Result:
    """Check disclosures against the digests of a signed event.

    Ok where every digest has its claim; failed where a claim is not the one concealed, however little it was
    changed; unknown where a claim is missing: withheld and erased look the same.
    """
    try:
        shown = reveal(event.sd, [parse_disclosure(text, LIMITS) for text in disclosures])
    except CryptoError as error:
        return failed("changed", why=error.reason)
    names = ", ".join(sorted(shown))
    withheld = len(event.sd) - len(shown)
    if withheld:
        return unknown("withheld", count=withheld, **({"claims": names} if names else {}))
    return ok("disclosed", claims=names) if names else ok("nothing_concealed")


def _check_disclosed(parts: _Parts, disclosures: Sequence[str]) -> Result:
    if parts.event is None:
        return unknown("no_event")
    return check_disclosed(parts.event, disclosures)


def _take_apart(data: bytes) -> _Parts:
    try:
        entry = Entry.decode(data)
    except MalformedEntryError as error:
        return _Parts(fault=failed("malformed", why=str(error)))
    try:
        jws = jose.parse(entry.jws)
    except CryptoError as error:
        return _Parts(entry, fault=failed("malformed", why=error.reason))
    try:
        return _Parts(entry, jws, envelope.parse(jws))
    except UnknownEventTypeError as error:
        return _Parts(entry, jws, fault=unknown("event_unknown", why=str(error)))
    except Refusal as error:
        return _Parts(entry, jws, fault=failed("malformed", why=str(error)))


def _check_included(receipt: Receipt, log: Result) -> Result:
    stated = Checkpoint.parse(note.parse(receipt.checkpoint_note)[0])
    try:
        verify_inclusion(
            hash_leaf(receipt.entry_bytes), receipt.index, stated.size, receipt.proof, stated.root
        )
    except InvalidProofError as error:
        return failed("not_included", why=str(error))
    if log.verdict is not Verdict.OK:
        # The proof holds in the tree that the receipt states; that this is the log's tree nobody has shown.
        return unknown("tree_not_trusted", size=stated.size)
    return ok("included", index=receipt.index, size=stated.size)


def _check_signed(receipt: Receipt, parts: _Parts, keys: Keys, trust: Trust | None) -> Result:
    if parts.entry is None or parts.jws is None:
        return unknown("no_event")
    own = _root_key(receipt, parts, trust)
    key = own or keys.get(parts.jws.kid)
    if key is None:
        return unknown("no_key", kid=parts.jws.kid)
    try:
        parts.jws.verify(key.verifier)
    except InvalidSignatureError as error:
        return failed("not_signed", kid=parts.jws.kid, why=error.reason)
    return _check_standing(receipt, parts, parts.entry, key)


def _root_key(receipt: Receipt, parts: _Parts, trust: Trust | None) -> KnownKey | None:
    """Return entry 0's own key, where the pinned root of trust vouches for it."""
    event = parts.event
    if event is None or trust is None or receipt.index != 0 or event.id != trust.root:
        return None
    return KnownKey(event.claims.admin) if isinstance(event.claims, OrgEnrolled) else None


def _check_standing(receipt: Receipt, parts: _Parts, entry: Entry, key: KnownKey) -> Result:
    """Check what a key bundle says of the key against the place and time of the entry."""
    kid, known = key.verifier.thumbprint(), key.registered
    if known is None:
        return ok("own_key", kid=kid)
    if parts.event is None:
        return unknown("event_unknown", kid=kid)
    if known.org != parts.event.iss:
        return failed("issuer", kid=kid, org=str(known.org), issuer=str(parts.event.iss))
    if receipt.index < known.added or (receipt.index == known.added and receipt.index > 0):
        return failed("key_not_yet", kid=kid, added=known.added)
    return _check_validity(receipt, entry, key, known)


def _check_validity(receipt: Receipt, entry: Entry, key: KnownKey, known: RegisteredKey) -> Result:
    try:
        check_key_time(key_as_of(known, receipt.index), entry.logged_at_ms)
    except AuthorityRefusal as error:
        return failed("key_not_valid", kid=known.kid, why=str(error))
    since = known.compromised_since
    if since is not None and known.is_doubtful(receipt.index, entry.logged_at_ms):
        return unknown("compromised", kid=known.kid, since=since.text)
    if key.size <= receipt.index:
        # The key may have been revoked between the last entry that the bundle knows and this one.
        return unknown("bundle_older", kid=known.kid, size=key.size, date=key.date)
    return ok("bundle", kid=known.kid, org=str(known.org), date=key.date)


def _check_event(receipt: Receipt, parts: _Parts, trust: Trust | None, expected: str | None) -> Result:
    if parts.entry is None:
        return parts.fault or failed("malformed")
    found = parts.entry.event_id
    if expected is not None and found != expected:
        return failed("other_event", expected=expected, found=found)
    if trust is not None and receipt.index == 0 and found != trust.root:
        return failed("other_root", expected=trust.root, found=found)
    return parts.fault or ok("event", event=found)
