"""How a check ends: what is verified, what is disproved, and what nobody here can tell."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crypto.errors import CryptoError
from crypto.strictjson import Json
from ledger.errors import LedgerError


class Verdict(StrEnum):
    """The end of one check. Only `OK` is a success: what is unknown is never taken for verified."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """How a check ended.

    Attributes:
        verdict: ok, failed or unknown.
        reason: A short code that says why.
        facts: What was found, by name.
    """

    verdict: Verdict
    reason: str
    facts: Mapping[str, str | int]

    def to_json(self) -> dict[str, Json]:
        """Return the result as an object."""
        return {"verdict": self.verdict.value, "reason": self.reason, **self.facts}


def ok(reason: str, **facts: str | int) -> Result:
    """Return the result of a check that holds."""
    return Result(Verdict.OK, reason, facts)


def failed(reason: str, **facts: str | int) -> Result:
    """Return the result of a check that does not hold."""
    return Result(Verdict.FAILED, reason, facts)


def unknown(reason: str, **facts: str | int) -> Result:
    """Return the result of a check that nobody here can make."""
    return Result(Verdict.UNKNOWN, reason, facts)


class Checked:
    """What was checked: `checks` holds the result of each check by its name."""

    __slots__ = ()
    checks: Mapping[Any, Result]

    @property
    def ok(self) -> bool:
        """Whether every check is ok; what is unknown is not."""
        return all(result.verdict is Verdict.OK for result in self.checks.values())

    @property
    def failed(self) -> bool:
        """Whether any check is failed."""
        return any(result.verdict is Verdict.FAILED for result in self.checks.values())

    def checks_to_json(self) -> dict[str, Json]:
        """Return the result of each check as an object."""
        return {check.value: result.to_json() for check, result in self.checks.items()}


class CheckRefusal(LedgerError):  # noqa: N818  a refusal is the word of the domain
    """What is checked does not hold; `reason` is the short code that says why."""

    def __init__(self, reason: str, why: str = "") -> None:
        super().__init__(why)
        self.reason = reason


@dataclass(slots=True)
class Worst:
    """The result of a check over many things: the first failure, else the first doubt, else ok."""

    result: Result = field(default_factory=lambda: ok("ok"))

    def failed(self, reason: str, **facts: str | int) -> None:
        """Take in that one of them does not hold."""
        if self.result.verdict is not Verdict.FAILED:
            self.result = failed(reason, **facts)

    def unknown(self, reason: str, **facts: str | int) -> None:
        """Take in that one of them cannot be told."""
        if self.result.verdict is Verdict.OK:
            self.result = unknown(reason, **facts)

    @contextmanager
    def taking(self, reason: str, **facts: str | int) -> Iterator[None]:
        """Take what is refused inside for a failure, by its own reason where it has one."""
        try:
            yield
        except CheckRefusal as error:
            why = {"why": str(error)} if str(error) else {}
            self.failed(error.reason, **why, **facts)
        except (CryptoError, LedgerError) as error:
            self.failed(reason, why=str(error), **facts)
