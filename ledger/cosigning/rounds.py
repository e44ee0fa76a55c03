"""The rounds in which a log asks its witnesses: in threads of their own, never in a request.

One process leads: it takes the released checkpoint as the round's, asks every witness at once, and publishes
it with its cosignatures as soon as they satisfy the policy. A witness that is down, slow or false costs the
others nothing; it is asked again later and later. A round begins anew when there is a larger checkpoint, or
when the last one grows old, so that readers can tell a current log from one that is kept from them.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from crypto.cosignature import Cosignature
from ledger.cosigning.asking import Prove, Send, WitnessFault, ask, check_time, fetch_latest
from ledger.cosigning.contradiction import RootAt, contradicts
from ledger.cosigning.folder import CosignedFolder, CosignedFolderError, Standing
from ledger.errors import LedgerError
from ledger.policy import Policy, Witness
from ledger.sequencer.seen import Released, Seen

_LOG: Final = logging.getLogger(__name__)
MAX_BACKOFF_S: Final = 60.0
CLOSE_S: Final = 2.0
LATE_S: Final = 60.0
"""How much longer than a round's age a witness may be silent: one that was down is asked once a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast rounds follow each other, in seconds.

    Attributes:
        poll_s: How often the released checkpoint is looked at where nothing wakes the leader.
        grace_s: How long a round that satisfies the policy waits for the other witnesses.
        round_s: How long a round may last without satisfying it, before a newer checkpoint takes its place.
        refresh_s: The age at which a checkpoint is cosigned again though nothing is new.
        backoff_s: The first wait after a fault; it doubles up to a minute.
    """

    poll_s: float = 0.25
    grace_s: float = 0.5
    round_s: float = 5.0
    refresh_s: float = 600.0
    backoff_s: float = 1.0


@dataclass(slots=True)
class _Round:
    """A checkpoint on its way round the witnesses, and what came back."""

    released: Released
    number: int
    begun: float
    made: dict[str, Cosignature] = field(default_factory=dict)
    published: float | None = None


@dataclass(slots=True)
class _Link:
    """A witness as it is known here: the round it was asked in, and when it may be asked next."""

    witness: Witness
    asked: int = 0
    known_size: int = 0
    next_try: float = 0.0
    backoff: float = 0.0
    standing: Standing = field(default_factory=Standing)


class Cosigning:
    """Asks the witnesses of a policy and publishes what they cosign, while `start` to `close` lasts.

    Args:
        policy: Whom to ask, and what suffices.
        folder: Where the outcome is kept.
        seen: The released checkpoint; what contradicts it is put beside it.
        prove: Gives consistency proofs of this log.
        root_at: Gives the roots of this log.
        send: Carries requests.
        pace: How fast.
        now_s: POSIX seconds.
    """

    def __init__(
        self,
        policy: Policy,
        folder: CosignedFolder,
        seen: Seen,
        *,
        prove: Prove,
        root_at: RootAt,
        send: Send,
        pace: Pace | None = None,
        now_s: Callable[[], int] = lambda: int(time.time()),
    ) -> None:
        self._policy: Final = policy
        self._folder: Final = folder
        self._seen: Final = seen
        self._prove: Final = prove
        self._root_at: Final = root_at
        self._send: Final = send
        self._pace: Final = pace or Pace()
        self._now_s: Final = now_s
        self._changed: Final = threading.Condition()
        self._round: _Round | None = None
        self._published = 0
        self._trouble = ""
        self._closing = False
        self._threads: list[threading.Thread] = []
        asked = [witness for witness in policy.witnesses.values() if witness.url is not None]
        self._links: Final = {witness.name: _Link(witness) for witness in asked}

    def start(self) -> None:
        """Begin; where another process leads, wait to take its place."""
        self._spawn(self._lead, "packtrace-witnesses")

    def close(self) -> None:
        """Stop. A witness that is being asked is not waited for longer than two seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        until = time.monotonic() + CLOSE_S
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.0))

    def is_late(self, one: Standing) -> bool:
        """Say whether a witness has cosigned, but not again since it was due."""
        return one.time_s > 0 and self._now_s() - one.tried_s > self._pace.refresh_s + LATE_S

    def poke(self) -> None:
        """Say that there may be a new checkpoint."""
        with self._changed:
            self._changed.notify_all()

    def _spawn(self, work: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _lead(self) -> None:
        held = self._folder.lead()
        while held is None:
            with self._changed:
                if self._changed.wait_for(lambda: self._closing, timeout=1.0):
                    return
            held = self._folder.lead()
        try:
            self._resume()
            for name, link in self._links.items():
                self._spawn(partial(self._serve, link), f"packtrace-witness-{name}")
            self._turn()
        finally:
            os.close(held)

    def _resume(self) -> None:
        """Take up what the leader before has written down."""
        for name, standing in self._folder.standings().items():
            if name in self._links:
                self._links[name].standing = standing
                self._links[name].known_size = standing.size

    def _turn(self) -> None:
        """Begin a round whenever one is due, until the end."""
        with self._changed:
            while not self._closing:
                try:
                    released = self._seen.read()
                    if self._is_due(released, time.monotonic()):
                        number = 1 if self._round is None else self._round.number + 1
                        self._round = _Round(released, number, time.monotonic())
                        self._changed.notify_all()
                    self._trouble = ""
                except LedgerError as error:
                    if self._trouble != str(error):
                        self._trouble = str(error)
                        _LOG.warning("no checkpoint to cosign: %s", error)
                self._changed.wait(self._pace.poll_s)

    def _is_due(self, released: Released, now: float) -> bool:
        current = self._round
        if current is None:
            return True
        if released.checkpoint.size != current.released.checkpoint.size:
            if current.published is not None:
                waits = any(
                    link.asked < current.number and link.backoff == 0.0 for link in self._links.values()
                )
                return not waits or now >= current.published + self._pace.grace_s
            return now >= current.begun + self._pace.round_s
        # Without a quorum, too: it shows which of the witnesses are there.
        since = current.begun if current.published is None else current.published
        return now >= since + self._pace.refresh_s

    def _serve(self, link: _Link) -> None:
        """Ask one witness in each round, until the end."""
        while (current := self._next(link)) is not None:
            try:
                made = self._ask(link, current.released)
            except WitnessFault as fault:
                self._note_fault(link, fault)
            except Exception as error:  # noqa: BLE001  one witness must not end the asking of itself
                _LOG.error("witness %s", link.witness.name, exc_info=error)
                self._note_fault(link, WitnessFault("internal", type(error).__name__))
            else:
                self._take(link, current, made)

    def _next(self, link: _Link) -> _Round | None:
        """Wait for a round in which this witness was not asked yet; None at the end."""
        with self._changed:
            while not self._closing:
                current, now = self._round, time.monotonic()
                if current is not None and link.asked < current.number and now >= link.next_try:
                    return current
                pause = max(link.next_try - now, 0.0) or None
                self._changed.wait(pause if link.backoff else None)
            return None

    def _ask(self, link: _Link, released: Released) -> Cosignature:
        tree = released.checkpoint
        old_size = min(link.known_size, tree.size)
        try:
            made = ask(
                link.witness, released.note, tree, old_size=old_size, prove=self._prove, send=self._send
            )
        except WitnessFault as fault:
            if fault.reason == "ahead":
                self._look(link.witness)
            raise
        check_time(made, self._now_s())
        return made

    def _look(self, witness: Witness) -> None:
        """See what a witness has cosigned that does not fit; if our own key signed it, the log stops."""
        text = fetch_latest(witness, self._seen.vkey.name, self._send)
        if text is not None and contradicts(text, self._seen.keys, self._root_at):
            _LOG.error("witness %s has seen another history of this log", witness.name)
            self._seen.contradict(text)

    def _note_fault(self, link: _Link, fault: WitnessFault) -> None:
        with self._changed:
            link.backoff = min(max(link.backoff * 2, self._pace.backoff_s), MAX_BACKOFF_S)
            link.next_try = time.monotonic() + link.backoff
            if link.standing.fault != fault.reason:
                _LOG.warning("witness %s has not cosigned: %s", link.witness.name, fault)
            link.standing = replace(link.standing, fault=fault.reason, tried_s=self._now_s())
            self._tell()

    def _take(self, link: _Link, asked: _Round, made: Cosignature) -> None:
        with self._changed:
            size = asked.released.checkpoint.size
            link.asked, link.known_size, link.backoff, link.next_try = asked.number, size, 0.0, 0.0
            if link.standing.fault is not None:
                _LOG.warning("witness %s cosigns again", link.witness.name)
            link.standing = Standing(size, made.time_s, None, self._now_s())
            asked.made[link.witness.name] = made
            try:
                # A late answer to an earlier round is dated earlier than what is published.
                if self._policy.is_met_by(asked.made) and asked.number >= self._published:
                    self._folder.publish(self._merged(asked), self._now_s())
                    self._published = asked.number
                    asked.published = asked.published or time.monotonic()
            except CosignedFolderError as error:
                _LOG.error("a cosigned checkpoint is not published: %s", error)
            self._tell()
            self._changed.notify_all()

    def _merged(self, asked: _Round) -> str:
        """Return the checkpoint with its cosignatures, in the order of the policy."""
        lines = (asked.made[name].line.format() for name in self._policy.witnesses if name in asked.made)
        return asked.released.note + "".join(lines)

    def _tell(self) -> None:
        try:
            self._folder.tell({name: link.standing for name, link in self._links.items()})
        except CosignedFolderError as error:
            _LOG.error("the state of the witnesses is not written down: %s", error)
