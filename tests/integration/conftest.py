"""A ledger for every test that asks for one, audited when the test is over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledgers import Ledger, running
from tests.panel import PACE, Panel


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """Run an empty ledger on either database."""
    with running(database_url, tmp_path) as started:
        yield started


@pytest.fixture
def panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Panel]:
    """Five witnesses that are served."""
    monkeypatch.setattr("ledger.cosigning.rounds.Pace", lambda: PACE)
    found = Panel(tmp_path)
    found.begin()
    yield found
    for number in list(found.stops):
        found.stop(number)
