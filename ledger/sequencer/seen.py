"""What the log has released: its latest signed checkpoint, kept beside the log key and outside the database.

Nobody hears of an entry before its checkpoint is here, on disk. So a database that was set back, or whose
head row was changed, contradicts this file, and the writer stops instead of signing a second history. The
file only ever moves forward, under a lock that processes and threads share. Beside it lies, as
`<log key>.contradiction`, what a witness has seen of this log and the database does not bear out.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger import checkpoint, durable
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.errors import LedgerError
from ledger.logkeys import LogKeys, MalformedFormerKeysError, read_former


class SeenError(LedgerError):
    """The file of the released checkpoint is missing, unreadable or would have to move back."""


@dataclass(frozen=True, slots=True)
class Released:
    """A released checkpoint: the signed note and what it says."""

    note: str
    checkpoint: Checkpoint


class Held:
    """The file while its lock is held. Made by `Seen.hold`."""

    def __init__(self, seen: "Seen") -> None:
        self._seen: Final = seen
        self.released: Released = seen.read()

    def advance(self, note: str) -> None:
        """Put a signed checkpoint on disk; when this returns it may be released.

        Raises:
            SeenError: it is smaller than the one that is there, or another root for its size, or the disk
                does not take it.
        """
        new = self._seen.open(note)
        old = self.released.checkpoint
        if new.checkpoint.size < old.size:
            raise SeenError(f"size {old.size} was released, {new.checkpoint.size} would go back")
        if new.checkpoint.size == old.size and new.checkpoint.root != old.root:
            raise SeenError(f"another root was released for size {old.size}")
        self._seen.replace(note)
        self.released = new


class Seen:
    """The file of the latest released checkpoint.

    Args:
        path: the file, by convention `<log key>.seen`.
        vkey: the log's own key; a file that it has not signed is refused.
    """

    def __init__(self, path: Path, vkey: VerifierKey) -> None:
        self._path: Final = path
        self._vkey: Final = vkey
        self._lock_path: Final = path.with_name(path.name + ".lock")
        self._contradicting: Final = threading.Lock()
        self._contradiction: Final = path.with_suffix(".contradiction")
        self._former: Final = path.with_suffix(".former")
        # Held open for as long as we write here: an error of a late flush is reported to open handles only.
        self._folder: int | None = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def close(self) -> None:
        """Let go of the folder."""
        folder, self._folder = self._folder, None
        if folder is not None:
            os.close(folder)

    @property
    def vkey(self) -> VerifierKey:
        """The log's own key."""
        return self._vkey

    @property
    def keys(self) -> LogKeys:
        """The log's own key, and those before it as the file `<log key>.former` names them.

        Raises:
            SeenError: there is such a file, and it is none.
        """
        try:
            return LogKeys(self._vkey, read_former(self._former))
        except (OSError, MalformedFormerKeysError) as error:
            raise SeenError(f"{self._former} cannot be read: {error}") from error

    def contradiction(self) -> Released | None:
        """Return the checkpoint that a witness has seen and the tree must begin with again, None for none.

        Raises:
            SeenError: There is a file, and it is not one that this log has signed.
        """
        try:
            return self._open_any(self._contradiction.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise SeenError(f"{self._contradiction} cannot be read") from error

    def contradict(self, note: str) -> None:
        """Keep a checkpoint of this log that its stored tree does not begin with: nothing is signed on.

        Raises:
            SeenError: This log has not signed it, or the disk does not take it.
        """
        self._open_any(note)
        # Several witnesses may tell of it at once, each in a thread of its own.
        with self._contradicting:
            self._put(self._contradiction, note)

    def settle(self) -> None:
        """Forget the contradiction: the tree begins with that checkpoint again."""
        self._contradiction.unlink(missing_ok=True)

    def exists(self) -> bool:
        """Say whether anything was released."""
        return self._path.exists()

    def create(self, note: str) -> None:
        """Begin with the checkpoint of an empty log, where there is no file yet.

        Raises:
            SeenError: a file is there already.
        """
        with self._locked():
            if self._path.exists():
                raise SeenError(f"{self._path} is there already: this key has released a checkpoint")
            self.open(note)
            self.replace(note)

    def read(self) -> Released:
        """Return the released checkpoint.

        Raises:
            SeenError: there is none, or it is not one that this log has signed.
        """
        try:
            text = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SeenError(f"{self._path} cannot be read, so what was released is not known") from error
        return self.open(text)

    @contextmanager
    def hold(self) -> Iterator[Held]:
        """Yield the file with its lock held: no other process or thread moves it meanwhile."""
        with self._locked():
            yield Held(self)

    def open(self, note: str) -> Released:
        """Return what a note says; raises SeenError unless the log's own key has signed it."""
        try:
            return Released(note, checkpoint.open(note, [self._vkey]))
        except (CryptoError, MalformedCheckpointError) as error:
            raise SeenError(f"not a checkpoint signed by {self._vkey.name}") from error

    def _open_any(self, note: str) -> Released:
        """Return what a note says that this key or, in its time, one before it has signed."""
        try:
            return Released(note, self.keys.open(note))
        except (CryptoError, MalformedCheckpointError) as error:
            raise SeenError(f"not a checkpoint signed by {self._vkey.name}") from error

    def replace(self, note: str) -> None:
        """Put the note in the file's place, all of it or none, and flush file and folder."""
        self._put(self._path, note)

    def _put(self, path: Path, note: str) -> None:
        if self._folder is None:
            raise SeenError("the file is closed")
        try:
            durable.replace(path, note.encode("utf-8"), folder=self._folder)
        except OSError as error:
            raise SeenError(f"{path} cannot be written: {error}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # A file of its own, because the other one is replaced; each holder opens it, so threads wait too.
        file = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)
