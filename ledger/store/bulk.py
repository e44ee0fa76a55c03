"""Many rows and many keys in one statement, on both databases.

SQLite takes rows as `executemany` and keys as one JSON array; PostgreSQL takes both as arrays. So a statement
has the same text and the same few parameters, whether one row or thousands go through it.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Insert,
    LargeBinary,
    Table,
    Text,
    any_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.types import BigInteger, TypeEngine

from ledger.store.tables import Row

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

POSTGRESQL: Final = "postgresql"


def row_of(value: "DataclassInstance") -> Row:
    """Return the row of a dataclass whose members are the table's columns."""
    return {one.name: getattr(value, one.name) for one in fields(value)}


def insert(connection: Connection, table: Table, rows: Sequence[Row], *, replace: bool = False) -> None:
    """Insert rows with one statement; `replace`: a row takes the place of the one with the same primary key.

    Every row has a value for each column.
    """
    if not rows:
        return
    if connection.dialect.name == POSTGRESQL:
        statement = _insert_arrays(table, replace=replace)
        arrays = {one.name: [row[one.name] for row in rows] for one in table.columns}
        connection.execute(statement, arrays)
    else:
        connection.execute(_insert_each(table, replace=replace), rows)


def among(connection: Connection, place: Column[Any], keys: Collection[Any]) -> ColumnElement[bool]:
    """Return the condition that a column has one of these values, bound as one parameter."""
    if connection.dialect.name == POSTGRESQL:
        # Written `column = ANY (array)`, which an index serves; the other way round it would not.
        return place == any_(literal(list(keys), ARRAY(_plain(place.type))))
    found = func.json_each(json.dumps(list(keys))).table_valued("value")
    return place.in_(select(found.c.value))


@cache
def _insert_each(table: Table, *, replace: bool) -> Insert:
    statement = sqlite.insert(table)
    if not replace:
        return statement
    changed = _changed(table, statement.excluded)
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


@cache
def _insert_arrays(table: Table, *, replace: bool) -> Insert:
    names = [one.name for one in table.columns]
    # Several `unnest` in one select list advance together, row by row.
    rows = select(*(func.unnest(bindparam(one.name, type_=ARRAY(_plain(one.type)))) for one in table.columns))
    statement = postgresql.insert(table).from_select(names, rows)
    if not replace:
        return statement
    changed = _changed(table, statement.excluded)
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


def _changed(table: Table, excluded: ReadOnlyColumnCollection[str, Any]) -> dict[str, Any]:
    return {one.name: excluded[one.name] for one in table.columns if not one.primary_key}


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """Return the type of an array's members, without the collation that only a column has."""
    for plain in (Boolean, LargeBinary, Text):
        if isinstance(kind, plain):
            return plain()
    return BigInteger()
