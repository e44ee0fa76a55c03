"""What rests on a stolen key: derived by the audit itself, held to what a server shows as amber."""

from functools import cache

import pytest

from crypto.strictjson import Json
from ledger.audit import Check, Kind, Report, audit
from ledger.audit.amber import Amber
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.verdict import Verdict
from ledger.vocabulary import Purpose
from tests import audits
from tests.audits import BuiltLog
from tests.consortium import MAKER, VEHICLE_MAKER, pack
from tests.grown import Row, row_of
from tests.memory import opening
from tests.scenario_last import LastStory
from tests.tellers import Server, honest

SOUND, SENT, CONFIRMED, OTHER = pack(1), pack(2), pack(3), pack(4)


@cache
def robbed() -> BuiltLog:
    """Return a log in which the maker's key was stolen after pack 1, and pack 3 was stood by."""
    story, other = LastStory(), MAKER.key(Purpose.OFFICE, 2)
    texts = [*opening(story), story.key_added(MAKER, Purpose.OFFICE, 2), story.pack_manufactured(SOUND)]
    since, good = Instant.from_ms(story.now_ms + 1_000), len(texts)
    texts += [story.pack_manufactured(one) for one in (CONFIRMED, SENT)]
    texts.append(story.transfer_offered(MAKER, VEHICLE_MAKER, SENT, load="sent"))
    texts.append(story.key_revoked(MAKER, MAKER.key(), compromised_since=since))
    texts.append(story.event_confirmed(MAKER, MAKER.key(), good, good, signed_with=other))
    return audits.build(texts)


def _run(server: Server) -> Report:
    return audit(server, robbed().trust)


def _found(report: Report) -> list[tuple[Kind, str, str | None]]:
    return [(one.kind, one.reason, one.item) for one in report.findings]


def test_what_a_thief_may_have_signed_is_told_from_the_entries() -> None:
    found = list[Amber]()
    audit(robbed().source(), robbed().trust, items=False, at_end=lambda end: found.append(Amber.of(end)))
    [amber] = found
    asked = (SOUND, SENT, CONFIRMED, OTHER)
    assert [amber.has(one) for one in asked] == [False, True, False, False]
    assert [amber.has_touched(one) for one in asked] == [False, True, True, False]
    doubtful = [index for index in range(len(robbed().entries)) if amber.has_entry(index)]
    assert [robbed().event_id(index) for index in doubtful] == [
        row_of(row)["id"] for row in honest(robbed()).histories[str(SENT)]
    ]


def test_a_server_that_shows_what_is_in_doubt_passes() -> None:
    report = _run(honest(robbed()))
    assert report.ok, report.findings
    assert report.counts.amber == 1


@pytest.mark.parametrize("served", [False, None, "yes"])
def test_an_item_whose_doubt_is_hidden_is_named(served: Json) -> None:
    server = honest(robbed())
    server.beside[str(SENT)]["amber"] = served
    report = _run(server)
    assert _found(report) == [(Kind.AMBER, "withheld", str(SENT))]
    assert report.checks[Check.AMBER] is Verdict.FAILED
    assert report.checks[Check.ITEMS] is Verdict.OK


@pytest.mark.parametrize("item", [SOUND, CONFIRMED, MAKER.id])
def test_an_item_whose_doubt_is_invented_is_named(item: ItemId) -> None:
    server = honest(robbed())
    server.beside[str(item)]["amber"] = True
    assert _found(_run(server)) == [(Kind.AMBER, "invented", str(item))]


def test_a_server_that_does_not_say_what_is_in_doubt_is_named_for_every_item() -> None:
    server = honest(robbed())
    for told in server.beside.values():
        del told["amber"]
    report = _run(server)
    assert {(kind, reason) for kind, reason, _ in _found(report)} == {(Kind.AMBER, "withheld")}
    assert report.counted == {"amber": len(server.beside)}


def test_a_state_and_a_doubt_that_are_both_told_otherwise_are_both_named() -> None:
    server = honest(robbed())
    server.beside[str(SENT)] |= {"amber": False, "tip": None}
    assert sorted(_found(_run(server))) == [
        (Kind.AMBER, "withheld", str(SENT)),
        (Kind.ITEM, "differs", str(SENT)),
    ]


@pytest.mark.parametrize(("item", "amber"), [(SENT, False), (CONFIRMED, True)])
def test_an_event_shown_otherwise_in_the_history_of_what_the_key_touched_is_named(
    item: ItemId, *, amber: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of what nobody draws, only what a compromised key has signed is asked for.
    monkeypatch.setattr("ledger.audit.asking.MAX_HISTORIES", 4)
    server = honest(robbed())
    server.histories[str(item)] = [{**row_of(row), "amber": amber} for row in server.histories[str(item)]]
    assert (Kind.HISTORY, "differs", str(item)) in _found(_run(server))


def test_an_offer_whose_doubt_is_hidden_is_named() -> None:
    server = honest(robbed())
    offer = _offer(server)
    assert offer["amber"] == [str(SENT)]
    offer["amber"] = []
    found = _run(server).findings
    assert {(one.kind, one.facts["figure"]) for one in found} == {(Kind.OFFER, str(SENT))}


def _offer(server: Server) -> Row:
    [load] = server.loads[str(VEHICLE_MAKER.id), True]
    assert isinstance(load["offers"], list)
    return row_of(load["offers"][0])


def test_an_audit_that_goes_on_knows_what_was_signed_before() -> None:
    log, lines = robbed(), list[bytes]()
    for size in (len(log.entries) - 3, len(log.entries) - 1):
        audit(audits.serve(log.entries[:size], {}), log.trust, items=False, save=lines.extend)
        server = honest(log)
        server.beside[str(SENT)]["amber"] = False
        report = audit(server, log.trust, resumed=iter(lines))
        assert report.counts.findings == len(server.rows)
        assert _found(report) == [(Kind.AMBER, "withheld", str(SENT))]
        lines.clear()


def test_where_entries_are_missing_nobody_says_what_is_in_doubt() -> None:
    log = robbed()
    server = honest(log)
    server.log.tiles = {path: data for path, data in server.log.tiles.items() if "entries" not in path}
    report = audit(server, log.trust)
    assert report.checks[Check.AMBER] is Verdict.UNKNOWN


def test_a_history_too_long_to_be_read_may_be_shown_as_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.audit.items.MAX_EVENTS", 0)
    server = honest(robbed())
    server.beside[str(SOUND)]["amber"] = True
    assert _run(server).ok
    server.beside[str(SENT)]["amber"] = False
    assert _found(_run(server)) == [(Kind.AMBER, "withheld", str(SENT))]
