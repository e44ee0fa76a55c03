"""Everything that must be refused, over HTTP on both databases; docs/refusals.md is the table of it.

python -m tests.integration.test_refusals        writes docs/refusals.md anew
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from flask.testing import FlaskClient

from api import Config, Service, create_app
from ledger.store import Store
from ledger.store.tables import METADATA
from tests.ledgers import LOG, Ledger, running
from tests.refusals import against_rules, against_state, forged, requests, turns
from tests.refusals.case import Case
from tests.refusals.world import World, build

CASES: Final = [*requests.CASES, *forged.CASES, *against_rules.CASES, *against_state.CASES, *turns.CASES]
LANGUAGES: Final = ("en", "zh-CN")
PAGE: Final = Path(__file__).parents[2] / "docs" / "refusals.md"
MARKER: Final = "<!-- The table is written by tests/integration/test_refusals.py from the answers. -->\n"


class Desk:
    """A running ledger with the world in it, and a client at its door."""

    def __init__(self, ledger: Ledger) -> None:
        self.world: World = build()
        self.ledger = ledger
        ledger.log(self.world.texts)
        opened = Service(
            Config(origin=LOG.name), ledger.store, ledger.sequencer, LOG.verifier_key, ledger.clock
        )
        self.client: FlaskClient = create_app(opened.config, opened=opened).test_client()

    def answer(self, case: Case, language: str = "en") -> tuple[int, dict[str, Any]]:
        """Send a case and return the status and the problem."""
        response = self.client.post(
            "/v1/events",
            data=case.build(self.world),
            content_type=case.media_type,
            headers={"Accept-Language": language},
        )
        problem = response.get_json()
        assert response.mimetype == "application/problem+json", (
            f"{case.name}: {response.get_data(as_text=True)}"
        )
        assert isinstance(problem, dict)
        return response.status_code, problem


@contextmanager
def _desk(url: str, folder: Path) -> Iterator[Desk]:
    with running(url, folder) as ledger:
        yield Desk(ledger)


def test_each_is_refused_with_its_rule_in_both_languages_and_the_ledger_stays_as_it_was(
    database_url: str, tmp_path: Path
) -> None:
    with _desk(database_url, tmp_path) as desk:
        before = _everything(desk.ledger.store)
        checkpoint = desk.ledger.sequencer.checkpoint()
        wrong = [line for case in CASES for line in _faults(desk, case)]
        assert wrong == []
        assert _everything(desk.ledger.store) == before
        assert desk.ledger.sequencer.checkpoint() == checkpoint


def _faults(desk: Desk, case: Case) -> list[str]:
    found = []
    told = dict[str, str]()
    for language in LANGUAGES:
        status, problem = desk.answer(case, language)
        if (status, problem.get("rule")) != (case.status, case.rule):
            found.append(f"{case.name}: {status} {problem.get('rule')}, expected {case.status} {case.rule}")
        if not all(problem.get(member) for member in ("type", "title", "detail", "remedy")):
            found.append(f"{case.name}: the problem in {language} is incomplete: {problem}")
        told[language] = str(problem.get("title"))
    if told["en"] == told["zh-CN"] or not any(character > "\u4e00" for character in told["zh-CN"]):
        found.append(f"{case.name}: not told in two languages: {told}")
    return found


def _everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    with store.snapshot() as snapshot:
        return {
            name: sorted((dict(row) for row in snapshot.rows(table)), key=repr)
            for name, table in METADATA.tables.items()
        }


def test_there_are_at_least_sixty_and_no_two_are_the_same() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    with _desk(f"sqlite:///{folder}/ledger.db", folder) as desk:
        return _page(desk)


def test_the_document_says_what_came_back(page: str) -> None:
    assert PAGE.read_text(encoding="utf-8") == page


def _page(desk: Desk) -> str:
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(MARKER)
    rows = [
        "| what is sent | status | rule | what it says | 说明 |",
        "|---|---:|---|---|---|",
    ]
    kind = ""
    for case in CASES:
        if case.kind != kind:
            kind = case.kind
            rows.append(f"| **{kind}** | | | | |")
        english, chinese = (desk.answer(case, language)[1] for language in LANGUAGES)
        rows.append(
            f"| {case.name} | {case.status} | `{case.rule}` | {_told(english)} | {_told(chinese, '：', '')} |"
        )
    return f"{head}{MARKER}\n" + "\n".join(rows) + "\n"


def _told(problem: dict[str, Any], colon: str = ": ", space: str = " ") -> str:
    text = f"{problem['title']}{colon}{problem['detail']}{space}{problem['remedy']}"
    return " ".join(text.replace("|", "\\|").split())


def _write() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        _desk(f"sqlite:///{folder}/ledger.db", Path(folder)) as desk,
    ):
        PAGE.write_text(_page(desk), encoding="utf-8")


if __name__ == "__main__":
    _write()
