"""Findings: remarks at entries, derived (`packtrace rebuild` fills them), and those of the door."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables, empty."""
    for name in ("finding", "door_finding"):
        op.create_table(
            name,
            sa.Column("index", NUMBER, primary_key=True, autoincrement=False),
            sa.Column("n", NUMBER, primary_key=True, autoincrement=False),
            sa.Column("rule", TEXT, nullable=False),
            sa.Column("subject", TEXT, nullable=False),
            sa.Column("org", TEXT),
            sa.Column("other", TEXT),
            sa.Column("thread", TEXT),
            sa.Column("ends", sa.Boolean, nullable=False),
            sa.Column("base_ms", NUMBER),
            sa.Column("place", TEXT),
            sa.Column("facts", TEXT, nullable=False),
        )
        for column in ("thread", "subject", "org", "other", "rule"):
            op.create_index(f"{name}_{column}", name, [column, "index"])
