"""Item ids: one spelling each, and what an id tells of itself."""

import pytest

from ledger.identifiers import ItemId, MalformedIdError, gtin_check_digit, lei_check_digits, resolve_code

WANXIANG = "91330000577307779U"
VEHICLE = "vehicle:8c9b6b0e-1f5e-4d3a-9f0e-1a2b3c4d5e6f"
IDS = [
    "gbt34014:001CB240000003B3C0221953",
    "gbt34014:ZZZPB01C720000012RP",
    "gbt34014:001CB240000003B3C0221953RM",
    "gbt45565:ESS-2026.07-00017",
    "gs1:09506000134352:SN-1",
    f"local:{WANXIANG}:P-17",
    "local:duns:123456789:A",
    f"lot:{WANXIANG}:BM-01",
    "lot:lei:5493001KJTIIGC8Y1R12:X",
    VEHICLE,
    f"org:{WANXIANG}",
    "org:duns:123456789",
    "org:lei:5493001KJTIIGC8Y1R12",
]
MALFORMED = [
    "",
    "gbt34014",
    "gbt34014:",
    "GBT34014:001CB240000003B3C0221953",
    "gbt34014:001cb240000003b3c0221953",
    "gbt34014:001CB240000003B3C0221953 ",
    "gbt34014:001CB240000003B3C0221953\n",
    "gbt34014:ZZZPB010000000G2Y0000001",
    "gbt45565:",
    "gbt45565:lower",
    "gbt45565:" + "A" * 41,
    "gbt45565:A:B",
    "gs1:09506000134353:A",
    "gs1:9506000134352:A",
    "gs1:09506000134352",
    "gs1:09506000134352:",
    "gs1:０9506000134352:A",
    "local:P-17",
    f"local:org:{WANXIANG}:P-17",
    "lot:91330000577307797U:BM-01",
    "lot:duns:12345678:X",
    "vehicle:8C9B6B0E-1F5E-4D3A-9F0E-1A2B3C4D5E6F",
    "vehicle:8c9b6b0e-1f5e-1d3a-9f0e-1a2b3c4d5e6f",
    "vehicle:8c9b6b0e-1f5e-4d3a-cf0e-1a2b3c4d5e6f",
    "vehicle:8c9b6b0e1f5e4d3a9f0e1a2b3c4d5e6f",
    "org:91330000577307797U",
    "org:91330000577307779u",
    "org:duns:12345678X",
    "org:lei:5493001KJTIIGC8Y1R13",
    "org:lei:5493001KJTIIGC8Y1R1",
    "org:vat:123",
    "vin:1M8GDM9AXKP042788",
]


@pytest.mark.parametrize("text", IDS)
def test_an_id_is_written_as_it_was_read(text: str) -> None:
    assert str(ItemId.parse(text)) == text


@pytest.mark.parametrize("text", MALFORMED)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(MalformedIdError):
        ItemId.parse(text)


def test_each_scheme_belongs_to_one_class_of_item() -> None:
    for text in IDS:
        item = ItemId.parse(text)
        assert [item.is_unit, item.is_lot, item.is_vehicle, item.is_org].count(True) == 1


def test_ids_sort_as_their_texts() -> None:
    ids = [ItemId.parse(text) for text in IDS]
    assert [str(item) for item in sorted(ids)] == sorted(IDS)
    assert len(set(ids)) == len(IDS)


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        (f"lot:{WANXIANG}:BM-01", f"org:{WANXIANG}"),
        ("local:duns:123456789:X", "org:duns:123456789"),
        ("lot:lei:5493001KJTIIGC8Y1R12:X", "org:lei:5493001KJTIIGC8Y1R12"),
    ],
)
def test_a_lot_or_local_id_names_the_organisation_that_owns_the_text(text: str, owner: str) -> None:
    assert ItemId.parse(text).owner_org == ItemId.parse(owner)


def test_other_ids_name_no_owner() -> None:
    assert ItemId.parse(VEHICLE).owner_org is None


@pytest.mark.parametrize("text", IDS)
def test_the_code_of_routes_and_labels_names_the_item_in_either_case(text: str) -> None:
    item = ItemId.parse(text)
    assert resolve_code(item.code) == item
    assert resolve_code(item.code.upper()) == item


@pytest.mark.parametrize(
    "text", ["", "001cb240000003b3c0221953", "Gbt45565:A", "GBT45565:a", "VEHICLE:X", "ſ:A"]
)
def test_a_code_in_another_case_is_refused(text: str) -> None:
    with pytest.raises(MalformedIdError):
        resolve_code(text)


def test_check_digits_are_those_of_published_examples() -> None:
    assert gtin_check_digit("0950600013435") == "2"  # the example GTIN of the GS1 Digital Link standard
    assert lei_check_digits("5493001KJTIIGC8Y1R") == "12"  # Bloomberg L.P., gleif.org
