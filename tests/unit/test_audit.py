"""What the audit says of a sound log, and of checkpoints, tiles and bundles that are wrong."""

import json

import pytest

from crypto.note import NoteSigner
from ledger import checkpoint
from ledger.audit import Check, Finding, Kind, NotServedError, SourceError, Trust, audit
from ledger.audit.telling import OF_TELLERS
from ledger.checkpoint import Checkpoint
from ledger.merkle import EMPTY_ROOT
from ledger.verdict import Verdict
from tests import audits
from tests.audits import LOG, FakeSource
from tests.consortium import private_key


def _signed(source: FakeSource, size: int, root: bytes) -> None:
    source.note = checkpoint.sign(Checkpoint(LOG.name, size, root), LOG)


def test_a_sound_ledger_passes_every_check() -> None:
    log = audits.large()
    report = audits.run(log.source(), log.trust)
    assert report.ok
    asked_for = {Check.SINCE, Check.KEPT, Check.RECEIPTS, Check.WITNESSED, *OF_TELLERS}
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
    log = audits.small()
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
    log = audits.small()
    other = NoteSigner(LOG.name, private_key("another log"))
    report = audits.run(audits.serve(log.entries, log.states, other), log.trust)
    assert audits.kinds(report) == [(Kind.CHECKPOINT, "not_announced")]
    assert report.checks[Check.TREE] is Verdict.UNKNOWN


def test_a_missing_checkpoint_is_named() -> None:
    class Bare(FakeSource):
        def checkpoint(self) -> str:
            raise NotServedError("no checkpoint")

    assert audits.kinds(audits.run(Bare(), audits.small().trust)) == [(Kind.CHECKPOINT, "missing")]


def test_another_root_of_trust_is_named() -> None:
    log = audits.small()
    trust = Trust(LOG.verifier_key, log.event_id(1))
    report = audits.run(log.source(), trust)
    assert audits.kinds(report) == [(Kind.ROOT, "other_event")]
    assert report.checks[Check.ROOT] is Verdict.FAILED


def test_what_the_log_itself_told_pins_nothing() -> None:
    log = audits.small()
    trust = Trust(log.trust.vkey, log.trust.root, pinned=False)
    report = audits.run(log.source(), trust)
    assert report.checks[Check.ROOT] is Verdict.UNKNOWN
    assert not report.ok
    assert report.ok_but_for_pinning


def test_an_empty_log_does_not_hold_the_pinned_event() -> None:
    source = FakeSource()
    _signed(source, 0, EMPTY_ROOT)
    assert audits.kinds(audits.run(source, audits.small().trust)) == [(Kind.ROOT, "empty")]


def test_a_root_that_no_tile_gives_is_named() -> None:
    log = audits.small()
    source = log.source()
    _signed(source, len(log.entries), b"r" * 32)
    assert audits.kinds(audits.run(source, log.trust)) == [(Kind.TILE, "root")]


def test_a_rewritten_tree_under_the_old_checkpoint_is_named() -> None:
    log = audits.small()
    source = log.source()
    changed = audits.serve([*log.entries[:-1], log.entries[-1][:-1] + b"A"], log.states)
    source.tiles = changed.tiles
    assert (Kind.TILE, "root") in audits.kinds(audits.run(source, log.trust))


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
    log = audits.small()
    source = log.source()
    source.tiles.clear()
    report = audits.run(source, log.trust)
    reasons = [one.reason for one in report.findings if one.check is Check.TREE]
    assert reasons == ["missing", "missing", "root"]


def test_an_audit_of_a_log_that_is_mostly_missing_ends() -> None:
    log = audits.small()
    source = log.source()
    _signed(source, 10**12, b"r" * 32)
    report = audits.run(source, log.trust)
    assert report.findings[-1].reason == "stopped"
    assert report.checks[Check.ITEMS] is Verdict.UNKNOWN


def test_a_source_out_of_reach_ends_the_audit() -> None:
    class Gone(FakeSource):
        def tile(self, path: str) -> bytes:
            raise SourceError(path)

    source = Gone(note=audits.small().source().note)
    with pytest.raises(SourceError):
        audit(source, audits.small().trust)


def test_progress_ends_at_the_whole() -> None:
    log, told = audits.large(), list[tuple[str, int, int]]()
    audit(log.source(), log.trust, progress=lambda stage, done, total: told.append((stage, done, total)))
    assert ("entries", len(log.entries), len(log.entries)) in told
    assert told[-1] == ("items", len(log.states), len(log.states))
