"""A table against a ledger that keeps nothing: every event as it would be sent, as a dry run.

An event that is refused is one problem; those of the same table that build on it are tried again as if it
were not there, so that nobody reads about what only follows. Events that share items travel in one request,
because a dry run forgets the request before.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.client import Client
from cli.importing.chain import Pen, Signed, sign_all, together
from cli.submit import DONE, MAX_BYTES, MAX_EVENTS, send
from ledger.identifiers import ItemId
from ledger.importing.placing import place_refusal
from ledger.importing.problems import Problem
from ledger.importing.statements import Checked, Statement
from ledger.wording import Wording

DRY_RUN: Final = "/v1/events?dry_run=1"
MAX_ROUNDS: Final = 8


@dataclass(frozen=True, slots=True)
class Tried:
    """What the ledger said: problems in the order of the table, and how many events it was not asked about.

    Attributes:
        problems: one for each event that was refused.
        unchecked: events that build on more than a thousand others of the table, or on a refused one.
    """

    problems: tuple[Problem, ...]
    unchecked: int


def try_all(
    client: Client,
    checked: Checked,
    statements: Sequence[Statement],
    pen: Pen,
    tips: Mapping[ItemId, str | None],
    *,
    tries: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Tried:
    """Ask the ledger about every event; nothing is kept, here or there.

    Raises:
        CliError: the ledger does not answer.
    """
    problems: list[Problem] = []
    waiting = together(statements)
    unchecked = 0
    for _ in range(MAX_ROUNDS):
        again: list[list[Statement]] = []
        for groups in _requests(waiting):
            asked, left = _signed(groups, pen, tips)
            unchecked += left
            results = send(client, DRY_RUN, [one.text for one in asked], tries)
            refused = _refused(asked, results, checked, problems)
            again += [some for group in groups if (some := _again(group, refused))]
            progress(sum(len(group) for group in groups) - sum(len(group) for group in again))
        if not again:
            break
        waiting = again
    else:
        unchecked += sum(len(group) for group in waiting)
    return Tried(tuple(problems), unchecked)


def _signed(
    groups: Sequence[Sequence[Statement]], pen: Pen, tips: Mapping[ItemId, str | None]
) -> tuple[list[Signed], int]:
    signed = [one for group in groups for one in sign_all(group, pen, tips)]
    some = list[Signed]()
    size = 0
    for one in signed[:MAX_EVENTS]:
        size += len(one.text)
        if size > MAX_BYTES and some:
            break
        some.append(one)
    return some, len(signed) - len(some)


def _requests(groups: Sequence[list[Statement]]) -> Iterator[list[list[Statement]]]:
    """Yield as many groups as one request takes; a group that is larger travels alone."""
    some: list[list[Statement]] = []
    count = 0
    for group in groups:
        if some and (count + len(group) > MAX_EVENTS):
            yield some
            some, count = [], 0
        some.append(group)
        count += len(group)
    if some:
        yield some


@dataclass(frozen=True, slots=True)
class _Refused:
    """Which statements were refused for themselves, and which only because they build on those."""

    own: frozenset[int]
    follow: frozenset[int]


def _refused(
    asked: Sequence[Signed], results: Sequence[dict[str, Any]], checked: Checked, problems: list[Problem]
) -> _Refused:
    own, follow, lost = set[int](), set[int](), set[str]()
    for one, result in zip(asked, results, strict=True):
        if result["result"] in DONE:
            continue
        follows = any(event in lost for event in one.prev.values())
        lost.add(one.id)
        (follow if follows else own).add(one.statement.rows[0])
        if not follows:
            problems.append(problem_of(checked, one.statement, result.get("problem") or {}))
    return _Refused(frozenset(own), frozenset(follow))


def _again(group: Sequence[Statement], refused: _Refused) -> list[Statement]:
    if not any(one.rows[0] in refused.follow for one in group):
        return []
    return [one for one in group if one.rows[0] not in refused.own]


def problem_of(checked: Checked, statement: Statement, told: Mapping[str, Any]) -> Problem:
    """Return what the ledger says of an event as a problem of the table, at the cell it most likely means."""
    rule = str(told.get("rule") or "ledger")
    words = Wording(*(str(told.get(name) or "") for name in ("title", "detail", "remedy")))
    facts = told.get("facts") or {}
    return place_refusal(checked, statement, rule, words, item=str(told.get("item") or ""), facts=facts)
