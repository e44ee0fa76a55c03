"""Reading with a right: who held what, documents by hash, and what is kept of restricted reads.

`holding` and `stated_document` are derived: on a ledger with entries, `packtrace rebuild` fills them.
"""

import base64
import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, and note which disclosures name a document."""
    op.create_table(
        "holding",
        sa.Column("item", TEXT, primary_key=True),
        sa.Column("index", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("custodian", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("operator", TEXT, nullable=False),
        sa.Column("container", TEXT),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stated_document",
        sa.Column("sha256", TEXT, primary_key=True),
        sa.Column("index", NUMBER, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spent_token",
        sa.Column("sha256", sa.LargeBinary, primary_key=True),
        sa.Column("expires_at", NUMBER, nullable=False),
    )
    op.create_index("spent_token_expires_at", "spent_token", ["expires_at"])
    op.create_table(
        "reading",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("index", NUMBER, nullable=False),
        sa.Column("reader", TEXT, nullable=False),
        sa.Column("claims", TEXT, nullable=False),
        sa.Column("read_at", NUMBER, nullable=False),
    )
    op.create_index("reading_index", "reading", ["index", "id"])
    create_shares_and_documents()
    note_documents()


def create_shares_and_documents() -> None:
    """Create the tables of shares and of documents."""
    op.create_table(
        "share",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("secret_sha256", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("item", TEXT, nullable=False),
        sa.Column("claims", TEXT, nullable=False),
        sa.Column("made_at", NUMBER, nullable=False),
        sa.Column("until", NUMBER, nullable=False),
        sa.Column("revoked_at", NUMBER),
        sa.Column("opened", NUMBER, nullable=False),
    )
    op.create_index("share_issuer", "share", ["issuer", "id"])
    op.create_table(
        "document",
        sa.Column("sha256", TEXT, primary_key=True),
        sa.Column("org", TEXT, primary_key=True),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("put_at", NUMBER, nullable=False),
    )
    op.create_index("document_org", "document", ["org"])


def note_documents() -> None:
    """Give `disclosure` its column, and fill it from the disclosures that are there."""
    op.add_column("disclosure", sa.Column("document", TEXT))
    present = sa.text("document IS NOT NULL")
    op.create_index(
        "disclosure_document", "disclosure", ["document"], sqlite_where=present, postgresql_where=present
    )
    table = sa.table("disclosure", *map(sa.column, ("event_id", "digest", "text", "document")))
    rows = op.get_bind().execute(sa.select(table.c.event_id, table.c.digest, table.c.text)).all()
    for event_id, digest, text in rows:
        document = named_document(text)
        if document is not None:
            place = sa.and_(table.c.event_id == event_id, table.c.digest == digest)
            op.execute(sa.update(table).where(place).values(document=document))


def named_document(text: str) -> str | None:
    """Return the hash that a disclosure names a document by."""
    _, name, value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return value if name.endswith("_sha256") and isinstance(value, str) else None
