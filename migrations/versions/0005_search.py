"""What items are searched by, as columns with indexes; and which vehicle a hashed VIN belongs to.

The columns follow from the state of each row, so they are filled here for the rows that are there.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = {
    "container": TEXT,
    "parts": NUMBER,
    "code_reversed": TEXT,
    "offer_to": TEXT,
    "offer_by": TEXT,
    "consignment": TEXT,
}
INDEXES = {
    "item_custodian": ["custodian", "kind", "id"],
    "item_owner": ["owner", "kind", "id"],
    "item_kind": ["kind", "phase", "id"],
    "item_latest": ["latest", "id"],
}
PARTIAL_INDEXES = {
    "item_container": ["container", "id"],
    "item_model": ["model", "id"],
    "item_made_on": ["made_on", "id"],
    "item_reversed": ["code_reversed"],
    "item_offer_to": ["offer_to", "consignment", "id"],
    "item_offer_by": ["offer_by", "consignment", "id"],
}
CHUNK = 1_000


def upgrade() -> None:
    """Add the columns, fill them, index them; make the table of VINs."""
    for name, kind in COLUMNS.items():
        op.add_column("item", sa.Column(name, kind))
    for name in ("item_parent", "item_vehicle", "item_custodian"):
        op.drop_index(name, "item")
    _fill(op.get_bind())
    for name, columns in INDEXES.items():
        op.create_index(name, "item", columns)
    for name, columns in PARTIAL_INDEXES.items():
        present = sa.text(f"{columns[0]} IS NOT NULL")
        op.create_index(name, "item", columns, sqlite_where=present, postgresql_where=present)
    op.create_table(
        "vin",
        sa.Column("hash", TEXT, primary_key=True),
        sa.Column("event_id", TEXT, primary_key=True),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("vehicle", TEXT, nullable=False),
    )
    op.create_index("vin_event_id", "vin", ["event_id"])


def _fill(connection: sa.Connection) -> None:
    item = sa.table("item", *(sa.column(name) for name in ("id", "state", *COLUMNS)))
    change = (
        sa.update(item)
        .where(item.c.id == sa.bindparam("item_id"))
        .values({name: sa.bindparam(f"new_{name}") for name in COLUMNS})
    )
    after = ""
    while True:
        page = sa.select(item.c.id, item.c.state).where(item.c.id > after).order_by(item.c.id).limit(CHUNK)
        rows = connection.execute(page).all()
        if not rows:
            return
        connection.execute(change, [_columns(row.id, json.loads(row.state)) for row in rows])
        after = rows[-1].id


def _columns(item: str, state: dict[str, object]) -> dict[str, object]:
    offer = state.get("offer")
    told = offer if isinstance(offer, dict) else {}
    scheme, _, value = item.partition(":")
    return {
        "item_id": item,
        "new_container": state.get("vehicle") or state.get("parent"),
        "new_parts": state.get("parts") or None,
        "new_code_reversed": value[::-1] if scheme == "gbt34014" else None,
        "new_offer_to": told.get("to"),
        "new_offer_by": told.get("by"),
        "new_consignment": told.get("consignment"),
    }
