"""docs/events.md says what the code does: its chapters are those that the code writes."""

import importlib.util
from pathlib import Path
from types import ModuleType

from ledger.events import REGISTRY

DOCS = Path(__file__).parents[2] / "docs"


def _writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_events", DOCS / "make_events.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_the_one_that_the_code_writes() -> None:
    assert (DOCS / "events.md").read_text(encoding="utf-8") == _writer().page()


def test_every_event_type_has_its_section() -> None:
    text = (DOCS / "events.md").read_text(encoding="utf-8")
    assert [name for name in REGISTRY if f"### {name}\n" not in text] == []
