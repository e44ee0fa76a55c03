"""The code of a device: one spelling, many ways to type it, and no slip unseen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.keys import Algorithm, PrivateKey
from ledger.device import MalformedDeviceCodeError, format_code, parse_code

KEY = PrivateKey.generate(Algorithm.ES256).verifier
CODE = format_code(KEY)


def test_a_code_is_read_back_to_its_key() -> None:
    assert parse_code(CODE) == KEY
    assert CODE.startswith("PTD1-")
    assert len(CODE) == 4 + 14 * 5


@pytest.mark.parametrize(
    "typed",
    [
        CODE.lower(),
        CODE.replace("-", ""),
        f" {CODE.replace('-', ' ')}\n",
        CODE[:5] + CODE[5:].translate(str.maketrans("OIB", "018")),
    ],
    # The key is another at every run; two workers must call the tests alike.
    ids=["lower case", "no hyphens", "spaces", "digits for letters"],
)
def test_it_may_be_typed_in_other_ways(typed: str) -> None:
    assert parse_code(typed) == KEY


def test_one_wrong_character_is_seen() -> None:
    for at in range(5, len(CODE)):
        if CODE[at] != "-":
            wrong = CODE[:at] + ("A" if CODE[at] != "A" else "C") + CODE[at + 1 :]
            with pytest.raises(MalformedDeviceCodeError):
                parse_code(wrong)


@given(
    st.text(max_size=80)
    | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=56, max_size=56).map("PTD1".__add__)
)
def test_no_text_brings_another_error(text: str) -> None:
    try:
        verifier = parse_code(text)
    except MalformedDeviceCodeError:
        return
    assert parse_code(format_code(verifier)) == verifier


def test_a_device_has_an_es256_key() -> None:
    with pytest.raises(MalformedDeviceCodeError, match="ES256"):
        format_code(PrivateKey.from_seed(bytes(32)).verifier)
