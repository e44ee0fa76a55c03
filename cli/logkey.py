"""The log's own key and the released checkpoint beside it, as the settings name them."""

from collections.abc import Iterator
from contextlib import contextmanager

from cli.errors import CliError
from cli.settings import LOG_KEY, Settings
from cli.speech import say
from crypto.note import NoteSigner
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
        return read_log_key(settings.log_key, settings.origin)
    if create:
        return make_log_key(settings.log_key, settings.origin)
    raise CliError(
        say(
            f"没有日志密钥 {settings.log_key}；先运行 packtrace init，或用 {LOG_KEY} 指明",
            f"no log key at {settings.log_key}; run packtrace init, or name it with {LOG_KEY}",
        )
    )


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
