"""Effects of measuring, grading, retiring, and of what happens to batteries on the way."""

from dataclasses import replace
from typing import Final

from ledger.errors import RuleRefusal
from ledger.events.retirement import ItemRequalified, ItemRetired
from ledger.events.second_life import ItemGraded
from ledger.events.service import (
    HealthMeasured,
    IncidentReported,
    ItemFound,
    ItemLost,
    ItemStolen,
    QuarantineLifted,
)
from ledger.instants import Day
from ledger.lifecycle.effects import effect
from ledger.lifecycle.moves import flagged, unflagged
from ledger.lifecycle.scene import Scene
from ledger.state import Fact, LoggedEvent, event_fact
from ledger.vocabulary import Flag, Phase, Status

_AWAY: Final = frozenset({Flag.LOST, Flag.STOLEN, Flag.MISSING})


@effect(HealthMeasured)
def health_measured(scene: Scene, claims: HealthMeasured) -> None:
    """Note the measurement; its figures are checked at the door."""
    del claims  # the method is for people
    for item in scene.subjects():
        scene.put_item(replace(item, measured=scene.event.id))


@effect(ItemRetired)
def item_retired(scene: Scene, claims: ItemRetired) -> None:
    """Declare batteries waste."""
    del claims  # the reason is for people
    for item in scene.subjects():
        scene.put_item(replace(item, phase=Phase.RETIRED, status=Status.WASTE, application=None))


def _measurements(claims: ItemGraded) -> list[Fact]:
    return [event_fact(event) for grade in claims.grades for event in grade.measurements]


@effect(ItemGraded, _measurements)
def item_graded(scene: Scene, claims: ItemGraded) -> None:
    """Check that a grade rests on measurements of the same item; it changes nothing."""
    for grade in claims.grades:
        for event in grade.measurements:
            logged = scene.fact(LoggedEvent, event_fact(event))
            if logged is None or logged.type != HealthMeasured.row.type or grade.item not in logged.items:
                raise RuleRefusal("grading.measurement", grade.item, event=event)


@effect(IncidentReported)
def incident_reported(scene: Scene, claims: IncidentReported) -> None:
    """Quarantine the battery, whatever it was: a laboratory says when it is safe."""
    del claims  # kind and severity are for people
    for item in scene.subjects():
        scene.put_item(flagged(item, Flag.QUARANTINED))


@effect(QuarantineLifted)
def quarantine_lifted(scene: Scene, claims: QuarantineLifted) -> None:
    """End a quarantine."""
    del claims  # the report is for people
    for item in scene.subjects():
        if Flag.QUARANTINED not in item.flags:
            raise RuleRefusal("flag.not_quarantined", item.id)
        scene.put_item(unflagged(item, Flag.QUARANTINED))


@effect(ItemLost)
def item_lost(scene: Scene, claims: ItemLost) -> None:
    """Mark items lost."""
    _check_day(scene, claims.on)
    for item in scene.subjects():
        scene.put_item(flagged(item, Flag.LOST))


@effect(ItemStolen)
def item_stolen(scene: Scene, claims: ItemStolen) -> None:
    """Mark items stolen."""
    _check_day(scene, claims.on)
    for item in scene.subjects():
        scene.put_item(flagged(item, Flag.STOLEN))


@effect(ItemFound)
def item_found(scene: Scene, claims: ItemFound) -> None:
    """Take the marks of loss off."""
    _check_day(scene, claims.on)
    for item in scene.subjects():
        if not _AWAY & set(item.flags):
            raise RuleRefusal("flag.not_lost", item.id)
        scene.put_item(unflagged(item, *_AWAY))


def _check_day(scene: Scene, day: Day) -> None:
    if day > scene.event.at.day:
        raise RuleRefusal("flag.day", scene.event.id, day=day, at=scene.event.at)


def _requalification_reads(claims: ItemRequalified) -> list[Fact]:
    return [event_fact(claims.grading), *(event_fact(event) for event in claims.measurements)]


@effect(ItemRequalified, _requalification_reads)
def item_requalified(scene: Scene, claims: ItemRequalified) -> None:
    """Bring waste back, on measurements and a grading of the same items that kept them from the recycler."""
    measured = [
        item for event in claims.measurements for item in _logged(scene, event, HealthMeasured.row.type).items
    ]
    grading = _logged(scene, claims.grading, ItemGraded.row.type)
    for item in scene.subjects():
        if item.id not in measured:
            raise RuleRefusal("requalification.unmeasured", item.id)
        if item.id not in grading.usable:
            raise RuleRefusal("requalification.graded", item.id, event=grading.id)
        scene.put_item(replace(item, phase=Phase.STOCK, status=Status.REUSED))


def _logged(scene: Scene, event: str, expected: str) -> LoggedEvent:
    found = scene.fact(LoggedEvent, event_fact(event))
    if found is None or found.type != expected:
        raise RuleRefusal("requalification.basis", event, expected=expected)
    return found
