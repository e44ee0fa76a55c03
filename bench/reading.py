"""Audit of a whole log and reading of one item, each against the least work that could be called the same."""

import hashlib
from pathlib import Path

from nacl.bindings import crypto_sign_open
from sqlalchemy import Engine, text

from bench.stories import founded, signed_packs
from bench.timing import Figure, measure
from crypto import jws
from ledger.entry import Entry
from ledger.identifiers import ItemId
from tests.ledgers import Ledger
from tests.scenario import MAKER, pack

PACKS = 1_000
READS = 200
AUDIT_ROUNDS = 3


def figures(url: str, engine: Engine, folder: Path, name: str) -> list[Figure]:
    """Measure on one database; `engine` reads the same database without the ledger."""
    ledger = Ledger(url, folder)
    try:
        story, opening = founded()
        ledger.log(opening)
        packs = signed_packs(story)
        for _ in range(PACKS // 500):
            ledger.log([next(packs) for _ in range(500)])
        return [_audit(ledger, name), _read(ledger, engine, name)]
    finally:
        ledger.close()


def _audit(ledger: Ledger, name: str) -> Figure:
    key = MAKER.key().verifier.key
    size = ledger.size

    def ours() -> int:
        report = ledger.audit_bytes()
        assert report.ok
        return size

    def bare() -> int:
        with ledger.store.snapshot() as snapshot:
            bodies = snapshot.entries(0, size)
        for body in bodies:
            hashlib.sha256(body).digest()
            parsed = jws.parse(Entry.decode(body).jws)
            if parsed.kid == MAKER.key().verifier.thumbprint():
                crypto_sign_open(parsed.signature + parsed.signing_input, key)
        return size

    return measure(
        f"audit a log ({name})",
        ours,
        bare,
        unit="entry",
        baseline="read every entry, hash it, check its signature",
        rounds=AUDIT_ROUNDS,
    )


def _read(ledger: Ledger, engine: Engine, name: str) -> Figure:
    items: list[ItemId] = [pack(1 + place) for place in range(READS)]

    def ours() -> int:
        for item in items:
            with ledger.store.snapshot() as snapshot:
                assert snapshot.states([item])
        return READS

    def bare() -> int:
        for item in items:
            with engine.connect() as connection:
                query = text("SELECT state FROM item WHERE id = :id")
                assert connection.execute(query, {"id": str(item)}).scalar_one()
        return READS

    return measure(
        f"read an item's state ({name})",
        ours,
        bare,
        unit="item",
        baseline="one SELECT of the row by its key",
    )
