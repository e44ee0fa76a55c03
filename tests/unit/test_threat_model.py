"""`docs/threat-model.md`: every attack names a test that is there."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
HEADS: Final = ("| attack |", "| key |")
_TEST: Final = re.compile(r"`(test_[a-z0-9_]+)`")
_DEFINED: Final = re.compile(r"^ *def (test_\w+)\(", re.MULTILINE)


def rows() -> list[str]:
    """Return the rows of the tables of attacks and keys."""
    found, inside = list[str](), False
    for line in PAGE.splitlines():
        inside = line.startswith(HEADS) or (inside and line.startswith("|"))
        if inside and not line.startswith((*HEADS, "|---")):
            found.append(line)
    return found


@cache
def names_there() -> frozenset[str]:
    """Return the name of every test of this project."""
    texts = (path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return frozenset(name for text in texts for name in _DEFINED.findall(text))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.split("|")[1].strip()[:60])
def test_every_row_names_a_test_that_is_there(row: str) -> None:
    named = _TEST.findall(row.rsplit("|", 2)[1])
    assert named, row
    assert set(named) <= names_there(), set(named) - names_there()


def test_the_page_has_attacks_and_promises_nothing_that_is_not_built() -> None:
    assert len(rows()) > 30
    assert "◌" not in PAGE


def test_every_attack_that_is_run_as_processes_stands_in_the_page() -> None:
    files = (ROOT / "tests" / "e2e").glob("test_attacks_*.py")
    run = {name for path in files for name in _DEFINED.findall(path.read_text("utf-8"))}
    assert run
    assert run <= set(_TEST.findall(PAGE)), run - set(_TEST.findall(PAGE))
