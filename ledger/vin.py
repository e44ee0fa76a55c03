"""Vehicle identification numbers (GB 16735): form and check digit.

A VIN is a restricted claim and never stands in the log. Vehicles of some foreign makers carry no check digit,
so a wrong one is refused only where the world manufacturer identifier is Chinese (it begins with L).
"""

import re
from dataclasses import dataclass
from typing import Final

from ledger.errors import MalformedError

_FORM: Final = re.compile(r"[0-9A-HJ-NPR-Z]{17}")
_CHINA: Final = "L"
_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECK_POSITION: Final = 8
_CHECK_DIGITS: Final = "0123456789X"
_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
_LETTER_VALUES: Final = "12345678123457923456789"
_VALUES: Final = {str(digit): digit for digit in range(10)} | {
    letter: int(value) for letter, value in zip(_LETTERS, _LETTER_VALUES, strict=True)
}


class MalformedVinError(MalformedError):
    """The text is not a vehicle identification number; the message says which rule it breaks."""


@dataclass(frozen=True, slots=True, order=True)
class Vin:
    """A vehicle identification number; made by `parse`."""

    text: str

    @property
    def check_digit_ok(self) -> bool:
        """Whether the ninth character is the check digit; false on a foreign VIN is a warning only."""
        return self.text[_CHECK_POSITION] == check_digit(self.text)

    @classmethod
    def parse(cls, text: str) -> "Vin":
        """Take a VIN in its canonical form: 17 characters, upper case, without I, O and Q.

        Raises:
            MalformedVinError: another form, or a Chinese VIN whose check digit is wrong.
        """
        if not _FORM.fullmatch(text):
            raise MalformedVinError("not 17 characters of 0-9 and A-Z without I, O and Q")
        vin = cls(text)
        if text.startswith(_CHINA) and not vin.check_digit_ok:
            raise MalformedVinError("check digit (9th) is wrong on a VIN that begins with L")
        return vin


def check_digit(text: str) -> str:
    """Check digit of 17 characters in the form of a VIN; the one at its own place weighs nothing."""
    total = sum(_VALUES[character] * weight for character, weight in zip(text, _WEIGHTS, strict=True))
    return _CHECK_DIGITS[total % len(_CHECK_DIGITS)]
