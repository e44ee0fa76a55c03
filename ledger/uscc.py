"""Unified social credit codes (GB 32100-2015): the 18 characters that name a Chinese organisation.

The code carries two check characters: the organisation code of GB 11714 inside it (characters 9-17) ends in
one, and the whole ends in another. Both are checked, so a transposition or a mistyped character is refused.
"""

import re
from typing import Final, NewType

from ledger.errors import MalformedError

Uscc = NewType("Uscc", str)

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_FORM: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION: Final = slice(8, 16)
_ORGANISATION_CHECK: Final = 16


class MalformedUsccError(MalformedError):
    """The text is not a unified social credit code; the message says which rule it breaks."""


def parse(text: str) -> Uscc:
    """Take a social credit code in its one canonical form: 18 upper-case characters, nothing around them.

    Raises:
        MalformedUsccError: the form, the organisation code's check or the last check character is wrong.
    """
    if not _FORM.fullmatch(text):
        raise MalformedUsccError("not 18 characters of the GB 32100 alphabet with a six-digit division")
    if text[_ORGANISATION_CHECK] != organisation_check(text[_ORGANISATION]):
        raise MalformedUsccError("check character of the organisation code (17th) is wrong")
    if text[-1] != check(text[:-1]):
        raise MalformedUsccError("check character (18th) is wrong")
    return Uscc(text)


def check(first17: str) -> str:
    """Check character of the first 17 characters, all of the GB 32100 alphabet (GB 32100-2015, annex)."""
    total = sum(_VALUES[character] * weight for character, weight in zip(first17, _WEIGHTS, strict=True))
    return _ALPHABET[-total % len(_ALPHABET)]


def organisation_check(first8: str) -> str:
    """Check character of an organisation code's eight characters out of 0-9A-Z (GB 11714)."""
    pairs = zip(first8, _ORGANISATION_WEIGHTS, strict=True)
    remainder = -sum(int(character, 36) * weight for character, weight in pairs) % 11
    return "X" if remainder == 10 else str(remainder)  # noqa: PLR2004  GB 11714 writes the value ten as X


def complete(first16: str) -> Uscc:
    """Add both check characters to department, class, division and the eight characters of the organisation.

    It serves fictional organisations of demonstrations and tests; a real code is never computed but read.

    Raises:
        MalformedUsccError: the 16 characters have not the form of GB 32100.
    """
    if not _FORM.fullmatch(f"{first16}00"):
        raise MalformedUsccError("not 16 characters of the GB 32100 alphabet with a six-digit division")
    first17 = first16 + organisation_check(first16[_ORGANISATION])
    return parse(first17 + check(first17))
