"""A published index that is wrong, traced to the first line that differs from what the entries give.

The server proves each line that it tells to the published root, and a proof holds the hashes of all that
stands before its line. So every answer says, too, whether the index begins as it should, and some forty of
them find one line among a million.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crypto.encoding import b64url_decode
from crypto.errors import CryptoError
from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.histories import WrongIndex
from ledger.audit.source import NotServedError, Teller
from ledger.dossier import form
from ledger.dossier.form import IndexLine
from ledger.errors import LedgerError
from ledger.index import Index
from ledger.merkle import hash_leaf, verify_inclusion

MAX_QUESTIONS: Final = 96


@dataclass(frozen=True, slots=True)
class Line:
    """Where two indexes differ first: each one's line there, None where it has ended."""

    position: int
    told: str | None
    own: str | None

    @property
    def code(self) -> str:
        """Of which id or alias that line is."""
        return (self.own or self.told or "").partition(" ")[0]


def trace(wrong: WrongIndex | None, teller: Teller, findings: Findings) -> None:
    """Name the first wrong line of an index, or why it could not be found."""
    if wrong is None:
        return
    facts: dict[str, object] = {"size": wrong.claims.size}
    try:
        line = _Trace(wrong, teller).run()
    except (NotServedError, LedgerError, CryptoError) as error:
        _find(wrong, findings, "not_traced", None, {**facts, "why": str(error)})
        return
    lines = {"served": line.told, "expected": line.own}
    facts |= {"position": line.position, **{name: one for name, one in lines.items() if one is not None}}
    _find(wrong, findings, "line", line.code, facts)


class _Trace:
    """A search for the first line that differs: it stands at `low` or later, and at `high` or before."""

    def __init__(self, wrong: WrongIndex, teller: Teller) -> None:
        self._entry: Final = wrong.applied.index
        self._count: Final = wrong.claims.count
        self._root: Final = b64url_decode(wrong.claims.root)
        self._own: Final = Index(wrong.lines)
        self._teller: Final = teller
        self._low = 0
        self._high = max(self._count, self._own.count)

    def run(self) -> Line:
        """Search; raises LedgerError where the answers lead nowhere."""
        for _ in range(MAX_QUESTIONS):
            if self._low == min(self._count, self._own.count):
                break
            place = (self._low + self._high) // 2
            before = self._low, self._high
            found = self._ask(self._text(place)) or (
                # What stands at `low` is the neighbour of what would stand right behind the line before it.
                self._ask(f"{self._text(self._low - 1)}!") if before == (self._low, self._high) else None
            )
            if found is not None:
                return found
            if before == (self._low, self._high):
                break
        if self._low < min(self._count, self._own.count):
            raise LedgerError("the server's answers lead to no line")
        # One is the beginning of the other; what follows in the longer one was not asked for by name.
        return self._ask(f"{self._text(self._low - 1)}!") or Line(self._low, None, self._line(self._low))

    def _ask(self, text: str) -> Line | None:
        """Ask about a text, and take in every line of the answer; return the first that differs, if known."""
        for one in self._told(text):
            line = one.line.encode("utf-8")
            if not self._own.begins_with(one.position, self._count, one.proof):
                self._high = min(self._high, one.position - 1)
            elif self._line(one.position) != one.line:
                return Line(one.position, one.line, self._line(one.position))
            elif one.position >= self._low:
                self._low = one.position + 1
            self._narrow(text, line, one.position)
        return None

    def _narrow(self, text: str, line: bytes, position: int) -> None:
        """Take in that a line of this text stands elsewhere than among the entries' own."""
        own = self._own.about(text)
        if line.startswith(f"{text} ".encode()) and own and position not in own:
            self._high = min(self._high, max(own[0], self._low))

    def _told(self, text: str) -> Iterator[IndexLine]:
        published = form.parse(self._teller.index(text)).published
        if published is None or published.index != self._entry:
            raise NotServedError("the server tells of another index")
        for one in published.lines:
            leaf = hash_leaf(one.line.encode("utf-8"))
            verify_inclusion(leaf, one.position, self._count, one.proof, self._root)
            yield one

    def _text(self, place: int) -> str:
        return "" if place < 0 else (self._line(min(place, self._own.count - 1)) or "").partition(" ")[0]

    def _line(self, place: int) -> str | None:
        return self._own.lines[place].decode("ascii") if place < self._own.count else None


def _find(
    wrong: WrongIndex, findings: Findings, reason: str, item: str | None, facts: dict[str, object]
) -> None:
    findings.add(
        Finding(
            kind=Kind.INDEX,
            reason=reason,
            index=wrong.applied.index,
            event=wrong.applied.event.id,
            item=item,
            follows=wrong.follows,
            facts=facts,
        )
    )
