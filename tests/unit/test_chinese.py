"""Chinese sentences have Chinese punctuation, in every file of texts, in the command and in the templates."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.wording import Language, aside, clauses, join, labelled, phrases

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
QUOTED = re.compile(r"`[^`]*`")
"""What is quoted as programs write it keeps their marks."""
PLACE = re.compile(r"{[^{}]*}")
"""A fact in a sentence, perhaps a Chinese one."""
TECHNICAL = re.compile(r"}:(?={|//)")
"""Two facts with a bare colon between them, or one before `://`, are one technical name."""
_WIDE = r"[\u4e00-\u9fff\u3001\u3002\uff01-\uff1f]"
HALF_WIDTH = re.compile(rf"{_WIDE}\s*[,;:!?()]|[,;:!?()]\s*{_WIDE}|\.{{3}}")


def _texts(table: dict[str, Any], under: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _texts(value, f"{under}.{name}")
        else:
            for text in [value] if isinstance(value, str) else value:
                yield f"{under}.{name}", text


def _of_files() -> Iterator[tuple[str, str]]:
    for folder in ("api", "cli", "ledger"):
        for path in sorted((ROOT / folder).rglob("*.zh.toml")):
            yield from _texts(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


def _of_the_command() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "cli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
                yield f"{path.name}:{node.lineno}", "".join(parts)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield f"{path.name}:{node.lineno}", node.value


def _wrong(text: str) -> bool:
    bare = PLACE.sub("文", TECHNICAL.sub("}", QUOTED.sub("", text)))
    return bool(CHINESE.search(text) and HALF_WIDTH.search(bare))


@pytest.mark.parametrize(
    "text", ["扫描(标签)", "{name}: 已作废", "请重试,再报告。", "{name} ({item})，已入册", "等一等..."]
)
def test_a_half_width_mark_in_a_chinese_sentence_is_seen(text: str) -> None:
    assert _wrong(text)


def test_chinese_texts_have_full_width_punctuation() -> None:
    texts = [*_of_files(), *_of_the_command()]
    assert sum(bool(CHINESE.search(text)) for _, text in texts) > 1000
    assert [f"{place}: {text}" for place, text in texts if _wrong(text)] == []


def test_no_template_sets_a_mark_of_one_language_beside_a_text() -> None:
    """A template serves both languages: the marks between texts are `ledger.wording.punctuation`'s."""
    beside = re.compile(r"[,;:(]\s*{{|}}\s*[,;:()]")
    logic = re.compile(r"{%.*?%}")
    found = [
        f"{path.name}: {match[0]}"
        for path in sorted((ROOT / "templates").glob("*.html"))
        for match in beside.finditer(logic.sub("", path.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("lang", "told"),
    [(Language.ZH, "角色：甲、乙（子，丑；寅）"), (Language.EN, "角色: 甲, 乙 (子, 丑; 寅)")],
)
def test_marks_between_words_follow_the_language(lang: Language, told: str) -> None:
    said = clauses([phrases(["子", "丑"], lang), "寅"], lang)
    assert labelled("角色", join(["甲", "乙" + aside(said, lang)], lang), lang) == told
