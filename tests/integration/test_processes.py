"""Writers as processes: two at once on one database, and one that is killed under load."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from ledger.entry import Entry
from ledger.receipt import Receipt
from ledger.sequencer.clock import SystemClock
from ledger.sequencer.outcomes import Duplicate
from tests.ledgers import Ledger, check_promise, opened, verified
from tests.postgres import fresh_database
from tests.writer_process import texts_of

REPOSITORY = Path(__file__).parents[2]


@contextmanager
def writer(url: str, folder: Path, name: str, count: int, per_request: int) -> Iterator["Writer"]:
    command = [sys.executable, "-m", "tests.writer_process", url, folder, name, count, per_request]
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Writer(process)
        finally:
            process.kill()


class Writer:
    """A writing process and what it was promised so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.promises = list[dict[str, Any]]()
        assert self._output.readline() == "ready\n"

    @property
    def _output(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def go(self) -> None:
        """Let it begin."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def read(self, most: int | None = None) -> None:
        """Read promises, at most so many, until there are no more; a line cut off by a kill is none."""
        for line in self._output:
            if line.endswith("}\n"):
                self.promises.append(json.loads(line))
            if most is not None and len(self.promises) >= most:
                return

    def receipts(self) -> list[Receipt]:
        """Return the receipts it got."""
        return [Receipt.parse(promise["receipt"]) for promise in self.promises]


def real_time(url: str, folder: Path) -> Ledger:
    """Return a ledger with the machine's clock, which processes and the database server agree on."""
    return Ledger(url, folder, clock=SystemClock())


def found(url: str, folder: Path) -> None:
    ledger = real_time(url, folder)
    opened(ledger)
    ledger.close()


@pytest.mark.parametrize("apart", [False, True], ids=["one-machine", "two-machines"])
def test_two_writers_at_once_never_fork_skip_or_double_an_index(
    postgres_url: str, tmp_path: Path, *, apart: bool
) -> None:
    with fresh_database(postgres_url) as url:
        here = tmp_path / "here"
        here.mkdir()
        found(url, here)
        there = shutil.copytree(here, tmp_path / "there") if apart else here
        with writer(url, here, "left", 120, 7) as left, writer(url, there, "right", 120, 5) as right:
            for one in (left, right):
                one.go()
            threads = [threading.Thread(target=one.read) for one in (left, right)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        receipts = [*left.receipts(), *right.receipts()]
        ledger = real_time(url, here)
        indexes = sorted(receipt.index for receipt in receipts)
        assert indexes == list(range(ledger.size - 240, ledger.size))
        assert len(left.promises) == len(right.promises) == 120
        for receipt in receipts:
            check_promise(ledger, receipt)
        ledger.check()
        ledger.close()


def test_two_writers_with_the_same_events_log_each_once(postgres_url: str, tmp_path: Path) -> None:
    with fresh_database(postgres_url) as url:
        found(url, tmp_path)
        with writer(url, tmp_path, "same", 60, 6) as left, writer(url, tmp_path, "same", 60, 4) as right:
            for one in (left, right):
                one.go()
            left.read()
            right.read()
        promises = [*left.promises, *right.promises]
        places = {promise["event"]: Receipt.parse(promise["receipt"]).index for promise in promises}
        assert len(promises) == 120
        assert sum(promise["logged"] for promise in promises) == 60
        assert all(Receipt.parse(one["receipt"]).index == places[one["event"]] for one in promises)
        ledger = real_time(url, tmp_path)
        assert len(set(places.values())) == 60
        ledger.check()
        ledger.close()


def test_a_second_process_on_sqlite_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    found(url, tmp_path)
    first = real_time(url, tmp_path)
    command = [sys.executable, "-m", "tests.writer_process", url, str(tmp_path), "second", "1", "1"]
    second = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, check=False, input="go\n"
    )
    assert second.returncode != 0
    assert "WriterLockedError" in second.stderr
    first.check()
    first.close()


@pytest.mark.parametrize("acknowledged", [1, 60, 211])
def test_a_writer_killed_under_load_loses_nothing_it_acknowledged(
    database_url: str, tmp_path: Path, acknowledged: int
) -> None:
    found(database_url, tmp_path)
    with writer(database_url, tmp_path, "killed", 400, 3) as killed:
        killed.go()
        killed.read(acknowledged)
        killed.process.kill()
        killed.read()
    assert acknowledged <= len(killed.promises) < 400
    ledger = real_time(database_url, tmp_path)
    for promise, receipt in zip(killed.promises, killed.receipts(), strict=True):
        assert Entry.decode(receipt.entry_bytes).event_id == promise["event"]
        check_promise(ledger, receipt)
    outcomes = ledger.submit(*texts_of("killed", 400))
    for outcome, receipt in zip(outcomes, killed.receipts(), strict=False):
        assert isinstance(outcome, Duplicate)
        assert outcome.index == receipt.index
    assert len({verified(outcome).index for outcome in outcomes}) == 400
    ledger.check()
    ledger.close()
