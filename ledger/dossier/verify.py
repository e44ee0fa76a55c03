"""Verifies a dossier from its own bytes: no log, no database, no network (docs/formats.md section 6).

Nine checks, each ok, failed with the entry that fails, or unknown; unknown is never ok. Of each check the
first failure is told, else the first doubt. What a check shows rests on those before it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from crypto import note, sdjwt
from crypto.encoding import b64url_decode
from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger import checkpoint
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.dossier.form import Dossier, DossierEntry
from ledger.dossier.keyring import Key, KeyRefusal, Keyring
from ledger.dossier.statement import HASH, MalformedStatementError, Statement, read
from ledger.entry import Entry, MalformedEntryError
from ledger.merkle import InvalidProofError, hash_leaf, verify_inclusion
from ledger.policy import Policy
from ledger.submission import LIMITS
from ledger.trust import Trust
from ledger.verdict import Verdict
from ledger.verify import Result, check_witnessed
from ledger.witnessed import MAX_AHEAD_S, witnessing

MAX_AGE_S: Final = 7 * 86_400
"""How old the witnesses' word and the index may be before they say nothing of today."""
_LINE: Final = re.compile(r"([^ ]+) (?:= [^ ]+|[0-9]+ [0-9]+ [A-Za-z0-9_-]{43})")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierVerification:
    """What a dossier shows.

    Attributes:
        items: what it is about, as the dossier says.
        size: the size of the log at its checkpoint.
        complete_to: up to which size nothing is left out; None where that is not shown.
        published_ms: when the log took the index it is complete by, in ms since 1970.
        entries: the statements that could be read.
        amber: indexes of entries that a thief may have signed.
        others: ids that the first item's history names and the dossier does not hold whole.
        checks: the result of each check.
    """

    items: tuple[str, ...]
    size: int
    complete_to: int | None
    published_ms: int | None
    entries: tuple[Statement, ...]
    amber: tuple[int, ...]
    others: tuple[str, ...]
    checks: Mapping[DossierCheck, Result]

    @property
    def ok(self) -> bool:
        """Whether every check is ok; what is unknown is not."""
        return all(result.verdict is Verdict.OK for result in self.checks.values())

    @property
    def failed(self) -> bool:
        """Whether any check is failed."""
        return any(result.verdict is Verdict.FAILED for result in self.checks.values())

    def holds(self, *, but_for: Iterable[DossierCheck]) -> bool:
        """Whether nothing failed, and nothing is unknown but what is excused."""
        unknown = {check for check, result in self.checks.items() if result.verdict is Verdict.UNKNOWN}
        return not self.failed and unknown <= set(but_for)

    def to_json(self) -> dict[str, Json]:
        """Return the verification as one object for programs."""
        return {
            "ok": self.ok,
            "items": [*self.items],
            "size": self.size,
            "complete_to": self.complete_to,
            "published_ms": self.published_ms,
            "entries": len(self.entries),
            "amber": [*self.amber],
            "others": [*self.others],
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
        max_age_s: how old the witnesses' word and the index may be.
    """
    tree, log = _check_log(dossier, trust, policy)
    included, signed = _Worst(), _Worst()
    told = _read(dossier, tree, included, signed)
    if log.verdict is not Verdict.OK:
        included.unknown("tree_not_trusted")
    amber = _check_signed(told, signed)
    whole = tuple(
        dict.fromkeys([*dossier.items, *sorted({org for one in told for org in (one.iss, one.actor)})])
    )
    index, complete = _check_complete(dossier, told, whole)
    published_ms = None if index is None else index.logged_at_ms
    checks = {
        DossierCheck.LOG: log,
        DossierCheck.ROOT: _check_root(told, trust),
        DossierCheck.INCLUDED: included.result,
        DossierCheck.SIGNED: signed.result,
        DossierCheck.CHAINED: _check_chained(told, frozenset(whole)),
        DossierCheck.DISCLOSED: _check_disclosed(dossier, told),
        DossierCheck.COMPLETE: complete,
        DossierCheck.FRESH: _check_fresh(dossier, policy, published_ms, now_s, max_age_s),
        DossierCheck.WITNESSED: _check_witnessed(dossier, policy),
    }
    named = {item for one in told if dossier.items[0] in one.prev for item in one.prev}
    return DossierVerification(
        items=dossier.items,
        size=0 if tree is None else tree.size,
        complete_to=int(complete.facts["size"]) if complete.verdict is Verdict.OK else None,
        published_ms=published_ms,
        entries=tuple(told),
        amber=amber,
        others=tuple(sorted(named - set(whole))),
        checks=checks,
    )


def _check_log(
    dossier: Dossier, trust: Trust | None, policy: Policy | None
) -> tuple[Checkpoint | None, Result]:
    try:
        tree = Checkpoint.parse(note.parse(dossier.checkpoint_note)[0])
    except (CryptoError, MalformedCheckpointError) as error:
        return None, Result(Verdict.FAILED, "malformed", {"why": str(error)})
    if tree.origin != dossier.origin:
        return tree, Result(Verdict.FAILED, "other_origin", {"origin": tree.origin})
    vkeys = [trust.vkey] if trust is not None else [log.vkey for log in policy.logs] if policy else []
    if not vkeys:
        return tree, Result(Verdict.UNKNOWN, "not_pinned", {})
    try:
        # From here on the size and the root are the log's word.
        checkpoint.open(dossier.checkpoint_note, vkeys)
    except CryptoError as error:
        return tree, Result(Verdict.FAILED, "not_signed", {"why": error.reason})
    return tree, Result(Verdict.OK, "signed", {"origin": tree.origin, "size": tree.size})


def _read(dossier: Dossier, tree: Checkpoint | None, included: _Worst, signed: _Worst) -> list[Statement]:
    found, last_ms = [], 0
    for one in dossier.entries:
        _check_included(one, tree, included)
        try:
            entry = Entry.decode(one.entry.encode("utf-8"))
        except MalformedEntryError:
            included.failed("malformed", index=one.index)
            continue
        if entry.logged_at_ms < last_ms:
            included.failed("time_falls", index=one.index)
        last_ms = max(last_ms, entry.logged_at_ms)
        try:
            found.append(read(entry, one.index))
        except MalformedStatementError as error:
            signed.failed("malformed", index=one.index, why=str(error))
    return found


def _check_included(one: DossierEntry, tree: Checkpoint | None, included: _Worst) -> None:
    if tree is not None:
        try:
            leaf = hash_leaf(one.entry.encode("utf-8"))
            verify_inclusion(leaf, one.index, tree.size, one.proof, tree.root)
        except InvalidProofError as error:
            included.failed("not_included", index=one.index, why=str(error))


def _check_root(told: Sequence[Statement], trust: Trust | None) -> Result:
    if not told or told[0].index:
        return Result(Verdict.FAILED, "no_root", {})
    found = told[0].id
    if trust is None or not trust.pinned:
        return Result(Verdict.UNKNOWN, "not_pinned", {"event": found})
    if found != trust.root:
        return Result(Verdict.FAILED, "other_root", {"event": found, "expected": trust.root})
    return Result(Verdict.OK, "root", {"event": found})


def _check_signed(told: Sequence[Statement], signed: _Worst) -> tuple[int, ...]:
    """Check every signature, and return the indexes of the entries that a thief may have signed."""
    keyring, keys = Keyring(), dict[int, Key]()
    for one in told:
        try:
            if one.index == 0:
                keyring.found(one)
            else:
                keys[one.index] = keyring.check(one)
                keyring.learn(one)
            if one.row is None:
                signed.unknown("event_unknown", index=one.index, event=one.type)
        except CryptoError as error:
            signed.failed("not_signed", index=one.index, why=error.reason)
        except KeyRefusal as error:
            signed.failed(str(error), index=one.index, kid=one.jws.kid)
    # What the end of the dossier knows of a key tells which of its entries a thief may have signed.
    amber = tuple(one.index for one in told if one.index in keys and keys[one.index].is_doubtful(one))
    if amber:
        signed.unknown("compromised", index=amber[0], count=len(amber))
    return amber


def _check_chained(told: Sequence[Statement], whole: frozenset[str]) -> Result:
    worst = _Worst()
    # After an event of a type that is not known, either it or the event before it may be the tip.
    tips: dict[str, set[str | None]] = {}
    seen: dict[str, set[str | None]] = {}
    for one in told:
        touched = one.touched
        for item, named in one.prev.items():
            if item not in whole:
                continue
            history, tip = seen.setdefault(item, {None}), tips.get(item, {None})
            if one.row is None:
                worst.unknown("event_unknown", index=one.index, item=item)
                tips[item] = {*tip, one.id}
            elif named not in (tip if item in touched else history):
                worst.failed("broken", index=one.index, item=item)
            if item in touched:
                tips[item] = {one.id}
            history.add(one.id)
    return worst.result


def _check_disclosed(dossier: Dossier, told: Sequence[Statement]) -> Result:
    worst, withheld = _Worst(), 0
    digests = {one.index: one.sd for one in told}
    for one in dossier.entries:
        known = digests.get(one.index, ())
        try:
            shown = sdjwt.reveal(known, [sdjwt.parse_disclosure(text, LIMITS) for text in one.disclosures])
        except CryptoError as error:
            worst.failed("changed", index=one.index, why=error.reason)
            continue
        withheld += len(known) - len(shown)
    if withheld:
        worst.unknown("withheld", count=withheld)
    return worst.result


def _check_complete(
    dossier: Dossier, told: Sequence[Statement], whole: Sequence[str]
) -> tuple[Statement | None, Result]:
    """Compare the histories in the dossier with the index lines that the registrar published of them."""
    if dossier.published is None:
        return None, Result(Verdict.UNKNOWN, "no_index", {})
    place, registrar = dossier.published.index, told[0].iss if told and not told[0].index else None
    event = next((one for one in told if one.index == place), None)
    claims = None if event is None or event.iss != registrar else _index_claims(event)
    if event is None or claims is None:
        return None, Result(Verdict.FAILED, "no_index_event", {"index": place})
    worst, lines, (size, count, root) = _Worst(), dict[str, str](), claims
    for line in dossier.published.lines:
        form = _LINE.fullmatch(line.line)
        try:
            verify_inclusion(hash_leaf(line.line.encode()), line.position, count, line.proof, root)
        except InvalidProofError:
            worst.failed("line_not_included", line=line.line)
        if form is None or (" = " not in line.line and lines.setdefault(form[1], line.line) != line.line):
            worst.failed("line_malformed", line=line.line)
    _compare(told, whole, size, lines, worst)
    _check_makers(dossier, told, worst)
    if worst.result.verdict is Verdict.OK:
        worst.result = Result(Verdict.OK, "complete", {"size": size, "count": count})
    return event, worst.result


def _index_claims(event: Statement) -> tuple[int, int, bytes] | None:
    size, count, root = (event.data.get(name) for name in ("size", "count", "root"))
    if event.type != "index.published" or not isinstance(root, str) or not HASH.fullmatch(root):
        return None
    if not isinstance(size, int) or not isinstance(count, int) or not 0 < size <= event.index:
        return None
    return size, count, b64url_decode(root)


def _compare(
    told: Sequence[Statement], whole: Sequence[str], size: int, lines: Mapping[str, str], worst: _Worst
) -> None:
    mine: dict[str, tuple[int, int, str]] = {}
    doubtful: dict[str, int] = {}
    for one in told:
        for item in one.prev if one.index < size else ():
            count, _, tip = mine.get(item, (0, 0, ""))
            mine[item] = count + 1, one.index, one.id if item in one.touched else tip
            if one.row is None:
                doubtful.setdefault(item, one.index)
    for item in whole:
        line, (count, latest, tip) = lines.get(item), mine.get(item, (0, 0, ""))
        found = f"{item} {count} {latest} {tip}"
        if line is None:
            worst.unknown("no_line" if count else "after_index", item=item, size=size)
        elif item in doubtful and line.startswith(f"{item} {count} {latest} "):
            worst.unknown("event_unknown", index=doubtful[item], item=item)
        elif line != found:
            worst.failed("cut", item=item, published=line, found=found)


def _check_makers(dossier: Dossier, told: Sequence[Statement], worst: _Worst) -> None:
    """A declared item falls under the recalls of whoever filed its code, so that firm must be here."""
    filed = {str(one.data.get("vendor")): one.index for one in reversed(told) if one.type == "coding.filed"}
    first = {item: one for one in reversed(told) for item in one.touched}
    for item in dossier.items:
        scheme, _, code = item.partition(":")
        if scheme != "gbt34014" or item not in first or first[item].type != "item.declared":
            continue
        if filed.get(code[:3], first[item].index) >= first[item].index:
            worst.unknown("no_maker", item=item, vendor=code[:3])


def _check_fresh(
    dossier: Dossier, policy: Policy | None, published_ms: int | None, now_s: int | None, max_age_s: int
) -> Result:
    if policy is None:
        return Result(Verdict.UNKNOWN, "no_policy", {})
    try:
        at_s = witnessing(dossier.checkpoint_note, policy).fresh_at_s
    except CryptoError as error:
        return Result(Verdict.FAILED, "bad_cosignature", {"why": error.reason})
    if at_s is None or now_s is None:
        return Result(Verdict.UNKNOWN, "no_time", {})
    if at_s > now_s + MAX_AHEAD_S:
        return Result(Verdict.UNKNOWN, "ahead", {"at_s": at_s})
    # A fresh checkpoint over an old index would hide what came between.
    as_of_s = at_s if published_ms is None else min(at_s, published_ms // 1000)
    verdict, reason = (Verdict.OK, "fresh") if now_s - as_of_s <= max_age_s else (Verdict.UNKNOWN, "stale")
    return Result(verdict, reason, {"at_s": as_of_s, "age_s": max(0, now_s - as_of_s)})


def _check_witnessed(dossier: Dossier, policy: Policy | None) -> Result:
    if policy is None:
        return Result(Verdict.UNKNOWN, "no_policy", {})
    return check_witnessed(dossier.checkpoint_note, policy)
