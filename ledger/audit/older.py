"""What the log said before: checkpoints of smaller sizes, and receipts. All of it must still hold.

Somebody kept a checkpoint of theirs; the log keeps one an hour and serves it; a receipt was the answer to a
submission. Each is a root that the entries have to give at its size, and a receipt is an entry besides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from crypto.errors import CryptoError
from ledger.audit.dated import Dated
from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.following import Following, Opened
from ledger.audit.replay import Replay
from ledger.audit.report import Counts
from ledger.audit.stops import Stops
from ledger.audit.tree import Tree
from ledger.entry import Entry, MalformedEntryError
from ledger.errors import LedgerError
from ledger.merkle import hash_leaf, verify_inclusion
from ledger.receipt import Receipt


@dataclass(frozen=True, slots=True)
class _Said:
    """A checkpoint of the past, what it was given as, and the facts by which a finding names it."""

    kind: Kind
    opened: Opened
    about: Mapping[str, object]


@dataclass(slots=True)
class Older:
    """Takes in what the log said, and holds the tree to it as it grows."""

    following: Following
    findings: Findings
    counts: Counts
    replay: Replay
    tree: Tree
    stops: Stops
    dated: Dated
    _said: list[_Said] = field(default_factory=list)
    _promised: dict[int, list[tuple[str, bytes]]] = field(default_factory=dict)
    _broken: set[str] = field(default_factory=set)

    def since(self, note: str) -> None:
        """Take in the auditor's own older checkpoint."""
        self._take(Kind.SINCE, note, {})

    def keep(self, notes: Iterable[str]) -> None:
        """Take in the checkpoints that the log keeps for ever."""
        for note in notes:
            self._take(Kind.KEPT, note, {})

    def promise(self, receipts: Mapping[str, Receipt]) -> None:
        """Take in receipts by the names under which findings tell of them."""
        for name, receipt in receipts.items():
            opened = self._take(Kind.PROMISE, receipt.checkpoint_note, {"receipt": name})
            if opened is not None and self._is_proven(name, receipt, opened):
                self._expect(name, receipt)

    def contradicts(self, earlier: Opened | None, latest: Opened) -> bool:
        """Say whether a checkpoint cannot go on from what an earlier audit saw; a finding says why."""
        if earlier is None:
            return False
        old, new = earlier.tree, latest.tree
        if new.size < old.size:
            facts: dict[str, object] = {"older_size": old.size, "size": new.size}
            self.findings.add(Finding(kind=Kind.SINCE, reason="shrunk", facts=facts))
        elif new.size == old.size and new.root != old.root:
            facts = {"size": old.size, "computed": new.root.hex(), "signed": old.root.hex()}
            self.findings.add(Finding(kind=Kind.SINCE, reason="differs", facts=facts))
        else:
            return False
        return True

    def see(self, index: int, leaf: bytes | None) -> None:
        """Hold an entry to what receipts say of it; `leaf` is its hash, None where it could not be read."""
        for name, promised in self._promised.pop(index, ()):
            if leaf != promised:
                self._break(name, "replaced", index)

    def settle(self) -> None:
        """Say, after all entries were read, whose checkpoints none of this log's keys has signed."""
        size = self.tree.size
        for said in self._said:
            older = said.opened.tree
            if older.size > size and said.kind is not Kind.PROMISE:
                facts = {"older_size": older.size, "size": size, **said.about}
                self.findings.add(Finding(kind=said.kind, reason="shrunk", facts=facts))
            if said.kind is Kind.KEPT and self.following.is_former(said.opened):
                continue
            holds = self.following.check(said.opened, said.kind, said.about)
            self.counts.kept += holds and said.kind is Kind.KEPT
        for index, some in sorted(self._promised.items()):
            for name, _ in some:
                self._break(name, "dropped", index)
        self._promised.clear()

    def count(self) -> None:
        """Count the receipts that hold."""
        names = {str(said.about["receipt"]) for said in self._said if said.kind is Kind.PROMISE}
        self.counts.receipts = len(names - self._broken)

    def _take(self, kind: Kind, note: str, about: Mapping[str, object]) -> Opened | None:
        opened = self.following.open(note, kind, about)
        if opened is not None:
            said = _Said(kind, opened, about)
            self._said.append(said)
            self.dated.bound(note, opened.tree.size)
            self.stops.add(opened.tree.size, partial(self._compare, said))
        return opened

    def _compare(self, said: _Said) -> None:
        older = said.opened.tree
        if self.tree.root() != older.root:
            roots = {"computed": self.tree.root().hex(), "signed": older.root.hex()}
            facts = {"size": older.size, **roots, **said.about}
            self.findings.add(Finding(kind=said.kind, reason="differs", facts=facts))
            self._broken.add(str(said.about.get("receipt")))

    def _is_proven(self, name: str, receipt: Receipt, opened: Opened) -> bool:
        tree, leaf = opened.tree, hash_leaf(receipt.entry_bytes)
        try:
            verify_inclusion(leaf, receipt.index, tree.size, receipt.proof, tree.root)
        except (CryptoError, LedgerError) as error:
            self._break(name, "proof", receipt.index, why=str(error))
            return False
        return True

    def _expect(self, name: str, receipt: Receipt) -> None:
        if receipt.index >= self.tree.size:
            leaf = hash_leaf(receipt.entry_bytes)
            self._promised.setdefault(receipt.index, []).append((name, leaf))
            return
        # An earlier audit has read this entry, and remembers where which event is.
        try:
            found = self.replay.ids.get(Entry.decode(receipt.entry_bytes).event_id)
        except MalformedEntryError:
            found = None
        if found != receipt.index:
            self._break(name, "replaced", receipt.index)

    def _break(self, name: str, reason: str, index: int, **facts: object) -> None:
        self._broken.add(name)
        told = {"receipt": name, "size": self.tree.size, **facts}
        self.findings.add(Finding(kind=Kind.PROMISE, reason=reason, index=index, facts=told))
