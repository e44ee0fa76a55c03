"""What follows from applied events and is kept beside them: states, histories, ties, holdings, remarks.

The writer keeps it with each batch and a replay computes it anew; both do it here.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ledger.documents import stated_documents
from ledger.events.envelope import Event
from ledger.findings import Remark
from ledger.holdings import Holding
from ledger.state import Item, Key, Organisation, State
from ledger.store import HistoryRow, Row, StatedDocument, WriteTransaction
from ledger.store.finding_reads import remark_rows
from ledger.ties import Strand, strands


class Derived:
    """What a run of events leaves in the derived tables but the tiles."""

    def __init__(self) -> None:
        self._states: Final = dict[Key, State]()
        self._history: Final = list[HistoryRow]()
        self._ties: Final = list[Strand]()
        self._remarks: Final = list[Row]()
        self._holdings: Final = list[Holding]()
        self._documents: Final = list[StatedDocument]()

    def add(
        self,
        event: Event,
        index: int,
        changed: Mapping[Key, State],
        remarks: Sequence[Remark],
        *,
        holdings: Iterable[Holding],
    ) -> None:
        """Take in one applied event, the states it changed, what is remarked on it and who holds what now."""
        self._remarks.extend(remark_rows(index, remarks))
        self._holdings.extend(holdings)
        self._documents.extend(StatedDocument(one, index) for one in sorted(stated_documents(event)))
        self._states.update(changed)
        self._ties.extend(strands(event, index, changed))
        touched = frozenset(event.touched)
        for item in event.prev:
            state = changed[item]
            if isinstance(state, Item | Organisation):
                self._history.append(HistoryRow(str(item), state.count, index, item in touched))

    def write(self, transaction: WriteTransaction) -> None:
        """Keep it all; a state that changed twice is written once."""
        transaction.put_states(self._states)
        transaction.add_history(self._history)
        transaction.add_ties(self._ties)
        transaction.add_findings(self._remarks)
        transaction.add_holdings(self._holdings)
        transaction.add_stated_documents(self._documents)
