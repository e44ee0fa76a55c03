"""The keys of a log in its life: the one it signs with, and those it signed with before, up to which size.

A key that the log has put away speaks for no tree beyond the one at which the next key took over: whoever has
stolen it since can neither stop the log nor be heard in its name. The former keys lie beside the log key, as
`<log key>.former`, one a line: `<size> <vkey>` (docs/formats.md, Log keys and moves).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger import checkpoint
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.errors import MalformedError

MAX_FORMER: Final = 64


class MalformedFormerKeysError(MalformedError):
    """A file of former keys is not lines of a size and a vkey."""


@dataclass(frozen=True, slots=True)
class FormerKey:
    """A key that the log signed with once, and the size of the last tree that it speaks for."""

    vkey: VerifierKey
    size: int


@dataclass(frozen=True, slots=True)
class LogKeys:
    """By whose signature a checkpoint is the log's own word.

    Attributes:
        own: The key that it signs with.
        former: Those before, the oldest first.
    """

    own: VerifierKey
    former: tuple[FormerKey, ...] = ()

    @property
    def origins(self) -> tuple[str, ...]:
        """Every origin the log has had, the present one first."""
        return tuple(dict.fromkeys((self.own.name, *(one.vkey.name for one in self.former))))

    def open(self, note: str) -> Checkpoint:
        """Return what a checkpoint says that the log has signed while the key was its own.

        Raises:
            CryptoError: no key of the log has signed it, or a signature does not hold.
            MalformedCheckpointError: it is no checkpoint, or one beyond the end of its key.
        """
        try:
            return checkpoint.open(note, [self.own])
        except (CryptoError, MalformedCheckpointError):
            for one in self.former:
                found = _opened(note, one)
                if found is not None:
                    return found
            raise


def format_former(keys: Sequence[FormerKey]) -> str:
    """Return the text of the file of former keys."""
    return "".join(f"{one.size} {one.vkey.format()}\n" for one in keys)


def parse_former(text: str) -> tuple[FormerKey, ...]:
    """Return the former keys of a file's text; raises MalformedFormerKeysError."""
    lines = text.splitlines()
    if len(lines) > MAX_FORMER:
        raise MalformedFormerKeysError(f"more than {MAX_FORMER} former keys")
    return tuple(_parse(line) for line in lines)


def former_path(log_key: Path) -> Path:
    """Return where the former keys of a log with this key file are named."""
    return log_key.with_name(log_key.name + ".former")


def read_former(path: Path) -> tuple[FormerKey, ...]:
    """Return the former keys in a file, none where there is no file.

    Raises:
        MalformedFormerKeysError: it is not such a file.
        OSError: it cannot be read.
    """
    try:
        return parse_former(path.read_text("utf-8"))
    except FileNotFoundError:
        return ()
    except UnicodeDecodeError as error:
        raise MalformedFormerKeysError("not UTF-8") from error


def _parse(line: str) -> FormerKey:
    size, _, vkey = line.partition(" ")
    if not (size.isascii() and size.isdecimal()) or str(int(size)) != size:
        raise MalformedFormerKeysError("a line is a size and a vkey")
    try:
        return FormerKey(VerifierKey.parse(vkey), int(size))
    except CryptoError as error:
        raise MalformedFormerKeysError(error.reason) from error


def _opened(note: str, one: FormerKey) -> Checkpoint | None:
    try:
        found = checkpoint.open(note, [one.vkey])
    except (CryptoError, MalformedCheckpointError):
        return None
    return found if found.size <= one.size else None
