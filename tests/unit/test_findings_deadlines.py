"""Deadlines: what waits is counted when it is read; and findings on what events state by themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.events.custody import IntakeRecorded, Scan
from ledger.events.recycling import Period
from ledger.events.registry import OrgRolesSet
from ledger.events.row import Place
from ledger.events.service import Selector
from ledger.events.vehicle import PoolReported
from ledger.findings.shown import Kept, finding_of
from ledger.findings.stated import city
from ledger.instants import Day, Instant
from ledger.rules import LATEST, rule_set
from ledger.vocabulary import Role
from tests.consortium import COLLECTOR, FLEET, LAB, MADE_ON, MAKER, REGISTRAR, START, pack
from tests.scenario_more import SWAPPER
from tests.watched import DAY_MS, Watched

ROOT = "A" * 43


@pytest.fixture
def world() -> Watched:
    world = Watched()
    world.log(world.story.pack_manufactured(pack(1)), world.story.pack_manufactured(pack(2)))
    return world


def test_an_offer_is_told_once_it_was_open_for_fourteen_days(world: Watched) -> None:
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1)))
    assert world.states("transfer.unanswered", days=14, ms=-1) == []
    assert world.states("transfer.unanswered", days=14) == ["open"]
    [found] = world.findings(days=15)
    assert (found.orgs, found.overdue, found.due) == ((FLEET.id, MAKER.id), True, "2026-06-15")
    assert found.replayable


@pytest.mark.parametrize("end", ["accepted", "rejected", "withdrawn"])
def test_an_offer_that_was_answered_is_told_no_more(world: Watched, end: str) -> None:
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1), pack(2)))
    answers = {
        "accepted": lambda: world.story.transfer_accepted(FLEET, pack(1)),
        "rejected": lambda: world.story.transfer_rejected(FLEET, pack(1)),
        "withdrawn": lambda: world.story.transfer_withdrawn(MAKER, pack(1)),
    }
    world.log(answers[end]())
    assert [one.subject for one in world.findings(days=30)] == [str(pack(2))]


def test_a_collectors_claim_is_told_five_days_before_the_silence_ends(world: Watched) -> None:
    world.log(world.story.item_collected(pack(1)))
    days = rule_set(LATEST).collection_silence_days.days
    assert world.states("custody.silence", days=days - 5, ms=-1) == []
    [before] = [one for one in world.findings(days=days - 5) if one.rule.rule == "custody.silence"]
    [after] = [one for one in world.findings(days=days) if one.rule.rule == "custody.silence"]
    assert (before.overdue, after.overdue) == (False, True)


def test_a_quarantine_is_told_after_thirty_days_until_it_is_lifted(world: Watched) -> None:
    world.log(world.story.incident_reported(pack(1)))
    assert world.states("quarantine.long", days=30, ms=-1) == []
    assert world.states("quarantine.long", days=30) == ["open"]
    world.log(world.story.quarantine_lifted(pack(1)))
    assert world.states("quarantine.long", days=99) == []


def test_a_recall_is_told_after_half_a_year_until_it_is_closed(world: Watched) -> None:
    world.log(world.story.recall_opened(Selector(vendor="ZZZ")))
    opened = world.story.last
    assert world.states("recall.open", days=180, ms=-1) == []
    [found] = world.findings(days=180)
    assert (found.subject, found.facts["recall"], found.orgs) == (str(MAKER.id), opened.id, (MAKER.id,))
    world.log(world.story.recall_closed(opened.id))
    assert world.findings(days=999) == []


def licensed(until: Day | None) -> OrgRolesSet:
    return OrgRolesSet(roles=(Role.FLEET_OPERATOR,), licence_until=until)


def test_a_licence_is_told_sixty_days_before_it_ends_and_over_the_day_after(world: Watched) -> None:
    world.log(world.story.tell(REGISTRAR, licensed(Day(2026, 12, 31)), FLEET.id))
    world.story.now_ms = Instant.parse("2027-01-01T08:00:00+08:00").ms  # the first moment of the day by UTC
    assert world.states("licence.ending", days=-60, ms=-1) == []
    [soon] = world.findings(days=-60)
    [still] = world.findings(ms=-1)
    [over] = world.findings()
    assert [one.overdue for one in (soon, still, over)] == [False, False, True]
    assert over.orgs == (FLEET.id,)


def test_a_renewed_licence_closes_the_old_one(world: Watched) -> None:
    world.log(world.story.tell(REGISTRAR, licensed(Day(2026, 12, 31)), FLEET.id))
    world.log(world.story.tell(REGISTRAR, licensed(Day(2028, 12, 31)), FLEET.id))
    [found] = world.findings(days=400 + 365 + 210)
    assert found.facts["until"] == "2028-12-31"
    world.log(world.story.tell(REGISTRAR, licensed(None), FLEET.id))
    assert world.findings(days=9_999) == []


def test_the_next_report_is_missed_a_period_and_a_month_after_the_last(world: Watched) -> None:
    until = MADE_ON
    world.log(world.story.report_filed(LAB, from_=until - timedelta(days=30), until=until))
    world.story.now_ms = Instant.parse("2026-06-02T08:00:00+08:00").ms
    assert world.states("report.missing", days=31 + 30, ms=-1) == []
    assert world.states("report.missing", days=31 + 30) == ["open"]
    world.log(world.story.report_filed(LAB, from_=until, until=until + timedelta(days=1)))
    assert world.states("report.missing", days=31) == []
    assert world.states("report.missing", days=40) == ["open"]


def test_a_report_of_a_period_that_is_not_over_is_a_finding(world: Watched) -> None:
    assert world.rules(world.story.report_filed(LAB, until=MADE_ON)) == ["report.missing"]
    assert world.rules(world.story.report_filed(LAB, until=MADE_ON + timedelta(days=1))) == [
        "report.period",
        "report.missing",
    ]


WHOLE = PoolReported(
    pool="P1", period=Period(from_=START, until=START), records_root=ROOT, packs=10, vehicles=8, swaps=900
)


def pool(world: Watched, claims: PoolReported = WHOLE, *, ahead_ms: int = 0) -> str:
    until = Instant.from_ms(world.story.now_ms + 60_000 + ahead_ms)
    return world.story.tell(SWAPPER, replace(claims, period=Period(from_=START, until=until)))


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        (WHOLE, []),
        (replace(WHOLE, records_root=None), ["report.counts"]),
        (replace(WHOLE, records_root=None, swaps=0), []),
        (replace(WHOLE, packs=0), ["report.counts"]),
        (replace(WHOLE, vehicles=0), ["report.counts"]),
    ],
)
def test_a_pools_report_that_contradicts_itself_is_a_finding(
    world: Watched, claims: PoolReported, expected: list[str]
) -> None:
    assert world.rules(pool(world, claims)) == [*expected, "pool.report_missing"]


@pytest.mark.parametrize(("ahead_ms", "expected"), [(0, []), (1_000, ["report.period"])])
def test_a_pools_report_of_a_period_that_is_not_over_is_a_finding(
    world: Watched, ahead_ms: int, expected: list[str]
) -> None:
    assert world.rules(pool(world, ahead_ms=ahead_ms)) == [*expected, "pool.report_missing"]


def test_the_next_report_of_a_pool_is_missed_a_period_and_fifteen_days_later(world: Watched) -> None:
    world.story.now_ms += 30 * DAY_MS
    world.log(pool(world))
    length_ms = world.story.now_ms - START.ms
    assert world.states("pool.report_missing", days=15, ms=length_ms - 1) == []
    assert world.states("pool.report_missing", days=15, ms=length_ms) == ["open"]
    world.log(pool(world))
    assert world.states("pool.report_missing", days=15, ms=length_ms) == []


def test_a_scan_is_noted_with_its_city_and_is_no_finding_alone(world: Watched) -> None:
    [remark] = world.remarks(world.story.intake_recorded(pack(1), raw=["garbled"]))
    assert (remark.rule, remark.place, remark.base_ms) == ("label.far_apart", "4403", world.story.now_ms)
    assert (remark.org, remark.other) == (COLLECTOR.id, MAKER.id)
    assert world.findings() == []
    assert world.rules(world.story.intake_recorded(raw=["garbled"])) == []


def test_a_label_scanned_twice_in_one_event_is_noted_once(world: Watched) -> None:
    scans = (Scan(raw="A", item=pack(1)), Scan(raw="B", item=pack(1)))
    claims = IntakeRecorded(place=Place(district="DE-BW"), consignment=world.story.uuid("load"), scans=scans)
    [remark] = world.remarks(world.story.tell(COLLECTOR, claims))
    assert remark.place == city("DE-BW") == "DE-BW"


def test_a_remark_of_a_rule_that_this_software_lacks_is_no_finding(world: Watched) -> None:
    world.log(world.story.item_lost(MAKER, pack(1)))
    kept = world.ledger.stream[-1]
    remark = replace(kept.remark, rule="nobody.knows")
    odd = Kept(remark=remark, index=1, n=0, event=kept.event, logged_at_ms=kept.logged_at_ms)
    assert finding_of(odd, world.story.now_ms, rule_set(LATEST)) is None
