"""Findings at the door: on restricted claims, whose values only the door sees and no replay can read.

A finding says which measurement contradicts which; it never repeats a value, so that erasing a disclosure
leaves nothing of it here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.events import Claims
from ledger.events.envelope import Event
from ledger.events.service import HealthMeasured
from ledger.events.vehicle import PackFitted
from ledger.findings.remark import Applied, Remark, others
from ledger.identifiers import ItemId
from ledger.instants import Day, format_day


@dataclass(frozen=True, slots=True)
class Figures:
    """What is compared of a measurement: quantity, state of health in permille, and cycles if told."""

    quantity: str
    soh_permille: int
    cycles: int | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """One item measured by one event, at the door; `earlier`: the one before it since the last repair."""

    item: ItemId
    event: str
    earlier: str | None
    issuer: ItemId
    holder: ItemId | None
    day: Day
    figures: Figures
    calibration_until: Day | None
    raised_permille: int


NAMES: Final = frozenset({"quantity", "soh_permille", "cycles"})
"""The restricted claims of `health.measured` that `figures_of` reads."""
RESTS_ON: Final[Mapping[str, tuple[type[Claims], str]]] = {
    "health.calibration": (HealthMeasured, "calibration_until"),
    "health.cycles_falling": (HealthMeasured, "cycles"),
    "health.rising": (HealthMeasured, "soh_permille"),
    "vehicle.second_vin": (PackFitted, "vin"),
}
"""The claim that each rule of the door rests on: who may read it may see the finding."""


def measured(applied: Applied, values: Mapping[str, Any]) -> tuple[Measurement, ...]:
    """Return the measurements of an event with its restricted claims; none for any other event."""
    event = applied.event
    figures = figures_of(values) if isinstance(event.claims, HealthMeasured) else None
    if figures is None:
        return ()
    return tuple(
        Measurement(
            item=item,
            event=event.id,
            earlier=_earlier(applied, item),
            issuer=event.iss,
            holder=others(event.iss, applied.custodian(item)),
            day=event.at.day,
            figures=figures,
            calibration_until=values.get("calibration_until"),
            raised_permille=applied.limits.limit("health.rising"),
        )
        for item in event.subjects
    )


def _earlier(applied: Applied, item: ItemId) -> str | None:
    known = applied.before(item)
    return None if known is None else known.measured


def figures_of(values: Mapping[str, Any]) -> Figures | None:
    """Return the figures among restricted claims, None where too little of them is kept."""
    quantity, permille = values.get("quantity"), values.get("soh_permille")
    if quantity is None or not isinstance(permille, int):
        return None
    cycles = values.get("cycles")
    return Figures(str(quantity), permille, cycles if isinstance(cycles, int) else None)


def compare(new: Measurement, earlier: Figures | None) -> Iterator[Remark]:
    """Yield what a measurement contradicts: its calibration, or the one before it since the last repair."""
    if new.calibration_until is not None and new.calibration_until < new.day:
        yield _remark("health.calibration", new)
    if earlier is None:
        return
    rise = new.figures.soh_permille - earlier.soh_permille
    if new.figures.quantity == earlier.quantity and rise > new.raised_permille:
        yield _remark("health.rising", new)
    if new.figures.cycles is not None and earlier.cycles is not None and new.figures.cycles < earlier.cycles:
        yield _remark("health.cycles_falling", new)


def second_vin(event: Event, vehicle: str, others_of_it: Collection[str]) -> Iterator[Remark]:
    """Yield that a VIN is another live vehicle's too; neither finding nor fact says which VIN."""
    other = min((one for one in others_of_it if one != vehicle), default=None)
    if other is not None:
        yield Remark(rule="vehicle.second_vin", subject=vehicle, org=event.iss, facts={"vehicle": other})


def _remark(rule: str, new: Measurement) -> Remark:
    return Remark(
        rule=rule,
        subject=str(new.item),
        org=new.issuer,
        other=new.holder,
        facts={"on": format_day(new.day)},
    )
