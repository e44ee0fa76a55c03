"""An audit from beginning to end: checkpoint, entries and tiles, then the states that the server tells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from crypto.errors import CryptoError
from ledger import checkpoint
from ledger.audit.findings import NO_QUORUM, Check, Finding, Findings, Kind
from ledger.audit.items import Comparison
from ledger.audit.replay import Replay
from ledger.audit.report import Counts, Report
from ledger.audit.served import Served, TooMuchMissingError
from ledger.audit.source import NotServedError, Source
from ledger.audit.tree import Tree
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.identifiers import ItemId
from ledger.merkle import hash_leaf
from ledger.policy import Policy
from ledger.tiles import TILE_WIDTH
from ledger.trust import Trust
from ledger.verdict import Verdict
from ledger.witnessed import witnessing

CATCH_UPS: Final = 5

Progress = Callable[[str, int, int], None]
"""Told what is under way (`entries` or `items`), how many are done and of how many."""


def audit(
    source: Source,
    trust: Trust,
    *,
    since: str | None = None,
    items: bool = True,
    policy: Policy | None = None,
    progress: Progress = lambda _stage, _done, _total: None,
) -> Report:
    """Verify a whole log, and the states told from it, with nothing but the root of trust.

    Args:
        source: Where the log is read.
        trust: The log's key and entry 0's event id.
        since: An older checkpoint of the log, signed, which the log must still begin with.
        items: Whether the source tells states, to be compared.
        policy: Which witnesses must have cosigned the checkpoint.
        progress: Told how far it is.

    Raises:
        SourceError: The source went out of reach.
    """
    findings, counts = Findings(), Counts()
    return _Audit(
        source,
        trust,
        findings,
        counts,
        Served(source, findings, counts),
        progress,
        since=since,
        items=items,
        policy=policy,
    ).run()


@dataclass(slots=True)
class _Audit:
    source: Source
    trust: Trust
    findings: Findings
    counts: Counts
    served: Served
    progress: Progress
    since: str | None
    items: bool
    policy: Policy | None
    older: Checkpoint | None = None
    note: str = ""

    def run(self) -> Report:
        older = None if self.since is None else self._open(self.since, Kind.SINCE)
        signed = self._fetch_checkpoint()
        if signed is None:
            return self._report(None, done=())
        tree = Tree(self.served, self.findings)
        replay = Replay(self.trust.root, self.findings, self.counts)
        done = [Check.CHECKPOINT]
        self.older = older
        try:
            self._read_to(signed, tree, replay)
            done += [Check.ROOT, Check.TREE, Check.SINCE, Check.ENTRIES, Check.SIGNATURES, Check.RULES]
            if self.items:
                signed = self._compare_items(signed, tree, replay)
                done.append(Check.ITEMS)
        except TooMuchMissingError as error:
            self.findings.add(Finding(kind=Kind.BUNDLE, reason="stopped", facts={"why": error}))
        self._count_states(replay)
        if self.policy is not None and self._is_witnessed(self.policy):
            done.append(Check.WITNESSED)
        return self._report(signed, done=done)

    def _is_witnessed(self, policy: Policy) -> bool:
        """Say whether a quorum has cosigned the last checkpoint that was read; a finding says why not."""
        try:
            found = witnessing(self.note, policy)
        except CryptoError as error:
            facts = {"why": error.reason}
            self.findings.add(Finding(kind=Kind.WITNESS, reason="bad_cosignature", facts=facts))
            return False
        if not found.is_met:
            names = ", ".join(found.times_s)
            facts = {"quorum": policy.quorum, "count": str(len(found.times_s)), "witnesses": names}
            self.findings.add(Finding(kind=Kind.WITNESS, reason=NO_QUORUM, facts=facts))
        return found.is_met

    def _fetch_checkpoint(self) -> Checkpoint | None:
        try:
            text = self.source.checkpoint()
        except NotServedError as error:
            self.findings.add(Finding(kind=Kind.CHECKPOINT, reason="missing", facts={"why": error}))
            return None
        self.note = text
        return self._open(text, Kind.CHECKPOINT)

    def _open(self, text: str, kind: Kind) -> Checkpoint | None:
        # What the key has signed is the log's word; that it is true, the tiles and entries have to show.
        try:
            return checkpoint.open(text, [self.trust.vkey])
        except (CryptoError, MalformedCheckpointError) as error:
            self.findings.add(Finding(kind=kind, reason="not_signed", facts={"why": error}))
            return None

    def _read_to(self, signed: Checkpoint, tree: Tree, replay: Replay) -> None:
        """Read the entries from where the tree ends to a checkpoint; compare the tiles and the root."""
        tree.goal = signed.size
        if self.older is not None and self.older.size > signed.size:
            facts = {"older_size": self.older.size, "size": signed.size}
            self.findings.add(Finding(kind=Kind.SINCE, reason="shrunk", facts=facts))
            self.older = None
        self._check_older(tree)
        while tree.size < signed.size:
            n, skip = divmod(tree.size, TILE_WIDTH)
            width = min(TILE_WIDTH, signed.size - n * TILE_WIDTH)
            entries: Sequence[bytes | None] = self.served.bundle(n, width) or [None] * width
            for data in entries[skip:]:
                replay.take(tree.size, data)
                tree.add(None if data is None else hash_leaf(data))
                self._check_older(tree)
            self.progress("entries", tree.size, signed.size)
        tree.finish(signed.root)
        if signed.size == 0:
            self.findings.add(Finding(kind=Kind.ROOT, reason="empty", facts={"pinned": self.trust.root}))
        self.counts.entries = tree.size

    def _check_older(self, tree: Tree) -> None:
        older = self.older
        if older is None or tree.size != older.size:
            return
        if tree.root() != older.root:
            facts = {"size": older.size, "computed": tree.root().hex(), "signed": older.root.hex()}
            self.findings.add(Finding(kind=Kind.SINCE, reason="differs", facts=facts))
        self.older = None

    def _compare_items(self, signed: Checkpoint, tree: Tree, replay: Replay) -> Checkpoint:
        """Compare states; while others write, follow the log for a few rounds until both are of one size."""
        comparison = Comparison(self.source, replay, self.findings, self.counts, signed.size)
        ids: Sequence[ItemId] = comparison.known()
        for _ in range(CATCH_UPS):
            for done in comparison.compare(ids):
                self.progress("items", done, len(ids))
            if not comparison.moved:
                return signed
            newer = self._fetch_checkpoint()
            if newer is None or newer.size < signed.size:
                break
            self._read_to(newer, tree, replay)
            ids = list(dict.fromkeys([*comparison.moved, *comparison.changed_since(signed.size)]))
            signed, comparison.size = newer, newer.size
        comparison.give_up()
        return signed

    def _count_states(self, replay: Replay) -> None:
        ids = [key for key in replay.states if isinstance(key, ItemId)]
        self.counts.organisations = sum(key.is_org for key in ids)
        self.counts.items = len(ids) - self.counts.organisations

    def _is_shown(self, check: Check) -> bool:
        """Say whether all that a check is about was looked at: what was left out is not ok."""
        counts = self.counts
        whole = {
            Check.ROOT: self.trust.pinned,
            Check.SIGNATURES: counts.signatures == counts.entries,
            Check.RULES: counts.events == counts.entries,
            Check.ITEMS: counts.compared == counts.items + counts.organisations,
        }
        return whole.get(check, True)

    def _report(self, signed: Checkpoint | None, *, done: Sequence[Check]) -> Report:
        asked = [
            check
            for check in Check
            if not (check is Check.SINCE and self.since is None)
            and not (check is Check.ITEMS and not self.items)
            and not (check is Check.WITNESSED and self.policy is None)
        ]
        shown = {check for check in done if self._is_shown(check)}
        checks = {
            check: self.findings.verdicts.get(check, Verdict.OK if check in shown else Verdict.UNKNOWN)
            for check in asked
        }
        return Report(
            origin=self.trust.origin,
            size=0 if signed is None else signed.size,
            root=None if signed is None else signed.root,
            pinned=self.trust.pinned,
            checks=checks,
            findings=tuple(self.findings.listed),
            counted=self.findings.counted,
            counts=self.counts,
        )
