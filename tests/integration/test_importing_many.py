"""`packtrace import` of many rows: killed at several moments, and spoiled in many places."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from cli.importing import journal
from ledger.sequencer.outcomes import Outcome
from tests.consortium import MAKER
from tests.importer import Desk, modules
from tests.ledgers import opened
from tests.live import Live, serving
from tests.tables import KINDS, Kind, plant

REPOSITORY: Final = Path(__file__).parents[2]
MODULES: Final = KINDS[2]
ROWS: Final = 10_000
WAIT_S: Final = 300


def started(desk: Desk, table: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start an import in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli", *desk.command(table, MODULES.event, *options)],
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": "C"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def killed(process: subprocess.Popen[bytes], when: Callable[[], bool]) -> None:
    """Kill a process -9 as soon as something is so."""
    end = time.monotonic() + WAIT_S
    while not when():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_ten_thousand_rows_killed_at_several_moments_are_each_logged_once(tmp_path: Path) -> None:
    (tmp_path / "ledger").mkdir()
    with serving(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "ledger") as live:
        opened(live.ledger)
        desk = Desk(live, tmp_path / "desk", MAKER)
        before = live.ledger.size
        table = desk.put("modules.csv", MODULES.event, MODULES.header, modules(ROWS))
        path = journal.journal_path(table, MODULES.event)
        files, tried = desk.files(), dry_runs(live)
        killed(started(desk, table), lambda: len(tried) > 1)
        assert (desk.files(), live.ledger.size) == (files, before)
        killed(started(desk, table), lambda: live.ledger.size > before)
        signed = journal.read(path).entries
        killed(started(desk, table, "--resume"), lambda: live.ledger.size > before + ROWS // 3)
        killed(started(desk, table, "--resume"), lambda: live.ledger.size > before + ROWS // 2)
        assert before < live.ledger.size < before + ROWS
        told = desk.run(table, MODULES.event, "--resume")
        assert told["logged"] == ROWS
        assert live.ledger.size == before + ROWS
        assert journal.read(path).entries == signed
        report = desk.report(table, MODULES.event)
        assert [int(one["row"]) for one in report] == list(range(2, ROWS + 2))
        assert sorted(int(one["index"]) for one in report) == list(range(before, before + ROWS))


def dry_runs(live: Live) -> list[int]:
    """Return a list that grows with every dry run that the ledger is asked for."""
    tried = list[int]()
    real = live.ledger.sequencer.submit

    def counted(texts: Sequence[str], *, atomic: bool = False, dry_run: bool = False) -> list[Outcome]:
        if dry_run:
            tried.append(len(texts))
        return real(texts, atomic=atomic, dry_run=dry_run)

    live.ledger.sequencer.submit = counted  # type: ignore[method-assign]  # the test listens at the door
    return tried


def test_a_dry_run_of_ten_spoiled_tables_tells_all_that_was_planted_and_writes_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "ledger").mkdir()
    with serving(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "ledger") as live:
        opened(live.ledger)
        for place, kind in enumerate(KINDS):
            check_spoiled(Desk(live, tmp_path / str(place), kind.by), kind)


def check_spoiled(desk: Desk, kind: Kind) -> None:
    """Check that a dry run and a run tell all that was planted in a table, and leave nothing behind."""
    every = max(4, kind.groups)
    spoiled, planted, merged = plant(kind, kind.rows(every * (80 if every == 4 else 30)), every)
    name = "table.xlsx" if kind.form == "xlsx" else "table.csv"
    table = desk.put(name, kind.event, kind.header, [], group=kind.group, **kind.constants)
    table.write_bytes(kind.write(spoiled, merged))
    files, size = desk.files(), desk.live.ledger.size
    told = desk.run(table, kind.event, "--dry-run", code=1)["problems"]
    own = [one for one in told if (one["row"], one["header"], one["rule"]) in planted]
    assert len(own) == len(planted)
    assert all(not one["rule"].startswith("import.") for one in told if one not in own)
    assert desk.run(table, kind.event, code=1)["result"] == "refused"
    assert (desk.files(), desk.live.ledger.size) == (files, size)
