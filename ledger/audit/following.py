"""Whose checkpoint it is: the pinned key's, or one that the log's own entries lead to.

A log may announce a further key, or go on under another origin and key (`log.key_added`, `log.moved`). Both
are entries, signed by the registrar, whose first key is pinned with entry 0. So a checkpoint by a key that is
not pinned is read as a mere claim, the entries under it are replayed, and only if they announce that key,
by events without any finding, is it the log's word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crypto import note
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from crypto.strictjson import Json
from ledger import checkpoint
from ledger.audit.findings import Finding, Findings, Kind
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.events.log import LogKeyAdded, LogMoved
from ledger.findings import Applied

NOTHING: Final[Mapping[str, object]] = {}


@dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint as it was given; `proven`: the pinned key has signed it."""

    note: str
    tree: Checkpoint
    proven: bool


@dataclass(frozen=True, slots=True)
class Step:
    """An entry by which the log took on another key, or another origin and key."""

    index: int
    event: str
    origin: str
    vkey: str
    moved: bool

    def to_json(self) -> dict[str, Json]:
        """Return the step as an object."""
        return {
            "index": self.index,
            "event": self.event,
            "origin": self.origin,
            "vkey": self.vkey,
            "moved": self.moved,
        }


class Following:
    """The keys of a log in its life: the pinned one and those announced since.

    Args:
        pinned: the key that the auditor had beforehand.
        findings: where it is said that a checkpoint is nobody's.
    """

    def __init__(self, pinned: VerifierKey, findings: Findings) -> None:
        self.pinned: Final = pinned
        self._findings: Final = findings
        self.steps: Final = list[Step]()

    def see(self, applied: Applied) -> None:
        """Note that an applied event announces a key."""
        claims, event = applied.event.claims, applied.event
        if isinstance(claims, LogKeyAdded):
            self.steps.append(Step(applied.index, event.id, event.aud, claims.vkey, moved=False))
        elif isinstance(claims, LogMoved):
            self.steps.append(Step(applied.index, event.id, claims.origin, claims.vkey, moved=True))

    def open(self, text: str, kind: Kind, about: Mapping[str, object] = NOTHING) -> Opened | None:
        """Return a checkpoint that the pinned key has signed, or one that it does not say it has signed.

        `about` goes into the facts of a finding.
        """
        try:
            plain, lines = note.parse(text)
            if any((one.name, one.key_id) == (self.pinned.name, self.pinned.key_id) for one in lines):
                return Opened(text, checkpoint.open(text, [self.pinned]), proven=True)
            tree = Checkpoint.parse(plain)
        except (CryptoError, MalformedCheckpointError) as error:
            self._find(kind, "not_signed", {"why": error, **about})
            return None
        if not any(one.name == tree.origin for one in lines):
            self._find(kind, "not_signed", {"why": "no key of its origin has signed it", **about})
            return None
        return Opened(text, tree, proven=False)

    def check(self, opened: Opened, kind: Kind, about: Mapping[str, object] = NOTHING) -> bool:
        """Say, after the replay of its entries, whether a checkpoint is the log's; a finding says why not."""
        moved_at = self._left(opened.tree.origin)
        if moved_at is not None and opened.tree.size > moved_at + 1:
            facts = {"origin": opened.tree.origin, "size": str(opened.tree.size), **about}
            self._find(kind, "after_move", facts, index=moved_at)
            return False
        if opened.proven or self._is_announced(opened):
            return True
        self._find(kind, "not_announced", {"origin": opened.tree.origin, **about})
        return False

    def keys(self) -> list[VerifierKey]:
        """Return the pinned key and those that the entries announce, as far as they were read."""
        return [self.pinned, *_keys([step.vkey for step in self.steps])]

    def is_former(self, opened: Opened) -> bool:
        """Say whether the log announced the pinned key behind a checkpoint that another key has signed.

        Nobody here knows what keys the log had before, so whose it is cannot be told; its root can.
        """
        begun = [step.index for step in self.steps if step.vkey == self.pinned.format()]
        return not opened.proven and bool(begun) and opened.tree.size <= begun[0] + 1

    def _left(self, origin: str) -> int | None:
        """Return the entry by which the log left an origin for good, None where it is still there."""
        origins = [self.pinned.name, *(step.origin for step in self.steps if step.moved)]
        if origin not in origins:
            return None
        moves = [step.index for step in self.steps if step.moved]
        last = len(origins) - 1 - origins[::-1].index(origin)
        return moves[last] if last < len(moves) else None

    def _is_announced(self, opened: Opened) -> bool:
        # A key speaks for trees that hold its announcement, and for none before.
        announced = [step.vkey for step in self.steps if step.index < opened.tree.size]
        try:
            checkpoint.open(opened.note, _keys(announced))
        except (CryptoError, MalformedCheckpointError):
            return False
        return True

    def _find(
        self, kind: Kind, reason: str, facts: Mapping[str, object], *, index: int | None = None
    ) -> None:
        self._findings.add(Finding(kind=kind, reason=reason, index=index, facts=facts))


def _keys(texts: Sequence[str]) -> list[VerifierKey]:
    return [VerifierKey.parse(text) for text in texts]
