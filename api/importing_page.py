"""What the import of a table shows: kinds of event to choose from, columns with first values, a preview."""

import re
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.claims_text import orgs_in, stated
from api.sessions import SignedIn
from api.texts import Texts
from crypto.strictjson import Json
from ledger import passport
from ledger.events import REGISTRY, Row
from ledger.importing.forms import SYMBOLS, UNITS, options_of, unit_key
from ledger.importing.headers import draft
from ledger.importing.mapping import SKIP, Column, Mapping
from ledger.importing.table import Row as TableRow
from ledger.importing.table import Table, letter
from ledger.importing.table import shown as cell_shown
from ledger.importing.targets import (
    AT,
    ITEM,
    ORGANISATION,
    RESTRICTED,
    VEHICLE,
    Target,
    importable,
    target,
    targets_of,
)
from ledger.importing.trial import Draft
from ledger.store import Snapshot

SAMPLES: Final = 3
"""How many rows stand beside a mapping, and how many events in a preview."""
LONGEST: Final = 60
DISTRICT: Final = "place.district"
_INDEX: Final = re.compile(r"\[[0-9]*\]")
_OWN: Final = (ITEM, VEHICLE, ORGANISATION, AT)


@dataclass(frozen=True, slots=True)
class Option:
    """A target that a column may tell: path, name in words, its group on the page, and how it is read."""

    path: str
    label: str
    group: str
    unit: str
    required: bool
    is_uuid: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A column: where it is, what stands in it, and what it is taken to tell; `kept`: what only files say."""

    place: str
    header: str
    samples: Sequence[str]
    claim: str
    unit: str
    symbols: Sequence[str]
    unsure: bool
    kept: MappingOf[str, Json]


@dataclass(frozen=True, slots=True)
class Constant:
    """What is the same in every row: a target, its value, and the codes to choose from where it has some."""

    option: Option
    value: str
    codes: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page with the columns shows."""

    event: str
    events: Sequence[tuple[str, str]]
    mapping: Mapping
    rows: int
    lines: Sequence[Line]
    options: Sequence[Option]
    groups: Sequence[Option]
    constants: Sequence[Constant]
    units: MappingOf[str, Sequence[str]]


def choices(acting: SignedIn, texts: Texts) -> list[tuple[str, str]]:
    """Return the event types that a table can tell and this key may state, by name, with their titles."""
    found = [
        (name, texts.word("event", name))
        for name, kind in REGISTRY.items()
        if importable(name) and _may(kind.row, acting)
    ]
    return sorted(found, key=lambda one: one[1])


def _may(row: Row, acting: SignedIn) -> bool:
    by_role = row.roles is None or row.holder or row.owner or not row.roles.isdisjoint(acting.org.roles)
    return acting.key.purpose in row.purposes and by_role


def guessed(header: TableRow, offered: Sequence[tuple[str, str]]) -> str:
    """Return the event type whose claims the header tells best."""

    def likeness(event: str) -> int:
        guess = draft(event, header)
        return sum(bool(one.claim) for one in guess.mapping.columns) - len(guess.missing)

    return max((name for name, _ in offered), key=likeness)


def shown(
    acting: SignedIn,
    table: Table,
    mapping: Mapping,
    texts: Texts,
    *,
    offered: Sequence[tuple[str, str]],
    missing: Sequence[str],
    unsure: frozenset[str] = frozenset(),
) -> Shown:
    """Return a mapping beside the first rows of its table."""
    options = [_option(one, texts) for one in targets_of(mapping.event).values()]
    told = {_INDEX.sub("[]", one.claim): one for one in mapping.columns}
    lines = _lines(table, {one.header: one for one in mapping.columns}, unsure, mapping.event)
    known = {one.path for one in options}
    options += [
        _option(found, texts) for path in told if path not in known and (found := target(mapping.event, path))
    ]
    first = {**({DISTRICT: acting.org.district} if DISTRICT in missing else {}), **mapping.constants}
    constants = [
        Constant(_option(one, texts), str(first.get(path, "")), options_of(one.form, texts.lang))
        for path, one in targets_of(mapping.event).items()
        if path in missing or path in first
    ]
    return Shown(
        event=mapping.event,
        events=offered,
        mapping=mapping,
        rows=len(table.rows),
        lines=lines,
        options=options,
        groups=[one for one in options if "[]" not in one.path and (one.required or one.path == ITEM)],
        constants=constants,
        units=SYMBOLS,
    )


def _lines(table: Table, columns: MappingOf[str, Column], unsure: frozenset[str], event: str) -> list[Line]:
    found = list[Line]()
    for place, cell in enumerate(table.header.cells):
        header = cell_shown(cell).strip()
        if not header or any(one.header == header for one in found):
            continue
        column = columns.get(header, Column(header=header, claim=""))
        samples = [cell_shown(row.cell(place))[:LONGEST] for row in table.rows[:SAMPLES]]
        found.append(
            Line(
                letter(place),
                header,
                samples,
                column.claim,
                _symbol(event, column),
                _symbols(event, column.claim),
                header in unsure or not column.claim,
                {"prefix": column.prefix, "words": dict(column.words), "optional": column.optional},
            )
        )
    return found


def _symbols(event: str, claim: str) -> Sequence[str]:
    found = target(event, claim) if claim and claim != SKIP else None
    return SYMBOLS.get(found.form.unit, ()) if found is not None else ()


def _symbol(event: str, column: Column) -> str:
    """Return the unit of a column as the page has it: one of several ways of writing the same."""
    found = target(event, column.claim)
    if found is None or not found.form.unit or not column.unit:
        return ""
    sizes = UNITS[found.form.unit]
    size = sizes[unit_key(column.unit)]
    return next(one for one in SYMBOLS[found.form.unit] if sizes[unit_key(one)] == size)


def _option(one: Target, texts: Texts) -> Option:
    return Option(
        one.path, _label(one.path, texts), _group(one.path), one.form.unit, one.required, one.form.is_uuid
    )


def _group(path: str) -> str:
    if path in _OWN:
        return "about"
    return "restricted" if path.startswith(RESTRICTED) else "members" if "[" in path else "claims"


def _label(path: str, texts: Texts) -> str:
    if path in _OWN:
        return Texts(texts.lang, "importing")(f"target.{path}")
    parts = [part for part in re.split(r"\.|\[\]", path.removeprefix(RESTRICTED)) if part]
    return " · ".join(_word(part, texts) for part in parts)


def _word(part: str, texts: Texts) -> str:
    found = texts.word("claim", part)
    return texts.word("element", part) if found == part else found


def previews(snapshot: Snapshot, drafts: Sequence[Draft], texts: Texts) -> list[Json]:
    """Return the first events in words, with their exact claims."""
    first = drafts[:SAMPLES]
    orgs = passport.organisations(snapshot, [org for one in first for org in orgs_in(one.statement.claims)])
    return [
        {
            "rows": list(one.statement.rows),
            "items": [item.code for item in one.prev],
            "told": stated(
                one.statement.claims,
                one.statement.restricted,
                one.statement.claims.row.restricted,
                texts,
                orgs,
            ),
        }
        for one in first
    ]
