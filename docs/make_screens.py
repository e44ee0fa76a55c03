"""Takes the pictures of docs/screens from a demonstration: `python docs/make_screens.py [NAME …]`.

Needs Chromium on PATH, as the browser tests do. Each picture is a page at a fixed size, of at most 150 KB.
"""

import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.request import urlopen

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the tests' own fixtures serve the demonstration

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402  found through the path above

from tests.browser.links import health_link  # noqa: E402  the same
from tests.browser.visit import Device, visiting  # noqa: E402  the same
from tests.demonstration import Demonstration, built, witnessed  # noqa: E402  the same

SCREENS: Final = ROOT / "docs/screens"
MAX_BYTES: Final = 150_000


def _as_it_is(page: Page) -> None:
    del page


def _at(place: str) -> Callable[[Page], None]:
    """Return what brings a place of the page to the top of the picture."""
    return lambda page: page.locator(place).first.evaluate("found => found.scrollIntoView()")


def _checked_at(place: str) -> Callable[[Page], None]:
    """Return what has the page checked, and brings a place of the outcome to the top of the picture."""

    def act(page: Page) -> None:
        page.locator("#check-start").click()
        page.locator(".outcome:visible").wait_for()
        _at(place)(page)

    return act


@dataclass(frozen=True, slots=True)
class Screen:
    """A picture: its name, the page's address made of the demonstration, on what, and what is done first."""

    name: str
    path: Callable[[Demonstration], str]
    device: Device = Device.DESK
    lang: str = "en"
    act: Callable[[Page], None] = _as_it_is


def _pack(sample: str) -> Callable[[Demonstration], str]:
    return lambda demonstration: f"/p/{demonstration.code(sample)}"


def _health(demonstration: Demonstration) -> str:
    return health_link(demonstration, "taxi")


def _org(demonstration: Demonstration) -> str:
    del demonstration
    return "/o/org:91999999DEM00009X6"


def _newest_event(demonstration: Demonstration) -> str:
    asked = f"{demonstration.url}/v1/items/{demonstration.plan.samples['stolen']}/events"
    with urlopen(asked) as answer:  # noqa: S310  the demonstration on loopback
        events = json.load(answer)["events"]
    return f"/e/{events[-1]['id']}"


SCREENS_OF: Final = (
    Screen("home", lambda _: "/"),
    Screen("home-phone-zh", lambda _: "/", Device.PHONE, "zh-CN"),
    Screen("pack", _pack("taxi")),
    Screen("pack-phone-zh", _pack("taxi"), Device.PHONE, "zh-CN"),
    Screen("pack-recycled", _pack("recycled"), act=_at(".steps")),
    Screen("pack-stolen-phone", _pack("stolen"), Device.PHONE),
    Screen("pack-checked", _pack("taxi"), act=_checked_at("#check")),
    Screen("pack-checked-phone-zh", _pack("taxi"), Device.PHONE, "zh-CN", _checked_at("#check")),
    Screen(
        "pack-witnessed-phone",
        _pack("taxi"),
        Device.PHONE,
        act=_checked_at("[data-check=complete]"),
    ),
    Screen("pack-health", _health, act=_at(".health")),
    Screen("pack-timeline-phone", _pack("voided"), Device.PHONE, act=_at(".timeline li.voided")),
    Screen("organisation", _org),
    Screen("event", _newest_event),
    Screen("event-phone-zh", _newest_event, Device.PHONE, "zh-CN"),
    Screen("refusal", lambda _: "/problems/lifecycle.ended"),
)


@contextmanager
def _chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--hide-scrollbars"]
        )
        try:
            yield browser
        finally:
            browser.close()


def take(browser: Browser, demonstration: Demonstration, screen: Screen) -> None:
    """Take one picture into docs/screens."""
    how = {"device": screen.device, "lang": screen.lang}
    with visiting(browser, demonstration.url, **how) as there:  # type: ignore[arg-type]  # as visiting takes them
        there.go(screen.path(demonstration))
        screen.act(there.page)
        target = SCREENS / f"{screen.name}.png"
        there.page.screenshot(path=target, scale="css")
    size = target.stat().st_size
    sys.stdout.write(f"{target.relative_to(ROOT)} {size // 1000} KB\n")
    if size > MAX_BYTES:
        raise SystemExit(f"{target.name} has more than {MAX_BYTES} bytes")


def main(names: list[str]) -> None:
    """Take the pictures with these names; all where none is named."""
    SCREENS.mkdir(exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, _chromium() as browser:
        made = built(Path(folder), f"sqlite:///{folder}/ledger.db")
        with witnessed(made) as demonstration:
            for screen in SCREENS_OF:
                if not names or screen.name in names:
                    take(browser, demonstration, screen)


if __name__ == "__main__":
    main(sys.argv[1:])
