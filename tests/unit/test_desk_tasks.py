"""What waits for a firm's signature at the desk: every line with the form that ends it, and no other."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from api.desk_tasks import ANSWERS
from ledger.events import REGISTRY
from ledger.events.service import RecallOpened, Selector
from ledger.instants import Day
from ledger.noticed import RULE_IDS
from ledger.vocabulary import DisputeOutcome, Hazard, RecallRemedy
from tests.scenario import MAKER, RECYCLER, VEHICLE_MAKER, Party, module, pack
from tests.site import Site
from tests.unit.test_sessions import at_desk

REPORTED = Day(2025, 12, 1)
EN = {"Accept-Language": "en"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger in which the vehicle maker has two packs, one recalled with its module, one contested."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.found()
    story = found.story
    made = [story.pack_manufactured(pack(1), [module(1)]), story.pack_manufactured(pack(2), [module(2)])]
    contested = story.last
    found.submit([*made, *story.transfer(MAKER, VEHICLE_MAKER, pack(1), pack(2))])
    recall = RecallOpened(
        selector=Selector(codes=(pack(1), module(1))),
        hazard=Hazard.FLAMMABLE_ELECTROLYTE,
        remedy=RecallRemedy.REPAIR,
    )
    found.submit([story.tell(MAKER, recall, MAKER.id), story.event_disputed(contested, VEHICLE_MAKER)])
    found.submit([story.dispute_settled(contested, VEHICLE_MAKER, DisputeOutcome.WITHDRAWN)])
    found.submit([story.report_filed(MAKER, REPORTED, REPORTED)])
    yield found
    found.close()


def to_sign(site: Site, party: Party) -> dict[str, str]:
    """Return what a firm is to sign: the forms' addresses with their titles."""
    page = unescape(at_desk(site, party).get("/desk", headers=EN).text)
    section = page.partition('id="sign"')[2].partition("</section>")[0]
    return dict(re.findall(r'class="button[^"]*" href="([^"]+)">([^<]+)<', section))


def test_every_answer_is_an_event_and_every_question_a_finding() -> None:
    assert set(ANSWERS) <= set(RULE_IDS)
    assert {event for some in ANSWERS.values() for event in some} <= set(REGISTRY)


def test_a_recall_waits_for_whoever_has_what_it_is_for(site: Site) -> None:
    [path] = [one for one in to_sign(site, VEHICLE_MAKER) if one.startswith("/desk/recall/")]
    form = at_desk(site, VEHICLE_MAKER).get(path, headers=EN).text
    assert set(re.findall(r'data-item="([^"]+)"', form)) == {str(pack(1)), str(module(1))}
    assert f'data-field="recall" value="{path.rpartition("/")[2]}"' in form
    assert at_desk(site, RECYCLER).get(path).status_code == 404
    assert not any("recall" in one for one in to_sign(site, MAKER))


def test_a_dispute_waits_for_the_party_that_has_not_spoken(site: Site) -> None:
    [path] = [one for one in to_sign(site, MAKER) if one.endswith("/dispute.settled")]
    assert at_desk(site, MAKER).get(path, headers=EN).status_code == 200
    assert not any(one.endswith("/dispute.settled") for one in to_sign(site, VEHICLE_MAKER))


def test_a_report_that_is_awaited_has_a_form_with_the_day_it_begins(site: Site) -> None:
    page = unescape(at_desk(site, MAKER).get("/desk", headers=EN).text)
    found = re.search(r'href="(/desk/finding/[0-9]+/report.filed)"', page)
    assert found is not None
    form = at_desk(site, MAKER).get(found[1], headers=EN).text
    assert 'data-field="from" value="2025-12-02"' in form
    assert '<option value="national_platform" selected' in form
    for party, path in ((RECYCLER, found[1]), (MAKER, found[1].replace("report.filed", "recall.closed"))):
        assert at_desk(site, party).get(path).status_code == 404
