"""A ledger whose database fails under it: clear problems, nothing secret told, and on it goes after."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy import event, make_url

from tests.postgres import fresh_database
from tests.scenario import LAB, MAKER, module, pack
from tests.site import Site, bearer, problem

SECRET: Final = "PLANTED-SECRET-7"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A founded ledger on SQLite with one pack."""
    found = Site(tmp_path)
    found.found()
    found.submit([found.story.pack_manufactured(pack(1), [module(1)])])
    yield found
    found.close()


@contextmanager
def database(site: Site) -> Iterator[sqlite3.Connection]:
    """Yield a connection of somebody else's to the same file."""
    path = make_url(site.config.database_url).database
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def change(site: Site, statement: str) -> None:
    with database(site) as connection:
        connection.execute(statement)


DAMAGE: Final = {
    "entries": "UPDATE entry SET body = x'00'",
    "entries-cut": "UPDATE entry SET body = substr(body, 1, 90)",
    "states": "UPDATE item SET state = '{}'",
    "states-deep": "UPDATE item SET state = replace(hex(zeroblob(50000)), '00', '[')",
    "firms": "UPDATE organisation SET state = '[]'",
    "history": 'UPDATE history SET "index" = "index" + 1000',
    "no-history": "DROP TABLE history",
    "no-head": "DELETE FROM head",
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("accepts", ["text/html", "*/*"])
def test_a_damaged_row_is_our_failure_and_not_the_senders(site: Site, damage: str, accepts: str) -> None:
    code, event_id = pack(1).code, site.story.last.id
    made = site.story.pack_manufactured(pack(2), [module(2)])
    change(site, DAMAGE[damage])
    paths = [f"/p/{code}", f"/v1/items/{code}", f"/v1/items/{code}/events", f"/v1/events/{event_id}"]
    answers = [site.get(path, Accept=accepts) for path in [*paths, "/v1/orgs", "/v1/items", "/readyz"]]
    answers.append(site.post_one(made))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {200, 201, 503}
    assert 503 in statuses


def test_a_damaged_disclosure_is_our_failure(site: Site) -> None:
    site.submit([site.story.health_measured(pack(1))])
    path = f"/v1/events/{site.story.last.id}"
    change(site, "UPDATE disclosure SET text = 'AAAA'")
    answer = site.get(path, Authorization=bearer(LAB, path))
    assert (answer.status_code, problem(answer)["rule"]) == (503, "store.failed")
    assert site.get(path).status_code == 200


def test_a_page_says_that_the_released_checkpoint_cannot_be_read(site: Site, tmp_path: Path) -> None:
    seen = tmp_path / "log.pem.seen"
    seen.rename(tmp_path / "away")
    answer = site.get("/", Accept="text/html", Accept_Language="en")
    assert answer.status_code == 503
    assert "The log takes nothing" in answer.text or "read" in answer.text
    assert str(tmp_path) not in answer.text
    assert site.get("/nothing", Accept="text/html").status_code == 404
    (tmp_path / "away").rename(seen)
    assert site.get("/", Accept="text/html").status_code == 200


def test_what_an_event_conceals_is_not_in_the_log_of_a_server_whose_database_fails(
    tmp_path: Path, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(tmp_path, database_url)
    site.found()
    site.submit([site.story.pack_manufactured(pack(1))])
    offered = site.story.transfer_offered(MAKER, LAB, pack(1), load=SECRET)
    disclosed = offered.split("~")[1:-1]
    break_table(site, "disclosure")
    with caplog.at_level(logging.DEBUG):
        answer = site.post_one(offered)
    assert answer.status_code == 503
    assert caplog.records
    told = caplog.text + answer.text
    assert SECRET not in told
    assert not any(text in told for text in disclosed)
    site.close()


def break_table(site: Site, table: str) -> None:
    """Let every insertion into a table fail, so that the driver shows what it was to insert."""
    url = make_url(site.config.database_url)
    if url.get_backend_name() == "sqlite":
        change(
            site,
            f"CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        )
        return
    with psycopg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False)
    ) as connection:
        connection.execute(f'ALTER TABLE "{table}" ADD CHECK (false) NOT VALID'.encode())


def test_an_address_makes_no_lines_in_the_servers_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    change(site, "DROP TABLE entry")
    answer = site.get("/v1/events/x%0AERROR%20forged")
    assert answer.status_code == 503
    assert "\nERROR forged" not in caplog.text


def test_a_full_database_is_said_and_overcome_without_a_restart(site: Site) -> None:
    pages = "PRAGMA max_page_count"
    made = {"events": [site.story.pack_manufactured(pack(number)) for number in range(2, 60)]}
    engine = site.service.store._engine
    with engine.connect() as connection:
        used = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    engine.dispose()
    limit_connections(site, f"{pages}={used}")
    answer = site.client.post("/v1/events", json=made)
    assert (answer.status_code, problem(answer)["rule"]) == (503, "store.failed")
    assert answer.headers["Retry-After"]
    assert site.get(f"/p/{pack(1).code}").status_code == 200
    limit_connections(site, f"{pages}=1000000")
    results = site.client.post("/v1/events", json=made).get_json()["results"]
    assert {one["result"] for one in results} == {"logged"}


def test_a_database_that_may_only_be_read_is_read(site: Site) -> None:
    made = site.story.pack_manufactured(pack(2))
    limit_connections(site, "PRAGMA query_only=1")
    answer = site.post_one(made)
    assert (answer.status_code, problem(answer)["rule"]) == (503, "store.failed")
    assert site.get(f"/v1/items/{pack(1).code}").status_code == 200
    limit_connections(site, "PRAGMA query_only=0")
    assert site.post_one(made).status_code == 201


def limit_connections(site: Site, pragma: str) -> None:
    """Let every connection from now on begin with a pragma."""
    engine = site.service.store._engine
    event.listen(engine, "connect", lambda connection, _record: connection.execute(pragma))
    engine.dispose()


def test_a_database_that_another_process_holds_is_waited_for(site: Site) -> None:
    made = site.story.pack_manufactured(pack(2))
    with database(site) as other:
        other.execute("BEGIN IMMEDIATE")
        answers = list[Any]()
        thread = threading.Thread(target=lambda: answers.append(site.post_one(made)))
        thread.start()
        assert site.get(f"/v1/items/{pack(1).code}").status_code == 200
        other.execute("ROLLBACK")
        thread.join()
    assert answers[0].status_code == 201


def test_a_database_that_stays_locked_is_said_and_nothing_is_lost(site: Site) -> None:
    made = site.story.pack_manufactured(pack(2))
    limit_connections(site, "PRAGMA busy_timeout=50")
    with database(site) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = site.post_one(made)
        assert (answer.status_code, problem(answer)["rule"]) == (503, "store.failed")
        other.execute("ROLLBACK")
    assert site.post_one(made).status_code == 201


def test_a_server_goes_on_when_postgresql_drops_its_connections(postgres_url: str, tmp_path: Path) -> None:
    with fresh_database(postgres_url) as url:
        site = Site(tmp_path, url)
        site.found()
        number = 0
        for wait in (0.0, 0.002, 0.005, 0.01, 0.02):
            texts = [site.story.pack_manufactured(pack(number := number + 1)) for _ in range(20)]
            threading.Timer(wait, drop_connections, [url]).start()
            assert {site.post_one(text).status_code for text in texts} <= {200, 201, 503}
            again = [site.post_one(text) for text in texts]
            assert {answer.status_code for answer in again} <= {200, 201}
            assert site.get("/readyz").status_code == 200
        feed = site.get("/v1/events?limit=1000").get_json()["events"]
        made = [one["id"] for one in feed if one["event"] == "pack.manufactured"]
        assert len(made) == len(set(made)) == number
        site.close()


def drop_connections(url: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
