"""Findings on mass that nobody accounts for, and on what a load lost on its way."""

import pytest

from ledger.events.custody import TransferAccepted
from ledger.vocabulary import MassBasis, Material
from tests.consortium import MAKER, RECYCLER, SECOND_LIFE, VEHICLE_MAKER, module, pack, vehicle
from tests.scenario import MODULE_G, PACK_G
from tests.scenario_more import REPAIRER
from tests.starts import output, split
from tests.watched import Watched

LOT_G = 1_000_000


@pytest.fixture
def world() -> Watched:
    return Watched()


def batch(world: Watched, drawn_g: int, made_g: int, losses_g: int = 0) -> list[str]:
    """A recycler shreds a lot; the tolerance of that step is 2 % of what goes in."""
    world.log(world.story.lot_declared(RECYCLER.lot("IN"), mass_g=LOT_G))
    made = {RECYCLER.lot("OUT"): made_g}
    drawn = {RECYCLER.lot("IN"): drawn_g}
    return world.rules(world.story.batch_processed(drawn=drawn, made=made, losses_g=losses_g))


@pytest.mark.parametrize(
    ("made_g", "losses_g", "expected"),
    [
        (100_000, 0, []),
        (90_000, 10_000, []),
        (101_000, 0, []),
        (99_999, 0, ["mass.unaccounted"]),
        (98_000, 0, ["mass.unaccounted"]),
        (97_999, 0, ["mass.unaccounted_much"]),
    ],
)
def test_what_a_batch_does_not_account_for_is_a_finding_and_a_grave_one_beyond_the_tolerance(
    world: Watched, made_g: int, losses_g: int, expected: list[str]
) -> None:
    assert batch(world, 100_000, made_g, losses_g) == expected


def test_a_finding_on_mass_names_the_lot_that_was_made_and_the_grams(world: Watched) -> None:
    batch(world, 100_000, 60_000)
    [found] = [one for one in world.findings() if one.rule.rule == "mass.unaccounted_much"]
    assert found.subject == str(RECYCLER.lot("OUT"))
    assert found.facts == {"missing_g": 40_000, "given_g": 100_000, "tolerance_ppm": 20_000}
    assert found.orgs == (RECYCLER.id,)
    assert found.state == "noted"


@pytest.mark.parametrize(
    ("housing_g", "expected"),
    [
        (PACK_G - MODULE_G, []),
        (PACK_G - MODULE_G - 1, ["mass.unaccounted"]),
        (PACK_G - MODULE_G - 8_000, ["mass.unaccounted"]),
        (PACK_G - MODULE_G - 8_001, ["mass.unaccounted_much"]),
    ],
)
def test_a_split_accounts_for_the_whole(world: Watched, housing_g: int, expected: list[str]) -> None:
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    housing = output(SECOND_LIFE.lot("HOUSING"), housing_g, material=Material.HOUSING)
    assert world.rules(split(world, pack(1), output(module(1)), housing)) == expected


@pytest.mark.parametrize(
    ("mass_g", "expected"), [(None, []), (PACK_G, []), (PACK_G - 1, ["mass.unaccounted"])]
)
def test_a_repair_accounts_for_what_was_in_the_pack(
    world: Watched, mass_g: int | None, expected: list[str]
) -> None:
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    world.log(world.story.module_manufactured(module(2)))
    world.log(*world.story.transfer(MAKER, REPAIRER, pack(1), module(2)))
    repaired = world.story.item_repaired(pack(1), out=[module(1)], into=[module(2)], mass_g=mass_g)
    assert world.rules(repaired) == expected


@pytest.mark.parametrize(
    ("arrived_g", "expected"),
    [(LOT_G, []), (LOT_G - 5_000, []), (LOT_G - 5_001, ["mass.transit_loss"])],
)
def test_a_lot_that_lost_more_than_half_a_percent_on_its_way_is_a_finding(
    world: Watched, arrived_g: int, expected: list[str]
) -> None:
    world.log(world.story.lot_declared(RECYCLER.lot("IN"), mass_g=LOT_G))
    world.log(world.story.transfer_offered(RECYCLER, MAKER, RECYCLER.lot("IN")))
    accepted = world.story.transfer_accepted(MAKER, RECYCLER.lot("IN"), gross_g=arrived_g)
    found = world.remarks(accepted)
    assert [one.rule for one in found] == expected
    assert [(one.org, one.other) for one in found] == [(RECYCLER.id, MAKER.id)] * len(expected)


@pytest.mark.parametrize(
    ("arrived_g", "expected"), [(PACK_G * 9 // 10, []), (PACK_G * 9 // 10 - 1, ["mass.transit_loss"])]
)
def test_a_pack_that_arrives_a_tenth_lighter_is_a_finding(
    world: Watched, arrived_g: int, expected: list[str]
) -> None:
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(world.story.transfer_offered(MAKER, VEHICLE_MAKER, pack(1)))
    assert world.rules(world.story.transfer_accepted(VEHICLE_MAKER, pack(1), gross_g=arrived_g)) == expected


def test_a_vehicle_is_not_weighed_against_what_is_in_it(world: Watched) -> None:
    world.log(world.story.pack_manufactured(pack(1)), *world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    world.log(world.story.transfer_offered(VEHICLE_MAKER, REPAIRER, vehicle(1), load="car"))
    claims = TransferAccepted(
        place=REPAIRER.place,
        consignment=world.story.uuid("car"),
        mass_basis=MassBasis.WEIGHED,
        gross_g=1_000,
        tare_g=0,
    )
    assert world.rules(world.story.tell(REPAIRER, claims, vehicle(1))) == []
