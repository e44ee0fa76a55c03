"""Every rule and every code speaks Chinese and English, and each sentence finds its facts."""

import ast
import inspect
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger import scan, vocabulary, wording
from ledger.accounts import Gap
from ledger.claims import members_of
from ledger.events import REGISTRY
from ledger.importing.problems import template_of
from ledger.provenance import Source
from ledger.state import Holder
from ledger.ties import Course
from ledger.wording import Language, UnknownTextError, fill, places, rule_text, sentences, word

ROOT = Path(__file__).parents[2]
LANGUAGES = list(Language)
RULE = re.compile(r"[a-z]+\.[a-z0-9_]+")


class Refused(NamedTuple):
    """One place in the code that names a rule, and the facts it gives."""

    rule: str
    place: str
    facts: frozenset[str]


def _refusals() -> Iterator[Refused]:
    for package in ("ledger", "api"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from _refusal(node, path.name)


def _refusal(call: ast.Call, file: str) -> Iterator[Refused]:
    named = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if not named.endswith(("Refusal", "Error", "__init__")) or not call.args:
        return
    rule = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    if isinstance(rule, str) and RULE.fullmatch(rule):
        facts = {keyword.arg for keyword in call.keywords if keyword.arg}
        yield Refused(
            rule, f"{file}:{call.lineno}", frozenset(facts | ({"item"} if len(call.args) > 1 else set()))
        )


REFUSALS = list(_refusals())


def _code_list(kind: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


CODE_LISTS = {
    _code_list(kind): [code.value for code in kind]
    for _, kind in inspect.getmembers(vocabulary, inspect.isclass)
    if issubclass(kind, StrEnum) and kind is not StrEnum
} | {
    "party": list(Holder),
    "event": list(REGISTRY),
    "scan": list(scan.ScanKind),
    "repair": list(scan.Repair),
    "course": list(Course),
    "source": list(Source),
    "gap": list(Gap),
    "figure": ["units", "none"],
}


def test_the_code_names_rules() -> None:
    assert len({one.rule for one in REFUSALS}) > 100


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_refusal_in_the_code_has_a_sentence_for_its_facts(lang: Language) -> None:
    missing = []
    for one in REFUSALS:
        try:
            text = template_of(one.rule, lang)
        except UnknownTextError:
            missing.append(f"{one.place} {one.rule}: no text")
            continue
        if not any(places(sentence) <= one.facts for sentence in text.detail.split("\n")):
            missing.append(f"{one.place} {one.rule}: no sentence for {sorted(one.facts)}")
        if not places(text.title) | places(text.remedy) <= one.facts:
            missing.append(
                f"{one.place} {one.rule}: title or remedy needs other facts than {sorted(one.facts)}"
            )
    assert not missing


def test_both_languages_explain_the_same_rules_with_the_same_facts() -> None:
    for rule in wording.rules():
        zh, en = (rule_text(rule, lang) for lang in LANGUAGES)
        assert [places(line) for line in zh.detail.split("\n")] == [
            places(line) for line in en.detail.split("\n")
        ]
    assert wording.rules() == tuple(sorted(_rule_ids(Language.ZH)))


def test_the_files_are_sorted_and_every_text_ends_as_a_sentence_does() -> None:
    for lang in LANGUAGES:
        assert list(_rule_ids(lang)) == sorted(_rule_ids(lang))
        for rule in _rule_ids(lang):
            text = rule_text(rule, lang)
            assert text.detail.endswith((".", "。"))
            assert text.remedy.endswith((".", "。"))
            assert not text.title.endswith((".", "。"))


def test_every_sentence_names_only_known_measures_and_code_lists() -> None:
    known = {"", "mass", "percent", "duration", "list", "read_only", *CODE_LISTS}
    for lang in LANGUAGES:
        for rule in _rule_ids(lang):
            text = rule_text(rule, lang)
            for part in (text.title, text.detail, text.remedy):
                assert set(re.findall(r"{\w+:(\w+)}", part)) <= known


def test_no_text_stands_for_a_rule_that_nobody_names() -> None:
    named = {one.rule for one in REFUSALS}
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "api").rglob("*.py"))
    assert [rule for rule in wording.rules() if rule not in named and f'"{rule}"' not in source] == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code_list", sorted(CODE_LISTS))
def test_every_code_has_a_word(code_list: str, lang: Language) -> None:
    words = wording.code_words(code_list, lang)
    extra = {"with what it is part of"} if code_list == "ending" else set()
    assert set(words) == set(CODE_LISTS[code_list]) | extra
    assert all(words.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_claim_has_a_name(lang: Language) -> None:
    kinds = REGISTRY.values()
    claims = {name for kind in kinds for name in (*members_of(kind), *kind.row.restricted)}
    # A bare yes or no within a group of claims says nothing without its name.
    assert set(wording.code_words("claim", lang)) == claims | {"counts_as_recycled", "home"}


def test_facts_are_filled_in_as_people_write_them() -> None:
    text = wording.wording(
        "balance.mass", Language.EN, facts={"inputs_g": 400_000, "outputs_g": 401_500, "tolerance_ppm": 0}
    )
    assert text.detail == "401.5 kg came out and only 400 kg went in; the tolerance is 0 %."


def test_codes_are_put_into_words() -> None:
    text = wording.wording(
        "org.role", Language.ZH, item="org:1", facts={"event": "pack.fitted", "roles": ["dealer", "carrier"]}
    )
    assert text.detail == "“装车”事件只能由以下角色签发：经销商、承运企业。org:1 不具备其中任何角色。"


@pytest.mark.parametrize(("seconds", "zh", "en"), [(300, "5 分钟", "5 minutes"), (86_400, "1 天", "1 day")])
def test_times_are_put_into_words(seconds: int, zh: str, en: str) -> None:
    assert wording.duration(seconds, Language.ZH) == zh
    assert wording.duration(seconds, Language.EN) == en


def test_an_empty_list_is_said_to_be_empty() -> None:
    facts = {"claim": "reason", "allowed": []}
    assert wording.wording("restricted.name", Language.ZH, facts=facts).detail.endswith("可用：无。")
    assert wording.wording("restricted.name", Language.EN, facts=facts).detail.endswith("possible: none.")


@pytest.mark.parametrize(("lang", "told"), [(Language.ZH, "2.5%"), (Language.EN, "2.5 %")])
def test_shares_are_put_as_each_language_writes_them(lang: Language, told: str) -> None:
    assert wording.percent(25_000, lang) == told


def test_small_masses_stay_in_grams() -> None:
    assert wording.mass(999) == "999 g"
    assert wording.mass(1_234_567) == "1,234.567 kg"


def test_a_sentence_without_its_facts_is_an_error_of_the_program() -> None:
    with pytest.raises(UnknownTextError, match="no sentence"):
        fill(["{missing}"], Language.EN, {})
    with pytest.raises(UnknownTextError, match=r"no\.such"):
        wording.wording("no.such", Language.EN)
    with pytest.raises(UnknownTextError):
        wording.code_words("no_such", Language.EN)


def test_a_code_without_a_word_stands_for_itself() -> None:
    assert word("party", "org:1", Language.EN) == "org:1"


def test_variants_are_one_sentence_or_several() -> None:
    assert list(sentences("one")) == ["one"]
    assert list(sentences(["one", "two"])) == ["one", "two"]


def _rule_ids(lang: Language) -> list[str]:
    texts = wording.read(wording.__name__, "rules", lang)
    return [f"{area}.{name}" for area, entries in texts.items() for name in entries]
