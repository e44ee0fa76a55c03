"""One submission that must be refused."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.refusals.world import World

SD_JWT = "application/sd-jwt"


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent, and the status and rule that answer it; `build` makes the body from the world."""

    kind: str
    name: str
    status: int
    rule: str
    build: Callable[[World], str]
    media_type: str = SD_JWT


def case(
    cases: list[Case], kind: str, name: str, status: int, rule: str, *, media_type: str = SD_JWT
) -> Callable[[Callable[[World], str]], Callable[[World], str]]:
    """Add a builder to a list of cases."""

    def add(build: Callable[[World], str]) -> Callable[[World], str]:
        cases.append(Case(kind, name, status, rule, build, media_type))
        return build

    return add
