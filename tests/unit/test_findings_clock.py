"""Findings on the times that signers state."""

import pytest

from ledger.events.custody import TransferAccepted, TransferOffered
from ledger.events.retirement import ItemRetired
from ledger.events.second_life import ProductAssembled, ProductDeployed
from ledger.events.service import ItemLost
from ledger.instants import Instant
from ledger.vocabulary import Application, MassBasis, RetirementReason, Right
from tests.consortium import LAB, MAKER, RECYCLER, SECOND_LIFE, START, module, pack, product
from tests.scenario import MODULE_G
from tests.scenario_more import BANK
from tests.watched import Watched

BAN = Instant.parse("2026-04-01T00:00:00+08:00")
RETIRED = ItemRetired(place=MAKER.place, reason=RetirementReason.CAPACITY_FADE)


@pytest.fixture
def world() -> Watched:
    world = Watched()
    world.log(world.story.pack_manufactured(pack(1)))
    return world


@pytest.mark.parametrize(("ahead_s", "expected"), [(300, []), (301, ["clock.ahead"])])
def test_what_happened_more_than_five_minutes_ahead_of_the_log_is_a_finding(
    world: Watched, ahead_s: int, expected: list[str]
) -> None:
    at_ms = world.story.now_ms + 60_000 + ahead_s * 1000
    found = world.remarks(world.tell_at(MAKER, RETIRED, pack(1), at_ms=at_ms))
    assert [one.rule for one in found] == expected
    assert [one.subject for one in found] == [str(pack(1))] * len(expected)
    assert world.states("clock.ahead") == ["noted"] * len(expected)


@pytest.mark.parametrize(("early_ms", "expected"), [(0, []), (1_000, ["clock.before_code"])])
def test_what_happened_before_the_day_in_the_code_is_a_finding(
    world: Watched, early_ms: int, expected: list[str]
) -> None:
    made_on = Instant.parse("2026-06-01T00:00:00+08:00")
    remarks = world.remarks(world.tell_at(MAKER, RETIRED, pack(1), at_ms=made_on.ms - early_ms))
    found = [one for one in remarks if one.rule == "clock.before_code"]
    assert [one.rule for one in found] == expected
    told = {"at": "2026-05-31T23:59:59+08:00", "made_on": "2026-06-01"}
    assert [one.facts for one in found] == [told] * len(expected)


@pytest.mark.parametrize(("early_ms", "expected"), [(0, []), (1_000, ["clock.before_history"])])
def test_what_happened_before_what_is_on_record_is_a_finding(
    world: Watched, early_ms: int, expected: list[str]
) -> None:
    at = world.story.last.at
    found = world.remarks(world.tell_at(MAKER, RETIRED, pack(1), at_ms=at.ms - early_ms))
    assert [one.rule for one in found] == expected
    assert [one.facts["earlier"] for one in found] == [at.text] * len(expected)


def test_a_statement_from_before_the_latest_act_is_a_finding_too(world: Watched) -> None:
    lost = ItemLost(place=MAKER.place, on=START.day)
    at_ms = world.story.now_ms - 1_000
    assert world.rules(world.tell_at(MAKER, lost, pack(1), at_ms=at_ms)) == [
        "clock.before_history",
        "item.lost",
    ]


def e_bike(world: Watched, at_ms: int) -> list[str]:
    """A product for electric bicycles is built, so long ago as the signer says."""
    world.log(world.story.module_manufactured(module(1)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, module(1)))
    claims = ProductAssembled(
        place=SECOND_LIFE.place,
        inputs=(module(1),),
        application=Application.ELECTRIC_BICYCLE,
        standard="GB-1",
        mass_g=MODULE_G,
    )
    return world.rules(world.tell_at(SECOND_LIFE, claims, product(1), at_ms=at_ms))


def test_a_product_dated_before_the_ban_on_its_use_is_a_finding(world: Watched) -> None:
    rules = e_bike(world, BAN.ms - 1_000)
    assert rules.count("clock.backdated") == 1
    claims = ProductDeployed(place=SECOND_LIFE.place, application=Application.ELECTRIC_BICYCLE)
    deployed = world.remarks(world.tell_at(SECOND_LIFE, claims, product(1), at_ms=BAN.ms - 1_000))
    [found] = [one for one in deployed if one.rule == "clock.backdated"]
    assert found.subject == str(product(1))
    assert found.facts["since"] == "2026-04-01"


def test_a_use_that_no_rule_forbids_may_be_dated_as_it_was(world: Watched) -> None:
    world.log(world.story.module_manufactured(module(1)))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, module(1)))
    claims = ProductAssembled(
        place=SECOND_LIFE.place,
        inputs=(module(1),),
        application=Application.TELECOM_BACKUP,
        standard="GB-1",
        mass_g=MODULE_G,
    )
    assert "clock.backdated" not in world.rules(
        world.tell_at(SECOND_LIFE, claims, product(1), at_ms=BAN.ms - 1_000)
    )


LONG_AGO = Instant.parse("2018-07-31T23:00:00+08:00").ms


def test_waste_handed_to_anybody_before_the_rule_on_receivers_is_a_finding(world: Watched) -> None:
    world.log(world.story.item_retired(MAKER, pack(1)))
    offer = TransferOffered(
        place=MAKER.place,
        rights=(Right.CUSTODY,),
        to=BANK.id,
        consignment=world.story.uuid("load"),
        count=1,
    )
    assert "clock.backdated" in world.rules(world.tell_at(MAKER, offer, pack(1), at_ms=LONG_AGO))
    answer = TransferAccepted(
        place=BANK.place, consignment=world.story.uuid("load"), mass_basis=MassBasis.DECLARED
    )
    assert "clock.backdated" in world.rules(world.tell_at(BANK, answer, pack(1), at_ms=LONG_AGO))


def test_waste_handed_to_who_may_have_it_is_none(world: Watched) -> None:
    world.log(world.story.item_retired(MAKER, pack(1)))
    offered = world.story.transfer_offered(MAKER, RECYCLER, pack(1), rights=(Right.CUSTODY,))
    assert "clock.backdated" not in world.rules(offered)
    assert "clock.backdated" not in world.rules(world.story.transfer_accepted(RECYCLER, pack(1)))


def test_a_battery_in_use_may_go_to_anybody(world: Watched) -> None:
    assert "clock.backdated" not in world.rules(world.story.transfer_offered(MAKER, LAB, pack(1)))
    assert world.story.now_ms > START.ms
