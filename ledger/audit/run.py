"""An audit from beginning to end: checkpoint, entries and tiles, then what the server tells of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.audit.dated import Dated
from ledger.audit.findings import Check, Finding, Findings, Kind
from ledger.audit.following import Following, Opened
from ledger.audit.older import Older
from ledger.audit.readers import Chunk, Reader, reader
from ledger.audit.replay import Replay
from ledger.audit.report import Counts, Report
from ledger.audit.saved import Audited, lines_of, resume
from ledger.audit.served import Served, TooMuchMissingError
from ledger.audit.source import Keeper, NotServedError, Source, Teller
from ledger.audit.stops import Stops
from ledger.audit.telling import OF_TELLERS, Progress, Telling
from ledger.audit.tree import Tree
from ledger.identifiers import ItemId
from ledger.policy import Policy
from ledger.receipt import Receipt
from ledger.tiles import TILE_WIDTH
from ledger.trust import Trust
from ledger.verdict import Verdict

MAX_KEPT: Final = 2_000
"""How many of the checkpoints that the log keeps are read; of more, so many spread over all of them."""
NO_RECEIPTS: Final[Mapping[str, Receipt]] = {}

Watch = Callable[[Replay], None]
"""Told the replay at its end, before it is let go: what is drawn from it is the caller's concern."""
Save = Callable[[Iterator[bytes]], None]

_OF_THE_LOG: Final = (
    Check.ROOT,
    Check.TREE,
    Check.SINCE,
    Check.KEPT,
    Check.RECEIPTS,
    Check.ENTRIES,
    Check.SIGNATURES,
    Check.RULES,
    Check.INDEX,
    Check.CONFIRMED,
)


def audit(
    source: Source,
    trust: Trust,
    *,
    since: str | None = None,
    receipts: Mapping[str, Receipt] = NO_RECEIPTS,
    items: bool = True,
    policy: Policy | None = None,
    seed: str = "",
    progress: Progress = lambda _stage, _done, _total: None,
    jobs: int = 1,
    at_end: Watch = lambda _replay: None,
    resumed: Iterable[bytes] | None = None,
    save: Save | None = None,
) -> Report:
    """Verify a whole log, and what is told of it, with nothing but the root of trust.

    Args:
        source: Where the log is read; one that is a `Teller` is held to all that it tells.
        trust: The log's key and entry 0's event id.
        since: An older checkpoint of the log, signed, which the log must still begin with.
        receipts: Receipts by name, whose entries must be in the log.
        items: Whether the source tells states, to be compared.
        policy: Which witnesses must have cosigned the checkpoint.
        seed: The public seed by which accounts are drawn, where there are too many to compare them all.
        progress: Told how far it is.
        jobs: How many processes share the work, 1 or 2: then one judges and the other reads and verifies.
        at_end: Told the replay at its end.
        resumed: The lines of an earlier audit of this log to go on with, in the place of `since`.
        save: Takes the lines of this one, where all that was asked is shown.

    Raises:
        SavedAuditError: The earlier audit is none of this log, or damaged.
        SourceError: The source went out of reach.
    """
    if resumed is not None and since is not None:
        raise ValueError("an audit that is resumed has its own older checkpoint")
    findings, counts = Findings(), Counts()
    following, entries = Following(trust.vkey, findings), reader(jobs)
    replay = Replay(trust.root, findings, counts, learn=entries.learn, watch=following.see)
    asked = _Asked(since, receipts, items, policy, seed, progress)
    try:
        run = _Audit(source, trust, findings, counts, following, entries, replay, asked)
        if resumed is not None:
            run.resume(resumed)
        report = run.run()
        at_end(replay)
        if save is not None and (report.ok or report.ok_but_for_pinning):
            save(lines_of(run.audited, report.note))
        return report
    finally:
        entries.close()
        replay.close()


@dataclass(frozen=True, slots=True)
class _Asked:
    since: str | None
    receipts: Mapping[str, Receipt]
    items: bool
    policy: Policy | None
    seed: str
    progress: Progress


@dataclass(slots=True)
class _Audit:
    source: Source
    trust: Trust
    findings: Findings
    counts: Counts
    following: Following
    entries: Reader
    replay: Replay
    asked: _Asked
    stops: Stops = field(default_factory=Stops)
    served: Served = field(init=False)
    tree: Tree = field(init=False)
    dated: Dated = field(init=False)
    older: Older = field(init=False)
    latest: Opened | None = None
    earlier: Opened | None = None
    drawn: bool = False

    def __post_init__(self) -> None:
        self.served = Served(self.source, self.findings, self.counts)
        self.tree = Tree(self.served, self.findings)
        self.dated = Dated(self.findings, self.asked.policy)
        self.older = Older(
            self.following, self.findings, self.counts, self.replay, self.tree, self.stops, self.dated
        )

    @property
    def audited(self) -> Audited:
        return Audited(self.replay, self.tree, self.following, self.trust.vkey.format())

    def resume(self, lines: Iterable[bytes]) -> None:
        self.earlier = resume(self.audited, lines, self.counts)
        self.dated.bound(self.earlier.note, self.earlier.tree.size)

    def run(self) -> Report:
        self._take_older()
        if not self._fetch_checkpoint() or self.latest is None:
            return self._report(())
        if self.older.contradicts(self.earlier, self.latest):
            return self._report(
                [Check.CHECKPOINT] if self.following.check(self.latest, Kind.CHECKPOINT) else ()
            )
        done = list[Check]()
        try:
            self._read_to(self.latest)
            signed = self.following.check(self.latest, Kind.CHECKPOINT)
            self.older.settle()
            # What hashes to a root that nobody has signed shows nothing.
            done = [Check.CHECKPOINT, *_OF_THE_LOG] if signed else []
            if self.asked.items and signed:
                done += self._compare_told()
            self.older.count()
        except TooMuchMissingError as error:
            self.findings.add(Finding(kind=Kind.BUNDLE, reason="stopped", facts={"why": error}))
        self._count_states()
        if self.dated.is_witnessed(self.latest.note):
            done.append(Check.WITNESSED)
        return self._report(done)

    def _take_older(self) -> None:
        """Take in what the log said before. What it keeps is read first: its checkpoint is not smaller."""
        if self.asked.since is not None:
            self.older.since(self.asked.since)
        self.older.promise(self.asked.receipts)
        if isinstance(self.source, Keeper):
            try:
                self.older.keep(self.source.kept((), MAX_KEPT))
            except NotServedError as error:
                self.findings.add(Finding(kind=Kind.KEPT, reason="not_served", facts={"why": error}))

    def _fetch_checkpoint(self) -> bool:
        """Read the source's checkpoint; say whether there is one that may be followed."""
        try:
            text = self.source.checkpoint()
        except NotServedError as error:
            self.findings.add(Finding(kind=Kind.CHECKPOINT, reason="missing", facts={"why": error}))
            return False
        opened = self.following.open(text, Kind.CHECKPOINT)
        if opened is None:
            return False
        if self.latest is not None and opened.tree.size < self.latest.tree.size:
            return False
        self.latest = opened
        return True

    def _read_to(self, signed: Opened) -> None:
        """Read the entries from where the tree ends to a checkpoint; compare the tiles and the root."""
        tree, size = self.tree, signed.tree.size
        tree.goal = size
        self.dated.bound(signed.note, size)
        self.stops.reach(tree.size)
        for bundle in self.entries.read(self._chunks(tree.size, size)):
            for data, read in zip(bundle.data, bundle.read, strict=True):
                leaf = None if read is None else read.leaf
                self.replay.take(tree.size, read, data or b"")
                self.dated.see(tree.size, read)
                self.older.see(tree.size, leaf)
                tree.add(leaf)
                self.stops.reach(tree.size)
            self.asked.progress("entries", tree.size, size)
        tree.finish(signed.tree.root)
        if size == 0:
            self.findings.add(Finding(kind=Kind.ROOT, reason="empty", facts={"pinned": self.trust.root}))
        self.counts.entries = tree.size

    def _follow(self) -> bool:
        """Read on to a newer checkpoint; say whether there is one that is the log's."""
        if not self._fetch_checkpoint() or self.latest is None:
            return False
        self._read_to(self.latest)
        return self.following.check(self.latest, Kind.CHECKPOINT)

    def _chunks(self, start: int, size: int) -> Iterator[Chunk]:
        """Yield the entries from an index on, bundle by bundle."""
        while start < size:
            n, skip = divmod(start, TILE_WIDTH)
            width = min(TILE_WIDTH, size - n * TILE_WIDTH)
            entries: Chunk = self.served.bundle(n, width) or [None] * width
            yield entries[skip:]
            start = n * TILE_WIDTH + width

    def _compare_told(self) -> list[Check]:
        telling = Telling(
            self.source,
            self.replay,
            self.findings,
            self.counts,
            self.tree,
            self.stops,
            self.asked.progress,
            self._follow,
            self.following.keys,
            self.asked.seed,
        )
        try:
            return telling.compare()
        finally:
            self.drawn = telling.drawn

    def _count_states(self) -> None:
        ids = [key for key in self.replay.states if isinstance(key, ItemId)]
        self.counts.organisations = sum(key.is_org for key in ids)
        self.counts.items = len(ids) - self.counts.organisations

    def _is_shown(self, check: Check) -> bool:
        """Say whether all that a check is about was looked at: what was left out is not ok."""
        counts = self.counts
        whole = {
            Check.SINCE: self.earlier is None or self.findings.verdicts.get(Check.TREE) is None,
            Check.ROOT: self.trust.pinned,
            Check.SIGNATURES: counts.signatures == counts.entries,
            Check.RULES: counts.events == counts.entries,
            Check.RECEIPTS: counts.receipts == len(self.asked.receipts),
            Check.ITEMS: counts.compared == counts.items + counts.organisations,
        }
        return whole.get(check, True)

    def _report(self, done: Sequence[Check]) -> Report:
        asked = self.asked
        left_out = {
            Check.SINCE: asked.since is None and self.earlier is None,
            Check.KEPT: not isinstance(self.source, Keeper),
            Check.RECEIPTS: not asked.receipts,
            Check.ITEMS: not asked.items,
            Check.WITNESSED: asked.policy is None or not asked.policy.demands_witnesses,
            **dict.fromkeys(OF_TELLERS, not (asked.items and isinstance(self.source, Teller))),
        }
        shown = {check for check in done if self._is_shown(check)}
        checks = {
            check: self.findings.verdicts.get(check, Verdict.OK if check in shown else Verdict.UNKNOWN)
            for check in Check
            if not left_out.get(check, False)
        }
        tree = None if self.latest is None else self.latest.tree
        return Report(
            origin=self.trust.origin if tree is None else tree.origin,
            size=0 if tree is None else tree.size,
            root=None if tree is None else tree.root,
            note="" if self.latest is None else self.latest.note,
            pinned=self.trust.pinned,
            resumed=None if self.earlier is None else self.earlier.tree.size,
            followed=tuple(self.following.steps),
            behind=tuple(self.replay.late.listed),
            seed=asked.seed if self.drawn else None,
            checks=checks,
            findings=tuple(self.findings.listed),
            counted=self.findings.counted,
            counts=self.counts,
        )
