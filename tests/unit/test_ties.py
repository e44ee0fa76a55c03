"""Ties: each act of making leaves a row for each item on each of its sides, with its mass."""

from ledger import submission
from ledger.events import recycling
from ledger.events.service import ItemRepaired
from ledger.state import Key, State
from ledger.ties import Course, Side, acts_of, model_year, strands
from ledger.vocabulary import Element, LotOrigin, Material, RepairStage, RetirementReason, TakerKind
from tests.material import assay, batch, content, declared, retired
from tests.scenario import MAKER, MODULE_G, PACK_G, RECYCLER, SECOND_LIFE, module, pack, product, sign
from tests.tied import Tied

LOT, CARBONATE = RECYCLER.lot("BM"), RECYCLER.lot("LI2CO3")


def test_a_pack_is_tied_to_its_modules_and_a_module_for_stock_to_nothing() -> None:
    world = Tied()
    world.log(world.story.pack_manufactured(pack(1), [module(1), module(2)]))
    [act] = world.acts(Course.MADE)
    assert act.inputs == {str(module(1)): MODULE_G, str(module(2)): MODULE_G}
    assert act.outputs == {str(pack(1)): PACK_G}
    world.log(world.story.pack_manufactured(pack(2)))
    assert len(acts_of(world.rows)) == 1


def test_a_pack_taken_apart_is_tied_to_what_came_out_and_to_what_did_not() -> None:
    world, modules = Tied(), [module(1), module(2)]
    world.log(world.story.pack_manufactured(pack(1), modules))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.log(world.story.item_split(pack(1), modules[:1], unaccounted=modules[1:]))
    [act] = world.acts(Course.TAKEN_APART)
    housing = str(SECOND_LIFE.lot(f"HOUSING-{pack(1).value[-7:]}"))
    assert act.inputs == {str(pack(1)): PACK_G}
    assert act.outputs == {str(module(1)): MODULE_G, housing: 40_000, str(module(2)): None}


def test_a_product_is_tied_to_what_it_was_built_from() -> None:
    world, modules = Tied(), [module(1), module(2)]
    world.log(world.story.pack_manufactured(pack(1), modules))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.log(world.story.item_split(pack(1), modules), world.story.product_assembled(product(1), *modules))
    [act] = world.acts(Course.ASSEMBLED)
    assert (list(act.inputs), list(act.outputs)) == ([str(one) for one in modules], [str(product(1))])


def test_batches_divisions_and_claims_are_tied_with_what_was_drawn_and_added() -> None:
    world = Tied()
    world.log(declared(world.story, LOT, 1_000, LotOrigin.CERTIFIED, assay_=assay(Li=50_000)))
    part = RECYCLER.lot("PART")
    world.log(world.story.lot_divided(LOT, {part: 400}))
    made = {CARBONATE: (Material.LITHIUM_CARBONATE, 80, assay(Li=180_000))}
    world.log(batch(world.story, drawn={part: 400}, made=made, additions_g=50, losses_g=370))
    [divided], [processed] = world.acts(Course.DIVIDED), world.acts(Course.PROCESSED)
    assert (divided.inputs, divided.outputs) == ({str(LOT): 400}, {str(part): 400})
    assert (processed.inputs, processed.outputs, processed.added_g) == (
        {str(part): 400},
        {str(CARBONATE): 80},
        50,
    )
    world.log(*world.story.transfer(RECYCLER, MAKER, CARBONATE))
    world.log(content(world.story, {CARBONATE: 40}, Element.LI, 7))
    [claim] = world.acts(Course.CLAIMED)
    assert claim.inputs == {str(CARBONATE): 40}
    assert claim.outputs == {model_year(MAKER.model(), 2026): 40}


def test_the_day_a_unit_became_waste_is_marked_and_production_scrap_apart() -> None:
    world = Tied()
    world.log(world.story.pack_manufactured(pack(1)), world.story.pack_manufactured(pack(2)))
    world.log(world.story.item_retired(MAKER, pack(1)))
    world.log(retired(world.story, pack(2), RetirementReason.PRODUCTION_SCRAP))
    marks = [(row.item, row.course, row.side) for row in world.rows]
    assert marks == [(str(pack(1)), Course.RETIRED, Side.IN), (str(pack(2)), Course.SCRAP, Side.IN)]


def test_a_repair_is_two_acts_so_that_no_new_part_becomes_an_old_one() -> None:
    claims = ItemRepaired(
        place=MAKER.place, stage=RepairStage.SERVICE, out=(module(1),), in_=(module(2),), mass_g=PACK_G
    )
    prev = dict.fromkeys((pack(1), module(1), module(2)), "A" * 43)
    repaired = submission.parse(sign(MAKER, claims, prev)).event
    world = Tied()
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    world.log(world.story.pack_manufactured(pack(2), [module(2)]))
    states: dict[Key, State] = {one: world.item(one) for one in prev}
    found = {
        act.course: (list(act.inputs), list(act.outputs)) for act in acts_of(strands(repaired, 9, states))
    }
    assert found == {
        Course.BUILT_IN: ([str(module(2))], [str(pack(1))]),
        Course.TAKEN_OUT: ([str(pack(1))], [str(module(1))]),
    }


def test_a_residue_is_an_act_without_a_far_side() -> None:
    world = Tied()
    world.log(declared(world.story, LOT, 1_000, LotOrigin.UNKNOWN))
    drawn = (recycling.Draw(lot=LOT, mass_g=30),)
    world.tell(
        RECYCLER, recycling.ResidueDisposed(place=RECYCLER.place, taker=TakerKind.LANDFILL, lots=drawn)
    )
    [act] = world.acts(Course.DISPOSED)
    assert (act.inputs, act.outputs) == ({str(LOT): 30}, {})
