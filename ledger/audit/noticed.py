"""The findings that the server tells, against those that public claims give.

Only what a replay makes again is compared: what the door found rests on restricted claims. A deadline is told
from some day on, by the server's clock, which nobody else knows: it is somewhere behind the last entry and
behind every deadline that the server does tell, and what was due by then has to be told too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from crypto.strictjson import Json
from ledger.audit.findings import Finding, Findings, Kind
from ledger.audit.replay import Replay
from ledger.audit.report import Counts
from ledger.audit.source import NotServedError, Teller
from ledger.findings import rules_at
from ledger.findings.shown import DAY_MS, FindingState, Kept, finding_json, finding_of
from ledger.rules import RuleSet, rule_set
from ledger.state import LOG, Log

FAR_MS: Final = 253_370_764_800_000
"""9999-01-01 UTC: by then every open deadline is told."""
_OF_THE_CLOCK: Final = frozenset({"overdue"})
Row = dict[str, Json]


class _AnswerError(Exception):
    """An answer is not a page of findings in the order of the log."""


@dataclass(slots=True)
class FindingComparison:
    """Reads all findings that are served, and compares them.

    Attributes:
        size: Size of the tree that was replayed.
    """

    teller: Teller
    replay: Replay
    findings: Findings
    counts: Counts
    size: int
    _answered: int = 0
    _shown_ms: int = 0
    _untold: list[tuple[int, Row]] = field(default_factory=list)

    def compare(self) -> Iterator[int]:
        """Compare; yield the index of the entry that is done."""
        log = self.replay.states.get(LOG)
        if not isinstance(log, Log):
            return
        self._shown_ms, self._answered = self.replay.latest_ms, self.size
        try:
            for index, served, expected in self._by_entry(rule_set(log.rules)):
                self._compare(served, expected)
                yield index
        except (NotServedError, _AnswerError) as error:
            code = "answer" if isinstance(error, _AnswerError) else "not_served"
            self._find(code, {}, {"why": str(error)})
            return
        for shown_ms, row in self._untold:
            # What is closed by a later entry is not told any more.
            if shown_ms <= self._shown_ms and self._answered == self.size:
                self._find("withheld", row, {"id": row["id"]})

    def _by_entry(self, rules: RuleSet) -> Iterator[tuple[int, dict[str, Row], dict[str, tuple[int, Row]]]]:
        """Yield, for each entry that either side has a finding of, both sides by the finding's id."""
        ours = groupby(self._expected(rules), key=lambda one: one[1]["index"])
        theirs = groupby(self._served(), key=lambda one: one["index"])
        left, right = next(ours, None), next(theirs, None)
        while left is not None or right is not None:
            index = min(int(str(one[0])) for one in (left, right) if one is not None)
            served: dict[str, Row] = {}
            expected: dict[str, tuple[int, Row]] = {}
            if left is not None and left[0] == index:
                expected = {str(one[1]["id"]): one for one in left[1]}
                left = next(ours, None)
            if right is not None and right[0] == index:
                served = {str(one["id"]): one for one in right[1]}
                right = next(theirs, None)
            yield index, served, expected

    def _expected(self, rules: RuleSet) -> Iterator[tuple[int, Row]]:
        """Yield each finding of the replay with the time from which on it has to be told, in ms."""
        for kept in self.replay.remarked.kept():
            finding = finding_of(kept, FAR_MS, rules)
            if finding is not None:
                self.counts.findings += 1
                yield _shown_from(kept, finding.facts.get("days")), finding_json(finding)

    def _served(self) -> Iterator[Row]:
        """Yield what is served and a replay makes again, up to the tree that was replayed."""
        after, latest = None, 0
        while True:
            rows, following = self._page(after)
            for row in rows:
                index = row["index"]
                if not isinstance(index, int) or isinstance(index, bool) or index < latest:
                    raise _AnswerError(f"finding {row['id']} is out of order")
                latest = index
                if index < self.size and row.get("replayable") is not False:
                    yield row
            if following is None or latest >= self.size:
                return
            if after is not None and _place(following) <= _place(after):
                raise _AnswerError("the pages do not end")
            after = following

    def _page(self, after: str | None) -> tuple[list[Row], str | None]:
        told = self.teller.findings(after)
        match told:
            case {"size": int(size), "findings": list(found), "next": str() | None as following}:
                self._answered = max(self._answered, size)
                rows = [one for one in found if isinstance(one, dict)]
                if len(rows) == len(found) and all(isinstance(one.get("id"), str) for one in rows):
                    if size < self.size:
                        raise _AnswerError(f"it is about {size} entries and not {self.size}")
                    return [{"index": None, **one} for one in rows], following
        raise _AnswerError("it is not a page of findings")

    def _compare(self, served: Mapping[str, Row], expected: Mapping[str, tuple[int, Row]]) -> None:
        for name, (shown_ms, row) in expected.items():
            told = served.get(name)
            if told is None:
                self._untold.append((shown_ms, row))
                continue
            self._shown_ms = max(self._shown_ms, shown_ms)
            self._compare_members(told, row)
        for name, row in served.items():
            if name not in expected:
                self._find("invented", row, {"id": name})

    def _compare_members(self, served: Row, expected: Row) -> None:
        closed = served.get("closed")
        if isinstance(closed, int) and closed >= self.size and expected["closed"] is None:
            served = {**served, "closed": None, "state": FindingState.OPEN.value}
        members: dict[str, Json] = {
            name: {"served": served.get(name), "expected": value}
            for name, value in expected.items()
            if name not in _OF_THE_CLOCK and (name not in served or served[name] != value)
        }
        if members:
            self._find("differs", expected, {"id": expected["id"], "members": members})

    def _find(self, reason: str, row: Row, facts: Mapping[str, object]) -> None:
        index, event, subject = row.get("index"), row.get("event"), row.get("subject")
        self.findings.add(
            Finding(
                kind=Kind.FINDING,
                reason=reason,
                index=index if isinstance(index, int) else None,
                event=event if isinstance(event, str) else None,
                item=subject if isinstance(subject, str) else None,
                follows=self.replay.doubt.first,
                facts=facts,
            )
        )


def _shown_from(kept: Kept, days: Json) -> int:
    """Return from when on a finding is told, in ms since 1970: a deadline, as many days after its base."""
    if not isinstance(days, int) or kept.remark.base_ms is None:
        return 0
    notice = rules_at(kept.logged_at_ms).by_id[kept.remark.rule].notice_days
    return kept.remark.base_ms + (days - notice) * DAY_MS


def _place(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split("."))
    except ValueError as error:
        raise _AnswerError("next is no place") from error
