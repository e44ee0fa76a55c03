"""States that a server tells, held to the replay, while the log stands still and while it grows."""

from collections.abc import Sequence

import pytest

from crypto.strictjson import Json
from ledger.audit import Check, Kind
from ledger.audit.items import CHUNK
from ledger.verdict import Verdict
from tests import audits
from tests.audits import BuiltLog, FakeSource
from tests.memory import opening
from tests.scenario import VEHICLE_MAKER, Story, pack


def test_a_state_without_any_entry_is_named() -> None:
    story = Story()
    texts = [*opening(story), story.pack_manufactured(pack(1))]
    honest = audits.build(texts)
    # The server kept the state of an event that its log refuses.
    rogue = audits.with_payload(
        honest.entries[-1], "Vehicle Maker/office/1", "iss", value=str(VEHICLE_MAKER.id)
    )
    source = audits.serve([*honest.entries[:-1], rogue], honest.states)
    report = audits.run(source, honest.trust)
    assert (Kind.ITEM, "not_in_log") in audits.kinds(report)


def test_states_that_cannot_be_read_are_found_among_thousands() -> None:
    log = audits.large()
    source = log.source()
    assert len(log.states) < CHUNK
    source.broken = set(sorted(log.states)[10:12])
    report = audits.run(source, log.trust)
    assert {one.item for one in report.findings} == source.broken


@pytest.mark.parametrize(
    "answer", [None, [], {"size": 1}, {"size": 1, "items": []}, {"size": "1", "items": []}]
)
def test_an_answer_of_another_form_is_named(answer: Json) -> None:
    class Odd(FakeSource):
        def lookup(self, ids: Sequence[str]) -> Json:
            del ids
            return answer

    log = audits.small()
    sound = log.source()
    report = audits.run(Odd(note=sound.note, tiles=sound.tiles), log.trust)
    assert report.counted == {Kind.ITEM: len(log.states)}
    assert {one.reason for one in report.findings} == {"not_served"}


def test_an_answer_about_something_else_is_named() -> None:
    class Odd(FakeSource):
        def lookup(self, ids: Sequence[str]) -> Json:
            rows: list[Json] = [{"query": one, "id": "other", "state": {}} for one in ids]
            return {"size": self.size, "items": rows}

    log = audits.small()
    sound = log.source()
    report = audits.run(Odd(note=sound.note, tiles=sound.tiles, size=sound.size), log.trust)
    assert {one.reason for one in report.findings} == {"answer"}


def test_a_server_behind_its_own_checkpoint_is_named() -> None:
    log = audits.small()
    source = log.source()
    item = next(iter(source.states))
    source.states[item] = {}
    source.size -= 1
    report = audits.run(source, log.trust)
    assert [(one.reason, one.item) for one in report.findings] == [("behind", item)]


@pytest.mark.parametrize(("name", "other"), [("tip", "x"), ("custodian", "outside"), ("recalls", ["x"])])
def test_what_is_told_beside_a_state_is_held_to_the_entries(name: str, other: Json) -> None:
    class Telling(FakeSource):
        def lookup(self, ids: Sequence[str]) -> Json:
            rows: list[Json] = [
                {"query": one, "id": one, "state": self.states.get(one), name: other} for one in ids
            ]
            return {"size": self.size, "items": rows}

    log = audits.small()
    sound = log.source()
    source = Telling(note=sound.note, tiles=sound.tiles, states=sound.states, size=sound.size)
    report = audits.run(source, log.trust)
    assert report.counted == {Kind.ITEM: len(log.states)}
    found = [one.to_json()["facts"] for one in report.findings]
    assert all(isinstance(one, dict) and list(one["members"]) == [f"{name} told"] for one in found)  # type: ignore[arg-type]  # JSON


class Growing(FakeSource):
    """A log that grows between the reading of its entries and the first look-up."""

    later: FakeSource | None = None

    def lookup(self, ids: Sequence[str]) -> Json:
        """Answer for the larger log, which is served from now on."""
        if self.later is not None:
            self.note, self.tiles, self.states = self.later.note, self.later.tiles, self.later.states
            self.size, self.later = self.later.size, None
        return super().lookup(ids)


def _growing(log: BuiltLog, size: int) -> Growing:
    before = audits.serve(log.entries[:size], {})
    source = Growing(before.note, before.tiles, before.states, before.size)
    source.later = log.source()
    return source


@pytest.mark.parametrize("size", [253, 256, 257, 511, 690])
def test_a_log_that_grows_meanwhile_is_followed(size: int) -> None:
    log = audits.large()
    report = audits.run(_growing(log, size), log.trust)
    assert report.findings == ()
    assert report.ok
    assert report.size == len(log.entries)


def test_a_changed_state_is_found_though_the_log_grows_meanwhile() -> None:
    log = audits.large()
    source = _growing(log, 400)
    assert source.later is not None
    source.later.states[str(pack(1))] = {}
    report = audits.run(source, log.trust)
    assert [(one.kind, one.item) for one in report.findings] == [(Kind.ITEM, str(pack(1)))]


def test_a_server_that_always_says_it_is_further_gets_no_ok() -> None:
    log = audits.small()
    source = log.source()
    source.states[str(pack(1))] = {}
    source.size += 1
    report = audits.run(source, log.trust)
    assert [(one.kind, one.reason, one.item) for one in report.findings] == [
        (Kind.UNKNOWN, "moved", str(pack(1)))
    ]
    assert report.checks[Check.ITEMS] is Verdict.UNKNOWN


def test_a_checkpoint_that_fails_while_following_is_named() -> None:
    log = audits.small()
    source = _growing(log, 48)
    assert source.later is not None
    source.later.note = "no note"
    report = audits.run(source, log.trust)
    assert report.findings[0].kind is Kind.CHECKPOINT
