"""docs/findings.md says what the code does, and no version of the finding rules was ever edited."""

import hashlib
import importlib.util
from importlib import resources
from pathlib import Path
from types import ModuleType

import pytest

from ledger import wording
from ledger.findings import FINDING_RULES
from ledger.findings.rules import FindingRule, Made, Term, rules_at
from ledger.instants import Instant
from ledger.wording import Language, UnknownTextError
from ledger.wording.findings import finding_rules_told, finding_text

DOCS = Path(__file__).parents[2] / "docs"
RULES = [rule for rules in FINDING_RULES.values() for rule in rules.rules]
ADOPTED = {"2026.11": "3048712e2908a9bfbc903653ae686439f4f7d6b101f390fb2fda599b25a59e34"}
"""The SHA-256 of each version that a release had: a change is a new version."""


def _writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_findings", DOCS / "make_findings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_the_one_that_the_code_writes() -> None:
    assert (DOCS / "findings.md").read_text(encoding="utf-8") == _writer().page()


def test_a_version_that_was_adopted_is_never_edited() -> None:
    files = {
        one.name.removesuffix(".json"): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in resources.files("ledger.findings").iterdir()
        if one.name.endswith(".json")
    }
    assert files == ADOPTED


@pytest.mark.parametrize("version", FINDING_RULES)
def test_the_rules_of_a_version_stand_in_the_order_of_their_ids(version: str) -> None:
    ids = [one.rule for one in FINDING_RULES[version].rules]
    assert ids == sorted(set(ids))
    assert FINDING_RULES[version].version == version


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.rule)
def test_a_rule_has_a_unit_for_its_limit_and_a_term_where_it_is_a_deadline(rule: FindingRule) -> None:
    assert (rule.limit is None) == (rule.unit is None)
    if rule.made is Made.DEADLINE:
        assert rule.term is Term.RULE_SET or (rule.term is Term.DAYS and rule.limit is not None)
        assert rule.closes is not None
    if rule.made is Made.DOOR:
        assert rule.closes is None


@pytest.mark.parametrize("lang", Language)
def test_every_rule_has_its_words_and_the_files_are_sorted(lang: Language) -> None:
    told = finding_rules_told(lang)
    assert list(told) == sorted(told)
    assert {one.rule for one in RULES} <= set(told)


@pytest.mark.parametrize("rule", finding_rules_told(Language.EN))
def test_both_languages_need_the_same_facts_and_end_as_sentences_do(rule: str) -> None:
    area, _, name = rule.partition(".")
    zh, en = (wording.read("ledger.wording", "findings", lang)[area][name] for lang in Language)
    for text in ("title", "remedy"):
        assert wording.places(zh[text]) == wording.places(en[text]) == frozenset()
    pairs = list(zip(wording.sentences(zh["detail"]), wording.sentences(en["detail"]), strict=True))
    assert all(wording.places(one) == wording.places(other) for one, other in pairs)
    assert all(one.endswith("。") and other.endswith(".") for one, other in pairs)


def test_a_rule_without_words_is_an_error_of_the_program() -> None:
    with pytest.raises(UnknownTextError):
        finding_text("nothing.known", Language.EN, item="x", facts={})


def test_entries_older_than_the_first_version_have_the_first() -> None:
    first = next(iter(FINDING_RULES.values()))
    assert rules_at(0) == first
    assert rules_at(Instant.parse("2026-06-01T00:00:00+08:00").ms) == first


def test_a_limit_that_a_rule_has_not_is_not_read() -> None:
    with pytest.raises(LookupError):
        rules_at(0).limit("item.lost")
