"""May this checkpoint be cosigned? The rules of C2SP tlog-witness v1.1.0, in their order. Does no I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger import checkpoint
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.errors import LedgerError
from ledger.merkle import EMPTY_ROOT, InvalidProofError, verify_consistency
from ledger.witness.request import AddCheckpoint, MalformedRequestError


class UnknownLogError(LedgerError):
    """The checkpoint's origin is that of no log this witness was told of."""


class UntrustedCheckpointError(LedgerError):
    """No key of that log has signed the checkpoint, or a signature of one does not hold."""


class OtherSizeError(LedgerError):
    """The sender builds on another size than the one cosigned last.

    Attributes:
        size: The size cosigned last, 0 where there is none.
    """

    def __init__(self, size: int) -> None:
        super().__init__(f"the size cosigned last is {size}")
        self.size = size


class InconsistentError(LedgerError):
    """The log has signed a checkpoint that is not shown to extend the one cosigned last."""


class Suspicion(StrEnum):
    """What a checkpoint that a log has signed says against that log."""

    FORK = "fork"
    """Two roots for one size, both signed by the log: it has shown two histories."""
    UNPROVEN = "unproven"
    """The proof that came along does not hold. Anybody may send a bad proof with a good checkpoint."""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """What a witness cosigned last for a log.

    Attributes:
        checkpoint: What it says.
        note: The note with the log's signatures and this witness's cosignatures.
        time_s: When, in POSIX seconds.
    """

    checkpoint: Checkpoint
    note: str
    time_s: int


def check_signed(request: AddCheckpoint, logs: Mapping[str, Sequence[VerifierKey]]) -> None:
    """Check that a log that this witness knows has signed the checkpoint.

    Args:
        request: What was sent.
        logs: The keys of each log, by its origin.

    Raises:
        UnknownLogError: It knows no such log.
        UntrustedCheckpointError: That log has not signed it.
    """
    vkeys = logs.get(request.checkpoint.origin)
    if not vkeys:
        raise UnknownLogError(f"no log of the origin {request.checkpoint.origin} is known here")
    try:
        checkpoint.open(request.note, vkeys)
    except (CryptoError, MalformedCheckpointError) as error:
        raise UntrustedCheckpointError(str(error)) from error
    # From here on the checkpoint is the log's word, and can be held against it.


def suspicion_of(request: AddCheckpoint, last: Cosigned | None) -> Suspicion | None:
    """Return what a checkpoint that its log has signed says against the log; None where nothing does."""
    new = request.checkpoint
    if last is not None and new.size == last.checkpoint.size and new.root != last.checkpoint.root:
        return Suspicion.FORK
    if new.size == 0 and new.root != EMPTY_ROOT:
        return Suspicion.FORK
    old_size = 0 if last is None else last.checkpoint.size
    if request.old_size != old_size or request.old_size > new.size:
        return None
    try:
        _check_extends(request, last)
    except InconsistentError:
        return Suspicion.UNPROVEN
    return None


def check_consistent(request: AddCheckpoint, last: Cosigned | None) -> None:
    """Check that a signed checkpoint extends the one cosigned last, as the sender's proof shows.

    Raises:
        MalformedRequestError: The old size is larger than the checkpoint's.
        OtherSizeError: The old size is not the one cosigned last.
        InconsistentError: The proof does not hold, or there are two roots for one size.
    """
    new = request.checkpoint
    if request.old_size > new.size:
        raise MalformedRequestError("the old size is larger than the checkpoint's")
    size = 0 if last is None else last.checkpoint.size
    if request.old_size != size:
        raise OtherSizeError(size)
    if new.size == 0 and new.root != EMPTY_ROOT:
        raise InconsistentError("an empty tree has another root")
    _check_extends(request, last)


def _check_extends(request: AddCheckpoint, last: Cosigned | None) -> None:
    new = request.checkpoint
    if last is None or request.old_size == 0:
        # Every tree extends the empty one, and there is no proof from size 0 (tlog-witness).
        if request.proof:
            raise InconsistentError("from size 0 there is nothing to prove")
        return
    try:
        verify_consistency(last.checkpoint.size, new.size, request.proof, last.checkpoint.root, new.root)
    except InvalidProofError as error:
        raise InconsistentError(str(error)) from error
