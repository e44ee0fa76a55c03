"""Codes that look like what was read off a worn label: `?` for what cannot be read, look-alikes for the rest.

A pattern says of every position which characters may stand there and what each costs: nothing as typed, one
for the digit behind O, Q and I, which makers avoid, two for a close look-alike (5 and S), four for a distant
one (3 and 8). A character that a GB/T 34014 code cannot have at its place was certainly misread, so there the
likeliest one costs nothing. The cost of a code is the sum over its positions: the less, the likelier.

A million codes are not compared one by one: `Pattern.seek` names the first text from a given one on that a
reading may have, so that whoever walks a sorted index leaps from reading to reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.errors import MalformedError
from ledger.fullwidth import narrow
from ledger.gbt34014 import DAYS, MONTHS, YEARS

UNKNOWN: Final = "?"
MAX_COST: Final = 6
"""Two distant look-alikes are one too many: what differs by more is another code."""
LENGTHS: Final = frozenset({19, 24, 26})
MAX_LENGTH: Final = 26

_ANY: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS: Final = "0123456789"
_KINDS: Final = "CMP"
_DESIGN: Final = (_ANY, _ANY, _ANY, _KINDS, "ABCDEFGZ", _ANY, _ANY)
_PRODUCTION: Final = ("".join(sorted(YEARS)), "".join(sorted(MONTHS)), "".join(sorted(DAYS)), *[_DIGITS] * 7)
_REUSE: Final = ("R", _KINDS)
_TRACE: Final = (_ANY,) * 7
_LAYOUTS: Final[Mapping[int, Sequence[str]]] = {
    19: (*_DESIGN, *_PRODUCTION, *_REUSE),
    24: (*_DESIGN, *_TRACE, *_PRODUCTION),
    26: (*_DESIGN, *_TRACE, *_PRODUCTION, *_REUSE),
}
_CLOSE: Final = ("0O", "0Q", "0D", "OQ", "OD", "1I", "1L", "IL", "2Z", "5S", "6G", "8B", "UV")
_DISTANT: Final = (
    "17",
    "7T",
    "08",
    "38",
    "3B",
    "56",
    "68",
    "49",
    "4A",
    "CG",
    "EF",
    "PR",
    "MN",
    "VY",
    "KX",
    "DQ",
)
_AVOIDED: Final = (("O", "0"), ("Q", "0"), ("I", "1"))
_FARTHEST: Final = 4
# How many bits a position tells apart, roughly: makers and specifications are few, the last digits are not.
_BITS: Final = (*[1] * 14, 2, 3, 4, 0, 0, 1, 2, 3, 3, 3)
_OPEN: Final = 10


class MalformedPatternError(MalformedError):
    """The text is not a pattern; the message says why."""


def _costs() -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for cost, pairs in ((_FARTHEST, _DISTANT), (2, _CLOSE)):
        for pair in pairs:
            found[pair[0], pair[1]] = found[pair[1], pair[0]] = cost
    return found | dict.fromkeys(_AVOIDED, 1)


_COSTS: Final = _costs()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A reading of a code with doubts; made by `parse`.

    Attributes:
        text: what was typed, in capitals.
        slots: of each position the characters that may stand there, in their order, with their costs.
        whole: whether it is as long as a code, so that only codes of its length are meant; else codes that
            begin like it.
    """

    text: str
    slots: tuple[Mapping[str, int], ...]
    whole: bool

    @classmethod
    def parse(cls, text: str) -> "Pattern":
        """Take what was typed: letters, digits and `?`, in any case; spaces and hyphens do not matter.

        Raises:
            MalformedPatternError: nothing, longer than a code, or another character.
        """
        plain = narrow(text).replace(" ", "").replace("-", "")
        if not plain.isascii() or not plain.replace(UNKNOWN, "A").isalnum():
            raise MalformedPatternError("not letters, digits and ?")
        if len(plain) > MAX_LENGTH:
            raise MalformedPatternError(f"longer than {MAX_LENGTH} characters")
        plain = plain.upper()
        whole = len(plain) in LENGTHS
        layout = _LAYOUTS[len(plain)] if whole else (*_DESIGN, *[_ANY] * (MAX_LENGTH - len(_DESIGN)))
        return cls(plain, tuple(_slot(*one) for one in zip(plain, layout, strict=False)), whole)

    def reversed(self) -> "Pattern":
        """Return the pattern of codes written backwards; only a whole one has it."""
        if not self.whole:
            raise MalformedPatternError("the beginning of a code cannot be read from its end")
        return Pattern(self.text[::-1], self.slots[::-1], whole=True)

    def cost(self, code: str) -> int | None:
        """Return what a code costs as a reading of this, None where it is none."""
        if len(code) != len(self.slots) and (self.whole or len(code) < len(self.slots)):
            return None
        total = 0
        for slot, character in zip(self.slots, code, strict=False):
            if character not in slot:
                return None
            total += slot[character]
        return total if total <= MAX_COST else None

    def seek(self, text: str, most: int) -> str | None:
        """Return the first text, from `text` on, with which a reading of at most this cost can begin.

        It is `text` itself where that begins with a reading, and None where nothing is left behind it.
        """
        left = [most]
        for slot, character in zip(self.slots, text, strict=False):
            after = left[-1] - slot.get(character, most + 1)
            if after < 0:
                break
            left.append(after)
        if len(left) > len(self.slots):
            return text
        if len(text) < len(left):  # the whole of `text` begins a reading
            return text + self._least(len(text), left[-1])
        for place in range(len(left) - 1, -1, -1):
            for character, cost in self.slots[place].items():
                if character > text[place] and cost <= left[place]:
                    return text[:place] + character + self._least(place + 1, left[place] - cost)
        return None

    @property
    def better_backwards(self) -> bool:
        """Whether its end tells codes apart better than its beginning, each up to the first `?`."""
        if not self.whole:
            return False
        bits = _BITS if len(self.slots) > min(LENGTHS) else (*_BITS[:7], *_BITS[14:])
        weights = (*bits, *[0] * (len(self.slots) - len(bits)))
        return _told(self.slots[::-1], weights[::-1]) > _told(self.slots, weights)

    def _least(self, start: int, left: int) -> str:
        found = []
        for slot in self.slots[start:]:
            # Every slot has a character that costs nothing.
            character, cost = next((one, cost) for one, cost in slot.items() if cost <= left)
            found.append(character)
            left -= cost
        return "".join(found)


def _told(slots: Sequence[Mapping[str, int]], bits: Sequence[int]) -> int:
    """Return how many bits the slots before the first open one tell codes apart by, roughly."""
    total = 0
    for slot, weight in zip(slots, bits, strict=False):
        if len(slot) >= _OPEN:
            break
        total += weight
    return total


def _slot(typed: str, allowed: str) -> dict[str, int]:
    if typed == UNKNOWN:
        return dict.fromkeys(allowed, 0)
    costs = {one: 0 if one == typed else _COSTS.get((typed, one), _FARTHEST + 1) for one in allowed}
    likely = {one: cost for one, cost in costs.items() if cost <= _FARTHEST} or dict.fromkeys(allowed, 0)
    least = min(likely.values())
    return {one: cost - least for one, cost in likely.items()}
