"""One writing process for an SQLite database: an exclusive lock on a file beside it.

The lock belongs to the process that took it and ends with it, however that ends.
"""

import fcntl
import os
from pathlib import Path

from ledger.store.errors import WriterLockedError


class WriterLock:
    """The right to write, held from `take` to `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._owner: int | None = None

    def take(self) -> None:
        """Take the lock, or do nothing where this process has it already.

        Raises:
            WriterLockedError: another holds it, or this process inherited it by forking.
        """
        if self._file is not None:
            if self._owner != os.getpid():
                raise WriterLockedError("a forked process does not inherit the right to write")
            return
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(file)
            raise WriterLockedError(
                f"another process writes to this database: it holds {self._path}"
            ) from error
        self._file, self._owner = file, os.getpid()

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
