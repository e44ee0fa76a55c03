"""VINs by their keyed hash: kept at the door, told to who may know, gone with the disclosure, made again."""

from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from werkzeug.test import TestResponse

from ledger.identifiers import ItemId
from ledger.rebuild import rebuild_vins
from ledger.store.tables import VIN
from ledger.vin import Vin
from ledger.vins import VinKeyError, open_vin_key, vin_key_path
from tests.scenario import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    RECYCLER,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    vehicle,
    vin,
)
from tests.site import Site, problem, signed_post

PATH = "/v1/vehicles/resolve"


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A ledger with one vehicle, which its maker sold to a fleet."""
    found = Site(tmp_path, database_url)
    found.found()
    story = found.story
    found.submit(
        [
            story.pack_manufactured(pack(1), [module(1)]),
            *story.transfer(MAKER, VEHICLE_MAKER, pack(1)),
            story.pack_fitted(pack(1), vehicle(1)),
        ]
    )
    yield found
    found.close()


def asked(site: Site, by: Party, number: str) -> TestResponse:
    return site.client.post(PATH, **signed_post(by, PATH, {"vin": number}))


def told(site: Site, by: Party, number: str) -> list[dict[str, Any]]:
    answer = asked(site, by, number)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    found: list[dict[str, Any]] = answer.get_json()["vehicles"]
    return found


def vins_of(site: Site, number: Vin) -> list[str]:
    key = site.service.sequencer.vins
    assert key is not None
    return vehicles_of(site, key.hash(number))


def vehicles_of(site: Site, vin_hash: str) -> list[str]:
    with site.service.snapshot() as snapshot:
        return [row.vehicle for row in snapshot.vin_rows(vin_hash, limit=64)]


def change(site: Site, statement: str) -> None:
    engine = create_engine(site.service.store._engine.url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_who_meets_vehicles_is_told_which_it_is(site: Site) -> None:
    [found] = told(site, COLLECTOR, vin(1).text.lower())
    assert found == {"id": str(vehicle(1)), "phase": "stock", "live": True, "packs": [str(pack(1))]}
    assert told(site, VEHICLE_MAKER, vin(1).text) == [found]  # it stated the VIN


def test_for_everybody_else_there_is_no_such_vehicle(site: Site) -> None:
    for party in (RECYCLER, LAB, FLEET):
        hidden = asked(site, party, vin(1).text)
        unknown = asked(site, party, vin(2).text)
        assert hidden.status_code == unknown.status_code == 404
        assert problem(hidden) == problem(unknown)
        assert problem(hidden)["rule"] == "vehicle.unknown"
    assert problem(site.client.post(PATH, json={"vin": vin(1).text}))["rule"] == "token.missing"


def test_what_is_no_vin_is_refused(site: Site) -> None:
    assert problem(asked(site, COLLECTOR, "LZZZZZZZ1R0000001"))["facts"]["path"] == "vin"
    assert asked(site, COLLECTOR, "").status_code == 400
    assert asked(site, COLLECTOR, "A" * 41).status_code == 400


def test_the_read_is_recorded_for_who_holds_the_vehicle(site: Site) -> None:
    told(site, COLLECTOR, vin(1).text)
    engine = create_engine(site.service.store._engine.url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM reading")).all()
    engine.dispose()
    assert any(str(COLLECTOR.id) in row for row in rows)


def test_the_database_holds_no_vin_and_no_key(site: Site) -> None:
    key = vin_key_path(site.config.log_key)
    assert S_IMODE(key.stat().st_mode) == 0o600
    with site.service.snapshot() as snapshot:
        [row] = snapshot.rows(VIN)
    assert vin(1).text not in str(row)
    assert key.read_text().strip() not in str(row)


def test_a_corrected_vin_finds_nothing_and_the_new_one_does(site: Site) -> None:
    story = site.story
    site.submit([story.event_corrected(story.last, VEHICLE_MAKER, restricted={"vin": vin(9).text})])
    assert vins_of(site, vin(1)) == []
    assert vins_of(site, vin(9)) == [str(vehicle(1))]
    key = open_vin_key(vin_key_path(site.config.log_key))
    assert rebuild_vins(site.service.store, key, check=True) == []


def test_a_second_vehicle_with_the_same_vin_is_seen(site: Site) -> None:
    story = site.story
    twin = ItemId.parse("vehicle:00000000-0000-4000-9000-000000000001")
    site.submit(
        [
            story.pack_manufactured(pack(2)),
            *story.transfer(MAKER, VEHICLE_MAKER, pack(2), load="2"),
            story.pack_fitted(pack(2), twin),
        ]
    )
    assert vins_of(site, vin(1)) == sorted([str(vehicle(1)), str(twin)])
    assert [one["id"] for one in told(site, COLLECTOR, vin(1).text)] == vins_of(site, vin(1))


def test_a_disclosure_that_is_gone_finds_nothing(site: Site) -> None:
    change(site, "DELETE FROM disclosure")
    assert vins_of(site, vin(1)) == []
    key = open_vin_key(vin_key_path(site.config.log_key))
    [gone] = rebuild_vins(site.service.store, key)
    assert (gone.table, gone.replayed) == ("vin", None)
    assert rebuild_vins(site.service.store, key, check=True) == []


def test_an_erased_disclosure_takes_its_hash_along(site: Site) -> None:
    event = site.story.last
    with site.service.store.write() as transaction:
        assert transaction.erase_disclosures(event.id, event.sd) == 1
        transaction.commit()
    key = open_vin_key(vin_key_path(site.config.log_key))
    assert rebuild_vins(site.service.store, key, check=True) == []
    assert vins_of(site, vin(1)) == []


def test_a_rebuild_makes_the_rows_again_under_a_new_key_too(site: Site) -> None:
    store, path = site.service.store, vin_key_path(site.config.log_key)
    change(site, "DELETE FROM vin")
    assert len(rebuild_vins(store, open_vin_key(path), check=True)) == 1
    assert len(rebuild_vins(store, open_vin_key(path))) == 1
    assert vins_of(site, vin(1)) == [str(vehicle(1))]
    path.unlink()
    new = open_vin_key(path)
    assert len(rebuild_vins(store, new)) == 2
    assert vehicles_of(site, new.hash(vin(1))) == [str(vehicle(1))]


@pytest.mark.parametrize("content", [b"", b"AAAA", b"\xff" * 43, b"=" * 43])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.vin"
    path.write_bytes(content)
    with pytest.raises(VinKeyError):
        open_vin_key(path)


def test_a_key_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VinKeyError):
        open_vin_key(tmp_path / "file" / "key.vin")


def test_a_key_is_made_once_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "log.pem.vin"
    assert open_vin_key(path) == open_vin_key(path)
    assert "secret" not in repr(open_vin_key(path))
