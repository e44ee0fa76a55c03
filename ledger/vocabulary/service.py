"""Code lists of use: vehicles, health, repair, incidents and recalls."""

from enum import StrEnum


class RemovalReason(StrEnum):
    """Why a pack leaves its vehicle."""

    REPAIR = "repair"
    REPLACEMENT = "replacement"
    SCRAPPING = "scrapping"
    RECALL = "recall"


class VehicleUse(StrEnum):
    """What a sold vehicle is used for."""

    PRIVATE = "private"
    BUS = "bus"
    TAXI = "taxi"
    SANITATION = "sanitation"
    LOGISTICS = "logistics"
    OFFICIAL = "official"
    RENTAL = "rental"
    OTHER = "other"


class Condition(StrEnum):
    """How an item looks at a hand-over."""

    SOUND = "sound"
    DAMAGED = "damaged"
    LEAKING = "leaking"
    SWOLLEN = "swollen"
    FLOODED = "flooded"
    BURNT = "burnt"
    OPENED = "opened"
    INCOMPLETE = "incomplete"


class CheckItem(StrEnum):
    """A line of the transport check list answered "yes", which means unfit (GB/T 38698.1-2020, Annex A).

    The standard's own wording is not public; the codes name the conditions it is reported to ask about.
    """

    LEAKAGE = "leakage"
    SMOKE_OR_HEAT = "smoke_or_heat"
    DEFORMATION = "deformation"
    BROKEN_CASING = "broken_casing"
    EXPOSED_TERMINALS = "exposed_terminals"
    INSULATION_FAULT = "insulation_fault"
    FIRE_DAMAGE = "fire_damage"
    WATER_DAMAGE = "water_damage"
    OPENED_WITHOUT_RECORD = "opened_without_record"


class HealthMethod(StrEnum):
    """How a state of health was found."""

    CAPACITY_TEST = "capacity_test"
    ENERGY_TEST = "energy_test"
    RESISTANCE_TEST = "resistance_test"
    BMS_READING = "bms_reading"
    PARTIAL_CYCLE = "partial_cycle"


class HealthQuantity(StrEnum):
    """What was measured; the unit is part of the name."""

    CAPACITY_MAH = "capacity_mah"
    ENERGY_WH = "energy_wh"
    RESISTANCE_UOHM = "resistance_uohm"


class HealthSource(StrEnum):
    """Where the figure came from."""

    BMS = "bms"
    BENCH = "bench"


class IncidentKind(StrEnum):
    """What happened to a battery that may make it unsafe."""

    FIRE = "fire"
    SMOKE = "smoke"
    LEAKAGE = "leakage"
    CRASH = "crash"
    FLOODING = "flooding"
    DROP = "drop"
    OVERHEATING = "overheating"
    INSULATION_FAULT = "insulation_fault"
    OTHER = "other"


class Severity(StrEnum):
    """How bad an incident was."""

    MINOR = "minor"
    SERIOUS = "serious"
    SEVERE = "severe"


class RepairStage(StrEnum):
    """Whether a repair is part of production or of service."""

    PRODUCTION = "production"
    SERVICE = "service"


class RecallRemedy(StrEnum):
    """What a recall asks for."""

    INSPECT = "inspect"
    SOFTWARE = "software"
    REPAIR = "repair"
    REPLACE = "replace"
    STOP_USE = "stop_use"
