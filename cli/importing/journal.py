"""The journal of an import: the signed bytes, on disk before the first of them is sent (docs/import.md).

It appears whole or not at all, and what is known of the outcome is appended. Whoever repeats an import sends
the bytes of the journal again, and the ledger takes an event once however often it is sent; so each row is
logged exactly once, at whatever moment the program or the machine stopped.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cli.keyfiles import write_secret
from ledger.importing.problems import ImportRefusal

VERSION: Final = 1
SUFFIX: Final = ".journal"
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What an import is of: a journal goes on with exactly this, or not at all."""

    table_sha256: str
    mapping_sha256: str
    event: str
    issuer: str
    kid: str
    origin: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A signed event in a journal: its rows in the table, its id and its bytes."""

    rows: tuple[int, ...]
    id: str
    text: str


@dataclass(slots=True)
class Journal:
    """A journal as it was read: what it is of, its events, and what the ledger answered, by event id."""

    path: Path
    head: Head
    entries: tuple[Entry, ...]
    answers: dict[str, dict[str, Any]]

    @property
    def left(self) -> tuple[Entry, ...]:
        """The events of which it is not known that the ledger has them, in their order."""
        return tuple(one for one in self.entries if one.id not in self.answers)


def journal_path(table: Path, event: str) -> Path:
    """Return where the journal of a table is: beside it."""
    return table.with_name(f"{table.name}.{event}{SUFFIX}")


def create(path: Path, head: Head, entries: Sequence[Entry]) -> Journal:
    """Write a new journal, flushed to the disk before this returns; only its owner may read it.

    Raises:
        CliError: there is one already, or it cannot be written.
    """
    lines = [_line({"v": VERSION, "head": {name: getattr(head, name) for name in Head.__slots__}})]
    lines += [_line({"rows": list(one.rows), "id": one.id, "sd_jwt": one.text}) for one in entries]
    lines.append(_line({"entries": len(entries)}))
    write_secret(path, b"".join(lines))
    _flush_folder(path)
    return Journal(path, head, tuple(entries), {})


def read(path: Path) -> Journal:
    """Return a journal; a last line that was cut off is as if it had never been written.

    Raises:
        ImportRefusal: it is damaged otherwise, or of another version.
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    try:
        first, *rest = _members(data)
        end = next(place for place, one in enumerate(rest) if "entries" in one)
        head = Head(**first["head"])
        entries = tuple(Entry(tuple(one["rows"]), one["id"], one["sd_jwt"]) for one in rest[:end])
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise ImportRefusal("import.journal_damaged", path=str(path)) from error
    if first.get("v") != VERSION or rest[end]["entries"] != len(entries):
        raise ImportRefusal("import.journal_damaged", path=str(path))
    answers = {one["id"]: one for one in rest[end + 1 :]}
    return Journal(path, head, entries, answers)


@contextmanager
def appending(journal: Journal) -> Iterator["Appender"]:
    """Yield what notes answers in a journal; no other process may do so at the same time.

    Raises:
        ImportRefusal: another process imports this table now.
        OSError: the journal cannot be written.
    """
    with journal.path.open("r+b") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ImportRefusal("import.journal_busy", path=str(journal.path)) from error
        data = file.read()
        file.truncate(data.rfind(b"\n") + 1)
        file.seek(0, os.SEEK_END)
        yield Appender(file.fileno(), journal)


class Appender:
    """Notes what the ledger answered, on the disk before the next request goes out."""

    def __init__(self, handle: int, journal: Journal) -> None:
        self._handle: Final = handle
        self._journal: Final = journal

    def note(self, answers: Sequence[Mapping[str, Any]]) -> None:
        """Note that the ledger has these events: their ids, indexes and results."""
        kept = [{name: one[name] for name in ("id", "index", "result")} for one in answers]
        if not kept:
            return
        os.write(self._handle, b"".join(_line(one) for one in kept))
        os.fsync(self._handle)
        self._journal.answers.update({one["id"]: one for one in kept})


def _line(members: Mapping[str, Any]) -> bytes:
    text = json.dumps(members, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return sha256(text).hexdigest()[:_DIGITS].encode() + b" " + text + b"\n"


def _members(data: bytes) -> Iterator[dict[str, Any]]:
    *lines, _ = data.split(b"\n")  # what stands behind the last line end was cut off, or is nothing
    for line in lines:
        told, _, text = line.partition(b" ")
        if sha256(text).hexdigest()[:_DIGITS].encode() != told:
            raise ValueError("a line was changed")
        yield json.loads(text)


def _flush_folder(path: Path) -> None:
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
