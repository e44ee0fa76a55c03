"""Ties: which items an event turned into which. Derived: `packtrace rebuild` fills it from the entries."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table of ties, empty."""
    op.create_table(
        "tie",
        sa.Column("item", TEXT, primary_key=True),
        sa.Column("index", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("course", TEXT, primary_key=True),
        sa.Column("side", TEXT, primary_key=True),
        sa.Column("mass_g", NUMBER),
        sa.Column("added_g", NUMBER, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("tie_index", "tie", ["index"])
    op.create_index("tie_course", "tie", ["course", "index"])
