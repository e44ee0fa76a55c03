"""What a worker does at the gate, step by step, for the tests in a browser."""

import re
from typing import Any, Final

from playwright.sync_api import Page, expect

from ledger.device import parse_code
from ledger.identifiers import ItemId
from tests.browser.gatehouse import Gatehouse
from tests.browser.visit import AXE, Device, Visit, Visits

PACKS: Final = 210
NETWORK: Final = "Failed to load resource"
BOTH: Final = [(Device.PHONE, "zh-CN"), (Device.DESK, "en")]
# A camera of grey pictures with a light, and a phone that trembles; what they were told is kept.
LIT: Final = """
globalThis.told = {torch: [], pulses: [], tones: [], tracks: []};
navigator.vibrate = (pulse) => told.pulses.push(pulse);
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) {
  told.tones.push(this.frequency.value);
  return start.call(this, at);
};
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, {width: 320, height: 240});
  const ink = canvas.getContext("2d");
  setInterval(() => { ink.fillStyle = "gray"; ink.fillRect(0, 0, 320, 240); }, 50);
  const stream = canvas.captureStream(20);
  const [track] = stream.getVideoTracks();
  told.tracks.push(track);
  track.getCapabilities = () => ({torch: true});
  track.applyConstraints = async ({advanced: [{torch}]}) => { told.torch.push(torch); };
  return stream;
};
"""


def opened(visit: Visits, house: Gatehouse, device: Device = Device.PHONE, lang: str = "en") -> Visit:
    """Open the gate once, so that its worker has kept everything."""
    there = visit(house.url, device=device, lang=lang)
    there.allowed.append(NETWORK)
    there.go("/scan")
    ready(there.page)
    there.page.wait_for_selector("html[data-kept]", state="attached")
    there.page.wait_for_selector("html[data-synced]", state="attached")
    return there


def ready(page: Page) -> None:
    page.wait_for_selector("html[data-ready]", state="attached")


def pale(page: Page) -> list[str]:
    """Return what axe-core finds with a contrast below 7:1 (WCAG 2.2, 1.4.6)."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        """async () => (await axe.run(document, {runOnly: ["color-contrast-enhanced"]}))
        .violations.flatMap((one) => one.nodes.map((node) => node.html))"""
    )
    return found


def enrolled(there: Visit, house: Gatehouse) -> None:
    """Register the device by the code that it shows."""
    view(there.page, "device")
    expect(there.page.locator("#device-code")).to_contain_text("PTD1-")
    house.add_device(parse_code(there.page.locator("#device-code").inner_text()).jwk())
    synced(there.page, "#refresh")
    expect(there.page.locator("#device-said")).to_contain_text(re.compile(r"Registered|已登记"))


def synced(page: Page, button: str) -> None:
    """Synchronise and wait until that is done."""
    before = page.locator("html").get_attribute("data-synced") or ""
    page.locator(button).click()
    expect(page.locator("html")).not_to_have_attribute("data-synced", before, timeout=20_000)


def view(page: Page, name: str) -> None:
    page.locator(f".tabs a[href='#{name}']").click()
    expect(page.locator(f"#view-{name}")).to_be_visible()


def scan(page: Page, text: str) -> None:
    """Type a code as a person does and wait for the answer."""
    page.locator("#code").fill(text)
    page.locator("#code").press("Enter")
    expect(page.locator("#answer")).to_be_visible()


def burst(page: Page, *texts: str) -> None:
    """Scan with a hand scanner: bursts of keys and Enter, by their times a key each millisecond."""
    page.evaluate(
        """keys => { const start = performance.now(); keys.forEach((key, at) => {
           const event = new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true});
           Object.defineProperty(event, "timeStamp", {value: start + at});
           document.body.dispatchEvent(event); }); }""",
        [key for text in texts for key in (*text, "Enter")],
    )


def begin(page: Page, count: int) -> None:
    """Begin to receive the load of so many pieces."""
    view(page, "loads")
    page.locator("#load-list button", has_text=re.compile(rf"\b{count}\b")).last.click()
    page.locator("#go-on").click()


def custodian(house: Gatehouse, item: ItemId) -> str:
    return str(house.get(f"/v1/items/{item}").get_json()["custodian"]["id"])


def since(house: Gatehouse, index: int) -> list[dict[str, Any]]:
    found = house.get(f"/v1/events?after={index - 1}&limit=1000").get_json()["events"]
    events: list[dict[str, Any]] = found
    return events
