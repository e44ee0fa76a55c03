"""Rows into unsigned events. Every problem is found, at its row and column; none stops the others."""

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from crypto.strictjson import Json
from ledger.claims import MalformedClaimError, decode
from ledger.events import REGISTRY, About, Claims
from ledger.identifiers import ItemId
from ledger.importing.mapping import Mapping
from ledger.importing.plan import Plan, Slot, plan_of
from ledger.importing.problems import Problem
from ledger.importing.table import Row, Table, Value, shown
from ledger.importing.targets import AT, ITEM, ORGANISATION, RESTRICTED, VEHICLE
from ledger.importing.values import CellError, read
from ledger.instants import Instant

HAPPENED_AHEAD_S: Final = 300
"""How far an event may lie ahead of the clock here before a table is refused; the ledger has its own say."""
Place = tuple[int, int]
"""A cell: the number of its row, and its column counted from 0; column -1 is the row as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An unsigned event, and where in the table it came from.

    Attributes:
        rows: the numbers of its rows.
        subjects: what it is about, its vehicle too; the items its claims name are not among them.
        claims: its public claims.
        restricted: the claims to conceal.
        at: when it happened; None is the moment of signing.
        new_vehicle: whether it goes with a vehicle that is new to the ledger; `vin` tells two apart.
        vin: the VIN of that vehicle, or another text that stands for it in this table.
        places: the cell of each claim, by path, and of each item, by its id.
    """

    rows: tuple[int, ...]
    subjects: tuple[ItemId, ...]
    claims: Claims
    restricted: MappingOf[str, Json]
    at: Instant | None
    new_vehicle: bool = False
    vin: str = ""
    places: MappingOf[str, Place] = field(repr=False)

    @property
    def items(self) -> tuple[ItemId, ...]:
        """The items in `prev`: subjects first, then those that the claims name."""
        return tuple(dict.fromkeys((*self.subjects, *self.claims.named())))

    def with_subject(self, item: ItemId) -> "Statement":
        """Return the statement with a further subject, which is its vehicle."""
        return replace(self, subjects=(*self.subjects, item), new_vehicle=False)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a table says: the events that could be read, and everything that is wrong."""

    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...]
    rows: int
    plan: Plan = field(repr=False)


@dataclass(slots=True)
class _Group:
    """The rows of one event, as they are read: scalars by path, members by list, cells by path and item."""

    rows: list[Row]
    data: dict[str, Json] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Json]]] = field(default_factory=dict)
    subjects: list[str] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)


def check(table: Table, mapping: Mapping, *, issuer: ItemId, now_ms: int) -> Checked:
    """Return the events of a table and its problems, in the order of its rows.

    Args:
        table: the table.
        mapping: which column tells what.
        issuer: who will sign.
        now_ms: the time, in milliseconds since 1970.

    Raises:
        ImportRefusal: a constant of the mapping is none, or the event type needs what nothing tells.
    """
    plan = plan_of(table, mapping, issuer)
    checker = _Checker(plan, now_ms)
    for rows in _groups(plan, table.rows, checker):
        checker.take(rows)
    problems = sorted(
        [*plan.problems, *checker.problems], key=lambda one: (one.row, len(one.column), one.column)
    )
    return Checked(tuple(checker.statements), tuple(problems), len(table.rows), plan)


def _groups(plan: Plan, rows: Iterable[Row], checker: "_Checker") -> Iterator[list[Row]]:
    """Yield the rows of each event: one by one, or all that follow each other with the same group value."""
    column = plan.group_column
    if column is None:
        yield from ([row] for row in rows)
        return
    group: list[Row] = []
    first_rows: dict[str, int] = {}
    told = ""
    for row in rows:
        value = shown(row.cell(column)).strip()
        if group and (value == told if value else plan.goes_on(row)):
            group.append(row)
            continue
        if group:
            yield group
        first = first_rows.setdefault(value, row.number)
        if value and first != row.number:
            checker.refuse((row.number, column), plan.group_rule, item=value, first=first)
        group, told = [row], value
    if group:
        yield group


class _Checker:
    def __init__(self, plan: Plan, now_ms: int) -> None:
        self._plan = plan
        self._kind = REGISTRY[plan.event]
        self._latest_ms = now_ms + HAPPENED_AHEAD_S * 1000
        self._known_rows: dict[tuple[object, ...], int] = {}
        self._created: dict[str, int] = {}
        self.statements: list[Statement] = []
        self.problems: list[Problem] = []

    def refuse(self, place: Place, rule: str, **facts: object) -> None:
        self.problems.append(self._plan.problem(place, rule, **facts))

    def take(self, rows: list[Row]) -> None:
        """Read the rows of one event."""
        group = _Group(rows)
        before = len(self.problems)
        for row in rows:
            self._row(group, row)
        self._missing(group)
        twice = self._twice(group)
        if not twice and len(self.problems) == before and not self._plan.broken:
            self._state(group)

    def _row(self, group: _Group, row: Row) -> None:
        for column in range(self._plan.width, len(row.cells)):
            if row.cells[column] is not None:
                self.refuse((row.number, column), "import.row_long")
        members: dict[tuple[str, str], int] = {}
        for slot in self._plan.slots:
            cell = row.cell(slot.column)
            if _told(cell):
                self._put(group, slot, row.number, self._read(cell, slot, row.number), members)
            elif not slot.list_name:
                group.places.setdefault(slot.path, (row.number, slot.column))
        self._incomplete(group, row, members)

    def _read(self, cell: Value, slot: Slot, row: int) -> Json:
        """Return the claim of a cell; None, and a problem, where there is none."""
        try:
            return read(cell, slot.reading)
        except CellError as error:
            self.refuse((row, slot.column), error.rule, **error.facts)
            return None

    def _put(
        self, group: _Group, slot: Slot, row: int, value: Json, members: dict[tuple[str, str], int]
    ) -> None:
        place = (row, slot.column)
        if slot.is_item:
            group.places.setdefault(str(value), place)
        if slot.list_name:
            self._put_member(group, slot, place, value, members)
        elif slot.path == ITEM and not self._plan.grouped_by_item:
            group.subjects.append(str(value))
        elif group.data.get(slot.path) is None:
            group.data[slot.path] = value
            group.places[slot.path] = place
        elif value not in (None, group.data[slot.path]):
            self.refuse(place, "import.group_differs", first=group.rows[0].number)

    def _put_member(
        self, group: _Group, slot: Slot, place: Place, value: Json, members: dict[tuple[str, str], int]
    ) -> None:
        found = group.lists.setdefault(slot.list_name, [])
        index = members.setdefault((slot.list_name, slot.number), len(found))
        if index == len(found):
            found.append({})
        found[index][slot.member] = value
        group.places[f"{slot.list_name}[{index}].{slot.member}"] = place

    def _incomplete(self, group: _Group, row: Row, members: MappingOf[tuple[str, str], int]) -> None:
        """Find what the list members of a row lack, and the objects within them."""
        for slot in self._plan.slots:
            index = members.get((slot.list_name, slot.number))
            if index is None or not slot.needed:
                continue
            told = group.lists[slot.list_name][index]
            begun = not slot.parent or any(path.startswith(slot.parent) for path in told)
            if begun and slot.member not in told:
                self._miss(row.number, slot)

    def _missing(self, group: _Group) -> None:
        """Find what the event lacks: what each has, and what an object that was begun has."""
        told = {**self._plan.constants, **group.data}
        for slot in self._plan.slots:
            if slot.path == ITEM and not self._plan.grouped_by_item:
                for row in group.rows if slot.required else ():
                    if not _told(row.cell(slot.column)):
                        self._miss(row.number, slot)
            elif not slot.list_name and slot.path not in told:
                begun = slot.needed and slot.parent and any(path.startswith(slot.parent) for path in told)
                if slot.required or begun:
                    self._miss(group.rows[0].number, slot)

    def _miss(self, row: int, slot: Slot) -> None:
        if (row, slot.column) not in self._plan.shadowed:
            self.refuse((row, slot.column), "import.missing")

    def _twice(self, group: _Group) -> bool:
        key = tuple(row.cell(slot.column) for row in group.rows for slot in self._plan.slots)
        first = self._known_rows.setdefault(key, group.rows[0].number)
        if first == group.rows[0].number:
            return False
        self.refuse((group.rows[0].number, -1), "import.duplicate_row", first=first)
        return True

    def _state(self, group: _Group) -> None:
        told = {**self._plan.constants, **group.data}
        try:
            claims = decode(self._kind, _nested(told, group.lists))
        except MalformedClaimError as error:
            place = group.places.get(error.path) or self._plan.place_of(error.path, group.rows[0].number)
            self.refuse(place, "import.claim", reason=error.reason)
            return
        at = told.get(AT)
        statement = Statement(
            rows=tuple(row.number for row in group.rows),
            subjects=self._subjects(group, told),
            claims=claims,
            restricted={
                path.removeprefix(RESTRICTED): value
                for path, value in told.items()
                if path.startswith(RESTRICTED)
            },
            at=None if at is None else Instant.parse(str(at)),
            new_vehicle=self._plan.new_vehicle,
            vin=str(told.get(f"{RESTRICTED}vin", group.rows[0].number)),
            places=group.places,
        )
        if self._allowed(statement, group):
            self.statements.append(statement)

    def _subjects(self, group: _Group, told: MappingOf[str, Json]) -> tuple[ItemId, ...]:
        found = [*group.subjects]
        found += [str(told[path]) for path in (ITEM, ORGANISATION, VEHICLE) if path in told]
        if self._kind.row.about is About.SIGNER:
            found.append(str(self._plan.issuer))
        return tuple(ItemId.parse(one) for one in dict.fromkeys(found))

    def _allowed(self, statement: Statement, group: _Group) -> bool:
        before = len(self.problems)
        if statement.at is not None and statement.at.ms > self._latest_ms:
            place = group.places.get(AT, (statement.rows[0], -1))
            self.refuse(place, "clock.happened_ahead", at=statement.at, limit_s=HAPPENED_AHEAD_S)
        most = self._kind.row.subjects[1]
        if len(group.subjects) > max(most, 1):
            self.refuse((statement.rows[0], -1), "import.group_large", most=most)
        if len(set(group.subjects)) != len(group.subjects):
            twice = next(one for one in group.subjects if group.subjects.count(one) > 1)
            self.refuse((statement.rows[0], -1), "import.duplicate_item", item=twice, first=statement.rows[0])
        if self._kind.row.creates is not None:
            self._new_items(statement)
        return len(self.problems) == before

    def _new_items(self, statement: Statement) -> None:
        """Refuse an item that an earlier row has made already; what is only mentioned may be so often."""
        mentioned = frozenset(statement.claims.mentioned())
        subjects = () if self._plan.grouped_by_item else statement.subjects  # told by its group already
        for item in (*subjects, *statement.claims.named()):
            if item.is_vehicle or item.is_org or item in mentioned:
                continue
            first = self._created.setdefault(str(item), statement.rows[0])
            if first != statement.rows[0]:
                place = statement.places.get(str(item), (statement.rows[0], -1))
                self.refuse(place, "import.duplicate_item", item=str(item), first=first)


def with_vehicles(statements: Iterable[Statement], new_id: Callable[[], UUID]) -> list[Statement]:
    """Return the statements with the vehicles that the ledger does not know: a new id for each VIN."""
    made: dict[str, ItemId] = {}
    found = []
    for one in statements:
        if one.new_vehicle:
            vehicle = made.get(one.vin) or made.setdefault(one.vin, ItemId("vehicle", str(new_id())))
            found.append(one.with_subject(vehicle))
        else:
            found.append(one)
    return found


def _told(cell: Value) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _nested(told: MappingOf[str, Json], lists: MappingOf[str, list[dict[str, Json]]]) -> dict[str, Json]:
    """Return the claims as one object from their paths."""
    found: dict[str, Json] = {}
    for path, value in told.items():
        if path not in (AT, ITEM, VEHICLE, ORGANISATION) and not path.startswith(RESTRICTED):
            _set(found, path, value)
    for name, members in lists.items():
        _set(found, name, [_nested(member, {}) for member in members])
    return found


def _set(target: dict[str, Json], path: str, value: Json) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        inner = target.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise TypeError(f"{path} lies within a value")
        target = inner
    target[name] = value
