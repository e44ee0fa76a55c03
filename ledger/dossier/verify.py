"""Verifies a dossier from its own bytes: no log, no database, no network (docs/formats.md section 6).

Nine checks, each ok, failed with the entry that fails, or unknown; unknown is never ok. Whatever fails first
of a kind is told. What is shown by a check rests on those before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from crypto import jws, sdjwt
from crypto.encoding import b64url_decode
from crypto.errors import CryptoError
from crypto.jws import Jws
from crypto.strictjson import Json
from ledger import checkpoint
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.dossier.form import Dossier, DossierEntry, IndexLine
from ledger.dossier.keyring import KeyRefusal, Keyring
from ledger.entry import Entry, MalformedEntryError
from ledger.errors import Refusal
from ledger.events import envelope
from ledger.events.envelope import Event, UnknownEventTypeError
from ledger.events.log import IndexPublished
from ledger.events.registry import OrgEnrolled
from ledger.identifiers import ItemId
from ledger.index import history_line
from ledger.merkle import InvalidProofError, hash_leaf, verify_inclusion
from ledger.policy import Policy
from ledger.submission import LIMITS
from ledger.trust import Trust
from ledger.verdict import Verdict
from ledger.verify import Result, check_witnessed
from ledger.witnessed import witnessing

MAX_AGE_S: Final = 7 * 86_400
"""How old the witnesses' word on the checkpoint may be before it says nothing of today."""


class DossierCheck(StrEnum):
    """What is checked of a dossier, in this order."""

    LOG = "log"
    ROOT = "root"
    INCLUDED = "included"
    SIGNED = "signed"
    CHAINED = "chained"
    DISCLOSED = "disclosed"
    COMPLETE = "complete"
    FRESH = "fresh"
    WITNESSED = "witnessed"


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """An entry of a dossier as far as it could be read. `amber`: a thief may have signed it."""

    index: int
    logged_at_ms: int
    signed: Jws
    event: Event | None
    amber: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierVerification:
    """What a dossier shows: each check, the entries read, and up to which size it is complete."""

    items: tuple[ItemId, ...]
    size: int
    complete_to: int | None
    entries: tuple[ReadEntry, ...]
    checks: Mapping[DossierCheck, Result]

    @property
    def ok(self) -> bool:
        """Whether every check is ok; what is unknown is not."""
        return all(result.verdict is Verdict.OK for result in self.checks.values())

    @property
    def failed(self) -> bool:
        """Whether any check is failed."""
        return any(result.verdict is Verdict.FAILED for result in self.checks.values())

    def to_json(self) -> dict[str, Json]:
        """Return the verification as one object for programs."""
        return {
            "ok": self.ok,
            "items": [str(item) for item in self.items],
            "size": self.size,
            "complete_to": self.complete_to,
            "entries": len(self.entries),
            "checks": {check.value: result.to_json() for check, result in self.checks.items()},
        }


@dataclass(slots=True)
class _Worst:
    """The result of a check over many entries: the first failure, else the first doubt, else ok."""

    result: Result = field(default_factory=lambda: Result(Verdict.OK, "ok", {}))

    def failed(self, reason: str, **facts: str | int) -> None:
        if self.result.verdict is not Verdict.FAILED:
            self.result = Result(Verdict.FAILED, reason, facts)

    def unknown(self, reason: str, **facts: str | int) -> None:
        if self.result.verdict is Verdict.OK:
            self.result = Result(Verdict.UNKNOWN, reason, facts)


def verify_dossier(
    dossier: Dossier,
    trust: Trust | None,
    *,
    policy: Policy | None = None,
    now_s: int | None = None,
    max_age_s: int = MAX_AGE_S,
) -> DossierVerification:
    """Check a dossier.

    Args:
        dossier: as parsed.
        trust: the log's key and entry 0's event id; None where only a policy names the log.
        policy: which logs are believed and which witnesses must have cosigned.
        now_s: today, in POSIX seconds; None leaves `fresh` unknown.
        max_age_s: how old the witnesses' word may be.
    """
    tree, log = _check_log(dossier, trust, policy)
    included, signed = _Worst(), _Worst()
    entries = _read(dossier, tree, included)
    entries = _check_signed(entries, signed)
    complete, complete_to = _check_complete(dossier, entries)
    checks = {
        DossierCheck.LOG: log,
        DossierCheck.ROOT: _check_root(entries, trust),
        DossierCheck.INCLUDED: included.result,
        DossierCheck.SIGNED: signed.result,
        DossierCheck.CHAINED: _check_chained(dossier, entries),
        DossierCheck.DISCLOSED: _check_disclosed(dossier, entries),
        DossierCheck.COMPLETE: complete,
        DossierCheck.FRESH: _check_fresh(dossier, policy, now_s, max_age_s),
        DossierCheck.WITNESSED: _check_witnessed(dossier, policy),
    }
    size = 0 if tree is None else tree.size
    return DossierVerification(
        items=dossier.items, size=size, complete_to=complete_to, entries=tuple(entries), checks=checks
    )


def _check_log(
    dossier: Dossier, trust: Trust | None, policy: Policy | None
) -> tuple[Checkpoint | None, Result]:
    vkeys = [trust.vkey] if trust is not None else [log.vkey for log in policy.logs] if policy else []
    if not vkeys:
        return None, Result(Verdict.UNKNOWN, "not_pinned", {})
    try:
        tree = checkpoint.open(dossier.checkpoint_note, vkeys)
    except (CryptoError, MalformedCheckpointError) as error:
        return None, Result(Verdict.FAILED, "not_signed", {"why": str(error)})
    if tree.origin != dossier.origin:
        return None, Result(Verdict.FAILED, "other_origin", {"origin": tree.origin})
    return tree, Result(Verdict.OK, "signed", {"origin": tree.origin, "size": tree.size})


def _read(dossier: Dossier, tree: Checkpoint | None, included: _Worst) -> list[ReadEntry]:
    found: list[ReadEntry] = []
    last_ms = 0
    for one in dossier.entries:
        _check_included(one, tree, included)
        try:
            entry = Entry.decode(one.entry.encode("ascii"))
            parsed = jws.parse(entry.jws)
        except (MalformedEntryError, CryptoError, UnicodeEncodeError):
            included.failed("malformed", index=one.index)
            continue
        if entry.logged_at_ms < last_ms:
            included.failed("time_falls", index=one.index)
        last_ms = max(last_ms, entry.logged_at_ms)
        found.append(ReadEntry(one.index, entry.logged_at_ms, parsed, _event(parsed)))
    return found


def _check_included(one: DossierEntry, tree: Checkpoint | None, included: _Worst) -> None:
    if tree is None:
        included.unknown("tree_not_trusted")
        return
    try:
        leaf = hash_leaf(one.entry.encode("utf-8"))
        verify_inclusion(leaf, one.index, tree.size, one.proof, tree.root)
    except InvalidProofError as error:
        included.failed("not_included", index=one.index, why=str(error))


def _event(parsed: Jws) -> Event | None:
    try:
        return envelope.parse(parsed)
    except Refusal:
        return None


def _check_root(entries: Sequence[ReadEntry], trust: Trust | None) -> Result:
    first = next((one for one in entries if one.index == 0), None)
    if first is None:
        return Result(Verdict.FAILED, "no_root", {})
    found = envelope.event_id(first.signed.signing_input)
    if trust is None or not trust.pinned:
        return Result(Verdict.UNKNOWN, "not_pinned", {"event": found})
    if found != trust.root:
        return Result(Verdict.FAILED, "other_root", {"event": found, "expected": trust.root})
    return Result(Verdict.OK, "root", {"event": found})


def _check_signed(entries: Sequence[ReadEntry], signed: _Worst) -> list[ReadEntry]:
    keyring = Keyring()
    found = []
    for one in entries:
        event = one.event
        if event is None:
            _doubt_of_form(one, signed)
            found.append(one)
            continue
        try:
            if one.index == 0:
                _check_founding(one, event, keyring)
            else:
                one.signed.verify(keyring.check(event, one.logged_at_ms).jwk)
                keyring.learn(event, one.index)
        except CryptoError as error:
            signed.failed("not_signed", index=one.index, why=error.reason)
        except KeyRefusal as error:
            signed.failed(str(error), index=one.index, kid=event.kid)
        found.append(one)
    return [_with_doubt(one, keyring, signed) for one in found]


def _doubt_of_form(one: ReadEntry, signed: _Worst) -> None:
    try:
        envelope.parse(one.signed)
    except UnknownEventTypeError:
        signed.unknown("event_unknown", index=one.index)
    except Refusal as error:
        signed.failed("malformed", index=one.index, why=str(error))


def _check_founding(one: ReadEntry, event: Event, keyring: Keyring) -> None:
    claims = event.claims
    if not isinstance(claims, OrgEnrolled) or claims.admin.thumbprint() != event.kid:
        raise KeyRefusal("authority")
    one.signed.verify(claims.admin)
    keyring.found(event, claims)


def _with_doubt(one: ReadEntry, keyring: Keyring, signed: _Worst) -> ReadEntry:
    # What is known of a key by the end of the dossier tells which of its entries a thief may have signed.
    key = None if one.event is None else keyring.keys.get(one.event.kid)
    if key is None or not key.is_doubtful(one.index, one.logged_at_ms):
        return one
    signed.unknown("compromised", index=one.index, kid=key.kid)
    return ReadEntry(one.index, one.logged_at_ms, one.signed, one.event, amber=True)


def _check_chained(dossier: Dossier, entries: Sequence[ReadEntry]) -> Result:
    worst = _Worst()
    tips: dict[ItemId, str] = {}
    seen: dict[ItemId, set[str]] = {}
    whole = set(_whole(dossier, entries))
    for one in entries:
        if one.event is None:
            worst.unknown("event_unknown", index=one.index)
            continue
        touched = set(one.event.touched)
        for item, named in one.event.prev.items():
            if item in whole and item in touched and named != tips.get(item):
                worst.failed("broken", index=one.index, item=str(item))
            if (
                item in whole
                and item not in touched
                and named is not None
                and named not in seen.get(item, ())
            ):
                worst.failed("broken", index=one.index, item=str(item))
            if item in touched:
                tips[item] = one.event.id
            seen.setdefault(item, set()).add(one.event.id)
    return worst.result


def _check_disclosed(dossier: Dossier, entries: Sequence[ReadEntry]) -> Result:
    worst = _Worst()
    given = {one.index: one.disclosures for one in dossier.entries}
    withheld = 0
    for one in entries:
        texts = given[one.index]
        digests = () if one.event is None else one.event.sd
        try:
            claims = sdjwt.reveal(digests, [sdjwt.parse_disclosure(text, LIMITS) for text in texts])
        except CryptoError as error:
            worst.failed("changed", index=one.index, why=error.reason)
            continue
        withheld += len(digests) - len(claims)
    if withheld:
        worst.unknown("withheld", count=withheld)
    return worst.result


def _check_complete(dossier: Dossier, entries: Sequence[ReadEntry]) -> tuple[Result, int | None]:
    published = dossier.published
    if published is None:
        return Result(Verdict.UNKNOWN, "no_index", {}), None
    event = next((one.event for one in entries if one.index == published.index), None)
    root = next((one.event for one in entries if one.index == 0), None)
    if event is None or not isinstance(event.claims, IndexPublished) or root is None or event.iss != root.iss:
        return Result(Verdict.FAILED, "no_index_event", {"index": published.index}), None
    claims = event.claims
    for line in published.lines:
        if not _is_line(line, claims):
            return Result(Verdict.FAILED, "line_not_included", {"line": line.line}), None
    told = {line.line.partition(" ")[0]: line.line for line in published.lines if " = " not in line.line}
    return _compare(dossier, entries, claims.size, told)


def _is_line(line: IndexLine, claims: IndexPublished) -> bool:
    try:
        leaf = hash_leaf(line.line.encode("utf-8"))
        verify_inclusion(leaf, line.position, claims.count, line.proof, b64url_decode(claims.root))
    except InvalidProofError:
        return False
    return True


def _compare(
    dossier: Dossier, entries: Sequence[ReadEntry], size: int, told: Mapping[str, str]
) -> tuple[Result, int | None]:
    """Compare the histories in the dossier with the lines that the registrar published of them."""
    unknown: str | None = None
    for item in _whole(dossier, entries):
        line = _line_of(item, entries, size)
        if line is None and str(item) not in told:
            unknown = unknown or str(item)  # made after the index, or the line of it was left out
        elif line is None or told.get(str(item)) is None:
            return Result(Verdict.UNKNOWN, "no_line", {"item": str(item)}), None
        elif told[str(item)] != line:
            return Result(Verdict.FAILED, "cut", {"item": str(item), "published": told[str(item)]}), None
    if unknown is not None:
        return Result(Verdict.UNKNOWN, "after_index", {"item": unknown, "size": size}), None
    return Result(Verdict.OK, "complete", {"size": size}), size


def _whole(dossier: Dossier, entries: Sequence[ReadEntry]) -> list[ItemId]:
    """Return what must be there whole: the dossier's items, and who signed or was signed for."""
    orgs = {org for one in entries if one.event is not None for org in (one.event.iss, one.event.actor)}
    return [*dossier.items, *sorted(orgs - set(dossier.items))]


def _line_of(item: ItemId, entries: Sequence[ReadEntry], size: int) -> str | None:
    count, latest, tip = 0, 0, ""
    for one in entries:
        if one.event is not None and one.index < size and item in one.event.prev:
            count, latest = count + 1, one.index
            tip = one.event.id if item in one.event.touched else tip
    return history_line(str(item), count, latest, tip).decode("ascii") if count else None


def _check_fresh(dossier: Dossier, policy: Policy | None, now_s: int | None, max_age_s: int) -> Result:
    if policy is None or now_s is None:
        return Result(Verdict.UNKNOWN, "no_time", {})
    try:
        at_s = witnessing(dossier.checkpoint_note, policy).fresh_at_s
    except CryptoError as error:
        return Result(Verdict.FAILED, "bad_cosignature", {"why": error.reason})
    if at_s is None:
        return Result(Verdict.UNKNOWN, "no_time", {})
    age_s = now_s - at_s
    verdict, reason = (Verdict.OK, "fresh") if age_s <= max_age_s else (Verdict.UNKNOWN, "stale")
    return Result(verdict, reason, {"at_s": at_s, "age_s": max(0, age_s)})


def _check_witnessed(dossier: Dossier, policy: Policy | None) -> Result:
    if policy is None:
        return Result(Verdict.UNKNOWN, "no_policy", {})
    return check_witnessed(dossier.checkpoint_note, policy)
