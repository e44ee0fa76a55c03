"""Verifies a dossier from its own bytes: no log, no database, no network (docs/formats.md section 6).

Nine checks, each ok, failed with the entry that fails, or unknown; unknown is never ok. Of each check the
first failure is told, else the first doubt. What a check shows rests on those before it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from crypto import sdjwt
from crypto.encoding import b64url_decode
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from crypto.strictjson import Json
from ledger import shape
from ledger.attested import believed, check_fresh, check_log, check_witnessed
from ledger.checkpoint import Checkpoint
from ledger.dossier.form import Dossier, IndexLine
from ledger.dossier.keyring import Key, Keyring
from ledger.dossier.statement import HASH, Statement, read
from ledger.entry import Entry
from ledger.merkle import hash_leaf, verify_inclusion
from ledger.policy import Policy
from ledger.submission import LIMITS
from ledger.trust import Trust
from ledger.verdict import Checked, Result, Verdict, Worst, failed, ok, unknown

MAX_AGE_S: Final = 7 * 86_400
"""How old the witnesses' word and the index may be before they say nothing of today."""
_LINE: Final = re.compile(r"([!-~]+) (?:= [!-~]+|[0-9]+ [0-9]+ [A-Za-z0-9_-]{43})")


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
class DossierVerification(Checked):
    """What a dossier shows.

    Attributes:
        items: what it is about, as the dossier says.
        size: the size of the log at its checkpoint.
        complete_to: up to which size nothing is left out; None where that is not shown.
        published_ms: when the log took the index it is complete by, in ms since 1970.
        covered_ms: when it took the first entry that this index leaves out; None where that is not shown.
        entries: the statements that could be read.
        amber: indexes of entries that a thief may have signed.
        others: ids that the first item's history names and the dossier does not hold whole.
        checks: the result of each check.
    """

    items: tuple[str, ...]
    size: int
    complete_to: int | None
    published_ms: int | None
    covered_ms: int | None
    entries: tuple[Statement, ...]
    amber: tuple[int, ...]
    others: tuple[str, ...]
    checks: Mapping[DossierCheck, Result]

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
            "covered_ms": self.covered_ms,
            "entries": len(self.entries),
            "amber": [*self.amber],
            "others": [*self.others],
            "checks": self.checks_to_json(),
        }


@dataclass(slots=True)
class _History:
    """The history of an item, as far as statements were read."""

    count: int = 0
    latest: int = 0
    tip: str = ""
    first: Statement | None = None
    doubtful: int | None = None
    tips: set[str | None] = field(default_factory=lambda: {None})
    ids: set[str | None] = field(default_factory=lambda: {None})

    def add(self, one: Statement, *, touches: bool) -> None:
        """Take in a statement; after one of an unknown type either it or the one before may be the tip."""
        self.count, self.latest = self.count + 1, one.index
        self.ids.add(one.id)
        if touches:
            self.tip, self.tips, self.first = one.id, {one.id}, self.first or one
        if one.row is None:
            self.tips.add(one.id)
            self.doubtful = one.index if self.doubtful is None else self.doubtful


Histories: TypeAlias = Mapping[str, _History]


def verify_dossier(
    dossier: Dossier,
    trust: Trust | None,
    *,
    policy: Policy | None = None,
    own_policy: bool = False,
    now_s: int | None = None,
    max_age_s: int = MAX_AGE_S,
) -> DossierVerification:
    """Check a dossier.

    Args:
        dossier: as parsed.
        trust: the log's key and entry 0's event id; None where only a policy names the log.
        policy: which logs are believed and which witnesses must have cosigned.
        own_policy: whether it is the reader's own, so that its witnesses may vouch for a new log key.
        now_s: today, in POSIX seconds; None leaves `fresh` unknown.
        max_age_s: how old the witnesses' word and the index may be.
    """
    tree, log = check_log(dossier.checkpoint, believed(trust, policy), origin=dossier.origin)
    included, signed, chained = Worst(), Worst(), Worst()
    told, times = _read(dossier, tree, included, signed)
    amber = _check_signed(told, signed)
    root, witnessed = _check_root(told, trust), check_witnessed(dossier.checkpoint, policy)
    if own_policy and trust is not None and trust.origin == dossier.origin:
        log = _follow_key(dossier, told, log, (included.result, signed.result, root, witnessed))
    if log.verdict is not Verdict.OK:
        included.unknown("tree_not_trusted")
    firms = {org for one in told for org in (one.iss, one.actor)}
    whole = tuple(dict.fromkeys([*dossier.items, *sorted(firms)]))
    histories = _follow(told, whole, chained)
    index, complete = _check_complete(dossier, told, whole, histories)
    published_ms = None if index is None else index.logged_at_ms
    covered_ms = None if index is None else times.get(index.data["size"])
    moments = {"published_ms": published_ms, "covered_ms": covered_ms}
    checks = {
        DossierCheck.LOG: log,
        DossierCheck.ROOT: root,
        DossierCheck.INCLUDED: included.result,
        DossierCheck.SIGNED: signed.result,
        DossierCheck.CHAINED: chained.result,
        DossierCheck.DISCLOSED: _check_disclosed(dossier, told),
        DossierCheck.COMPLETE: complete,
        DossierCheck.FRESH: check_fresh(
            dossier.checkpoint, policy, **moments, now_s=now_s, max_age_s=max_age_s
        ),
        DossierCheck.WITNESSED: witnessed,
    }
    named = {item for one in told if dossier.items[0] in one.prev for item in one.prev}
    return DossierVerification(
        items=dossier.items,
        size=0 if tree is None else tree.size,
        complete_to=int(complete.facts["size"]) if complete.verdict is Verdict.OK else None,
        **moments,
        entries=tuple(told),
        amber=amber,
        others=tuple(sorted(named - set(whole))),
        checks=checks,
    )


def _read(
    dossier: Dossier, tree: Checkpoint | None, included: Worst, signed: Worst
) -> tuple[list[Statement], Mapping[Json, int]]:
    """Return the statements in a dossier, and when the log took each entry: one is there for that alone."""
    found, times, last_ms = list[Statement](), dict[Json, int](), 0
    after = None if dossier.published is None else dossier.published.after
    for one in dossier.entries:
        data = one.entry.encode("utf-8")
        with included.taking("not_included", index=one.index):
            if tree is not None:
                verify_inclusion(hash_leaf(data), one.index, tree.size, one.proof, tree.root)
        with included.taking("malformed", index=one.index):
            entry = Entry.decode(data)
            if entry.logged_at_ms < last_ms:
                included.failed("time_falls", index=one.index)
            times[one.index] = last_ms = max(last_ms, entry.logged_at_ms)
            if one.index == after:
                continue
            with signed.taking("malformed", index=one.index):
                found.append(read(entry, one.index))
    return found, times


def _check_root(told: Sequence[Statement], trust: Trust | None) -> Result:
    if not told or told[0].index:
        return failed("no_root")
    found = told[0].id
    if trust is None or not trust.pinned:
        return unknown("not_pinned", event=found)
    if found != trust.root:
        return failed("other_root", event=found, expected=trust.root)
    return ok("root", event=found)


def _check_signed(told: Sequence[Statement], signed: Worst) -> tuple[int, ...]:
    """Check every signature, and return the indexes of the entries that a thief may have signed."""
    keyring, keys = Keyring(), list[tuple[Statement, Key]]()
    for one in told:
        with signed.taking("malformed", index=one.index, kid=one.jws.kid):
            if one.index == 0:
                keyring.found(one)
            else:
                keys.append((one, keyring.check(one)))
                keyring.learn(one)
        if one.row is None:
            signed.unknown("event_unknown", index=one.index, event=one.event)
    # What the end of the dossier knows of a key tells which of its entries a thief may have signed.
    amber = tuple(one.index for one, key in keys if key.is_doubtful(one))
    if amber:
        signed.unknown("compromised", index=amber[0], count=len(amber))
    return amber


def _follow_key(dossier: Dossier, told: Sequence[Statement], log: Result, shown: Sequence[Result]) -> Result:
    """Return that the log took another key, where its registrar says so and witnesses vouch for the tree."""
    if log.reason != "not_signed" or [one.reason for one in shown] != ["ok", "ok", "root", "quorum"]:
        return log
    added = [one for one in told if one.event == "log.key_added" and one.iss == told[0].iss]
    try:
        vkeys = [VerifierKey.parse(shape.text(one.data.get("vkey"))) for one in added]
    except (CryptoError, shape.MalformedShapeError):
        return log
    _, found = check_log(dossier.checkpoint, vkeys)
    return ok("followed", **found.facts) if found.verdict is Verdict.OK else log


def _follow(told: Iterable[Statement], whole: Iterable[str], worst: Worst) -> Histories:
    """Return the whole histories in these statements; an act must build on the last that touched its item."""
    found = {item: _History() for item in whole}
    for one in told:
        touched = one.touched
        for item, named in one.prev.items():
            past = found.get(item)
            if past is None:
                continue
            if one.row is None:
                worst.unknown("event_unknown", index=one.index, item=item)
            elif named not in (past.tips if item in touched else past.ids):
                worst.failed("broken", index=one.index, item=item)
            past.add(one, touches=item in touched)
    return found


def _check_disclosed(dossier: Dossier, told: Sequence[Statement]) -> Result:
    worst, withheld = Worst(), 0
    digests = {one.index: one.sd for one in told}
    for one in dossier.entries:
        known = digests.get(one.index, ())
        with worst.taking("changed", index=one.index):
            shown = sdjwt.reveal(known, [sdjwt.parse_disclosure(text, LIMITS) for text in one.disclosures])
            withheld += len(known) - len(shown)
    if withheld:
        worst.unknown("withheld", count=withheld)
    return worst.result


def _check_complete(
    dossier: Dossier, told: Sequence[Statement], whole: Iterable[str], histories: Histories
) -> tuple[Statement | None, Result]:
    """Compare the histories in the dossier with the index lines that the registrar published of them."""
    if dossier.published is None:
        return None, unknown("no_index")
    place, lines = dossier.published.index, dossier.published.lines
    event = next((one for one in told if one.index == place), None)
    claims = None if event is None or told[0].index or event.iss != told[0].iss else _index_claims(event)
    if claims is None or dossier.published.after not in (None, claims[0]):
        return None, failed("no_index_event", index=place)
    worst, (size, count, root) = Worst(), claims
    published = _read_lines(lines, count, root, worst)
    covered = _follow((one for one in told if one.index < size), whole, Worst())
    for item, past in covered.items():
        _compare(item, past, published.get(item), size, worst)
    _check_makers(dossier.items, told, histories, worst)
    if worst.result.verdict is Verdict.OK:
        worst.result = ok("complete", size=size, count=count)
    return event, worst.result


def _index_claims(event: Statement) -> tuple[int, int, bytes] | None:
    size, count, root = (event.data.get(name) for name in ("size", "count", "root"))
    if event.event != "index.published" or not isinstance(root, str) or not HASH.fullmatch(root):
        return None
    # A truth value is a number to Python and not in JSON.
    if type(size) is not int or type(count) is not int or not 0 < size <= event.index:
        return None
    return size, count, b64url_decode(root)


def _read_lines(lines: Iterable[IndexLine], count: int, root: bytes, worst: Worst) -> dict[str, str]:
    """Return the lines of histories by their items, once it was seen that each stands in the index."""
    found: dict[str, str] = {}
    for one in lines:
        with worst.taking("line_not_included", line=one.line):
            verify_inclusion(hash_leaf(one.line.encode()), one.position, count, one.proof, root)
        form = _LINE.fullmatch(one.line)
        if form is None or (" = " not in one.line and found.setdefault(form[1], one.line) != one.line):
            worst.failed("line_malformed", line=one.line)
    return found


def _compare(item: str, past: _History, line: str | None, size: int, worst: Worst) -> None:
    counted = f"{item} {past.count} {past.latest} "
    if line is None:
        worst.unknown("no_line" if past.count else "after_index", item=item, size=size)
    elif past.doubtful is not None and line.startswith(counted):
        worst.unknown("event_unknown", index=past.doubtful, item=item)
    elif line != counted + past.tip:
        worst.failed("cut", item=item, published=line, found=counted + past.tip)


def _check_makers(
    items: Iterable[str], told: Sequence[Statement], histories: Histories, worst: Worst
) -> None:
    """A declared item falls under the recalls of whoever filed its code, so that firm must be here."""
    filings = [(one.data.get("vendor"), one.index) for one in told if one.event == "coding.filed"]
    filed = {vendor: index for vendor, index in reversed(filings) if isinstance(vendor, str)}
    for item in items:
        scheme, _, code = item.partition(":")
        first = histories[item].first
        if scheme != "gbt34014" or first is None or first.event != "item.declared":
            continue
        if filed.get(code[:3], first.index) >= first.index:
            worst.unknown("no_maker", item=item, vendor=code[:3])
