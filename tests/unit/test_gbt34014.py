"""Battery codes: parts, dates, minting, and what each part says."""

from datetime import date, timedelta
from typing import TypedDict, Unpack

import pytest

from ledger import gbt34014
from ledger.gbt34014 import BatteryCode, Chemistry, Kind, MalformedCodeError
from ledger.gbt34014_parts import examine, explain

CATL = "001CB240000003B3C0221953"
EVE = "04QCB76836300JBC40000903"
DAY_LETTERS = "123456789ABCDEFGHJKLMNPRSTVWXY0"


def code_with_date(letters: str) -> str:
    return f"ZZZPB010000000{letters}0000001"


def test_the_code_on_a_catl_cell_decodes() -> None:
    assert gbt34014.parse(CATL) == BatteryCode(
        text=CATL,
        kind=Kind.CELL,
        vendor="001",
        chemistry=Chemistry.LFP,
        spec="24",
        trace="0000003",
        date=date(2021, 3, 12),
        serial=221953,
        reuse=None,
    )


def test_the_code_on_an_eve_cell_decodes() -> None:
    code = gbt34014.parse(EVE)
    assert (code.vendor, code.kind, code.chemistry, code.spec) == ("04Q", "C", "B", "76")
    assert (code.date, code.serial, str(code)) == (date(2021, 12, 4), 903, EVE)


def test_a_reusers_own_code_has_19_characters_and_no_trace_information() -> None:
    code = gbt34014.parse("ZZZPB01C720000012RP")
    assert (code.kind, code.reuse, code.trace) == (Kind.PACK, Kind.PACK, None)
    assert (code.date, code.serial) == (date(2022, 7, 2), 12)


def test_a_makers_code_can_carry_a_reuse_code_behind_it() -> None:
    code = gbt34014.parse(f"{CATL}RM")
    assert (code.trace, code.reuse) == ("0000003", Kind.MODULE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A765101015",
        "04QCB76836300JBC400",
        "JBC4000090304QCB76836300",
        CATL.lower(),
        f" {CATL}",
        f"{CATL}\n",
        f"{CATL}RX",
        "０01CB240000003B3C0221953",
        "001XB240000003B3C0221953",
        "001CH240000003B3C0221953",
        "001CB240000003B3C022195A",
    ],
)
def test_what_is_not_a_code_in_its_one_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedCodeError):
        gbt34014.parse(text)


@pytest.mark.parametrize("place", [0, 2])
@pytest.mark.parametrize("letter", "IOQUZ")
def test_i_o_q_u_and_z_are_no_year_and_no_day(place: int, letter: str) -> None:
    letters = "G11"
    with pytest.raises(MalformedCodeError):
        gbt34014.parse(code_with_date(letters[:place] + letter + letters[place + 1 :]))


@pytest.mark.parametrize("letters", ["011", "G01", "GD1"])
def test_zero_is_no_year_and_no_month_and_there_is_no_thirteenth(letters: str) -> None:
    with pytest.raises(MalformedCodeError):
        gbt34014.parse(code_with_date(letters))


def test_every_day_of_a_month_has_its_letter_and_the_31st_is_zero() -> None:
    days = [gbt34014.parse(code_with_date(f"G1{letter}")).date.day for letter in DAY_LETTERS]
    assert days == list(range(1, 32))


def test_every_year_of_the_cycle_has_its_letter() -> None:
    years = [gbt34014.parse(code_with_date(f"{letter}11")).date.year for letter in DAY_LETTERS[:-1]]
    assert years == list(range(2011, 2041))


@pytest.mark.parametrize(
    ("letters", "exists"), [("G2Y", False), ("G2X", False), ("E2X", True), ("G40", False), ("G50", True)]
)
def test_a_date_that_does_not_exist_is_refused(letters: str, exists: bool) -> None:  # noqa: FBT001  a table's column
    if exists:
        assert str(gbt34014.parse(code_with_date(letters))) == code_with_date(letters)
    else:
        with pytest.raises(MalformedCodeError, match="date"):
            gbt34014.parse(code_with_date(letters))


def test_every_day_of_the_cycle_is_minted_and_read_back() -> None:
    day = date(2011, 1, 1)
    while day.year < 2041:
        code = gbt34014.mint(
            vendor="ZZZ",
            kind=Kind.PACK,
            chemistry=Chemistry.LFP,
            spec="01",
            trace="0000000",
            made_on=day,
            serial=1,
        )
        assert code.date == day
        day += timedelta(days=1)


class Parts(TypedDict, total=False):
    """What `mint` asks for."""

    vendor: str
    spec: str
    trace: str | None
    made_on: date
    serial: int
    reuse: Kind | None


USUAL: Parts = {
    "vendor": "ZZZ",
    "spec": "01",
    "trace": None,
    "made_on": date(2022, 7, 2),
    "serial": 12,
    "reuse": Kind.PACK,
}


def minted(**changes: Unpack[Parts]) -> BatteryCode:
    parts = USUAL | changes
    return gbt34014.mint(
        vendor=parts["vendor"],
        kind=Kind.PACK,
        chemistry=Chemistry.LFP,
        spec=parts["spec"],
        trace=parts["trace"],
        made_on=parts["made_on"],
        serial=parts["serial"],
        reuse=parts["reuse"],
    )


def test_minting_makes_each_of_the_three_lengths() -> None:
    assert minted().text == "ZZZPB01C720000012RP"
    assert minted(trace="ABC0001", reuse=None).text == "ZZZPB01ABC0001C720000012"
    assert minted(trace="ABC0001").text == "ZZZPB01ABC0001C720000012RP"


@pytest.mark.parametrize(
    "changes",
    [
        {"made_on": date(2010, 12, 31)},
        {"made_on": date(2041, 1, 1)},
        {"serial": 0},
        {"serial": 10_000_000},
        {"vendor": "zzz"},
        {"vendor": "ZZ"},
        {"vendor": "ZZ", "spec": "010"},
        {"spec": "0!"},
        {"trace": "ABC001"},
        {"spec": "0", "trace": "1ABC0001"},
        {"reuse": None},
    ],
)
def test_a_part_out_of_range_is_not_minted(changes: Parts) -> None:
    with pytest.raises(MalformedCodeError):
        minted(**changes)


def test_each_part_is_explained_in_both_languages() -> None:
    parts = {part.field: part for part in explain(gbt34014.parse(f"{CATL}RM"))}
    assert parts["kind"].meaning.en == "battery cell"
    assert parts["chemistry"].meaning.zh == "磷酸铁锂电池"
    assert [parts[field].meaning.en for field in ("year", "month", "day")] == ["2021", "3", "12"]
    assert parts["serial"].positions == (18, 24)
    assert parts["reuse"].meaning.zh == "梯级利用蓄电池模块"
    assert "".join(part.text for part in parts.values()) == f"{CATL}RM"
    assert all(part.ok and part.name.zh and part.name.en for part in parts.values())


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("A765101015", ["length"]),
        (code_with_date("G2Y"), ["day"]),
        (code_with_date("UDZ"), ["year", "month", "day"]),
        ("00?XH24000000?B3C02219O3", ["vendor", "kind", "chemistry", "trace", "serial"]),
        ("04QCB76836300JBC400", ["serial", "reuse"]),
    ],
)
def test_the_parts_that_are_wrong_are_named(text: str, wrong: list[str]) -> None:
    assert [part.field for part in examine(text) if not part.ok] == wrong
