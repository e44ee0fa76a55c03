"""Mappings: drafted from headers in both languages, read strictly, and written so that they read back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.importing.journal import Head
from ledger.events import REGISTRY, About
from ledger.importing.headers import draft
from ledger.importing.mapping import Column, Mapping, format_mapping, parse
from ledger.importing.problems import ImportRefusal, text_of
from ledger.importing.table import Row
from ledger.importing.targets import importable, target, targets_of
from ledger.wording import Language, places, read, sentences
from tests.consortium import MAKER

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = sorted(ROOT.glob("*/importing/*.py"))
IMPORTABLE: Final = sorted(name for name in REGISTRY if importable(name))
GOOD: Final = """
version = 1
event = "pack.manufactured"
[constants]
"place.district" = "330109"
[[column]]
header = "编码"
claim = "item"
[[column]]
header = "质量"
claim = "mass_g"
unit = "kg"
"""


def drafted(event: str, *headers: str) -> dict[str, str]:
    """Return the claim of each header in the draft."""
    return {one.header: one.claim for one in draft(event, Row(1, headers)).mapping.columns}


def refused(text: str) -> str:
    """Return the rule by which a mapping is refused."""
    with pytest.raises(ImportRefusal) as caught:
        parse(text.encode())
    assert f"[{caught.value.rule}]" in caught.value.sentence(Language.EN)
    return caught.value.rule


@pytest.mark.parametrize("event", IMPORTABLE)
def test_every_type_can_be_drafted_from_its_own_paths(event: str) -> None:
    paths = tuple(targets_of(event))
    told = drafted(event, *paths)
    assert {path for path in paths if told[path] != path} == set()


def test_almost_every_type_can_be_told_by_rows() -> None:
    hidden = {name for name in REGISTRY if not importable(name)}
    about_events = {name for name, kind in REGISTRY.items() if kind.row.about is About.EVENT}
    assert {"pack.manufactured", "batch.processed", "item.graded", "model.declared"} <= set(IMPORTABLE)
    assert hidden - about_events <= {"org.enrolled", "key.added"}


def test_every_restricted_claim_that_fits_a_cell_has_a_column() -> None:
    missing = {
        f"{name}: {claim}"
        for name, kind in REGISTRY.items()
        for claim, row in kind.row.restricted.items()
        if f"restricted.{claim}" not in targets_of(name) and row.codec.schema.get("type") != "object"
    }
    assert missing == set()


def test_headers_in_both_languages_are_known() -> None:
    assert drafted("pack.manufactured", "Pack code", "Weight (kg)", "Made on", "Module 3 code", "Site") == {
        "Pack code": "item",
        "Weight (kg)": "mass_g",
        "Made on": "manufactured_on",
        "Module 3 code": "modules[3].id",
        "Site": "place.site",
    }


def test_a_draft_names_the_unit_of_the_header_and_never_guesses_one() -> None:
    headers = ("mass_g", "额定容量[Ah]", "额定能量", "模块1质量(磅)")
    guess = draft("pack.manufactured", Row(1, headers))
    units = {one.header: one.unit for one in guess.mapping.columns}
    assert units == {"mass_g": "g", "额定容量[Ah]": "Ah", "额定能量": "", "模块1质量(磅)": ""}
    assert set(guess.unsure) == {"额定能量", "模块1质量(磅)"}
    assert not guess.complete


def test_two_columns_for_one_claim_and_an_unknown_one_are_left_to_people() -> None:
    guess = draft("item.retired", Row(1, ("编码", "物品编码", "备注", "原因")))
    assert set(guess.unsure) == {"编码", "物品编码", "备注"}
    assert guess.missing == ("item",)
    text = format_mapping(guess.mapping, {"备注": "?"}, "look")
    assert refused(text) == "import.mapping_member"


def test_a_good_mapping_is_read() -> None:
    found = parse(GOOD.encode())
    assert found.columns == (
        Column(header="编码", claim="item"),
        Column(header="质量", claim="mass_g", unit="kg"),
    )
    assert (found.constants, found.offset, found.trim) == ({"place.district": "330109"}, "+08:00", False)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("version = 1", "version = 2", "import.mapping_member"),
        ("version = 1", "version = true", "import.mapping_member"),
        ("version = 1", "", "import.mapping_member"),
        ("version = 1", "version = 1\nmore = 1", "import.mapping_member"),
        ("version = 1", "version = ", "import.mapping_toml"),
        ("version = 1", 'version = 1\noffset = "+8"', "import.mapping_member"),
        ("version = 1", 'version = 1\ngroup = "model"', "import.mapping_member"),
        ("version = 1", 'version = 1\nissuer = "org:X"', "import.mapping_member"),
        ('"pack.manufactured"', '"pack.eaten"', "import.mapping_member"),
        ('"pack.manufactured"', '"key.added"', "import.mapping_member"),
        ('"place.district"', '"place.nowhere"', "import.claim_unknown"),
        ('"330109"', "1.5", "import.mapping_member"),
        ('"330109"', '""', "import.mapping_member"),
        ('claim = "item"', 'claim = "itme"', "import.claim_unknown"),
        ('claim = "item"', 'claim = "mass_g"', "import.claim_twice"),
        ('claim = "item"', 'claim = "item"\nunit = "kg"', "import.unit_none"),
        ('claim = "item"', 'claim = "item"\nwords = {a = 1}', "import.mapping_member"),
        ('claim = "item"', "", "import.mapping_member"),
        ('header = "编码"', 'header = "质量"', "import.header_twice_mapped"),
        ('unit = "kg"', "", "import.unit"),
        ('unit = "kg"', 'unit = "磅"', "import.unit"),
    ],
)
def test_a_wrong_mapping_is_refused_with_what_is_wrong(old: str, new: str, rule: str) -> None:
    assert old in GOOD
    assert refused(GOOD.replace(old, new)) == rule


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_mapping(data: bytes) -> None:
    with pytest.raises(ImportRefusal):
        parse(data)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=30))
def test_whatever_stands_in_a_header_survives_the_file(header: str) -> None:
    bare = header.strip()
    mapping = Mapping(
        event="item.retired",
        columns=(
            Column(header=bare or "x", claim="-"),
            Column(header=f"{bare}2", claim="item", prefix=header, optional=True),
            Column(header=f"{bare}3", claim="place.site", words={"a b": header}),
        ),
        constants={"reason": header},
        issuer=MAKER.id,
        trim=True,
        sheet=header,
    )
    assert parse(format_mapping(mapping, {bare: "a\nnote"}, "a\nheading").encode()) == mapping


def _named() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Constant(value=str(text)) if re.fullmatch(r"import\.[a-z_]+", text):
                    yield text


def test_every_rule_of_tables_has_its_words_in_both_languages_and_no_words_are_left_over() -> None:
    zh, en = (read("ledger.importing", "texts", lang)["import"] for lang in Language)
    assert {f"import.{name}" for name in zh} == {f"import.{name}" for name in en} == set(_named())
    for name, entry in zh.items():
        for part in ("title", "detail", "remedy"):
            facts = [[places(one) for one in sentences(told[name][part])] for told in (zh, en)]
            assert facts[0] == facts[1], name
        assert entry["detail"].endswith("。")
        assert en[name]["detail"].endswith((".", "?"))


def _bounded() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.keyword(arg="what", value=ast.Constant(value=str(text))):
                    yield text


def test_what_is_too_large_or_has_changed_is_named_in_both_languages() -> None:
    for lang in Language:
        assert set(read("ledger.importing", "texts", lang)["what"]) == {*_bounded(), *Head.__slots__}
        told = text_of("import.journal_changed", {"path": "p", "what": ["kid", "origin"]}, lang).detail
        assert ("密钥、账本" if lang is Language.ZH else "the key, the ledger") in told


def test_a_rule_of_the_ledger_is_told_in_the_ledgers_words() -> None:
    facts = {"at": "2031-01-01T00:00:00+08:00", "limit_s": 300}
    assert "5 分钟" in text_of("clock.happened_ahead", facts, Language.ZH).detail


def test_a_numbered_member_is_told_like_the_list() -> None:
    found = target("pack.manufactured", "modules[250].mass_g")
    assert found is not None
    assert (found.path, found.form.unit, found.required) == ("modules[250].mass_g", "g", False)
    assert target("pack.manufactured", "modules[0].mass_g") is None
    assert target("pack.manufactured", "modules[1].weight") is None
    assert target("pack.manufactured", "mass_g[1]") is None
