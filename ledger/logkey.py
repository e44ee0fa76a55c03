"""The log's own key on disk: an Ed25519 key in PEM that only its owner may read, or a program that signs.

It signs checkpoints, and the lists that gates work from, under the log's origin. Whoever loses it cannot go
on with this log, so it is made once, never overwritten, and never made for a log that has entries already. It
is encrypted where PACKTRACE_LOG_KEY_PASSPHRASE, or the file that PACKTRACE_LOG_KEY_PASSPHRASE_FILE names,
gives a pass phrase.
"""

import os
from collections.abc import Callable
from pathlib import Path

from crypto.errors import CryptoError
from crypto.keys import Algorithm, PrivateKey, Signer
from crypto.note import NoteSigner
from ledger.errors import LedgerError
from ledger.keyfile import LOG_PASSPHRASE, KeyFileError, read_signer, told_passphrase

MODE = 0o600


class LogKeyError(LedgerError):
    """The file of the log's key is missing, unreadable, locked without its pass phrase, or no Ed25519 key."""


def make_log_key(path: Path, origin: str) -> NoteSigner:
    """Make a new key in a file that is not there yet, and return it as the signer of this origin.

    Raises:
        LogKeyError: there is such a file already, or it cannot be written.
    """
    key = PrivateKey.generate(Algorithm.ED25519)
    try:
        password = told_passphrase(LOG_PASSPHRASE)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
        with os.fdopen(file, "wb") as out:
            out.write(key.to_pem(password))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise LogKeyError(f"{path} cannot be made: {error.strerror}") from error
    except KeyFileError as error:
        raise LogKeyError(str(error)) from error
    return _signer(origin, key)


def read_log_key(path: Path, origin: str, ask: Callable[[], bytes | None] = lambda: None) -> NoteSigner:
    """Return the signer of this origin with the key in a file; `ask` gives a pass phrase no variable has.

    Raises:
        LogKeyError: the file cannot be read or holds no Ed25519 key, or the origin is no name of a log.
    """
    try:
        return _signer(origin, read_signer(path, lambda: _passphrase(path, ask)))
    except OSError as error:
        raise LogKeyError(f"{path} cannot be read: {error.strerror}") from error
    except CryptoError as error:
        raise LogKeyError(f"{path}: {error.reason}") from error
    except KeyFileError as error:
        raise LogKeyError(str(error)) from error


def seen_path(path: Path) -> Path:
    """Return where the released checkpoint of a log with this key file is kept."""
    return path.with_name(path.name + ".seen")


def cosigned_path(path: Path) -> Path:
    """Return the folder where what witnesses have cosigned is kept, for a log with this key file."""
    return path.with_name(path.name + ".cosigned")


def _passphrase(path: Path, ask: Callable[[], bytes | None]) -> bytes:
    found = told_passphrase(LOG_PASSPHRASE) or ask()
    if found is None:
        raise LogKeyError(f"{path} is encrypted: set {LOG_PASSPHRASE} or {LOG_PASSPHRASE}_FILE")
    return found


def _signer(origin: str, key: Signer) -> NoteSigner:
    try:
        return NoteSigner(origin, key)
    except CryptoError as error:
        raise LogKeyError(error.reason) from error
