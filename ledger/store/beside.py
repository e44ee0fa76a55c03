"""Reads and writes beside the ledger: tokens spent, restricted reads, shares, sessions, documents.

They take no lock of the writer and touch nothing that an entry gives. Each is one short transaction, which is
committed before the answer that it belongs to leaves.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Row, Table, and_, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.store.beside_tables import DOCUMENT, READING, SESSION, SHARE, SPENT_TOKEN
from ledger.store.bulk import POSTGRESQL, row_of
from ledger.store.tables import HISTORY
from ledger.store.tables import Row as Values


@dataclass(frozen=True, slots=True)
class Reading:
    """Restricted claims of an entry were read: by whom (an organisation, or `share:<id>`), which, when."""

    index: int
    reader: str
    claims: tuple[str, ...]
    read_at_ms: int


@dataclass(frozen=True, slots=True)
class Share:
    """A link that shows chosen claims of one item until its end.

    Attributes:
        id: its public name.
        issuer: who stated the claims and issued the link.
        item: the item's id.
        claims: names of claims by event id.
        made_at_ms: when it was issued.
        until_ms: when it ends.
        revoked_at_ms: when it was revoked, or None.
        opened: how often it was followed.
    """

    id: str
    issuer: str
    item: str
    claims: dict[str, list[str]]
    made_at_ms: int
    until_ms: int
    revoked_at_ms: int | None = None
    opened: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A document that an organisation put: its hash, who, how long in bytes, when."""

    sha256: str
    org: str
    size: int
    put_at: int


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in with a key of the ledger: which key, when, until when. What it may is not kept."""

    kid: str
    made_at_ms: int
    until_ms: int


class Beside:
    """One transaction beside the ledger. Made by `Store.beside`, which commits it at its end."""

    def __init__(self, connection: Connection) -> None:
        self._connection: Final = connection

    def spend_token(self, sha256: bytes, *, expires_at_s: int, forget_before_s: int) -> bool:
        """Note a token as spent and forget those that ended before a time; False: it was spent before."""
        self._connection.execute(delete(SPENT_TOKEN).where(SPENT_TOKEN.c.expires_at < forget_before_s))
        return self._insert_new(SPENT_TOKEN, {"sha256": sha256, "expires_at": expires_at_s})

    def record(self, readings: Sequence[Reading]) -> None:
        """Keep who read what."""
        if readings:
            self._connection.execute(insert(READING), [_reading_row(one) for one in readings])

    def readings(self, item: str, *, after: int, limit: int, until_index: int) -> list[tuple[int, Reading]]:
        """Return the reads of an item's events up to an entry, oldest first, with their numbers."""
        rows = self._connection.execute(
            select(READING)
            .join(HISTORY, HISTORY.c.index == READING.c.index)
            .where(
                and_(HISTORY.c.item == item, READING.c.id > after, READING.c.index <= until_index),
            )
            .order_by(READING.c.id)
            .limit(limit)
        )
        return [
            (number, Reading(index, reader, tuple(json.loads(claims)), read_at))
            for number, index, reader, claims, read_at in rows
        ]

    def add_share(self, share: Share, secret_sha256: bytes) -> None:
        """Keep a share and the hash of its secret."""
        row = {
            "id": share.id,
            "secret_sha256": secret_sha256,
            "issuer": share.issuer,
            "item": share.item,
            "claims": json.dumps(share.claims),
            "made_at": share.made_at_ms,
            "until": share.until_ms,
            "revoked_at": None,
            "opened": 0,
        }
        self._connection.execute(insert(SHARE), [row])

    def find_share(self, secret_sha256: bytes) -> Share | None:
        """Return the share with a secret."""
        row = self._connection.execute(select(SHARE).where(SHARE.c.secret_sha256 == secret_sha256)).first()
        return None if row is None else _share(row)

    def shares(self, issuer: str, *, after: str, limit: int) -> list[Share]:
        """Return the shares of an organisation by id, behind `after`."""
        place = and_(SHARE.c.issuer == issuer, SHARE.c.id > after)
        rows = self._connection.execute(select(SHARE).where(place).order_by(SHARE.c.id).limit(limit))
        return [_share(row) for row in rows]

    def count_shares(self, issuer: str, *, at_ms: int) -> int:
        """Return how many shares of an organisation are open at a time."""
        place = and_(SHARE.c.issuer == issuer, SHARE.c.until > at_ms, SHARE.c.revoked_at.is_(None))
        return int(self._connection.execute(select(func.count()).where(place)).scalar_one())

    def revoke_share(self, share_id: str, issuer: str, *, at_ms: int) -> bool:
        """End a share of an organisation, if it has not been before; False: it has no such share."""
        mine = and_(SHARE.c.id == share_id, SHARE.c.issuer == issuer)
        stamped = update(SHARE).where(mine).values(revoked_at=func.coalesce(SHARE.c.revoked_at, at_ms))
        return self._connection.execute(stamped).rowcount == 1

    def open_share(self, share_id: str) -> int:
        """Count that a share was followed; return how often it was before."""
        place = SHARE.c.id == share_id
        self._connection.execute(update(SHARE).where(place).values(opened=SHARE.c.opened + 1))
        return int(self._connection.execute(select(SHARE.c.opened).where(place)).scalar_one()) - 1

    def documents(self, sha256: str) -> list[Document]:
        """Return who put a document."""
        rows = self._connection.execute(
            select(DOCUMENT).where(DOCUMENT.c.sha256 == sha256).order_by(DOCUMENT.c.org)
        )
        return [Document(*row) for row in rows]

    def document_bytes(self, org: str) -> int:
        """Return how many bytes of documents an organisation has put."""
        total = func.coalesce(func.sum(DOCUMENT.c.size), 0)
        return int(self._connection.execute(select(total).where(DOCUMENT.c.org == org)).scalar_one())

    def add_document(self, document: Document) -> bool:
        """Note that an organisation put a document; False: it had before."""
        return self._insert_new(DOCUMENT, row_of(document))

    def add_session(self, session: Session, secret_sha256: bytes, *, keep: int) -> None:
        """Keep a session under the hash of its secret; forget ended ones and all but `keep` of its key."""
        self._connection.execute(delete(SESSION).where(SESSION.c.until <= session.made_at_ms))
        older = (
            select(SESSION.c.secret_sha256)
            .where(SESSION.c.kid == session.kid)
            .order_by(SESSION.c.made_at.desc(), SESSION.c.secret_sha256)
        )
        for (found,) in self._connection.execute(older).all()[keep - 1 :]:
            self._connection.execute(delete(SESSION).where(SESSION.c.secret_sha256 == found))
        row = {
            "secret_sha256": secret_sha256,
            "kid": session.kid,
            "made_at": session.made_at_ms,
            "until": session.until_ms,
        }
        self._connection.execute(insert(SESSION), [row])

    def find_session(self, secret_sha256: bytes) -> Session | None:
        """Return the session with a secret, ended or not."""
        place = SESSION.c.secret_sha256 == secret_sha256
        row = self._connection.execute(select(SESSION).where(place)).first()
        return None if row is None else Session(row.kid, row.made_at, row.until)

    def end_session(self, secret_sha256: bytes) -> None:
        """Forget a session; nothing happens where there is none."""
        self._connection.execute(delete(SESSION).where(SESSION.c.secret_sha256 == secret_sha256))

    def _insert_new(self, table: Table, values: Values) -> bool:
        dialect = postgresql if self._connection.dialect.name == POSTGRESQL else sqlite
        added = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
        return self._connection.execute(added).first() is not None


def _reading_row(one: Reading) -> Values:
    return {
        "index": one.index,
        "reader": one.reader,
        "claims": json.dumps(list(one.claims)),
        "read_at": one.read_at_ms,
    }


def _share(row: Row[tuple[object, ...]]) -> Share:
    return Share(
        id=row.id,
        issuer=row.issuer,
        item=row.item,
        claims=json.loads(row.claims),
        made_at_ms=row.made_at,
        until_ms=row.until,
        revoked_at_ms=row.revoked_at,
        opened=row.opened,
    )
