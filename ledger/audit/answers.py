"""What is asked of a server about the whole ledger: the form of a question, and of what an answer may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from crypto.strictjson import Json
from ledger.audit.findings import Kind
from ledger.audit.own import Own, Row
from ledger.audit.source import Teller
from ledger.identifiers import ItemId


class AnswerError(Exception):
    """An answer has not the form of what was asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told after the first `size` entries: figures by their names.

    `whole`: all of it is about that size; not where the log grew between two pages.
    """

    size: int
    told: Row
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """The members of a finding that say where it is."""

    index: int | None = None
    event: str | None = None
    item: str | None = None


class Question(Protocol):
    """One thing that is asked of a server and that the replay gives too."""

    @property
    def kind(self) -> Kind:
        """What a finding about it is about."""
        ...

    def place(self, figure: str = "", /) -> Place:
        """Return where a finding is: about one of its figures, or about all of it."""
        ...

    @property
    def facts(self) -> Mapping[str, object]:
        """What was asked for."""
        ...

    def ask(self, teller: Teller) -> Answer:
        """Ask; raises NotServedError, or AnswerError for what is no answer."""
        ...

    def expected(self, own: Own, answer: Answer, /) -> Row:
        """Return what the entries give; `answer` says what has to be looked up for that."""
        ...


@dataclass(frozen=True, slots=True)
class OfItem:
    """What every question about one item has: where its findings are, and that no more was asked for."""

    item: ItemId

    def place(self, _figure: str = "", /) -> Place:
        """Return the item."""
        return Place(item=str(self.item))

    @property
    def facts(self) -> Mapping[str, object]:
        """Nothing more."""
        return {}


def size_of(told: Row) -> int:
    """Return after how many entries an answer stands; raises AnswerError."""
    size = told.get("size")
    if not isinstance(size, int) or isinstance(size, bool):
        raise AnswerError
    return size


def by_name(told: Json, name: str, value: str) -> Row:
    """Return rows by one member and their value by another; raises AnswerError where one stands twice."""
    rows = rows_of(told)
    found = {text_of(one, name): object_of(one).get(value) for one in rows}
    if len(found) != len(rows):
        raise AnswerError
    return found


def members(told: Json, names: Sequence[str]) -> Row:
    """Return some members of an object, None where it lacks one; raises AnswerError."""
    values = object_of(told)
    return {name: values.get(name) for name in names}


def text_of(told: Json, name: str) -> str:
    """Return a member that is a text; raises AnswerError."""
    value = object_of(told).get(name)
    if not isinstance(value, str):
        raise AnswerError
    return value


def rows_of(told: Json) -> Sequence[Json]:
    """Return what is a list; raises AnswerError."""
    if not isinstance(told, list):
        raise AnswerError
    return told


def object_of(told: Json) -> Row:
    """Return what is an object; raises AnswerError."""
    if not isinstance(told, dict):
        raise AnswerError
    return told
