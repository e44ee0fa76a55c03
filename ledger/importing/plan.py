"""A mapping applied to the header of a table: which column is read how, and what is wrong with the header."""

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from typing import Final

from crypto.strictjson import Json
from ledger.identifiers import ItemId
from ledger.importing.forms import UNITS, Kind, unit_key
from ledger.importing.mapping import SKIP, Column, Mapping
from ledger.importing.problems import ImportRefusal, Problem
from ledger.importing.table import Merged, Row, Table, letter, shown
from ledger.importing.targets import ITEM, VEHICLE, Target, target, targets_of
from ledger.importing.values import CellError, Reading, read

NEW: Final = "new"
"""The constant of `vehicle` for vehicles that the ledger does not know yet."""
_INDEX: Final = re.compile(r"\[[0-9]*\]")
_MEMBER: Final = re.compile(r"(\w+)\[([0-9]*)\]\.(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A column that is imported.

    Attributes:
        column: its place, counted from 0.
        path: its target.
        reading: how its cells are read.
        required: whether each event needs it.
        needed: whether its object needs it once there is one; `parent` is that object, with its point.
        list_name: the list that it tells a member of, or nothing; `number` and `member` belong to that.
        number: which member, where the headers are numbered; empty where each row tells one.
        member: the path within the member.
    """

    column: int
    path: str
    reading: Reading
    required: bool
    needed: bool
    parent: str
    list_name: str = ""
    number: str = ""
    member: str = ""

    @property
    def is_item(self) -> bool:
        """Whether its cells hold ids of items."""
        return self.reading.form.kind is Kind.ITEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a table is read; `problems` are those of its header, and where it is `broken` no event is made."""

    event: str
    issuer: ItemId
    slots: tuple[Slot, ...]
    constants: MappingOf[str, Json]
    new_vehicle: bool
    group_column: int | None
    grouped_by_item: bool
    width: int
    headers: tuple[str, ...]
    shadowed: frozenset[tuple[int, int]]
    rows: MappingOf[int, Row] = field(repr=False)
    problems: tuple[Problem, ...] = ()
    broken: bool = False

    @property
    def group_rule(self) -> str:
        """The rule for a group value that comes again after another one."""
        return "import.duplicate_item" if self.grouped_by_item else "import.group_split"

    def goes_on(self, row: Row) -> bool:
        """Whether a row without a group value goes on with the event above it."""
        shares = (slot for slot in self.slots if not slot.list_name and slot.path != ITEM)
        return all(row.cell(slot.column) in (None, "") for slot in shares)

    def problem(self, place: tuple[int, int], rule: str, **facts: object) -> Problem:
        """Return a problem of a cell, or of a row where the column is -1."""
        row, column = place
        if column < 0:
            return Problem(row=row, rule=rule, facts=facts)
        return Problem(
            row=row,
            column=letter(column),
            header=self.headers[column] if column < len(self.headers) else "",
            value=shown(self.rows[row].cell(column)),
            rule=rule,
            facts=facts,
        )

    def place_of(self, path: str, row: int) -> tuple[int, int]:
        """Return the cell of a row that tells a path, or the nearest of its parents; else the row."""
        wanted = _INDEX.sub("[]", path)
        while wanted:
            for slot in self.slots:
                told = _INDEX.sub("[]", slot.path)
                if told == wanted or told.startswith((f"{wanted}.", f"{wanted}[")):
                    return row, slot.column
            wanted = wanted.rpartition(".")[0]
        return row, -1


def plan_of(table: Table, mapping: Mapping, issuer: ItemId) -> Plan:
    """Return how a table is read under a mapping.

    Raises:
        ImportRefusal: a constant is not what its claim may be.
    """
    headers = tuple(shown(cell).strip() for cell in table.header.cells)
    places = {header: place for place, header in reversed(list(enumerate(headers))) if header}
    slots = tuple(
        _slot(mapping, column, places[column.header], issuer)
        for column in mapping.columns
        if column.claim != SKIP and column.header in places
    )
    plan = Plan(
        event=mapping.event,
        issuer=issuer,
        slots=slots,
        constants=_constants(mapping),
        new_vehicle=mapping.constants.get(VEHICLE) == NEW,
        group_column=next((slot.column for slot in slots if slot.path == mapping.group), None),
        grouped_by_item=mapping.group == ITEM,
        width=len(headers),
        headers=headers,
        shadowed=table.shadowed,
        rows={row.number: row for row in (table.header, *table.rows)},
    )
    broken = [*_missing_columns(plan, mapping, table), *_missing_targets(plan, mapping, table)]
    broken += _twice(plan, table)
    found = [*broken, *_extra(plan, mapping, table)]
    return replace(plan, problems=tuple(found), broken=bool(broken))


def _slot(mapping: Mapping, column: Column, place: int, issuer: ItemId) -> Slot:
    found = _target(mapping.event, column.claim)
    unit = found.form.unit
    reading = Reading(
        form=found.form,
        scale=UNITS[unit][unit_key(column.unit)] if unit else Reading(found.form).scale,
        offset=mapping.offset,
        trim=mapping.trim,
        prefix=column.prefix,
        words=column.words,
        namespace=str(issuer) if column.uuid else "",
    )
    member = _MEMBER.fullmatch(column.claim)
    name, number, inner = member.groups() if member else ("", "", "")
    parent = (inner if member else column.claim).rpartition(".")[0]
    return Slot(
        column=place,
        path=column.claim,
        reading=reading,
        required=found.required,
        needed=found.needed,
        parent=f"{parent}." if parent else "",
        list_name=name,
        number=number,
        member=inner,
    )


def _target(event: str, path: str) -> Target:
    found = target(event, path)
    if found is None:
        raise ImportRefusal("import.claim_unknown", claim=path, header="", event=event)
    return found


def _constants(mapping: Mapping) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for path, value in mapping.constants.items():
        if path == VEHICLE and value == NEW:
            continue
        form = _target(mapping.event, path).form
        try:
            found[path] = read(value, Reading(form, offset=mapping.offset))
        except CellError as error:
            raise ImportRefusal("import.constant", claim=path, value=value, why=error.rule) from error
    return found


def _missing_columns(plan: Plan, mapping: Mapping, table: Table) -> Iterator[Problem]:
    for column in mapping.columns:
        if column.header not in plan.headers and not column.optional and column.claim != SKIP:
            yield Problem(
                row=table.header.number,
                header=column.header,
                rule="import.column_missing",
                facts={"header": column.header},
            )


def _missing_targets(plan: Plan, mapping: Mapping, table: Table) -> Iterator[Problem]:
    mapped = {_INDEX.sub("[]", column.claim) for column in mapping.columns}
    told = mapped | mapping.constants.keys()
    for path, one in targets_of(plan.event).items():
        parent = path.rpartition(".")[0]
        begun = parent and any(other.startswith(f"{parent}.") for other in told)
        if path not in told and (one.required or (one.needed and begun)):
            yield Problem(row=table.header.number, rule="import.target_missing", facts={"claim": path})


def _twice(plan: Plan, table: Table) -> Iterator[Problem]:
    for place, header in enumerate(plan.headers):
        if header and plan.headers.index(header) < place:
            yield plan.problem((table.header.number, place), "import.header_twice", header=header)


def _extra(plan: Plan, mapping: Mapping, table: Table) -> Iterator[Problem]:
    known = {column.header for column in mapping.columns}
    for place, header in enumerate(plan.headers):
        where = (table.header.number, place)
        if isinstance(table.header.cell(place), Merged):
            yield plan.problem(where, "import.merged", cells=header)
        elif header and header not in known:
            yield plan.problem(where, "import.column_extra", header=header)
        elif not header and any(row.cell(place) is not None for row in table.rows):
            yield plan.problem(where, "import.header_missing")
