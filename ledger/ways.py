"""The ways that packs have gone: from where they come into the ledger to where they stand now. Pure.

Each pack goes one way, through four stages: made here or declared; fitted in a vehicle at some time or never;
declared waste at some time or never; and what it is now, or what ended it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.vocabulary import Ending, Phase

MADE, DECLARED = "made", "declared"
FITTED, UNFITTED = "was_fitted", "never_fitted"
WASTE, NO_WASTE = "was_waste", "never_waste"
STAGES: Final = 4
_NO_PACKS: Final = frozenset({Ending.VOIDED, Ending.IDENTIFIED})
"""What was taken back, or found to be another item, is no pack of its own."""
_OF_WASTE: Final = frozenset({Ending.PROCESSED, Ending.DISPOSED})


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """What tells the ways of packs apart.

    Attributes:
        made: whether its maker stated its making, in this ledger.
        fitted: whether it was in a vehicle.
        wasted: whether an act in the ledger declared it waste.
        phase: where it stands.
        ending: what ended it; "" where nothing has.
    """

    made: bool
    fitted: bool
    wasted: bool
    phase: str
    ending: str = ""

    @property
    def _is_waste(self) -> bool:
        # A pack can come into the ledger as waste; and nothing else may be recycled or disposed of.
        return self.phase == Phase.RETIRED or self.ending in _OF_WASTE

    @property
    def stages(self) -> tuple[str, str, str, str]:
        """The name of each stage, first to last."""
        return (
            MADE if self.made else DECLARED,
            FITTED if self.fitted else UNFITTED,
            WASTE if self.wasted or self._is_waste else NO_WASTE,
            self.ending if self.phase == Phase.ENDED else self.phase,
        )


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """What leads from one stage to the next: the number of the first, and both names."""

    stage: int
    source: str
    target: str


def stretches(counts: Mapping[Way, int]) -> dict[Stretch, int]:
    """Return how many packs went each stretch; what ended as no pack is left out."""
    found: dict[Stretch, int] = {}
    for way, count in counts.items():
        if way.ending in _NO_PACKS:
            continue
        for stage in range(STAGES - 1):
            one = Stretch(stage, way.stages[stage], way.stages[stage + 1])
            found[one] = found.get(one, 0) + count
    return dict(sorted(found.items()))


def along(counts: Mapping[Way, int], stretch: Stretch) -> list[Way]:
    """Return the ways that lead along a stretch."""
    stage = stretch.stage
    return [
        way
        for way in sorted(counts)
        if way.ending not in _NO_PACKS and way.stages[stage : stage + 2] == (stretch.source, stretch.target)
    ]
