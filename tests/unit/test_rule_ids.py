"""Every rule that can refuse is provoked by a test of the lifecycle."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = (
    *sorted((ROOT / "ledger" / "lifecycle").glob("*.py")),
    ROOT / "ledger" / "balance.py",
    ROOT / "ledger" / "errors.py",
    ROOT / "ledger" / "events" / "envelope.py",
    ROOT / "ledger" / "rules" / "__init__.py",
    ROOT / "ledger" / "submission.py",
)
TESTS: Final = (
    *sorted((ROOT / "tests" / "unit").glob("test_lifecycle_*.py")),
    *(ROOT / "tests" / "unit" / f"test_{name}.py" for name in ("balance", "envelope", "rules", "submission")),
)
# A raise names its rule first; a rule id is `group.rule`.
RAISED: Final = re.compile(r"(?:Refusal|Error|super\(\)\.__init__)\(\s*\"([a-z]+\.[a-z0-9_]+)\"")
LITERAL: Final = re.compile(r"[\"^]([a-z]+)\\?\.([a-z0-9_]+)")


def raised() -> set[str]:
    return {rule for path in SOURCES for rule in RAISED.findall(path.read_text())}


def named(paths: Iterable[Path]) -> set[str]:
    return {".".join(parts) for path in paths for parts in LITERAL.findall(path.read_text())}


def test_the_rules_are_found_where_they_are_raised() -> None:
    assert len(raised()) > 100
    assert {"prev.stale", "custody.holder", "balance.mass", "format.jws_size", "rules.unknown"} <= raised()


def test_every_rule_is_provoked_by_a_test() -> None:
    assert sorted(raised() - named(TESTS)) == []
