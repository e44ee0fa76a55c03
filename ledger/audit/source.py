"""Where an audit reads: the log as C2SP tlog-tiles, and the states that the server tells."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from crypto.strictjson import Json
from ledger.errors import LedgerError


class SourceError(LedgerError):
    """The source could not be read; nothing is known of what it holds. It ends the audit."""


class NotServedError(SourceError):
    """The source answered that it cannot give this one thing. The audit names it and goes on."""


class Source(Protocol):
    """A log to audit. Nothing that it gives is believed.

    Every call may raise NotServedError for the one thing asked, or SourceError when nothing can be reached.
    """

    def checkpoint(self) -> str:
        """Return the latest signed checkpoint."""
        ...

    def tile(self, path: str) -> bytes:
        """Return a tile or an entry bundle by its path below the log's prefix, like `tile/0/000.p/5`."""
        ...

    def lookup(self, ids: Sequence[str]) -> Json:
        """Return `{"size": n, "items": [{"query", "id", "state"}]}`, one member for each id in order.

        `state` is the state after the first `size` entries, or null where there is none.
        """
        ...


@runtime_checkable
class Keeper(Protocol):
    """A source that has the checkpoints which the log keeps for ever, one an hour."""

    def kept(self, have: Collection[int], most: int | None = None) -> Iterator[str]:
        """Yield them but for those of sizes that one has; at most so many, spread over all of them."""
        ...


@runtime_checkable
class Teller(Protocol):
    """A server that tells more than states: what it makes of the entries, to be compared.

    Every call may raise NotServedError for the one thing asked, or SourceError when nothing can be reached.
    """

    def findings(self, after: str | None) -> Json:
        """Return a page of findings as everybody sees them: `{"size", "findings", "next"}`, in log order."""
        ...

    def keys(self) -> Json:
        """Return the registered keys: `{"checkpoint", "keys": [state, …]}`."""
        ...

    def account(self, event_id: str) -> Json:
        """Return the account of a treatment step: masses, inputs, outputs, recoveries, and the size."""
        ...

    def lot_account(self, lot: str) -> Json:
        """Return the account of a lot: who drew what, the step that made it, its sources, and the size."""
        ...

    def history(self, item: str, limit: int) -> Json:
        """Return the first events about an item or organisation: `{"size", "id", "events", "next"}`."""
        ...

    def tree(self, item: str) -> Json:
        """Return what is in an item, what it was made from and what became of it, and the size."""
        ...

    def search(self, sought: Mapping[str, str], after: str | None) -> Json:
        """Return a page of the items that are sought: `{"size", "items", "next"}`."""
        ...

    def stop_list(self) -> Json:
        """Return the list of what gates stop: `{"v", "list": text, "note": signed note}`."""
        ...

    def index(self, of: str) -> str:
        """Return what the index published last says of an id or alias, or beside it: a dossier's text."""
        ...

    def statistics(self, measure: str, by: str, until: str) -> Json:
        """Return the figures of a measure: `{"size", "cut", "figures": [{"key", …}]}`; `until` is a day."""
        ...

    def offers(self, org: str, to: bool, after: str | None) -> Json:  # noqa: FBT001  named where it is called
        """Return a page of the open offers to a firm or by it: `{"size", "consignments", "next"}`."""
        ...
