"""A log that goes on under another origin or key: its first checkpoint there extends the same tree.

The last checkpoint under the old key covers the `log.moved` that says so (docs/formats.md section 4). Whoever
checks the log follows from one to the other by that entry, which the registrar signed.
"""

from crypto.note import NoteSigner
from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.errors import LedgerError
from ledger.sequencer.seen import Released, Seen
from ledger.state import LOG, Log
from ledger.store import Store
from ledger.tiles import MalformedTileError, RightEdge


class MovingError(LedgerError):
    """The log cannot go on under this key; the message says what contradicts it."""


def take_over(store: Store, signer: NoteSigner, seen: Seen, last: Released) -> str:
    """Release the first checkpoint under the log's new key and return it.

    Args:
        store: the database of the log.
        signer: the new key under the origin that the log has now.
        seen: the file of what the new key released; there must be none yet.
        last: the last checkpoint released under the old key, opened with that.

    Raises:
        MovingError: the registrar announced another key, or the database is not what the old key released.
        SeenError: the new key has released a checkpoint already.
    """
    with store.snapshot() as snapshot:
        head, log = snapshot.head(), snapshot.states([LOG]).get(LOG)
        _check_announced(log, signer)
        if (head.size, head.root) != (last.checkpoint.size, last.checkpoint.root):
            raise MovingError(
                f"the old key released size {last.checkpoint.size}, the database has {head.size}"
            )
        try:
            root = RightEdge.load(head.size, snapshot.tiles).root()
        except (LookupError, MalformedTileError) as error:
            raise MovingError(str(error)) from error
    if root != head.root:
        raise MovingError(f"the tiles give another root for size {head.size}")
    note = checkpoint.sign(Checkpoint(signer.name, head.size, head.root), signer)
    seen.create(note)
    return note


def _check_announced(log: object, signer: NoteSigner) -> None:
    if not isinstance(log, Log) or log.origin != signer.name:
        raise MovingError(f"the log is not at {signer.name}: log `log.moved` first")
    if signer.verifier_key.format() not in log.vkeys:
        raise MovingError("the registrar has not announced this key")
