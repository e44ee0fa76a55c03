"""What the ledger says to people, in Chinese and English: refusals by their rule, and the words for codes.

The texts are data files beside this module; `tests/unit/test_wording.py` proves that every rule and every
code has both languages and that each sentence finds the facts it needs. No text says more than its facts.
"""

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.wording.language import Language, Texts, places, read
from ledger.wording.punctuation import aside, clauses, join, labelled, phrases
from ledger.wording.reasons import translate

__all__ = [
    "DAY_S",
    "HOUR_S",
    "MINUTE_S",
    "Language",
    "Sentences",
    "Texts",
    "UnknownTextError",
    "Wording",
    "aside",
    "clauses",
    "code_words",
    "duration",
    "fill",
    "join",
    "labelled",
    "mass",
    "percent",
    "phrases",
    "places",
    "read",
    "rule_text",
    "rules",
    "sentences",
    "translate",
    "word",
    "wording",
]

MINUTE_S: Final = 60
HOUR_S: Final = 3600
DAY_S: Final = 86_400
_PPM_PER_PERCENT: Final = 10_000
_ENGLISH: Final = frozenset({"reason", "basis"})
"""The facts that are English sentences: a parser's and a rule set's."""
_NONE: Final = {Language.ZH: "无", Language.EN: "none"}


class UnknownTextError(LookupError):
    """No text has this id, or none of its sentences finds its facts: an error of the program."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A refusal in words: what it is called, what is wrong, what to do."""

    title: str
    detail: str
    remedy: str


Sentences = Sequence[str]


def wording(
    rule: str,
    lang: Language,
    *,
    item: str | None = None,
    facts: Mapping[str, object] | None = None,
    names: Mapping[str, str] | None = None,
) -> Wording:
    """Return what a rule says about an item and its facts.

    Args:
        rule: the rule's id.
        lang: the language.
        item: what it is about.
        facts: what the refusal knows.
        names: how ids among the item and the facts are called; each then stands beside its id.

    Raises:
        UnknownTextError: the rule has no text, or none of its sentences can be filled with these facts.
    """
    entry = _rule(rule, lang)
    known = names or {}
    told = {name: _named(_told(name, fact, lang), known, lang) for name, fact in (facts or {}).items()}
    if item is not None:
        told["item"] = _named(item, known, lang)
    return Wording(
        title=fill([entry["title"]], lang, told),
        detail=fill(sentences(entry["detail"]), lang, told),
        remedy=fill([entry["remedy"]], lang, told),
    )


def rules() -> tuple[str, ...]:
    """Return every rule id that has a text, sorted."""
    files = read(__name__, "rules", Language.EN)
    return tuple(sorted(f"{area}.{name}" for area, entries in files.items() for name in entries))


def rule_text(rule: str, lang: Language) -> Wording:
    """Return the texts of a rule as they stand, places for facts in braces; raises UnknownTextError."""
    entry = _rule(rule, lang)
    return Wording(entry["title"], "\n".join(sentences(entry["detail"])), entry["remedy"])


def word(code_list: str, code: str, lang: Language) -> str:
    """Return the word for a code of a list, or the code itself where the list does not have it."""
    return str(code_words(code_list, lang).get(code, code))


def code_words(code_list: str, lang: Language) -> Mapping[str, str]:
    """Return a code list with its words; raises UnknownTextError for a list that is none of ours."""
    lists = read(__name__, "codes", lang)
    if code_list not in lists:
        raise UnknownTextError(code_list)
    found: Mapping[str, str] = lists[code_list]
    return found


def fill(variants: Sentences, lang: Language, facts: Mapping[str, object]) -> str:
    """Return the first sentence whose places all find a fact, filled in; raises UnknownTextError."""
    for text in variants:
        if places(text) <= facts.keys():
            return _Formatter(lang).vformat(text, (), facts)
    raise UnknownTextError(f"no sentence of {list(variants)} fits the facts {sorted(facts)}")


def sentences(value: str | list[str]) -> Sentences:
    """Return a text as its variants: it may be one sentence or a list of them."""
    return [value] if isinstance(value, str) else value


def mass(grams: int) -> str:
    """Return a mass as people write it: kilograms from one kilogram on."""
    if grams < 1000:  # noqa: PLR2004  grams in a kilogram
        return f"{grams} g"
    return f"{grams / 1000:,.3f}".rstrip("0").rstrip(".") + " kg"


def duration(seconds: int, lang: Language) -> str:
    """Return a stretch of time in the largest unit that divides it."""
    units = (
        (DAY_S, "天", "day"),
        (HOUR_S, "小时", "hour"),
        (MINUTE_S, "分钟", "minute"),
        (1, "秒", "second"),
    )
    size, zh, en = next(unit for unit in units if seconds % unit[0] == 0)
    count = seconds // size
    return f"{count} {zh}" if lang is Language.ZH else f"{count} {en}{'' if count == 1 else 's'}"


def percent(ppm: int, lang: Language) -> str:
    """Return parts per million as a percentage; Chinese sets its sign close."""
    return f"{ppm / _PPM_PER_PERCENT:g}{'' if lang is Language.ZH else ' '}%"


def _named(fact: object, names: Mapping[str, str], lang: Language) -> object:
    if isinstance(fact, list | tuple):
        return [_named(one, names, lang) for one in fact]
    name = names.get(str(fact)) if names else None
    if name is None:
        return fact
    return name + aside(str(fact), lang)


def _told(name: str, fact: object, lang: Language) -> object:
    return translate(str(fact), lang) if name in _ENGLISH else fact


def _rule(rule: str, lang: Language) -> Texts:
    area, _, name = rule.partition(".")
    entries = read(__name__, "rules", lang).get(area, {})
    if name not in entries:
        raise UnknownTextError(rule)
    found: Texts = entries[name]
    return found


_MEASURES: Final[Mapping[str, Callable[[Any, Language], str]]] = {
    "mass": lambda value, _: mass(value),
    "percent": percent,
    "duration": duration,
    "list": lambda value, lang: join([str(one) for one in value] or [_NONE[lang]], lang),
}


class _Formatter(string.Formatter):
    """Puts facts into a sentence; behind the colon stands a measure or the code list of the fact."""

    def __init__(self, lang: Language) -> None:
        self._lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401  the signature of the base
        if not format_spec:
            return str(value)
        if format_spec in _MEASURES:
            return _MEASURES[format_spec](value, self._lang)
        if isinstance(value, list | tuple):
            return join([word(format_spec, str(one), self._lang) for one in value], self._lang)
        return word(format_spec, str(value), self._lang)
