"""A key that this process never holds: a program signs, and asks a PKCS#11 module, a card or a service.

The program gets on standard input the bytes to be signed, all of them and nothing else, and answers on
standard output with the raw signature of 64 bytes: for Ed25519 that of RFC 8032, for ES256 `r || s`. It ends
with 0, within half a minute, so that somebody may touch a card. What it needs beside (a PIN, a token's name)
is between it and its own settings.
"""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from crypto import es256
from crypto.errors import CryptoError, InvalidSignatureError
from crypto.keys import SIGNATURE_BYTES, Algorithm, Verifier

PATIENCE_S: Final = 30.0

Run = Callable[[Sequence[str], bytes], bytes]
"""Runs a program with an input and returns its output; raises SignerError."""


class SignerError(CryptoError):
    """A program that should sign cannot be run, fails, is too slow, or signs with another key."""


def run_program(command: Sequence[str], data: bytes) -> bytes:
    """Return what a program prints for an input. What it says of errors goes to this process's own.

    Raises:
        SignerError: it cannot be started, takes longer than half a minute, or does not end with 0.
    """
    try:
        done = subprocess.run(  # noqa: S603  the owner of the key file names the program; no shell is asked
            command, input=data, stdout=subprocess.PIPE, timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SignerError(f"{command[0]} has not signed within {PATIENCE_S:.0f} s") from error
    except OSError as error:
        raise SignerError(f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode:
        raise SignerError(f"{command[0]} ended with {done.returncode}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class CommandSigner:
    """A `Signer` whose private key is elsewhere. Threads may share it; each signature is a run of its own.

    Attributes:
        verifier: The public key, which every signature is checked with before it is used.
        command: The program and its arguments.
    """

    verifier: Verifier
    command: tuple[str, ...]
    _run: Run = field(default=run_program, repr=False, compare=False)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature over `message`.

        Raises:
            SignerError: there is none, or it is not one of this key.
        """
        made = self._run(self.command, message)
        if len(made) != SIGNATURE_BYTES:
            raise SignerError(f"{self.command[0]} answered with {len(made)} bytes, not {SIGNATURE_BYTES}")
        if self.verifier.algorithm is Algorithm.ES256:
            made = es256.lowered(made)
        try:
            self.verifier.verify(message, made)
        except InvalidSignatureError as error:
            raise SignerError(f"{self.command[0]} has signed with another key: {error.reason}") from error
        return made
