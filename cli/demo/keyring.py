"""The demonstration's keys: one PEM file for each firm and purpose, made at the first run and kept.

They are not encrypted, because they prove nothing but a story; the files are readable by their owner alone.
"""

import hmac
import secrets
from pathlib import Path
from typing import Final

from cli.demo.consortium import FIRMS, REGISTRAR, Firm
from cli.keyfiles import read_private_key, write_secret
from crypto.keys import Algorithm, PrivateKey
from ledger.vocabulary import Purpose

SALTS_FILE: Final = ".salts"
SALTS_BYTES: Final = 32
# A line's signing module is often a P-256 one, so both algorithms stand in the log.
_ALGORITHMS: Final = {Purpose.LINE: Algorithm.ES256}


def file_name(firm: Firm, purpose: Purpose) -> str:
    """Return the name of a key's file: the firm's for its office key, with the purpose for another."""
    return f"{firm.name}.pem" if purpose is Purpose.OFFICE else f"{firm.name}-{purpose}.pem"


class Keyring:
    """The keys of all firms, and the secret from which salts and ids are drawn.

    Everything a run signs is fixed by these files and the story's seed: a run that was interrupted signs the
    same bytes again, and what is logged already is recognised.
    """

    def __init__(self, folder: Path) -> None:
        """Read the keys in `folder`, and make those that are not there yet."""
        self.folder = folder
        self._keys = {
            (firm.name, purpose): _read_or_make(folder / file_name(firm, purpose), purpose)
            for firm in FIRMS
            for purpose in _purposes(firm)
        }
        self._secret = _read_or_draw(folder / SALTS_FILE)

    def key(self, firm: Firm, purpose: Purpose = Purpose.OFFICE) -> PrivateKey:
        """Return a firm's key of a purpose."""
        return self._keys[firm.name, purpose]

    def spare_log_key(self) -> PrivateKey:
        """Return a second key of the log, which the story announces and never uses."""
        return PrivateKey.from_seed(self.draw("spare log key"))

    def draw(self, name: str, size: int = SALTS_BYTES) -> bytes:
        """Return up to 32 bytes that are always the same under this name, and unknown to others."""
        return hmac.digest(self._secret, name.encode(), "sha256")[:size]


def _purposes(firm: Firm) -> tuple[Purpose, ...]:
    return (*firm.keys, Purpose.RECOVERY) if firm is REGISTRAR else firm.keys


def _read_or_make(path: Path, purpose: Purpose) -> PrivateKey:
    if path.exists():
        return read_private_key(path)
    made = PrivateKey.generate(_ALGORITHMS.get(purpose, Algorithm.ED25519))
    write_secret(path, made.to_pem(None))
    return made


def _read_or_draw(path: Path) -> bytes:
    if not path.exists():
        write_secret(path, secrets.token_bytes(SALTS_BYTES))
    return path.read_bytes()
