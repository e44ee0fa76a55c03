"""What scales at the gate say: masses of loads, of units and of lots."""

import pytest

from ledger.events.custody import ArrivalException
from ledger.identifiers import ItemId
from ledger.vocabulary import (
    MassBasis,
    Right,
)
from tests.consortium import (
    COLLECTOR,
    FLEET,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    module,
    pack,
    vehicle,
)
from tests.memory import World
from tests.starts import accept, car, damaged, made
from tests.storyteller import PACK_G


def offered(*items: ItemId, to: Party = RECYCLER) -> World:
    world = made(*items)
    world.log(world.story.transfer_offered(MAKER, to, *items))
    return world


def test_a_declared_mass_stays_and_an_exception_has_its_own() -> None:
    world = offered(pack(1), pack(2))
    world.log(accept(world, RECYCLER, pack(1), pack(2), exceptions=[damaged(pack(2), 350_000)]))
    assert [world.item(one).mass_g for one in (pack(1), pack(2))] == [PACK_G, 350_000]


def test_one_item_on_the_scales_has_the_net_weight() -> None:
    world = offered(pack(1))
    world.log(accept(world, RECYCLER, pack(1), basis=MassBasis.WEIGHED, gross_g=405_000, tare_g=6_000))
    assert world.item(pack(1)).mass_g == 399_000


def test_a_load_on_the_scales_is_apportioned_to_the_gram() -> None:
    items = (pack(1), pack(2), pack(3))
    world = offered(*items)
    world.log(
        accept(
            world,
            RECYCLER,
            *items,
            basis=MassBasis.APPORTIONED,
            gross_g=1_200_000,
            tare_g=99_999,
            exceptions=[damaged(pack(2), 300_000)],
        )
    )
    # 400,001 g is the first one's share; what the scales add to a known mass is no mass.
    assert [world.item(one).mass_g for one in items] == [400_000, 300_000, 400_000]


def test_one_weight_is_not_weighed_twice() -> None:
    world = offered(pack(1), pack(2))
    text = accept(world, RECYCLER, pack(1), pack(2), basis=MassBasis.WEIGHED, gross_g=800_000, tare_g=0)
    refusal = world.refused(text, "transfer.weighed_one", world.story.uuid("load"))
    assert refusal.facts == {"found": 2}
    world.log(
        accept(
            world,
            RECYCLER,
            pack(1),
            pack(2),
            basis=MassBasis.WEIGHED,
            gross_g=800_000,
            tare_g=0,
            exceptions=[damaged(pack(1), 390_000)],
        )
    )
    assert [world.item(one).mass_g for one in (pack(1), pack(2))] == [390_000, 400_000]


@pytest.mark.parametrize(
    ("basis", "gross_g", "tare_g", "exception_g"),
    [
        (MassBasis.WEIGHED, None, None, None),
        (MassBasis.APPORTIONED, None, None, None),
        (MassBasis.WEIGHED, 400_000, None, None),
        (MassBasis.WEIGHED, None, 400, None),
        (MassBasis.WEIGHED, 400, 400, None),
        (MassBasis.DECLARED, 400, 401, None),
        (MassBasis.APPORTIONED, 500_000, 1, 500_000),
        (MassBasis.APPORTIONED, 500_000, 0, 500_000),
    ],
)
def test_a_weight_is_gross_and_tare_and_holds_its_exceptions(
    basis: MassBasis, gross_g: int | None, tare_g: int | None, exception_g: int | None
) -> None:
    world = offered(pack(1), pack(2))
    exceptions = [] if exception_g is None else [damaged(pack(1), exception_g)]
    text = accept(
        world,
        RECYCLER,
        pack(1),
        pack(2),
        basis=basis,
        gross_g=gross_g,
        tare_g=tare_g,
        exceptions=exceptions,
    )
    world.refused(text, "transfer.weight", world.story.uuid("load"))


@pytest.mark.parametrize(
    "exceptions", [[damaged(pack(2))], [damaged(pack(1)), damaged(pack(1), 5)]], ids=["stranger", "twice"]
)
def test_exceptions_speak_of_items_of_the_answer_once(exceptions: list[ArrivalException]) -> None:
    world = offered(pack(1), pack(2))
    world.refused(accept(world, RECYCLER, pack(1), exceptions=exceptions), "transfer.exceptions")


def test_a_lot_arrives_with_what_the_receiver_weighed_and_may_not_grow() -> None:
    world = World()
    lot = RECYCLER.lot("BM")
    world.log(world.story.lot_declared(lot, mass_g=1_000_000))
    world.log(world.story.transfer_offered(RECYCLER, SECOND_LIFE, lot))
    grown = accept(world, SECOND_LIFE, lot, basis=MassBasis.WEIGHED, gross_g=1_005_001, tare_g=0)
    refusal = world.refused(grown, "balance.transit", lot)
    assert refusal.facts == {"held_g": 1_000_000, "received_g": 1_005_001, "tolerance_ppm": 5_000}
    world.log(accept(world, SECOND_LIFE, lot, basis=MassBasis.WEIGHED, gross_g=990_000, tare_g=0))
    assert (world.item(lot).mass_g, world.item(lot).remaining_g) == (1_000_000, 990_000)


def weighed(world: World, item: ItemId, mass_g: int, by: Party = RECYCLER) -> str:
    return accept(world, by, item, basis=MassBasis.WEIGHED, gross_g=mass_g, tare_g=0)


@pytest.mark.parametrize(
    ("mass_g", "recorded_g"), [(1, 1), (399_999, 399_999), (400_001, 400_000), (440_000, 400_000)]
)
def test_a_units_weight_counts_downward(mass_g: int, recorded_g: int) -> None:
    world = offered(pack(1))
    world.log(weighed(world, pack(1), mass_g))
    assert world.item(pack(1)).mass_g == recorded_g


def test_a_unit_does_not_grow_from_one_receiver_to_the_next() -> None:
    world = offered(pack(1))
    world.log(weighed(world, pack(1), 440_000))
    world.log(world.story.transfer_offered(RECYCLER, SECOND_LIFE, pack(1)))
    refusal = world.refused(weighed(world, pack(1), 440_001, SECOND_LIFE), "balance.transit", pack(1))
    assert refusal.facts == {"held_g": 400_000, "received_g": 440_001, "tolerance_ppm": 100_000}


def test_an_exception_does_not_grow_either() -> None:
    world = offered(pack(1), pack(2))
    heavy = accept(world, RECYCLER, pack(1), pack(2), exceptions=[damaged(pack(2), 440_001)])
    world.refused(heavy, "balance.transit", pack(2))


def test_a_lot_a_little_heavier_keeps_what_it_held() -> None:
    world = World()
    lot = RECYCLER.lot("BM")
    world.log(world.story.lot_declared(lot, mass_g=1_000_000))
    world.log(world.story.transfer_offered(RECYCLER, SECOND_LIFE, lot))
    world.log(weighed(world, lot, 1_005_000, SECOND_LIFE))
    assert world.item(lot).remaining_g == 1_000_000


def turned_up() -> World:
    """Module 2 was missing from pack 1 and is found; a recycler is offered it, and pack 2 with it."""
    world = World()
    world.log(world.story.pack_manufactured(pack(1), [module(1), module(2)]))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.log(world.story.item_split(pack(1), [module(1)], unaccounted=[module(2)]))
    world.log(world.story.item_collected(module(2)), world.story.pack_manufactured(pack(2)))
    world.log(world.story.transfer_offered(MAKER, RECYCLER, pack(2)))
    world.log(world.story.transfer_offered(COLLECTOR, RECYCLER, module(2), rights=[Right.CUSTODY]))
    return world


def test_a_unit_of_unknown_mass_takes_the_first_weight() -> None:
    world = turned_up()
    assert world.item(module(2)).mass_g is None
    world.log(weighed(world, module(2), 44_000))
    assert world.item(module(2)).mass_g == 44_000


def test_an_unknown_mass_has_no_share_of_a_load_with_known_ones() -> None:
    world = turned_up()
    both = (pack(2), module(2))
    load = accept(world, RECYCLER, *both, basis=MassBasis.APPORTIONED, gross_g=444_000, tare_g=0)
    world.refused(load, "balance.unknown_mass", module(2))
    apart = [damaged(module(2), 44_000)]
    world.log(
        accept(
            world,
            RECYCLER,
            *both,
            basis=MassBasis.APPORTIONED,
            gross_g=444_000,
            tare_g=0,
            exceptions=apart,
        )
    )
    assert [world.item(one).mass_g for one in both] == [PACK_G, 44_000]


def test_a_vehicle_weighs_what_the_scales_say() -> None:
    world = car()
    world.log(world.story.transfer_offered(VEHICLE_MAKER, FLEET, vehicle(1)))
    world.log(weighed(world, vehicle(1), 1_500_000, FLEET))
    world.log(world.story.transfer_offered(FLEET, COLLECTOR, vehicle(1)))
    world.log(weighed(world, vehicle(1), 1_900_000, COLLECTOR))
    assert world.item(vehicle(1)).mass_g == 1_900_000
