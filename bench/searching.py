"""Searches among a million packs: each page against one SELECT that fetches as many rows by their keys.

The rows of items are written by themselves, not by events: a search reads nothing else of the ledger. They
stand for a country's packs: 200 makers' models, 1,000 days, a million serial numbers, a tenth of them fitted.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from bench.timing import Figure, measure
from ledger import gbt34014
from ledger.identifiers import ItemId
from ledger.instants import format_day
from ledger.likeness import Pattern
from ledger.search import Query, search
from ledger.state import Holder, Item
from ledger.store import Row, Store
from ledger.store.tables import ITEM, state_rows
from ledger.vocabulary import Kind, Phase
from tests.scenario import FLEET, MAKER, VEHICLE_MAKER, vehicle

PACKS = int(os.environ.get("BENCH_PACKS", "1000000"))
CHUNK = 20_000
PAGE = 20
PAGES = 10
MODELS = 200
DAYS = 1_000
FITTED = 10
_FIRST = date(2023, 1, 1)


def figures(url: str, engine: Engine, _folder: Path, name: str) -> list[Figure]:
    """Measure on one database; `engine` reads the same database without the ledger."""
    store = Store(url)
    try:
        _fill(store, engine)
        with engine.begin() as connection:
            connection.execute(text("ANALYZE item"))
            ids = list(connection.execute(text(f"SELECT id FROM item LIMIT {PAGE}")).scalars())  # noqa: S608  ours
        return [_measured(store, engine, ids, f"{what} ({name})", query) for what, query in QUERIES.items()]
    finally:
        store.close()


def _fill(store: Store, engine: Engine) -> None:
    """Write the crowd, its indexes afterwards: a million rows one by one into ten of them take an age."""
    for index in ITEM.indexes:
        index.drop(engine)
    for rows in _crowd():
        with store.write() as transaction:
            transaction.add_rows(ITEM, rows)
            transaction.commit()
    for index in ITEM.indexes:
        index.create(engine)


def pack_of(number: int) -> ItemId:
    """Return the id of one pack of the crowd; numbers that follow each other lie a day apart."""
    code = gbt34014.mint(
        vendor=f"Z{number % MODELS // 36:X}{'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number % MODELS % 36]}",
        kind=gbt34014.Kind.PACK,
        chemistry=gbt34014.Chemistry.LFP,
        spec="01",
        trace="TEST000",
        made_on=made_on(number),
        serial=number + 1,
    )
    return ItemId("gbt34014", code.text)


def made_on(number: int) -> date:
    """Return the day of one pack."""
    return _FIRST + timedelta(days=number % DAYS)


def _crowd() -> Iterator[list[Row]]:
    rows: list[Row] = []
    for number in range(PACKS):
        rows += _rows(number)
        if len(rows) >= CHUNK:
            yield rows
            rows = []
    yield rows


def _rows(number: int) -> Iterator[Row]:
    """Yield the rows of a pack and its vehicle: those of an example, with what differs put in its place."""
    item, day, model = str(pack_of(number)), format_day(made_on(number)), f"{MAKER.id}/M{number % MODELS}@1"
    fitted = number % FITTED == 0
    example = _EXAMPLES["fitted" if fitted else "retired" if number % 5_000 == 1 else "stock"]
    changed = {"id": item, "made_on": day, "model": model, "latest": number}
    changed["code_reversed"] = item.partition(":")[2][::-1]
    state = str(example["state"]).replace(str(example["id"]), item).replace("2023-01-01", day)
    state = state.replace("/M0@1", f"/M{number % MODELS}@1")
    if not fitted:
        yield {**example, **changed, "state": state}
        return
    car = str(vehicle(number))
    yield {**example, **changed, "state": state.replace(_CAR, car), "vehicle": car, "container": car}
    empty = _EXAMPLES["fleet" if number % 100_000 == 0 else "user"]
    yield {**empty, "id": car, "latest": number, "state": str(empty["state"]).replace(_CAR, car)}


def _examples() -> dict[str, Row]:
    pack = Item(
        id=pack_of(0),
        kind=Kind.PACK,
        phase=Phase.STOCK,
        custodian=MAKER.id,
        owner=VEHICLE_MAKER.id,
        operator=MAKER.id,
        maker=MAKER.id,
        made_on=_FIRST,
        model=f"{MAKER.id}/M0@1",
    )
    car = replace(pack, id=vehicle(0), kind=Kind.VEHICLE, made_on=None, model=None, parts=1)
    found = {
        "stock": pack,
        "retired": replace(pack, phase=Phase.RETIRED),
        "fitted": replace(
            pack, phase=Phase.FITTED, custodian=Holder.INHERITED, owner=Holder.INHERITED, vehicle=vehicle(0)
        ),
        "user": replace(car, custodian=Holder.USER, owner=Holder.USER),
        "fleet": replace(car, custodian=FLEET.id, owner=FLEET.id),
    }
    return {name: state_rows({one.id: one})[ITEM][0] for name, one in found.items()}


_CAR = str(vehicle(0))
_EXAMPLES = _examples()
_CODE = pack_of(123_450 % PACKS).value
QUERIES = {
    "search by the beginning of a code": Query(prefix=f"gbt34014:{_CODE[:17]}"),
    "search a code, 4 characters unreadable": Query(pattern=Pattern.parse(f"{_CODE[:3]}????{_CODE[7:]}")),
    "search a code, only its serial number readable": Query(pattern=Pattern.parse("?" * 17 + _CODE[17:])),
    "search a code, its last 4 characters unreadable": Query(pattern=Pattern.parse(_CODE[:20] + "????")),
    "search a code with O for 0 and I for 1": Query(
        pattern=Pattern.parse(_CODE.replace("0", "O").replace("1", "I"))
    ),
    "search a pattern that fits all, in a phase nobody is in": Query(
        pattern=Pattern.parse("?" * 24), phase=Phase.DEPLOYED
    ),
    "search by holder and kind, most of it in vehicles": Query(holder="user", kind=Kind.PACK),
    "search by a holder of few": Query(holder=str(FLEET.id)),
    "search by vehicle": Query(vehicle=vehicle(500)),
    "search by kind and a rare phase": Query(kind=Kind.PACK, phase=Phase.RETIRED),
    "search by model and day": Query(model=f"{MAKER.id}/M7@1", made_from=made_on(7), made_until=made_on(7)),
    "search by holder and last change": Query(holder=str(MAKER.id), latest_from=PACKS - 100),
    "search by holder and a phase nobody is in": Query(holder=str(MAKER.id), phase=Phase.DEPLOYED),
}


def _measured(store: Store, engine: Engine, ids: list[str], name: str, query: Query) -> Figure:
    marks = ", ".join(f":p{number}" for number in range(len(ids)))
    plain = text(f"SELECT state FROM item WHERE id IN ({marks})")  # noqa: S608  placeholders only
    values = {f"p{number}": one for number, one in enumerate(ids)}

    def ours() -> int:
        for _ in range(PAGES):
            with store.snapshot() as snapshot:
                search(snapshot, query, limit=PAGE)
        return PAGES

    def bare() -> int:
        for _ in range(PAGES):
            with engine.connect() as connection:
                connection.execute(plain, values).all()
        return PAGES

    return measure(name, ours, bare, unit="page", baseline=f"one SELECT of {PAGE} rows by their keys")
