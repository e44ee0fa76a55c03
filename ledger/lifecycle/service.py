"""Effects of measuring, grading and retiring."""

from dataclasses import replace

from ledger.errors import RuleRefusal
from ledger.events.retirement import ItemRetired
from ledger.events.second_life import ItemGraded
from ledger.events.service import HealthMeasured
from ledger.lifecycle.effects import effect
from ledger.lifecycle.scene import Scene
from ledger.state import Fact, LoggedEvent, event_fact
from ledger.vocabulary import Phase, Status


@effect(HealthMeasured)
def health_measured(scene: Scene, claims: HealthMeasured) -> None:
    """Change nothing: a measurement is a statement, its figures are checked at the door."""
    del scene, claims


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
