"""The gate in a browser: with a network, without one, on a phone and at a desk."""

import re
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from crypto.keys import Algorithm, PrivateKey
from ledger.audit import Trust, audit
from ledger.device import parse_code
from ledger.events.custody import TransferOffered
from ledger.events.registry import KeyAdded
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import Purpose, Right
from tests.browser.conftest import Launch
from tests.browser.gatehouse import (
    RECALLED,
    RECEIVER,
    RECYCLED,
    STOLEN,
    STRANGER,
    Gatehouse,
    admin,
    gatehouse,
)
from tests.browser.visit import AXE, Device, Visit, Visits, visiting
from tests.gate.pictures import code128, damaged, data_matrix, label
from tests.ledgers import StoreSource
from tests.scenario import MAKER, pack

PACKS: Final = 210
BOTH: Final = [(Device.PHONE, "zh-CN"), (Device.DESK, "en")]
EVERYWHERE: Final = [("online", Device.PHONE), ("offline", Device.DESK)]
TORN: Final = "a corner torn off, half of the edge"
REFUSED: Final = {
    "rule": "place.unknown",
    "title": "Place",
    "detail": "The place is no site of yours.",
    "remedy": "Choose another one.",
}
NETWORK: Final = "Failed to load resource"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouse]:
    """A served ledger with one load on its way and some packs to stop; it is audited at the end."""
    with gatehouse(tmp_path_factory.mktemp("gatehouse"), PACKS) as found:
        found.wanted()
        yield found
        _audit(found)


def _audit(house: Gatehouse) -> None:
    with house.service.snapshot() as snapshot:
        root = snapshot.entry_rows(0, 1)[0].event_id
    report = audit(StoreSource(house.service.store, house.service.sequencer), Trust(house.service.vkey, root))
    assert report.ok, report.findings


@pytest.fixture
def load(house: Gatehouse) -> list[ItemId]:
    """Send three more packs, which one test has to itself."""
    first = 1_000 + 10 * len(house.labels)
    packs = [pack(first + number) for number in range(3)]
    house.make(*packs)
    house.offer(f"load {first}", packs)
    return packs


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
    """Scan with a hand scanner: bursts of keys and Enter."""
    page.evaluate(
        """keys => { for (const key of keys) document.body.dispatchEvent(
           new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})); }""",
        [key for text in texts for key in (*text, "Enter")],
    )


def begin(page: Page, count: int) -> None:
    """Begin to receive the load of so many pieces."""
    view(page, "loads")
    page.locator("#load-list button", has_text=re.compile(rf"\b{count}\b")).last.click()
    page.locator("#go-on").click()


def custodian(house: Gatehouse, item: ItemId) -> str:
    return str(house.get(f"/v1/items/{item}").get_json()["custodian"]["id"])


@pytest.mark.parametrize(("device", "lang"), BOTH)
def test_a_scan_is_answered_on_the_full_screen(
    visit: Visits, house: Gatehouse, device: Device, lang: str
) -> None:
    there = opened(visit, house, device, lang)
    answers = {
        house.labels[pack(1)]: ("go", "已知且为真", "Known and genuine"),
        pack(1).code: ("look", "需要查看", "Needs a look"),
        house.labels[STOLEN]: ("stop", "停止", "Stop"),
    }
    for text, (level, zh, en) in answers.items():
        scan(there.page, text)
        expect(there.page.locator("#answer")).to_have_attribute("data-level", level)
        expect(there.page.locator("#answer-word")).to_have_text(zh if lang == "zh-CN" else en)
        assert there.page.locator("#answer").bounding_box() == {
            "x": 0,
            "y": 0,
            **(there.page.viewport_size or {}),
        }
        assert there.hurdles() == []
        assert device is Device.DESK or pale(there.page) == []
        there.page.locator("#next").click()
    for name in ("scan", "loads", "waiting", "device"):
        view(there.page, name)
        assert there.hurdles() == []
        assert device is Device.DESK or pale(there.page) == []
        assert there.overflow() == 0


@pytest.mark.parametrize(("network", "device"), EVERYWHERE, ids=["online", "offline"])
def test_what_is_to_be_stopped_is_stopped(
    visit: Visits, house: Gatehouse, network: str, device: Device
) -> None:
    there = opened(visit, house, device)
    there.context.set_offline(network == "offline")
    forged = house.labels[pack(1)].replace(pack(1).code, pack(2).code)
    for text, reason in {
        house.labels[STOLEN]: "stolen",
        house.labels[RECALLED]: "Recalled",
        house.labels[RECYCLED]: "recycled or disposed",
        forged: "not one that its maker signed",
    }.items():
        scan(there.page, text)
        expect(there.page.locator("#answer")).to_have_attribute("data-level", "stop")
        expect(there.page.locator("#answer-reasons")).to_contain_text(reason)
        there.page.locator("#next").click()
    scan(there.page, house.labels[STRANGER])
    # A device of nobody's firm expects nothing; one without a network takes nothing for granted.
    expected = "look" if network == "offline" else "go"
    expect(there.page.locator("#answer")).to_have_attribute("data-level", expected)


def test_every_button_is_for_a_gloved_thumb(visit: Visits, house: Gatehouse) -> None:
    there = opened(visit, house, Device.SMALL_PHONE)
    for name in ("scan", "loads", "waiting", "device"):
        view(there.page, name)
        assert there.overflow() == 0
        for button in there.page.locator("main button:visible, .tabs a").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 64, button.inner_text()


def test_two_hundred_scans_without_a_network_go_in_once(visit: Visits, house: Gatehouse) -> None:
    there = opened(visit, house)
    enrolled(there, house)
    # The network is cut, and the page is opened cold in a window of its own.
    there.context.set_offline(True)
    house.shut()
    there.page.close()
    page = there.context.new_page()
    page.goto(f"{there.url}/scan")
    ready(page)
    expect(page.locator("#net")).to_contain_text("No network")
    begin(page, PACKS)
    packs = [pack(number) for number in range(1, 201)]
    for last in range(20, 201, 20):
        burst(page, *(house.labels[one] for one in packs[last - 20 : last]))
        expect(page.locator("#answer-counted")).to_contain_text(f"Counted: {last} of", timeout=20_000)
        expect(page.locator("#answer-code")).to_have_text(packs[last - 1].code)
        expect(page.locator("#answer")).to_have_attribute("data-level", "go")
        if last == 100:  # in the middle the page is loaded again
            page.reload()
            ready(page)
    page.locator("#next").click()
    page.locator("#current").click()
    expect(page.locator("#load-count")).to_have_text("200")
    page.locator("#gross").fill("95000")
    page.locator("#tare").fill("15000.5")
    page.locator("#checked").check()
    page.locator("#finish").click()
    expect(page.locator("#waiting-said")).to_contain_text("wait for the network, 0 are in the ledger")
    page.reload()
    ready(page)
    size = house.service.sequencer.released().checkpoint.size
    # Meanwhile the sender took one pack back, and the office accepted another.
    house.submit([house.tale.transfer_withdrawn(MAKER, packs[0], load="gate")])
    house.submit([house.tale.transfer_accepted(RECEIVER, packs[1], load="gate")])
    house.open()
    there.context.set_offline(False)
    view(page, "waiting")
    expect(page.locator("#waiting-said")).to_contain_text("0 wait for the network", timeout=20_000)
    expect(page.locator("#conflict-rows li")).to_have_count(2)
    expect(page.locator("#conflict-rows")).to_contain_text("It is not on offer to you in this load any more.")
    expect(page.locator("#conflict-rows")).to_contain_text("It is with your firm already")
    synced(page, "#sync")
    logged = [one for one in _since(house, size + 2) if one["event"] != "key.added"]
    scans = [one["item"] for event in logged for one in event["data"].get("scans", [])]
    assert scans == [str(one) for one in packs]
    accepted = [item for event in logged if event["event"] == "transfer.accepted" for item in event["prev"]]
    assert sorted(accepted) == sorted(str(one) for one in packs[2:])
    assert {event["event"] for event in logged} == {"intake.recorded", "transfer.accepted"}
    assert sum("gross_g" in one["data"] for one in logged if one["event"] == "intake.recorded") == 1
    assert custodian(house, packs[5]) == str(RECEIVER.id)
    assert custodian(house, packs[0]) == str(MAKER.id)


def _since(house: Gatehouse, index: int) -> list[dict[str, Any]]:
    found = house.get(f"/v1/events?after={index - 1}&limit=1000").get_json()["events"]
    events: list[dict[str, Any]] = found
    return events


@pytest.mark.parametrize(("device", "lang"), BOTH)
def test_pieces_are_accepted_rejected_and_collected(
    visit: Visits, house: Gatehouse, load: list[ItemId], device: Device, lang: str
) -> None:
    there = opened(visit, house, device, lang)
    enrolled(there, house)
    page = there.page
    extra = pack(5_000 + len(house.labels))
    house.make(extra)
    house.submit([house.tale.custody_released(MAKER, extra)])
    begin(page, 3)
    for one, answer in ((load[0], "accept"), (load[1], "reject")):
        scan(page, house.labels[one])
        page.locator("#answer-choice").select_option(answer)
        page.locator("#next").click()
    scan(page, house.labels[extra])
    expect(page.locator("#answer-choice")).to_have_value("collect")
    page.locator("#answer-condition").select_option("damaged")
    page.locator("#next").click()
    page.locator("#current").click()
    expect(page.locator("#missing-count")).to_have_text("1")
    page.locator("#checked").check()
    expect(page.locator("[name=yes]").first).to_be_visible()
    assert there.hurdles() == []
    assert there.overflow() == 0
    synced(page, "#finish")
    expect(page.locator("#outbox-rows li[data-state=logged]")).to_have_count(4)
    assert there.hurdles() == []
    assert custodian(house, load[0]) == str(RECEIVER.id)
    assert custodian(house, load[1]) == str(MAKER.id)
    assert custodian(house, extra) == str(RECEIVER.id)
    assert house.get(f"/v1/items/{load[2]}").get_json()["state"]["offer"]["to"] == str(RECEIVER.id)


@pytest.mark.parametrize(("network", "device"), EVERYWHERE, ids=["online", "offline"])
def test_a_split_code_a_worn_one_and_none(
    visit: Visits, house: Gatehouse, network: str, device: Device
) -> None:
    there = opened(visit, house, device)
    enrolled(there, house)
    view(there.page, "scan")
    there.context.set_offline(network == "offline")
    page, code = there.page, pack(205).code
    page.locator("#code").fill(code[:14])
    page.locator("#code").press("Enter")
    expect(page.locator("#told")).to_contain_text("Scan the other half")
    scan(page, code[14:])
    expect(page.locator("#answer-code")).to_have_text(code)
    page.locator("#next").click()
    page.locator("#code").fill(f"{code[:-3]}2?5")
    page.locator("#code").press("Enter")
    expect(page.locator("#guess-list button").first).to_be_visible()
    page.locator("#guess-list button", has_text=code).click()
    expect(page.locator("#answer-code")).to_have_text(code)
    page.locator("#next").click()
    page.locator("#code").fill("?????")
    page.locator("#code").press("Enter")
    expect(page.locator("#told")).to_contain_text("cannot be read")


def test_the_device_key_can_be_used_and_never_read(visit: Visits, house: Gatehouse) -> None:
    there = opened(visit, house)
    exported = there.page.evaluate(
        """async () => {
          const open = indexedDB.open("packtrace-gate", 1);
          await new Promise((done) => (open.onsuccess = done));
          const asked = open.result.transaction("kept").objectStore("kept").get("device");
          await new Promise((done) => (asked.onsuccess = done));
          const key = asked.result.privateKey;
          const out = await crypto.subtle.exportKey("jwk", key).then(() => "exported", (error) => error.name);
          return [key.extractable, key.algorithm.namedCurve, out];
        }"""
    )
    assert exported == [False, "P-256", "InvalidAccessError"]


def test_a_desk_opens_cold_and_keys_of_last_month_are_never_green(visit: Visits, house: Gatehouse) -> None:
    there = opened(visit, house, Device.DESK)
    enrolled(there, house)
    there.context.set_offline(True)
    there.page.close()
    page = there.context.new_page()
    page.goto(f"{there.url}/scan")
    ready(page)
    expect(page.locator("#net")).to_contain_text("No network")
    scan(page, house.labels[pack(208)])
    expect(page.locator("#answer")).to_have_attribute("data-level", "go")
    page.locator("#next").click()
    page.clock.set_system_time(house.clock.now_ms() + 31 * 86_400_000)
    scan(page, house.labels[pack(208)])
    expect(page.locator("#answer")).to_have_attribute("data-level", "look")
    expect(page.locator("#answer-reasons")).to_contain_text("more than 30 days old")


def test_nothing_of_the_page_may_run_or_come_from_elsewhere(house: Gatehouse) -> None:
    policy = house.get("/scan").headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy.replace("'wasm-unsafe-eval'", "")
    assert "http" not in policy
    assert house.get("/scan").headers["Permissions-Policy"].startswith("camera=(self)")
    assert "camera=()" in house.get("/").headers["Permissions-Policy"]


# The camera

FAKE_CAMERA: Final = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# A QR label turned and torn, a Data Matrix and a Code 128: each for a second of the film, which begins anew.
FRAMES: Final = 30


def film_of(house: Gatehouse, path: Path) -> dict[str, str]:
    """Write what the camera sees; return the code of each mark in it with the answer that is due."""
    scenes = {
        pack(203): damaged(label(house.labels[pack(203)], pack(203)), "turned by 45°", Random(4)),  # noqa: S311  pictures
        pack(204): damaged(label(house.labels[pack(204)], pack(204)), TORN, Random(4)),  # noqa: S311  the same
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
        for device in (Device.PHONE, Device.DESK):
            with visiting(browser, house.url, device=device, permissions=["camera"]) as there:
                page, answers = there.page, dict[str, str]()
                there.go("/scan")
                ready(page)
                page.locator("#camera").click()
                while len(answers) < (len(due) if device is Device.PHONE else 1):
                    expect(page.locator("#answer")).to_be_visible(timeout=20_000)
                    told = page.locator("#answer")
                    answers[page.locator("#answer-code").text_content() or ""] = (
                        told.get_attribute("data-level") or ""
                    )
                    page.locator("#next").click()
                assert answers.items() <= due.items()
                # The film has no light to switch.
                expect(page.locator("#torch")).to_be_hidden()


# A camera of grey pictures with a light, and a phone that trembles; what they were told is kept.
LIT: Final = """
globalThis.told = {torch: [], pulses: [], tones: []};
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
  track.getCapabilities = () => ({torch: true});
  track.applyConstraints = async ({advanced: [{torch}]}) => { told.torch.push(torch); };
  return stream;
};
"""


@pytest.mark.parametrize("device", [Device.PHONE, Device.DESK], ids=str)
def test_a_photo_is_the_last_resort_and_the_light_shines_where_there_is_one(
    visit: Visits, house: Gatehouse, device: Device
) -> None:
    there = visit(house.url, device=device)
    there.context.add_init_script(LIT)
    page = there.page
    there.go("/scan")
    ready(page)
    page.wait_for_selector("html[data-synced]", state="attached")
    enrolled(there, house)
    view(page, "loads")
    page.locator("#unannounced").click()
    page.locator("#go-on").click()
    expect(page.locator("#photo")).to_be_hidden()
    page.locator("#camera").click()
    page.locator("#torch").click()
    expect(page.locator("#torch")).to_have_attribute("aria-pressed", "true")
    page.locator("#torch").click()
    assert page.evaluate("told.torch") == [True, False]
    page.locator("#photo").click()
    expect(page.locator("#told")).to_contain_text("The photo is kept")
    page.locator("#current").click()
    synced(page, "#finish")
    expect(page.locator("#outbox-rows li[data-state=logged]")).to_have_count(1)
    [intake] = _since(house, house.service.sequencer.released().checkpoint.size - 1)
    sha256 = intake["data"]["scans"][0]["photo_sha256"]
    deadline = time.monotonic() + 10
    while not house.service.documents.has(sha256) and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert house.service.documents.has(sha256)


def test_an_answer_is_heard_and_felt(visit: Visits, house: Gatehouse) -> None:
    there = visit(house.url, device=Device.PHONE)
    there.context.add_init_script(LIT)
    there.go("/scan")
    there.page.wait_for_selector("html[data-synced]", state="attached")
    for text in (house.labels[pack(1)], house.labels[STOLEN]):
        scan(there.page, text)
        there.page.locator("#next").click()
    assert there.page.evaluate("told.pulses") == [[60], [400, 120, 400, 120, 400]]
    assert there.page.evaluate("told.tones") == [880, 1320, 196, 196, 196]


def test_a_hand_scanner_leaves_the_field_that_has_the_focus_as_it_was(
    visit: Visits, house: Gatehouse
) -> None:
    there = opened(visit, house, Device.DESK)
    page, code = there.page, pack(7).code
    page.locator("#code").fill("typed by hand")
    page.locator("#code").focus()
    page.keyboard.type(code[:14])
    page.keyboard.press("Control+]")
    page.keyboard.type(code[14:])
    page.keyboard.press("Tab")
    expect(page.locator("#answer-code")).to_have_text(code)
    page.locator("#next").click()
    expect(page.locator("#code")).to_have_value("typed by hand")


def test_a_list_that_was_rolled_back_is_refused(visit: Visits, house: Gatehouse) -> None:
    old = house.get("/v1/gate").get_data()
    late = pack(4_000)
    house.make(late)
    house.submit([house.tale.item_stolen(MAKER, late)])
    there = opened(visit, house)
    there.context.route("**/v1/gate", lambda route: route.fulfill(body=old, content_type="application/json"))
    view(there.page, "waiting")
    synced(there.page, "#sync")
    expect(there.page.locator("#refused-list")).to_contain_text("older than the one on this device")
    assert there.hurdles() == []
    view(there.page, "scan")
    there.context.set_offline(True)
    scan(there.page, house.labels[late])
    expect(there.page.locator("#answer-reasons")).to_contain_text("stolen")
    there.page.locator("#next").click()
    there.context.set_offline(False)
    there.context.unroute("**/v1/gate")
    view(there.page, "waiting")
    synced(there.page, "#sync")
    expect(there.page.locator("#refused-list")).to_be_hidden()


@pytest.mark.parametrize("device", [Device.PHONE, Device.DESK], ids=str)
def test_a_refused_statement_is_put_right_and_signed_anew(
    visit: Visits, house: Gatehouse, load: list[ItemId], device: Device
) -> None:
    there = opened(visit, house, device)
    enrolled(there, house)
    page, refusals = there.page, [REFUSED]

    def once(route: Route) -> None:
        if refusals:
            route.fulfill(json={"results": [{"result": "refused", "problem": refusals.pop()}]})
        else:
            route.continue_()

    there.context.route("**/v1/events", once)
    begin(page, 3)
    for one in load:
        scan(page, house.labels[one])
        page.locator("#next").click()
    page.locator("#current").click()
    synced(page, "#finish")
    refused = page.locator("#outbox-rows li[data-state=refused]")
    expect(refused).to_contain_text("no site of yours")
    assert there.hurdles() == []
    refused.get_by_role("button").click()
    expect(page.locator("#mend-said")).to_contain_text("no site of yours")
    assert there.hurdles() == []
    page.locator("#load-rows .drop").first.click()
    expect(page.locator("#load-count")).to_have_text("2")
    synced(page, "#finish")
    expect(page.locator("#outbox-rows li[data-state=replaced]")).to_have_count(1)
    expect(page.locator("#outbox-rows li[data-state=logged]")).to_have_count(2)
    assert custodian(house, load[0]) == str(RECEIVER.id)
    assert custodian(house, load[2]) == str(MAKER.id)


@pytest.mark.parametrize(
    ("network", "device"), [("online", Device.DESK), ("offline", Device.PHONE)], ids=["online", "offline"]
)
def test_what_a_stolen_key_signed_needs_a_look(
    visit: Visits, house: Gatehouse, network: str, device: Device
) -> None:
    item = pack(6_000 + len(house.labels))
    house.make(item)
    stolen = PrivateKey.generate(Algorithm.ED25519)
    added = KeyAdded(jwk=stolen.verifier, purpose=Purpose.OFFICE)
    house.submit([house.tale.tell(MAKER, added, MAKER.id, key=admin(MAKER))])
    since = Instant.from_ms(house.clock.now_ms())
    offer = TransferOffered(
        place=MAKER.place, rights=(Right.CUSTODY,), to=RECEIVER.id, consignment=str(uuid4()), count=1
    )
    house.submit([house.tale.tell(MAKER, offer, item, key=stolen)])
    house.submit([house.tale.key_revoked(MAKER, stolen, compromised_since=since)])
    there = opened(visit, house, device)
    enrolled(there, house)
    view(there.page, "scan")
    there.context.set_offline(network == "offline")
    scan(there.page, house.labels[item])
    expect(there.page.locator("#answer")).to_have_attribute("data-level", "look")
    expect(there.page.locator("#answer-reasons")).to_contain_text("signed with a stolen key")


def test_scans_that_come_faster_than_answers_are_all_counted_and_none_twice(
    visit: Visits, house: Gatehouse
) -> None:
    there = opened(visit, house)
    enrolled(there, house)
    page = there.page
    view(page, "loads")
    page.locator("#unannounced").click()
    page.locator("#go-on").click()
    some = [pack(number) for number in (201, 202, 201, 203, 202, 203, 201)]
    burst(page, *(house.labels[one] for one in some))
    expect(page.locator("#answer-counted")).to_contain_text("was counted already")
    expect(page.locator("#answer-code")).to_have_text(pack(201).code)
    page.locator("#next").click()
    expect(page.locator("#current")).to_contain_text("3 of")
