"""Submission, single and batched, against a bare signature check and a bare durable insert."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from nacl.bindings import crypto_sign_open
from sqlalchemy import Engine, text

from bench.stories import founded, signed_packs
from bench.timing import Figure, measure
from crypto import jws
from tests.ledgers import Ledger
from tests.scenario import MAKER

SINGLE = 100
BATCH = 500


def figures(url: str, engine: Engine, folder: Path, name: str) -> list[Figure]:
    """Measure on one database; `engine` is a connection of the same kind to another, empty one."""
    ledger = Ledger(url, folder)
    try:
        story, opening = founded()
        ledger.log(opening)
        packs = signed_packs(story)
        _prepare(engine)
        return [_single(ledger, packs, engine, name), _batched(ledger, packs, engine, name)]
    finally:
        ledger.close()


def _prepare(engine: Engine) -> None:
    with engine.begin() as connection:
        kind = "BYTEA" if engine.dialect.name == "postgresql" else "BLOB"
        connection.execute(text(f"CREATE TABLE bare (id INTEGER PRIMARY KEY, body {kind} NOT NULL)"))


class _Bare:
    """What is left of a submission without the ledger: check the signature, insert the bytes, commit."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.id = 0
        self.key = MAKER.key().verifier.key

    def write(self, events: list[str]) -> None:
        rows = []
        for event in events:
            parsed = jws.parse(event.partition("~")[0])
            crypto_sign_open(parsed.signature + parsed.signing_input, self.key)
            self.id += 1
            rows.append({"id": self.id, "body": event.encode()})
        with self.engine.begin() as connection:
            connection.execute(text("INSERT INTO bare VALUES (:id, :body)"), rows)


def _single(ledger: Ledger, packs: Iterator[str], engine: Engine, name: str) -> Figure:
    bare = _Bare(engine)
    fresh = _taker(packs, SINGLE)
    sample = fresh()
    ledger.log(sample)

    def ours() -> int:
        # Signing is the client's work; it is done before the clock starts for the whole round.
        for event in waiting.pop():
            ledger.submit(event)
        return SINGLE

    def plain() -> int:
        for event in sample:
            bare.write([event])
        return SINGLE

    waiting = [fresh() for _ in range(16)]
    return measure(
        f"submit one event ({name})",
        ours,
        plain,
        unit="event",
        baseline="signature check, insert of its bytes, durable commit",
    )


def _batched(ledger: Ledger, packs: Iterator[str], engine: Engine, name: str) -> Figure:
    bare = _Bare(engine)
    bare.id = 1_000_000
    fresh = _taker(packs, BATCH)
    sample = fresh()
    ledger.log(sample)

    def ours() -> int:
        ledger.submit(*waiting.pop())
        return BATCH

    def plain() -> int:
        bare.write(sample)
        return BATCH

    waiting = [fresh() for _ in range(16)]
    return measure(
        f"submit {BATCH} events at once ({name})",
        ours,
        plain,
        unit="event",
        baseline="the same signature checks and inserts in one commit",
    )


def _taker(packs: Iterator[str], count: int) -> Callable[[], list[str]]:
    return lambda: list(islice(packs, count))
