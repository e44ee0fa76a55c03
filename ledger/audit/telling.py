"""All that a server tells beside its log, compared: figures, states, keys, codes, findings.

While others write, the audit follows the log, so that what is told and what is compared are of one size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from crypto.note import VerifierKey
from ledger.audit.asking import Asking
from ledger.audit.findings import Check, Findings
from ledger.audit.items import Comparison
from ledger.audit.noticed import FindingComparison
from ledger.audit.replay import Replay
from ledger.audit.report import Counts
from ledger.audit.source import Source, Teller
from ledger.audit.stops import Stops
from ledger.audit.told import Told
from ledger.audit.tracing import trace
from ledger.audit.tree import Tree
from ledger.identifiers import ItemId

CATCH_UPS: Final = 5
OF_FIGURES: Final = (
    Check.ACCOUNTS,
    Check.STATISTICS,
    Check.OFFERS,
    Check.TREES,
    Check.SEARCHES,
    Check.GATE,
    Check.HISTORIES,
)
OF_TELLERS: Final = (Check.AMBER, Check.FINDINGS, *OF_FIGURES)
"""What only a server tells that tells more than states."""

Progress = Callable[[str, int, int], None]
"""Told what is under way (`entries`, `figures`, `items` or `findings`), how far it is and of how much."""


@dataclass(slots=True)
class Telling:
    """Compares what a source tells.

    Attributes:
        follow: Reads on to a newer checkpoint; says whether there is one that is the log's.
        keys: Returns the keys of the log, as far as its entries were read.
        seed: The public seed by which lots, steps and firms are drawn where there are too many.
        drawn: Whether there were.
    """

    source: Source
    replay: Replay
    findings: Findings
    counts: Counts
    tree: Tree
    stops: Stops
    progress: Progress
    follow: Callable[[], bool]
    keys: Callable[[], Sequence[VerifierKey]]
    seed: str
    drawn: bool = False

    def compare(self) -> list[Check]:
        """Compare; return the checks that came to their end."""
        source = self.source
        if not isinstance(source, Teller):
            self._compare_items()
            return [Check.ITEMS]
        # Figures first: what is compared at one size is not asked for again when the tree has grown.
        compared = self._compare_figures(source)
        whole = self._compare_items()
        told = Told(source, source, self.replay, self.findings, self.tree.size)
        told.compare_keys()
        told.compare_aliases()
        noticed = FindingComparison(source, self.replay, self.findings, self.counts, self.tree.size)
        for index in noticed.compare():
            self.progress("findings", index + 1, self.tree.size)
        trace(self.replay.histories.wrong, source, self.findings)
        return [Check.ITEMS, Check.FINDINGS, *compared, *([Check.AMBER] if whole else ())]

    def _compare_figures(self, source: Teller) -> Sequence[Check]:
        """Compare figures; those about more entries, at their sizes on the way to a newer checkpoint.

        Return the checks that came to their end: none where the entries that were read do not tell them.
        """
        if self.replay.doubt.blind is not None:
            return ()
        asking = Asking(source, self.replay, self.findings, self.counts, self.keys, self.seed)
        for done, count in asking.ask(self.tree.size):
            self.progress("figures", done, count)
        for size in asking.waiting:
            self.stops.add(size, partial(asking.reach, size))
        if asking.waiting:
            self.follow()
        asking.give_up()
        self.drawn = asking.drawn
        return OF_FIGURES

    def _compare_items(self) -> bool:
        """Compare states; while others write, follow the log for a few rounds until both are of one size.

        Say whether all of them could be compared, and the entries that were read tell which are in doubt.
        """
        comparison = Comparison(self.source, self.replay, self.findings, self.counts, self.tree.size)
        ids: Sequence[ItemId] = comparison.known()
        for _ in range(CATCH_UPS):
            for done in comparison.compare(ids):
                self.progress("items", done, len(ids))
            if not comparison.moved:
                break
            before = self.tree.size
            if not self.follow():
                break
            ids = list(dict.fromkeys([*comparison.moved, *comparison.changed_since(before)]))
            comparison.size = self.tree.size
        comparison.give_up()
        return not comparison.unseen and self.replay.doubt.blind is None
