"""Recalls: who opens, closes and remedies them, what they select, and what they keep out of use."""

import pytest

from ledger.events.service import Selector
from ledger.instants import Day
from ledger.lifecycle import recalls
from ledger.lifecycle.recalls import recalls_of
from ledger.vocabulary import Phase, Why
from tests.consortium import (
    FLEET,
    MADE_ON,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    product,
    vehicle,
)
from tests.memory_more import MoreWorld
from tests.scenario_more import IMPORTER, REGULATOR, REPAIRER, SWAPPER, local

ALL = Selector(vendor="ZZZ")


def stocked(to: Party = VEHICLE_MAKER) -> MoreWorld:
    """Pack 1, made by the maker, in a firm's stock."""
    world = MoreWorld()
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    world.log(*world.story.transfer(MAKER, to, pack(1)))
    return world


def opened(world: MoreWorld, selector: Selector = ALL, by: Party = MAKER, maker: Party = MAKER) -> str:
    return world.log(world.story.recall_opened(selector, by=by, maker=maker)).id


# Use


def test_a_recalled_pack_is_refused_at_its_first_fitting_until_remedied() -> None:
    world = stocked()
    recall = opened(world)
    refusal = world.refused(world.story.pack_fitted(pack(1), vehicle(1)), "flag.recalled", pack(1))
    assert refusal.facts == {"recalls": [recall]}
    world.log(world.story.recall_remedied(recall, pack(1), by=VEHICLE_MAKER))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))


def test_a_closed_recall_keeps_nothing_out() -> None:
    world = stocked()
    recall = opened(world)
    world.log(world.story.recall_closed(recall))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))


def test_a_recalled_pack_in_a_vehicle_is_worked_on_and_sold() -> None:
    world = stocked()
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    opened(world)
    world.log(world.story.vehicle_sold(vehicle(1)))
    world.log(world.story.item_repaired(pack(1), by=REPAIRER))
    world.log(world.story.pack_removed(pack(1), vehicle(1), by=REPAIRER))
    world.refused(world.story.pack_fitted(pack(1), vehicle(1), by=REPAIRER), "flag.recalled", pack(1))


def test_a_recalled_battery_goes_into_no_product() -> None:
    world = stocked(SECOND_LIFE)
    opened(world)
    world.refused(world.story.product_assembled(product(1), pack(1)), "flag.recalled", pack(1))


def test_a_recalled_battery_is_not_deployed() -> None:
    world = stocked(SECOND_LIFE)
    opened(world)
    world.refused(world.story.product_deployed(pack(1)), "flag.recalled", pack(1))


def test_a_recalled_pack_joins_no_pool() -> None:
    world = stocked(SWAPPER)
    opened(world)
    world.refused(world.story.pool_joined(pack(1)), "flag.recalled", pack(1))


def test_a_recalled_pack_leaves_its_pool_but_not_into_a_vehicle() -> None:
    world = stocked()
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    world.log(world.story.pool_joined(pack(1), by=VEHICLE_MAKER, out_of=vehicle(1)))
    opened(world)
    text = world.story.pool_left(pack(1), by=VEHICLE_MAKER, phase=Phase.FITTED, into=vehicle(1))
    world.refused(text, "flag.recalled", pack(1))
    world.log(world.story.pool_left(pack(1), by=VEHICLE_MAKER, phase=Phase.REMOVED))


def test_a_recalled_module_is_built_into_nothing() -> None:
    world = MoreWorld()
    world.log(world.story.module_manufactured(module(9)), world.story.pack_manufactured(pack(1)))
    opened(world, Selector(codes=(module(9),)))
    world.refused(world.story.pack_manufactured(pack(2), [module(9)]), "flag.recalled", module(9))
    world.refused(world.story.item_repaired(pack(1), by=MAKER, into=[module(9)]), "flag.recalled", module(9))


def test_a_recall_keeps_nobody_from_recycling() -> None:
    world = stocked(RECYCLER)
    opened(world)
    world.log(world.story.item_retired(RECYCLER, pack(1)))
    world.log(world.story.batch_processed(pack(1), made={RECYCLER.lot("BM-1"): 300_000}))


def test_a_declared_pack_falls_under_the_recall_of_its_codes_filer() -> None:
    world = MoreWorld()
    recall = opened(world, Selector(vendor="ZZZ", made_from=Day(2026, 5, 1), made_until=MADE_ON))
    world.log(world.story.item_declared(pack(1), by=VEHICLE_MAKER))
    refusal = world.refused(world.story.pack_fitted(pack(1), vehicle(1)), "flag.recalled", pack(1))
    assert refusal.facts == {"recalls": [recall]}


def test_an_importer_recalls_what_it_imported() -> None:
    world = MoreWorld()
    item = local(IMPORTER, "A-1")
    world.log(world.story.item_declared(item, by=IMPORTER, why=Why.IMPORT))
    opened(world, Selector(codes=(item,)), by=IMPORTER, maker=IMPORTER)
    world.refused(world.story.pack_fitted(item, vehicle(1), by=IMPORTER), "flag.recalled", item)


def test_a_vehicle_is_under_no_recall_of_batteries() -> None:
    world = stocked()
    opened(world, Selector(codes=(vehicle(1),)), by=VEHICLE_MAKER, maker=VEHICLE_MAKER)
    world.log(world.story.pack_manufactured(pack(2)))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(2), load="two"))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    world.log(world.story.pack_removed(pack(1), vehicle(1)))
    world.log(world.story.pack_fitted(pack(2), vehicle(1)))


# Opening


def test_a_recall_touches_the_maker_and_no_battery() -> None:
    world = stocked()
    before = world.item(pack(1))
    recall = opened(world)
    assert world.item(pack(1)) == before
    assert world.ledger.org(MAKER.id).tip == recall


@pytest.mark.parametrize("by", [MAKER, VEHICLE_MAKER, REGULATOR])
def test_maker_vehicle_maker_and_regulator_open_recalls(by: Party) -> None:
    world = stocked()
    assert recalls_of(world.ledger.states, world.item(pack(1))) == ()
    recall = opened(world, by=by)
    assert [one.event for one in recalls_of(world.ledger.states, world.item(pack(1)))] == [recall]


def test_an_importer_recalls_no_other_firms_items() -> None:
    world = stocked()
    world.refused(world.story.recall_opened(ALL, by=IMPORTER), "recall.maker", MAKER.id)


def test_a_fleet_opens_no_recall() -> None:
    world = stocked()
    world.refused(world.story.recall_opened(ALL, by=FLEET), "org.role", FLEET.id)


def test_a_recall_selects_something() -> None:
    world = stocked()
    world.refused(world.story.recall_opened(Selector()), "recall.empty")


def test_a_maker_has_so_many_recalls_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalls, "MAX_OPEN", 2)
    world = stocked()
    first = opened(world)
    opened(world)
    refusal = world.refused(world.story.recall_opened(ALL), "recall.limit", MAKER.id)
    assert refusal.facts == {"limit": 2}
    world.log(world.story.recall_closed(first))
    opened(world)


def test_the_recalls_of_a_maker_list_so_many_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalls, "MAX_CODES", 3)
    world = stocked()
    opened(world, Selector(codes=(pack(1), pack(2))))
    text = world.story.recall_opened(Selector(codes=(pack(3), pack(4))))
    refusal = world.refused(text, "recall.codes", MAKER.id)
    assert refusal.facts == {"limit": 3}
    opened(world)


# Selectors


@pytest.mark.parametrize(
    "selector",
    [
        Selector(vendor="ZZZ"),
        Selector(spec="01"),
        Selector(model=MAKER.model()),
        Selector(made_from=MADE_ON, made_until=MADE_ON),
        Selector(serial_from=1, serial_until=1),
        Selector(codes=(pack(9), pack(1))),
        Selector(vendor="ZZZ", spec="01", model=MAKER.model(), made_from=MADE_ON, codes=(pack(1),)),
    ],
)
def test_a_selector_selects_what_fits_every_member(selector: Selector) -> None:
    world = stocked()
    recall = opened(world, selector)
    assert [one.event for one in recalls_of(world.ledger.states, world.item(pack(1)))] == [recall]


@pytest.mark.parametrize(
    "selector",
    [
        Selector(vendor="ZZY"),
        Selector(spec="02"),
        Selector(model=MAKER.model("OTHER")),
        Selector(made_from=Day(2026, 6, 2)),
        Selector(made_until=Day(2026, 5, 31)),
        Selector(serial_from=2),
        Selector(vendor="ZZZ", serial_until=1, codes=(pack(9),)),
    ],
)
def test_a_selector_leaves_out_what_one_member_does_not_fit(selector: Selector) -> None:
    world = stocked()
    opened(world, selector)
    assert recalls_of(world.ledger.states, world.item(pack(1))) == ()


def test_what_has_no_code_fits_no_range_of_codes() -> None:
    world = MoreWorld()
    item = local(IMPORTER, "A-1")
    world.log(world.story.item_declared(item, by=IMPORTER))
    opened(world, Selector(serial_from=1), by=IMPORTER, maker=IMPORTER)
    assert recalls_of(world.ledger.states, world.item(item)) == ()


def test_what_nobody_dated_fits_no_range_of_days() -> None:
    world = MoreWorld()
    item = local(IMPORTER, "A-1")
    world.log(world.story.item_declared(item, by=IMPORTER))
    opened(world, Selector(made_from=Day(2020, 1, 1)), by=IMPORTER, maker=IMPORTER)
    opened(world, Selector(made_until=Day(2030, 1, 1)), by=IMPORTER, maker=IMPORTER)
    assert recalls_of(world.ledger.states, world.item(item)) == ()


# Closing


@pytest.mark.parametrize("by", [VEHICLE_MAKER, REGULATOR])
def test_who_opened_a_recall_or_the_regulator_closes_it(by: Party) -> None:
    world = stocked()
    recall = opened(world, by=VEHICLE_MAKER)
    world.log(world.story.recall_closed(recall, by=by))
    assert recalls_of(world.ledger.states, world.item(pack(1))) == ()


def test_the_maker_does_not_close_what_the_regulator_opened() -> None:
    world = stocked()
    recall = opened(world, by=REGULATOR)
    refusal = world.refused(world.story.recall_closed(recall), "recall.closer", recall)
    assert refusal.facts == {"by": str(REGULATOR.id)}


def test_a_recall_is_closed_once() -> None:
    world = stocked()
    recall = opened(world)
    world.log(world.story.recall_closed(recall))
    world.refused(world.story.recall_closed(recall), "recall.unknown", recall)


def test_a_recall_is_closed_on_its_own_maker() -> None:
    world = stocked()
    recall = opened(world)
    world.refused(world.story.recall_closed(recall, maker=VEHICLE_MAKER), "recall.unknown", recall)


# Remedies


def test_a_remedy_holds_for_one_recall() -> None:
    world = stocked()
    first, second = opened(world), opened(world)
    world.log(world.story.recall_remedied(first, pack(1)))
    assert world.item(pack(1)).remedied == (first,)
    refusal = world.refused(world.story.pack_fitted(pack(1), vehicle(1)), "flag.recalled", pack(1))
    assert refusal.facts == {"recalls": [second]}


def test_a_remedy_is_stated_once() -> None:
    world = stocked()
    recall = opened(world)
    world.log(world.story.recall_remedied(recall, pack(1)))
    world.refused(world.story.recall_remedied(recall, pack(1)), "recall.not_selected", pack(1))


def test_what_is_not_recalled_is_not_remedied() -> None:
    world = stocked()
    recall = opened(world, Selector(codes=(pack(9),)))
    world.refused(world.story.recall_remedied(recall, pack(1)), "recall.not_selected", pack(1))


def test_a_workshop_remedies_what_it_has() -> None:
    world = stocked(REPAIRER)
    recall = opened(world)
    world.log(world.story.recall_remedied(recall, pack(1), by=REPAIRER))


def test_a_workshop_remedies_a_users_pack() -> None:
    world = stocked()
    world.log(world.story.pack_fitted(pack(1), vehicle(1)), world.story.vehicle_sold(vehicle(1)))
    recall = opened(world)
    world.log(world.story.recall_remedied(recall, pack(1), by=REPAIRER))


@pytest.mark.parametrize("by", [REPAIRER, IMPORTER])
def test_nobody_else_remedies_what_another_firm_has(by: Party) -> None:
    world = stocked()
    recall = opened(world)
    world.refused(world.story.recall_remedied(recall, pack(1), by=by), "custody.witness", pack(1))


def test_a_vehicle_is_not_remedied() -> None:
    world = stocked()
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    recall = opened(world)
    world.refused(world.story.recall_remedied(recall, vehicle(1)), "lifecycle.kind", vehicle(1))
