"""How every history stands, line by line, and what that was some entries ago: published indexes made anew.

`index.published` speaks of a size that may lie behind its own entry, so the lines that changed lately are
kept with what they were before. What lies further behind than `WINDOW` entries cannot be told.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from crypto.encoding import b64url_encode
from ledger import merkle
from ledger.audit.findings import TOO_FAR_BACK, Finding, Findings, Kind
from ledger.audit.report import Counts
from ledger.events.log import IndexPublished
from ledger.findings import Applied
from ledger.index import alias_line, history_line
from ledger.state import Alias, Item, Key, Organisation, State

WINDOW: Final = 100_000


@dataclass(frozen=True, slots=True)
class WrongIndex:
    """A published index that the entries do not give: what was published, and the lines that they give."""

    applied: Applied
    claims: IndexPublished
    lines: Sequence[bytes]
    follows: int | None


@dataclass(slots=True)
class Histories:
    """The lines of the index after the entries taken so far.

    Attributes:
        window: how many entries back they can be told.
        before: each change within the window: its entry, the key, and the line before it.
        wrong: the last index that the entries do not give.
    """

    findings: Findings
    counts: Counts
    window: int = WINDOW
    _lines: dict[Key, bytes] = field(default_factory=dict)
    before: deque[tuple[int, Key, bytes | None]] = field(default_factory=deque)
    wrong: WrongIndex | None = None

    def see(self, applied: Applied, follows: int | None) -> None:
        """Take in an applied event; `follows`: an earlier finding that leaves histories open."""
        if isinstance(applied.event.claims, IndexPublished):
            self._check(applied, applied.event.claims, follows)
        for key, state in applied.changed.items():
            line = _line(state)
            if line is not None and self._lines.get(key) != line:
                self.before.append((applied.index, key, self._lines.get(key)))
                self._lines[key] = line
        while self.before and self.before[0][0] < applied.index - self.window:
            self.before.popleft()

    def restore(self, key: Key, state: State) -> None:
        """Put back the line of a state as it is after the entries taken so far."""
        line = _line(state)
        if line is not None:
            self._lines[key] = line

    def lines_at(self, size: int) -> list[bytes]:
        """Return the lines after the first `size` entries, sorted; it lies within the window."""
        changed: dict[Key, bytes | None] = {}
        for index, key, line in reversed(self.before):
            if index < size:
                break
            changed[key] = line
        return sorted(_as_of(self._lines, changed))

    def _check(self, applied: Applied, claims: IndexPublished, follows: int | None) -> None:
        if claims.size < applied.index - self.window:
            self._find(applied, TOO_FAR_BACK, follows, size=claims.size, window=self.window)
            return
        lines = self.lines_at(claims.size)
        root = b64url_encode(merkle.root([merkle.hash_leaf(line) for line in lines]))
        if (claims.count, claims.root) == (len(lines), root):
            self.counts.indexes += 1
            return
        self.wrong = WrongIndex(applied, claims, lines, follows)
        self._find(
            applied,
            "differs",
            follows,
            size=claims.size,
            stated_root=claims.root,
            stated_count=claims.count,
            root=root,
            count=len(lines),
        )

    def _find(self, applied: Applied, reason: str, follows: int | None, **facts: object) -> None:
        self.findings.add(
            Finding(
                kind=Kind.INDEX,
                reason=reason,
                index=applied.index,
                event=applied.event.id,
                follows=follows,
                facts=facts,
            )
        )


def _as_of(lines: Mapping[Key, bytes], changed: Mapping[Key, bytes | None]) -> list[bytes]:
    found = (changed.get(key, line) for key, line in lines.items())
    return [line for line in found if line is not None]


def _line(state: State) -> bytes | None:
    if isinstance(state, Item | Organisation):
        return history_line(str(state.id), state.count, state.latest, state.tip)
    return alias_line(state.alias, str(state.item)) if isinstance(state, Alias) else None
