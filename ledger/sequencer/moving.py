"""A log that goes on under another origin or key: its first checkpoint there extends the same tree.

The last checkpoint under the old key covers the `log.moved` that says so (docs/formats.md section 4). Whoever
checks the log follows from one to the other by that entry, which the registrar signed. What lies beside the
old key goes along: which keys there were, the checkpoints kept for ever, the key under which VINs are hashed.
"""

import shutil
from pathlib import Path
from typing import Final

from crypto.note import NoteSigner
from ledger import checkpoint, durable
from ledger.checkpoint import Checkpoint
from ledger.errors import LedgerError
from ledger.logkey import cosigned_path
from ledger.logkeys import FormerKey, LogKeys, format_former, former_path
from ledger.sequencer.seen import Released, Seen
from ledger.state import LOG, Log
from ledger.store import Store
from ledger.tiles import MalformedTileError, RightEdge
from ledger.vins import vin_key_path

KEPT: Final = "kept"


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
    check_may_take_over(store, signer, last)
    note = checkpoint.sign(Checkpoint(signer.name, last.checkpoint.size, last.checkpoint.root), signer)
    seen.create(note)
    return note


def check_may_take_over(store: Store, signer: NoteSigner, last: Released) -> None:
    """Check that the log goes on under this key, from what was released last; raises MovingError."""
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


def hand_down(old_key: Path, new_key: Path, keys: LogKeys, size: int) -> None:
    """Put what lies beside the old key file beside the new one. It may be repeated.

    Args:
        old_key: the file of the key until now.
        new_key: the file of the new one.
        keys: the old key and those before it.
        size: the size of the tree at which the new key takes over.

    Raises:
        OSError: a file cannot be copied.
    """
    former = (*keys.former, FormerKey(keys.own, size))
    durable.replace(former_path(new_key), format_former(former).encode("utf-8"))
    if vin_key_path(old_key).exists() and not vin_key_path(new_key).exists():
        shutil.copy2(vin_key_path(old_key), vin_key_path(new_key))
    kept, copied = cosigned_path(old_key) / KEPT, cosigned_path(new_key) / KEPT
    if (kept / "index").exists() and not (copied / "index").exists():
        draft = copied.with_name(f".{KEPT}.new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(kept, draft)
        shutil.rmtree(copied, ignore_errors=True)
        draft.replace(copied)


def _check_announced(log: object, signer: NoteSigner) -> None:
    if not isinstance(log, Log) or log.origin != signer.name:
        raise MovingError(f"the log is not at {signer.name}: log `log.moved` first")
    if signer.verifier_key.format() not in log.vkeys:
        raise MovingError("the registrar has not announced this key")
