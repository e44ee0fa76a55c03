"""What a gate carries along where there is no network, beside the loads announced to it: what to stop.

That is every item that a firm or authority wants found, the codes that somebody else bears as well, the
labels that were taken out of use, the open recalls as what they select, and the batteries that have ended.
All of it is public, the same for everybody, and bounded: a list that would be longer says that it is not
complete (docs/formats.md, section 11). Who holds the list can check it against the log's signature
(`ledger.stoplist`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from crypto.encoding import b64url_encode
from ledger import passport
from ledger.findings.shown import Kept
from ledger.identifiers import ItemId
from ledger.noticed import BEGINNING
from ledger.state import Item, Organisation, Recalls, RegisteredKey, state_to_json
from ledger.store import Snapshot
from ledger.store.finding_reads import RemarkFilter
from ledger.store.searching import Range
from ledger.vocabulary import Flag, Kind, Phase

MAX_FLAGGED: Final = 5_000
MAX_ENDED: Final = 20_000
MAX_VOID: Final = 5_000
MARK_BYTES: Final = 6
MAX_READ: Final = 20_000
"""How many remarks are read, whether they still stand or not."""
CLONE: Final = "item.clone"
VOID_LABEL: Final = "label.voided"
CLONED: Final = "cloned"
DISPUTED: Final = "disputed"
_PAGE: Final = 500
_RULES: Final = (
    "item.stolen",
    "item.lost",
    CLONE,
    "item.missing",
    "split.unaccounted",
    "vehicle.pack_missing",
    "quarantine.long",
    "custody.contested",
)
_UNITS: Final = (Kind.PACK, Kind.PRODUCT, Kind.MODULE)


@dataclass(frozen=True, slots=True)
class GateList:
    """What to stop, as of one moment.

    Attributes:
        size: how many entries it takes into account.
        flagged: what is wanted, with its flags; `cloned` where another battery bears its code.
        void_labels: of each battery whose label was taken out of use the number up to which all are void.
        recalls: the open recalls of each maker.
        ended: of each battery that has ended the first 6 bytes of the hash of its id, sorted.
        complete: whether nothing was left out.
        keys: SHA-256 of the organisations and keys at that moment, as they are served.
    """

    size: int
    flagged: dict[str, tuple[str, ...]]
    void_labels: dict[str, int]
    recalls: tuple[Recalls, ...]
    ended: tuple[bytes, ...]
    complete: bool
    keys: bytes

    def text(self, *, origin: str, base_url: str) -> str:
        """Return the list in the one form that is signed: compact JSON."""
        return _compact(
            {
                "origin": origin,
                "base_url": base_url,
                "size": self.size,
                "keys": b64url_encode(self.keys),
                "complete": self.complete,
                "flagged": {name: list(flags) for name, flags in self.flagged.items()},
                "void_labels": self.void_labels,
                "recalls": [state_to_json(one) for one in self.recalls],
                "ended": "".join(b64url_encode(mark) for mark in self.ended),
            }
        )


def gate_list(snapshot: Snapshot) -> GateList:
    """Return what a gate is to stop, as the ledger knows it at one moment."""
    wanted, all_wanted = _subjects(snapshot)
    items = snapshot.items_of([str(one) for one in list(wanted)[:MAX_FLAGGED]])
    flagged = {name: _flags(item, cloned=wanted[item.id] == CLONE) for name, item in items.items()}
    void_labels, all_void = _void_labels(snapshot)
    ended, all_ended = _ended(snapshot)
    known = snapshot.organisations(), snapshot.keys()
    return GateList(
        size=snapshot.head().size,
        flagged={name: flags for name, flags in sorted(flagged.items()) if flags},
        void_labels=void_labels,
        recalls=tuple(passport.open_recalls(snapshot).values()),
        ended=ended,
        complete=all_ended and all_void and all_wanted and len(wanted) <= MAX_FLAGGED,
        keys=hash_keys(*known),
    )


def hash_keys(organisations: Sequence[Organisation], keys: Sequence[RegisteredKey]) -> bytes:
    """Return the hash by which a list names the keys that it was made beside."""
    states = [[state_to_json(one) for one in organisations], [state_to_json(one) for one in keys]]
    return hashlib.sha256(_compact(states).encode("utf-8")).digest()


def mark(item: ItemId) -> bytes:
    """Return what stands for an ended item in the list: 6 bytes of the hash of its id."""
    return hashlib.sha256(str(item).encode("utf-8")).digest()[:MARK_BYTES]


def _subjects(snapshot: Snapshot) -> tuple[dict[ItemId, str], bool]:
    """Return the items of which one of the rules still stands, with that rule; whether these are all."""
    found = dict[ItemId, str]()
    kept, complete = _remarks(snapshot, _RULES)
    for one in kept:
        subject = ItemId.parse(one.remark.subject)
        if one.closed is None and found.get(subject) != CLONE:
            found[subject] = one.remark.rule
    return found, complete


def _remarks(snapshot: Snapshot, rules: tuple[str, ...]) -> tuple[list[Kept], bool]:
    """Return the remarks of these rules, whether they still stand or not; whether these are all."""
    which, after = RemarkFilter(rules=rules), BEGINNING
    found = list[Kept]()
    for _ in range(MAX_READ // _PAGE):
        kept = snapshot.remarks(which, after=after, near_ms=0, limit=_PAGE)
        found += kept
        if len(kept) < _PAGE:
            return found, True
        after = kept[-1].place
    return found, False


def _void_labels(snapshot: Snapshot) -> tuple[dict[str, int], bool]:
    """Return the void labels of what lives, also where another one followed; whether these are all."""
    kept, complete = _remarks(snapshot, (VOID_LABEL,))
    named = list(dict.fromkeys(one.remark.subject for one in kept))
    items = snapshot.items_of(named[:MAX_VOID])
    void = {name: _void_until(item) for name, item in items.items() if item.phase is not Phase.ENDED}
    complete = complete and len(named) <= MAX_VOID
    return {name: number for name, number in sorted(void.items()) if number}, complete


def _void_until(item: Item) -> int:
    """Return the number up to which the labels of an item are void: a new one voids those before it."""
    return max(item.void_label, (item.label_number or 1) - 1)


def _flags(item: Item, *, cloned: bool) -> tuple[str, ...]:
    found = [flag.value for flag in item.flags]
    if item.dispute is not None and Flag.DISPUTED not in item.flags:
        found.append(DISPUTED)
    return (*found, CLONED) if cloned else tuple(found)


def _ended(snapshot: Snapshot) -> tuple[tuple[bytes, ...], bool]:
    """Return the marks of ended batteries kind by kind; of a kind that has too many, none."""
    marks, complete = list[bytes](), True
    for kind in _UNITS:
        stretch = Range(("id",), {"kind": kind.value, "phase": Phase.ENDED.value})
        left = MAX_ENDED - len(marks)
        rows = snapshot.rows_in(stretch, limit=left + 1)
        if len(rows) > left:
            complete = False
            continue
        marks += [mark(ItemId.parse(row.id)) for row in rows]
    return tuple(sorted(marks)), complete


def _compact(value: Any) -> str:  # noqa: ANN401  what is written as JSON
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
