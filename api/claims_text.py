"""An event's public claims as lines for people: a name and what it says, with links to other items."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import singledispatch
from typing import Final

from api.texts import Texts, moment, quantity
from crypto.keys import Verifier
from crypto.sdjwt import Disclosure
from crypto.strictjson import Json
from ledger.claims import members_of
from ledger.events import Claims
from ledger.events.production import CellCodes
from ledger.events.recycling import Period
from ledger.events.row import Place, Restricted
from ledger.identifiers import ItemId
from ledger.instants import Instant, format_day
from ledger.state import Organisation
from ledger.vin import Vin
from ledger.wording import UnknownTextError, clauses, labelled, mass
from ledger.wording.punctuation import COMMA

MAX_LISTED: Final = 12
_SHORT: Final = 12
# Commitments and numbers that only programs compare; they stand in the event itself.
_FOR_PROGRAMS: Final = frozenset(
    {"cells_root", "sha256", "consignment", "documents", "salt", "proof", "cell"}
)
_EVENTS: Final = frozenset({"event", "events", "measurements", "grading", "recall"})


# Bare numbers: inside a group of claims each stands with its name.
_NAMED_WITHIN: Final = ("_ppm", "cell_count")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text, perhaps a link to an item or, by its id, to an event."""

    text: str
    item: ItemId | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One claim: its name and what it says, a row for each member of a list."""

    name: str
    rows: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What turning a claim into words needs beside the claim."""

    texts: Texts
    orgs: Mapping[ItemId, Organisation]
    name: str = ""
    nested: bool = False

    def named(self, name: str, *, nested: bool = False) -> "Words":
        """Return the same for a claim of another name, perhaps one inside another."""
        return dataclasses.replace(self, name=name, nested=nested)


def lines_of(claims: Claims, words: Words) -> list[Line]:
    """Return the claims that say something to people, in their order; defaults are left out."""
    lines = []
    for name, value in _stated(claims):
        rows = tuple(_rows(value, words.named(name)))
        if rows:
            lines.append(Line(words.texts.word("claim", name), rows))
    return lines


def restricted_lines(
    claims: Iterable[Disclosure], rows: Mapping[str, Restricted], words: Words
) -> list[Line]:
    """Return restricted claims that were revealed, each with its name, in the order of `claims`."""
    return [_restricted(one.name, rows[one.name].codec.decode(one.value), words) for one in claims]


def _restricted(name: str, value: object, words: Words) -> Line:
    """Return a restricted claim; where another claim has its name, too, the desk's word for it stands."""
    try:
        told = Texts(words.texts.lang, "desk")(f"label.restricted_{name}")
    except UnknownTextError:
        told = words.texts.word("claim", name)
    return Line(told, tuple(_rows(value, words.named(name))))


def _rows(value: object, words: Words) -> Iterator[tuple[Span, ...]]:
    if not isinstance(value, tuple) or not any(dataclasses.is_dataclass(one) for one in value):
        found = tuple(say(value, words))
        if found:
            yield found
        return
    for one in value[:MAX_LISTED]:
        yield tuple(say(one, words))
    if len(value) > MAX_LISTED:
        yield (Span(words.texts("site.more", count=len(value) - MAX_LISTED)),)


def orgs_in(value: object) -> Iterator[ItemId]:
    """Yield every organisation that claims name, however deep."""
    if isinstance(value, ItemId):
        if value.is_org:
            yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from orgs_in(one)
    elif dataclasses.is_dataclass(value) and not isinstance(value, Instant | Verifier):
        for field in dataclasses.fields(value):
            yield from orgs_in(getattr(value, field.name))


@singledispatch
def say(value: object, words: Words) -> Iterator[Span]:
    """Yield a claim's value in words; a group of claims yields each of its members."""
    if not dataclasses.is_dataclass(value):
        yield Span(str(value))
        return
    first = True
    for name, member in _stated(value):
        spans = list(say(member, words.named(name, nested=True)))
        if spans and not first:
            yield Span(" · ")
        yield from spans
        first = first and not spans


@say.register
def _(value: bool, words: Words) -> Iterator[Span]:  # noqa: FBT001  the type is what dispatches
    if words.nested:
        yield Span(words.texts.word("claim", words.name) + " ")
    yield Span(words.texts("site.yes" if value else "site.no"))


@say.register
def _(value: Period, words: Words) -> Iterator[Span]:
    del words
    yield Span(f"{moment(value.from_)} – {moment(value.until)}")


@say.register
def _(value: CellCodes, words: Words) -> Iterator[Span]:
    for number, (unit, codes) in enumerate(value.codes.items()):
        yield Span(" · " if number else "")
        yield from say(unit, words)
        yield Span(labelled("", str(len(codes)), words.texts.lang))


@say.register
def _(value: int, words: Words) -> Iterator[Span]:
    if words.nested and words.name.endswith(_NAMED_WITHIN):
        yield Span(words.texts.word("claim", words.name) + " ")
    yield Span(mass(value) if words.name.endswith("_g") else quantity(words.name, value))


@say.register
def _(value: StrEnum, words: Words) -> Iterator[Span]:
    yield Span(words.texts.word(code_list(type(value)), value))


@say.register
def _(value: str, words: Words) -> Iterator[Span]:
    if words.name in _EVENTS:
        yield Span(f"{value[:_SHORT]}…", event=value)
    elif words.name in {"kid", "digests"}:
        yield Span(f"{value[:_SHORT]}…")
    elif words.name == "model":
        yield Span(value.partition("/")[2])
    elif words.name in {"district", "city"}:
        yield Span(region(value, words.texts))
    else:
        yield Span(value)


@say.register
def _(value: ItemId, words: Words) -> Iterator[Span]:
    if value.is_org:
        yield Span(words.texts.party(value, words.orgs))
    else:
        yield Span(value.code, value)


@say.register
def _(value: Instant, words: Words) -> Iterator[Span]:
    del words
    yield Span(moment(value))


@say.register
def _(value: date, words: Words) -> Iterator[Span]:
    del words
    yield Span(format_day(value))


@say.register
def _(value: Verifier, words: Words) -> Iterator[Span]:
    del words
    yield Span(f"{value.algorithm} {value.thumbprint()[:_SHORT]}…")


@say.register
def _(value: Vin, words: Words) -> Iterator[Span]:
    del words
    # Never in full on a page: maker and number tell whose car it is to who has it in front of them.
    yield Span(f"{value.text[:3]}…{value.text[-4:]}")


@say.register
def _(value: Place, words: Words) -> Iterator[Span]:
    site = "" if value.site is None else f" · {value.site}"
    yield Span(region(value.district, words.texts) + site)


@say.register(tuple)
def _(value: Sequence[object], words: Words) -> Iterator[Span]:
    for place, one in enumerate(value):
        if place:
            yield Span(COMMA[words.texts.lang])
        yield from say(one, words)


@say.register(dict)
def _(value: Mapping[str, object], words: Words) -> Iterator[Span]:
    if words.name == "mg_per_kg":
        yield Span(words.texts.join([f"{element} {share / 10_000:g} %" for element, share in _shares(value)]))
    else:
        yield Span(words.texts.words("claim", list(value)))


def region(code: str, texts: Texts) -> str:
    """Return a district as its province or country with its code (GB/T 2260, ISO 3166-2)."""
    province = texts.word("province", code[:2])
    return code if province == code[:2] else f"{province} {code}"


def code_list(kind: type[StrEnum]) -> str:
    """Return the name of the list of words for a code list's class: `MassBasis` is `mass_basis`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__)[1:]


def _shares(value: Mapping[str, object]) -> Iterator[tuple[str, int]]:
    for element, share in value.items():
        if isinstance(share, int):
            yield element, share


def _stated(value: object) -> Iterator[tuple[str, object]]:
    """Yield the members of a group of claims that are not at their default and are meant for people."""
    kind = type(value)
    names = members_of(kind)
    for field, name in zip(dataclasses.fields(kind), names, strict=True):  # type: ignore[arg-type]  # checked by the caller
        member = getattr(value, field.name)
        if member != field.default and not name.endswith("sha256") and name not in _FOR_PROGRAMS:
            yield name, member


def stated(
    claims: Claims,
    restricted: Mapping[str, Json],
    rows: Mapping[str, Restricted],
    texts: Texts,
    orgs: Mapping[ItemId, Organisation],
) -> list[Json]:
    """Return what an event would say, as pairs of a name and a text: public claims, then restricted ones.

    Args:
        claims: the public claims.
        restricted: the restricted ones, by name.
        rows: what restricted claims it may have; a correction has those of what it corrects.
        texts: the words.
        orgs: the organisations that it names.
    """
    words = Words(texts, orgs)
    told = [_restricted(name, _typed(value, rows[name]), words) for name, value in restricted.items()]
    return [
        [line.name, clauses(["".join(span.text for span in row) for row in line.rows], texts.lang)]
        for line in (*lines_of(claims, words), *told)
    ]


def _typed(value: Json, row: Restricted) -> object:
    # Who signs sees in full what a page shows to others in part, such as a VIN.
    typed = row.codec.decode(value)
    return value if isinstance(value, str) and not isinstance(typed, StrEnum) else typed
