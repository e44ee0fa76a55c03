"""Prints the table of docs/benchmarks.md for this machine: `make bench`."""

import os
import platform
import sys
import tempfile
from pathlib import Path

from sqlalchemy import create_engine

from bench import crypto, indexing, reading, searching, writing
from bench.timing import Figure, table
from tests.postgres import PostgresUnavailableError, fresh_database, running_server


def main() -> None:
    """Measure everything and print it."""
    load = os.getloadavg()[0]
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, ", end="")
    print(f"Python {platform.python_version()}, load {load:.1f} before the start\n")
    figures = [*crypto.figures(), *indexing.figures()]
    with tempfile.TemporaryDirectory() as folder:
        figures += _sqlite(Path(folder))
        figures += _postgres(Path(folder))
    print(table(figures))


def _sqlite(folder: Path) -> list[Figure]:
    found = list[Figure]()
    for part, module in (("write", writing), ("read", reading), ("search", searching)):
        home = folder / f"sqlite-{part}"
        home.mkdir()
        url = f"sqlite:///{home}/ledger.db"
        bare = url if part != "write" else f"sqlite:///{home}/bare.db"
        engine = create_engine(bare)
        found += module.figures(url, engine, home, "SQLite")
        engine.dispose()
    return found


def _postgres(folder: Path) -> list[Figure]:
    found = list[Figure]()
    try:
        with running_server() as server:
            for part, module in (("write", writing), ("read", reading), ("search", searching)):
                home = folder / f"postgres-{part}"
                home.mkdir()
                with fresh_database(server) as url, fresh_database(server) as other:
                    engine = create_engine(url if part != "write" else other)
                    found += module.figures(url, engine, home, "PostgreSQL")
                    engine.dispose()
    except PostgresUnavailableError as error:
        print(f"PostgreSQL was not measured: {error}", file=sys.stderr)
    return found


if __name__ == "__main__":
    main()
