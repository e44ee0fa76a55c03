"""Findings that stand as long as a state says so: they open with it and close with it."""

from dataclasses import replace

import pytest

from ledger.events.correction import EventConfirmed
from ledger.events.registry import KeyAdded
from ledger.findings.standing import threads
from ledger.state import LoggedEvent
from ledger.vocabulary import DisputeOutcome, Phase, Purpose, Right, Why
from tests.consortium import (
    COLLECTOR,
    FLEET,
    MAKER,
    REGISTRAR,
    SECOND_LIFE,
    VEHICLE_MAKER,
    module,
    pack,
    vehicle,
)
from tests.scenario_more import BANK, REGULATOR, local
from tests.starts import output, split
from tests.watched import Watched


@pytest.fixture
def world() -> Watched:
    """Pack 1 with module 1 drives in vehicle 1; packs 2 and 3 are in stock."""
    world = Watched()
    story = world.story
    world.log(story.pack_manufactured(pack(1), [module(1)]), *story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(story.pack_fitted(pack(1), vehicle(1)))
    world.log(story.pack_manufactured(pack(2)), story.pack_manufactured(pack(3), [module(3)]))
    return world


def test_a_lost_item_is_a_finding_until_it_is_found(world: Watched) -> None:
    assert world.rules(world.story.item_lost(MAKER, pack(2))) == ["item.lost"]
    assert world.states("item.lost") == ["open"]
    world.log(world.story.item_found(MAKER, pack(2)))
    assert world.states("item.lost") == ["closed"]


def test_an_item_lost_again_is_a_finding_again(world: Watched) -> None:
    for _ in range(2):
        world.log(world.story.item_lost(MAKER, pack(2)), world.story.item_found(MAKER, pack(2)))
    world.log(world.story.item_lost(MAKER, pack(2)))
    assert world.states("item.lost") == ["closed", "closed", "open"]


def test_a_stolen_item_is_a_finding_until_it_is_found_and_a_second_report_is_none(world: Watched) -> None:
    assert world.rules(world.story.item_stolen(MAKER, pack(2))) == ["item.stolen"]
    assert world.rules(world.story.item_stolen(MAKER, pack(2))) == []
    world.log(world.story.item_found(MAKER, pack(2)))
    assert world.states("item.stolen") == ["closed"]


def test_a_second_copy_of_a_label_is_a_finding_until_the_label_is_replaced(world: Watched) -> None:
    world.log(world.story.label_replaced(pack(2), 1))
    assert world.rules(world.story.label_printed(pack(2))) == []
    assert world.rules(world.story.label_printed(pack(2))) == ["label.reprinted"]
    assert world.rules(world.story.label_printed(pack(2), copies=5)) == []
    world.log(world.story.label_replaced(pack(2), 2, voided=1))
    assert world.states("label.reprinted") == ["closed"]


def test_a_void_label_is_a_finding_until_the_next_is_put_on(world: Watched) -> None:
    world.log(world.story.label_replaced(pack(2), 1), world.story.label_printed(pack(2), copies=2))
    assert world.rules(world.story.label_voided(pack(2))) == ["label.voided"]
    assert (world.states("label.reprinted"), world.states("label.voided")) == (["closed"], ["open"])
    world.log(world.story.label_replaced(pack(2), 2))
    assert world.states("label.voided") == ["closed"]


def test_a_label_that_was_printed_and_not_put_on_is_no_finding(world: Watched) -> None:
    world.log(world.story.label_replaced(pack(2), 1))
    assert world.rules(world.story.label_printed(pack(2))) == []
    assert world.rules(world.story.label_attached(pack(2))) == []


def scrapped(world: Watched, *, swap: bool = False) -> list[str]:
    """Vehicle 1 is scrapped and pack 1 is not in it."""
    world.log(world.story.vehicle_sold(vehicle(1)))
    world.log(world.story.item_collected(vehicle(1), waste=False))
    if swap:
        world.ledger.states[vehicle(1)] = replace(world.item(vehicle(1)), swap_model=True)
    return world.rules(world.story.vehicle_scrapped(vehicle(1), absent=[pack(1)]))


def test_a_vehicle_scrapped_without_its_pack_is_a_finding_until_the_pack_turns_up(world: Watched) -> None:
    assert scrapped(world) == ["vehicle.pack_missing"]
    [found] = [one for one in world.findings() if one.rule.rule == "vehicle.pack_missing"]
    assert (found.subject, found.facts) == (str(pack(1)), {"vehicle": str(vehicle(1))})
    world.log(world.story.item_collected(pack(1)))
    assert world.states("vehicle.pack_missing") == ["closed"]


def test_a_missing_pack_that_is_found_closes_the_finding_too(world: Watched) -> None:
    scrapped(world)
    world.log(world.story.item_found(REGULATOR, pack(1)))
    assert world.states("vehicle.pack_missing") == ["closed"]


def test_of_a_swap_model_the_pack_is_missing_and_the_vehicle_is_none(world: Watched) -> None:
    assert scrapped(world, swap=True) == ["item.missing"]


def test_a_vehicle_scrapped_with_its_pack_is_none(world: Watched) -> None:
    world.log(world.story.vehicle_sold(vehicle(1)), world.story.item_collected(vehicle(1), waste=False))
    assert world.rules(world.story.vehicle_scrapped(vehicle(1), present=[pack(1)])) == []


def test_a_part_that_a_split_does_not_find_is_a_finding_until_it_turns_up(world: Watched) -> None:
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(3)))
    rules = world.rules(split(world, pack(3), unaccounted=[module(3)]))
    assert "split.unaccounted" in rules
    world.log(world.story.item_collected(module(3)))
    assert world.states("split.unaccounted") == ["closed"]


def test_a_split_that_finds_every_part_is_none_of_that(world: Watched) -> None:
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(3)))
    assert "split.unaccounted" not in world.rules(split(world, pack(3), output(module(3))))


def test_a_claim_by_a_collector_is_a_finding_for_the_holder_until_it_is_settled(world: Watched) -> None:
    found = world.remarks(world.story.item_collected(pack(2)))
    assert [one.rule for one in found] == ["custody.claimed", "custody.silence"]
    assert {(one.org, one.other) for one in found} == {(MAKER.id, COLLECTOR.id)}
    collected = world.story.last
    for party in (MAKER, COLLECTOR):
        assert world.states("custody.claimed") == ["open"]
        world.log(world.story.dispute_settled(collected, party, DisputeOutcome.WITHDRAWN))
    assert world.states("custody.claimed") == ["closed"]
    assert world.states("custody.silence", days=99) == []


def test_a_collection_from_nobody_is_none(world: Watched) -> None:
    world.log(world.story.vehicle_sold(vehicle(1)))
    assert world.rules(world.story.item_collected(vehicle(1), waste=False)) == []


def test_a_contested_event_is_a_finding_until_the_regulator_decides(world: Watched) -> None:
    world.log(*world.story.transfer(MAKER, FLEET, pack(2), rights=(Right.CUSTODY,)))
    accepted = world.story.last
    [remark] = world.remarks(world.story.event_disputed(accepted, by=MAKER))
    assert (remark.rule, remark.org, remark.other) == ("custody.contested", FLEET.id, MAKER.id)
    world.log(world.story.dispute_settled(accepted, REGULATOR))
    assert world.states("custody.contested") == ["closed"]


def test_a_declared_clone_is_a_finding_on_the_code_it_bears(world: Watched) -> None:
    clone = local(COLLECTOR, "CLONE-1")
    declared = world.story.item_declared(clone, phase=Phase.RETIRED, why=Why.CLONE, clone_of=pack(2))
    [remark] = world.remarks(declared)
    assert (remark.rule, remark.subject, remark.facts) == ("item.clone", str(pack(2)), {"clone": str(clone)})
    assert world.states("item.clone") == ["open"]
    world.log(world.story.residue_disposed(clone, by=COLLECTOR))
    assert world.states("item.clone") == ["closed"]


@pytest.mark.parametrize(
    ("why", "expected"),
    [(Why.LEGACY, ["item.declared"]), (Why.UNREADABLE, ["item.declared"]), (Why.IMPORT, [])],
)
def test_an_item_without_a_known_past_is_a_finding(world: Watched, why: Why, expected: list[str]) -> None:
    declared = world.story.item_declared(local(COLLECTOR, "OLD-1"), why=why, phase=Phase.STOCK)
    assert world.rules(declared) == expected


def test_what_its_maker_adds_closes_it(world: Watched) -> None:
    world.log(world.story.item_declared(pack(9)))
    assert world.states("item.declared") == ["open"]
    world.log(world.story.production_added(pack(9)))
    assert world.states("item.declared") == ["closed"]


def test_a_compromised_key_is_one_finding_until_a_wider_window_takes_its_place(world: Watched) -> None:
    world.log(world.story.key_added(MAKER, Purpose.LINE))
    line = MAKER.key(Purpose.LINE)
    since = world.story.last.at
    world.log(world.story.key_added(MAKER, Purpose.DEVICE))
    now = world.story.last.at
    [remark] = world.remarks(world.story.key_revoked(MAKER, line, compromised_since=now))
    assert (remark.rule, remark.subject) == ("key.compromised", line.verifier.thumbprint())
    world.log(world.story.key_revoked(MAKER, line, compromised_since=since))
    assert world.states("key.compromised") == ["closed", "open"]


def test_a_compromised_key_is_settled_once_its_firm_confirms_what_it_signed(world: Watched) -> None:
    since = world.story.last.at
    world.log(world.story.item_retired(MAKER, pack(2)))
    entry = world.ledger.size - 1
    world.log(world.story.key_added(MAKER, number=2))
    world.log(world.story.key_revoked(MAKER, MAKER.key(), compromised_since=since))
    assert world.states("key.compromised") == ["open"]
    kid = MAKER.key().verifier.thumbprint()
    claims = EventConfirmed(kid=kid, first=entry, last=entry, count=1)
    world.log(world.story.tell(MAKER, claims, MAKER.id, key=MAKER.key(Purpose.OFFICE, 2)))
    assert world.states("key.compromised") == ["closed"]


def test_a_key_that_is_only_rotated_is_none(world: Watched) -> None:
    world.log(world.story.key_added(MAKER, Purpose.LINE))
    assert world.rules(world.story.key_revoked(MAKER, MAKER.key(Purpose.LINE))) == []


def test_a_key_that_the_registrar_gives_a_firm_is_a_finding_and_its_own_is_none(world: Watched) -> None:
    own = KeyAdded(jwk=BANK.key(Purpose.ADMIN, 2).verifier, purpose=Purpose.ADMIN)
    assert world.rules(world.story.tell(BANK, own, BANK.id, key=BANK.key(Purpose.ADMIN))) == []
    given = KeyAdded(jwk=BANK.key(Purpose.ADMIN, 3).verifier, purpose=Purpose.ADMIN)
    text = world.story.tell(REGISTRAR, given, BANK.id, key=REGISTRAR.key(Purpose.ADMIN))
    [remark] = world.remarks(text)
    assert (remark.rule, remark.org, remark.other) == ("key.added_by_registrar", BANK.id, REGISTRAR.id)
    assert remark.facts["kid"] == BANK.key(Purpose.ADMIN, 3).verifier.thumbprint()


def test_nothing_stands_by_a_state_that_nothing_is_said_of(world: Watched) -> None:
    assert threads(None) == {}
    logged = next(state for state in world.ledger.states.values() if isinstance(state, LoggedEvent))
    assert threads(logged) == {}
    assert threads(world.ledger.states[MAKER.id]) == {}
