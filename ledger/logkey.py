"""The log's own key on disk: an Ed25519 private key in PEM that only its owner may read.

It signs checkpoints under the log's origin. Whoever loses it cannot go on with this log, so it is made once,
never overwritten, and never made for a log that has entries already.
"""

import os
from pathlib import Path

from crypto.errors import CryptoError
from crypto.keys import Algorithm, PrivateKey
from crypto.note import NoteSigner
from ledger.errors import LedgerError

MODE = 0o600


class LogKeyError(LedgerError):
    """The file of the log's key is missing, unreadable, or not an Ed25519 key."""


def make_log_key(path: Path, origin: str) -> NoteSigner:
    """Make a new key in a file that is not there yet, and return it as the signer of this origin.

    Raises:
        LogKeyError: there is such a file already, or it cannot be written.
    """
    key = PrivateKey.generate(Algorithm.ED25519)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
        with os.fdopen(file, "wb") as out:
            out.write(key.to_pem(None))
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise LogKeyError(f"{path} cannot be made: {error.strerror}") from error
    return _signer(origin, key)


def read_log_key(path: Path, origin: str) -> NoteSigner:
    """Return the signer of this origin with the key in a file.

    Raises:
        LogKeyError: the file cannot be read or holds no Ed25519 key, or the origin is no name of a log.
    """
    try:
        return _signer(origin, PrivateKey.from_pem(path.read_bytes(), None))
    except OSError as error:
        raise LogKeyError(f"{path} cannot be read: {error.strerror}") from error
    except CryptoError as error:
        raise LogKeyError(f"{path}: {error.reason}") from error


def seen_path(path: Path) -> Path:
    """Return where the released checkpoint of a log with this key file is kept."""
    return path.with_name(path.name + ".seen")


def cosigned_path(path: Path) -> Path:
    """Return the folder where what witnesses have cosigned is kept, for a log with this key file."""
    return path.with_name(path.name + ".cosigned")


def _signer(origin: str, key: PrivateKey) -> NoteSigner:
    try:
        return NoteSigner(origin, key)
    except CryptoError as error:
        raise LogKeyError(error.reason) from error
