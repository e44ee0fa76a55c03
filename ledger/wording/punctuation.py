"""The marks between words: full-width and without a space in Chinese, half-width with one in English.

Where a sentence is a text of its own the marks stand in it (tests/unit/test_chinese.py holds them to this);
here are those that the program sets between what it puts together.
"""

from collections.abc import Sequence
from typing import Final

from ledger.wording.language import Language

COMMA: Final = {Language.ZH: "、", Language.EN: ", "}
"""Between the parts of an enumeration."""
_PAUSE: Final = {Language.ZH: "，", Language.EN: ", "}
_SEMICOLON: Final = {Language.ZH: "；", Language.EN: "; "}
_COLON: Final = {Language.ZH: "：", Language.EN: ": "}
_BRACKETS: Final = {Language.ZH: "（{}）", Language.EN: " ({})"}


def join(parts: Sequence[str], lang: Language) -> str:
    """Return several words as one enumeration."""
    return COMMA[lang].join(parts)


def phrases(parts: Sequence[str], lang: Language) -> str:
    """Return several phrases as one."""
    return _PAUSE[lang].join(parts)


def clauses(parts: Sequence[str], lang: Language) -> str:
    """Return several statements as one."""
    return _SEMICOLON[lang].join(parts)


def labelled(name: str, told: str, lang: Language) -> str:
    """Return what is told, behind its name."""
    return f"{name}{_COLON[lang]}{told}"


def aside(text: str, lang: Language) -> str:
    """Return a text in brackets, to stand behind a word; English sets a space before it."""
    return _BRACKETS[lang].format(text)
