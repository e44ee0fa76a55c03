"""Every reason that a parser gives has its Chinese: read from the source, not from a list."""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields, validate

from api.schemas import findings, labels, material, queries, requests, searching
from crypto import strictjson
from crypto.errors import CryptoError
from ledger import wording
from ledger.claims import MalformedClaimError
from ledger.fields import ITEM_ID
from ledger.wording import Language, places, translate
from ledger.wording.reasons import DESCRIBED, reasons

ROOT: Final = Path(__file__).parents[2]
SPOKEN: Final = frozenset(
    {
        "ClockError",
        "InvalidLabelError",
        "InvalidProofError",
        "InvalidSignatureError",
        "MalformedBase64Error",
        "MalformedClaimError",
        "MalformedCodeError",
        "MalformedDeviceCodeError",
        "MalformedDisclosureError",
        "MalformedIdError",
        "MalformedInstantError",
        "MalformedJsonError",
        "MalformedJwsError",
        "MalformedKeyError",
        "MalformedLabelError",
        "MalformedScanError",
        "MalformedUsccError",
        "MalformedVinError",
        "UnknownLabelKeyError",
    }
)
"""The errors whose sentence can become the fact `reason` of a refusal."""
CODE: Final = re.compile(r"[a-z_]+")
CODECS: Final = frozenset({"text", "parsed"})


def _shape(template: str) -> str:
    return re.sub(r"{\w*}", "{}", template)


def _shapes(value: ast.expr) -> Iterator[str]:
    # A name or an attribute passes on what another error said, which is collected where that is raised.
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Add()):
            yield text + "{}"
        case ast.IfExp(body=one, orelse=other):
            yield from _shapes(one)
            yield from _shapes(other)
        case ast.Name() | ast.Attribute() | ast.Call(func=ast.Name(id="str")):
            return
        case _:
            raise AssertionError(f"a reason this test cannot read: {ast.unparse(value)}")


def _said(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Assign(targets=[ast.Name(id="reason")], value=ast.Constant() | ast.IfExp() as value):
            # A finding's reason is a code, with a text of its own.
            yield from (one for one in _shapes(value) if not CODE.fullmatch(one))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords):
            if name in SPOKEN and args:
                yield from _shapes(args[0])
            if name == "_wrong":  # of cli/unsigned.py
                yield from _shapes(args[1])
            if name.endswith(("Refusal", "Error")):
                for keyword in keywords:
                    if keyword.arg == "reason":
                        yield from _shapes(keyword.value)


def _described(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[_, ast.Constant(value=str(what)), *_]) if name in CODECS:
            yield what


def _source() -> tuple[frozenset[str], frozenset[str]]:
    said, described = set[str](), set[str]()
    for package in ("crypto", "ledger", "api", "cli", "witness"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                said.update(_said(node))
                if package == "ledger":
                    described.update(_described(node))
    return frozenset(said), frozenset(described)


def _checked(field: fields.Field[object]) -> Iterator[str]:
    yield from (str(message) for message in field.error_messages.values())
    for check in field.validators:
        match check:
            case validate.Range(min=least, max=most) | validate.Length(min=least, max=most):
                both = least is not None and most is not None
                single = check.message_min if most is None else check.message_max
                yield check.message_all if both else single
    if isinstance(field, fields.List):
        yield from _checked(field.inner)


def _marshmallow() -> frozenset[str]:
    found = set[str]()
    for module in (findings, labels, material, queries, requests, searching):
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Schema):
                shape = kind()
                found.update(map(str, shape.error_messages.values()))
                for field in shape.fields.values():
                    found.update(_checked(field))
    return frozenset(message.removesuffix(".") for message in found)


def _bases() -> frozenset[str]:
    found = set[str]()

    def walk(value: object) -> None:
        if isinstance(value, Mapping):
            if isinstance(basis := value.get("basis"), str):
                found.add(basis)
            value = list(value.values())
        for one in value if isinstance(value, list) else ():
            walk(one)

    for path in (ROOT / "ledger" / "rules").glob("*.json"):
        walk(json.loads(path.read_text(encoding="utf-8")))
    return frozenset(found)


SAID, DESCRIPTIONS = _source()
KNOWN: Final = SAID | DESCRIPTIONS | {_shape(message) for message in _marshmallow()} | _bases()
TABLE: Final = reasons()


def test_the_source_gives_reasons_and_descriptions() -> None:
    assert len(SAID) > 150
    assert len(DESCRIPTIONS) > 15
    assert {"must be {} to {}", "an SD-JWT ends with ~", "goes with items only"} <= SAID


def test_every_reason_in_the_source_has_its_chinese() -> None:
    assert sorted(KNOWN - set(map(_shape, TABLE))) == []


def test_no_chinese_stands_for_a_reason_that_nobody_gives() -> None:
    assert sorted(template for template in TABLE if _shape(template) not in KNOWN) == []


def test_descriptions_stand_in_a_section_of_their_own() -> None:
    sections = wording.read(wording.__name__, "reasons", Language.ZH)
    assert set(sections[DESCRIBED]) == DESCRIPTIONS


def test_both_languages_have_the_same_places_and_no_reason_stands_twice() -> None:
    assert [english for english, chinese in TABLE.items() if places(english) != places(chinese)] == []
    sections = wording.read(wording.__name__, "reasons", Language.ZH)
    assert len(TABLE) == sum(map(len, sections.values()))


def test_the_chinese_is_chinese_and_leaves_the_full_stop_to_the_sentence_around_it() -> None:
    assert [chinese for chinese in TABLE.values() if not _in_chinese_characters(chinese)] == []
    assert [chinese for chinese in TABLE.values() if chinese != chinese.strip(" 。.")] == []


def _in_chinese_characters(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in re.sub(r"{\w+}", "", text)) or text == (
        "{scheme}：{reason}"
    )


@pytest.mark.parametrize("english", TABLE)
def test_each_template_is_found_by_what_it_makes(english: str) -> None:
    told = dict.fromkeys(places(english), "7") | {"what": "an item id", "scheme": "org"}
    told["reason"] = "not ASCII"
    chinese = {**told, "what": TABLE["an item id"], "reason": TABLE["not ASCII"]}
    assert translate(english.format_map(told), Language.ZH) == TABLE[english].format_map(chinese)


def test_english_is_returned_as_it_is() -> None:
    for english in TABLE:
        assert translate(english, Language.EN) == english


@given(st.text(), st.sampled_from(Language))
def test_an_unknown_reason_is_returned_as_it_is(text: str, lang: Language) -> None:
    assert translate(f"?{text}?", lang) == f"?{text}?"


@given(st.text())
def test_what_a_reason_quotes_is_left_as_it_was_sent(name: str) -> None:
    chinese = translate(f"disclosure of {name} has no digest", Language.ZH)
    assert chinese == f"{name} 的披露没有对应的摘要" or name == ""


def test_a_reason_that_quotes_reasons_without_end_is_answered() -> None:
    endless = "header: " * 20_000 + "not ASCII"
    assert translate(endless, Language.ZH).startswith("头部：头部：")


def test_reasons_within_reasons_are_told_in_chinese_throughout() -> None:
    with pytest.raises(MalformedClaimError) as refused:
        ITEM_ID.decode("gbt34014:zzz")
    assert translate(refused.value.reason, Language.ZH) == (
        "须为物品标识：gbt34014：须为 GB/T 34014-2017 规定形式的 19、24 或 26 个字符"
    )


def test_a_description_that_begins_as_a_range_is_told_as_a_description() -> None:
    told = translate("must be 1 to 200 ASCII characters without a space", Language.ZH)
    assert told == "须为不含空格的 1 至 200 个 ASCII 字符"
    assert translate("must be 1 to 200", Language.ZH) == "须在 1 至 200 之间"


def test_the_message_of_the_json_parser_is_kept() -> None:
    with pytest.raises(CryptoError) as refused:
        strictjson.loads(b"{")
    assert translate(str(refused.value), Language.ZH).startswith(
        "不是 JSON（第 1 个字符处：Expecting property"
    )


def test_refusals_are_worded_with_the_reason_in_their_language() -> None:
    facts = {"path": "data.mass_g", "reason": "must be 1 to 9"}
    assert wording.wording("format.claim", Language.ZH, facts=facts).detail.endswith("：须在 1 至 9 之间。")
    assert wording.wording("format.claim", Language.EN, facts=facts).detail == "data.mass_g: must be 1 to 9."


def test_codes_that_are_facts_named_reason_are_no_reasons() -> None:
    assert TABLE.keys().isdisjoint(wording.code_words("read_only", Language.EN))
