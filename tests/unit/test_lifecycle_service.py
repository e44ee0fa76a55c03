"""Measuring, grading, retiring and correcting."""

import pytest

from crypto.strictjson import Json
from ledger.events.correction import EventCorrected
from ledger.events.second_life import Grade, ItemGraded
from ledger.events.service import HealthMeasured
from ledger.identifiers import ItemId
from ledger.vocabulary import Application, Decision, Ground, HealthMethod, Phase, Status
from tests.consortium import (
    FLEET,
    LAB,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Party,
    cell,
    module,
    pack,
)
from tests.memory import World

FIGURES: dict[str, Json] = {
    "quantity": "capacity_mah",
    "base": 100_000,
    "measured": 79_999,
    "soh_permille": 799,
    "source": "bench",
}


def made(*packs: ItemId) -> World:
    world = World()
    for one in packs:
        world.log(world.story.pack_manufactured(one))
    return world


def measured(world: World, restricted: dict[str, Json]) -> str:
    claims = HealthMeasured(place=LAB.place, method=HealthMethod.CAPACITY_TEST)
    return world.story.tell(LAB, claims, pack(1), restricted=restricted)


# Health


def test_a_measurement_changes_the_history_and_nothing_else() -> None:
    world = made(pack(1))
    before = world.item(pack(1))
    world.log(measured(world, FIGURES))
    after = world.item(pack(1))
    assert (after.count, after.latest) == (2, world.ledger.size - 1)
    assert (after.tip, after.phase, after.custodian) == (before.tip, before.phase, before.custodian)


def test_the_state_of_health_is_what_was_measured_rounded_down() -> None:
    world = made(pack(1))
    for permille in (798, 800):
        refusal = world.refused(measured(world, FIGURES | {"soh_permille": permille}), "health.permille")
        assert refusal.facts == {"found": permille, "expected": 799}


@pytest.mark.parametrize("missing", FIGURES)
def test_a_measurement_has_all_its_figures(missing: str) -> None:
    world = made(pack(1))
    rest = {name: value for name, value in FIGURES.items() if name != missing}
    refusal = world.refused(measured(world, rest), "restricted.missing")
    assert refusal.facts == {"claim": missing}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("soh_permille", 2001),
        ("base", 0),
        ("measured", True),
        ("quantity", "volts"),
        ("soc_permille", 1001),
        ("temperature_dc", "25"),
        ("calibration_until", "2026-02-30"),
    ],
)
def test_a_figure_has_its_form(name: str, value: Json) -> None:
    world = made(pack(1))
    refusal = world.refused(measured(world, FIGURES | {name: value}), "restricted.form")
    assert refusal.facts["path"] == name


# Grading


def grade(world: World, item: ItemId, *events: str) -> str:
    one = Grade(item=item, rule="house@1", grade="b", decision=Decision.REUSE, measurements=events)
    return world.story.tell(SECOND_LIFE, ItemGraded(place=SECOND_LIFE.place, grades=(one,)))


def test_a_grade_rests_on_measurements_of_the_same_item() -> None:
    world = made(pack(1), pack(2))
    health = world.log(measured(world, FIGURES))
    for item, event in (
        (pack(2), health.id),
        (pack(1), str(world.item(pack(1)).tip)),
        (pack(1), "A" * 43),
    ):
        refusal = world.refused(grade(world, item, event), "grading.measurement", item)
        assert refusal.facts == {"event": event}
    world.log(grade(world, pack(1), health.id))
    assert world.item(pack(1)).count == 3


def test_only_graders_grade() -> None:
    world = made(pack(1))
    world.refused(world.story.item_graded(pack(1), by=FLEET), "org.role", FLEET.id)
    world.log(world.story.item_graded(pack(1), by=RECYCLER, decision=Decision.RECYCLE))


# Retirement


def test_a_retired_item_is_waste_in_its_holders_hands() -> None:
    world = made(pack(1), pack(2))
    event = world.log(world.story.item_retired(MAKER, pack(1), pack(2)))
    for one in (pack(1), pack(2)):
        item = world.item(one)
        assert (item.phase, item.status, item.custodian, item.tip) == (
            Phase.RETIRED,
            Status.WASTE,
            MAKER.id,
            event.id,
        )


def test_a_deployed_item_that_is_retired_has_no_application() -> None:
    world = made(pack(1))
    world.log(world.story.product_deployed(pack(1), by=MAKER, application=Application.UPS))
    world.log(world.story.item_retired(MAKER, pack(1)))
    assert world.item(pack(1)).application is None


# Corrections


def test_a_correction_changes_no_facet() -> None:
    world = made(pack(1))
    event = world.story.last
    before = world.item(pack(1))
    world.log(world.story.event_corrected(event, MAKER, {"manufactured_on": "2026-05-31"}))
    after = world.item(pack(1))
    assert (after.tip, after.made_on, after.count) == (before.tip, before.made_on, before.count + 1)


def test_an_event_that_is_not_logged_is_not_corrected() -> None:
    world = made(pack(1))
    world.story.item_retired(MAKER, pack(1))
    unlogged = world.story.last
    world.story.tips[pack(1)] = unlogged.prev[pack(1)]
    world.refused(
        world.story.event_corrected(unlogged, MAKER, {"reason": "fault"}), "correction.unknown", unlogged.id
    )


@pytest.mark.parametrize("other", [VEHICLE_MAKER, LAB])
def test_only_the_issuer_corrects(other: Party) -> None:
    world = made(pack(1))
    event = world.story.last
    refusal = world.refused(
        world.story.event_corrected(event, other, {"manufactured_on": "2026-05-31"}),
        "correction.issuer",
        event.id,
    )
    assert refusal.facts == {"issuer": str(MAKER.id)}


def test_registry_events_and_corrections_are_not_corrected() -> None:
    world = made(pack(1))
    model = world.log(world.story.model_declared(model=MAKER.model("X")))
    world.refused(world.story.event_corrected(model, MAKER, {"mass_g": 1}), "correction.registry", model.id)
    made_event = next(one for one in world.story.events.values() if one.type == "pack.manufactured")
    correction = world.log(world.story.event_corrected(made_event, MAKER, {"manufactured_on": "2026-05-31"}))
    world.refused(
        world.story.event_corrected(correction, MAKER, {"ground": "typing_error"}),
        "correction.registry",
        correction.id,
    )


def test_a_correction_mentions_exactly_the_items_of_the_event() -> None:
    world = World()
    event = world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    world.log(world.story.pack_manufactured(pack(2)))
    claims = EventCorrected(
        place=MAKER.place,
        event=event.id,
        ground=Ground.TYPING_ERROR,
        claims={"manufactured_on": "2026-05-31"},
    )
    for items in ((pack(1),), (pack(1), module(1), pack(2))):
        world.refused(world.story.tell(MAKER, claims, *items), "correction.items", event.id)


def test_a_correction_states_something() -> None:
    world = made(pack(1))
    event = world.story.last
    world.refused(world.story.event_corrected(event, MAKER), "correction.empty", event.id)


@pytest.mark.parametrize("claim", ["model", "mass_g", "modules", "cells_root", "label", "nonsense", "_sd"])
def test_a_claim_that_rules_read_is_not_corrected(claim: str) -> None:
    world = made(pack(1))
    event = world.story.last
    refusal = world.refused(
        world.story.event_corrected(event, MAKER, {claim: 1}), "correction.rule_claim", event.id
    )
    assert refusal.facts["claim"] == claim
    assert "manufactured_on" in str(refusal.facts["allowed"])


def test_a_corrected_claim_has_the_form_of_its_type() -> None:
    world = made(pack(1))
    event = world.story.last
    refusal = world.refused(
        world.story.event_corrected(event, MAKER, {"place": {"district": "nowhere"}}),
        "correction.form",
        event.id,
    )
    assert refusal.facts["path"] == "place.district"


def test_a_restricted_claim_is_corrected_under_the_names_of_the_events_type() -> None:
    world = made(pack(1))
    event = world.story.last
    text = world.story.event_corrected(event, MAKER, restricted={"vin": "LZZZZZZZ0R0000001"})
    world.refused(text, "restricted.name")
    world.log(world.story.event_corrected(event, MAKER, restricted={"test_report_sha256": "A" * 43}))


@pytest.mark.parametrize("name", ["cell_codes", "label_token"])
def test_what_was_checked_against_public_claims_is_not_corrected(name: str) -> None:
    world = World()
    event = world.log(world.story.pack_manufactured(pack(1), {module(1): [cell(1)]}))
    codes: Json = {"key": "A" * 43, "codes": {str(module(1)): [cell(2).value]}}
    restated: Json = codes if name == "cell_codes" else "TOKEN"
    text = world.story.event_corrected(event, MAKER, restricted={name: restated})
    refusal = world.refused(text, "correction.bound", event.id)
    assert refusal.facts == {"claim": name}


@pytest.mark.parametrize("name", ["quantity", "base", "measured", "soh_permille"])
def test_a_state_of_health_is_restated_whole_or_not_at_all(name: str) -> None:
    world = made(pack(1))
    event = world.log(measured(world, FIGURES))
    alone = world.story.event_corrected(event, LAB, restricted={name: FIGURES[name]})
    world.refused(alone, "restricted.missing")
    whole = {one: FIGURES[one] for one in ("base", "measured", "soh_permille")} | {name: FIGURES[name]}
    better = world.story.event_corrected(event, LAB, restricted=whole | {"soh_permille": 1_000})
    refusal = world.refused(better, "health.permille")
    assert refusal.facts == {"found": 1_000, "expected": 799}
    world.log(world.story.event_corrected(event, LAB, restricted=whole))


def test_a_correction_of_a_measurement_need_not_repeat_its_figures() -> None:
    world = made(pack(1))
    event = world.log(measured(world, FIGURES))
    world.log(world.story.event_corrected(event, LAB, restricted={"cycles": 12}))
