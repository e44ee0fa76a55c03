"""Sessions of the desk: which key signed in, under the hash of the session's secret."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "session",
        sa.Column("secret_sha256", sa.LargeBinary, primary_key=True),
        sa.Column("kid", TEXT, nullable=False),
        sa.Column("made_at", NUMBER, nullable=False),
        sa.Column("until", NUMBER, nullable=False),
    )
    op.create_index("session_kid", "session", ["kid", "made_at"])
    op.create_index("session_until", "session", ["until"])
