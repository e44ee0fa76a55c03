"""The log and its witnesses as this server runs them: the policy, what was cosigned, how they are asked."""

import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import requests

from api.config import ConfigError
from api.cutoff import CutOffError, session_for
from crypto.note import VerifierKey
from ledger.cosigning.asking import Answer, WitnessFault
from ledger.cosigning.contradiction import look_back
from ledger.cosigning.folder import CosignedFolder, Published
from ledger.cosigning.rounds import Cosigning, Pace
from ledger.policy import MalformedPolicyError, Policy
from ledger.proofs import prove_growth, root_at
from ledger.sequencer.seen import Seen
from ledger.store import Store

SETTING: Final = "PACKTRACE_WITNESS_POLICY"
CONNECT_S: Final = 2.0
READ_S: Final = 5.0
TOTAL_S: Final = 8.0
MAX_ANSWER_BYTES: Final = 512 * 1024
WAIT_S: Final = 2.0
_POLL_S: Final = 0.05
_CHUNK: Final = 16 * 1024
_WAITING: Final = threading.BoundedSemaphore(4)


@dataclass(frozen=True, slots=True)
class Witnesses:
    """The witnesses of the log that is served.

    Attributes:
        policy: Which they are, and what suffices.
        folder: What they have cosigned.
        rounds: Asks them.
    """

    policy: Policy
    folder: CosignedFolder
    rounds: Cosigning

    def published(self) -> Published | None:
        """Return the newest checkpoint that satisfies the policy; None before the first one."""
        return self.folder.latest()

    def wait_for(self, index: int, seconds: float = WAIT_S) -> Published | None:
        """Return a published checkpoint that covers an entry, once there is one; None where time runs out."""
        self.rounds.poke()
        # A waiting request holds a thread of the server, so only a few may.
        if not _WAITING.acquire(blocking=False):
            return self._covering(index)
        try:
            until = time.monotonic() + seconds
            while (found := self._covering(index)) is None and time.monotonic() < until:
                time.sleep(_POLL_S)
            return found
        finally:
            _WAITING.release()

    def _covering(self, index: int) -> Published | None:
        found = self.folder.latest()
        return found if found is not None and found.checkpoint.size > index else None


def read_policy(path: Path, vkey: VerifierKey) -> Policy:
    """Return the policy in a file, which names this log where it names any.

    Raises:
        ConfigError: It is no policy, or one of other logs.
    """
    try:
        policy = Policy.parse(path.read_bytes())
    except (OSError, MalformedPolicyError) as error:
        raise ConfigError(SETTING, f"a tlog-policy file ({error})") from error
    if policy.logs and vkey not in policy.logs_named(vkey.name):
        raise ConfigError(SETTING, f"a tlog-policy that names this log: log {vkey.format()}")
    return policy


def open_witnesses(
    policy: Policy, folder: Path, seen: Seen, store: Store, pace: Pace | None = None
) -> Witnesses:
    """Return the witnesses of a log, once what they have seen of it was held against the database.

    What contradicts it is put beside the log key, and the writer stays read-only. They are not asked to
    cosign yet: `rounds.start` does that.

    Raises:
        CosignedFolderError: The folder cannot be used.
        SeenError: What contradicts the database cannot be written down.
    """
    kept = CosignedFolder(folder, seen.keys, policy)
    root = partial(_root_at, store)
    contradictions = look_back(tuple(policy.witnesses.values()), seen.keys, root, send)
    if contradictions:
        seen.contradict(contradictions[0])
    rounds = Cosigning(policy, kept, seen, prove=partial(_prove, store), root_at=root, send=send, pace=pace)
    return Witnesses(policy, kept, rounds)


def send(url: str, body: bytes | None, *, total_s: float = TOTAL_S) -> Answer:
    """Carry a request to a witness over HTTP; no redirect is followed and no answer is read without end.

    Each witness is asked in a thread of its own, and so over one connection.

    Raises:
        WitnessFault: `unreachable`: no whole answer in time; `malformed`: one that is too long.
    """
    try:
        with (
            session_for(total_s) as session,
            session.request(
                "GET" if body is None else "POST",
                url,
                data=body,
                headers={"Content-Type": "text/plain; charset=utf-8"} if body else {},
                timeout=(CONNECT_S, READ_S),
                stream=True,
                allow_redirects=False,
            ) as response,
        ):
            return Answer(response.status_code, _read(response))
    except (requests.RequestException, CutOffError) as error:
        raise WitnessFault("unreachable", type(error).__name__) from error


def _read(response: requests.Response) -> bytes:
    data = bytearray()
    for chunk in response.iter_content(_CHUNK):
        data += chunk
        if len(data) > MAX_ANSWER_BYTES:
            raise WitnessFault("malformed", "its answer is too long")
    return bytes(data)


def _prove(store: Store, size1: int, size2: int) -> tuple[bytes, ...]:
    with store.snapshot() as snapshot:
        return prove_growth(snapshot, size1, size2)


def _root_at(store: Store, size: int) -> bytes | None:
    with store.snapshot() as snapshot:
        return root_at(snapshot, size)
