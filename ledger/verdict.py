"""How a check ends: what is verified, what is disproved, and what nobody here can tell."""

from enum import StrEnum


class Verdict(StrEnum):
    """The end of one check. Only `OK` is a success: what is unknown is never taken for verified."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"
