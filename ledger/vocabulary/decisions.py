"""Code lists of grounds, decisions and outcomes."""

from enum import StrEnum


class Ground(StrEnum):
    """Why a record is corrected, suspended or revoked."""

    TYPING_ERROR = "typing_error"
    WRONG_ITEM = "wrong_item"
    MEASUREMENT_ERROR = "measurement_error"
    SYSTEM_ERROR = "system_error"
    LATE_INFORMATION = "late_information"
    COURT_ORDER = "court_order"
    AUTHORITY_ORDER = "authority_order"
    LICENCE_LAPSED = "licence_lapsed"
    BREACH_OF_DUTY = "breach_of_duty"
    INSOLVENCY = "insolvency"
    OWN_REQUEST = "own_request"


class DisputeOutcome(StrEnum):
    """How a dispute ends; custody moves only where the outcome says so."""

    CUSTODIAN_KEEPS = "custodian_keeps"
    CLAIMANT_TAKES = "claimant_takes"
    WITHDRAWN = "withdrawn"


class RetirementReason(StrEnum):
    """Why a battery is declared waste."""

    CAPACITY_FADE = "capacity_fade"
    DAMAGE = "damage"
    FAULT = "fault"
    RECALL = "recall"
    END_OF_VEHICLE = "end_of_vehicle"
    END_OF_SECOND_USE = "end_of_second_use"
    PRODUCTION_SCRAP = "production_scrap"
    OTHER = "other"


class Decision(StrEnum):
    """What a grading decides."""

    REUSE = "reuse"
    REPURPOSE = "repurpose"
    RECYCLE = "recycle"
