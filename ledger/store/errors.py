"""What goes wrong between the ledger and its database."""

from ledger.errors import LedgerError


class StoreError(LedgerError):
    """The database did not do what was asked, and nothing of it was kept."""


class SchemaError(StoreError):
    """The database has another schema than this software, or is none of ours."""


class WriterLockedError(StoreError):
    """Another process writes to this SQLite database already."""


class CommitError(StoreError):
    """COMMIT was sent and no success came back: what was written may be kept or not."""


class LostHeadError(StoreError):
    """The head row is not the one the transaction began on: another generation writes this log."""


class CorruptRowError(StoreError):
    """A row is not what any writer of ours has put there.

    Attributes:
        row: the key of the state, or the index of the entry.
    """

    def __init__(self, row: str, reason: str) -> None:
        super().__init__(f"{row}: {reason}")
        self.row = row
