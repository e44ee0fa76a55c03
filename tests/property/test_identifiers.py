"""Arbitrary text at every parser of identifiers, and codes that come back as they were made."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import gbt34014, uscc
from ledger.gbt34014 import BatteryCode, Chemistry, Kind, MalformedCodeError
from ledger.gbt34014_parts import examine, explain
from ledger.identifiers import ItemId, MalformedIdError, resolve_code
from ledger.scan import MalformedScanError, decode_code, interpret
from ledger.uscc import MalformedUsccError
from ledger.vin import MalformedVinError, Vin

CAPITALS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SCHEMES = ["gbt34014", "gbt45565", "gs1", "local", "lot", "vehicle", "org", "org:duns", "org:lei", "GS1"]
texts = st.text() | st.text(f"{CAPITALS}abcdef:.-/ ", max_size=40)
ids = st.builds("{}:{}".format, st.sampled_from(SCHEMES), texts)
links = st.builds("https://{}/{}".format, texts, texts) | st.builds("https://h/{}".format, ids)


@st.composite
def battery_codes(draw: st.DrawFn) -> BatteryCode:
    reuse = draw(st.none() | st.sampled_from(Kind))
    traces = st.text(CAPITALS, min_size=7, max_size=7)
    return gbt34014.mint(
        vendor=draw(st.text(CAPITALS, min_size=3, max_size=3)),
        kind=draw(st.sampled_from(Kind)),
        chemistry=draw(st.sampled_from(Chemistry)),
        spec=draw(st.text(CAPITALS, min_size=2, max_size=2)),
        trace=draw(st.none() | traces) if reuse else draw(traces),
        made_on=draw(st.dates(date(2011, 1, 1), date(2040, 12, 31))),
        serial=draw(st.integers(1, 9_999_999)),
        reuse=reuse,
    )


@pytest.mark.parametrize(
    ("parse", "error"),
    [
        (ItemId.parse, MalformedIdError),
        (resolve_code, MalformedIdError),
        (gbt34014.parse, MalformedCodeError),
        (uscc.parse, MalformedUsccError),
        (uscc.complete, MalformedUsccError),
        (Vin.parse, MalformedVinError),
        (interpret, MalformedScanError),
        (decode_code, MalformedScanError),
    ],
)
@given(text=texts | ids | links | st.text(CAPITALS, min_size=17, max_size=26))
def test_arbitrary_text_raises_only_the_parsers_own_error(
    parse: Callable[[str], object], error: type[Exception], text: str
) -> None:
    with suppress(error):
        parse(text)


@given(ids)
def test_an_id_that_parses_is_written_back_unchanged(text: str) -> None:
    with suppress(MalformedIdError):
        assert str(ItemId.parse(text)) == text


@given(texts)
def test_any_text_can_be_examined(text: str) -> None:
    assert "".join(part.text for part in examine(text)) == text


@given(battery_codes())
def test_a_minted_code_is_read_back_and_explained(code: BatteryCode) -> None:
    assert gbt34014.parse(code.text) == code
    assert all(part.ok for part in explain(code))
    assert str(ItemId.parse(f"gbt34014:{code}").code) == code.text


@given(battery_codes(), st.integers(1, 18), st.sampled_from(["", " ", "\r\n", ";", "_"]))
def test_a_code_in_two_pieces_and_lower_case_is_among_the_readings(
    code: BatteryCode, cut: int, between: str
) -> None:
    raw = f"{code.text[:cut]}{between}{code.text[cut:]}".lower()
    assert code in [reading.code for reading in decode_code(raw)]


@given(battery_codes(), st.integers(1, 18))
def test_every_reading_of_swapped_pieces_is_a_code_of_the_same_characters(
    code: BatteryCode, cut: int
) -> None:
    readings = decode_code([code.text[cut:], code.text[:cut]])
    assert all(sorted(reading.code.text) == sorted(code.text) for reading in readings)
