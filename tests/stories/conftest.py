"""A stage for every story, on a database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.stage import Stage


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """A founded log with its registrar and nobody else."""
    opened = Stage(tmp_path, database_url)
    yield opened
    opened.close()
