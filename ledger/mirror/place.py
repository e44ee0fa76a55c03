"""Where a static copy of a log stands: a folder, or whatever else holds named bytes."""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, Protocol

from ledger import durable
from ledger.errors import LedgerError

_LOCK: Final = ".lock"


class MirrorError(LedgerError):
    """The copy cannot go on: the log or the copy is not what it was, or a file cannot be written.

    Attributes:
        reason: A code: `signature`, `shrunk`, `fork`, `entries`, `damaged`, `busy` or `disk`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Place(Protocol):
    """Named bytes: paths below the log's prefix, with `/` between their parts. Its `str` names it to people.

    Every method raises MirrorError `disk` where the place does not do it.
    """

    def held(self) -> AbstractContextManager[None]:
        """Let nobody else bring this copy up to date; raises MirrorError `busy` where somebody does."""

    def read(self, path: str) -> bytes | None:
        """Return what stands under a path, None where nothing does."""

    def add(self, path: str, data: bytes) -> None:
        """Put bytes under a path, to stay: raises MirrorError `damaged` where other bytes are there."""

    def replace(self, path: str, data: bytes) -> None:
        """Put bytes in the place of those that were read, all or none.

        Raises:
            MirrorError: `busy`, somebody else has replaced them since.
        """

    def names(self, folder: str) -> Iterable[str]:
        """Return the names of what stands directly below a path."""

    def clear(self, folder: str) -> None:
        """Remove all that stands below a path, as far as that goes."""


class Folder:
    """A place in the file system, what a web server serves as it is."""

    def __init__(self, root: Path) -> None:
        self._root: Final = root

    def __str__(self) -> str:
        """Return the folder's path."""
        return str(self._root)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the folder, which is made where there is none."""
        with _disk_errors(self._root), _locked(self._root):
            yield

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, None where there is none."""
        with _disk_errors(self._root):
            try:
                return (self._root / path).read_bytes()
            except FileNotFoundError:
                return None

    def add(self, path: str, data: bytes) -> None:
        """Write a file, once."""
        target = self._root / path
        found = self.read(path)
        if found is None:
            with _disk_errors(self._root):
                target.parent.mkdir(parents=True, exist_ok=True)
            self.replace(path, data)
        elif found != data:
            # Left by an export that was stopped, or damaged since; what is immutable is never replaced.
            raise MirrorError("damaged", f"{target} is not what the log has signed; remove it")

    def replace(self, path: str, data: bytes) -> None:
        """Write a file in another's place."""
        target = self._root / path
        with _disk_errors(self._root):
            # The folder may be served as it is; a name with a point is not.
            durable.replace(target, data, draft=target.with_name(f".{target.name}.new"))

    def names(self, folder: str) -> Iterable[str]:
        """Return the names of the files in a folder below this one."""
        return [path.name for path in (self._root / folder).glob("*")]

    def clear(self, folder: str) -> None:
        """Remove a folder below this one."""
        shutil.rmtree(self._root / folder, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise MirrorError("busy", f"another export writes to {folder}") from error
    finally:
        os.close(file)


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MirrorError("disk", f"{error.filename or folder}: {error.strerror}") from error
