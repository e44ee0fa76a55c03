"""A ledger for every test that asks for one, audited when the test is over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledgers import Ledger, running


@pytest.fixture
def ledger(database_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """Run an empty ledger on either database."""
    with running(database_url, tmp_path) as started:
        yield started
