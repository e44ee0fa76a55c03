"""The public page at its longest: a page full of events, with everything that it loads by itself."""

import re
from pathlib import Path
from typing import Final

import pytest

from api.passport_page import PER_PAGE
from tests.scenario import module, pack
from tests.scenario_more import MoreStory
from tests.site import Site

MOST_BYTES: Final = 100_000
LOADED: Final = re.compile(rb'(?:src|href)="((?:/static/|/label/)[^"?]+\.(?:js|css|svg|png))')
PACK: Final = pack(1)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_page_full_of_events_is_light(tmp_path: Path, lang: str) -> None:
    site = Site(tmp_path)
    try:
        story = site.story = MoreStory()
        site.found()
        site.submit([site.labelled_pack(PACK, [module(number) for number in range(1, 9)])[0]])
        site.submit([story.health_measured(PACK) for _ in range(PER_PAGE - 1)])
        page = site.get(f"/p/{PACK.value}?lang={lang}").data
        loaded = {path.decode() for path in LOADED.findall(page)}
        assert page.count(b"<li id=") == PER_PAGE
        assert len(loaded) >= len({"style", "check", "mark"})
        assert len(page) + sum(weight(site, path) for path in loaded) < MOST_BYTES
    finally:
        site.close()


def weight(site: Site, path: str) -> int:
    """Return the bytes of what a page loads."""
    with site.get(path) as answer:
        return len(answer.data)
