"""Who reads for another: a successor, a principal, who has what a local item turned out to be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto.strictjson import Json
from ledger.events.service import HealthMeasured
from ledger.rebuild import rebuild
from ledger.vocabulary import HealthMethod, Kind
from tests.scenario import COLLECTOR, FLEET, LAB, MAKER, RECYCLER, VEHICLE_MAKER, Party, pack
from tests.scenario_last import LastStory
from tests.scenario_more import local
from tests.site import Site, bearer, problem

FIGURES: dict[str, Json] = {
    "quantity": "capacity_mah",
    "base": 10,
    "measured": 8,
    "soh_permille": 800,
    "source": "bench",
}


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A founded ledger; at the end its derived rows must equal a replay."""
    found = Site(tmp_path, database_url)
    found.story = LastStory()
    found.found()
    yield found
    assert rebuild(found.service.store, check=True) == []
    found.close()


def story_of(site: Site) -> LastStory:
    assert isinstance(site.story, LastStory)
    return site.story


def restricted(site: Site, by: Party, event: str) -> set[str]:
    path = f"/v1/events/{event}"
    answer = site.get(path, Authorization=bearer(by, path))
    assert answer.status_code == 200, answer.text
    return set(answer.get_json().get("restricted", {}))


def test_a_successor_reads_what_the_firm_it_succeeded_stated_and_held(site: Site) -> None:
    story = story_of(site)
    site.submit([story.pack_manufactured(pack(1)), story.health_measured(pack(1))])
    measured = story.last.id
    site.submit([story.transfer_offered(MAKER, FLEET, pack(1))])
    offered = story.last.id
    assert restricted(site, VEHICLE_MAKER, measured) == set()
    site.submit([story.org_succeeded(MAKER, VEHICLE_MAKER)])
    assert "soh_permille" in restricted(site, VEHICLE_MAKER, measured)
    assert "waybill" in restricted(site, VEHICLE_MAKER, offered)
    path = f"/v1/events/{measured}"
    assert problem(site.get(path, Authorization=bearer(MAKER, path)))["rule"] == "token.suspended"
    site.submit([story.org_succeeded(VEHICLE_MAKER, RECYCLER)])
    assert "soh_permille" in restricted(site, RECYCLER, measured)


def test_what_a_delegate_stated_its_principal_reads_as_its_own(site: Site) -> None:
    story = story_of(site)
    site.submit([story.pack_manufactured(pack(1)), story.delegation_granted(MAKER, FLEET, "health.measured")])
    claims = HealthMeasured(place=FLEET.place, method=HealthMethod.CAPACITY_TEST, on_behalf_of=MAKER.id)
    site.submit([story.tell(FLEET, claims, pack(1), restricted=FIGURES)])
    measured = story.last.id
    assert restricted(site, MAKER, measured) == restricted(site, FLEET, measured) == set(FIGURES)
    assert restricted(site, VEHICLE_MAKER, measured) == set()


def test_who_has_what_a_local_item_turned_out_to_be_reads_of_the_local_item(site: Site) -> None:
    story, found = story_of(site), local(COLLECTOR, "FOUND-1")
    site.submit([story.pack_manufactured(pack(1)), *story.transfer(MAKER, COLLECTOR, pack(1), load="in")])
    site.submit([story.item_declared(found, kind=Kind.PACK), story.health_measured(found)])
    measured = story.last.id
    assert restricted(site, MAKER, measured) == set()
    site.submit([story.item_identified(found, pack(1))])
    site.submit(story.transfer(COLLECTOR, RECYCLER, pack(1), load="out"))
    assert "soh_permille" in restricted(site, RECYCLER, measured)
    assert restricted(site, FLEET, measured) == set()


def test_an_erasure_is_an_event_and_its_claims_are_gone(site: Site) -> None:
    story = story_of(site)
    site.submit([story.pack_manufactured(pack(1)), story.health_measured(pack(1))])
    measured = story.last
    gone = measured.sd[0]
    before = restricted(site, LAB, measured.id)
    site.submit([story.disclosure_erased(measured, gone)])
    assert len(restricted(site, LAB, measured.id)) == len(before) - 1
    page = site.get(f"/p/{pack(1).code}", Accept_Language="en").text
    assert "1 no longer kept" in page
    assert site.get(f"/v1/events/{measured.id}/receipt").status_code == 200
