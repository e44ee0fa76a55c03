"""What is strict JSON to Python is strict JSON to JavaScript, and nothing else is."""

import json
import random
from functools import cache
from typing import Final

from crypto import strictjson
from crypto.errors import CryptoError
from tests.javascript import answers, asked

ODD: Final = (
    *(
        "",
        " ",
        "null",
        "true",
        " false ",
        "nul",
        "1",
        "-1",
        "0",
        "-0",
        "00",
        "01",
        "1.0",
        "1e2",
        "1E2",
        "+1",
        ".5",
        "-",
    ),
    *(
        "9007199254740991",
        "9007199254740992",
        "-9007199254740991",
        "-9007199254740992",
        "1" * 400,
        "NaN",
        "-Infinity",
    ),
    *(
        '"',
        '""',
        '"\\',
        '"\\""',
        '"\\\\"',
        '"a\\\\":1"',
        '"\\u0000"',
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"\\u0065\\u0301"',
    ),
    *(
        '"é"',
        '"e\u0301"',
        '"\t"',
        '"\x7f"',
        '"\\x"',
        '"\\/"',
        '"\\u00e9"',
        '"1.5"',
        '"-0"',
        '":"',
        '"{}[],:"',
    ),
    *("[]", "[1,]", "[,1]", "[1 2]", "[1.5]", "[-0]", '["-0",0]', "[[]", "[]]", "[1]2", "[" * 16 + "]" * 16),
    *(
        "[" * 17 + "]" * 17,
        '{"a":' * 16 + "1" + "}" * 16,
        '{"a":' * 17 + "1" + "}" * 17,
        "\ufeff[]",
        "[\u00a01]",
    ),
    *(
        '{"a":1}',
        '{"a":1,"a":1}',
        '{"a":{"b":1,"b":2}}',
        '{"a":[{"b":1},{"b":2}]}',
        '{"a":1,"\\u0061":2}',
        "{a:1}",
    ),
    *(
        '{"__proto__":1}',
        '{"__proto__":{"a":1},"b":{"__proto__":null}}',
        '{"constructor":1,"constructor":2}',
        "{'a':1}",
    ),
    *(
        '{"a:b":1}',
        '{"a":":","b":"::"}',
        '{":":1,":":2}',
        '{"":1}',
        '{"":1,"":2}',
        '{"e\u0301":1}',
        '{"1":1,"0":2}',
    ),
)
SEEDS: Final = (
    '{"a":[1,-20,"x:\\"y\\\\"],"b":{"c":null,"d":"é"},"e":""}',
    '[{"k":"v","n":9007199254740991},["\\n",true]]',
)
CHANGED: Final = 400
LETTERS: Final = '"\\:,{}[]0129-+.eEau \n\u00e9\x01'


@cache
def texts() -> tuple[str, ...]:
    """Return odd texts, and good ones in which a few characters were changed."""
    rng = random.Random("strict JSON in two languages")  # noqa: S311  the same texts at every run
    made = list(ODD)
    for number in range(CHANGED):
        text = SEEDS[number % len(SEEDS)]
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(text) + 1)
            text = text[:at] + rng.choice((*LETTERS, "")) + text[at + rng.randint(0, 1) :]
        made.append(text)
    return tuple(made)


def python_says(text: str) -> object:
    """Return the value in Python's words, or that it is none."""
    try:
        return ("value", strictjson.loads(text))
    except CryptoError:
        return "malformed"


def test_both_read_the_same_texts_alike() -> None:
    said = answers([asked("json", text.encode()) for text in texts()])
    heard = [("value", json.loads(one["text"])) if "text" in one else "malformed" for one in said]
    differ = [(text, heard[at]) for at, text in enumerate(texts()) if heard[at] != python_says(text)]
    assert differ == []


def test_some_of_them_are_read_and_some_are_not() -> None:
    verdicts = [python_says(text) == "malformed" for text in texts()]
    assert min(verdicts.count(True), verdicts.count(False)) > len(verdicts) // 8
