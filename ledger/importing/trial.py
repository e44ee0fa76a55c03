"""What the ledger would say of a table's events, asked of its own rules before anybody signs. Does no I/O.

Each event is applied to the states that the ones before it leave, as the writer will do with the signed one.
One that is refused changes nothing, so nobody reads about what only follows from it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ledger import lifecycle
from ledger.errors import LedgerError, Refusal
from ledger.events.envelope import MAX_JWS_BYTES, MAX_PREV, Event, build, check_shape
from ledger.identifiers import ItemId
from ledger.importing.placing import place_refusal
from ledger.importing.problems import Problem
from ledger.importing.statements import Checked, Statement
from ledger.instants import Instant
from ledger.state import Item, Organisation, RegisteredKey, event_fact
from ledger.wording import Wording
from ledger.workspace import Workspace, logged_event

_NO_JTI: Final = "00000000-0000-7000-8000-000000000000"
_BESIDE_CLAIMS: Final = 400
"""At most so many characters has a JWS beside its claims: header, signature, points."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that the ledger would take, to be signed.

    Attributes:
        name: what later drafts call it, as long as it has no id.
        statement: what it says.
        prev: of each item the ledger's tip, the name of the earlier draft that changes it, or None.
    """

    name: str
    statement: Statement
    prev: Mapping[ItemId, str | None]


@dataclass(frozen=True, slots=True)
class Tried:
    """The events that would be taken, and a problem for each of the others, in the order of the table."""

    drafts: tuple[Draft, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Under whose key, at which place of the log and when (ms since 1970) events are tried.

    `words` puts what refuses an event into the language of who asks.
    """

    key: RegisteredKey
    origin: str
    index: int
    now_ms: int
    words: Callable[[Refusal], Wording]

    def run(self, checked: Checked, statements: Iterable[Statement], workspace: Workspace) -> Tried:
        """Try events in their order, over the states of a workspace."""
        wanted = list(statements)
        self._fetch(wanted, workspace)
        drafts: list[Draft] = []
        problems: list[Problem] = []
        for one in wanted:
            try:
                drafts.append(self._take(one, f"draft-{len(drafts)}", self.index + len(drafts), workspace))
            except Refusal as refusal:
                problems.append(self._problem(checked, one, refusal))
            except _TooLargeError:
                problems.append(checked.plan.problem((one.rows[0], -1), "import.event_large"))
        return Tried(tuple(drafts), tuple(problems))

    def _fetch(self, statements: Iterable[Statement], workspace: Workspace) -> None:
        """Read at once what the events will look up, as far as that is known before the first is applied."""
        events = [self._event(one, "", dict.fromkeys(one.items)) for one in statements]
        workspace.fetch({key for event in events for key in lifecycle.reads(event)})

    def _take(self, one: Statement, name: str, index: int, workspace: Workspace) -> Draft:
        prev = {item: _tip(workspace, item) for item in one.items}
        event = self._event(one, name, prev)
        if len(prev) > MAX_PREV or _jws_bytes(event, one) > MAX_JWS_BYTES:
            raise _TooLargeError
        check_shape(event)
        states = workspace.view(lifecycle.reads(event))
        changed = lifecycle.apply(states, event, index=index, logged_at_ms=self.now_ms)
        lifecycle.check_restricted(states, event, one.restricted)
        workspace.put({**changed, event_fact(name): logged_event(event, index)})
        return Draft(name, one, prev)

    def _problem(self, checked: Checked, one: Statement, refusal: Refusal) -> Problem:
        item, words = refusal.item or "", self.words(refusal)
        return place_refusal(checked, one, refusal.rule, words, item=item, facts=refusal.facts)

    def _event(self, one: Statement, name: str, prev: Mapping[ItemId, str | None]) -> Event:
        return Event(
            id=name,
            kid=self.key.kid,
            aud=self.origin,
            iss=self.key.org,
            jti=_NO_JTI,
            iat=self.now_ms // 1000,
            type=one.claims.row.type,
            at=one.at or Instant.from_ms(self.now_ms),
            prev=prev,
            claims=one.claims,
        )


class _TooLargeError(LedgerError):
    """The event names more than one may."""


def _tip(workspace: Workspace, item: ItemId) -> str | None:
    found = workspace.get(item)
    return found.tip if isinstance(found, Item | Organisation) else None


def _jws_bytes(event: Event, one: Statement) -> int:
    payload = build(
        event.claims,
        aud=event.aud,
        iss=event.iss,
        jti=event.jti,
        iat=event.iat,
        at=event.at,
        # A name is shorter than the id that will stand in its place.
        prev={item: None if tip is None else "A" * 43 for item, tip in event.prev.items()},
        sd=["A" * 43] * len(one.restricted),
    )
    return len(payload) * 4 // 3 + _BESIDE_CLAIMS
