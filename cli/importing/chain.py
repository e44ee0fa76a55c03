"""Statements into signed events: `prev` from the ledger's tips, then from the events of this very table.

The id of an event is known before it is sent, so rows that build on each other are chained here and signed
before anything leaves this machine.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cli.client import Client
from cli.signing import new_jti, sign_event
from crypto.keys import Signer
from ledger.events.envelope import MAX_JWS_BYTES, event_id
from ledger.identifiers import ItemId
from ledger.importing.statements import Statement
from ledger.instants import Instant

LOOKUP: Final = 1_000


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed event of a table: its id, its text, and whether the ledger can take it at all."""

    statement: Statement
    id: str
    text: str
    prev: Mapping[ItemId, str | None]

    @property
    def too_large(self) -> bool:
        """Whether it names more than an event can."""
        return len(self.text.partition("~")[0]) > MAX_JWS_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Who signs for which log, and the clock in milliseconds since 1970."""

    signer: Signer
    issuer: ItemId
    origin: str
    now_ms: Callable[[], int]

    def sign(self, statement: Statement, prev: Mapping[ItemId, str | None]) -> Signed:
        """Return the event of a statement, every restricted claim behind a salt of its own."""
        now_ms = self.now_ms()
        text = sign_event(
            statement.claims,
            self.signer,
            aud=self.origin,
            iss=self.issuer,
            jti=new_jti(now_ms),
            iat=now_ms // 1000,
            at=statement.at or Instant.from_ms(now_ms),
            prev=prev,
            restricted=statement.restricted,
        )
        signing_input = text.partition("~")[0].rpartition(".")[0]
        return Signed(statement, event_id(signing_input.encode("ascii")), text, prev)


def tips_of(client: Client, statements: Iterable[Statement]) -> dict[ItemId, str | None]:
    """Return the tip that the ledger has for each item of the statements; None where it has no such item.

    Raises:
        CliError: the ledger does not answer.
    """
    items = list(dict.fromkeys(item for one in statements for item in one.items))
    found: dict[ItemId, str | None] = {}
    for start in range(0, len(items), LOOKUP):
        some = items[start : start + LOOKUP]
        for item, answer in zip(some, client.lookup([str(one) for one in some]), strict=True):
            state = answer["state"] if answer["id"] == str(item) else None
            found[item] = None if state is None else state["tip"]
    return found


def sign_all(statements: Sequence[Statement], pen: Pen, tips: Mapping[ItemId, str | None]) -> list[Signed]:
    """Return the events in their order, each built on what the ledger or an earlier one of them left."""
    now = dict(tips)
    found = []
    for one in statements:
        items = one.items
        signed = pen.sign(one, {item: now.get(item) for item in items})
        if one.claims.row.act:
            mentioned = frozenset(one.claims.mentioned())
            now |= {item: signed.id for item in items if item not in mentioned}
        found.append(signed)
    return found


def together(statements: Sequence[Statement]) -> list[list[Statement]]:
    """Return the statements in groups that share no item, in the order of the first of each group."""
    leader: dict[ItemId, int] = {}
    group_of = list(range(len(statements)))

    def find(one: int) -> int:
        while group_of[one] != one:
            group_of[one] = group_of[group_of[one]]
            one = group_of[one]
        return one

    for place, statement in enumerate(statements):
        for item in statement.items:
            first, second = find(leader.setdefault(item, place)), find(place)
            group_of[max(first, second)] = min(first, second)
    groups: dict[int, list[Statement]] = {}
    for place, statement in enumerate(statements):
        groups.setdefault(find(place), []).append(statement)
    return list(groups.values())
