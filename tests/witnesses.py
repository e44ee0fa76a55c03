"""Witnesses for a test: five cosigners with fixed keys, policies of them, and signed checkpoints."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from crypto.cosignature import Cosigner
from crypto.keys import PrivateKey
from crypto.mldsa44 import MlDsa44PrivateKey
from crypto.note import NoteSigner
from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from tests.ledgers import LOG

TIME_S: Final = 1_790_000_000


def cosigner(number: int) -> Cosigner:
    """Return a witness; the even ones sign with ML-DSA-44."""
    seed = sha256(f"packtrace tests: witness {number}".encode()).digest()
    key = PrivateKey.from_seed(seed) if number % 2 else MlDsa44PrivateKey.from_seed(seed)
    return Cosigner(f"witness.example/w{number}", key)


COSIGNERS: Final = tuple(cosigner(number) for number in range(1, 6))


def policy_text(
    cosigners: Sequence[Cosigner] = COSIGNERS,
    threshold: int | str = 3,
    *,
    urls: Sequence[str] = (),
    log: NoteSigner = LOG,
) -> str:
    """Return a policy of one log and a group of witnesses, named W1, W2 and so on."""
    lines = [f"log {log.verifier_key.format()}"]
    for number, each in enumerate(cosigners, 1):
        url = f" {urls[number - 1]}" if urls else ""
        lines.append(f"witness W{number} {each.key.format()}{url}")
    names = " ".join(f"W{number}" for number in range(1, len(cosigners) + 1))
    return "\n".join([*lines, f"group all-of-them {threshold} {names}", "quorum all-of-them", ""])


def signed(size: int, root: bytes, signer: NoteSigner = LOG) -> str:
    """Return a checkpoint that its log has signed."""
    return checkpoint.sign(Checkpoint(signer.name, size, root), signer)


def cosigned(note: str, *cosigners: Cosigner, time_s: int = TIME_S) -> str:
    """Return a checkpoint with cosignatures added."""
    text = note[: note.rindex("\n\n") + 1]
    return note + "".join(each.cosign(text, time_s).format() for each in cosigners)
