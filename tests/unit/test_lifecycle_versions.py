"""Rule sets by version: an older log has the older events until its registrar adopts a newer set."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from ledger.events import REGISTRY
from ledger.events.service import Selector
from ledger.rules import rule_set
from ledger.state import LOG, Item, Log
from tests.consortium import FLEET, LAB, MAKER, RECYCLER, SECOND_LIFE, pack, vehicle
from tests.lives import opening, whole_life
from tests.memory import MemoryLedger, World
from tests.scenario import Story
from tests.scenario_more import SWAPPER, MoreStory

OLDER, NEWER = "2026.11", "2026.12"
ONE, LOT = pack(1), RECYCLER.lot("L")
NEW: Final[Mapping[str, Callable[[MoreStory], str]]] = {
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


class Started(World):
    """A ledger founded under a version, with one pack made."""

    story: MoreStory

    def __init__(self, version: str) -> None:
        ledger, story = MemoryLedger(), MoreStory()
        ledger.submit_all([*opening(story, version), *story.enrolments([SWAPPER])])
        ledger.submit(story.pack_manufactured(ONE))
        super().__init__((ledger, story))


def test_the_newer_set_has_every_event_and_the_older_all_but_the_new() -> None:
    assert set(rule_set(NEWER).events) == set(REGISTRY)
    assert set(rule_set(OLDER).events) == set(REGISTRY) - set(NEW)


def test_the_sets_differ_in_nothing_else() -> None:
    older = rule_set(OLDER)
    assert dataclasses.replace(rule_set(NEWER), version=OLDER, events=older.events) == older


@pytest.mark.parametrize("event", NEW)
def test_a_log_of_the_older_set_refuses_a_new_event(event: str) -> None:
    world = Started(OLDER)
    refusal = world.refused(NEW[event](world.story), "rules.event_unknown", event)
    assert refusal.facts == {"version": OLDER}


def test_an_adoption_brings_the_new_events() -> None:
    world = Started(OLDER)
    world.refused(world.story.incident_reported(ONE), "rules.event_unknown")
    world.log(world.story.rules_adopted(NEWER), world.story.incident_reported(ONE))
    assert world.item(ONE).flags == ("quarantined",)


def test_both_sets_judge_a_life_of_older_events_alike() -> None:
    states = []
    for version in (OLDER, NEWER):
        ledger, story = MemoryLedger(), Story()
        ledger.submit_all([*opening(story, version), *whole_life(story)])
        log = ledger.states[LOG]
        assert isinstance(log, Log)
        assert log.rules == version
        states.append({key: _told(state) for key, state in ledger.states.items() if isinstance(state, Item)})
    assert states[0] == states[1]


def _told(item: Item) -> Item:
    # Ids of events differ, because entry 0 names another rule set.
    return dataclasses.replace(item, tip="A" * 43)
