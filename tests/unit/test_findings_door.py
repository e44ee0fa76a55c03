"""Findings at the door: measurements against their calibration and against the one before."""

from dataclasses import replace

import pytest

from ledger.findings.door import Figures, Measurement, compare, figures_of
from ledger.instants import Day
from tests.consortium import LAB, MAKER, pack

NOW = Measurement(
    item=pack(1),
    event="A" * 43,
    earlier=None,
    issuer=LAB.id,
    holder=MAKER.id,
    day=Day(2026, 6, 1),
    figures=Figures("capacity_mah", 800, 1_000),
    calibration_until=None,
    raised_permille=20,
)


def found(new: Measurement, earlier: Figures | None = None) -> list[str]:
    return [one.rule for one in compare(new, earlier)]


@pytest.mark.parametrize(
    ("until", "expected"),
    [(None, []), (Day(2026, 6, 1), []), (Day(2026, 5, 31), ["health.calibration"])],
)
def test_a_calibration_is_good_on_its_last_day(until: Day | None, expected: list[str]) -> None:
    assert found(replace(NOW, calibration_until=until)) == expected


@pytest.mark.parametrize(("before", "expected"), [(800, []), (780, []), (779, ["health.rising"])])
def test_a_health_that_rises_beyond_the_measurement_error_is_a_finding(
    before: int, expected: list[str]
) -> None:
    assert found(NOW, Figures("capacity_mah", before, None)) == expected


def test_different_quantities_are_not_compared() -> None:
    assert found(NOW, Figures("energy_wh", 500, None)) == []


@pytest.mark.parametrize(("before", "expected"), [(1_000, []), (1_001, ["health.cycles_falling"])])
def test_cycles_that_fall_are_a_finding(before: int, expected: list[str]) -> None:
    assert found(NOW, Figures("energy_wh", 800, before)) == expected


def test_cycles_that_nobody_told_are_not_compared() -> None:
    untold = replace(NOW, figures=replace(NOW.figures, cycles=None))
    assert found(untold, Figures("energy_wh", 800, 5_000)) == []


def test_a_finding_of_the_door_names_the_parties_and_repeats_no_value() -> None:
    [remark] = compare(NOW, Figures("capacity_mah", 500, None))
    assert (remark.org, remark.other) == (LAB.id, MAKER.id)
    assert remark.facts == {"on": "2026-06-01"}


@pytest.mark.parametrize(
    "kept", [{}, {"quantity": "capacity_mah"}, {"soh_permille": 800}, {"quantity": "x", "soh_permille": "y"}]
)
def test_what_too_little_is_kept_of_is_not_compared(kept: dict[str, object]) -> None:
    assert figures_of(kept) is None
