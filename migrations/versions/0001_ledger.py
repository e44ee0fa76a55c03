"""The first schema: entries, what is derived from them, disclosures and the head row.

Written out rather than taken from `ledger.store.tables`, because a migration that has run never changes.
"""

from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table, and the head of an empty log."""
    head = op.create_table(
        "head",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("epoch", NUMBER, nullable=False),
        sa.CheckConstraint("id = 1", name="head_is_one_row"),
    )
    op.bulk_insert(head, [{"id": 1, "size": 0, "root": sha256(b"").digest(), "epoch": 1}])
    op.create_table(
        "entry",
        sa.Column("index", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("event_id", TEXT, nullable=False),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("jti", TEXT, nullable=False),
        sa.Column("logged_at", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("event_id", name="entry_event_id"),
        sa.UniqueConstraint("jti", "issuer", name="entry_jti_issuer"),
    )
    op.create_table(
        "disclosure",
        sa.Column("event_id", TEXT, primary_key=True),
        sa.Column("digest", TEXT, primary_key=True),
        sa.Column("text", TEXT, nullable=False),
    )
    create_states()
    op.create_table(
        "history",
        sa.Column("item", TEXT, primary_key=True),
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("index", NUMBER, nullable=False),
        sa.Column("touches", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tile",
        sa.Column("level", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("n", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )


def create_states() -> None:
    """Create the tables of states, with what is searched for as columns."""
    op.create_table(
        "item",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("phase", TEXT, nullable=False),
        sa.Column("custodian", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("operator", TEXT, nullable=False),
        sa.Column("parent", TEXT),
        sa.Column("vehicle", TEXT),
        sa.Column("model", TEXT),
        sa.Column("made_on", TEXT),
        sa.Column("mass_g", NUMBER),
        sa.Column("tip", TEXT, nullable=False),
        sa.Column("count", NUMBER, nullable=False),
        sa.Column("latest", NUMBER, nullable=False),
        sa.Column("state", TEXT, nullable=False),
    )
    for column in ("parent", "vehicle"):
        present = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"item_{column}", "item", [column], sqlite_where=present, postgresql_where=present)
    op.create_index("item_custodian", "item", ["custodian"])
    op.create_table(
        "organisation",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("tip", TEXT, nullable=False),
        sa.Column("count", NUMBER, nullable=False),
        sa.Column("latest", NUMBER, nullable=False),
        sa.Column("state", TEXT, nullable=False),
    )
    op.create_table(
        "fact",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("org", TEXT),
        sa.Column("state", TEXT, nullable=False),
    )
    op.create_index("fact_org", "fact", ["org", "kind"])
