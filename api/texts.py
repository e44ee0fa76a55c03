"""The words of the pages: `texts(lang)("passport.title")`, and how people write quantities and times."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.state import Holder, Organisation
from ledger.wording import Language, UnknownTextError, aside, fill, join, labelled, phrases, read, word

_UNITS: Final[Mapping[str, tuple[int, str]]] = {
    "_mah": (1000, "Ah"),
    "_wh": (1000, "kWh"),
    "_mv": (1000, "V"),
    "_w": (1000, "kW"),
    "_ppm": (10_000, "%"),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language: of all pages, or of the file for some of them."""

    lang: Language
    file: str = "pages"

    def __call__(self, name: str, /, **facts: object) -> str:
        """Return a text of the pages with its facts; raises UnknownTextError for one that is not there."""
        section, _, key = name.partition(".")
        found = read("api", self.file, self.lang).get(section, {}).get(key)
        if not isinstance(found, str):
            raise UnknownTextError(name)
        return fill([found], self.lang, facts)

    def word(self, code_list: str, code: object) -> str:
        """Return the word for a code."""
        return word(code_list, str(code), self.lang)

    def words(self, code_list: str, codes: object) -> str:
        """Return the words for several codes as one enumeration."""
        listed = codes if isinstance(codes, list | tuple | set | frozenset) else [codes]
        return self.join([self.word(code_list, code) for code in listed])

    def join(self, parts: Sequence[str]) -> str:
        """Return several words as one enumeration."""
        return join(parts, self.lang)

    def phrases(self, *parts: str) -> str:
        """Return several phrases as one."""
        return phrases(parts, self.lang)

    def labelled(self, name: str, told: str) -> str:
        """Return what is told, behind its name."""
        return labelled(name, told, self.lang)

    def aside(self, text: str) -> str:
        """Return a text in brackets, to stand behind a word."""
        return aside(text, self.lang)

    @staticmethod
    def places(text: str) -> str:
        """Return a text whose places for facts have their names alone: `{mass_g:mass}` is `{mass_g}`."""
        return re.sub(r"{(\w+):\w+}", r"{\1}", text)

    def name(self, org: Organisation) -> str:
        """Return an organisation's name."""
        return org.name_zh if self.lang is Language.ZH else org.name_en

    def party(self, party: ItemId | Holder, orgs: Mapping[ItemId, Organisation]) -> str:
        """Return who holds a right: an organisation by name and role, or what it is instead."""
        org = orgs.get(party) if isinstance(party, ItemId) else None
        if org is None:
            return self.word("party", party)
        return self.name(org) + self.aside(self.words("role", org.roles))

    def day(self, day: date) -> str:
        """Return a day as it stands in a sentence."""
        if self.lang is Language.ZH:
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day}\u00a0{day:%B\u00a0%Y}"


def quantity(name: str, value: int) -> str:
    """Return a quantity whose name ends in its unit, in the unit that people use."""
    for suffix, (divisor, unit) in _UNITS.items():
        if name.endswith(suffix):
            return f"{value / divisor:,.3f}".rstrip("0").rstrip(".") + f" {unit}"
    return f"{value:,}"


def moment(instant: Instant) -> str:
    """Return an instant as people write it: day, hour and minute, and the offset of its clock."""
    found = datetime.fromisoformat(instant.text)
    return f"{found:%Y-%m-%d %H:%M} (UTC{instant.text[19:]})"
