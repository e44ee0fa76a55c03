"""Findings through the writer and over HTTP, on both databases: told, closed, paged, and who may see them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from crypto.strictjson import Json
from ledger import noticed
from ledger.events.service import HealthMeasured
from ledger.events.vehicle import PackFitted
from ledger.rebuild import rebuild
from ledger.vin import Vin
from ledger.vocabulary import HealthMethod, Right
from tests.consortium import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    REGULATOR,
    VEHICLE_MAKER,
    Party,
    pack,
    vehicle,
    vin,
)
from tests.integration.test_batches import statements
from tests.scenario_more import REPAIRER, MoreStory
from tests.site import Site, bearer

ROUTE = "/v1/findings"
DAY_MS = 86_400_000


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A founded site on either database, its derived tables compared with a replay at the end."""
    opened = Site(tmp_path, database_url)
    opened.story = MoreStory()
    opened.found()
    opened.submit(opened.story.enrolments([REGULATOR, REPAIRER]))
    yield opened
    assert rebuild(opened.service.store, check=True) == []
    opened.close()


@pytest.fixture
def story(site: Site) -> MoreStory:
    assert isinstance(site.story, MoreStory)
    return site.story


def told(site: Site, query: str = "", by: Party | None = None) -> list[dict[str, Any]]:
    """Return the findings that somebody is told of, page after page."""
    found, after = list[dict[str, Any]](), ""
    for _ in range(1_000):
        headers = {} if by is None else {"Authorization": bearer(by, ROUTE)}
        answer = site.get(f"{ROUTE}?{query}{after}", **headers)
        assert answer.status_code == 200, answer.text
        page = answer.get_json()
        found += page["findings"]
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"
    raise AssertionError("pages without end")


def rules(found: Sequence[dict[str, Any]]) -> list[str]:
    return [one["rule"] for one in found]


def measured(story: MoreStory, *items: int, soh: int = 800, cycles: int | None = 1_000, **more: Json) -> str:
    """A laboratory measures packs by their numbers."""
    restricted: dict[str, Json] = {
        "quantity": "capacity_mah",
        "base": 100_000,
        "measured": soh * 100,
        "soh_permille": soh,
        "source": "bench",
        **({} if cycles is None else {"cycles": cycles}),
        **more,
    }
    claims = HealthMeasured(place=LAB.place, method=HealthMethod.CAPACITY_TEST)
    return story.tell(LAB, claims, *(pack(number) for number in items), restricted=restricted)


def test_a_finding_opens_with_an_entry_and_closes_with_another(site: Site, story: MoreStory) -> None:
    site.submit([story.pack_manufactured(pack(1)), story.item_stolen(MAKER, pack(1))])
    [found] = told(site)
    stolen = story.last
    assert (found["rule"], found["state"], found["event"]) == ("item.stolen", "open", stolen.id)
    assert found["id"] == f"{found['index']}:item.stolen:{pack(1)}"
    site.submit([story.item_found(MAKER, pack(1))])
    [closed] = told(site)
    assert (closed["state"], closed["closed"]) == ("closed", found["index"] + 1)
    assert {name for name in found if found[name] != closed[name]} == {"state", "closed"}
    assert told(site, "state=open") == []
    assert told(site, "state=closed") == [closed]


def test_findings_are_filtered_by_each_member(site: Site, story: MoreStory) -> None:
    site.submit([story.pack_manufactured(pack(number)) for number in (1, 2)])
    site.submit([story.item_stolen(MAKER, pack(1)), story.item_lost(MAKER, pack(2))])
    site.submit([story.item_collected(pack(2))])
    everything = told(site)
    assert rules(everything) == ["item.stolen", "item.lost", "custody.claimed"]
    assert rules(told(site, f"org={COLLECTOR.id}")) == ["custody.claimed"]
    assert rules(told(site, f"org={MAKER.id}")) == rules(everything)
    assert rules(told(site, f"org={FLEET.id}")) == []
    assert rules(told(site, f"item={pack(1).code}")) == ["item.stolen"]
    assert rules(told(site, "rule=item.lost")) == ["item.lost"]
    assert rules(told(site, "severity=serious")) == ["item.stolen", "custody.claimed"]
    assert rules(told(site, "severity=serious&rule=item.lost")) == []
    assert rules(told(site, f"since={everything[1]['index']}")) == ["item.lost", "custody.claimed"]
    assert rules(told(site, "state=noted")) == []


def test_pages_add_up_to_the_whole_however_small(
    site: Site, story: MoreStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.submit([story.pack_manufactured(pack(number)) for number in range(1, 9)])
    site.submit([story.item_lost(MAKER, *(pack(number) for number in range(1, 9)))])
    site.submit([measured(story, *range(1, 9)), measured(story, *range(1, 9), soh=900, cycles=900)])
    whole, seen = told(site), told(site, by=LAB)
    assert (len(whole), len(seen)) == (8, 24)
    assert told(site, "limit=1") == whole
    for scanned in (1, 3, 7):
        monkeypatch.setattr(noticed, "SCANNED", scanned)
        assert told(site) == whole
        assert told(site, "limit=2", by=LAB) == seen
        assert told(site, f"org={LAB.id}", by=LAB) == [one for one in seen if one["made"] == "door"]


def test_a_deadline_is_told_from_the_day_it_is_due(site: Site, story: MoreStory) -> None:
    site.submit([story.pack_manufactured(pack(1)), story.transfer_offered(MAKER, FLEET, pack(1))])
    site.clock.now += 14 * DAY_MS - 1
    assert told(site) == []
    site.clock.now += 1
    [found] = told(site)
    assert (found["rule"], found["made"], found["overdue"]) == ("transfer.unanswered", "deadline", True)
    assert "Taxi Fleet" in found["detail"]
    assert found["facts"]["to"] == str(FLEET.id)
    site.submit([story.transfer_accepted(FLEET, pack(1))])
    assert told(site) == []


def test_what_restricted_claims_show_is_for_those_with_a_right_to_them(site: Site, story: MoreStory) -> None:
    custody = (Right.CUSTODY, Right.OWNERSHIP, Right.OPERATOR)
    site.submit([story.pack_manufactured(pack(1)), *story.transfer(MAKER, FLEET, pack(1), rights=custody)])
    site.submit([measured(story, 1), measured(story, 1, soh=900)])
    site.submit(story.transfer(FLEET, VEHICLE_MAKER, pack(1), load="later", rights=custody))
    rising = ["health.rising"]
    assert rules(told(site)) == []
    assert rules(told(site, "rule=health.rising")) == []
    expected = {
        LAB: rising,
        FLEET: rising,
        VEHICLE_MAKER: rising,
        REGULATOR: rising,
        MAKER: [],
        COLLECTOR: [],
    }
    assert {party.name: rules(told(site, by=party)) for party in expected} == {
        party.name: seen for party, seen in expected.items()
    }
    for query in (f"item={pack(1)}", f"org={LAB.id}", "rule=health.rising"):
        assert rules(told(site, query, by=COLLECTOR)) == []
        assert rules(told(site, query, by=VEHICLE_MAKER)) == rising
    [found] = told(site, by=FLEET)
    assert not found["replayable"]
    assert "900" not in str(found["facts"])


def test_a_read_of_what_restricted_claims_show_is_recorded(site: Site, story: MoreStory) -> None:
    site.submit([story.pack_manufactured(pack(1)), measured(story, 1), measured(story, 1, soh=900, cycles=9)])
    index = told(site, by=REGULATOR)[0]["index"]
    with site.service.store.beside() as beside:
        [(_, reading)] = beside.readings(str(pack(1)), after=0, limit=9, until_index=99)
    assert (reading.index, reading.reader) == (index, str(REGULATOR.id))
    assert reading.claims == ("cycles", "soh_permille")


def test_a_repair_between_two_measurements_explains_the_rise(site: Site, story: MoreStory) -> None:
    site.submit([story.pack_manufactured(pack(1)), *story.transfer(MAKER, REPAIRER, pack(1))])
    site.submit([measured(story, 1), story.item_repaired(pack(1)), measured(story, 1, soh=900, cycles=0)])
    site.submit([measured(story, 1, soh=910, cycles=1)])
    assert told(site, by=LAB) == []
    site.submit([story.item_repaired(pack(1))])
    site.submit([measured(story, 1, soh=999, cycles=0)])
    assert told(site, by=LAB) == []


def test_measurements_of_one_batch_are_compared_with_each_other(site: Site, story: MoreStory) -> None:
    site.submit([story.pack_manufactured(pack(1))])
    site.submit([measured(story, 1), measured(story, 1, soh=821), measured(story, 1, soh=841, cycles=999)])
    assert rules(told(site, by=LAB)) == ["health.rising", "health.cycles_falling"]
    assert rules(told(site, "rule=health.calibration", by=LAB)) == []
    site.submit([measured(story, 1, soh=700, calibration_until="2026-05-31")])
    assert rules(told(site, "rule=health.calibration", by=LAB)) == ["health.calibration"]


def test_a_second_live_vehicle_of_a_vin_is_a_finding_for_who_may_read_vins(
    site: Site, story: MoreStory
) -> None:
    site.submit([story.pack_manufactured(pack(number)) for number in (1, 2, 3, 4)])
    packs = [pack(number) for number in (1, 2, 3, 4)]
    site.submit(story.transfer(MAKER, VEHICLE_MAKER, *packs))
    site.submit([fitted(story, 1, vin(1)), fitted(story, 2, vin(2))])
    assert told(site, by=REGULATOR) == []
    site.submit([fitted(story, 3, vin(1))])
    site.submit([fitted(story, 4, vin(1))])
    found = told(site, by=VEHICLE_MAKER)
    assert [(one["rule"], one["subject"]) for one in found] == [
        ("vehicle.second_vin", str(vehicle(3))),
        ("vehicle.second_vin", str(vehicle(4))),
    ]
    assert [one["facts"] for one in found] == [{"vehicle": str(vehicle(1))}] * 2
    assert told(site) == told(site, by=COLLECTOR) == []


def test_two_vehicles_of_a_vin_in_one_batch_are_found_and_an_ended_one_is_not(
    site: Site, story: MoreStory
) -> None:
    site.submit([story.pack_manufactured(pack(number)) for number in (1, 2, 3)])
    site.submit(story.transfer(MAKER, VEHICLE_MAKER, pack(1), pack(2), pack(3)))
    site.submit([fitted(story, 1, vin(1)), fitted(story, 2, vin(1))])
    assert [one["subject"] for one in told(site, by=REGULATOR)] == [str(vehicle(2))]
    change(site, "UPDATE item SET phase = 'ended' WHERE kind = 'vehicle'")
    site.submit([fitted(story, 3, vin(1))])
    assert len(told(site, by=REGULATOR)) == 1
    rebuild(site.service.store)


def fitted(story: MoreStory, number: int, borne: Vin) -> str:
    """The vehicle maker fits a pack into the vehicle of its number, which bears a VIN."""
    claims = PackFitted(place=VEHICLE_MAKER.place, vehicle_model="TAXI-1", max_packs=1)
    return story.tell(VEHICLE_MAKER, claims, pack(number), vehicle(number), restricted={"vin": borne.text})


def change(site: Site, statement: str) -> None:
    engine = create_engine(site.service.store._engine.url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def check_uncompared(site: Site, story: MoreStory, statement: str) -> None:
    """Check that a measurement is compared with none whose figures a statement took away."""
    site.submit([story.pack_manufactured(pack(1)), measured(story, 1)])
    change(site, statement)
    site.submit([measured(story, 1, soh=999, cycles=0)])
    assert told(site, by=LAB) == []


def test_a_measurement_whose_figures_were_erased_is_compared_with_nothing(
    site: Site, story: MoreStory
) -> None:
    check_uncompared(site, story, "DELETE FROM disclosure")


def test_a_measurement_whose_figures_were_spoilt_is_compared_with_nothing_and_named(
    site: Site, story: MoreStory
) -> None:
    check_uncompared(site, story, "UPDATE disclosure SET text = 'spoilt'")
    found = rebuild(site.service.store, check=True)
    assert {one.table for one in found} == {"disclosure"}
    change(site, "DELETE FROM disclosure WHERE text = 'spoilt'")


def test_a_stream_that_was_changed_is_named_and_put_right_and_the_doors_is_left_alone(
    site: Site, story: MoreStory
) -> None:
    site.submit([story.pack_manufactured(pack(1)), measured(story, 1), measured(story, 1, soh=900)])
    site.submit([story.item_stolen(MAKER, pack(1))])
    before = told(site, by=LAB)
    change(site, "UPDATE finding SET rule = 'item.lost' WHERE rule = 'item.stolen'")
    [found] = rebuild(site.service.store)
    assert (found.table, found.replayed) == ("finding", {"rule": "item.stolen"})
    change(site, "DELETE FROM finding")
    assert {one.table for one in rebuild(site.service.store)} == {"finding"}
    assert told(site, by=LAB) == before
    assert len(before) == 2


def test_findings_cost_one_statement_a_batch_and_none_where_there_are_none(
    site: Site, story: MoreStory
) -> None:
    site.submit([story.pack_manufactured(pack(number)) for number in range(1, 30)])
    store, sent = site.service.store, list[list[str]]()
    batches = (
        [story.pack_manufactured(pack(100))],
        [story.item_lost(MAKER, pack(1))],
        [story.item_lost(MAKER, pack(number)) for number in range(2, 30)],
        [measured(story, 1), measured(story, 1, soh=900)],
    )
    for batch in batches:
        with statements(store) as noted:
            site.submit(batch)
        sent.append([one for one in noted if "finding" in one])
    assert [len(one) for one in sent[:3]] == [0, 1, 1]
    assert all(one.startswith("INSERT INTO finding") for one in sent[1] + sent[2])
    assert [one.split("(")[0].strip() for one in sent[3]] == ["INSERT INTO door_finding"]
