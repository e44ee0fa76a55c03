"""What witnesses have cosigned, in files beside the log key: the latest, one an hour for ever, who is down.

They lie outside the database, like the released checkpoint: a database that is set back takes none of them
along. One process writes here, whichever holds the lock; all of them read.
"""

import fcntl
import json
import logging
import os
import threading
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from crypto.errors import CryptoError
from ledger import checkpoint, durable
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.errors import LedgerError
from ledger.logkeys import LogKeys
from ledger.policy import Policy
from ledger.witnessed import Witnessing, witnessing

_LOG: Final = logging.getLogger(__name__)
HOUR_S: Final = 3600
_PER_FOLDER: Final = 1_000


class CosignedFolderError(LedgerError):
    """The folder cannot be read or written, or a file in it is damaged."""


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint with cosignatures: its note, what it says, and who cosigned when."""

    note: str
    checkpoint: Checkpoint
    witnessing: Witnessing


@dataclass(frozen=True, slots=True)
class KeptHour:
    """The checkpoint kept for one hour: hours since 1970-01-01 UTC, and its size."""

    hour: int
    size: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a witness stands.

    Attributes:
        size: The size it cosigned last, 0 for none.
        time_s: When, by its clock, 0 for never.
        fault: Why it did not cosign when it was asked last; None where it did.
        tried_s: When it was asked last, by the log's clock.
    """

    size: int = 0
    time_s: int = 0
    fault: str | None = None
    tried_s: int = 0


class CosignedFolder:
    """The folder, by convention `<log key>.cosigned`.

    Args:
        path: The folder; made where there is none.
        keys: The log's keys: a note that it has not signed is none. Kept ones may be of a former key.
        policy: Which cosignatures count.
    """

    def __init__(self, path: Path, keys: LogKeys, policy: Policy) -> None:
        self._path: Final = path
        self._keys: Final = keys
        self._policy: Final = policy
        self._reading: Final = threading.Lock()
        self._kept: list[KeptHour] = []
        self._read_to = 0
        self._latest: tuple[tuple[int, int], Published] | None = None
        (path / "kept").mkdir(parents=True, exist_ok=True, mode=0o755)

    def lead(self) -> int | None:
        """Return an open file that holds the right to write here until it is closed, or None."""
        file = os.open(self._path / "leader.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        return file

    def latest(self) -> Published | None:
        """Return the newest checkpoint that satisfies the policy; None before the first one.

        A file that is damaged counts as none: the log is served on, and the next round replaces it.
        """
        path = self._path / "latest"
        try:
            told = path.stat()
            version = told.st_mtime_ns, told.st_ino
            if self._latest is not None and self._latest[0] == version:
                return self._latest[1]
            text = path.read_text("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            _LOG.error("%s: %s", path, error)
            return None
        try:
            found = self._open(text, path)
        except CosignedFolderError as error:
            _LOG.error("%s", error)
            return None
        if not found.witnessing.is_met:
            # Another policy was in force when it was published.
            return None
        self._latest = version, found
        return found

    def publish(self, checkpoint_note: str, now_s: int) -> None:
        """Make a checkpoint the latest one, and keep it for this hour where none is kept yet.

        Nothing happens where a larger one is the latest already.

        Raises:
            CosignedFolderError: It does not satisfy the policy, or the disk does not take it.
        """
        new, old = self._open(checkpoint_note, self._path), self.latest()
        if not new.witnessing.is_met or not new.witnessing.times_s:
            raise CosignedFolderError("the checkpoint does not satisfy the policy")
        if old is not None and old.checkpoint.size > new.checkpoint.size:
            return
        self._keep(KeptHour(now_s // HOUR_S, new.checkpoint.size), checkpoint_note)
        _replace(self._path / "latest", checkpoint_note)

    def kept(self, after_hour: int, limit: int) -> Sequence[KeptHour]:
        """Return the hours for which a checkpoint is kept, from the first one after `after_hour` on."""
        hours = self._index()
        start = bisect_right(hours, after_hour, key=lambda one: one.hour)
        return hours[start : start + limit]

    def kept_note(self, kept: KeptHour) -> str:
        """Return the checkpoint kept for an hour.

        Raises:
            CosignedFolderError: It cannot be read, is not of that size, or a signature in it does not hold.
        """
        path = self._hour_path(kept.hour)
        try:
            text = path.read_text("utf-8")
            size = self._keys.open(text).size
            witnessing(text, self._policy)
        except OSError as error:
            raise CosignedFolderError(f"{path}: {error.strerror}") from error
        except (UnicodeDecodeError, CryptoError, MalformedCheckpointError) as error:
            raise CosignedFolderError(f"{path}: {error}") from error
        if size != kept.size:
            raise CosignedFolderError(f"{path}: it is of size {size}, not {kept.size}")
        return text

    def first_of_size(self, size: int) -> str | None:
        """Return the first checkpoint that is kept of a size, None where none is; raises as `kept_note`."""
        hours = self._index()
        place = bisect_right(hours, size - 1, key=lambda one: one.size)
        if place == len(hours) or hours[place].size != size:
            return None
        return self.kept_note(hours[place])

    def standings(self) -> Mapping[str, Standing]:
        """Return how each witness stands, by its name; empty before the first was asked."""
        try:
            told = json.loads((self._path / "witnesses.json").read_text("utf-8"))
            return {name: Standing(**one) for name, one in told.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            # It is for people to look at, and written anew at the next round.
            return {}

    def tell(self, standings: Mapping[str, Standing]) -> None:
        """Write down how each witness stands."""
        told = json.dumps({name: asdict(one) for name, one in standings.items()}, ensure_ascii=False)
        _replace(self._path / "witnesses.json", told, lasting=False)

    def _open(self, text: str, path: Path) -> Published:
        try:
            tree = checkpoint.open(text, [self._keys.own])
            return Published(text, tree, witnessing(text, self._policy))
        except (CryptoError, MalformedCheckpointError) as error:
            raise CosignedFolderError(f"{path}: {error}") from error

    def _keep(self, new: KeptHour, checkpoint_note: str) -> None:
        hours = self._index()
        if hours and hours[-1].hour >= new.hour:
            return
        path = self._hour_path(new.hour)
        path.parent.mkdir(exist_ok=True)
        _replace(path, checkpoint_note)
        # The index comes last: an hour that it names is there, whole.
        with (self._path / "kept" / "index").open("ab") as index:
            index.truncate(self._read_to)
            index.write(f"{new.hour} {new.size}\n".encode("ascii"))
            index.flush()
            os.fsync(index.fileno())

    def _index(self) -> list[KeptHour]:
        """Return every kept hour, in order; what was read before is not read again."""
        with self._reading:
            return self._read_index()

    def _read_index(self) -> list[KeptHour]:
        try:
            with (self._path / "kept" / "index").open("rb") as index:
                if os.fstat(index.fileno()).st_size < self._read_to:
                    self._kept, self._read_to = [], 0
                index.seek(self._read_to)
                data = index.read()
        except FileNotFoundError:
            return self._kept
        except OSError as error:
            raise CosignedFolderError(f"{self._path}: {error.strerror}") from error
        # A line without its newline is one whose writer was stopped: it does not count.
        whole = data[: data.rfind(b"\n") + 1]
        try:
            self._kept += [KeptHour(*map(int, line.split())) for line in whole.splitlines()]
        except (TypeError, ValueError) as error:
            raise CosignedFolderError(f"{self._path}: the index of kept checkpoints is damaged") from error
        self._read_to += len(whole)
        return self._kept

    def _hour_path(self, hour: int) -> Path:
        return self._path / "kept" / str(hour // _PER_FOLDER) / str(hour)


def _replace(path: Path, text: str, *, lasting: bool = True) -> None:
    """Put a text in a file's place, all of it or none; what must last is flushed with its folder."""
    data = text.encode("utf-8")
    try:
        if lasting:
            durable.replace(path, data)
            return
        draft = path.with_name(path.name + ".new")
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise CosignedFolderError(f"{path}: {error.strerror}") from error
