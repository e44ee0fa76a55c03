"""What the ledger does not know: declared at a gate, its maker's data added later."""

import dataclasses

import pytest

from ledger.errors import Refusal
from ledger.events.production import ItemDeclared, ProductionAdded
from ledger.identifiers import ItemId
from ledger.lifecycle.rights import custodian_of, operator_of, owner_of
from ledger.state import Holder
from ledger.vocabulary import Kind, MassBasis, Phase, Role, Status, Why
from tests.consortium import (
    COLLECTOR,
    FLEET,
    MADE_ON,
    MAKER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    module,
    pack,
    product,
    vehicle,
)
from tests.memory_more import MoreWorld
from tests.scenario_more import IMPORTER, REPAIRER, SWAPPER, local
from tests.storyteller import PACK_G

UNCODED = local(COLLECTOR, "GATE-1")


def rights(world: MoreWorld, item: ItemId) -> tuple[ItemId | Holder, ItemId | Holder, ItemId | Holder]:
    states, found = world.ledger.states, world.item(item)
    return custodian_of(states, found), owner_of(states, found), operator_of(states, found)


def declared(**changes: object) -> ItemDeclared:
    claims = ItemDeclared(place=COLLECTOR.place, kind=Kind.PACK, phase=Phase.RETIRED, why=Why.LEGACY)
    return dataclasses.replace(claims, **changes)  # type: ignore[arg-type]  # members of ItemDeclared


# Declaration


def test_an_uncoded_legacy_pack_is_declared_at_a_gate() -> None:
    world = MoreWorld()
    event = world.log(world.story.item_declared(UNCODED, phase=Phase.RETIRED))
    found = world.item(UNCODED)
    assert (found.kind, found.phase, found.status) == (Kind.PACK, Phase.RETIRED, Status.WASTE)
    assert (found.mass_g, found.declared, found.tip) == (PACK_G, Why.LEGACY, event.id)
    assert (found.custodian, found.owner, found.operator) == (COLLECTOR.id, COLLECTOR.id, Holder.NOBODY)


@pytest.mark.parametrize(
    ("phase", "status"),
    [
        (Phase.STOCK, Status.ORIGINAL),
        (Phase.REMOVED, Status.ORIGINAL),
        (Phase.RETIRED, Status.WASTE),
        (Phase.DEPLOYED, Status.REPURPOSED),
    ],
)
def test_an_item_is_declared_in_the_phase_it_is_in(phase: Phase, status: Status) -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(UNCODED, phase=phase))
    assert (world.item(UNCODED).phase, world.item(UNCODED).status) == (phase, status)


@pytest.mark.parametrize("phase", [Phase.FITTED, Phase.POOLED, Phase.PART, Phase.ENDED])
def test_an_item_without_a_vehicle_is_in_no_other_phase(phase: Phase) -> None:
    world = MoreWorld()
    world.refused(world.story.item_declared(UNCODED, phase=phase), "declared.phase", UNCODED)


def test_an_item_with_a_vehicle_is_fitted() -> None:
    world = MoreWorld()
    world.refused(world.story.item_declared(UNCODED, into=vehicle(1)), "declared.phase", UNCODED)


def test_packs_of_a_vehicle_are_not_stated_without_one() -> None:
    world = MoreWorld()
    world.refused(world.story.item_declared(UNCODED, max_packs=2), "declared.phase", UNCODED)


def test_an_importer_answers_for_what_it_imports() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1), by=IMPORTER, why=Why.IMPORT))
    assert rights(world, pack(1))[2] == IMPORTER.id


def test_nobody_answers_for_what_another_role_declares_as_imported() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1), by=REPAIRER, why=Why.IMPORT))
    assert rights(world, pack(1))[2] is Holder.NOBODY


def test_the_filer_of_its_vendor_code_is_its_maker() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1)))
    assert world.item(pack(1)).maker == MAKER.id


def test_who_declares_what_has_no_code_stands_as_its_maker() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(UNCODED))
    assert world.item(UNCODED).maker == COLLECTOR.id


def test_what_the_ledger_knows_is_not_declared() -> None:
    world = MoreWorld()
    world.log(world.story.pack_manufactured(pack(1)))
    text = world.sign(COLLECTOR, declared(), {pack(1): world.item(pack(1)).tip})
    world.refused(text, "item.exists", pack(1))
    text = world.sign(COLLECTOR, declared(), {pack(1): None})
    world.refused(text, "prev.stale", pack(1))


def test_what_its_own_holder_has_is_not_declared_again() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(UNCODED))
    world.refused(world.story.item_declared(UNCODED), "item.exists", UNCODED)


def test_a_local_id_lies_in_the_signers_list() -> None:
    world = MoreWorld()
    item = local(FLEET, "X")
    world.refused(world.story.item_declared(item), "item.namespace", item)


@pytest.mark.parametrize("kind", [Kind.VEHICLE, Kind.LOT])
def test_only_units_are_declared(kind: Kind) -> None:
    world = MoreWorld()
    world.refused(world.story.item_declared(UNCODED, kind=kind), "lifecycle.kind", UNCODED)


def test_a_lot_is_not_declared_as_an_item() -> None:
    world = MoreWorld()
    lot = COLLECTOR.lot("L-1")
    world.refused(world.story.item_declared(lot), "lifecycle.kind", lot)


def test_a_code_says_what_kind_it_is_for() -> None:
    world = MoreWorld()
    world.refused(world.story.item_declared(module(1)), "code.kind", module(1))


def test_a_mass_and_its_basis_go_together() -> None:
    world = MoreWorld()
    text = world.story.tell(COLLECTOR, declared(mass_g=PACK_G), UNCODED)
    world.refused(text, "declared.mass", UNCODED)
    text = world.story.tell(COLLECTOR, declared(mass_basis=MassBasis.DECLARED), UNCODED)
    world.refused(text, "declared.mass", UNCODED)


def test_a_maker_declares_nothing() -> None:
    world = MoreWorld()
    world.refused(world.story.item_declared(pack(1), by=MAKER), "org.role", MAKER.id)


def test_a_device_declares_at_the_gate() -> None:
    assert {str(purpose) for purpose in ItemDeclared.row.purposes} == {"device", "office"}


# Clones


def test_a_clone_mentions_the_genuine_item() -> None:
    world = MoreWorld()
    made = world.log(world.story.pack_manufactured(pack(1)))
    event = world.log(world.story.item_declared(UNCODED, why=Why.CLONE, clone_of=pack(1)))
    genuine = world.item(pack(1))
    assert (genuine.tip, genuine.count, genuine.latest) == (made.id, 2, world.ledger.size - 1)
    assert genuine.custodian == MAKER.id
    assert (world.item(UNCODED).declared, world.item(UNCODED).tip) == (Why.CLONE, event.id)


@pytest.mark.parametrize(
    ("item", "why", "clone_of"),
    [
        (UNCODED, Why.CLONE, None),
        (UNCODED, Why.LEGACY, pack(1)),
        (pack(2), Why.CLONE, pack(1)),
        (UNCODED, Why.CLONE, COLLECTOR.lot("L-1")),
    ],
)
def test_a_clone_has_an_id_of_its_own_and_names_a_unit(
    item: ItemId, why: Why, clone_of: ItemId | None
) -> None:
    world = MoreWorld()
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(world.story.lot_declared(MAKER.lot("L-1"), by=MAKER))
    world.log(*world.story.transfer(MAKER, COLLECTOR, MAKER.lot("L-1")))
    if clone_of == COLLECTOR.lot("L-1"):
        clone_of = MAKER.lot("L-1")
    world.refused(world.story.item_declared(item, why=why, clone_of=clone_of), "declared.clone", item)


def test_a_clone_of_a_vehicle_is_not_put_into_it() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(UNCODED, phase=Phase.FITTED, into=vehicle(1)))
    item = local(COLLECTOR, "GATE-2")
    text = world.story.item_declared(item, why=Why.CLONE, clone_of=vehicle(1), phase=Phase.FITTED)
    world.refused(text, "declared.clone", item)


def test_a_clone_bears_a_code_that_the_ledger_knows() -> None:
    world = MoreWorld()
    world.refused(
        world.story.item_declared(UNCODED, why=Why.CLONE, clone_of=pack(1)), "prev.unknown", pack(1)
    )


# In vehicles


def test_a_fitted_pack_makes_the_vehicle_it_is_in() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1), phase=Phase.FITTED, into=vehicle(1)))
    car, found = world.item(vehicle(1)), world.item(pack(1))
    assert (car.kind, car.parts, car.max_packs, car.custodian) == (Kind.VEHICLE, 1, 1, COLLECTOR.id)
    assert (found.phase, found.vehicle) == (Phase.FITTED, vehicle(1))
    assert rights(world, pack(1))[:2] == (COLLECTOR.id, COLLECTOR.id)


def test_a_vehicle_in_a_workshop_is_its_users() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1), by=REPAIRER, phase=Phase.FITTED, into=vehicle(1)))
    assert rights(world, vehicle(1)) == (Holder.USER, Holder.USER, Holder.NOBODY)
    assert rights(world, pack(1)) == (Holder.USER, Holder.USER, Holder.NOBODY)


def test_a_bus_is_declared_with_several_packs() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1), phase=Phase.FITTED, into=vehicle(1), max_packs=2))
    world.log(world.story.item_declared(pack(2), phase=Phase.FITTED, into=vehicle(1)))
    assert world.item(vehicle(1)).parts == 2
    text = world.story.item_declared(pack(3), phase=Phase.FITTED, into=vehicle(1))
    world.refused(text, "vehicle.capacity", vehicle(1))


def test_a_vehicle_is_described_once() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1), phase=Phase.FITTED, into=vehicle(1)))
    text = world.story.item_declared(pack(2), phase=Phase.FITTED, into=vehicle(1), max_packs=2)
    world.refused(text, "vehicle.declared_before", vehicle(1))


def test_nobody_declares_into_another_firms_vehicle() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1), phase=Phase.FITTED, into=vehicle(1), max_packs=2))
    text = world.story.item_declared(pack(2), by=SWAPPER, phase=Phase.FITTED, into=vehicle(1))
    world.refused(text, "custody.holder", vehicle(1))


def test_only_a_pack_stands_in_a_vehicle() -> None:
    world = MoreWorld()
    text = world.story.item_declared(module(1), kind=Kind.MODULE, phase=Phase.FITTED, into=vehicle(1))
    world.refused(text, "lifecycle.kind", module(1))


def test_a_declared_pack_comes_out_of_its_vehicle() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1), by=REPAIRER, phase=Phase.FITTED, into=vehicle(1)))
    world.log(world.story.pack_removed(pack(1), vehicle(1), by=REPAIRER))
    assert rights(world, pack(1)) == (REPAIRER.id, Holder.USER, Holder.NOBODY)


# Production


def test_the_maker_adds_how_it_was_made() -> None:
    world = MoreWorld()
    gate = world.log(world.story.item_declared(pack(1)))
    world.log(world.story.production_added(pack(1)))
    found = world.item(pack(1))
    assert (found.model, found.made_on, found.maker) == (MAKER.model(), MADE_ON, MAKER.id)
    assert (found.tip, found.count, found.custodian) == (gate.id, 2, COLLECTOR.id)


def test_production_is_added_once() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1)), world.story.production_added(pack(1)))
    world.refused(world.story.production_added(pack(1)), "production.known", pack(1))


def test_production_is_added_to_what_was_declared_only() -> None:
    world = MoreWorld()
    world.log(world.story.pack_manufactured(pack(1)))
    world.refused(world.story.production_added(pack(1)), "production.known", pack(1))


def test_production_needs_a_code() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(UNCODED))
    world.refused(world.story.production_added(UNCODED), "code.scheme", UNCODED)


def test_production_is_added_by_the_filer_of_the_vendor_code() -> None:
    world = MoreWorld()
    world.log(world.story.org_roles_set(SECOND_LIFE, [Role.MANUFACTURER, Role.SECOND_LIFE]))
    world.log(world.story.item_declared(pack(1)))
    text = world.story.production_added(pack(1), by=SECOND_LIFE)
    world.refused(text, "production.vendor", pack(1))


def test_production_rests_on_the_makers_model() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1)))
    world.refused(world.story.production_added(pack(1), model=MAKER.model("MODULE")), "model.kind")


def test_cells_are_added_with_their_count() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(pack(1)))
    claims = ProductionAdded(place=MAKER.place, model=MAKER.model(), manufactured_on=MADE_ON, cell_count=4)
    world.refused(world.story.tell(MAKER, claims, pack(1)), "cells.count", pack(1))


def test_a_product_gets_no_production_data() -> None:
    world = MoreWorld()
    world.log(world.story.item_declared(product(1), by=SECOND_LIFE, kind=Kind.PRODUCT))
    world.refused(world.story.production_added(product(1)), "lifecycle.kind", product(1))


def test_a_label_of_its_own_does_not_come_with_production_data() -> None:
    assert "label_token" not in ProductionAdded.row.restricted


# The gate


def test_an_intake_mentions_what_was_recognised() -> None:
    world = MoreWorld()
    made = world.log(world.story.pack_manufactured(pack(1)))
    world.log(world.story.intake_recorded(pack(1), raw=["??"]))
    assert (world.item(pack(1)).tip, world.item(pack(1)).count) == (made.id, 2)
    assert world.item(pack(1)).custodian == MAKER.id


def test_an_intake_of_unknown_things_names_no_item() -> None:
    world = MoreWorld()
    event = world.log(world.story.intake_recorded(raw=["NO CODE AT ALL"]))
    assert event.prev == {}


def test_an_intake_names_items_that_the_ledger_knows() -> None:
    world = MoreWorld()
    world.refused(world.story.intake_recorded(pack(9)), "prev.unknown", pack(9))


@pytest.mark.parametrize(("gross_g", "tare_g"), [(10, 10), (10, None), (None, 10), (5, 10)])
def test_a_weighed_intake_has_a_tare_below_its_weight(gross_g: int | None, tare_g: int | None) -> None:
    world = MoreWorld()
    text = world.story.intake_recorded(raw=["X"])
    claims = dataclasses.replace(
        world.story.last.claims,
        gross_g=gross_g,
        tare_g=tare_g,  # type: ignore[call-arg]  # an intake
    )
    world.log(text)
    world.refused(world.story.tell(COLLECTOR, claims), "transfer.weight", world.story.uuid("load"))


def test_an_intake_without_a_scale_is_taken() -> None:
    world = MoreWorld()
    text = world.story.intake_recorded(raw=["X"])
    claims = dataclasses.replace(
        world.story.last.claims,
        gross_g=None,
        tare_g=None,  # type: ignore[call-arg]  # an intake
    )
    world.log(text)
    world.tell(COLLECTOR, claims)


def test_a_vehicle_maker_takes_in_too_and_a_lab_does_not() -> None:
    world = MoreWorld()
    world.log(world.story.intake_recorded(by=VEHICLE_MAKER, raw=["X"]))
    with pytest.raises(Refusal, match=r"org\.role"):
        world.log(world.story.intake_recorded(by=FLEET, raw=["X"]))
