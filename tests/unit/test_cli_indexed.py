"""As what the published index has a code that somebody asks `packtrace absent` for."""

import pytest

from cli.errors import CliError
from cli.indexed import indexed_as
from tests.consortium import MAKER
from tests.scenario import pack

VEHICLE = "3b241101-e2bb-4255-8caf-4136c566a962"
CODE, ORG = pack(1).code, MAKER.id.value
LINK = "https://x.example/01/09506000134352"
SPELLINGS = [
    (CODE, f"gbt34014:{CODE}"),
    (f"gbt34014:{CODE.lower()}", f"gbt34014:{CODE}"),
    (f"gbt34014:{CODE[:3]}-{CODE[3:]}", f"gbt34014:{CODE}"),
    (f"vehicle:{VEHICLE.upper()}", f"vehicle:{VEHICLE}"),
    (VEHICLE.upper(), f"vehicle:{VEHICLE}"),
    (f"org:{ORG.lower()}", f"org:{ORG}"),
    (ORG.lower(), f"org:{ORG}"),
    (f"Lot:{ORG.lower()}:bm-1", f"lot:{ORG}:BM-1"),
    (LINK, LINK),
    ("cabinet/7", "cabinet/7"),
    ("foo:bar", "foo:bar"),
]


@pytest.mark.parametrize(("text", "indexed"), SPELLINGS, ids=[text for text, _ in SPELLINGS])
def test_a_code_is_asked_for_as_the_index_writes_it(text: str, indexed: str) -> None:
    assert indexed_as(text) == indexed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gbt34014:garbage", "begins as an id and is none"),
        ("vehicle:7", "begins as an id and is none"),
        ("org:91999999", "begins as an id and is none"),
        ("1M8GDM9AXKP042788", "form of a VIN"),
        ("two words", "cannot stand in an index"),
        ("电池", "cannot stand in an index"),
        ("x" * 201, "cannot stand in an index"),
        ("", "cannot stand in an index"),
    ],
    ids=["code", "vehicle", "org", "vin", "space", "letters", "long", "empty"],
)
def test_what_no_index_has_in_any_spelling_is_refused(text: str, why: str) -> None:
    with pytest.raises(CliError, match=why):
        indexed_as(text)


def test_a_text_that_is_no_id_is_said_to_be_looked_for_as_it_stands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    indexed_as("foo:bar")
    assert "character for character" in capsys.readouterr().err
