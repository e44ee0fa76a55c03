"""What findings say to people, in the texts beside this module."""

from collections.abc import Mapping

from ledger.wording import UnknownTextError, Wording, fill, sentences
from ledger.wording.language import Language, Texts, read


def finding_text(rule: str, lang: Language, *, item: str, facts: Mapping[str, object]) -> Wording:
    """Return what a finding rule says about an item and its facts; raises UnknownTextError."""
    entry = _entry(rule, lang)
    told = {**facts, "item": item}
    return Wording(entry["title"], fill(sentences(entry["detail"]), lang, told), entry["remedy"])


def finding_rules_told(lang: Language) -> tuple[str, ...]:
    """Return every finding rule that has a text, in the order of the file."""
    areas = read("ledger.wording", "findings", lang)
    return tuple(f"{area}.{name}" for area, entries in areas.items() for name in entries)


def finding_title(rule: str, lang: Language) -> str:
    """Return what a finding rule is called; raises UnknownTextError."""
    return str(_entry(rule, lang)["title"])


def _entry(rule: str, lang: Language) -> Texts:
    area, _, name = rule.partition(".")
    found = read("ledger.wording", "findings", lang).get(area, {}).get(name)
    if found is None:
        raise UnknownTextError(rule)
    entry: Texts = found
    return entry
