"""Takes the pictures of the gate into docs/screens and says what its page weighs.

`python docs/make_gate_screens.py` needs Chromium on PATH and what `make test` installs.
"""

import logging
import shutil
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the tests' own fixtures serve the ledger

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402  found through the path above

from ledger.device import parse_code  # noqa: E402  the same
from tests.browser.gatehouse import STOLEN, Gatehouse, gatehouse  # noqa: E402  the same
from tests.browser.visit import Device, Visit, visiting  # noqa: E402  the same
from tests.gate.pictures import dirt, in_scene, label  # noqa: E402  the same
from tests.scenario import MAKER, pack  # noqa: E402  the same

SCREENS: Final = ROOT / "docs/screens"
MAX_BYTES: Final = 150_000
PACKS: Final = 24
_PAINT: Final = """() => ({paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  bytes: performance.getEntriesByType("resource").reduce((sum, one) => sum + one.transferSize,
  performance.getEntriesByType("navigation")[0].transferSize)})"""


def picture(page: Page, name: str) -> None:
    """Take a picture of the screen as it is."""
    page.wait_for_timeout(250)
    target = SCREENS / f"gate-{name}.png"
    page.screenshot(path=target, scale="css")
    size = target.stat().st_size
    sys.stdout.write(f"{target.relative_to(ROOT)} {size // 1000} KB\n")
    if size > MAX_BYTES:
        raise SystemExit(f"{target.name} has more than {MAX_BYTES} bytes")


def ready(there: Visit) -> None:
    """Open the gate and register its device."""
    there.go("/scan")
    there.page.wait_for_selector("html[data-synced]", state="attached")


def scan(page: Page, text: str) -> None:
    """Type a code and wait for the answer."""
    page.locator("#code").fill(text)
    page.locator("#code").press("Enter")
    page.locator("#answer[open]").wait_for()


def tab(page: Page, name: str) -> None:
    """Open one of the four parts."""
    page.locator(f".tabs a[href='#{name}']").click()


def enrol(house: Gatehouse, page: Page) -> None:
    """Register the device that this page is."""
    tab(page, "device")
    page.locator("#device-qr").wait_for()
    house.add_device(parse_code(page.locator("#device-code").inner_text()).jwk())
    page.locator("#refresh").click()
    page.locator("#enrol").wait_for(state="hidden")


def day(house: Gatehouse, there: Visit) -> None:
    """A morning at the gate, in Chinese."""
    page = there.page
    ready(there)
    tab(page, "device")
    page.locator("#device-qr").wait_for()
    picture(page, "device-zh")
    enrol(house, page)
    tab(page, "scan")
    scan(page, pack(1).code)
    picture(page, "look-zh")
    page.locator("#next").click()
    tab(page, "loads")
    picture(page, "loads-zh")
    page.locator("#load-list button").first.click()
    page.locator("#go-on").click()
    for number in range(1, 10):
        scan(page, house.labels[pack(number)])
        if number == 1:
            picture(page, "go-zh")
        page.locator("#next").click()
    page.locator("#current").click()
    picture(page, "load-zh")
    page.locator("#gross").fill("4810")
    page.locator("#tare").fill("1220")
    page.locator("#checked").check()
    page.locator("#weigh").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('weigh').scrollIntoView()")
    picture(page, "weigh-zh")
    house.submit([house.tale.transfer_withdrawn(MAKER, pack(3), load="gate")])
    page.locator("#finish").click()
    page.locator("#conflict-rows li").first.wait_for()
    picture(page, "waiting-zh")


def refused(house: Gatehouse, there: Visit) -> None:
    """A statement that the ledger refuses, and how it is put right."""
    page = there.page
    ready(there)
    enrol(house, page)
    problem = {
        "rule": "place.unknown",
        "title": "Place",
        "detail": "The place of the event is no site of yours.",
        "remedy": "Choose the site under “Device”, then sign anew.",
    }
    answer = {"results": [{"result": "refused", "problem": problem}]}
    there.context.route("**/v1/events", lambda route: route.fulfill(json=answer))
    tab(page, "loads")
    page.locator("#unannounced").click()
    page.locator("#go-on").click()
    scan(page, house.labels[pack(20)])
    page.locator("#next").click()
    page.locator("#current").click()
    page.locator("#finish").click()
    page.locator("#outbox-rows button").wait_for()
    picture(page, "refused")


def stopped(house: Gatehouse, there: Visit) -> None:
    """A stolen pack without a network, in English."""
    ready(there)
    there.page.wait_for_selector("html[data-kept]", state="attached")
    there.context.set_offline(offline=True)
    scan(there.page, house.labels[STOLEN])
    picture(there.page, "stop")


def seen(house: Gatehouse, there: Visit) -> None:
    """The camera; its film shows a label too dirty to be read."""
    ready(there)
    there.page.locator("#camera").click()
    there.page.locator("#finder[data-on=yes]").wait_for()
    there.page.wait_for_timeout(400)
    del house
    picture(there.page, "camera")


def desk(house: Gatehouse, there: Visit) -> None:
    """The gate on a wide screen."""
    ready(there)
    picture(there.page, "desk-scan")
    scan(there.page, house.labels[pack(12)])
    picture(there.page, "desk")


def weighed(house: Gatehouse, browser: Browser) -> None:
    """Say how many bytes a first visit takes and when it paints, as it is and on a slow phone."""
    for name, slow in (("as it is", False), ("1.6 Mbit/s, 150 ms, a CPU four times slower", True)):
        with visiting(browser, house.url, device=Device.PHONE) as there:
            if slow:
                _slow_down(there)
            there.go("/scan")
            there.page.wait_for_selector("html[data-ready]", state="attached")
            found: dict[str, Any] = there.page.evaluate(_PAINT)
            sys.stdout.write(f"{name}: {found['bytes'] / 1000:.0f} kB, first paint {found['paint']:.0f} ms\n")


def _slow_down(there: Visit) -> None:
    session = there.context.new_cdp_session(there.page)
    session.send("Network.enable")
    rates = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 94_000}
    session.send("Network.emulateNetworkConditions", rates)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})


def main() -> None:
    """Take all pictures."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, gatehouse(Path(folder), PACKS) as house:
        house.wanted()
        film = Path(folder) / "camera.mjpeg"
        frame = BytesIO()
        chance = Random(2)  # noqa: S311  a picture
        scene = in_scene(dirt(label(house.labels[pack(12)], pack(12)), chance, share=0.4), chance, angle=4)
        scene.save(frame, "JPEG", quality=80)
        film.write_bytes(frame.getvalue() * 8)
        switches = [
            "--no-sandbox",
            "--hide-scrollbars",
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=switches)
            weighed(house, browser)
            steps: list[tuple[Callable[[Gatehouse, Visit], None], Device, str]] = [
                (day, Device.PHONE, "zh-CN"),
                (refused, Device.PHONE, "en"),
                (stopped, Device.PHONE, "en"),
                (seen, Device.PHONE, "en"),
                (desk, Device.DESK, "en"),
            ]
            for step, device, lang in steps:
                with visiting(browser, house.url, device=device, lang=lang, permissions=["camera"]) as there:
                    there.allowed.append("Failed to load resource")
                    step(house, there)
            browser.close()


if __name__ == "__main__":
    main()
