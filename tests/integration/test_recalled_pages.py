"""A recall shows wherever it matters: on the item, on what holds it, and on what it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import passport
from ledger.events.service import Selector
from ledger.identifiers import ItemId
from tests.lives import opening
from tests.scenario import MAKER, VEHICLE_MAKER, module, pack, vehicle
from tests.scenario_more import MoreStory
from tests.site import Site

PACK, INSIDE, OTHER = pack(1), module(11), module(12)


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    started = Site(tmp_path, database_url)
    started.story = MoreStory()
    yield started
    started.close()


def _page(site: Site, code: str, language: str = "en") -> str:
    return site.client.get(f"/p/{code}", headers={"Accept-Language": language}).get_data(as_text=True)


def test_a_recalled_part_shows_on_itself_and_on_what_it_is_in_until_it_is_closed(site: Site) -> None:
    story = site.story
    assert isinstance(story, MoreStory)
    site.submit([*opening(story), story.pack_manufactured(PACK, [INSIDE, OTHER])])
    assert "Recalled" not in _page(site, PACK.code)
    site.submit([story.recall_opened(Selector(codes=(INSIDE,)), by=MAKER)])
    recall = story.last.id
    assert "Recalled. Ask" in _page(site, INSIDE.code)
    assert f"Recalled parts are in it: {INSIDE.code}." in _page(site, PACK.code)
    assert "It is not itself, but parts in it are" in _page(site, PACK.code)
    assert "No open recall is for it." not in _page(site, PACK.code)
    assert f"内含被召回的部件：{INSIDE.code}。" in _page(site, PACK.code, "zh-CN")
    assert "Recalled" not in _page(site, OTHER.code)
    assert site.client.get(f"/v1/items/{INSIDE.code}").get_json()["recalls"] == [recall]
    site.submit([story.recall_closed(recall, by=MAKER)])
    assert "Recalled" not in _page(site, INSIDE.code) + _page(site, PACK.code)


def _told_inside(site: Site, *items: ItemId) -> list[bool]:
    """Return whether a look-up tells of a recalled part in each item."""
    answer = site.client.post("/v1/items/lookup", json={"items": [str(one) for one in items]})
    return [one["recalled_inside"] for one in answer.get_json()["items"]]


def test_a_look_up_tells_of_a_recalled_part_on_any_level(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    story = site.story
    assert isinstance(story, MoreStory)
    site.submit(
        [*opening(story), story.pack_manufactured(PACK, [INSIDE]), story.pack_manufactured(pack(2), [OTHER])]
    )
    site.submit([*story.transfer(MAKER, VEHICLE_MAKER, PACK), story.pack_fitted(PACK, vehicle(1))])
    asked = [vehicle(1), PACK, INSIDE, pack(2), MAKER.id]
    assert _told_inside(site, *asked) == [False] * 5
    site.submit([story.recall_opened(Selector(codes=(INSIDE,)), by=MAKER)])
    assert _told_inside(site, *asked) == [True, True, False, False, False]
    # Where there is more in them than anybody looks at, nobody says that it is sound.
    monkeypatch.setattr(passport, "MAX_PARTS", 1)
    assert _told_inside(site, *asked) == [True, True, False, True, False]


def test_a_recalled_pack_shows_on_its_modules(site: Site) -> None:
    story = site.story
    assert isinstance(story, MoreStory)
    site.submit([*opening(story), story.pack_manufactured(PACK, [INSIDE])])
    site.submit([story.recall_opened(Selector(codes=(PACK,)), by=MAKER)])
    assert f"What it is in is recalled: {PACK.code}." in _page(site, INSIDE.code)
    assert "已被召回" in _page(site, PACK.code, "zh-CN")
