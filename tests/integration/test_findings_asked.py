"""What `GET /v1/findings` and a page are asked, on SQLite: no database decides any of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.events.custody import IntakeRecorded, Scan
from ledger.events.row import Place
from tests.consortium import (
    COLLECTOR,
    LAB,
    MAKER,
    RECYCLER,
    Party,
    pack,
)
from tests.integration.test_findings import ROUTE, measured, rules, told
from tests.scenario_more import MoreStory
from tests.site import Site, bearer

HOUR_MS = 3_600_000


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[Site]:
    """A founded site on SQLite, for what no database decides."""
    opened = Site(tmp_path)
    opened.story = MoreStory()
    opened.found()
    yield opened
    opened.close()


def scan(site: Site, story: MoreStory, by: Party, district: str, *, hours: float) -> None:
    """So long after the last event pack 1 is scanned at a gate."""
    story.now_ms += int(hours * HOUR_MS) - 60_000
    claims = IntakeRecorded(
        place=Place(district=district), consignment=story.uuid("load"), scans=(Scan(raw="X", item=pack(1)),)
    )
    site.submit([story.tell(by, claims)])


@pytest.mark.parametrize(
    ("district", "hours", "expected"),
    [
        ("310115", 2, ["label.far_apart"]),
        ("310115", 2.01, []),
        ("440307", 0.5, []),
        ("DE-BW", 1, ["label.far_apart"]),
    ],
)
def test_one_label_in_two_cities_within_two_hours_is_a_finding(
    lone: Site, district: str, hours: float, expected: list[str]
) -> None:
    story = lone.story
    assert isinstance(story, MoreStory)
    lone.submit([story.pack_manufactured(pack(1)), story.pack_manufactured(pack(2))])
    scan(lone, story, COLLECTOR, "440306", hours=1)
    assert told(lone) == []
    scan(lone, story, RECYCLER, district, hours=hours)
    found = told(lone)
    assert rules(found) == expected
    assert [one["facts"]["near"] for one in found] == [one["index"] - 1 for one in found]


MISTAKEN = [
    "state=shut",
    "severity=fatal",
    "rule=no.such",
    "org=gbt34014:X",
    "item=%00",
    "item=nothing at all",
    "since=-1",
    "since=99999999999999999999",
    "limit=0",
    "limit=1001",
    "after=1",
    "after=-1.0",
    "after=1.0.0",
    "after=" + "9" * 400 + ".1",
    "after=١.٢",
    "reader=" + str(LAB.id),
    "rule=item.lost&rule=item.stolen",
]


def test_a_query_that_is_none_is_refused(tmp_path: Path) -> None:
    site = Site(tmp_path)
    for query in MISTAKEN:
        answer = site.get(f"{ROUTE}?{query}")
        assert answer.status_code == 400, query
        assert answer.get_json(force=True)["rule"] in {"http.parameter", "item.malformed"}
    site.close()


def test_a_token_that_does_not_hold_tells_nothing(lone: Site) -> None:
    for token in ("Bearer x", bearer(LAB, "/v1/items"), bearer(LAB, ROUTE, key=MAKER.key())):
        assert lone.get(ROUTE, Authorization=token).status_code == 401


def test_a_place_behind_the_end_and_an_item_that_nobody_knows_tell_nothing(lone: Site) -> None:
    assert told(lone, "since=9007199254740991") == []
    assert told(lone, f"item={pack(77).code}") == []
    assert lone.get(f"{ROUTE}?after=999999999.0").get_json()["next"] is None


def test_an_empty_ledger_has_no_findings(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.get(ROUTE).get_json() == {"size": 0, "findings": [], "next": None}
    site.close()


def test_the_page_of_a_battery_says_what_to_look_at_in_both_languages(lone: Site) -> None:
    story = lone.story
    assert isinstance(story, MoreStory)
    lone.submit([story.pack_manufactured(pack(1)), measured(story, 1), measured(story, 1, soh=900)])
    page = f"/p/{pack(1).code}"
    assert "What to look at" not in lone.get(page, Accept_Language="en").text
    lone.submit([story.item_lost(MAKER, pack(1))])
    english, chinese = (lone.get(page, Accept_Language=lang).text for lang in ("en", "zh-CN"))
    assert "What to look at" in english
    assert f"{pack(1).code} is reported lost" in english
    assert "值得核查的情况" in chinese
    assert f">{pack(1).code} 已报遗失" in chinese
    assert "better state of health" not in english
    lone.submit([story.item_found(MAKER, pack(1))])
    assert "What to look at" not in lone.get(page, Accept_Language="en").text
