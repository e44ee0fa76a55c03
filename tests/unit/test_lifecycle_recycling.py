"""Lots, and the batches that balance by mass and by element."""

import dataclasses
from collections.abc import Mapping

import pytest

from ledger.events.recycling import BatchProcessed, Draw, LotDeclared, LotOutput, Period
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.rules import LATEST, rule_set
from ledger.state import Assay, LotFacts
from ledger.vocabulary import (
    AssayMethod,
    Ending,
    Kind,
    LotOrigin,
    Material,
    Phase,
    Right,
    Step,
)
from tests.consortium import COLLECTOR, FLEET, LAB, MAKER, RECYCLER, START, module, pack
from tests.memory import World
from tests.storyteller import PACK_G

TONNE_G = 1_000_000
FEED, OUT, MORE = RECYCLER.lot("FEED"), RECYCLER.lot("OUT"), RECYCLER.lot("MORE")
DAY_MS = 86_400_000


def assay(**mg_per_kg: int) -> Assay:
    return Assay(method=AssayMethod.ICP_OES, sample="S-1", lab=LAB.id, mg_per_kg=mg_per_kg)


def waste(*numbers: int) -> World:
    """Retired packs in the recycler's hands, and its own."""
    world = World()
    for number in numbers:
        world.log(world.story.pack_manufactured(pack(number), [module(number)]))
    items = [pack(number) for number in numbers]
    if items:
        world.log(world.story.item_retired(MAKER, *items))
        world.log(*world.story.transfer(MAKER, RECYCLER, *items))
    return world


def lot(
    world: World, one: ItemId = FEED, mass_g: int = TONNE_G, moisture_ppm: int | None = None, **li: int
) -> None:
    claims = LotDeclared(
        place=RECYCLER.place,
        material=Material.BLACK_MASS,
        mass_g=mass_g,
        origin=LotOrigin.PRODUCTION_SCRAP,
        moisture_ppm=moisture_ppm,
        assay=assay(**li) if li else None,
    )
    world.tell(RECYCLER, claims, one)


def batch(
    world: World,
    *items: ItemId,
    drawn: Mapping[ItemId, int] | None = None,
    outputs: tuple[LotOutput, ...] = (),
    step: Step = Step.SHRED,
    additions_g: int = 0,
    losses_g: int = 0,
    period: Period | None = None,
) -> str:
    claims = BatchProcessed(
        place=RECYCLER.place,
        step=step,
        period=period or Period(from_=START, until=Instant.from_ms(world.story.now_ms)),
        lots=tuple(Draw(lot=one, mass_g=mass) for one, mass in (drawn or {}).items()),
        outputs=outputs,
        additions_g=additions_g,
        losses_g=losses_g,
    )
    return world.story.tell(RECYCLER, claims, *items)


def out(mass_g: int, one: ItemId = OUT, moisture_ppm: int | None = None, **mg_per_kg: int) -> LotOutput:
    return LotOutput(
        lot=one,
        material=Material.BLACK_MASS,
        mass_g=mass_g,
        moisture_ppm=moisture_ppm,
        assay=assay(**mg_per_kg) if mg_per_kg else None,
    )


# Lots


def test_a_declared_lot_is_its_declarers_stock() -> None:
    world = World()
    lot(world, FEED, TONNE_G, 10_000, Li=30_000)
    found = world.item(FEED)
    assert (found.kind, found.phase, found.mass_g, found.remaining_g) == (
        Kind.LOT,
        Phase.STOCK,
        TONNE_G,
        TONNE_G,
    )
    assert {found.custodian, found.owner, found.operator, found.maker} == {RECYCLER.id}
    assert found.lot == LotFacts(
        material=Material.BLACK_MASS,
        origin=LotOrigin.PRODUCTION_SCRAP,
        moisture_ppm=10_000,
        assay=assay(Li=30_000),
    )


def test_a_lot_has_a_new_id_in_its_makers_own_list() -> None:
    world = World()
    lot(world)
    world.refused(world.story.lot_declared(FEED), "item.exists", FEED)
    world.refused(world.story.lot_declared(MAKER.lot("A")), "item.namespace", MAKER.lot("A"))
    world.refused(world.story.lot_declared(pack(1)), "code.scheme", pack(1))


# Batches


def test_a_batch_ends_items_draws_lots_and_makes_lots() -> None:
    world = waste(1, 2)
    lot(world)
    tip = world.item(FEED).tip
    event = world.log(
        batch(
            world,
            pack(1),
            pack(2),
            drawn={FEED: 200_000},
            outputs=(out(900_000), out(80_000, MORE)),
            losses_g=20_000,
        )
    )
    for number in (1, 2):
        ended = world.item(pack(number))
        assert (ended.phase, ended.ended_by, ended.tip) == (Phase.ENDED, Ending.PROCESSED, event.id)
    feed, made = world.item(FEED), world.item(OUT)
    assert (feed.mass_g, feed.remaining_g, feed.tip) == (TONNE_G, 800_000, tip)
    assert (feed.count, feed.latest) == (2, world.ledger.size - 1)
    assert (made.mass_g, made.remaining_g, made.tip, made.owner) == (900_000, 900_000, event.id, RECYCLER.id)
    assert made.lot is not None
    assert made.lot.origin is None


def test_draws_commute_because_they_move_no_tip() -> None:
    world = World()
    lot(world)
    first = batch(world, drawn={FEED: 1}, outputs=(out(1),))
    second = batch(world, drawn={FEED: 2}, outputs=(out(2, MORE),))
    world.log(second, first)
    assert world.item(FEED).remaining_g == TONNE_G - 3


def test_a_lot_never_gives_more_than_it_holds() -> None:
    world = World()
    lot(world)
    refusal = world.refused(batch(world, drawn={FEED: TONNE_G + 1}, outputs=(out(1),)), "balance.lot", FEED)
    assert refusal.facts == {"held_g": TONNE_G, "drawn_g": TONNE_G + 1}
    world.log(batch(world, drawn={FEED: TONNE_G}, outputs=(out(1),)))
    emptied = world.item(FEED)
    assert (emptied.remaining_g, emptied.phase) == (0, Phase.STOCK)
    world.refused(batch(world, drawn={FEED: 1}, outputs=(out(1, MORE),)), "balance.lot", FEED)


def test_only_waste_is_processed() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(*world.story.transfer(MAKER, RECYCLER, pack(1)))
    world.refused(batch(world, pack(1), outputs=(out(1),)), "lifecycle.phase", pack(1))


def test_an_item_is_no_lot_and_a_lot_is_no_item() -> None:
    world = waste(1)
    lot(world)
    world.refused(batch(world, drawn={pack(1): 1}, outputs=(out(1),)), "lifecycle.kind", pack(1))
    world.refused(batch(world, FEED, outputs=(out(1),)), "lifecycle.kind", FEED)


def test_a_batch_of_nothing_is_refused() -> None:
    world = World()
    world.refused(batch(world, outputs=(out(1),)), "batch.empty")


def test_an_output_is_a_new_lot_of_the_processor() -> None:
    world = waste(1, 2)
    lot(world)
    world.refused(batch(world, pack(1), outputs=(out(1, FEED),)), "item.exists", FEED)
    world.refused(batch(world, pack(1), outputs=(out(1, MAKER.lot("A")),)), "item.namespace")
    world.refused(batch(world, pack(1), outputs=(out(1, pack(9)),)), "code.scheme", pack(9))


def test_what_another_firm_has_or_owns_is_not_processed() -> None:
    world = waste(1)
    lot(world)
    world.log(*world.story.transfer(RECYCLER, COLLECTOR, FEED, load="sold"))
    world.refused(batch(world, drawn={FEED: 1}, outputs=(out(1),)), "custody.holder", FEED)
    world.log(world.story.transfer_offered(RECYCLER, FLEET, pack(1), rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(FLEET, pack(1)))
    refusal = world.refused(batch(world, pack(1), outputs=(out(1),)), "owner.consent", pack(1))
    assert refusal.facts == {"owner": str(FLEET.id)}


def test_a_lot_of_another_owner_is_not_drawn_from() -> None:
    world = World()
    lot(world)
    world.log(world.story.transfer_offered(RECYCLER, FLEET, FEED, rights=[Right.OWNERSHIP]))
    world.log(world.story.transfer_accepted(FLEET, FEED))
    world.refused(batch(world, drawn={FEED: 1}, outputs=(out(1),)), "owner.consent", FEED)


def test_a_draw_rests_on_an_event_of_that_lot() -> None:
    world = World()
    lot(world)
    lot(world, MORE)
    world.story.tips[FEED] = world.story.tips[MORE]
    world.refused(batch(world, drawn={FEED: 1}, outputs=(out(1),)), "prev.foreign", FEED)
    world.refused(batch(world, drawn={RECYCLER.lot("NONE"): 1}, outputs=(out(1),)), "prev.unknown")


# Mass


@pytest.mark.parametrize("step", list(Step))
def test_no_step_creates_mass(step: Step) -> None:
    world = World()
    lot(world)
    tolerance = rule_set(LATEST).mass_tolerance_ppm[step]
    most = TONNE_G + tolerance * TONNE_G // 1_000_000
    refusal = world.refused(
        batch(world, drawn={FEED: TONNE_G}, outputs=(out(most + 1),), step=step), "balance.mass"
    )
    assert refusal.facts == {"inputs_g": TONNE_G, "outputs_g": most + 1, "tolerance_ppm": tolerance}
    world.refused(
        batch(world, drawn={FEED: TONNE_G}, outputs=(out(most),), step=step, losses_g=1), "balance.mass"
    )
    world.log(batch(world, drawn={FEED: TONNE_G}, outputs=(out(most),), step=step))


def test_additions_count_as_given() -> None:
    world = World()
    lot(world)
    world.log(batch(world, drawn={FEED: 1_000}, outputs=(out(3_000),), additions_g=2_000))


def test_an_item_of_unknown_mass_is_not_processed() -> None:
    world = waste(1)
    world.ledger.states[pack(1)] = dataclasses.replace(world.item(pack(1)), mass_g=None)
    world.refused(batch(world, pack(1), outputs=(out(1),)), "balance.unknown_mass", pack(1))


def test_a_shortfall_is_no_refusal() -> None:
    world = waste(1)
    world.log(batch(world, pack(1), outputs=(out(1),)))
    assert PACK_G > 1


# Elements


@pytest.mark.parametrize("step", [Step.HYDROMET, Step.PYROMET, Step.DIRECT, Step.CATHODE])
def test_a_chemical_step_creates_no_element(step: Step) -> None:
    world = World()
    lot(world, FEED, TONNE_G, 0, Li=30_000)
    # 30 000 g of lithium went in; 5 % more is the tolerance: 31 500 g, that is 35 000 mg/kg of 900 kg.
    rich = out(900_000, OUT, 0, Li=35_001)
    refusal = world.refused(
        batch(world, drawn={FEED: TONNE_G}, outputs=(rich,), step=step), "balance.element"
    )
    assert refusal.facts == {"element": "Li", "input_g": 30_000, "output_g": 31_500}
    within = out(900_000, OUT, 0, Li=35_000)
    world.log(batch(world, drawn={FEED: TONNE_G}, outputs=(within,), step=step))


def test_elements_are_weighed_dry() -> None:
    world = World()
    lot(world, FEED, TONNE_G, 500_000, Li=30_000)
    dry = out(500_000, OUT, 0, Li=31_501)
    world.refused(batch(world, drawn={FEED: TONNE_G}, outputs=(dry,), step=Step.HYDROMET), "balance.element")
    wet = out(500_000, OUT, 500_000, Li=60_000)
    world.log(batch(world, drawn={FEED: TONNE_G}, outputs=(wet,), step=Step.HYDROMET))


def test_an_element_is_summed_over_all_outputs() -> None:
    world = World()
    lot(world, FEED, TONNE_G, 0, Li=30_000)
    both = (out(500_000, OUT, 0, Li=32_000), out(500_000, MORE, 0, Li=32_000))
    world.refused(batch(world, drawn={FEED: TONNE_G}, outputs=both, step=Step.DIRECT), "balance.element")


def test_an_element_is_drawn_as_it_is_in_the_lot() -> None:
    world = World()
    lot(world, FEED, TONNE_G, 0, Li=30_000)
    half = out(500_000, OUT, 0, Li=60_000)
    world.refused(batch(world, drawn={FEED: 500_000}, outputs=(half,), step=Step.HYDROMET), "balance.element")


def test_shredding_is_balanced_by_mass_alone() -> None:
    world = World()
    lot(world, FEED, TONNE_G, 0, Li=1)
    world.log(batch(world, drawn={FEED: TONNE_G}, outputs=(out(TONNE_G, OUT, 0, Li=99_999),)))


@pytest.mark.parametrize("moisture", [None, 0])
def test_what_was_not_assayed_is_not_assessed(moisture: int | None) -> None:
    world = World()
    lot(world, FEED, TONNE_G, moisture)
    lot(world, MORE, TONNE_G, 0, Li=1)
    rich = out(TONNE_G, OUT, 0, Li=99_999)
    text = batch(world, drawn={FEED: TONNE_G, MORE: TONNE_G}, outputs=(rich,), step=Step.DIRECT)
    world.log(text)


# Period


@pytest.mark.parametrize(
    ("from_days", "until_days", "allowed"),
    [(-31, 0, True), (-32, 0, False), (0, 0, False), (0, -1, False), (-1, 1, True), (-1, 2, False)],
)
def test_a_batch_covers_at_most_a_month_and_ends_by_tomorrow(
    from_days: int, until_days: int, *, allowed: bool
) -> None:
    world = World()
    lot(world)
    now = world.story.now_ms
    period = Period(
        from_=Instant.from_ms(now + from_days * DAY_MS), until=Instant.from_ms(now + until_days * DAY_MS)
    )
    text = batch(world, drawn={FEED: 1}, outputs=(out(1),), period=period)
    if allowed:
        world.log(text, logged_at_ms=now)
    else:
        world.refused(text, "batch.period", logged_at_ms=now)


@pytest.mark.parametrize("origin", [LotOrigin.VIRGIN, LotOrigin.UNKNOWN])
def test_what_was_made_of_virgin_or_unknown_material_too_is_not_recycled(origin: LotOrigin) -> None:
    world, lot, out = World(), RECYCLER.lot("V"), RECYCLER.lot("O")
    mixed = LotDeclared(place=RECYCLER.place, material=Material.BLACK_MASS, mass_g=100, origin=origin)
    world.tell(RECYCLER, mixed, lot)
    claims = BatchProcessed(
        place=RECYCLER.place,
        step=Step.SHRED,
        period=Period(from_=START, until=Instant.from_ms(world.story.now_ms)),
        lots=(Draw(lot=lot, mass_g=100),),
        outputs=(LotOutput(lot=out, material=Material.BLACK_MASS, mass_g=100, counts_as_recycled=True),),
    )
    world.refused(world.story.tell(RECYCLER, claims), "batch.mixed", out)
    world.log(world.story.batch_processed(drawn={lot: 100}, made={out: 100}))
    facts = world.item(out).lot
    assert facts is not None
    assert facts.mixed
