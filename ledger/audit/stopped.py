"""What a gate is to stop, as the entries give it, and the list that the log has signed, figure by figure.

The list is docs/formats.md, section 11. What it flags are the items whose state says that somebody wants
them, and those whose code another battery bears; its bounds are those of the format, and what is beyond them
a list may leave out where it says so.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from crypto import strictjson
from crypto.encoding import b64url_encode
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from crypto.strictjson import Json
from ledger.audit.answers import Answer, AnswerError, Place, object_of, rows_of, size_of, text_of
from ledger.audit.findings import Kind
from ledger.audit.own import Own, Row
from ledger.audit.replay import Replay
from ledger.audit.source import Teller
from ledger.errors import LedgerError
from ledger.findings.shown import Kept
from ledger.findings.standing import threads
from ledger.identifiers import ItemId, MalformedIdError
from ledger.state import Fact, FactKind, Item, Key, Organisation, Recalls, RegisteredKey, state_to_json
from ledger.stoplist import open_list
from ledger.vocabulary import Flag, Phase
from ledger.vocabulary import Kind as ItemKind

MAX_FLAGGED: Final = 5_000
MAX_VOID: Final = 5_000
MAX_ENDED: Final = 20_000
MAX_REMARKS: Final = 20_000
"""A server that has more remarks than these to go through need not come to their end."""
_CLONE: Final = "item.clone"
_VOIDED: Final = "label.voided"
_WANTED: Final = frozenset(
    {"item.stolen", "item.lost", "item.missing", "quarantine.long", "custody.contested"}
)
_REMARKS: Final = _WANTED | {_CLONE, "vehicle.pack_missing", "split.unaccounted"}
_UNITS: Final = (ItemKind.PACK, ItemKind.PRODUCT, ItemKind.MODULE)
_ALWAYS: Final = ("complete", "keys")
_MARK: Final = 8
"""How many characters a mark has: 6 bytes in base64url."""


@dataclass(frozen=True, slots=True)
class OfStopList:
    """The list of what gates stop.

    Attributes:
        keys: those of the log, one of which has to have signed it.
        ended: the items behind the marks that the entries give.
    """

    keys: Callable[[], Sequence[VerifierKey]]
    ended: dict[str, str] = field(default_factory=dict)
    kind: Kind = Kind.GATE

    def place(self, figure: str = "", /) -> Place:
        """Return the item that a figure is about, where it is about one."""
        name = figure.rpartition(" ")[2]
        try:
            return Place(item=str(ItemId.parse(self.ended.get(name, name))))
        except MalformedIdError:
            return Place()

    @property
    def facts(self) -> Mapping[str, object]:
        """Nothing more."""
        return {}

    def ask(self, teller: Teller) -> Answer:
        """Ask for it; its signature has to be the log's."""
        told = object_of(teller.stop_list())
        text = text_of(told, "list")
        try:
            signed = open_list(text_of(told, "note"), text, self.keys())
            listed = object_of(strictjson.loads(text))
        except (CryptoError, LedgerError) as error:
            raise AnswerError from error
        if (listed.get("origin"), size_of(listed)) != (signed.origin, signed.size):
            raise AnswerError
        return Answer(signed.size, dict(_figures(listed)))

    def expected(self, own: Own, answer: Answer, /) -> Row:
        """Return the figures of the replay; where there are more than fit, those that are told."""
        found = _Stopped(own.replay)
        found.gather()
        self.ended.update(found.marks)
        figures = found.figures()
        if found.is_cut:
            return {name: one for name, one in figures.items() if name in answer.told or name in _ALWAYS}
        return figures


def _figures(listed: Row) -> Iterator[tuple[str, Json]]:
    """Yield the figures of a list by their names; raises AnswerError for what is no list."""
    yield "complete", {"complete": listed.get("complete")}
    yield "keys", {"sha256": listed.get("keys")}
    for item, flags in object_of(listed.get("flagged")).items():
        yield f"flags {item}", {"flags": flags}
    for item, number in object_of(listed.get("void_labels")).items():
        yield f"void labels {item}", {"until": number}
    for one in rows_of(listed.get("recalls")):
        yield f"recalls {text_of(one, 'maker')}", one
    marks = text_of(listed, "ended")
    for place in range(0, len(marks), _MARK):
        yield f"ended {marks[place : place + _MARK]}", {"ended": True}


class _Stopped:
    """What is to be stopped after the entries taken so far."""

    def __init__(self, replay: Replay) -> None:
        self._replay: Final = replay
        self._clones: Final = set[str]()
        self._voided: Final = set[str]()
        self._remarks: Final = Counter[str]()
        self._rows: Final = Row()
        self._flagged = 0
        self._ended: Final[dict[ItemKind, list[ItemId]]] = {kind: [] for kind in _UNITS}
        self.marks: Final = dict[str, str]()
        self._whole = True

    def gather(self) -> None:
        """Go through all remarks and states."""
        for kept in self._replay.remarked.kept():
            self._see(kept)
        for key in self._replay.states:
            state = self._replay.states.get(key)
            if isinstance(state, Item):
                self._take(state)
            elif isinstance(state, Recalls) and state.open:
                self._rows[f"recalls {state.maker}"] = state_to_json(state)
        self._mark()

    @property
    def is_cut(self) -> bool:
        """Whether a list of all this would not fit, or a server need not have read so much."""
        read = max(self._remarks["wanted"], self._remarks[_VOIDED])
        return read > MAX_REMARKS or self._flagged > MAX_FLAGGED or len(self._voided) > MAX_VOID

    def figures(self) -> Row:
        """Return it all by name."""
        return {
            "complete": {"complete": self._whole and not self.is_cut},
            "keys": {"sha256": _hash_keys(self._replay)},
            **self._rows,
        }

    def _see(self, kept: Kept) -> None:
        rule, subject = kept.remark.rule, kept.remark.subject
        if rule == _VOIDED:
            self._voided.add(subject)
        if rule == _CLONE and kept.closed is None:
            self._clones.add(subject)
        if rule == _VOIDED or rule in _REMARKS:
            self._remarks[_VOIDED if rule == _VOIDED else "wanted"] += 1

    def _take(self, item: Item) -> None:
        name, cloned = str(item.id), str(item.id) in self._clones
        if cloned or not _WANTED.isdisjoint(threads(item).values()):
            self._flagged += 1
            self._rows[f"flags {name}"] = {"flags": _flags(item, cloned=cloned)}
        until = max(item.void_label, (item.label_number or 1) - 1)
        if name in self._voided and item.phase is not Phase.ENDED and until:
            self._rows[f"void labels {name}"] = {"until": until}
        ended = self._ended.get(item.kind) if item.phase is Phase.ENDED else None
        if ended is not None and len(ended) <= MAX_ENDED:
            ended.append(item.id)

    def _mark(self) -> None:
        """Mark what has ended, kind by kind: of one that has too many, nothing."""
        left = MAX_ENDED
        for found in self._ended.values():
            if len(found) > left:
                self._whole = False
                continue
            left -= len(found)
            for item in found:
                mark = b64url_encode(hashlib.sha256(str(item).encode("utf-8")).digest()[:6])
                self.marks[mark] = str(item)
                self._rows[f"ended {mark}"] = {"ended": True}


def _flags(item: Item, *, cloned: bool) -> list[Json]:
    found: list[Json] = [flag.value for flag in item.flags]
    if item.dispute is not None and Flag.DISPUTED not in item.flags:
        found.append(Flag.DISPUTED.value)
    return [*found, "cloned"] if cloned else found


def _hash_keys(replay: Replay) -> str:
    """Return the hash by which a list names organisations and keys."""
    is_told = (key for key in replay.states if _is_firm_or_key(key))
    states = [replay.states.get(key) for key in is_told]
    firms = [one for one in states if isinstance(one, Organisation)]
    keys = [one for one in states if isinstance(one, RegisteredKey)]
    told: Json = [
        [state_to_json(one) for one in sorted(firms, key=lambda one: str(one.id))],
        [state_to_json(one) for one in sorted(keys, key=lambda one: (str(one.org), one.kid))],
    ]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return b64url_encode(hashlib.sha256(text.encode("utf-8")).digest())


def _is_firm_or_key(key: Key) -> bool:
    return key.kind is FactKind.KEY if isinstance(key, Fact) else key.is_org
