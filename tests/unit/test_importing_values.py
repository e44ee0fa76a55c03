"""One cell, one claim: exact conversions, and a refusal for everything that would have to be guessed."""

from contextlib import suppress
from datetime import date, datetime, time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.events import REGISTRY
from ledger.importing.forms import UNITS, Form, Kind, unit_key
from ledger.importing.table import Formula, Value
from ledger.importing.targets import target, targets_of
from ledger.importing.values import CellError, Reading, read
from tests.consortium import MAKER, pack


def form(event: str, path: str) -> Form:
    """Return the form of a claim."""
    found = target(event, path)
    assert found is not None
    return found.form


MASS = form("pack.manufactured", "mass_g")
KG = Reading(MASS, scale=UNITS["g"]["kg"])
DAY = Reading(form("pack.manufactured", "manufactured_on"))
AT = Reading(form("pack.manufactured", "at"))
ITEM = Reading(form("pack.manufactured", "item"))
TEMPERATURE = Reading(form("health.measured", "restricted.temperature_dc"), scale=UNITS["dc"]["℃"])
CONDITION = Reading(form("item.collected", "condition"))
RIGHTS = Reading(form("transfer.offered", "rights"))
TO = Reading(form("transfer.offered", "to"))
WASTE = Reading(form("item.collected", "waste"))
SITE = Reading(form("item.collected", "place.site"))
CARRIER = Reading(form("transfer.offered", "restricted.carrier"))
LOAD = Reading(form("transfer.offered", "consignment"), namespace=str(MAKER.id))


def rule(value: Value, reading: Reading) -> str:
    """Return the rule by which a cell is refused."""
    with pytest.raises(CellError) as caught:
        read(value, reading)
    return caught.value.rule


@pytest.mark.parametrize(
    ("value", "grams"), [(451.25, 451_250), ("451.25", 451_250), (0.001, 1), (451, 451_000), ("1", 1_000)]
)
def test_kilograms_become_grams_exactly(value: Value, grams: int) -> None:
    assert read(value, KG) == grams


@pytest.mark.parametrize("value", [0.1 + 0.2, 451.2501, "0.0001", 451.25000000000006])
def test_what_is_no_whole_gram_is_refused_and_never_rounded(value: Value) -> None:
    assert rule(value, KG) == "import.fraction"


@given(st.integers(1, 10**12))
def test_every_mass_survives_every_unit(grams: int) -> None:
    for unit in ("g", "kg", "t"):
        size = UNITS["g"][unit]
        assert read(_decimal(grams, size), Reading(MASS, scale=size)) == grams


def _decimal(grams: int, size: Fraction) -> str:
    whole, rest = divmod(grams, int(size))
    digits = len(str(int(size))) - 1
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)


def test_a_number_with_more_digits_than_a_spreadsheet_keeps_is_refused() -> None:
    assert rule(10**15, Reading(MASS)) == "import.digits"
    assert rule(1e15, Reading(MASS)) == "import.digits"
    assert rule(float("inf"), Reading(MASS)) == "import.digits"
    assert rule("9" * 20, Reading(MASS)) == "import.digits"
    assert read(str(10**12), Reading(MASS)) == 10**12


def test_negative_temperatures_are_read_in_tenths() -> None:
    assert [read(one, TEMPERATURE) for one in (-5.5, "-5.5", 25, 0)] == [-55, -55, 250, 0]


@pytest.mark.parametrize("value", ["2026-06-01", "2026/6/1", "2026年6月1日", "2026.06.01", date(2026, 6, 1)])
def test_a_day_has_the_year_first(value: Value) -> None:
    assert read(value, DAY) == "2026-06-01"


@pytest.mark.parametrize("value", ["1.6.2026", "06/01/26", "2026-6", "2026-02-29", 46174, True, time(8)])
def test_a_day_is_not_guessed(value: Value) -> None:
    assert rule(value, DAY) == "import.day"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2026-06-01 8:05", "2026-06-01T08:05:00+08:00"),
        ("2026-06-01T08:05:09", "2026-06-01T08:05:09+08:00"),
        ("2026-06-01T08:05:09-03:30", "2026-06-01T08:05:09-03:30"),
        ("2026年6月1日 08:05", "2026-06-01T08:05:00+08:00"),
        ("2026-06-01", "2026-06-01T00:00:00+08:00"),
        (datetime(2026, 6, 1, 8, 5), "2026-06-01T08:05:00+08:00"),  # noqa: DTZ001  a cell has no time zone
        (date(2026, 6, 1), "2026-06-01T00:00:00+08:00"),
    ],
)
def test_a_time_is_of_the_zone_that_the_mapping_names(value: Value, told: str) -> None:
    assert read(value, AT) == told


def test_a_time_finer_than_a_second_is_refused() -> None:
    assert rule(datetime(2026, 6, 1, 8, 5, 0, 5), AT) == "import.instant"  # noqa: DTZ001  the same


def test_a_code_is_read_bare_or_as_an_id() -> None:
    assert read(pack(1).value, ITEM) == read(str(pack(1)), ITEM) == str(pack(1))
    lot = Reading(ITEM.form, prefix=f"lot:{MAKER.id.value}:")
    assert read("B-1", lot) == f"lot:{MAKER.id.value}:B-1"


def test_codes_are_told_by_their_words_in_both_languages() -> None:
    words = targets_of("item.collected")["condition"].form.words
    assert read("Damaged", CONDITION) == "damaged"
    assert [read(word, CONDITION) for word in words] == list(words.values())
    own = Reading(CONDITION.form, words={"有点坏": "damaged"})
    assert read("有点坏", own) == "damaged"


def test_a_cell_lists_several_codes() -> None:
    assert read("保管、所有权", RIGHTS) == ["custody", "ownership"]
    assert read("custody; ownership", RIGHTS) == ["custody", "ownership"]
    assert rule("保管、别的", RIGHTS) == "import.code"
    assert rule("、", RIGHTS) == "import.claim"


def test_a_social_credit_code_is_an_organisation() -> None:
    assert read(MAKER.id.value, TO) == read(str(MAKER.id), TO) == str(MAKER.id)
    wrong = MAKER.id.value[:-1] + ("0" if MAKER.id.value[-1] != "0" else "1")
    assert rule(wrong, TO) == "import.claim"


def test_yes_and_no_are_words() -> None:
    assert [read(one, WASTE) for one in ("是", "TRUE", "yes", 1, True)] == [True] * 5
    assert [read(one, WASTE) for one in ("否", "False", "n", 0, False)] == [False] * 5
    assert rule("也许", WASTE) == "import.boolean"


def test_a_whole_number_may_stand_for_a_text_and_no_other_may() -> None:
    assert read(12, SITE) == "12"
    assert rule(12.5, SITE) == "import.text"
    assert rule(date(2026, 6, 1), SITE) == "import.text"
    assert rule(10**16, SITE) == "import.digits"


def test_prose_keeps_its_punctuation() -> None:
    assert read("虚构物流（杭州）", CARRIER) == "虚构物流（杭州）"
    assert rule(" 虚构物流", CARRIER) == "import.whitespace"


def test_with_trim_spaces_and_full_width_forms_are_put_right() -> None:
    assert read("　４５１．２５ ", Reading(MASS, scale=UNITS["g"]["kg"], trim=True)) == 451_250
    assert read(f" {pack(1).value}\u00a0", Reading(ITEM.form, trim=True)) == str(pack(1))


def test_the_remedy_says_what_to_write() -> None:
    with pytest.raises(CellError) as caught:
        read("４５１", Reading(MASS))
    assert caught.value.facts == {"instead": "451"}


def test_a_firms_own_number_is_the_same_uuid_in_every_table() -> None:
    assert read("CN-7", LOAD) == read("CN-7", LOAD) != read("CN-8", LOAD)
    assert read("00000000-0000-4000-8000-000000000001", LOAD) == "00000000-0000-4000-8000-000000000001"
    assert rule("CN-7", Reading(LOAD.form)) == "import.claim"


def test_a_formula_is_never_a_value() -> None:
    for reading in (KG, DAY, ITEM, CARRIER, RIGHTS):
        assert rule(Formula("=1"), reading) == "import.formula"


def test_units_are_written_as_people_write_them() -> None:
    assert unit_key("KWH") == unit_key("kWh")
    assert unit_key("mΩ") in UNITS["uohm"]
    assert unit_key("\u00b5\u2126") in UNITS["uohm"]


CELLS = st.one_of(
    st.text(max_size=60),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.sampled_from(["2026-06-01", "是", "1.5", "=1", pack(1).value]),
)
READINGS = [
    Reading(one.form, trim=trim)
    for event in sorted(REGISTRY)
    for one in targets_of(event).values()
    for trim in (False, True)
]


@given(CELLS, st.sampled_from(READINGS))
def test_any_cell_is_a_claim_of_its_codec_or_refused(value: Value, reading: Reading) -> None:
    with suppress(CellError):
        told = read(value, reading)
        reading.form.codec.decode(told)
        assert reading.form.many or reading.form.kind is not Kind.INTEGER or isinstance(told, int)
