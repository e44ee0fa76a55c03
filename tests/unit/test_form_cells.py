"""Cells listed on a form: each code judged at its line, and committed to as the door wants it."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import form_cells
from api.filled import read_form
from api.form_cells import LISTED, with_cells
from crypto.encoding import b64url_encode
from ledger.cells import cells_root
from ledger.claims import MalformedClaimError, codec_of
from ledger.events import Claims
from ledger.events.production import CellCodes, ModuleManufactured, PackManufactured
from ledger.wording import Language, translate
from tests.consortium import cell, module, pack

Made = tuple[dict[str, Any], dict[str, Any]]
KEY = bytes(range(32))
CODES = [cell(number).value for number in range(1, 7)]
COUNT = "cell_count"


def listed(
    kind: type[Claims] = ModuleManufactured, /, **filled: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the claims of a form whose fields hold these texts."""
    named = {name.replace("__", "."): [text] for name, text in filled.items()}
    return with_cells(*read_form(kind, named), str(module(1)), KEY)


def refused(text: str, **filled: str) -> tuple[str, str]:
    """Return which field and line are refused, and why."""
    with pytest.raises(MalformedClaimError) as caught:
        listed(cell_codes=text, **filled)
    return caught.value.path, caught.value.reason


def test_what_is_listed_is_committed_to_and_opened_by_the_restricted_claim() -> None:
    public, restricted = listed(cell_codes="\n".join([CODES[0].lower(), "", f" {CODES[1]} "]))
    assert public == {COUNT: 2, "cells_root": cells_root(KEY, CODES[:2])}
    assert restricted == {LISTED: {"key": b64url_encode(KEY), "codes": {str(module(1)): CODES[:2]}}}
    codec_of(CellCodes).decode(restricted[LISTED])


def test_each_module_of_a_pack_has_a_list_of_its_own() -> None:
    rows = {f"modules__{row}__id": module(row + 1).code for row in range(3)}
    rows |= {f"modules__{row}__cell_codes": "\n".join(CODES[2 * row : 2 * row + 2]) for row in range(2)}
    public, restricted = listed(PackManufactured, **rows)
    assert [one.get(COUNT) for one in public["modules"]] == [2, 2, None]
    assert set(restricted[LISTED]["codes"]) == {str(module(1)), str(module(2))}
    with pytest.raises(MalformedClaimError, match=r"in line 2 of modules.0..cell_codes"):
        listed(PackManufactured, **rows | {"modules__2__cell_codes": CODES[1]})
    assert COUNT not in public


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (f"{CODES[0]}\n\nx", 2, "line 3: "),
        (f"{CODES[0]}\n{pack(1).value}", 1, "line 2: is the code of no cell"),
        (f"{CODES[0]}\n{CODES[1]}\n{CODES[0]}", 2, "line 3: is there already, in line 1"),
    ],
    ids=["no code", "a pack's", "twice"],
)
def test_a_wrong_line_is_named(text: str, line: int, reason: str) -> None:
    path, told = refused(text)
    assert path == f"{LISTED}[{line}]"
    assert told.startswith(reason)
    assert translate(told, Language.ZH).startswith(f"第 {line + 1} 行：")


def test_a_number_that_is_stated_is_that_of_the_list() -> None:
    assert refused("\n".join(CODES), cell_count="7") == (COUNT, "6 codes are listed")
    assert refused("", cell_count="7") == (COUNT, "0 codes are listed")
    assert listed(cell_codes="\n".join(CODES), cell_count="6")[0][COUNT] == 6


def test_more_codes_than_a_form_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_cells, "MAX_CELLS", 2)
    assert refused("\n".join(CODES)) == (LISTED, "more than 2 codes")


@given(st.text(max_size=60))
def test_any_text_is_taken_or_refused_at_a_line(text: str) -> None:
    with suppress(MalformedClaimError):
        public, _ = listed(cell_codes=text)
        assert public == {}
