"""Who has witnessed a checkpoint, and does that satisfy a policy (C2SP tlog-cosignature, tlog-policy)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crypto.cosignature import open_cosignatures
from ledger.policy import Policy

MAX_AHEAD_S: Final = 30
"""How far ahead of the reader's clock a cosignature may be dated before its time is not believed."""


@dataclass(frozen=True, slots=True)
class Witnessing:
    """The cosignatures of a policy's witnesses on one checkpoint, all of them verified.

    Attributes:
        policy: The policy.
        times_s: When each witness cosigned, by its own clock, in POSIX seconds; by its name in the policy.
    """

    policy: Policy
    times_s: Mapping[str, int]

    @property
    def is_met(self) -> bool:
        """Whether the policy's quorum has cosigned."""
        return self.policy.is_met_by(self.times_s)

    @property
    def fresh_at_s(self) -> int | None:
        """Until when a quorum says that it knew of no larger tree; None where there is no quorum.

        It is the latest moment since when cosignatures alone meet the quorum, so that one witness with a
        clock ahead cannot make an old checkpoint look new.
        """
        if not self.policy.demands_witnesses:
            return None
        for moment in sorted(self.times_s.values(), reverse=True):
            if self.policy.is_met_by([name for name, time_s in self.times_s.items() if time_s >= moment]):
                return moment
        return None

    def since(self, oldest_s: int, now_s: int) -> "Witnessing":
        """Return what is left without cosignatures older than that, or dated ahead of `now_s`."""
        kept = {
            name: time_s for name, time_s in self.times_s.items() if oldest_s <= time_s <= now_s + MAX_AHEAD_S
        }
        return Witnessing(self.policy, kept)


def witnessing(checkpoint_note: str | bytes, policy: Policy) -> Witnessing:
    """Return which of a policy's witnesses have cosigned a checkpoint. It says nothing of the log's own word.

    Raises:
        MalformedNoteError: Not a signed note.
        InvalidSignatureError: A line of one of the witnesses does not verify.
    """
    found = open_cosignatures(checkpoint_note, policy.keys)
    return Witnessing(policy, {policy.name_of(one.key): one.time_s for one in found})
