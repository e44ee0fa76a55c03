"""Rule sets by version: an older log has the older events until its registrar adopts a newer set."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from ledger.events import REGISTRY
from ledger.events.correction import Facets
from ledger.events.service import Selector
from ledger.rules import RULE_SETS, Feature, rule_set
from ledger.state import LOG, Item, Log
from tests.consortium import FLEET, LAB, MAKER, RECYCLER, SECOND_LIFE, pack, vehicle
from tests.lives import opening, whole_life
from tests.memory import MemoryLedger, World
from tests.scenario import Story
from tests.scenario_last import LastStory, vkey
from tests.scenario_more import SWAPPER

OLDEST, OLDER, LAST, NEWEST = "2026.11", "2026.12", "2026.13", "2026.14"
ONE, LOT = pack(1), RECYCLER.lot("L")
SECOND: Final[Mapping[str, Callable[[LastStory], str]]] = {
    "org.reinstated": lambda story: story.org_reinstated(LAB),
    "site.set": lambda story: story.site_set(MAKER),
    "report.filed": lambda story: story.report_filed(MAKER),
    "custody.released": lambda story: story.custody_released(MAKER, ONE),
    "item.exported": lambda story: story.item_exported(MAKER, ONE),
    "consent.given": lambda story: story.consent_given(MAKER, RECYCLER, ONE),
    "incident.reported": lambda story: story.incident_reported(ONE),
    "quarantine.lifted": lambda story: story.quarantine_lifted(ONE),
    "item.lost": lambda story: story.item_lost(MAKER, ONE),
    "item.stolen": lambda story: story.item_stolen(MAKER, ONE),
    "item.found": lambda story: story.item_found(MAKER, ONE),
    "item.requalified": lambda story: story.item_requalified(
        ONE, grading="A" * 43, measurements=["A" * 43], by=SECOND_LIFE
    ),
    "product.returned": lambda story: story.product_returned(ONE, by=MAKER),
    "lot.divided": lambda story: story.lot_divided(LOT, {RECYCLER.lot("P"): 1}),
    "residue.disposed": lambda story: story.residue_disposed(ONE),
    "event.disputed": lambda story: story.event_disputed(story.last, FLEET),
    "dispute.settled": lambda story: story.dispute_settled(story.last, FLEET),
    "item.declared": lambda story: story.item_declared(pack(2)),
    "production.added": lambda story: story.production_added(ONE),
    "label.replaced": lambda story: story.label_replaced(ONE, 1),
    "intake.recorded": lambda story: story.intake_recorded(ONE),
    "item.repaired": lambda story: story.item_repaired(ONE, by=MAKER),
    "recall.opened": lambda story: story.recall_opened(Selector(vendor="ZZZ")),
    "recall.closed": lambda story: story.recall_closed("A" * 43),
    "recall.remedied": lambda story: story.recall_remedied("A" * 43, ONE),
    "pool.joined": lambda story: story.pool_joined(ONE),
    "pool.left": lambda story: story.pool_left(ONE),
    "pool.reported": lambda story: story.pool_reported(by=MAKER),
    "vehicle.written_off": lambda story: story.vehicle_written_off(vehicle(1), by=MAKER),
    "vehicle.scrapped": lambda story: story.vehicle_scrapped(vehicle(1)),
    "content.claimed": lambda story: story.content_claimed({LOT: 1}, 1),
}
THIRD: Final[Mapping[str, Callable[[LastStory], str]]] = {
    "delegation.granted": lambda story: story.delegation_granted(MAKER, LAB, "item.retired"),
    "delegation.revoked": lambda story: story.delegation_revoked(MAKER, LAB),
    "disclosure.erased": lambda story: story.disclosure_erased(story.last, "A" * 43),
    "event.confirmed": lambda story: story.event_confirmed(MAKER, MAKER.key(), 0, 1),
    "event.voided": lambda story: story.event_voided(story.last, MAKER),
    "index.published": lambda story: story.index_published(1),
    "item.identified": lambda story: story.item_identified(ONE, pack(2), by=MAKER),
    "log.key_added": lambda story: story.log_key_added(vkey()),
    "log.moved": lambda story: story.log_moved("other.example", vkey(1, "other.example")),
    "org.succeeded": lambda story: story.org_succeeded(LAB, MAKER),
    "state.rectified": lambda story: story.state_rectified(ONE, MAKER, Facets(mass_g=1)),
}
FOURTH: Final[Mapping[str, Callable[[LastStory], str]]] = {
    "label.attached": lambda story: story.label_attached(ONE),
    "label.printed": lambda story: story.label_printed(ONE),
    "label.voided": lambda story: story.label_voided(ONE),
}
ADDED: Final = [(OLDEST, SECOND), (OLDER, THIRD), (LAST, FOURTH)]


class Started(World):
    """A ledger founded under a version, with one pack made."""

    story: LastStory

    def __init__(self, version: str) -> None:
        ledger, story = MemoryLedger(), LastStory()
        ledger.submit_all([*opening(story, version), *story.enrolments([SWAPPER])])
        ledger.submit(story.pack_manufactured(ONE))
        super().__init__((ledger, story))


def test_the_newest_set_has_every_event_and_each_older_one_all_but_the_new() -> None:
    assert set(RULE_SETS) == {OLDEST, OLDER, LAST, NEWEST}
    assert set(rule_set(NEWEST).events) == set(REGISTRY)
    assert set(rule_set(LAST).events) == set(REGISTRY) - set(FOURTH)
    assert set(rule_set(OLDER).events) == set(rule_set(LAST).events) - set(THIRD)
    assert set(rule_set(OLDEST).events) == set(rule_set(OLDER).events) - set(SECOND)


@pytest.mark.parametrize("version", [OLDEST, OLDER, LAST])
def test_the_sets_differ_in_nothing_else(version: str) -> None:
    older = rule_set(version)
    newest = dataclasses.replace(
        rule_set(NEWEST), version=version, events=older.events, features=older.features
    )
    assert newest == older


def test_the_newest_set_has_every_feature_and_the_one_before_all_but_the_new() -> None:
    assert set(rule_set(NEWEST).features) == set(Feature)
    assert set(rule_set(LAST).features) == set(Feature) - {Feature.MODEL_HAZARDS, Feature.OFFER_UNTOUCHED}
    assert rule_set(OLDER).features == rule_set(OLDEST).features == ()


@pytest.mark.parametrize(("version", "event"), [(version, event) for version, new in ADDED for event in new])
def test_a_log_of_an_older_set_refuses_a_new_event(version: str, event: str) -> None:
    world, new = Started(version), dict(ADDED)[version]
    refusal = world.refused(new[event](world.story), "rules.event_unknown", event)
    assert refusal.facts == {"version": version}


@pytest.mark.parametrize("version", [OLDEST, OLDER])
def test_nobody_acts_for_another_before_the_set_that_has_delegations(version: str) -> None:
    world = Started(version)
    text = world.story.acting(MAKER).item_retired(LAB, ONE)
    world.refused(text, "delegation.none", LAB.id)


def test_a_label_says_another_code_only_under_a_set_that_has_aliases() -> None:
    world = Started(OLDER)
    world.refused(world.story.label_coded(ONE, "SECOND-CODE"), "label.code", ONE)
    world.log(world.story.rules_adopted(NEWEST), world.story.label_coded(ONE, "SECOND-CODE"))
    assert world.item(ONE).label_number == 1


def test_a_rectification_is_agreed_to_only_under_a_set_that_has_it() -> None:
    world = Started(OLDER)
    text = world.story.consent_given(MAKER, RECYCLER, ONE, act="state.rectified")
    world.refused(text, "consent.act", "state.rectified")


def test_an_adoption_brings_the_new_events() -> None:
    world = Started(OLDEST)
    world.refused(world.story.incident_reported(ONE), "rules.event_unknown")
    world.log(world.story.rules_adopted(OLDER), world.story.incident_reported(ONE))
    assert world.item(ONE).flags == ("quarantined",)


def test_all_sets_judge_a_life_of_older_events_alike() -> None:
    states = []
    for version in (OLDEST, OLDER, LAST, NEWEST):
        ledger, story = MemoryLedger(), Story()
        ledger.submit_all([*opening(story, version), *whole_life(story)])
        log = ledger.states[LOG]
        assert isinstance(log, Log)
        assert log.rules == version
        states.append({key: _told(state) for key, state in ledger.states.items() if isinstance(state, Item)})
    assert states[0] == states[1] == states[2] == states[3]


def _told(item: Item) -> Item:
    # Ids of events differ, because entry 0 names another rule set.
    lot = None if item.lot is None else dataclasses.replace(item.lot, mixed=False)
    return dataclasses.replace(item, tip="A" * 43, undo=None, measured=None, lot=lot)
