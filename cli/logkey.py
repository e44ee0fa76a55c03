"""The log's own key and the released checkpoint beside it, as the settings name them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from cli.errors import CliError
from cli.keyfiles import asks_people, typed_passphrase
from cli.settings import LOG_KEY, Settings
from cli.speech import say
from crypto.note import NoteSigner
from ledger.keyfile import LOG_PASSPHRASE
from ledger.logkey import make_log_key, read_log_key, seen_path
from ledger.sequencer.seen import Seen
from ledger.vins import VinKey, open_vin_key, vin_key_path


def log_signer(settings: Settings, *, create: bool = False) -> NoteSigner:
    """Return the log's signer; with `create` its key is made where there is none.

    Raises:
        CliError: there is no key.
        LogKeyError: it cannot be read or made.
    """
    if settings.log_key.exists():
        return read_log_key(settings.log_key, settings.origin, lambda: _typed(settings))
    if create:
        return make_log_key(settings.log_key, settings.origin)
    raise CliError(
        say(
            f"没有日志密钥 {settings.log_key}；先运行 packtrace init，或用 {LOG_KEY} 指明",
            f"no log key at {settings.log_key}; run packtrace init, or name it with {LOG_KEY}",
        )
    )


def _typed(settings: Settings) -> bytes | None:
    if not asks_people():
        return None
    typed = typed_passphrase(settings.log_key)
    # The server that this process becomes reads the key again, and nobody is asked twice.
    os.environ[LOG_PASSPHRASE] = typed.decode()
    return typed


def vin_key(settings: Settings) -> VinKey:
    """Return the key under which VINs are hashed, made where there is none; raises VinKeyError."""
    return open_vin_key(vin_key_path(settings.log_key))


@contextmanager
def seen_of(settings: Settings, signer: NoteSigner) -> Iterator[Seen]:
    """Open the file of the released checkpoint, `<log key>.seen`."""
    seen = Seen(seen_path(settings.log_key), signer.verifier_key)
    try:
        yield seen
    finally:
        seen.close()
