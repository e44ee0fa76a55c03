"""What a witness has seen, held against this log's own tree.

A log that was set back to an older state, or whose history was exchanged, finds here the checkpoint that it
signed before. Only its own signature counts, that of a former key for the trees of its time: a witness that
merely claims to have seen more stops nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from crypto.errors import CryptoError
from ledger.checkpoint import MalformedCheckpointError
from ledger.cosigning.asking import Send, WitnessFault, fetch_latest
from ledger.logkeys import LogKeys
from ledger.policy import Witness

RootAt = Callable[[int], bytes | None]
"""Returns the root that the log's stored tree had at a size, None where it is not that large."""

PATIENCE_S = 3.0


def contradicts(checkpoint_note: str, keys: LogKeys, root_at: RootAt) -> bool:
    """Say whether a note is this log's own word on a tree that its stored one does not begin with."""
    try:
        signed = keys.open(checkpoint_note)
    except (CryptoError, MalformedCheckpointError):
        return False
    return root_at(signed.size) != signed.root


def look_back(
    witnesses: Sequence[Witness],
    keys: LogKeys,
    root_at: RootAt,
    send: Send,
    *,
    patience_s: float = PATIENCE_S,
) -> tuple[str, ...]:
    """Return the checkpoints seen by witnesses that contradict the stored tree; who is silent is left out.

    Every witness is asked at once, for each origin that the log has had, and nobody is waited for longer than
    three seconds; nor is the end of the process, which a thread of a pool would hold up.
    """
    with_url = [witness for witness in witnesses if witness.url is not None]
    asked = [partial(_latest, witness, origin, send) for origin in keys.origins for witness in with_url]
    notes = [text for text in _answers(asked, patience_s) if text is not None]
    return tuple(text for text in notes if contradicts(text, keys, root_at))


def _answers(asked: Sequence[Callable[[], str | None]], patience_s: float) -> Iterator[str | None]:
    """Yield what comes of each question within so many seconds, all of them asked at once."""
    found: SimpleQueue[str | None] = SimpleQueue()
    for ask in asked:
        Thread(target=lambda ask=ask: found.put(ask()), name="packtrace-witness-look", daemon=True).start()
    until = monotonic() + patience_s
    try:
        for _ in asked:
            yield found.get(timeout=max(until - monotonic(), 0.0))
    except Empty:
        return


def _latest(witness: Witness, origin: str, send: Send) -> str | None:
    try:
        return fetch_latest(witness, origin, send)
    except WitnessFault:
        return None
