"""One conversation with one witness (C2SP tlog-witness), over whatever carries it. Believes no byte of it."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from crypto import note
from crypto.cosignature import Cosignature, open_cosignatures
from crypto.errors import CryptoError
from ledger.checkpoint import Checkpoint
from ledger.errors import LedgerError
from ledger.policy import Witness
from ledger.witness.request import AddCheckpoint, MalformedRequestError, parse_size

MAX_TRIES: Final = 3
MAX_AHEAD_S: Final = 30
MAX_BEHIND_S: Final = 300
_OK: Final = 200
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_UNPROCESSABLE: Final = 422

Prove = Callable[[int, int], tuple[bytes, ...]]
"""Returns the consistency proof of two sizes of this log."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: its status and its body, which has a bound."""

    status: int
    body: bytes


class Send(Protocol):
    """What carries a request to a witness."""

    def __call__(self, url: str, body: bytes | None) -> Answer:
        """POST a body, or GET where it is None; raises WitnessFault `unreachable` where that fails."""
        ...


class WitnessFault(LedgerError):  # noqa: N818  a fault of the witness's, told to people, not an error of ours
    """A witness has not cosigned.

    Attributes:
        reason: A code: `unreachable`, `refused`, `ahead`, `malformed`, `forged`, `clock` or `no_url`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def ask(
    witness: Witness,
    checkpoint_note: str,
    tree: Checkpoint,
    *,
    old_size: int,
    prove: Prove,
    send: Send,
) -> Cosignature:
    """Return a witness's verified cosignature on a checkpoint of this log.

    Args:
        witness: Whom to ask; has a URL.
        checkpoint_note: The checkpoint as the log has signed it.
        tree: What it says.
        old_size: The size this witness cosigned last as far as is known, 0 if nothing is.
        prove: Gives consistency proofs.
        send: Carries the request.

    Raises:
        WitnessFault: There is none: `ahead` where the witness has seen a larger tree.
    """
    for _ in range(MAX_TRIES):
        proof = prove(old_size, tree.size) if 0 < old_size < tree.size else ()
        request = AddCheckpoint(old_size, proof, checkpoint_note, tree)
        answer = send(f"{witness.url}/add-checkpoint", request.format())
        if answer.status == _OK:
            return _opened(witness, checkpoint_note, answer.body)
        if answer.status != _CONFLICT:
            raise _refusal(answer)
        old_size = _size_named(answer, old_size, tree)
    raise WitnessFault("refused", f"it named another size {MAX_TRIES} times")


def fetch_latest(witness: Witness, origin: str, send: Send) -> str | None:
    """Return the checkpoint that a witness says it cosigned last for a log, not verified; None for none.

    Raises:
        WitnessFault: It does not tell.
    """
    path = sha256(origin.encode()).hexdigest()
    answer = send(f"{witness.url}/{path}/checkpoint", None)
    if answer.status == _NOT_FOUND:
        return None
    if answer.status != _OK:
        raise _refusal(answer)
    try:
        return answer.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WitnessFault("malformed", "its checkpoint is not UTF-8") from error


def check_time(made: Cosignature, now_s: int) -> None:
    """Check that a cosignature that was just made is dated now; raises WitnessFault `clock`."""
    if not now_s - MAX_BEHIND_S <= made.time_s <= now_s + MAX_AHEAD_S:
        raise WitnessFault("clock", f"it is dated {made.time_s - now_s} s off this clock")


def _opened(witness: Witness, checkpoint_note: str, body: bytes) -> Cosignature:
    key = witness.key
    try:
        lines = note.parse_lines(body.decode("utf-8"))
        own = [line.format() for line in lines if (line.name, line.key_id) == (key.name, key.key_id)]
        found = open_cosignatures(checkpoint_note + "".join(own), [key])
    except UnicodeDecodeError as error:
        raise WitnessFault("malformed", "its answer is not UTF-8") from error
    except CryptoError as error:
        raise WitnessFault("forged", error.reason) from error
    if not found:
        raise WitnessFault("forged", "no line is of the key in the policy")
    return found[0]


def _size_named(answer: Answer, old_size: int, tree: Checkpoint) -> int:
    try:
        size = parse_size(answer.body)
    except MalformedRequestError as error:
        raise WitnessFault("malformed", str(error)) from error
    if size > tree.size:
        raise WitnessFault("ahead", f"it says it cosigned size {size}, this log has {tree.size}")
    if size == old_size == tree.size:
        # Of this very size it has another root: so tlog-witness v1.0.0 says what v1.1.0 says with 422.
        raise WitnessFault("ahead", f"it cosigned another tree of size {size}")
    if size == old_size:
        raise WitnessFault("refused", f"it refuses size {size} and names it")
    return size


def _refusal(answer: Answer) -> WitnessFault:
    # Its words are not repeated: they would stand in our log and on our pages.
    code = "ahead" if answer.status == _UNPROCESSABLE else "refused"
    return WitnessFault(code, f"status {answer.status}")
