"""Who vouches for a checkpoint: the log by its key, witnesses by their cosignatures, and as of when.

A dossier and a receipt each lead to one checkpoint, and are believed as far as these three checks go.
"""

from collections.abc import Callable, Sequence
from typing import Final

from crypto import note
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from ledger import checkpoint
from ledger.checkpoint import Checkpoint, MalformedCheckpointError
from ledger.instants import Instant
from ledger.policy import Policy
from ledger.trust import Trust
from ledger.verdict import Result, failed, ok, unknown
from ledger.witnessed import MAX_AHEAD_S, Witnessing, witnessing

MAX_DATED_S: Final = 253_370_000_000  # late in the year 9998: what any calendar can write in any zone


def believed(trust: Trust | None, policy: Policy | None) -> tuple[VerifierKey, ...]:
    """Return the keys whose word on the log is taken: the pinned one, else those that the policy names."""
    if trust is not None:
        return (trust.vkey,)
    return () if policy is None else tuple(log.vkey for log in policy.logs)


def check_log(
    checkpoint_note: str, vkeys: Sequence[VerifierKey], *, origin: str | None = None
) -> tuple[Checkpoint | None, Result]:
    """Check that a key of its log has signed a checkpoint, and return what it states either way.

    Args:
        checkpoint_note: The checkpoint.
        vkeys: The keys that are believed; without any it is unknown.
        origin: The log that it must be of; None leaves that to the keys.
    """
    try:
        tree = Checkpoint.parse(note.parse(checkpoint_note)[0])
    except (CryptoError, MalformedCheckpointError) as error:
        return None, failed("malformed", why=str(error))
    if origin not in (None, tree.origin):
        return tree, failed("other_origin", origin=tree.origin)
    if not vkeys:
        return tree, unknown("not_pinned")
    try:
        checkpoint.open(checkpoint_note, vkeys)
    except CryptoError as error:
        origins = ", ".join(dict.fromkeys(vkey.name for vkey in vkeys))
        return tree, failed("not_signed", why=error.reason, origin=origins)
    # From here on the size and the root are the log's word.
    return tree, ok("signed", origin=tree.origin, size=tree.size)


def check_witnessed(checkpoint_note: str, policy: Policy | None) -> Result:
    """Check whether a quorum of a policy's witnesses has cosigned a checkpoint; until then it is unknown."""
    return _judged(checkpoint_note, policy, _quorum)


def check_fresh(
    checkpoint_note: str,
    policy: Policy | None,
    *,
    published_ms: int | None,
    covered_ms: int | None,
    now_s: int | None,
    max_age_s: int,
) -> Result:
    """Check how old the word of the witnesses on a checkpoint is, and the index that goes with it.

    Args:
        checkpoint_note: The checkpoint.
        policy: Whose word counts; without one it is unknown.
        published_ms: When the index was published; None where there is none.
        covered_ms: Until when it covers what was logged; None where that is not shown.
        now_s: Today, in POSIX seconds; None leaves it unknown.
        max_age_s: How old both may be.
    """

    def judge(found: Witnessing) -> Result:
        at_s = found.fresh_at_s
        if at_s is None or now_s is None:
            return unknown("no_time")
        if at_s > now_s + MAX_AHEAD_S:
            return unknown("ahead", at_s=at_s)
        if published_ms is None:
            return unknown("no_index")
        if covered_ms is None:
            return unknown("undated")
        # A fresh checkpoint over an index of an old tree, or over none, would hide what came between.
        as_of_s = min(at_s, covered_ms // 1000)
        facts = {"at_s": as_of_s, "age_s": max(0, now_s - as_of_s)}
        return ok("fresh", **facts) if now_s - as_of_s <= max_age_s else unknown("stale", **facts)

    return _judged(checkpoint_note, policy, judge)


def _judged(checkpoint_note: str, policy: Policy | None, judge: Callable[[Witnessing], Result]) -> Result:
    if policy is None:
        return unknown("no_policy")
    try:
        return judge(witnessing(checkpoint_note, policy))
    except CryptoError as error:
        return failed("bad_cosignature", why=error.reason)


def _quorum(found: Witnessing) -> Result:
    policy = found.policy
    names = {"witnesses": ", ".join(found.times_s)} if found.times_s else {}
    if not policy.demands_witnesses:
        return ok("none_demanded")
    if not found.is_met or found.fresh_at_s is None:
        return unknown("no_quorum", count=len(found.times_s), quorum=policy.quorum, **names)
    if found.fresh_at_s > MAX_DATED_S:
        return failed("bad_cosignature", why="it is dated beyond every calendar")
    moment = Instant.from_ms(found.fresh_at_s * 1000).text
    return ok("quorum", count=len(found.times_s), quorum=policy.quorum, at=moment, **names)
