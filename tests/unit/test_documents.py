"""The documents keep what they promise about themselves: links lead somewhere, short ones stay short."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
DECISIONS = sorted((REPOSITORY / "docs" / "adr").glob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]+)")


def name(document: Path) -> str:
    return document.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    targets = [target for target in LINK.findall(document.read_text("utf-8")) if "://" not in target]
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_architecture_fits_on_three_pages() -> None:
    assert len((REPOSITORY / "ARCHITECTURE.md").read_text("utf-8").splitlines()) <= 150


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [document.name[:5] for document in DECISIONS] == [f"{n + 1:04}-" for n in range(len(DECISIONS))]


@pytest.mark.parametrize("document", DECISIONS, ids=name)
def test_a_decision_says_context_options_and_outcome_on_half_a_page(document: Path) -> None:
    text = document.read_text("utf-8").split("\n## Template")[0]
    assert re.findall(r"(?m)^## (.*)$", text) == ["Context", "Options", "Outcome"]
    assert len(text.splitlines()) <= 60
