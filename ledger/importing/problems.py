"""What is wrong with a table: its rule, its place, what to do. The texts are in `texts.*.toml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from crypto.strictjson import Json
from ledger.errors import LedgerError
from ledger.wording import (
    Language,
    Texts,
    UnknownTextError,
    Wording,
    fill,
    join,
    read,
    rule_text,
    sentences,
    translate,
    wording,
)

OWN: Final = "import."
"""Rules that begin with this are of tables; any other is a rule of the ledger."""
_TRANSLATED: Final = frozenset({"reason"})


class ImportRefusal(LedgerError):  # noqa: N818  it says no, like the refusals of the ledger
    """The whole table, its mapping or its journal is refused, for a rule of `texts.*.toml`."""

    def __init__(self, rule: str, **facts: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.facts = facts

    def sentence(self, lang: Language) -> str:
        """Return what is wrong, what to do, and the rule, as one line."""
        told = text_of(self.rule, self.facts, lang)
        return f"{told.detail} {told.remedy} [{self.rule}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to put right in a table.

    Attributes:
        row: its number in the sheet.
        column: the letters of its column; empty where the row as a whole is meant.
        header: what stands above it.
        value: what stands in the cell.
        rule: the id of the rule, of this package or of the ledger.
        facts: what its sentence needs.
        told: the words of the ledger, where it refused the event; they are in the language spoken.
    """

    row: int
    column: str = ""
    header: str = ""
    value: str = ""
    rule: str
    facts: Mapping[str, object] = field(default_factory=dict)
    told: Wording | None = None

    def saying(self, told: Wording) -> "Problem":
        """Return the same problem in the words of the ledger."""
        return replace(self, told=told)

    def wording(self, lang: Language) -> Wording:
        """Return the problem in words."""
        return self.told or text_of(self.rule, self.facts, lang)

    def to_json(self, lang: Language) -> dict[str, Json]:
        """Return the problem for programs."""
        told = self.wording(lang)
        return {
            "row": self.row,
            "column": self.column,
            "header": self.header,
            "value": self.value,
            "rule": self.rule,
            "detail": told.detail,
            "remedy": told.remedy,
        }


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems by row and column, as they stand in the table."""
    return tuple(sorted(problems, key=lambda one: (one.row, len(one.column), one.column)))


def text_of(rule: str, facts: Mapping[str, object], lang: Language) -> Wording:
    """Return the words of a rule of tables or of the ledger; raises UnknownTextError for neither."""
    if not rule.startswith(OWN):
        return wording(rule, lang, item=str(facts.get("item", "")), facts=facts)
    texts, entry = _texts(rule, lang)
    told = {name: translate(str(fact), lang) if name in _TRANSLATED else fact for name, fact in facts.items()}
    if "what" in facts:
        named = facts["what"] if isinstance(facts["what"], list) else [facts["what"]]
        told["what"] = join([texts["what"][str(one)] for one in named], lang)
    return Wording(
        title=entry["title"],
        detail=fill(sentences(entry["detail"]), lang, told),
        remedy=fill(sentences(entry["remedy"]), lang, told),
    )


def template_of(rule: str, lang: Language) -> Wording:
    """Return the texts of a rule of tables or of the ledger as they stand; UnknownTextError for neither."""
    if not rule.startswith(OWN):
        return rule_text(rule, lang)
    _, entry = _texts(rule, lang)
    detail, remedy = ("\n".join(sentences(entry[name])) for name in ("detail", "remedy"))
    return Wording(entry["title"], detail, remedy)


def _texts(rule: str, lang: Language) -> tuple[Texts, Texts]:
    texts = read("ledger.importing", "texts", lang)
    name = rule.removeprefix(OWN)
    if name not in texts["import"]:
        raise UnknownTextError(rule)
    return texts, texts["import"][name]
