"""What an import tells: problems as lines for people, and a file with the outcome of each row."""

import csv
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, Final

from cli.importing.journal import Journal
from cli.speech import say
from ledger.importing.problems import Problem
from ledger.wording import Language

SUFFIX: Final = ".report.csv"
COLUMNS: Final = ("row", "event_id", "index", "result", "rule", "detail", "remedy")
_MARK: Final = "\ufeff"
"""What makes a spreadsheet read a CSV file as UTF-8."""
_ACTIVE: Final = ("=", "+", "-", "@", "\t", "\r")


def report_path(table: Path, event: str) -> Path:
    """Return where the report of an import is: beside the table."""
    return table.with_name(f"{table.name}.{event}{SUFFIX}")


def problem_line(problem: Problem, lang: Language) -> str:
    """Return a problem as one line: its place, what is wrong, what to do, the rule."""
    told = problem.wording(lang)
    place = (
        f"{problem.column}{problem.row}"
        if problem.column
        else say(f"第 {problem.row} 行", f"row {problem.row}")
    )
    header = f" {problem.header}" if problem.header else ""
    value = f" “{problem.value}”" if problem.value else ""
    return f"{place}{header}{value}: {told.detail} {told.remedy} [{problem.rule}]"


def report_text(journal: Journal, failed: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the report: one line for each row of the table, with its event, index, and what was refused."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(sorted(_lines(journal, failed)))
    return _MARK + out.getvalue()


def _lines(journal: Journal, failed: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[Any, ...]]:
    for entry in journal.entries:
        result = journal.answers.get(entry.id) or failed.get(entry.id) or {"result": "not sent"}
        told = result.get("problem") or {}
        words = tuple(_inert(str(told.get(name) or "")) for name in ("rule", "detail", "remedy"))
        for row in entry.rows:
            yield (row, entry.id, str(result.get("index", "")), result["result"], *words)


def _inert(text: str) -> str:
    # A cell that begins like a formula is one to a spreadsheet, and these words may quote somebody.
    return f"'{text}" if text.startswith(_ACTIVE) else text
