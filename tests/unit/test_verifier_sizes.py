"""Both verifiers of dossiers stay short enough to be read in one sitting (docs/verify-in-browser.md)."""

import ast
import re
from pathlib import Path
from typing import Final

MOST: Final = 500
ROOT: Final = Path(__file__).parents[2]
PYTHON: Final = sorted((ROOT / "ledger/dossier").glob("*.py"))
SCRIPT: Final = [ROOT / "static/verify" / f"{name}.js" for name in ("form", "event", "keyring", "dossier")]
MOST_WITH_ITS_PRIMITIVES: Final = 950
OTHER_QUESTIONS: Final = {"receipt.js", "tiles.js"}


def statements_of(path: Path) -> int:
    """Return how many lines of a Python file are code: no docstring, comment, import or blank line."""
    text = path.read_text("utf-8")
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        prose = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if prose or isinstance(node, (ast.Import, ast.ImportFrom)):
            assert isinstance(node, (ast.Expr, ast.Import, ast.ImportFrom))
            left_out.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(number not in left_out and not re.fullmatch(r"\s*(#.*)?", line) for number, line in lines)


def lines_of(paths: list[Path]) -> int:
    """Return how many lines files have, whatever stands in them."""
    return sum(len(path.read_text("utf-8").splitlines()) for path in paths)


def test_the_verifier_in_python_has_under_five_hundred_lines_of_code() -> None:
    assert 0 < sum(map(statements_of, PYTHON)) < MOST


def test_the_verifier_in_javascript_has_under_five_hundred_lines() -> None:
    assert 0 < lines_of(SCRIPT) < MOST


def test_what_it_stands_on_is_small_too() -> None:
    own = [one for one in (ROOT / "static/verify").glob("*.js") if one.name not in OTHER_QUESTIONS]
    assert lines_of(own) < MOST_WITH_ITS_PRIMITIVES


def test_the_two_share_no_code() -> None:
    outside = re.compile(r'from "(?!\./)|import\("(?!\.\./vendor/)')
    assert [
        one.name for one in (ROOT / "static/verify").glob("*.js") if outside.search(one.read_text())
    ] == []
