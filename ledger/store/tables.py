"""The tables, and the one way from a state to its row.

`entry` is the truth; what is derived from it equals a replay of the entries (`ledger.rebuild`). `head` is one
row: what is committed. Beside them stand `disclosure`, `vin`, `door_finding` and, in
`ledger.store.beside_tables`, what is kept of reading.
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
from ledger.ties import Strand

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
    Column("container", TEXT),
    Column("parts", NUMBER),
    Column("code_reversed", TEXT),
    Column("offer_to", TEXT),
    Column("offer_by", TEXT),
    Column("consignment", TEXT),
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
TIE: Final = Table(
    "tie",
    METADATA,
    Column("item", TEXT, primary_key=True),
    Column("index", NUMBER, primary_key=True, autoincrement=False),
    Column("course", TEXT, primary_key=True),
    Column("side", TEXT, primary_key=True),
    Column("mass_g", NUMBER),
    Column("added_g", NUMBER, nullable=False),
    sqlite_with_rowid=False,
)


def _remarks(name: str) -> Table:
    return Table(
        name,
        METADATA,
        Column("index", NUMBER, primary_key=True, autoincrement=False),
        Column("n", NUMBER, primary_key=True, autoincrement=False),
        Column("rule", TEXT, nullable=False),
        Column("subject", TEXT, nullable=False),
        Column("org", TEXT),
        Column("other", TEXT),
        Column("thread", TEXT),
        Column("ends", Boolean, nullable=False),
        Column("base_ms", NUMBER),
        Column("place", TEXT),
        Column("facts", TEXT, nullable=False),
    )


FINDING: Final = _remarks("finding")
# Beside the entries, as disclosures are: no replay can make its rows again.
DOOR_FINDING: Final = _remarks("door_finding")


VIN: Final = Table(
    "vin",
    METADATA,
    Column("hash", TEXT, primary_key=True),
    Column("event_id", TEXT, primary_key=True),
    Column("digest", TEXT, nullable=False),
    Column("vehicle", TEXT, nullable=False),
)


def _index(name: str, column: Column[Any], *more: Column[Any]) -> Index:
    present = column.isnot(None)
    return Index(name, column, *more, sqlite_where=present, postgresql_where=present)


# Each index of items ends in what pages are ordered by, so that a search reads no more than it may.
INDEXES: Final = (
    _index("item_container", ITEM.c.container, ITEM.c.id),
    Index("item_custodian", ITEM.c.custodian, ITEM.c.kind, ITEM.c.id),
    Index("item_owner", ITEM.c.owner, ITEM.c.kind, ITEM.c.id),
    Index("item_kind", ITEM.c.kind, ITEM.c.phase, ITEM.c.id),
    Index("item_latest", ITEM.c.latest, ITEM.c.id),
    _index("item_model", ITEM.c.model, ITEM.c.id),
    _index("item_made_on", ITEM.c.made_on, ITEM.c.id),
    _index("item_reversed", ITEM.c.code_reversed),
    _index("item_offer_to", ITEM.c.offer_to, ITEM.c.consignment, ITEM.c.id),
    _index("item_offer_by", ITEM.c.offer_by, ITEM.c.consignment, ITEM.c.id),
    Index("vin_event_id", VIN.c.event_id),
    Index("fact_org", FACT.c.org, FACT.c.kind),
    _index("disclosure_document", DISCLOSURE.c.document),
    Index("tie_index", TIE.c.index),
    Index("tie_course", TIE.c.course, TIE.c.index),
    *(
        Index(f"{table.name}_{name}", table.c[name], table.c.index)
        for table in (FINDING, DOOR_FINDING)
        for name in ("thread", "subject", "org", "other", "rule")
    ),
)
DERIVED: Final = (ITEM, ORGANISATION, FACT, HISTORY, HOLDING, STATED_DOCUMENT, TIE, FINDING, TILE)


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
class VinRow:
    """Which vehicle a VIN belongs to, by its keyed hash; as long as the disclosure that says it is kept."""

    hash: str
    event_id: str
    digest: str
    vehicle: str


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


def tie_row(one: Strand) -> Row:
    """Return the row of one item on one side of an act."""
    return {
        "item": one.item,
        "index": one.index,
        "course": one.course.value,
        "side": one.side.value,
        "mass_g": one.mass_g,
        "added_g": one.added_g,
    }


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
        "container": _text(item.vehicle or item.parent),
        "parts": item.parts or None,
        "code_reversed": item.id.value[::-1] if item.id.scheme == "gbt34014" else None,
        "offer_to": None if item.offer is None else str(item.offer.to),
        "offer_by": None if item.offer is None else str(item.offer.by),
        "consignment": None if item.offer is None else item.offer.consignment,
    }


def _owner(state: State) -> str | None:
    return str(state.org) if isinstance(state, RegisteredKey | Filing | Model) else None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
