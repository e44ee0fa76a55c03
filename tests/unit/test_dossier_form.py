"""The form of a dossier: one text for one dossier, and one error for every other."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.dossier import form
from ledger.dossier.form import MalformedDossierError
from tests.dossiers import form_of

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "dossier.json").read_text(encoding="utf-8"))
TEXT: str = VECTORS["dossiers"][0]["dossier"]
ENTRY: dict[str, Any] = {"index": 0, "entry": "", "proof": [], "disclosures": []}


def changed(**members: Any) -> str:  # noqa: ANN401  JSON
    return form_of({**json.loads(TEXT), **members})


def test_a_dossier_is_written_as_it_was_read() -> None:
    assert form.parse(TEXT).format() == TEXT
    assert form.parse(TEXT.encode()) == form.parse(TEXT)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"v": 2}, "v is not 1"),
        ({"v": True}, "v is not 1"),
        ({"items": []}, "items is empty"),
        ({"items": ["org:1", "org:1"]}, "names one twice"),
        ({"items": ["nothing"]}, "not an id"),
        ({"items": {}}, "not a list"),
        ({"entries": [ENTRY, ENTRY]}, "order of their indexes"),
        ({"entries": [{**ENTRY, "index": 1}, ENTRY]}, "order of their indexes"),
        ({"entries": [{**ENTRY, "index": -1}]}, "not a number"),
        ({"entries": [{**ENTRY, "index": True}]}, "not a number"),
        ({"entries": [{**ENTRY, "proof": ["AAAA"]}]}, "32 bytes"),
        ({"entries": [{**ENTRY, "proof": [1]}]}, "not a text"),
        ({"entries": [{**ENTRY, "proof": ["*"]}]}, "base64"),
        ({"entries": [{**ENTRY, "proof": [""] * 64}]}, "at most 63"),
        ({"entries": [{**ENTRY, "more": 1}]}, "not an object"),
        ({"published": {"index": 1}}, "not an object"),
        ({"published": {"index": 1, "lines": [1]}}, "not an object"),
        ({"published": {"index": 1, "lines": [], "after": None}}, "not a number"),
        ({"published": {"index": 1, "lines": [], "before": 1}}, "not an object"),
        ({"checkpoint": None}, "not a text"),
        ({"more": 1}, "not an object"),
    ],
)
def test_another_form_is_refused_with_what_is_wrong(members: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedDossierError, match=reason):
        form.parse(changed(**members))


@pytest.mark.parametrize(
    "text",
    [
        TEXT[:-1],
        TEXT + "\n",
        TEXT.replace('"v":1', '"v": 1'),
        TEXT.replace('"published"', '"\\u0070ublished"'),
        json.dumps(dict(reversed(list(json.loads(TEXT).items()))), separators=(",", ":"), ensure_ascii=False)
        + "\n",
    ],
    ids=["no newline", "two newlines", "a space", "an escape", "another order"],
)
def test_a_dossier_has_one_text(text: str) -> None:
    with pytest.raises(MalformedDossierError, match="its one form"):
        form.parse(text)


def test_more_bytes_than_allowed_are_not_read() -> None:
    with pytest.raises(MalformedDossierError, match="longer than"):
        form.parse(b" " * (form.MAX_BYTES + 1))


@given(st.binary(max_size=200) | st.text(max_size=100))
def test_arbitrary_bytes_are_refused_with_one_error(data: bytes | str) -> None:
    with pytest.raises(MalformedDossierError):
        form.parse(data)
