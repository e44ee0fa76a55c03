"""What the log said before, held to what it says now: older checkpoints, kept ones, receipts."""

from collections.abc import Collection, Iterator
from dataclasses import replace

import pytest

from crypto.note import NoteSigner
from ledger import audit
from ledger.audit import Check, Kind, NotServedError, Report
from ledger.entry import Entry
from ledger.receipt import Receipt
from ledger.verdict import Verdict
from tests import audits
from tests.audits import LOG, BuiltLog, FakeSource
from tests.consortium import private_key


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 703])
def test_the_log_begins_with_an_older_checkpoint(size: int) -> None:
    log = audits.large()
    older = audits.serve(log.entries[:size], {}).note
    report = audits.run(log.source(), log.trust, since=older)
    assert report.checks[Check.SINCE] is Verdict.OK
    assert report.ok


def test_a_log_whose_past_was_rewritten_contradicts_the_older_checkpoint() -> None:
    log = audits.small()
    last = Entry.decode(log.entries[20])
    # The time of an entry is nobody's signature but the log's: only an older checkpoint shows the change.
    other = Entry(last.logged_at_ms + 1, last.jws).encode()
    rewritten = [*log.entries[:20], other, *log.entries[21:]]
    report = audits.run(audits.serve(rewritten, log.states), log.trust, since=log.source().note)
    assert audits.kinds(report) == [(Kind.SINCE, "differs")]


def test_a_log_that_shrank_contradicts_the_older_checkpoint() -> None:
    log = audits.small()
    report = audits.run(audits.serve(log.entries[:50], {}), log.trust, since=log.source().note, items=False)
    assert audits.kinds(report) == [(Kind.SINCE, "shrunk")]


def test_an_older_checkpoint_by_another_key_shows_nothing() -> None:
    log = audits.small()
    other = audits.serve(log.entries[:20], {}, NoteSigner(LOG.name, private_key("another"))).note
    report = audits.run(log.source(), log.trust, since=other)
    assert audits.kinds(report) == [(Kind.SINCE, "not_announced")]
    assert report.checks[Check.SINCE] is Verdict.FAILED


def _note(log: BuiltLog, size: int) -> str:
    return audits.serve(log.entries[:size], {}).note


def test_checkpoints_that_the_log_keeps_are_of_its_history() -> None:
    log = audits.small()
    report = audits.run(
        audits.keeping(log, [_note(log, size) for size in (3, 20, len(log.entries))]), log.trust
    )
    assert report.ok
    assert report.counts.kept == 3


def test_a_kept_checkpoint_of_another_history_is_named() -> None:
    log = audits.small()
    other = audits.serve(audits.large().entries[:20], {}).note
    report = audits.run(audits.keeping(log, [_note(log, 10), other]), log.trust)
    assert audits.kinds(report) == [(Kind.KEPT, "differs")]
    assert report.findings[0].facts["size"] == 20
    assert report.checks[Check.KEPT] is Verdict.FAILED


def test_a_log_that_shrank_below_a_checkpoint_that_it_keeps_is_named() -> None:
    log = audits.small()
    source = audits.keeping(log, [log.source().note])
    source.note = _note(log, 20)
    source.tiles = audits.serve(log.entries[:20], {}).tiles
    assert audits.kinds(audits.run(source, log.trust, items=False)) == [(Kind.KEPT, "shrunk")]


def test_a_kept_checkpoint_that_nobody_has_signed_is_named() -> None:
    log = audits.small()
    other = audits.serve(log.entries[:20], {}, NoteSigner(LOG.name, private_key("another"))).note
    report = audits.run(audits.keeping(log, ["none", other]), log.trust)
    assert audits.kinds(report) == [(Kind.KEPT, "not_signed"), (Kind.KEPT, "not_announced")]


def test_kept_checkpoints_that_are_not_served_are_named() -> None:
    class Refusing(audits.Keeping):
        def kept(self, have: Collection[int], most: int | None = None) -> Iterator[str]:
            raise NotServedError(f"{have} {most}")

    log = audits.small()
    sound = log.source()
    report = audits.run(Refusing(sound.note, sound.tiles, sound.states, sound.size), log.trust)
    assert audits.kinds(report) == [(Kind.KEPT, "not_served")]


def _promised(
    source: FakeSource, log: BuiltLog, receipt: Receipt, resumed: list[bytes] | None = None
) -> Report:
    return audit.audit(source, log.trust, receipts={"mine": receipt}, items=False, resumed=resumed)


def test_a_receipt_whose_entry_is_in_the_log_is_counted() -> None:
    log = audits.small()
    report = _promised(log.source(), log, audits.receipt(log, 30, 40))
    assert report.ok
    assert report.counts.receipts == 1


def test_an_entry_that_was_dropped_is_named_by_its_receipt() -> None:
    log, last = audits.small(), len(audits.small().entries) - 1
    short = audits.serve(log.entries[:last], {})
    report = _promised(short, log, audits.receipt(log, last, last + 1))
    assert [(one.kind, one.reason, one.index) for one in report.findings] == [(Kind.PROMISE, "dropped", last)]
    assert report.findings[0].facts["receipt"] == "mine"
    assert report.checks[Check.RECEIPTS] is Verdict.FAILED


def test_an_entry_in_the_place_of_the_promised_one_is_named() -> None:
    log = audits.small()
    last = Entry.decode(log.entries[30])
    other = Entry(last.logged_at_ms + 1, last.jws).encode()
    rewritten = audits.serve([*log.entries[:30], other, *log.entries[31:]], {})
    found = audits.kinds(_promised(rewritten, log, audits.receipt(log, 30, 40)))
    assert found == [(Kind.PROMISE, "replaced"), (Kind.PROMISE, "differs")]


def test_a_receipt_that_the_log_never_signed_shows_nothing() -> None:
    log = audits.small()
    receipt = audits.receipt(log, 30, 40)
    other = audits.serve(log.entries[:40], {}, NoteSigner(LOG.name, private_key("another"))).note
    report = _promised(log.source(), log, replace(receipt, checkpoint_note=other))
    assert audits.kinds(report) == [(Kind.PROMISE, "not_announced")]
    report = _promised(log.source(), log, replace(receipt, index=31))
    assert audits.kinds(report) == [(Kind.PROMISE, "proof")]
    assert report.counts.receipts == 0


def test_an_audit_that_goes_on_knows_what_it_read_before() -> None:
    log, saved = audits.small(), list[bytes]()
    first = audits.serve(log.entries[:50], {})
    audit.audit(first, log.trust, items=False, save=saved.extend)
    assert _promised(log.source(), log, audits.receipt(log, 30, 40), saved).ok
    # The log has signed another entry in that place, to whoever holds this receipt.
    other = replace(log, entries=(*log.entries[:30], log.entries[31]))
    found = audits.kinds(_promised(log.source(), log, audits.receipt(other, 30, 31), saved))
    assert found == [(Kind.PROMISE, "replaced")]
