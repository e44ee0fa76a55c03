"""Signing keys as files: a private key in PEM, encrypted or not, or the name of a program that signs.

A pass phrase comes from a variable or from the file that another variable names, never from a command line:
everybody on a machine can read those.
"""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from crypto import strictjson
from crypto.command import CommandSigner
from crypto.errors import CryptoError
from crypto.keys import PrivateKey, Signer, Verifier
from crypto.strictjson import Json
from ledger.errors import LedgerError

PASSPHRASE: Final = "PACKTRACE_KEY_PASSPHRASE"  # noqa: S105  the variable's name
LOG_PASSPHRASE: Final = "PACKTRACE_LOG_KEY_PASSPHRASE"  # noqa: S105  the same
FILE: Final = "_FILE"
VERSION: Final = 1
MAX_BYTES: Final = 64 * 1024
_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH

Ask = Callable[[], bytes]
"""Returns the pass phrase of an encrypted key; called only where there is one."""


class KeyFileError(LedgerError):
    """A file of a signing key is no such file, or may be changed by others."""


def told_passphrase(variable: str, environ: Mapping[str, str] | None = None) -> bytes | None:
    """Return the pass phrase that a variable gives, or the first line of the file `<variable>_FILE` names.

    Raises:
        KeyFileError: that file cannot be read.
    """
    found = os.environ if environ is None else environ
    if found.get(variable):
        return found[variable].encode()
    name = found.get(variable + FILE)
    if not name:
        return None
    try:
        return Path(name).read_bytes().partition(b"\n")[0].rstrip(b"\r") or None
    except OSError as error:
        raise KeyFileError(f"{variable}{FILE}: {name}: {error.strerror}") from error


def is_encrypted(data: bytes) -> bool:
    """Say whether the bytes of a key file are an encrypted private key."""
    return data.startswith(_ENCRYPTED)


def read_signer(path: Path, ask: Ask) -> Signer:
    """Return what signs with the key in a file.

    Raises:
        KeyFileError: a description of a program that is malformed, or that others may write.
        CryptoError: no private key, a wrong pass phrase, or no safe public key.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES)
        mode = os.fstat(file.fileno()).st_mode
    if data.lstrip().startswith(b"{"):
        if mode & _OTHERS_MAY_WRITE:
            # Whoever may write it names the program that is run with its reader's rights.
            raise KeyFileError(f"{path} names a program and may be written by others: chmod go-w")
        return _program(path, data)
    return PrivateKey.from_pem(data, ask() if is_encrypted(data) else None)


def format_program(command: tuple[str, ...], key: Verifier) -> str:
    """Return the text of a key file that names a program."""
    told: dict[str, Json] = {"v": VERSION, "signer": [*command], "jwk": {**key.jwk()}}
    return strictjson.dumps(told) + "\n"


def _program(path: Path, data: bytes) -> CommandSigner:
    try:
        members = strictjson.loads(data)
        match members:
            case {"v": 1, "signer": [_, *_] as command, "jwk": dict(jwk), **rest} if not rest:
                words = tuple(word for word in command if isinstance(word, str))
                if len(words) == len(command):
                    return CommandSigner(Verifier.from_jwk(jwk), words)
    except CryptoError as error:
        raise KeyFileError(f"{path}: {error.reason}") from error
    raise KeyFileError(f"{path} is not an object of v 1, signer (a program and its arguments) and jwk")
