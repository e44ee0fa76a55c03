"""A witness at work: check, keep and cosign in one step, then answer."""

import logging
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from crypto import note
from crypto.cosignature import Cosigner
from ledger.errors import LedgerError
from ledger.witness.judge import Cosigned, check_consistent, check_signed, suspicion_of
from ledger.witness.request import AddCheckpoint
from ledger.witness.storage import Storage, WitnessStorageError

_LOG: Final = logging.getLogger(__name__)


class WitnessClockError(LedgerError):
    """The clock is behind the last cosignature for this log, so none can be dated now."""


class Witness:
    """Cosigns the checkpoints of the logs it knows. Threads and processes may share the storage.

    Args:
        storage: What it must not forget.
        cosigners: Its keys; each makes one line of every answer.
        now_s: POSIX seconds.

    Raises:
        WitnessStorageError: The storage was made for other keys.
    """

    def __init__(
        self,
        storage: Storage,
        cosigners: Sequence[Cosigner],
        now_s: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        self._storage: Final = storage
        self._cosigners: Final = cosigners
        self._now_s: Final = now_s
        if sorted(each.key.format() for each in cosigners) != storage.cosigner_vkeys():
            raise WitnessStorageError("these keys are not the ones that the database was made for")

    def add_checkpoint(self, body: bytes) -> str:
        """Return cosignature lines for the checkpoint in a body of add-checkpoint, once they are on disk.

        Raises:
            MalformedRequestError: Not such a body, or its old size is larger than the checkpoint's.
            UnknownLogError: A log it was not told of.
            UntrustedCheckpointError: Not signed by that log.
            OtherSizeError: Another size was cosigned last.
            InconsistentError: Not an extension of what was cosigned last.
            WitnessClockError: The clock is behind.
            WitnessStorageError: The disk does not take it.
        """
        request = AddCheckpoint.parse(body)
        check_signed(request, self._storage.logs())
        request = self._cleaned(request)
        self._keep_evidence(request)
        with self._storage.write() as held:
            # Asked again inside the transaction: what another request changed meanwhile counts.
            last = held.last(request.checkpoint.origin)
            check_consistent(request, last)
            cosigned, lines = self._cosign(request, last)
            held.keep(cosigned)
        return lines

    def latest(self, origin_sha256: str) -> str | None:
        """Return the checkpoint cosigned last for the log whose origin has this SHA-256 in hex, or None."""
        for origin in self._storage.logs():
            if sha256(origin.encode()).hexdigest() == origin_sha256:
                last = self._storage.last(origin)
                return None if last is None else last.note
        return None

    def _keep_evidence(self, request: AddCheckpoint) -> None:
        """Keep what a checkpoint says against its log in a transaction that a refusal does not undo."""
        origin = request.checkpoint.origin
        if suspicion_of(request, self._storage.last(origin)) is None:
            return
        with self._storage.write() as held:
            last = held.last(origin)
            kind = suspicion_of(request, last)
            if kind is not None:
                _LOG.warning("%s: %s, a checkpoint of size %d", origin, kind, request.checkpoint.size)
                held.hold_against(request, kind, last, self._now_s())

    def _cosign(self, request: AddCheckpoint, last: Cosigned | None) -> tuple[Cosigned, str]:
        now_s = self._now_s()
        if last is not None and now_s < last.time_s:
            raise WitnessClockError(f"the clock says {now_s}, the last cosignature {last.time_s}")
        text = request.checkpoint.encode()
        made = "".join(each.cosign(text, now_s).format() for each in self._cosigners)
        return Cosigned(request.checkpoint, request.note + made, now_s), made

    def _cleaned(self, request: AddCheckpoint) -> AddCheckpoint:
        """Return a request without lines that nobody here has verified: they are neither kept nor served."""
        origin = request.checkpoint.origin
        known = {vkey.key_id for vkey in self._storage.logs()[origin]}
        text, lines = note.parse(request.note)
        own = dict.fromkeys(line for line in lines if line.name == origin and line.key_id in known)
        signed = f"{text}\n{''.join(line.format() for line in own)}"
        return AddCheckpoint.of(request.old_size, request.proof, signed)
