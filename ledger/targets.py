"""Recovery targets as data: who asks for which share of a metal, from when, and how sure we are of it.

A figure is shown beside a target; that it is met, or must be met by this firm, is not said anywhere.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated, Final

from crypto import strictjson
from ledger.claims import decode
from ledger.fields import Date, Permille, text
from ledger.instants import Day
from ledger.vocabulary import Element

_FILE: Final = "targets.json"
TargetName = Annotated[str, text(r"[a-z0-9-]{1,40}", "a name of a target")]
Basis = Annotated[str, text(r"[ -~]{1,300}", "the legal basis")]
BasisStatus = Annotated[str, text("primary|secondary|unverified", "how sure the basis is")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target: at least `permille` of an element in what went in.

    Attributes:
        id: the rule and its stage.
        element: the element.
        permille: the share asked for.
        since: from which day; None where the day is not known to us.
        basis: the rule.
        basis_status: `primary` where its text was read, `secondary` where a text about it was, else
            `unverified`.
    """

    id: TargetName
    element: Element
    permille: Permille
    since: Date | None = None
    basis: Basis
    basis_status: BasisStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class _Targets:
    targets: tuple[Target, ...]


@cache
def all_targets() -> tuple[Target, ...]:
    """Return every target, in the order of the file."""
    told = strictjson.loads(resources.files("ledger").joinpath(_FILE).read_bytes())
    return decode(_Targets, told).targets


def targets_of(element: str, day: Day | None = None) -> tuple[Target, ...]:
    """Return the targets for an element; with a day those that are in force on it."""
    return tuple(
        one
        for one in all_targets()
        if one.element == element and (day is None or one.since is None or one.since <= day)
    )
