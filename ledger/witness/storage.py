"""What a witness must never forget, in an SQLite file of its own: its last word on each log, and evidence.

It is not the ledger's database and holds none of it, so it speaks its own few lines of SQL. Every change is
on disk before the method that makes it returns.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto import note
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.errors import LedgerError
from ledger.witness.judge import Cosigned, Suspicion
from ledger.witness.request import AddCheckpoint

VERSION: Final = 1
MAX_EVIDENCE: Final = 1_000
"""How many pieces of evidence are kept against one log, of each kind."""
_BUSY_MS: Final = 10_000
_SCHEMA: Final = f"""
CREATE TABLE cosigner (vkey TEXT PRIMARY KEY) STRICT;
CREATE TABLE log (vkey TEXT PRIMARY KEY, origin TEXT NOT NULL) STRICT;
CREATE TABLE cosigned (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
    time_s INTEGER NOT NULL
) STRICT;
CREATE TABLE evidence (
    origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, kind TEXT NOT NULL,
    time_s INTEGER NOT NULL, request TEXT NOT NULL, cosigned TEXT NOT NULL,
    PRIMARY KEY (origin, size, root)
) STRICT;
PRAGMA user_version = {VERSION};
"""


class WitnessStorageError(LedgerError):
    """The file cannot be used: missing, of another version, refused by the disk, or changed by hand."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is held against a log.

    Attributes:
        kind: A fork, which is proof, or an unproven extension.
        time_s: When it arrived, in POSIX seconds.
        request: The body of the request, with the checkpoint that the log has signed.
        cosigned: The checkpoint that this witness had cosigned, signed by the same log; empty for none.
    """

    kind: Suspicion
    time_s: int
    request: str
    cosigned: str


class Held:
    """The file inside one transaction, which no other writer shares. Made by `Storage.write`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: Final = connection

    def last(self, origin: str) -> Cosigned | None:
        """Return what was cosigned last for a log; raises WitnessStorageError where its row was changed."""
        return _last(self._connection, origin)

    def keep(self, cosigned: Cosigned) -> None:
        """Make this the last word on its log; a doubt about that very checkpoint is settled."""
        tree = cosigned.checkpoint
        self._connection.execute(
            "INSERT OR REPLACE INTO cosigned (origin, size, root, note, time_s) VALUES (?, ?, ?, ?, ?)",
            (tree.origin, tree.size, tree.root, cosigned.note, cosigned.time_s),
        )
        self._connection.execute(
            "DELETE FROM evidence WHERE origin = ? AND size = ? AND root = ? AND kind = ?",
            (tree.origin, tree.size, tree.root, Suspicion.UNPROVEN.value),
        )

    def hold_against(
        self, request: AddCheckpoint, kind: Suspicion, last: Cosigned | None, time_s: int
    ) -> None:
        """Keep a checkpoint as evidence against the log that signed it, once.

        Of too many forks the first are kept: each is proof. Of too many that are unproven, the first half and
        the newest are kept: whoever sends bad proofs with good checkpoints crowds out no later one.
        """
        tree = request.checkpoint
        self._connection.execute(
            "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (origin, size, root) DO UPDATE SET kind = excluded.kind, "
            "cosigned = excluded.cosigned, request = excluded.request WHERE kind <> 'fork'",
            (
                *(tree.origin, tree.size, tree.root, kind.value, time_s, request.format().decode()),
                "" if last is None else last.note,
            ),
        )
        self._drop(tree.origin, kind, MAX_EVIDENCE if kind is Suspicion.FORK else MAX_EVIDENCE // 2)

    def _drop(self, origin: str, kind: Suspicion, first: int) -> None:
        """Drop what there is too much of, the oldest behind the `first` ones: rows are numbered in turn."""
        of_kind = "FROM evidence WHERE origin = ?1 AND kind = ?2"
        self._connection.execute(
            f"DELETE FROM evidence WHERE rowid IN (SELECT rowid {of_kind} ORDER BY rowid "  # noqa: S608  its own text
            f"LIMIT max(0, (SELECT count(*) {of_kind}) - ?3) OFFSET ?4)",
            (origin, kind.value, MAX_EVIDENCE, first),
        )


class Storage:
    """A witness's file. Threads and processes may share it.

    Args:
        path: The file, which `create` has made.

    Raises:
        WitnessStorageError: There is none, or it is of another version.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        if not path.is_file():
            # A witness that forgot what it cosigned would cosign another history.
            raise WitnessStorageError(f"{path} is missing")
        with self._connected() as connection:
            found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found != VERSION:
            raise WitnessStorageError(f"{path} is of version {found}, this software needs {VERSION}")

    @classmethod
    def create(cls, path: Path, vkeys: Sequence[str]) -> "Storage":
        """Make the file of a new witness with these keys.

        Raises:
            WitnessStorageError: There is one already, or it cannot be written.
        """
        try:
            path.touch(mode=0o600, exist_ok=False)
        except OSError as error:
            raise WitnessStorageError(f"{path}: {error.strerror}") from error
        with _errors(path):
            connection = sqlite3.connect(path)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
                with connection:
                    connection.executemany("INSERT INTO cosigner VALUES (?)", [(one,) for one in vkeys])
            finally:
                connection.close()
        return cls(path)

    def cosigner_vkeys(self) -> list[str]:
        """Return the vkeys that this file was made for."""
        with self._connected() as connection:
            return [row[0] for row in connection.execute("SELECT vkey FROM cosigner ORDER BY vkey")]

    def trust(self, vkey: VerifierKey) -> None:
        """Take a log's key: its checkpoints may be cosigned from now on."""
        with self._transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO log VALUES (?, ?)", (vkey.format(), vkey.name))

    def distrust(self, vkey: VerifierKey) -> bool:
        """Let go of a log's key: nothing under it is cosigned any more. Say whether it was trusted.

        What was cosigned for the log stays its past, whichever key signs next.
        """
        with self._transaction() as connection:
            return connection.execute("DELETE FROM log WHERE vkey = ?", (vkey.format(),)).rowcount > 0

    def logs(self) -> dict[str, list[VerifierKey]]:
        """Return the keys of each log, by its origin."""
        found: dict[str, list[VerifierKey]] = {}
        with self._connected() as connection:
            for vkey, origin in connection.execute("SELECT vkey, origin FROM log ORDER BY vkey"):
                found.setdefault(origin, []).append(VerifierKey.parse(vkey))
        return found

    def last(self, origin: str) -> Cosigned | None:
        """Return what was cosigned last for a log; raises WitnessStorageError where its row was changed."""
        with self._connected() as connection:
            return _last(connection, origin)

    def evidence(self, origin: str) -> list[Evidence]:
        """Return what is held against a log, oldest first."""
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT kind, time_s, request, cosigned FROM evidence WHERE origin = ? ORDER BY time_s, size",
                (origin,),
            )
            return [Evidence(Suspicion(kind), *rest) for kind, *rest in rows]

    @contextmanager
    def write(self) -> Iterator[Held]:
        """Yield the file with the right to change it; on disk when this ends, unless an error ends it."""
        with self._transaction() as connection:
            yield Held(connection)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with _errors(self._path):
            # Opening by URI with mode=rw never makes a file where the witness's own is gone.
            uri = f"{self._path.absolute().as_uri()}?mode=rw"
            connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            try:
                connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
            finally:
                connection.close()


def _last(connection: sqlite3.Connection, origin: str) -> Cosigned | None:
    row = connection.execute(
        "SELECT size, root, note, time_s FROM cosigned WHERE origin = ?", (origin,)
    ).fetchone()
    if row is None:
        return None
    found = Cosigned(Checkpoint(origin, row[0], row[1]), row[2], row[3])
    _check_row(found)
    return found


def _check_row(found: Cosigned) -> None:
    """Raise WitnessStorageError where a row says another size or root than the note in it that is served."""
    try:
        signed = Checkpoint.parse(note.parse(found.note)[0])
    except (CryptoError, MalformedCheckpointError) as error:
        raise WitnessStorageError(
            f"the checkpoint kept for {found.checkpoint.origin} is damaged: {error}"
        ) from error
    if signed != found.checkpoint:
        raise WitnessStorageError(
            f"the size or root kept for {found.checkpoint.origin} is not the one that was cosigned"
        )


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise WitnessStorageError(f"{path}: {error}") from error
