"""Rows into events: groups, members in rows and columns, what is missing, and what comes twice."""

from collections.abc import Sequence

import pytest

from ledger.events.custody import TransferOffered
from ledger.events.production import PackManufactured
from ledger.events.recycling import LotDeclared
from ledger.importing.csvtable import read_csv
from ledger.importing.mapping import parse
from ledger.importing.problems import ImportRefusal
from ledger.importing.statements import Checked, check
from tests.consortium import LAB, MAKER, RECYCLER, START, VEHICLE_MAKER, Party, module, pack, vin
from tests.tables import csv_bytes

DISTRICT = '"place.district" = "330109"'
PACKS = (
    "item=item model=model mass=mass_g:kg day=manufactured_on module=modules[].id mass2=modules[].mass_g:g"
)


def mapping(event: str, columns: str, constants: Sequence[str] = (DISTRICT,), **members: str) -> bytes:
    """Return a mapping; `columns` is header=claim:unit, one after the other."""
    lines = ["version = 1", f'event = "{event}"']
    lines += [f'{name} = "{value}"' for name, value in members.items()]
    lines += ["[constants]", *constants]
    for one in columns.split():
        header, _, rest = one.partition("=")
        claim, _, unit = rest.partition(":")
        lines += [
            "[[column]]",
            f'header = "{header}"',
            f'claim = "{claim}"',
            f'unit = "{unit}"' if unit else "",
        ]
    return "\n".join(lines).encode()


def said(rows: Sequence[Sequence[object]], mapped: bytes, by: Party = MAKER) -> Checked:
    """Return what a table says under a mapping."""
    table = read_csv(csv_bytes([list(row) for row in rows]))
    return check(table, parse(mapped), issuer=by.id, now_ms=START.ms + 86_400_000)


def told(found: Checked) -> list[tuple[int, str, str]]:
    """Return the problems by row, column and rule."""
    return [(one.row, one.column, one.rule) for one in found.problems]


def packs(*rows: Sequence[object], group: str = "item") -> Checked:
    """Return what rows of packs with modules in rows say."""
    header = ["item", "model", "mass", "day", "module", "mass2"]
    return said([header, *rows], mapping("pack.manufactured", PACKS, group=group))


def whole(number: int, *modules: int) -> list[list[object]]:
    """Return the rows of a pack, each with a module."""
    first = [pack(number).value, MAKER.model(), "451.5", "2026-06-01"]
    rest = [""] * 4
    return [
        [*(first if place == 0 else rest), module(one).value, "45000"] for place, one in enumerate(modules)
    ]


def test_modules_in_further_rows_belong_to_the_pack_above() -> None:
    found = packs(*whole(1, 1, 2, 3), *whole(2, 4))
    assert found.problems == ()
    first, second = found.statements
    assert (first.rows, second.rows) == ((2, 3, 4), (5,))
    assert isinstance(first.claims, PackManufactured)
    assert [one.id for one in first.claims.modules] == [module(1), module(2), module(3)]
    assert first.claims.mass_g == 451_500
    assert first.places[str(module(2))] == (3, 4)


def test_the_pack_may_be_repeated_in_every_row() -> None:
    rows = whole(1, 1, 2)
    rows[1][:4] = rows[0][:4]
    assert len(packs(*rows).statements) == 1


def test_rows_of_one_pack_that_differ_are_told() -> None:
    rows = whole(1, 1, 2)
    rows[1][:4] = [pack(1).value, MAKER.model(), "450", ""]
    assert told(packs(*rows)) == [(3, "C", "import.group_differs")]


def test_a_row_without_its_pack_that_tells_more_than_a_module_misses_the_pack() -> None:
    rows = whole(1, 1, 2)
    rows[1][2] = "451.5"
    assert (3, "A", "import.missing") in told(packs(*rows))


def test_a_pack_that_comes_again_later_is_told_and_a_module_of_two_packs_too() -> None:
    assert told(packs(*whole(1, 1), *whole(2, 2), *whole(1, 3))) == [(4, "A", "import.duplicate_item")]
    assert told(packs(*whole(1, 1), *whole(2, 2, 1))) == [(4, "E", "import.duplicate_item")]


def test_a_member_without_what_it_needs_is_told_at_each_cell() -> None:
    rows = whole(1, 1, 2, 3)
    rows[0][5] = rows[2][4] = ""
    assert told(packs(*rows)) == [(2, "F", "import.missing"), (4, "E", "import.missing")]


def test_numbered_columns_make_members_and_empty_ones_make_none() -> None:
    columns = "item=item model=model mass=mass_g:g day=manufactured_on"
    columns += " id1=modules[1].id m1=modules[1].mass_g:kg id2=modules[2].id m2=modules[2].mass_g:kg"
    header = ["item", "model", "mass", "day", "id1", "m1", "id2", "m2"]
    start = [MAKER.model(), "451500", "2026-06-01"]
    found = said(
        [
            header,
            [pack(1).value, *start, module(1).value, "45", module(2).value, "46"],
            [pack(2).value, *start, "", "", module(3).value, "46"],
            [pack(3).value, *start, "", "", "", ""],
            [pack(4).value, *start, module(5).value, "", "", "46"],
        ],
        mapping("pack.manufactured", columns),
    )
    claims = [one.claims for one in found.statements]
    assert [len(one.modules) for one in claims if isinstance(one, PackManufactured)] == [2, 1, 0]
    assert told(found) == [(5, "F", "import.missing"), (5, "G", "import.missing")]


OFFER = "load=consignment item=item to=to rights=rights count=count"


def offers(*rows: Sequence[object]) -> Checked:
    """Return what rows of loads say."""
    mapped = mapping("transfer.offered", OFFER, group="consignment")
    return said([["load", "item", "to", "rights", "count"], *rows], mapped)


def load(number: int, item: int) -> list[object]:
    """Return a row of a load."""
    text = f"00000000-0000-4000-8000-{number:012d}"
    return [text, pack(item).value, VEHICLE_MAKER.id.value, "保管", 2]


def test_the_rows_of_a_load_are_the_items_of_one_offer() -> None:
    found = offers(load(1, 1), load(1, 2), load(2, 3))
    assert found.problems == ()
    assert [one.subjects for one in found.statements] == [(pack(1), pack(2)), (pack(3),)]
    assert isinstance(found.statements[0].claims, TransferOffered)


def test_a_load_must_not_lie_apart_name_an_item_twice_or_be_too_large() -> None:
    assert told(offers(load(1, 1), load(2, 2), load(1, 3))) == [(4, "A", "import.group_split")]
    assert told(offers(load(1, 1), load(1, 2), load(1, 1))) == [(2, "", "import.duplicate_item")]
    assert told(offers(*(load(1, number) for number in range(1, 258)))) == [(2, "", "import.group_large")]


def test_a_row_that_says_the_same_again_is_told_once() -> None:
    columns = "item=item model=model mass=mass_g:g day=manufactured_on"
    row = [module(1).value, MAKER.model("MODULE"), "45000", "2026-06-01"]
    found = said([["item", "model", "mass", "day"], row, row], mapping("module.manufactured", columns))
    assert told(found) == [(3, "", "import.duplicate_row")]
    assert len(found.statements) == 1


def test_an_object_that_is_begun_is_told_whole() -> None:
    columns = "lot=item kind=material mass=mass_g:t from=origin"
    columns += " method=assay.method lab=assay.lab li=assay.mg_per_kg.Li:%"
    header = ["lot", "kind", "mass", "from", "method", "lab", "li"]
    good = [f"lot:{RECYCLER.id.value}:B-1", "black_mass", "1", "unknown", "icp_ms", LAB.id.value, "3.5"]
    bare = [f"lot:{RECYCLER.id.value}:B-2", "black_mass", "1", "unknown", "", "", ""]
    mapped = mapping("lot.declared", columns, [DISTRICT, '"assay.sample" = "S-1"'])
    found = said([header, good, [*bare[:6], "3.5"]], mapped, RECYCLER)
    assert told(found) == [(3, "E", "import.missing"), (3, "F", "import.missing")]
    [one] = found.statements
    assert isinstance(one.claims, LotDeclared)
    assert one.claims.assay is not None
    assert one.claims.assay.mg_per_kg == {"Li": 35_000}


def test_a_mapping_that_tells_half_an_object_is_told_at_the_header() -> None:
    columns = "lot=item kind=material mass=mass_g:t from=origin method=assay.method"
    row = [f"lot:{RECYCLER.id.value}:B-1", "black_mass", "1", "unknown", "icp_ms"]
    found = said([["lot", "kind", "mass", "from", "method"], row], mapping("lot.declared", columns), RECYCLER)
    assert {(one.row, one.rule, one.facts["claim"]) for one in found.problems} == {
        (1, "import.target_missing", "assay.sample"),
        (1, "import.target_missing", "assay.lab"),
    }
    assert found.statements == ()


def test_a_header_that_is_not_the_mappings_is_told_and_the_cells_are_checked_all_the_same() -> None:
    mapped = mapping("item.retired", "item=item why=reason when=at")
    found = said([["item", "reason", "item", ""], ["X", "y", "z", "w"]], mapped)
    assert told(found) == [
        (1, "", "import.column_missing"),
        (1, "", "import.column_missing"),
        (1, "B", "import.column_extra"),
        (1, "C", "import.header_twice"),
        (1, "D", "import.header_missing"),
        (2, "A", "import.item"),
    ]


def test_an_optional_column_may_be_absent() -> None:
    text = mapping("item.retired", "item=item why=reason when=at").decode() + "\noptional = true"
    found = said([["item", "why"], [pack(1).value, "damage"]], text.encode())
    assert found.problems == ()
    assert found.statements[0].at is None


def test_a_claim_that_nothing_tells_is_told() -> None:
    found = said([["item"], [pack(1).value]], mapping("item.retired", "item=item"))
    assert told(found) == [(1, "", "import.target_missing")]


def test_a_constant_is_read_like_a_cell() -> None:
    mapped = mapping("item.retired", "item=item", [DISTRICT, 'reason = "损坏或事故"'])
    with pytest.raises(ImportRefusal, match=r"import\.constant") as caught:
        said([["item"], [pack(1).value]], mapped)
    assert caught.value.facts["why"] == "import.code"
    mapped = mapping("item.retired", "item=item", [DISTRICT, 'reason = "damage"', 'at = "2026-06-01 08:00"'])
    [one] = said([["item"], [pack(1).value]], mapped).statements
    assert one.at is not None
    assert one.at.text == "2026-06-01T08:00:00+08:00"


def test_a_restricted_claim_is_kept_apart_from_the_public_ones() -> None:
    columns = "item=item vehicle=vehicle vin=restricted.vin"
    row = [pack(1).value, "vehicle:00000000-0000-4000-8000-000000000001", vin(1).text]
    found = said([["item", "vehicle", "vin"], row], mapping("pack.fitted", columns))
    [one] = found.statements
    assert one.restricted == {"vin": vin(1).text}
    assert vin(1).text not in str(one.claims)


def test_what_only_the_whole_shows_is_told_at_the_cell_that_is_nearest() -> None:
    columns = "item=item kinds=rights to=to load=consignment n=count"
    row = [pack(1).value, "保管、所有权、生产者责任、保管", VEHICLE_MAKER.id.value, load(1, 1)[0], 1]
    found = said([["item", "kinds", "to", "load", "n"], row], mapping("transfer.offered", columns))
    assert told(found) == [(2, "B", "import.claim")]
