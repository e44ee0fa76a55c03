"""Patterns against trying everything: what `seek` leaps over is no reading, and what it names is one."""

from itertools import product as combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.likeness import MAX_COST, MalformedPatternError, Pattern
from tests.scenario import module, pack, product

SHORT = st.text(alphabet="0O1I8B?", min_size=1, max_size=3)
PLACES = st.text(alphabet="0158ABDIOQZ", max_size=5)


@given(SHORT, PLACES, st.integers(min_value=0, max_value=MAX_COST))
def test_seek_names_the_first_text_that_begins_with_a_reading(typed: str, place: str, most: int) -> None:
    pattern = Pattern.parse(typed)
    readings = ["".join(some) for some in combinations(*(sorted(slot) for slot in pattern.slots))]
    good = [one for one in readings if (cost := pattern.cost(one)) is not None and cost <= most]
    begun = any(place.startswith(one) for one in good)
    expected = place if begun else next((one for one in sorted(good) if one >= place), None)
    assert pattern.seek(place, most) == expected


@given(st.text(max_size=40))
def test_any_text_is_a_pattern_or_refused(text: str) -> None:
    try:
        pattern = Pattern.parse(text)
    except MalformedPatternError:
        return
    assert all(0 in slot.values() for slot in pattern.slots)
    assert Pattern.parse(pattern.text) == pattern


@given(st.data())
def test_a_code_is_found_whatever_cannot_be_read_of_it(data: st.DataObject) -> None:
    code = data.draw(st.sampled_from([pack(77).value, module(8).value, product(5).value]))
    hidden = data.draw(st.sets(st.integers(min_value=0, max_value=len(code) - 1)))
    typed = "".join("?" if place in hidden else one for place, one in enumerate(code))
    pattern = Pattern.parse(typed)
    assert pattern.cost(code) == 0
    assert pattern.seek(code, 0) == code
    assert pattern.reversed().cost(code[::-1]) == 0


def test_look_alikes_cost_more_the_less_alike_they_are() -> None:
    code = "ZZZPB01TEST000G610000001"
    cheap = Pattern.parse(code.replace("0", "O")).cost(code)
    assert cheap == 4  # where a digit must stand, O was certainly one
    assert Pattern.parse("2" + code[1:]).cost(code) == 2
    assert Pattern.parse(code[:-1] + "7").cost(code) == 4
    assert Pattern.parse(code[:-1] + "9").cost(code) is None
    assert Pattern.parse("227" + code[3:]).cost(code) is None


def test_a_character_no_code_can_have_there_is_read_as_the_likeliest() -> None:
    # No month is G, no day I, and a serial number has digits only.
    assert Pattern.parse("ZZZPB01TEST000GGIO00000L").cost("ZZZPB01TEST000G610000001") == 0
    assert Pattern.parse("ZZZXB01TEST000G61000000I").cost("ZZZMB01TEST000G610000001") == 0


@pytest.mark.parametrize("text", ["", "哈", "A" * 27, "A*", "A\0", "ABC_"])
def test_what_is_no_part_of_a_code_is_refused(text: str) -> None:
    with pytest.raises(MalformedPatternError):
        Pattern.parse(text)


def test_spaces_case_and_full_width_do_not_matter() -> None:
    assert Pattern.parse("zzz p-？1").text == "ZZZP?1"


def test_only_a_whole_pattern_can_be_read_from_its_end() -> None:
    with pytest.raises(MalformedPatternError):
        Pattern.parse("ZZZ").reversed()
    assert not Pattern.parse("????????").better_backwards
    assert Pattern.parse("??????????????????000123").better_backwards
    assert not Pattern.parse("ZZZPB01TEST000G61???????").better_backwards
    assert Pattern.parse("???????G610000001RP").better_backwards
