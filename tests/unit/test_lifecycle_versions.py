"""Rule sets by version: an older log has the older events until its registrar adopts a newer set."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from ledger.events import REGISTRY
from ledger.rules import rule_set
from ledger.state import LOG, Item, Log
from tests.consortium import FLEET, LAB, MAKER, RECYCLER, SECOND_LIFE, pack
from tests.lives import opening, whole_life
from tests.memory import MemoryLedger, World
from tests.scenario import Story

OLDER, NEWER = "2026.11", "2026.12"
ONE, LOT = pack(1), RECYCLER.lot("L")
NEW: Final[Mapping[str, Callable[[Story], str]]] = {
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
}


def started(version: str) -> World:
    """A ledger founded under a version, with one pack made."""
    ledger, story = MemoryLedger(), Story()
    ledger.submit_all(opening(story, version))
    ledger.submit(story.pack_manufactured(ONE))
    return World((ledger, story))


def test_the_newer_set_has_every_event_and_the_older_all_but_the_new() -> None:
    assert set(rule_set(NEWER).events) == set(REGISTRY)
    assert set(rule_set(OLDER).events) == set(REGISTRY) - set(NEW)


def test_the_sets_differ_in_nothing_else() -> None:
    older = rule_set(OLDER)
    assert dataclasses.replace(rule_set(NEWER), version=OLDER, events=older.events) == older


@pytest.mark.parametrize("event", NEW)
def test_a_log_of_the_older_set_refuses_a_new_event(event: str) -> None:
    world = started(OLDER)
    refusal = world.refused(NEW[event](world.story), "rules.event_unknown", event)
    assert refusal.facts == {"version": OLDER}


def test_an_adoption_brings_the_new_events() -> None:
    world = started(OLDER)
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
