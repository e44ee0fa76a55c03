"""The camera of the gate in a browser: what it reads, when it runs, and what it says when it cannot."""

import time
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Final

from playwright.sync_api import expect

from tests.browser.conftest import Launch
from tests.browser.gate_steps import LIT, NETWORK, ready, view
from tests.browser.gatehouse import Gatehouse
from tests.browser.visit import Device, Visits, visiting
from tests.gate.pictures import code128, damaged, data_matrix, label, printed
from tests.scenario import pack

CORNERLESS: Final = "one finder pattern gone"
# Without its worker the page asks the server for each file, so that a test can take one from it.
NO_WORKER: Final = """Object.defineProperty(navigator, "serviceWorker", {value: undefined});"""
# Frames that cannot be read, as on a device that runs out of memory, until they are given back.
BLIND: Final = """() => {
  const ink = CanvasRenderingContext2D.prototype;
  const {getImageData} = ink;
  ink.getImageData = () => { throw new Error("no memory left"); };
  globalThis.giveBack = () => { ink.getImageData = getImageData; };
}"""
FAKE_CAMERA: Final = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# A printed label turned, a QR label without a finder pattern, a Data Matrix, a Code 128: a second each.
FRAMES: Final = 30


def film_of(house: Gatehouse, path: Path) -> dict[str, str]:
    """Write what the camera sees; return the code of each mark in it with the answer that is due."""
    scenes = {
        pack(203): damaged(printed(house.labels[pack(203)]), "turned by 45°", Random(4)),  # noqa: S311  pictures
        pack(204): damaged(label(house.labels[pack(204)], pack(204)), CORNERLESS, Random(4)),  # noqa: S311  the same
        pack(205): damaged(data_matrix(pack(205)), "clean", Random(4)),  # noqa: S311  the same
        pack(206): damaged(code128(pack(206)), "clean", Random(4)),  # noqa: S311  the same
    }
    with path.open("wb") as film:
        for scene in scenes.values():
            frame = BytesIO()
            scene.save(frame, "JPEG", quality=85)
            film.write(frame.getvalue() * FRAMES)
    return {one.code: "go" if one in (pack(203), pack(204)) else "look" for one in scenes}


def test_the_camera_reads_labels_data_matrices_and_code_128(
    house: Gatehouse, launch: Launch, tmp_path: Path
) -> None:
    due = film_of(house, tmp_path / "camera.mjpeg")
    switches = (*FAKE_CAMERA, f"--use-file-for-fake-video-capture={tmp_path / 'camera.mjpeg'}")
    with launch(*switches) as browser:
        for device, least in ((Device.PHONE, len(due)), (Device.DESK, 1)):
            with visiting(browser, house.url, device=device, permissions=["camera"]) as there:
                page, answers, until = there.page, dict[str, str](), time.monotonic() + 60
                there.go("/scan")
                page.wait_for_selector("html[data-synced]", state="attached")
                page.locator("#camera").click()
                # Where the ledger took too long to answer, the film comes by again.
                while len(answers) < least and time.monotonic() < until:
                    expect(page.locator("#answer")).to_be_visible(timeout=20_000)
                    level = page.locator("#answer").get_attribute("data-level")
                    code = page.locator("#answer-code").text_content() or ""
                    assert level in {due[code], "look"}
                    if level == due[code]:
                        answers[code] = level
                    page.locator("#next").click()
                assert len(answers) >= least
                # The film has no light to switch.
                expect(page.locator("#torch")).to_be_hidden()


def test_the_camera_runs_where_somebody_scans_and_says_why_it_stopped(
    visit: Visits, house: Gatehouse
) -> None:
    there = visit(house.url, device=Device.PHONE)
    there.allowed.append(NETWORK)
    there.context.add_init_script(LIT + NO_WORKER)
    there.go("/scan")
    page = there.page
    ready(page)
    page.wait_for_selector("html[data-synced]", state="attached")
    start, finder, told = page.locator("#camera"), page.locator("#finder"), page.locator("#told")
    page.route("**/zxing_reader.wasm", lambda route: route.abort())
    start.click()
    expect(told).to_contain_text("could not be loaded")
    expect(start).to_have_text("Start camera")
    page.unroute("**/zxing_reader.wasm")
    start.click()
    expect(finder).to_have_attribute("data-on", "yes")
    expect(told).to_be_hidden()
    view(page, "device")
    assert page.evaluate("told.tracks.map((one) => one.readyState)") == ["ended", "ended"]
    view(page, "scan")
    expect(finder).to_have_attribute("data-on", "yes")
    page.evaluate("told.tracks.at(-1).dispatchEvent(new Event('ended'))")
    expect(told).to_contain_text("switched off")
    expect(finder).to_have_attribute("data-on", "no")
    page.evaluate(BLIND)
    start.click()
    expect(told).to_contain_text("could not be read: no memory left")
    expect(page.locator("#finder-hint")).to_contain_text("Start the camera")
    page.evaluate("giveBack()")
    start.click()
    expect(start).to_have_text("Stop camera")
    start.click()
    view(page, "device")
    view(page, "scan")
    expect(start).to_have_text("Start camera")
