"""What parsers say is wrong, in Chinese.

An error carries its reason as an English sentence, because it is read in logs and by programs too. The table
`reasons.zh.toml` has the Chinese of each, with named places for what differs from case to case. A reason
that the table lacks stays English: somebody who is refused something must never meet a failure of the
refusal; `tests/unit/test_reasons.py` proves from the source that none is missing.
"""

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from ledger.wording.language import Language, places, read

DESCRIBED: Final = "what"
"""The section of the descriptions in `must be {what}`, and the name of their place."""
_NESTED: Final = frozenset({DESCRIBED, "reason"})
# A reason may quote what somebody sent, so its depth is not ours to trust.
_MAX_DEPTH: Final = 8


@dataclass(frozen=True, slots=True)
class _Template:
    pattern: re.Pattern[str]
    text: str


def reasons() -> Mapping[str, str]:
    """Return the table: the Chinese of each English sentence, places for facts in braces in both."""
    sections = read("ledger.wording", "reasons", Language.ZH)
    return {english: chinese for entries in sections.values() for english, chinese in entries.items()}


def translate(reason: str, lang: Language) -> str:
    """Return a reason in a language; one that the table does not have is returned as it is."""
    return reason if lang is Language.EN else _in_chinese(reason, _MAX_DEPTH)


def _in_chinese(reason: str, depth_left: int) -> str:
    if depth_left == 0:
        return reason
    fixed, templates = _table()
    if reason in fixed:
        return fixed[reason]
    for template in templates:
        match = template.pattern.fullmatch(reason)
        if match is not None:
            told = {
                name: _in_chinese(part, depth_left - 1) if name in _NESTED else part
                for name, part in match.groupdict().items()
            }
            return template.text.format_map(told)
    return reason


@cache
def _table() -> tuple[Mapping[str, str], tuple[_Template, ...]]:
    table = reasons()
    fixed = {english: chinese for english, chinese in table.items() if not places(english)}
    # The most words first: `header: {reason}` is also of the form `{scheme}: {reason}`.
    open_ones = sorted(table.keys() - fixed.keys(), key=_words, reverse=True)
    return fixed, tuple(_Template(_pattern(english), table[english]) for english in open_ones)


def _words(template: str) -> tuple[int, str]:
    return sum(len(text) for text, *_ in string.Formatter().parse(template)), template


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("".join(_parts(template)), re.DOTALL)


def _parts(template: str) -> Iterator[str]:
    # A bound is one word: `must be 1 to 200 ASCII characters` is a description.
    forms = {"scheme": "[a-z0-9]+", "least": r"\S+", "most": r"\S+"}
    forms[DESCRIBED] = "|".join(map(re.escape, _described()))
    for text, name, _, _ in string.Formatter().parse(template):
        yield re.escape(text)
        if name:
            yield f"(?P<{name}>{forms.get(name, '.+')})"


def _described() -> list[str]:
    return list(read("ledger.wording", "reasons", Language.ZH)[DESCRIBED])
