"""What the routes work with: one ledger, open for reading and for writing, for the life of the process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from flask import current_app

from api.config import Config, ConfigError
from api.witnessing import Witnesses, open_witnesses, read_policy
from crypto.note import NoteSigner, VerifierKey
from ledger.cosigning.folder import Published
from ledger.docstore import DocumentFolder
from ledger.indexing import Indexes
from ledger.logkey import LogKeyError, cosigned_path, make_log_key, read_log_key, seen_path
from ledger.sequencer import Sequencer
from ledger.sequencer.clock import Clock, SystemClock
from ledger.sequencer.genesis import release_empty
from ledger.sequencer.seen import Released, Seen
from ledger.state import LOG, Log
from ledger.store import Snapshot, Store
from ledger.vins import VinKey, VinKeyError, open_vin_key, vin_key_path

EXTENSION: Final = "packtrace"
DOCUMENTS: Final = "documents"


@dataclass(frozen=True, slots=True)
class Service:
    """A ledger that is open. Threads share it; a process forked off opens its own.

    Attributes:
        config: the settings it was opened with.
        store: reads.
        sequencer: writes.
        vkey: the key that its checkpoints are verified with.
        clock: what time it is, for tokens as for entries.
        witnesses: who cosigns its checkpoints; None without a policy.
        indexes: the index that the registrar published last.
    """

    config: Config
    store: Store
    sequencer: Sequencer
    vkey: VerifierKey
    clock: Clock
    witnesses: Witnesses | None = None
    indexes: Indexes = field(default_factory=Indexes)

    @property
    def documents(self) -> DocumentFolder:
        """Documents by their hash, in a folder beside the log key."""
        return DocumentFolder(self.config.log_key.parent / DOCUMENTS)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Yield one consistent read, which never waits for a writer."""
        with self.store.snapshot() as snapshot:
            yield snapshot

    def published(self) -> Published | Released:
        """Return the checkpoint to serve: the newest that satisfies the policy, else the newest released."""
        found = None if self.witnesses is None else self.witnesses.published()
        demanded = self.witnesses is not None and self.witnesses.policy.demands_witnesses
        return found if found is not None and demanded else self.sequencer.released()

    def covering(self, index: int) -> Published | Released:
        """Return the checkpoint for a receipt: the published one, unless it is too small."""
        found = self.published()
        return found if found.checkpoint.size > index else self.sequencer.released()

    def close(self) -> None:
        """Write what waits, then let go of the database."""
        if self.witnesses is not None:
            self.witnesses.rounds.close()
        self.sequencer.close()
        self.store.close()


def open_service(config: Config, clock: Clock | None = None) -> Service:
    """Open the ledger of these settings; an empty one gets its key and its first, empty checkpoint.

    Raises:
        ConfigError: a setting does not fit the ledger that is there.
        LedgerError: the database cannot be opened, or another process writes to it.
    """
    store = Store(config.database_url)
    try:
        signer = _signer(config, store)
        config.log_key.parent.mkdir(parents=True, exist_ok=True)
        seen = Seen(seen_path(config.log_key), signer.verifier_key)
        if not seen.exists() and _is_empty(store):
            release_empty(signer, seen)
        running = clock or SystemClock()
        witnesses = _witnesses(config, seen, store)
        sequencer = Sequencer(store, signer, seen, running, vins=_vins(config))
        sequencer.start()
        if witnesses is not None:
            witnesses.rounds.start()
    except BaseException:
        store.close()
        raise
    return Service(config, store, sequencer, signer.verifier_key, running, witnesses)


def service() -> Service:
    """Return the ledger that this application serves."""
    found = current_app.extensions[EXTENSION]
    if not isinstance(found, Service):
        raise TypeError("the application was made without a ledger")
    return found


def _witnesses(config: Config, seen: Seen, store: Store) -> Witnesses | None:
    if config.witness_policy is None:
        return None
    policy = read_policy(config.witness_policy, seen.vkey)
    return open_witnesses(policy, cosigned_path(config.log_key), seen, store)


def _vins(config: Config) -> VinKey:
    try:
        return open_vin_key(vin_key_path(config.log_key))
    except VinKeyError as error:
        raise ConfigError(
            "PACKTRACE_LOG_KEY", f"a file beside which VINs have their key ({error})"
        ) from error


def _signer(config: Config, store: Store) -> NoteSigner:
    with store.snapshot() as snapshot:
        log = snapshot.states([LOG]).get(LOG)
    if isinstance(log, Log) and log.origin != config.origin:
        raise ConfigError("PACKTRACE_ORIGIN", f"{log.origin}, the origin of the ledger in this database")
    try:
        if config.log_key.exists():
            return read_log_key(config.log_key, config.origin)
        if log is not None:
            # A new key would begin a second history of a log that others hold checkpoints of.
            raise ConfigError("PACKTRACE_LOG_KEY", "the file of the key that this ledger was begun with")
        return make_log_key(config.log_key, config.origin)
    except LogKeyError as error:
        raise ConfigError("PACKTRACE_LOG_KEY", f"a file with an Ed25519 key in PEM ({error})") from error


def _is_empty(store: Store) -> bool:
    with store.snapshot() as snapshot:
        return snapshot.head().size == 0
