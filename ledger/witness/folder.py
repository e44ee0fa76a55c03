"""A witness as a folder: its name, its keys and its file, made once by `packtrace witness init`."""

from pathlib import Path
from typing import Final

from crypto.cosignature import Cosigner, load_cosigner
from ledger.keyfile import PASSPHRASE, is_encrypted, told_passphrase
from ledger.witness.service import Witness
from ledger.witness.storage import Storage

DATABASE: Final = "witness.db"
NAME: Final = "name"
KEY: Final = ".pem"


def open_witness(folder: Path) -> Witness:
    """Return the witness in a folder.

    Raises:
        WitnessStorageError: Its database is missing or was made for other keys.
        CryptoError: A key cannot be read.
        OSError: A file cannot be read.
    """
    return Witness(Storage(folder / DATABASE), cosigners(folder))


def cosigners(folder: Path) -> list[Cosigner]:
    """Return the cosigners whose keys are in a witness's folder; raises as `open_witness` does."""
    name = (folder / NAME).read_text("utf-8").strip()
    password = told_passphrase(PASSPHRASE)
    found = []
    for path in sorted(folder.glob(f"*{KEY}")):
        pem = path.read_bytes()
        found.append(load_cosigner(name, pem, (password or b"") if is_encrypted(pem) else None))
    return found
