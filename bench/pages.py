"""What pages weigh and when they are first painted: `python -m bench.pages`. Needs Chromium on PATH.

Each page is loaded seven times by a browser that has seen none of it, on a desk machine as it is and as on a
phone: processor slowed four times, 1.6 Mbit/s down, 150 ms to the server and back.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright

from tests.browser.visit import Device, visiting
from tests.demonstration import Demonstration, built, served

ROUNDS: Final = 7
_LOADED: Final = """
  () => new Promise(done => {
    const told = () => {
      const all = ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind));
      const [paint] = performance.getEntriesByName("first-contentful-paint");
      if (paint === undefined) return setTimeout(told, 20);
      done({
        html: all[0].decodedBodySize,
        all: all.reduce((sum, one) => sum + one.decodedBodySize, 0),
        files: all.length,
        paint: paint.startTime,
      });
    };
    told();
  })
"""
_PHONE_BYTES_S: Final = 1_600_000 // 8
_PHONE_DELAY_MS: Final = 150
_PHONE_SLOWER: Final = 4


@dataclass(frozen=True, slots=True)
class Load:
    """One cold load: bytes of the page itself and of all it loads, files, and ms to the first paint."""

    html: int
    all: int
    files: int
    paint_ms: float


def load(browser: Browser, url: str, path: str, device: Device) -> Load:
    """Load a page in a browser context that has seen nothing."""
    with visiting(browser, url, device=device) as there:
        if device is Device.PHONE:
            session = there.context.new_cdp_session(there.page)
            slow: dict[str, Any] = {
                "offline": False,
                "latency": _PHONE_DELAY_MS,
                "downloadThroughput": _PHONE_BYTES_S,
                "uploadThroughput": _PHONE_BYTES_S,
            }
            session.send("Network.emulateNetworkConditions", slow)
            session.send("Emulation.setCPUThrottlingRate", {"rate": _PHONE_SLOWER})
        there.go(path)
        told = there.page.evaluate(_LOADED)
    return Load(told["html"], told["all"], told["files"], told["paint"])


@contextmanager
def _running() -> Iterator[tuple[Browser, Demonstration]]:
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        made = built(Path(folder), f"sqlite:///{folder}/ledger.db")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        with served(made) as demonstration:
            yield browser, demonstration
        browser.close()


def main() -> None:
    """Print a row of docs/pages.md for each page."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with _running() as (browser, demonstration):
        pages = {
            "home": "/",
            "public page, a taxi's pack": f"/p/{demonstration.code('taxi')}",
            "public page, a recycled pack": f"/p/{demonstration.code('recycled')}",
            "gate": "/scan",
            "dashboard": "/dashboard",
        }
        for name, path in pages.items():
            desk, phone = (
                [load(browser, demonstration.url, path, device) for _ in range(ROUNDS)]
                for device in (Device.DESK, Device.PHONE)
            )
            weight = f"{desk[0].html / 1000:.0f} | {desk[0].all / 1000:.0f} | {desk[0].files}"
            painted = " | ".join(f"{median(one.paint_ms for one in loads):.0f}" for loads in (desk, phone))
            print(f"| {name} | {weight} | {painted} |")


if __name__ == "__main__":
    main()
