"""A witness as a folder: its name, its keys and its file, made once by `packtrace witness init`."""

from pathlib import Path
from typing import Final

from crypto.cosignature import Cosigner, load_cosigner
from crypto.errors import CryptoError
from crypto.note import check_name
from ledger.errors import LedgerError
from ledger.keyfile import PASSPHRASE, is_encrypted, told_passphrase
from ledger.witness.service import Witness
from ledger.witness.storage import Storage

DATABASE: Final = "witness.db"
NAME: Final = "name"
KEY: Final = ".pem"


class WitnessFolderError(LedgerError):
    """A file of a witness's folder is missing or is not what it should be.

    Attributes:
        path: the file, or the pattern of files of which there is none.
        reason: `missing`; `name`, `key`: no witness's name, no key that cosigns; `locked`: an encrypted key
            and no pass phrase; `passphrase`: the pass phrase is not that key's.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def open_witness(folder: Path) -> Witness:
    """Return the witness in a folder.

    Raises:
        WitnessStorageError: Its database is missing or was made for other keys.
        WitnessFolderError: Its name or a key is missing or cannot be read.
        KeyFileError: The file of the pass phrase cannot be read.
        OSError: A file is there and cannot be read.
    """
    return Witness(Storage(folder / DATABASE), cosigners(folder))


def cosigners(folder: Path) -> list[Cosigner]:
    """Return the cosigners whose keys are in a witness's folder; raises as `open_witness` does."""
    name, password = _name(folder / NAME), told_passphrase(PASSPHRASE)
    found = [_cosigner(name, path, password) for path in sorted(folder.glob(f"*{KEY}"))]
    if not found:
        raise WitnessFolderError(folder / f"*{KEY}", "missing")
    return found


def _name(path: Path) -> str:
    try:
        name = path.read_text("utf-8").strip()
        check_name(name)
    except FileNotFoundError as error:
        raise WitnessFolderError(path, "missing") from error
    except (UnicodeDecodeError, CryptoError) as error:
        raise WitnessFolderError(path, "name") from error
    return name


def _cosigner(name: str, path: Path, password: bytes | None) -> Cosigner:
    pem = path.read_bytes()
    locked = is_encrypted(pem)
    if locked and password is None:
        raise WitnessFolderError(path, "locked")
    try:
        return load_cosigner(name, pem, password if locked else None)
    except CryptoError as error:
        raise WitnessFolderError(path, "passphrase" if locked else "key") from error
