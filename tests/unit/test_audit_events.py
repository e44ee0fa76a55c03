"""What the audit says of entries that are no events, or events that the rules do not allow."""

from ledger.audit import Check, Kind
from ledger.audit.findings import LISTED
from ledger.entry import Entry
from ledger.verdict import Verdict
from tests import audits
from tests.memory import opening
from tests.scenario import MAKER, REGISTRAR, VEHICLE_MAKER, Story, pack


def test_bytes_that_are_no_entry_are_named() -> None:
    log = audits.small()
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
    log = audits.small()
    last = Entry.decode(log.entries[-1])
    late = Entry(2**53 - 1, last.jws).encode()
    report = audits.run(audits.serve([*log.entries[:-1], late], log.states), log.trust)
    assert report.findings[0].reason == "time_beyond"


def test_an_unknown_event_type_is_unknown_and_so_is_what_follows() -> None:
    story = Story()
    log = audits.build([*opening(story), story.pack_manufactured(pack(1))])
    strange = audits.with_payload(log.entries[-1], "Pack Maker/office/1", "event", value="pack.enchanted")
    report = audits.run(audits.serve([*log.entries[:-1], strange], log.states), log.trust)
    assert {one.verdict for one in report.findings} == {Verdict.UNKNOWN}
    assert report.findings[0].index == len(log.entries) - 1
    assert report.checks[Check.RULES] is Verdict.UNKNOWN
    assert report.checks[Check.SIGNATURES] is Verdict.OK
    assert not report.ok


def test_the_signature_of_an_unknown_event_type_is_checked_all_the_same() -> None:
    log = audits.small()
    strange = audits.with_payload(log.entries[-1], "Recycler/office/1", "event", value="pack.enchanted")
    forged = strange[:-86] + log.entries[-1][-86:]
    report = audits.run(audits.serve([*log.entries[:-1], forged], log.states), log.trust)
    assert Kind.SIGNATURE in {one.kind for one in report.findings}


def test_an_unknown_rule_set_leaves_everything_after_it_unjudged() -> None:
    story = Story()
    log = audits.build([*opening(story), story.rules_adopted(), story.pack_manufactured(pack(1))])
    office = f"{REGISTRAR.name}/office/1"
    strange = audits.with_payload(log.entries[-2], office, "data", "version", value="2999.01")
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
    log = audits.small()
    rogue = audits.with_payload(log.entries[-1], "nobody", "iat", value=0)
    report = audits.run(audits.serve([*log.entries[:-1], rogue], log.states), log.trust)
    assert report.findings[0].reason == "key.unknown"
    assert report.checks[Check.SIGNATURES] is Verdict.UNKNOWN


def test_a_jti_used_twice_is_named() -> None:
    log = audits.small()
    twin = audits.with_payload(log.entries[-1], "Recycler/office/1", "iat", value=1)
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
