"""What the audit says of a sound ledger, and of each way in which one can be wrong."""

import json
from collections.abc import Sequence

import pytest

from crypto import jws as jose
from crypto.note import NoteSigner
from crypto.strictjson import Json
from ledger import checkpoint
from ledger.audit import Check, Finding, Kind, NotServedError, Report, SourceError, Trust, audit
from ledger.audit.findings import LISTED
from ledger.audit.items import CHUNK
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.merkle import EMPTY_ROOT
from ledger.verdict import Verdict
from tests import audits
from tests.audits import LOG, BuiltLog, FakeSource
from tests.consortium import private_key
from tests.memory import opening
from tests.scenario import MAKER, REGISTRAR, VEHICLE_MAKER, Story, pack


def _small() -> BuiltLog:
    return audits.small()


def _signed(source: FakeSource, size: int, root: bytes) -> None:
    source.note = checkpoint.sign(Checkpoint(LOG.name, size, root), LOG)


def _kinds(report: Report) -> list[tuple[Kind, str]]:
    return [(one.kind, one.reason) for one in report.findings]


def test_a_sound_ledger_passes_every_check() -> None:
    log = audits.large()
    report = audits.run(log.source(), log.trust)
    assert report.ok
    asked_for = {Check.SINCE, Check.WITNESSED, Check.FINDINGS, Check.ACCOUNTS}
    assert set(report.checks) == set(Check) - asked_for
    assert report.findings == ()
    assert report.counts.signatures == report.counts.events == report.size == len(log.entries)
    assert report.counts.compared == len(log.states)


def test_every_tile_of_the_current_size_is_read_once() -> None:
    log = audits.large()
    source = log.source()
    audits.run(source, log.trust)
    assert sorted(source.asked) == sorted(source.tiles)


def test_the_report_is_one_json_object() -> None:
    log = _small()
    told = audits.run(log.source(), log.trust).to_json()
    assert json.loads(json.dumps(told))["ok"] is True


def test_a_log_that_dropped_its_partial_tiles_for_full_ones_passes() -> None:
    log = audits.large()
    source = audits.serve(log.entries[:300], {})
    whole = log.source()
    for path in [one for one in source.tiles if "001.p/44" in one]:
        del source.tiles[path]
        full = path.removesuffix(".p/44")
        source.tiles[full] = whole.tiles[full]
    assert audits.run(source, log.trust, items=False).ok


def test_a_checkpoint_by_another_key_stops_the_audit() -> None:
    log = _small()
    other = NoteSigner(LOG.name, private_key("another log"))
    report = audits.run(audits.serve(log.entries, log.states, other), log.trust)
    assert _kinds(report) == [(Kind.CHECKPOINT, "not_announced")]
    assert report.checks[Check.TREE] is Verdict.UNKNOWN


def test_a_missing_checkpoint_is_named() -> None:
    class Bare(FakeSource):
        def checkpoint(self) -> str:
            raise NotServedError("no checkpoint")

    assert _kinds(audits.run(Bare(), _small().trust)) == [(Kind.CHECKPOINT, "missing")]


def test_another_root_of_trust_is_named() -> None:
    log = _small()
    trust = Trust(LOG.verifier_key, log.event_id(1))
    report = audits.run(log.source(), trust)
    assert _kinds(report) == [(Kind.ROOT, "other_event")]
    assert report.checks[Check.ROOT] is Verdict.FAILED


def test_what_the_log_itself_told_pins_nothing() -> None:
    log = _small()
    trust = Trust(log.trust.vkey, log.trust.root, pinned=False)
    report = audits.run(log.source(), trust)
    assert report.checks[Check.ROOT] is Verdict.UNKNOWN
    assert not report.ok
    assert report.ok_but_for_pinning


def test_an_empty_log_does_not_hold_the_pinned_event() -> None:
    source = FakeSource()
    _signed(source, 0, EMPTY_ROOT)
    assert _kinds(audits.run(source, _small().trust)) == [(Kind.ROOT, "empty")]


def test_a_root_that_no_tile_gives_is_named() -> None:
    log = _small()
    source = log.source()
    _signed(source, len(log.entries), b"r" * 32)
    assert _kinds(audits.run(source, log.trust)) == [(Kind.TILE, "root")]


def test_a_rewritten_tree_under_the_old_checkpoint_is_named() -> None:
    log = _small()
    source = log.source()
    changed = audits.serve([*log.entries[:-1], log.entries[-1][:-1] + b"A"], log.states)
    source.tiles = changed.tiles
    assert (Kind.TILE, "root") in _kinds(audits.run(source, log.trust))


def test_a_missing_bundle_leaves_later_events_unknown_and_the_tree_standing() -> None:
    log = audits.large()
    source = log.source()
    del source.tiles["tile/entries/001"]
    report = audits.run(source, log.trust)
    assert report.findings[0] == Finding(
        kind=Kind.BUNDLE,
        reason="missing",
        path="tile/entries/001",
        facts=report.findings[0].facts,
    )
    others = [one for one in report.findings[1:] if one.kind is not Kind.UNKNOWN]
    assert others == []
    assert {one.follows for one in report.findings[1:]} == {256}
    assert report.checks[Check.SIGNATURES] is Verdict.UNKNOWN
    assert report.checks[Check.ITEMS] is Verdict.UNKNOWN


def test_a_missing_tile_is_named_and_nothing_else() -> None:
    log = audits.large()
    source = log.source()
    del source.tiles["tile/0/001"]
    report = audits.run(source, log.trust)
    assert [(one.reason, one.path) for one in report.findings] == [("missing", "tile/0/001")]


def test_an_entry_and_its_hash_that_are_both_missing_leave_no_root() -> None:
    log = _small()
    source = log.source()
    source.tiles.clear()
    report = audits.run(source, log.trust)
    reasons = [one.reason for one in report.findings if one.check is Check.TREE]
    assert reasons == ["missing", "missing", "root"]


def test_an_audit_of_a_log_that_is_mostly_missing_ends() -> None:
    log = _small()
    source = log.source()
    _signed(source, 10**12, b"r" * 32)
    report = audits.run(source, log.trust)
    assert report.findings[-1].reason == "stopped"
    assert report.checks[Check.ITEMS] is Verdict.UNKNOWN


def test_a_source_out_of_reach_ends_the_audit() -> None:
    class Gone(FakeSource):
        def tile(self, path: str) -> bytes:
            raise SourceError(path)

    source = Gone(note=_small().source().note)
    with pytest.raises(SourceError):
        audit(source, _small().trust)


def test_bytes_that_are_no_entry_are_named() -> None:
    log = _small()
    entries = [*log.entries[:40], b"no entry", *log.entries[40:]]
    report = audits.run(audits.serve(entries, log.states), log.trust)
    assert (report.findings[0].kind, report.findings[0].reason, report.findings[0].index) == (
        Kind.ENTRY,
        "malformed",
        40,
    )
    # Every state that counts indexes differs now; each is told to follow from that entry.
    assert {one.follows for one in report.findings[1:]} == {40}


def test_a_time_beyond_every_calendar_is_named() -> None:
    log = _small()
    last = Entry.decode(log.entries[-1])
    late = Entry(2**53 - 1, last.jws).encode()
    report = audits.run(audits.serve([*log.entries[:-1], late], log.states), log.trust)
    assert report.findings[0].reason == "time_beyond"


def _with_payload(entry: bytes, key: str, *path: str, value: Json) -> bytes:
    """Return the entry with one member of its event changed and signed anew with a test key."""
    decoded = Entry.decode(entry)
    jws = jose.parse(decoded.jws)
    members = json.loads(jws.payload)
    place = members
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    payload = json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
    return Entry(decoded.logged_at_ms, jose.sign(payload, private_key(key), jws.typ)).encode()


def test_an_unknown_event_type_is_unknown_and_so_is_what_follows() -> None:
    story = Story()
    log = audits.build([*opening(story), story.pack_manufactured(pack(1))])
    strange = _with_payload(log.entries[-1], "Pack Maker/office/1", "event", value="pack.enchanted")
    report = audits.run(audits.serve([*log.entries[:-1], strange], log.states), log.trust)
    assert {one.verdict for one in report.findings} == {Verdict.UNKNOWN}
    assert report.findings[0].index == len(log.entries) - 1
    assert report.checks[Check.RULES] is Verdict.UNKNOWN
    assert report.checks[Check.SIGNATURES] is Verdict.OK
    assert not report.ok


def test_the_signature_of_an_unknown_event_type_is_checked_all_the_same() -> None:
    log = _small()
    strange = _with_payload(log.entries[-1], "Recycler/office/1", "event", value="pack.enchanted")
    forged = strange[:-86] + log.entries[-1][-86:]
    report = audits.run(audits.serve([*log.entries[:-1], forged], log.states), log.trust)
    assert Kind.SIGNATURE in {one.kind for one in report.findings}


def test_an_unknown_rule_set_leaves_everything_after_it_unjudged() -> None:
    story = Story()
    log = audits.build([*opening(story), story.rules_adopted(), story.pack_manufactured(pack(1))])
    office = f"{REGISTRAR.name}/office/1"
    strange = _with_payload(log.entries[-2], office, "data", "version", value="2999.01")
    report = audits.run(audits.serve([*log.entries[:-2], strange, log.entries[-1]], log.states), log.trust)
    assert [(one.reason, one.index) for one in report.findings[:2]] == [
        ("rules.unknown", len(log.entries) - 2),
        ("not_judged", len(log.entries) - 1),
    ]
    assert report.checks[Check.RULES] is Verdict.UNKNOWN
    assert report.checks[Check.SIGNATURES] is Verdict.OK


def test_an_event_that_breaks_a_rule_is_named_with_the_rule() -> None:
    story = Story()
    texts = [*opening(story), story.pack_manufactured(pack(1))]
    honest = audits.build(texts)
    story.transfer_offered(MAKER, VEHICLE_MAKER, pack(1))
    stolen = story.transfer_accepted(MAKER, pack(1))
    jws = stolen.partition("~")[0]
    rogue = Entry(story.now_ms, jws).encode()
    report = audits.run(audits.serve([*honest.entries, rogue], honest.states), honest.trust)
    assert [(one.kind, one.index, one.item) for one in report.findings] == [
        (Kind.RULE, len(honest.entries), str(pack(1)))
    ]


def test_an_event_with_a_key_of_nobody_is_named() -> None:
    log = _small()
    rogue = _with_payload(log.entries[-1], "nobody", "iat", value=0)
    report = audits.run(audits.serve([*log.entries[:-1], rogue], log.states), log.trust)
    assert report.findings[0].reason == "key.unknown"
    assert report.checks[Check.SIGNATURES] is Verdict.UNKNOWN


def test_a_jti_used_twice_is_named() -> None:
    log = _small()
    twin = _with_payload(log.entries[-1], "Recycler/office/1", "iat", value=1)
    last = Entry.decode(log.entries[-1])
    assert Entry.decode(twin).logged_at_ms == last.logged_at_ms
    report = audits.run(audits.serve([*log.entries, twin], log.states), log.trust)
    assert (report.findings[0].kind, report.findings[0].index) == (Kind.DUPLICATE, len(log.entries))


def test_consequences_are_counted_and_the_first_ones_listed() -> None:
    log = audits.large()
    entry = Entry.decode(log.entries[0])
    forged = Entry(entry.logged_at_ms, entry.jws[:-2] + ("AA" if entry.jws[-2:] != "AA" else "BA")).encode()
    report = audits.run(audits.serve([forged, *log.entries[1:]], log.states), log.trust)
    assert len([one for one in report.findings if one.kind is Kind.UNKNOWN and one.index]) == LISTED
    assert report.counted[Kind.UNKNOWN] == len(log.entries) - 1


def test_a_state_without_any_entry_is_named() -> None:
    story = Story()
    texts = [*opening(story), story.pack_manufactured(pack(1))]
    honest = audits.build(texts)
    # The server kept the state of an event that its log refuses.
    rogue = _with_payload(honest.entries[-1], "Vehicle Maker/office/1", "iss", value=str(VEHICLE_MAKER.id))
    source = audits.serve([*honest.entries[:-1], rogue], honest.states)
    report = audits.run(source, honest.trust)
    assert (Kind.ITEM, "not_in_log") in _kinds(report)


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

    log = _small()
    sound = log.source()
    report = audits.run(Odd(note=sound.note, tiles=sound.tiles), log.trust)
    assert report.counted == {Kind.ITEM: len(log.states)}
    assert {one.reason for one in report.findings} == {"not_served"}


def test_an_answer_about_something_else_is_named() -> None:
    class Odd(FakeSource):
        def lookup(self, ids: Sequence[str]) -> Json:
            rows: list[Json] = [{"query": one, "id": "other", "state": {}} for one in ids]
            return {"size": self.size, "items": rows}

    log = _small()
    sound = log.source()
    report = audits.run(Odd(note=sound.note, tiles=sound.tiles, size=sound.size), log.trust)
    assert {one.reason for one in report.findings} == {"answer"}


def test_a_server_behind_its_own_checkpoint_is_named() -> None:
    log = _small()
    source = log.source()
    item = next(iter(source.states))
    source.states[item] = {}
    source.size -= 1
    report = audits.run(source, log.trust)
    assert [(one.reason, one.item) for one in report.findings] == [("behind", item)]


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
    log = _small()
    source = log.source()
    source.states[str(pack(1))] = {}
    source.size += 1
    report = audits.run(source, log.trust)
    assert [(one.kind, one.reason, one.item) for one in report.findings] == [
        (Kind.UNKNOWN, "moved", str(pack(1)))
    ]
    assert report.checks[Check.ITEMS] is Verdict.UNKNOWN


def test_a_checkpoint_that_fails_while_following_is_named() -> None:
    log = _small()
    source = _growing(log, 48)
    assert source.later is not None
    source.later.note = "no note"
    report = audits.run(source, log.trust)
    assert report.findings[0].kind is Kind.CHECKPOINT


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 701])
def test_the_log_begins_with_an_older_checkpoint(size: int) -> None:
    log = audits.large()
    older = audits.serve(log.entries[:size], {}).note
    report = audits.run(log.source(), log.trust, since=older)
    assert report.checks[Check.SINCE] is Verdict.OK
    assert report.ok


def test_a_log_whose_past_was_rewritten_contradicts_the_older_checkpoint() -> None:
    log = _small()
    last = Entry.decode(log.entries[20])
    # The time of an entry is nobody's signature but the log's: only an older checkpoint shows the change.
    other = Entry(last.logged_at_ms + 1, last.jws).encode()
    rewritten = [*log.entries[:20], other, *log.entries[21:]]
    report = audits.run(audits.serve(rewritten, log.states), log.trust, since=log.source().note)
    assert _kinds(report) == [(Kind.SINCE, "differs")]


def test_a_log_that_shrank_contradicts_the_older_checkpoint() -> None:
    log = _small()
    report = audits.run(audits.serve(log.entries[:50], {}), log.trust, since=log.source().note, items=False)
    assert _kinds(report) == [(Kind.SINCE, "shrunk")]


def test_an_older_checkpoint_by_another_key_shows_nothing() -> None:
    log = _small()
    other = audits.serve(log.entries[:20], {}, NoteSigner(LOG.name, private_key("another"))).note
    report = audits.run(log.source(), log.trust, since=other)
    assert _kinds(report) == [(Kind.SINCE, "not_announced")]
    assert report.checks[Check.SINCE] is Verdict.FAILED


def test_progress_ends_at_the_whole() -> None:
    log, told = audits.large(), list[tuple[str, int, int]]()
    audit(log.source(), log.trust, progress=lambda stage, done, total: told.append((stage, done, total)))
    assert ("entries", len(log.entries), len(log.entries)) in told
    assert told[-1] == ("items", len(log.states), len(log.states))
