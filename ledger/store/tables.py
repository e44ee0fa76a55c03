"""The tables, and the one way from a state to its row.

`entry` is the truth; what is derived from it equals a replay of the entries (`ledger.rebuild`). `head` is one
row: what is committed. Beside them stand the disclosures and, in `ledger.store.beside_tables`, what is kept
of reading them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from ledger.instants import format_day
from ledger.state import Fact, Filing, Item, Key, Model, Organisation, RegisteredKey, State, state_to_json

Row = Mapping[str, Any]

METADATA: Final = MetaData()
# Ids sort by their bytes on every database, whatever its locale: cursors and the published index rely on it.
TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
# Only INTEGER makes a primary key SQLite's own row number.
NUMBER: Final = BigInteger().with_variant(Integer(), "sqlite")

HEAD: Final = Table(
    "head",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("size", NUMBER, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("epoch", NUMBER, nullable=False),
    CheckConstraint("id = 1", name="head_is_one_row"),
)
ENTRY: Final = Table(
    "entry",
    METADATA,
    Column("index", NUMBER, primary_key=True, autoincrement=False),
    Column("event_id", TEXT, nullable=False),
    Column("issuer", TEXT, nullable=False),
    Column("jti", TEXT, nullable=False),
    Column("logged_at", NUMBER, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("event_id", name="entry_event_id"),
    UniqueConstraint("jti", "issuer", name="entry_jti_issuer"),
)
DISCLOSURE: Final = Table(
    "disclosure",
    METADATA,
    Column("event_id", TEXT, primary_key=True),
    Column("digest", TEXT, primary_key=True),
    Column("text", TEXT, nullable=False),
    Column("document", TEXT),
)
ITEM: Final = Table(
    "item",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("phase", TEXT, nullable=False),
    Column("custodian", TEXT, nullable=False),
    Column("owner", TEXT, nullable=False),
    Column("operator", TEXT, nullable=False),
    Column("parent", TEXT),
    Column("vehicle", TEXT),
    Column("model", TEXT),
    Column("made_on", TEXT),
    Column("mass_g", NUMBER),
    Column("tip", TEXT, nullable=False),
    Column("count", NUMBER, nullable=False),
    Column("latest", NUMBER, nullable=False),
    Column("state", TEXT, nullable=False),
)
ORGANISATION: Final = Table(
    "organisation",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("tip", TEXT, nullable=False),
    Column("count", NUMBER, nullable=False),
    Column("latest", NUMBER, nullable=False),
    Column("state", TEXT, nullable=False),
)
FACT: Final = Table(
    "fact",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("org", TEXT),
    Column("state", TEXT, nullable=False),
)
HISTORY: Final = Table(
    "history",
    METADATA,
    Column("item", TEXT, primary_key=True),
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("index", NUMBER, nullable=False),
    Column("touches", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
HOLDING: Final = Table(
    "holding",
    METADATA,
    Column("item", TEXT, primary_key=True),
    Column("index", NUMBER, primary_key=True, autoincrement=False),
    Column("custodian", TEXT, nullable=False),
    Column("owner", TEXT, nullable=False),
    Column("operator", TEXT, nullable=False),
    Column("container", TEXT),
    sqlite_with_rowid=False,
)
STATED_DOCUMENT: Final = Table(
    "stated_document",
    METADATA,
    Column("sha256", TEXT, primary_key=True),
    Column("index", NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
TILE: Final = Table(
    "tile",
    METADATA,
    Column("level", NUMBER, primary_key=True, autoincrement=False),
    Column("n", NUMBER, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)


def _index(name: str, column: Column[Any]) -> Index:
    present = column.isnot(None)
    return Index(name, column, sqlite_where=present, postgresql_where=present)


INDEXES: Final = (
    _index("item_parent", ITEM.c.parent),
    _index("item_vehicle", ITEM.c.vehicle),
    Index("item_custodian", ITEM.c.custodian),
    Index("fact_org", FACT.c.org, FACT.c.kind),
    _index("disclosure_document", DISCLOSURE.c.document),
)
DERIVED: Final = (ITEM, ORGANISATION, FACT, HISTORY, HOLDING, STATED_DOCUMENT, TILE)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with what is looked up without reading its body."""

    index: int
    event_id: str
    issuer: str
    jti: str
    logged_at: int
    body: bytes


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One event in the history of an item: its number there, its index, and whether it touches the item."""

    item: str
    seq: int
    index: int
    touches: bool


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """The disclosure of one restricted claim of an event; `document` is the hash of a document it names."""

    event_id: str
    digest: str
    text: str
    document: str | None = None


@dataclass(frozen=True, slots=True)
class StatedDocument:
    """A document whose hash a public claim of the entry at `index` states."""

    sha256: str
    index: int


def state_rows(states: Mapping[Key, State]) -> dict[Table, Sequence[Row]]:
    """Return the rows of states, by table."""
    rows: dict[Table, list[Row]] = {ITEM: [], ORGANISATION: [], FACT: []}
    for key, state in states.items():
        text = json.dumps(state_to_json(state), ensure_ascii=False, separators=(",", ":"))
        if isinstance(state, Item):
            rows[ITEM].append(_item_row(state, text))
        elif isinstance(state, Organisation):
            rows[ORGANISATION].append(
                {
                    "id": str(state.id),
                    "tip": state.tip,
                    "count": state.count,
                    "latest": state.latest,
                    "state": text,
                }
            )
        elif isinstance(key, Fact):
            rows[FACT].append({"id": str(key), "kind": key.kind.value, "org": _owner(state), "state": text})
    return {table: found for table, found in rows.items() if found}


def _item_row(item: Item, text: str) -> Row:
    return {
        "id": str(item.id),
        "kind": item.kind.value,
        "phase": item.phase.value,
        "custodian": str(item.custodian),
        "owner": str(item.owner),
        "operator": str(item.operator),
        "parent": _text(item.parent),
        "vehicle": _text(item.vehicle),
        "model": item.model,
        "made_on": None if item.made_on is None else format_day(item.made_on),
        "mass_g": item.mass_g,
        "tip": item.tip,
        "count": item.count,
        "latest": item.latest,
        "state": text,
    }


def _owner(state: State) -> str | None:
    return str(state.org) if isinstance(state, RegisteredKey | Filing | Model) else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
