"""The databases the suite runs on: both answer, each test has its own, and nothing outlives the tests."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError

from tests.postgres import fresh_database

REPOSITORY = Path(__file__).parents[2]
SERVE_FOR_EVER = """
import sys, time
from tests.postgres import running_server
with running_server() as url:
    print(url, flush=True)
    time.sleep(600)
"""


def write_one_row(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE cell (code VARCHAR PRIMARY KEY)"))
        connection.execute(text("INSERT INTO cell VALUES ('电芯')"))
    engine.dispose()


def table_names(url: str) -> list[str]:
    engine = create_engine(url)
    names = inspect(engine).get_table_names()
    engine.dispose()
    return names


def rows(url: str) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        codes = list(connection.execute(text("SELECT code FROM cell")).scalars())
    engine.dispose()
    return codes


def test_both_databases_keep_what_was_written(database_url: str) -> None:
    write_one_row(database_url)
    assert rows(database_url) == ["电芯"]


@pytest.mark.parametrize("_round", [1, 2])
def test_every_test_starts_with_an_empty_database(database_url: str, _round: int) -> None:
    assert table_names(database_url) == []
    write_one_row(database_url)


def test_two_databases_of_one_server_share_nothing(postgres_url: str) -> None:
    with fresh_database(postgres_url) as one, fresh_database(postgres_url) as other:
        write_one_row(one)
        assert table_names(other) == []


def test_a_database_goes_although_somebody_is_still_connected(postgres_url: str) -> None:
    with fresh_database(postgres_url) as url:
        engine = create_engine(url)
        connection = engine.connect()
        connection.execute(text("SELECT 1"))
    connection.invalidate()
    engine.dispose()
    with pytest.raises(OperationalError, match="does not exist"):
        rows(url)


def test_the_server_is_version_15_or_newer(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version_num")).scalar_one()
    engine.dispose()
    assert int(version) >= 15_00_00


@pytest.mark.usefixtures("postgres_url")  # leaves this one out where PostgreSQL cannot run
def test_a_server_ends_with_the_process_that_started_it_even_when_that_is_killed() -> None:
    command = [sys.executable, "-c", SERVE_FOR_EVER]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        url = make_url(owner.stdout.readline().strip())
        folder = Path(str(url.query["host"]))
        assert folder.is_dir()
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not folder.exists()
