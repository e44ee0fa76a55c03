"""Making packs and modules: codes, models, cells and stock, and the door for restricted claims."""

from datetime import date, timedelta

import pytest

from ledger import gbt34014
from ledger.events.production import LabelClaim, ModuleEntry, ModuleManufactured, PackManufactured
from ledger.events.registry import CodingFiled
from ledger.identifiers import ItemId
from ledger.instants import day_of_ms
from ledger.state import Holder, Spec
from ledger.vocabulary import Chemistry, Kind, Phase, Right, Status
from tests.consortium import (
    FLEET,
    LAB,
    MADE_ON,
    MAKER,
    SECOND_LIFE,
    cell,
    module,
    pack,
    product,
    vehicle,
)
from tests.memory import World
from tests.storyteller import MODULE_G, PACK_G, cells_root

MODULE_MODEL = MAKER.model("MODULE")
GTIN_UNIT = ItemId.parse("gs1:09506000134352:S1")


def entry(
    one: ItemId, mass_g: int = MODULE_G, cells: tuple[ItemId, ...] = (), *, count: int | None = None
) -> ModuleEntry:
    return ModuleEntry(
        id=one,
        mass_g=mass_g,
        cell_count=count if count is not None else len(cells) or None,
        cells_root=cells_root(cells) if cells else None,
    )


def pack_claims(
    *modules: ModuleEntry,
    model: str | None = None,
    mass_g: int = PACK_G,
    cells: tuple[ItemId, ...] = (),
    count: int | None = None,
    label: LabelClaim | None = None,
) -> PackManufactured:
    return PackManufactured(
        place=MAKER.place,
        model=model or MAKER.model(),
        mass_g=mass_g,
        manufactured_on=MADE_ON,
        modules=modules,
        cell_count=count if count is not None else len(cells) or None,
        cells_root=cells_root(cells) if cells else None,
        label=label,
    )


def coded(
    *,
    vendor: str = "ZZZ",
    kind: gbt34014.Kind = gbt34014.Kind.PACK,
    chemistry: gbt34014.Chemistry = gbt34014.Chemistry.LFP,
    spec: str = "01",
    made_on: date = MADE_ON,
    serial: int = 1,
) -> ItemId:
    code = gbt34014.mint(
        vendor=vendor,
        kind=kind,
        chemistry=chemistry,
        spec=spec,
        trace="TEST000",
        made_on=made_on,
        serial=serial,
    )
    return ItemId("gbt34014", code.text)


# What making leaves


def test_a_pack_of_new_modules_is_in_its_makers_stock_and_they_are_its_parts() -> None:
    world = World()
    event = world.log(world.story.pack_manufactured(pack(1), [module(1), module(2)]))
    made, part = world.item(pack(1)), world.item(module(1))
    assert (made.kind, made.phase, made.status) == (Kind.PACK, Phase.STOCK, Status.ORIGINAL)
    assert {made.custodian, made.owner, made.operator, made.maker} == {MAKER.id}
    assert (made.parts, made.depth, made.mass_g, made.made_on) == (2, 1, PACK_G, MADE_ON)
    assert (made.tip, made.count, made.latest) == (event.id, 1, world.ledger.size - 1)
    assert (part.kind, part.phase, part.parent, part.maker) == (
        Kind.MODULE,
        Phase.PART,
        pack(1),
        MAKER.id,
    )
    assert {part.custodian, part.owner, part.operator} == {Holder.INHERITED}
    assert (part.tip, part.count) == (event.id, 1)


def test_a_module_made_for_stock_goes_into_a_pack() -> None:
    world = World()
    world.log(world.story.module_manufactured(module(1), [cell(1), cell(2)]))
    stock = world.item(module(1))
    assert (stock.phase, stock.custodian, stock.cell_count) == (Phase.STOCK, MAKER.id, 2)
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    part = world.item(module(1))
    assert (part.phase, part.parent, part.count) == (Phase.PART, pack(1), 2)
    assert (part.cells_root, part.model) == (stock.cells_root, MODULE_MODEL)


def test_a_module_of_another_owner_stays_its_own_inside_a_pack() -> None:
    world = World()
    world.log(world.story.module_manufactured(module(1)))
    world.log(world.story.transfer_offered(MAKER, FLEET, module(1), rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(FLEET, module(1)))
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    part = world.item(module(1))
    assert (part.custodian, part.owner, part.operator) == (
        Holder.INHERITED,
        FLEET.id,
        Holder.INHERITED,
    )


def test_a_pack_of_cells_has_their_root_and_no_parts() -> None:
    world = World()
    cells = (cell(1), cell(2), cell(3))
    world.tell(MAKER, pack_claims(cells=cells), pack(1))
    made = world.item(pack(1))
    assert (made.cell_count, made.cells_root, made.parts, made.depth) == (3, cells_root(cells), 0, 0)


def test_units_with_a_gs1_code_are_made_too() -> None:
    world = World()
    world.tell(MAKER, pack_claims(), GTIN_UNIT)
    assert world.item(GTIN_UNIT).kind is Kind.PACK


# Items and ids


def test_what_exists_is_not_made_again() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.refused(world.story.tell(MAKER, pack_claims(), pack(1)), "item.exists", pack(1))


@pytest.mark.parametrize(
    "item",
    [vehicle(1), MAKER.lot("A"), ItemId.parse(f"local:{MAKER.id.value}:A"), ItemId.parse("gbt45565:A")],
    ids=lambda item: str(item.scheme),
)
def test_a_pack_has_a_code_for_packs(item: ItemId) -> None:
    world = World()
    refusal = world.refused(world.story.tell(MAKER, pack_claims(), item), "code.scheme", item)
    assert refusal.facts == {"allowed": ["gbt34014", "gs1"]}


def test_a_module_has_a_code_for_modules() -> None:
    world = World()
    claims = pack_claims(entry(MAKER.lot("A")))
    world.refused(world.story.tell(MAKER, claims, pack(1)), "code.scheme", MAKER.lot("A"))


# Codes of GB/T 34014


@pytest.mark.parametrize("wrong", [module(1), cell(1), product(1)], ids=["module", "cell", "product"])
def test_the_letter_of_a_code_fits_the_event(wrong: ItemId) -> None:
    world = World()
    refusal = world.refused(world.story.tell(MAKER, pack_claims(), wrong), "code.kind", wrong)
    assert refusal.facts["kind"] == "pack"


def test_the_letter_of_a_modules_code_fits_too() -> None:
    world = World()
    claims = pack_claims(entry(pack(2)))
    world.refused(world.story.tell(MAKER, claims, pack(1)), "code.kind", pack(2))


def test_a_code_dated_more_than_a_day_ahead_is_refused() -> None:
    world = World()
    today = day_of_ms(world.story.now_ms)
    ahead = coded(made_on=today + timedelta(days=2))
    refusal = world.refused(world.story.tell(MAKER, pack_claims(), ahead), "code.date", ahead)
    assert refusal.facts == {"date": str(today + timedelta(days=2))}
    world.tell(MAKER, pack_claims(), coded(made_on=today + timedelta(days=1)))


def test_a_filed_vendor_code_is_its_filers_alone() -> None:
    world = World()
    world.log(world.story.coding_filed(SECOND_LIFE, "ZZX"))
    foreign = coded(vendor="ZZX")
    refusal = world.refused(world.story.tell(MAKER, pack_claims(), foreign), "code.vendor", foreign)
    assert refusal.facts == {"vendor": "ZZX", "org": str(SECOND_LIFE.id)}


def test_a_filed_vendor_code_is_its_filers_alone_for_modules_too() -> None:
    world = World()
    world.log(world.story.coding_filed(SECOND_LIFE, "ZZX"))
    foreign = coded(vendor="ZZX", kind=gbt34014.Kind.MODULE)
    world.refused(world.story.tell(MAKER, pack_claims(entry(foreign)), pack(1)), "code.vendor", foreign)


def test_a_vendor_code_that_nobody_filed_is_free() -> None:
    world = World()
    free = coded(vendor="ZZW")
    world.tell(MAKER, pack_claims(), free)
    assert world.item(free).maker == MAKER.id


def test_a_code_has_the_chemistry_filed_for_its_specification() -> None:
    world = World()
    other = coded(chemistry=gbt34014.Chemistry.TERNARY)
    refusal = world.refused(world.story.tell(MAKER, pack_claims(), other), "code.spec", other)
    assert refusal.facts == {"spec": "01", "filed": "lfp"}


@pytest.mark.parametrize("filed", [Chemistry.NMC, Chemistry.NCA])
def test_ternary_codes_stand_for_nmc_and_nca(filed: Chemistry) -> None:
    world = World()
    world.tell(MAKER, CodingFiled(vendor="ZZZ", specs=(Spec(spec="09", chemistry=filed),)), MAKER.id)
    world.tell(MAKER, pack_claims(), coded(chemistry=gbt34014.Chemistry.TERNARY, spec="09"))


def test_a_specification_that_was_not_filed_is_free() -> None:
    world = World()
    world.tell(MAKER, pack_claims(), coded(spec="77"))


# Models


def test_a_model_is_declared_before_use() -> None:
    world = World()
    unknown = MAKER.model("NONE")
    world.refused(world.story.tell(MAKER, pack_claims(model=unknown), pack(1)), "model.unknown", unknown)


def test_a_model_is_used_by_who_declared_it() -> None:
    world = World()
    theirs = SECOND_LIFE.model()
    world.log(world.story.model_declared(by=SECOND_LIFE))
    world.refused(world.story.tell(MAKER, pack_claims(model=theirs), pack(1)), "model.issuer", theirs)


def test_a_pack_is_no_model_of_modules() -> None:
    world = World()
    world.refused(
        world.story.tell(MAKER, pack_claims(model=MODULE_MODEL), pack(1)), "model.kind", MODULE_MODEL
    )


# Modules, cells and mass


def test_modules_weigh_no_more_than_their_pack() -> None:
    world = World()
    claims = pack_claims(entry(module(1), 50), entry(module(2), 51), mass_g=100)
    refusal = world.refused(world.story.tell(MAKER, claims, pack(1)), "balance.mass")
    assert (refusal.facts["inputs_g"], refusal.facts["outputs_g"]) == (100, 101)
    world.tell(MAKER, pack_claims(entry(module(1), 50), entry(module(2), 50), mass_g=100), pack(1))


def test_the_cells_of_a_pack_with_modules_are_named_by_its_modules() -> None:
    world = World()
    claims = pack_claims(entry(module(1)), cells=(cell(1),))
    world.refused(world.story.tell(MAKER, claims, pack(1)), "cells.with_modules", pack(1))


def test_a_root_over_cells_comes_with_their_count() -> None:
    world = World()
    uncounted = pack_claims(count=3)
    world.refused(world.story.tell(MAKER, uncounted, pack(1)), "cells.count", pack(1))
    part = pack_claims(entry(module(1), count=3))
    world.refused(world.story.tell(MAKER, part, pack(1)), "cells.count", module(1))
    lone = ModuleManufactured(
        place=MAKER.place,
        model=MODULE_MODEL,
        mass_g=MODULE_G,
        manufactured_on=MADE_ON,
        cells_root=cells_root([cell(1)]),
    )
    world.refused(world.story.tell(MAKER, lone, module(1)), "cells.count", module(1))


def test_what_is_built_in_is_a_module_from_stock() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    refusal = world.refused(world.story.pack_manufactured(pack(2), [module(1)]), "lifecycle.phase", module(1))
    assert refusal.facts["phase"] == "part"
    refusal = world.refused(
        world.story.tell(MAKER, pack_claims(entry(pack(1))), pack(2)), "lifecycle.kind", pack(1)
    )
    assert refusal.facts["kind"] == "pack"


def test_a_module_in_another_firms_hands_is_not_built_in() -> None:
    world = World()
    world.log(world.story.module_manufactured(module(1)))
    world.log(*world.story.transfer(MAKER, LAB, module(1)))
    world.refused(world.story.pack_manufactured(pack(1), [module(1)]), "custody.holder", module(1))


def test_a_module_from_stock_keeps_the_cells_it_was_made_with() -> None:
    world = World()
    world.log(world.story.module_manufactured(module(1), [cell(1), cell(2)]))
    world.refused(world.story.pack_manufactured(pack(1), {module(1): [cell(3)]}), "cells.known", module(1))
    world.log(world.story.pack_manufactured(pack(1), {module(1): [cell(1), cell(2)]}))
