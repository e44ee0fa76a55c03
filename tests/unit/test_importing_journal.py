"""The journal, the requests and the dry run: what a stop at any byte leaves, and what a ledger may answer."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import pytest

from cli.client import Client
from cli.errors import CliError
from cli.importing import checking, sending
from cli.importing.chain import Pen, sign_all, together
from cli.importing.checking import try_all
from cli.importing.journal import Entry, Head, Journal, appending, create, journal_path, read
from cli.importing.report import report_text
from cli.importing.sending import batches, send_all
from ledger.identifiers import ItemId
from ledger.importing.problems import ImportRefusal
from ledger.importing.statements import Checked
from tests.consortium import MAKER, ORIGIN, START, pack
from tests.unit.test_importing_statements import DISTRICT, mapping, said

HEAD: Final = Head(
    table_sha256="t", mapping_sha256="m", event="item.retired", issuer=str(MAKER.id), kid="k", origin=ORIGIN
)
ENTRIES: Final = tuple(Entry((number + 2,), f"id{number}", f"a{number}~") for number in range(5))
Answer = Callable[[Sequence[str]], list[dict[str, Any]]]


class FakeClient:
    """A ledger that answers as it is told, and remembers what it was sent."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.sent: list[list[str]] = []
        self.waited = 0

    def post(self, path: str, body: bytes, media_type: str) -> "FakeClient":
        """Take a request."""
        assert path.startswith("/v1/events")
        assert media_type == "application/x-ndjson"
        self.sent.append([json.loads(line) for line in body.splitlines()])
        return self

    def json(self) -> dict[str, Any]:
        """Answer it."""
        return {"results": self._answer(self.sent[-1])}

    def wait(self, _seconds: float) -> None:
        """Wait before the next try."""
        self.waited += 1


def client(answer: Answer) -> tuple[FakeClient, Client]:
    """Return a fake ledger, also as the type that it stands for."""
    fake = FakeClient(answer)
    return fake, cast("Client", fake)


def logged(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Answer that each event was logged."""
    return [{"result": "logged", "id": f"id{text[1:-1]}", "index": 100 + int(text[1:-1])} for text in texts]


def made(folder: Path) -> Journal:
    """Return a new journal in a folder."""
    return create(journal_path(folder / "t.csv", "item.retired"), HEAD, ENTRIES)


def sent(
    folder: Path, answer: Answer, *, tries: int = 3
) -> tuple[FakeClient, Journal, dict[str, dict[str, Any]]]:
    """Send a new journal to a ledger that answers so."""
    fake, real = client(answer)
    journal = made(folder)
    with appending(journal) as appender:
        failed = send_all(real, journal, appender, tries=tries)
    return fake, journal, failed


def test_what_was_written_is_read_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    journal = made(tmp_path)
    found = read(journal.path)
    assert (found.head, found.entries, found.answers) == (HEAD, ENTRIES, {})
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["t.csv.item.retired.journal"]


def test_a_journal_is_never_written_over(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(CliError):
        made(tmp_path)


def test_a_journal_cut_at_any_byte_of_its_answers_goes_on_with_those_before(tmp_path: Path) -> None:
    whole_size = made(tmp_path).path.stat().st_size
    path = journal_path(tmp_path / "t.csv", "item.retired")
    path.unlink()
    _, journal, _ = sent(tmp_path, logged)
    data = journal.path.read_bytes()
    for size in range(whole_size, len(data) + 1):
        journal.path.write_bytes(data[:size])
        found = read(journal.path)
        assert found.entries == ENTRIES
        known = len(found.answers)
        assert [one.id for one in found.left] == [one.id for one in ENTRIES[known:]]
        with appending(found) as appender:
            appender.note([{"id": "id4", "index": 104, "result": "logged"}])
        assert read(journal.path).answers.keys() == {*(f"id{n}" for n in range(known)), "id4"}


def test_a_journal_that_was_changed_or_cut_short_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path).path
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    spoiled = [data.replace(b"a3~", b"a4~"), b"".join(lines[:-1]), b"".join(lines[1:]), b"", b"\n", data[:40]]
    spoiled += [b"".join([*lines[:2], *lines[3:]])]
    for one in spoiled:
        path.write_bytes(one)
        with pytest.raises(ImportRefusal, match="journal_damaged"):
            read(path)


def test_two_processes_do_not_go_on_with_one_journal(tmp_path: Path) -> None:
    journal = made(tmp_path)
    with appending(journal), pytest.raises(ImportRefusal, match="journal_busy"), appending(journal):
        raise AssertionError("the lock is not there")


def test_an_outcome_that_is_unknown_is_asked_for_with_the_same_bytes(tmp_path: Path) -> None:
    answers = iter([False, True])

    def answer(texts: Sequence[str]) -> list[dict[str, Any]]:
        return logged(texts) if next(answers) else [{"result": "unknown"} for _ in texts]

    fake, journal, failed = sent(tmp_path, answer)
    assert fake.sent[0] == fake.sent[1] == [one.text for one in ENTRIES]
    assert (fake.waited, failed, journal.left) == (1, {}, ())


def test_what_stays_unknown_is_left_for_the_next_run(tmp_path: Path) -> None:
    fake, journal, failed = sent(tmp_path, lambda texts: [{"result": "unknown"} for _ in texts], tries=4)
    assert len(fake.sent) == 4
    assert failed.keys() == {one.id for one in ENTRIES}
    assert journal.left == read(journal.path).left == ENTRIES


def test_a_refusal_is_in_the_report_and_its_neighbours_are_logged(tmp_path: Path) -> None:
    told = {"rule": "prev.stale", "detail": "=cmd", "remedy": "sign again"}

    def answer(texts: Sequence[str]) -> list[dict[str, Any]]:
        results = logged(texts)
        results[2] = {"result": "refused", "id": "id2", "problem": told}
        return results

    _, journal, failed = sent(tmp_path, answer)
    assert journal.answers.keys() == {"id0", "id1", "id3", "id4"}
    report = report_text(journal, failed).splitlines()
    assert report[0].startswith("\ufeffrow,event_id,index,result")
    assert report[1] == "2,id0,100,logged,,,"
    assert report[3] == "4,id2,,refused,prev.stale,'=cmd,sign again"


def test_requests_hold_what_the_ledger_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MAX_EVENTS", 2)
    assert [len(one) for one in batches(ENTRIES)] == [2, 2, 1]
    monkeypatch.setattr(sending, "MAX_EVENTS", 100)
    monkeypatch.setattr(sending, "MAX_BYTES", 7)
    assert [len(one) for one in batches(ENTRIES)] == [2, 2, 1]
    assert list(batches([])) == []


# The dry run


def repairs(*numbers: int) -> Checked:
    """Return repairs of packs, one after the other."""
    rows = [[pack(one).value, f"2026-06-01 08:{place:02d}"] for place, one in enumerate(numbers)]
    mapped = mapping("item.repaired", "item=item at=at", [DISTRICT, 'stage = "service"'])
    return said([["item", "at"], *rows], mapped)


def pen() -> Pen:
    """Return the maker's pen."""
    return Pen(signer=MAKER.key(), issuer=MAKER.id, origin=ORIGIN, now_ms=lambda: START.ms)


def prev_of(text: str) -> Mapping[str, str | None]:
    """Return the `prev` of a signed event."""
    from ledger.submission import parse  # noqa: PLC0415  beside its only use

    return {str(item): event for item, event in parse(text).event.prev.items()}


def dry(checked: Checked, answer: Answer) -> tuple[FakeClient, checking.Tried]:
    """Ask a ledger that answers so about every event."""
    fake, real = client(answer)
    tips: dict[ItemId, str | None] = {pack(one): f"tip{one}" + "A" * 39 for one in range(1, 10)}
    return fake, try_all(real, checked, checked.statements, pen(), tips, tries=1)


def test_events_of_one_item_are_chained_and_travel_together() -> None:
    checked = repairs(1, 2, 1, 3, 2)
    assert [len(one) for one in together(checked.statements)] == [2, 2, 1]
    tips: dict[ItemId, str | None] = {pack(1): "A" * 43}
    first, _, third, *_ = sign_all(checked.statements, pen(), tips)
    assert prev_of(first.text) == {str(pack(1)): "A" * 43}
    assert prev_of(third.text) == {str(pack(1)): first.id}


def test_what_only_follows_from_a_refusal_is_tried_again_without_it() -> None:
    refused_once = iter([True])

    def answer(texts: Sequence[str]) -> list[dict[str, Any]]:
        if next(refused_once, False):
            stale = {"rule": "prev.stale", "item": str(pack(1))}
            owner = {"rule": "custody.holder", "item": str(pack(1))}
            return [
                {"result": "refused", "problem": owner},
                {"result": "refused", "problem": stale},
                *({"result": "passed"} for _ in texts[2:]),
            ]
        return [{"result": "passed"} for _ in texts]

    fake, tried = dry(repairs(1, 1, 2), answer)
    assert [(one.row, one.column, one.rule) for one in tried.problems] == [(2, "A", "custody.holder")]
    assert [len(one) for one in fake.sent] == [3, 1]
    assert prev_of(fake.sent[1][0])[str(pack(1))] == "tip1" + "A" * 39
    assert tried.unchecked == 0


def test_more_events_on_one_item_than_a_request_holds_are_counted_as_unchecked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checking, "MAX_EVENTS", 3)
    fake, tried = dry(repairs(1, 1, 1, 1, 1, 2), lambda texts: [{"result": "passed"} for _ in texts])
    assert [len(one) for one in fake.sent] == [3, 1]
    assert (tried.problems, tried.unchecked) == ((), 2)


def test_a_ledger_that_never_lets_an_event_pass_is_not_asked_without_end() -> None:
    def answer(texts: Sequence[str]) -> list[dict[str, Any]]:
        return [{"result": "refused", "problem": {"rule": "custody.holder"}} for _ in texts]

    fake, tried = dry(repairs(*[1] * 20), answer)
    assert len(fake.sent) == checking.MAX_ROUNDS
    assert len(tried.problems) == checking.MAX_ROUNDS
    assert tried.unchecked == 20 - checking.MAX_ROUNDS
