"""A dossier cut before the event that its holder would rather not show, verified offline by a buyer."""

import base64
import json
from pathlib import Path
from typing import Any, Final

import pytest

from ledger.entry import Entry
from ledger.instants import Instant
from tests.attacks import Operator, opened_story, pin, told
from tests.consortium import MAKER, pack
from tests.dossiers import form_of
from tests.integration import processes

LATE_DAYS: Final = 3
DAY_MS: Final = 86_400_000


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def saved(operator: Operator, url: str, name: str) -> dict[str, Any]:
    """Save the dossier of pack 1 by the command, and return it."""
    processes.run(operator.folder, "dossier", pack(1).value, "-o", name, "--url", url)
    found: dict[str, Any] = json.loads((operator.folder / name).read_text("utf-8"))
    return found


def checks(operator: Operator, dossier: dict[str, Any], code: int) -> dict[str, str]:
    """Verify a dossier offline as a buyer would; return the verdict of each check."""
    (operator.folder / "shown.json").write_text(form_of(dossier), "utf-8")
    found = told(operator.folder, "verify", "shown.json", "--trust", "trust.json", code=code)
    return {name: one["verdict"] for name, one in found["checks"].items()}


def test_a_dossier_is_cut_before_the_pack_was_stolen(operator: Operator) -> None:
    story, begun = opened_story()
    operator.write("shown", [*begun, story.pack_manufactured(pack(1))])
    pin(operator, "shown")
    operator.publish("shown", story)
    with operator.serving("shown") as url:
        before = saved(operator, url, "before.json")
        assert set(checks(operator, before, 0).values()) <= {"ok", "unknown"}
    operator.write("shown", [story.item_stolen(MAKER, pack(1))])
    operator.publish("shown", story)
    with operator.serving("shown") as url:
        whole = saved(operator, url, "whole.json")
    assert checks(operator, whole, 0)["complete"] == "ok"
    # The seller leaves out the theft, with all that came after it.
    stolen = max(one["index"] for one in whole["entries"] if names(one, pack(1).value))
    cut = {**whole, "entries": [one for one in whole["entries"] if one["index"] != stolen]}
    assert checks(operator, cut, 1)["complete"] == "failed"
    # Leaving out the index's line of the pack too does not help: complete is then not shown.
    lines = [one for one in whole["published"]["lines"] if not one["line"].startswith(f"{pack(1)} ")]
    without = {**cut, "published": {**whole["published"], "lines": lines}}
    assert checks(operator, without, 1)["complete"] != "ok"
    # And without any index it is not shown either.
    assert checks(operator, {**cut, "published": None}, 1)["complete"] != "ok"


def test_an_index_of_days_ago_that_is_published_today_says_so(operator: Operator) -> None:
    operator.begun_ms -= LATE_DAYS * DAY_MS
    story, begun = opened_story()
    operator.write("shown", [*begun, story.pack_manufactured(pack(1))])
    pin(operator, "shown")
    early = operator.index("shown", story)
    [stolen] = operator.write("shown", [story.item_stolen(MAKER, pack(1))])
    operator.clock.now += LATE_DAYS * DAY_MS
    operator.write("shown", [early])
    times_ms = [Entry.decode(one).logged_at_ms for one in operator.entries("shown")]
    with operator.serving("shown") as url:
        whole = saved(operator, url, "whole.json")
    # The registrar's friend sells the pack without the theft, under an index of today.
    entries = [one for one in whole["entries"] if one["index"] != stolen.index]
    (operator.folder / "shown.json").write_text(form_of({**whole, "entries": entries}), "utf-8")
    hidden = told(operator.folder, "verify", "shown.json", "--trust", "trust.json", code=0)
    assert (hidden["complete_to"], hidden["published_ms"]) == (stolen.index, times_ms[-1])
    assert hidden["covered_ms"] is None
    # What the server gives shows until when the index covers: that of the theft.
    text = processes.run(operator.folder, "verify", "whole.json", "--trust", "trust.json")
    assert f"until {Instant.from_ms(times_ms[stolen.index]).text}" in text
    assert f"{LATE_DAYS} days BEHIND" in text


def names(entry: dict[str, Any], code: str) -> bool:
    """Say whether an entry of a dossier is about a code."""
    payload = entry["entry"].split(" ")[1].split(".")[1]
    return code.encode() in base64.urlsafe_b64decode(payload + "==")
