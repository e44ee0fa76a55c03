"""The tables that stand beside the ledger: what is kept of reading it. No entry and no replay gives them.

Tokens spent, restricted reads, shares, sessions, and who put which document: losing one loses no statement
and no proof.
"""

from typing import Final

from sqlalchemy import Column, Index, LargeBinary, Table

from ledger.store.tables import METADATA, NUMBER, TEXT

SPENT_TOKEN: Final = Table(
    "spent_token",
    METADATA,
    Column("sha256", LargeBinary, primary_key=True),
    Column("expires_at", NUMBER, nullable=False),
)
READING: Final = Table(
    "reading",
    METADATA,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("index", NUMBER, nullable=False),
    Column("reader", TEXT, nullable=False),
    Column("claims", TEXT, nullable=False),
    Column("read_at", NUMBER, nullable=False),
)
SHARE: Final = Table(
    "share",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("secret_sha256", LargeBinary, nullable=False, unique=True),
    Column("issuer", TEXT, nullable=False),
    Column("item", TEXT, nullable=False),
    Column("claims", TEXT, nullable=False),
    Column("made_at", NUMBER, nullable=False),
    Column("until", NUMBER, nullable=False),
    Column("revoked_at", NUMBER),
    Column("opened", NUMBER, nullable=False),
)
DOCUMENT: Final = Table(
    "document",
    METADATA,
    Column("sha256", TEXT, primary_key=True),
    Column("org", TEXT, primary_key=True),
    Column("size", NUMBER, nullable=False),
    Column("put_at", NUMBER, nullable=False),
)
SESSION: Final = Table(
    "session",
    METADATA,
    Column("secret_sha256", LargeBinary, primary_key=True),
    Column("kid", TEXT, nullable=False),
    Column("made_at", NUMBER, nullable=False),
    Column("until", NUMBER, nullable=False),
)
BESIDE_INDEXES: Final = (
    Index("spent_token_expires_at", SPENT_TOKEN.c.expires_at),
    Index("reading_index", READING.c.index, READING.c.id),
    Index("share_issuer", SHARE.c.issuer, SHARE.c.id),
    Index("document_org", DOCUMENT.c.org),
    Index("session_kid", SESSION.c.kid, SESSION.c.made_at),
    Index("session_until", SESSION.c.until),
)
