"""A recall shows wherever it matters: on the item, on what holds it, and on what it holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.events.service import Selector
from tests.lives import opening
from tests.scenario import MAKER, module, pack
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


def test_a_recalled_pack_shows_on_its_modules(site: Site) -> None:
    story = site.story
    assert isinstance(story, MoreStory)
    site.submit([*opening(story), story.pack_manufactured(PACK, [INSIDE])])
    site.submit([story.recall_opened(Selector(codes=(PACK,)), by=MAKER)])
    assert f"What it is in is recalled: {PACK.code}." in _page(site, INSIDE.code)
    assert "已被召回" in _page(site, PACK.code, "zh-CN")
