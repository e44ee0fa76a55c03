"""Raw scans: what they are, what was repaired, and why not."""

import pytest

from ledger.gbt34014_parts import Part
from ledger.scan import MalformedScanError, Repair, ScanKind, decode_code, interpret

CATL = "001CB240000003B3C0221953"
EVE = "04QCB76836300JBC40000903"
REUSE = "ZZZPB01C720000012RP"
GS1 = "gs1:09506000134352:SN-1"
VEHICLE = "3b241101-e2bb-4255-8caf-4136c566a962"


def codes(raw: str | list[str]) -> list[str]:
    return [reading.code.text for reading in decode_code(raw)]


@pytest.mark.parametrize(
    ("raw", "repairs"),
    [
        (CATL, ()),
        (REUSE, ()),
        (f"{CATL}RC", ()),
        (CATL.lower(), (Repair.CLEANED,)),
        ("001CB24 0000003\r\nB3C 0221953\n", (Repair.CLEANED,)),
        (f"*{CATL}*", (Repair.CLEANED,)),
        (f"]d1{CATL}", (Repair.CLEANED,)),
        ("００１ＣＢ２４０００００03b3c0221953", (Repair.CLEANED,)),
        (["001CB240000003", "B3C0221953"], (Repair.CLEANED,)),
        (["B3C0221953", "001CB240000003"], (Repair.CLEANED, Repair.REORDERED)),
        ("B3C0221953 001CB240000003", (Repair.CLEANED, Repair.REORDERED)),
        ("B3C0221953001CB240000003", (Repair.REORDERED,)),
        ("03B3C0221953001CB2400000", (Repair.REORDERED,)),
        ("001CB240000003B3CO22I953", (Repair.LOOKALIKE,)),
        ("b3co22i953001cb240000003", (Repair.CLEANED, Repair.REORDERED, Repair.LOOKALIKE)),
    ],
)
def test_a_scan_is_read_and_its_repairs_are_named(raw: str | list[str], repairs: tuple[Repair, ...]) -> None:
    readings = decode_code(raw)
    expected = REUSE if REUSE in raw else CATL + ("RC" if "RC" in raw else "")
    assert readings[0].code.text == expected
    assert readings[0].repairs == repairs


def test_the_swapped_halves_of_a_real_cell_are_put_in_order() -> None:
    assert codes("jbc4000090304qcb76836300") == [EVE]


def test_a_reuse_code_split_either_way_is_put_in_order() -> None:
    assert codes("C720000012RPZZZPB01") == [REUSE]
    assert codes(["C720000012RP", "ZZZPB01"]) == [REUSE]


def test_a_code_that_reads_as_it_stands_is_the_only_reading() -> None:
    assert codes(EVE) == [EVE]


@pytest.mark.parametrize("raw", ["A765101015", "04QCB76836300JBC400", "ZZZPB010000000G2Y0000001", "ſſſ", "?"])
def test_what_is_no_code_is_refused_part_by_part(raw: str) -> None:
    with pytest.raises(MalformedScanError) as refusal:
        interpret(raw)
    wrong: list[Part] = [part for part in refusal.value.parts if not part.ok]
    assert wrong
    assert refusal.value.reason


@pytest.mark.parametrize("raw", ["", " \n", [], ["", ""]])
def test_an_empty_scan_is_refused(raw: str | list[str]) -> None:
    with pytest.raises(MalformedScanError, match="empty"):
        interpret(raw)


def test_a_scan_is_not_read_past_its_limit() -> None:
    with pytest.raises(MalformedScanError, match="4096"):
        interpret("A" * 4097)


def test_a_bare_code_names_its_item() -> None:
    scan = interpret(CATL.lower())
    assert (scan.kind, [str(item) for item in scan.items]) == (ScanKind.CODE, [f"gbt34014:{CATL}"])
    assert scan.repairs == (Repair.CLEANED,)


def test_the_two_marks_of_a_split_code_name_one_item() -> None:
    scan = interpret(["B3C0221953", "001CB240000003"])
    assert [str(item) for item in scan.items] == [f"gbt34014:{CATL}"]


@pytest.mark.parametrize("raw", [GS1, GS1.upper(), f" {GS1}\n"])
def test_an_id_names_its_item(raw: str) -> None:
    scan = interpret(raw)
    assert (scan.kind, [str(item) for item in scan.items]) == (ScanKind.ID, [GS1])


@pytest.mark.parametrize(
    ("raw", "item", "repair"),
    [
        (f"gbt34014:{CATL.lower()}", f"gbt34014:{CATL}", Repair.CLEANED),
        (f"GBT34014:{CATL[:4]}-{CATL[4:]}", f"gbt34014:{CATL}", Repair.CLEANED),
        (f"gbt34014:{CATL[12:]} {CATL[:12]}", f"gbt34014:{CATL}", Repair.REORDERED),
        (f"vehicle:{VEHICLE.upper()}", f"vehicle:{VEHICLE}", Repair.CLEANED),
        (GS1.title(), GS1, Repair.CLEANED),
    ],
    ids=["lower", "hyphen", "turned", "vehicle", "mixed"],
)
def test_an_id_in_another_spelling_names_its_item_too(raw: str, item: str, repair: Repair) -> None:
    scan = interpret(raw)
    assert (scan.kind, [str(one) for one in scan.items]) == (ScanKind.ID, [item])
    assert repair in scan.repairs


@pytest.mark.parametrize("raw", ["gbt34014:garbage", "org:91999999", "vehicle:8", "lot:ſ:1"])
def test_what_begins_as_an_id_and_is_none_is_refused(raw: str) -> None:
    with pytest.raises(MalformedScanError):
        interpret(raw)


def test_a_text_with_a_colon_that_is_no_id_is_refused() -> None:
    with pytest.raises(MalformedScanError, match="item id"):
        interpret("vin:1M8GDM9AXKP042788")


@pytest.mark.parametrize(
    "raw",
    [
        f"HTTPS://SUDIAN.EXAMPLE/P/{CATL}/ABCDEF234567",
        f"https://sudian.example/P/{CATL}/ABCDEF234567",
        f"https://sudian.example/p/{CATL.lower()}/abcdef234567",
    ],
)
def test_our_label_is_known_in_any_case_and_gives_its_url_as_printed(raw: str) -> None:
    scan = interpret(raw)
    assert (scan.kind, [str(item) for item in scan.items]) == (ScanKind.LABEL, [f"gbt34014:{CATL}"])
    assert scan.label is not None
    assert scan.label.prefix == f"HTTPS://SUDIAN.EXAMPLE/P/{CATL}/"
    assert scan.label.token == "ABCDEF234567"


def test_a_label_of_another_scheme_carries_the_whole_id() -> None:
    scan = interpret(f"HTTP://127.0.0.1:8000/P/{GS1.upper()}")
    assert (scan.kind, [str(item) for item in scan.items]) == (ScanKind.LABEL, [GS1])
    assert scan.label is not None
    assert (scan.label.token, str(scan.label)) == (None, f"HTTP://127.0.0.1:8000/P/{GS1.upper()}")


@pytest.mark.parametrize(
    "raw",
    [
        "https://id.example.com/01/09506000134352/21/SN-1",
        "https://id.example.com/some/path/01/9506000134352/21/SN%2D1?linkType=all",
        "http://id.example.com/01/09506000134352/22/2A/10/L1/21/SN-1",
    ],
)
def test_a_gs1_digital_link_names_its_unit_and_is_an_alias(raw: str) -> None:
    scan = interpret(raw)
    assert (scan.kind, [str(item) for item in scan.items]) == (ScanKind.DIGITAL_LINK, [GS1])
    assert scan.alias == raw


@pytest.mark.parametrize("tail", ["01/09506000134352/21/sn-1", "01/09506000134353/21/SN-1"])
def test_a_digital_link_outside_our_alphabet_is_an_alias_only(tail: str) -> None:
    scan = interpret(f"https://id.example.com/{tail}")
    assert (scan.kind, scan.items) == (ScanKind.DIGITAL_LINK, ())


def test_another_makers_link_is_an_alias_and_may_hold_a_code() -> None:
    scan = interpret(f"https://maker.example/trace?c={CATL.lower()}&v=2")
    assert (scan.kind, [str(item) for item in scan.items]) == (ScanKind.LINK, [f"gbt34014:{CATL}"])
    assert interpret("https://maker.example/p/12345").items == ()


@pytest.mark.parametrize("raw", ["https://", "https://[::1", "https:// maker.example/x", "https:///x"])
def test_a_broken_link_is_refused(raw: str) -> None:
    with pytest.raises(MalformedScanError, match="link"):
        interpret(raw)
