"""Statistics, offers and accounts that a server tells, held to the replay after as many entries as they say.

While others write, answers are about more entries than were read: those that are not equal wait until the
replay has come to their size, and are compared there. Where there are too many lots, steps or firms to ask
for all, those are asked for that a public seed draws; of histories always some.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, TypeVar

from crypto.note import VerifierKey
from crypto.strictjson import Json
from ledger.audit.answers import Answer, AnswerError, Place, Question
from ledger.audit.findings import TOO_NEW, TOO_OLD, Finding, Findings, Kind
from ledger.audit.items import differing, same
from ledger.audit.own import Own, Row
from ledger.audit.questions import MAX_EVENTS, OfHistory, OfLot, OfOffers, OfStatistics, OfStep
from ledger.audit.replay import Replay
from ledger.audit.report import Counts
from ledger.audit.sample import digest_of
from ledger.audit.searches import OfSearch
from ledger.audit.source import NotServedError, Teller
from ledger.audit.stopped import OfStopList
from ledger.audit.trees import OfTree
from ledger.identifiers import ItemId
from ledger.measures import ALLOWED, CHINA
from ledger.state import Item, Organisation
from ledger.ties import Course

MAX_ASKED: Final = 1_000
"""How many lots, steps and firms at most are asked for."""
MAX_STOPS: Final = 32
"""At how many sizes at most answers are compared that were about more entries than were read."""
MAX_HISTORIES: Final = 100
"""How many histories are asked for, event by event; as many again of what a compromised key has signed."""
MAX_TREES: Final = 100
"""How many trees of parts and generations are asked for, of items that have any."""
MAX_SEARCHES: Final = 100
"""How many items are searched for."""
T = TypeVar("T")


@dataclass(slots=True)
class Asking:
    """Asks for all of it and compares.

    Attributes:
        keys: returns the keys of the log, as far as its entries were read.
        seed: the public seed of the draw.
        waiting: what is compared once the replay has come to a size.
        drawn: whether there was more than was asked for.
    """

    teller: Teller
    replay: Replay
    findings: Findings
    counts: Counts
    keys: Callable[[], Sequence[VerifierKey]]
    seed: str
    waiting: dict[int, list[tuple[Question, Answer]]] = field(default_factory=dict)
    drawn: bool = False

    def ask(self, size: int) -> Iterator[tuple[int, int]]:
        """Ask, and compare what is about the entries that were read; yield how far it is and of how much."""
        own = Own(self.replay, size)
        questions = self._questions(own)
        try:
            for done, question in enumerate(questions, start=1):
                self._ask(question, own)
                yield done, len(questions)
        finally:
            own.close()

    def reach(self, size: int) -> None:
        """Compare what waited for this size."""
        own = Own(self.replay, size)
        try:
            for question, answer in self.waiting.pop(size, ()):
                self._compare(question, answer, own)
        finally:
            own.close()

    def give_up(self) -> None:
        """Say of what is still waiting that it could not be compared."""
        for size, some in sorted(self.waiting.items()):
            for question, _ in some:
                self._find(question, TOO_NEW, size=size)
        self.waiting.clear()

    def _questions(self, own: Own) -> list[Question]:
        states = self.replay.states
        ids = [key for key in states if isinstance(key, ItemId)]
        lots = self._some((one for one in ids if one.is_lot), str, MAX_ASKED)
        firms = self._some((one for one in ids if one.is_org), str, MAX_ASKED)
        short = [one for one in ids if self._events(one) <= MAX_EVENTS]
        touched = (one for one in short if own.amber().has_touched(one))
        shown = dict.fromkeys(
            [*self._some(short, str, MAX_HISTORIES), *self._some(touched, str, MAX_HISTORIES)]
        )
        grown = self._some((one for one in ids if self._has_grown(one, own)), str, MAX_TREES)
        sought = self._some((one for one in ids if not one.is_org), str, MAX_SEARCHES)
        steps = self._some(self.replay.acts.of(Course.PROCESSED), lambda tied: tied.event, MAX_ASKED)
        return [
            *(OfStatistics(measure, by, self._until()) for measure, some in ALLOWED.items() for by in some),
            *(OfOffers(firm, to) for firm in firms for to in (True, False)),
            *(OfLot(lot) for lot in lots),
            *(OfStep(tied) for tied in steps),
            *(OfHistory(one) for one in shown),
            *(OfTree(one) for one in grown),
            *(OfSearch.of(one, states, self.seed) for one in sought),
            OfStopList(self.keys),
        ]

    def _has_grown(self, item: ItemId, own: Own) -> bool:
        return item in own.survey().parts or self.replay.acts.ties(str(item))

    def _events(self, item: ItemId) -> int:
        state = self.replay.states.get(item)
        return state.count if isinstance(state, Item | Organisation) else 0

    def _until(self) -> date:
        """Return the day of the last entry in China: whatever the clocks say, a day that both can name."""
        return datetime.fromtimestamp(self.replay.latest_ms // 1000, tz=CHINA).date()

    def _some(self, found: Iterable[T], name: Callable[[T], str], most: int) -> list[T]:
        some = heapq.nsmallest(most + 1, found, key=lambda one: digest_of(self.seed, name(one)))
        self.drawn = self.drawn or len(some) > most
        return some[:most]

    def _ask(self, question: Question, own: Own) -> None:
        try:
            answer = question.ask(self.teller)
        except NotServedError as error:
            self._find(question, "not_served", why=str(error))
        except AnswerError:
            self._find(question, "answer")
        else:
            self._compare(question, answer, own)

    def _compare(self, question: Question, answer: Answer, own: Own) -> None:
        expected = question.expected(own, answer)
        if same(answer.told, expected):
            self._count(question, answer)
        elif answer.whole and answer.size > own.size and self._may_wait(answer.size):
            self.waiting.setdefault(answer.size, []).append((question, answer))
        elif answer.size != own.size or not answer.whole:
            reason = TOO_OLD if answer.size < own.size else TOO_NEW
            self._find(question, reason, size=answer.size)
        else:
            self._differs(question, answer.told, expected)

    def _may_wait(self, size: int) -> bool:
        return size in self.waiting or len(self.waiting) < MAX_STOPS

    def _count(self, question: Question, answer: Answer) -> None:
        match question.kind:
            case Kind.STATISTICS:
                self.counts.statistics += 1
            case Kind.OFFER:
                self.counts.offers += 1
            case Kind.HISTORY:
                self.counts.histories += 1
            case Kind.TREE:
                self.counts.trees += 1
            case Kind.SEARCH:
                self.counts.searches += 1
            case Kind.GATE:
                self.counts.stopped += len(answer.told)
            case _:
                self.counts.accounts += 1

    def _differs(self, question: Question, told: Row, expected: Row) -> None:
        """Of each place name the first figure that is wrong, and say how many there are."""
        wrong = dict[Place, list[str]]()
        for name in dict.fromkeys([*expected, *told]):
            if name not in told or name not in expected or not same(told[name], expected[name]):
                wrong.setdefault(question.place(name), []).append(name)
        for place, names in wrong.items():
            self._find(question, _reason(names[0], told, expected), place, **_facts(names, told, expected))

    def _find(self, question: Question, reason: str, place: Place | None = None, **facts: object) -> None:
        found = question.place() if place is None else place
        self.findings.add(
            Finding(
                kind=question.kind,
                reason=reason,
                index=found.index,
                event=found.event,
                item=found.item,
                follows=self.replay.doubt.first,
                facts={**question.facts, **facts},
            )
        )


def _reason(name: str, told: Row, expected: Row) -> str:
    if name not in expected:
        return "invented"
    return "differs" if name in told else "withheld"


def _facts(names: Sequence[str], told: Row, expected: Row) -> dict[str, object]:
    members = differing(_row(told.get(names[0])), _row(expected.get(names[0])))
    return {"figure": names[0], "wrong": len(names), "members": members}


def _row(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
