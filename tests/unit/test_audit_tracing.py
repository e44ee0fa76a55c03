"""A wrong published index, traced to its first wrong line by what a server proves of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from crypto.encoding import b64url_encode
from ledger.audit.findings import Finding, Findings
from ledger.audit.histories import WrongIndex
from ledger.audit.source import NotServedError
from ledger.audit.tracing import MAX_QUESTIONS, trace
from ledger.dossier.form import Dossier, IndexLine, Published
from ledger.events.log import IndexPublished
from ledger.findings import Applied, applied
from ledger.index import Index, alias_line, history_line
from ledger.submission import parse
from tests.audits import FakeSource
from tests.consortium import pack
from tests.scenario import Story
from tests.tellers import Server, honest

TIP = b64url_encode(bytes(32))
PLACE = 9


def _line(number: int, count: int = 1) -> bytes:
    return history_line(str(pack(number)), count, number, TIP)


@dataclass
class Publisher(Server):
    """Proves lines of a published index to its root, as a server does; `lie`: a text for another."""

    published: Index = field(default_factory=lambda: Index(()))
    asked: int = 0
    lie: tuple[str, str] = ("", "")

    def index(self, of: str) -> str:
        """Return a dossier with the lines about a text, or beside it."""
        self.asked += 1
        lines = tuple(
            IndexLine(self.published.lines[at].decode(), at, tuple(self.published.prove(at)))
            for at in self.published.about(of)
        )
        told = Dossier("log", (str(pack(1)),), (), Published(PLACE, lines), "note")
        return told.format().replace(*self.lie) if self.lie[0] else told.format()


def _applied() -> Applied:
    event = parse(Story().founding()[0]).event
    return applied({}, event, {}, index=PLACE, logged_at_ms=event.iat * 1000)


def _traced(own: Sequence[bytes], told: Sequence[bytes], lie: tuple[str, str] = ("", "")) -> Finding:
    """Trace an index that says other lines than the entries; return the finding."""
    index, findings = Index(told), Findings()
    claims = IndexPublished(size=5, count=index.count, root=b64url_encode(index.root()))
    publisher = Publisher(FakeSource(), 9, published=index, lie=lie)
    trace(WrongIndex(_applied(), claims, sorted(own), None), publisher, findings)
    assert publisher.asked <= MAX_QUESTIONS
    [found] = findings.listed
    assert found.index == PLACE
    return found


def _expected(own: Sequence[bytes], told: Sequence[bytes]) -> tuple[int, str | None, str | None]:
    left, right = sorted(own), sorted(told)
    place = next((at for at, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(left), len(right)) if place is None else place
    served, expected = (lines[at].decode() if at < len(lines) else None for lines in (right, left))
    return at, served, expected


@pytest.mark.parametrize("seed", range(30))
def test_the_first_line_that_differs_is_named(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  the same indexes at every run
    numbers = rng.sample(range(1, 10_000), rng.randrange(2, 200))
    own = [_line(number) for number in numbers]
    own += [alias_line(str(pack(number)), str(pack(1))) for number in numbers[: rng.randrange(3)]]
    told = list(own)
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(told))
        match rng.randrange(3):
            case 0:
                told[place] = told[place] + b"1"
            case 1 if len(told) > 1:
                del told[place]
            case _:
                told.append(_line(rng.randrange(10_001, 20_000)))
    if sorted(told) == sorted(own):
        return
    found = _traced(own, told)
    assert found.reason == "line"
    position, line, expected = _expected(own, told)
    assert (found.facts["position"], found.facts.get("expected")) == (position, expected)
    assert found.facts.get("served") in {line, None}
    assert found.item == (expected or line or "").partition(" ")[0]


def test_an_index_that_lacks_its_last_lines_is_named_by_the_first_of_them() -> None:
    own = [_line(number) for number in range(1, 10)]
    assert _traced(own, own[:5]).facts == {"size": 5, "position": 5, "expected": own[5].decode()}
    assert _traced(own[:5], own).facts == {"size": 5, "position": 5, "served": own[5].decode()}


@pytest.mark.parametrize(
    "lie", [('"position":', '"position":1'), (TIP, TIP[1:] + "B"), ('"index":9', '"index":8')]
)
def test_an_answer_that_proves_nothing_is_no_trace(lie: tuple[str, str]) -> None:
    own = [_line(number) for number in range(1, 10)]
    found = _traced(own, [*own[:4], _line(5, 2), *own[5:]], lie)
    assert found.reason == "not_traced"


def test_a_server_that_tells_nothing_of_the_index_is_named() -> None:
    findings, own = Findings(), [_line(1)]
    claims = IndexPublished(size=5, count=1, root=b64url_encode(Index([_line(2)]).root()))
    with pytest.raises(NotServedError):
        honest().index("x")
    trace(WrongIndex(_applied(), claims, own, None), honest(), findings)
    assert [one.reason for one in findings.listed] == ["not_traced"]
    trace(None, honest(), findings)
    assert len(findings.listed) == 1
