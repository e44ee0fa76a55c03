"""The gate in a browser: with a network, without one, on a phone and at a desk."""

import re
from typing import Final
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from crypto.keys import Algorithm, PrivateKey
from ledger.events.custody import TransferOffered
from ledger.events.registry import KeyAdded
from ledger.instants import Instant
from ledger.vocabulary import Purpose, Right
from tests.browser.gate_steps import (
    BOTH,
    LIT,
    enrolled,
    opened,
    pale,
    ready,
    scan,
    synced,
    view,
)
from tests.browser.gatehouse import (
    RECALLED,
    RECEIVER,
    RECYCLED,
    STOLEN,
    STRANGER,
    VOID,
    Gatehouse,
    admin,
)
from tests.browser.visit import Device, Visits
from tests.scenario import MAKER, pack

# The ring around what has the focus is outside of its box.
RING_PX: Final = 8
EVERYWHERE: Final = [("online", Device.PHONE), ("offline", Device.DESK)]


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
        house.labels[VOID]: "taken out of use",
        forged: "not one that its maker signed",
    }.items():
        scan(there.page, text)
        expect(there.page.locator("#answer")).to_have_attribute("data-level", "stop")
        expect(there.page.locator("#answer-reasons")).to_contain_text(reason)
        # Of what nobody signed nothing is told.
        facts = "" if text == forged else re.compile("made on")
        expect(there.page.locator("#answer-facts")).to_have_text(facts)
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


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_what_has_the_focus_stands_above_the_buttons(visit: Visits, house: Gatehouse, lang: str) -> None:
    there = visit(house.url, device=Device.SMALL_PHONE, lang=lang)
    there.go("/scan")
    page = there.page
    page.wait_for_selector("html[data-synced]", state="attached")
    for typed, focused in ((f"{pack(1).code[:-2]}?1", "#guess-list button >> nth=0"), ("?????", "#code")):
        page.locator("#code").fill(typed)
        page.locator("#code").press("Enter")
        expect(page.locator("#told" if focused == "#code" else "#guesses")).to_be_visible()
        expect(page.locator(focused)).to_be_focused()
        box, buttons = page.locator(focused).bounding_box(), page.locator(".actions:visible").bounding_box()
        assert box is not None
        assert buttons is not None
        assert box["y"] + box["height"] + RING_PX <= buttons["y"]


def test_without_scripts_a_code_is_looked_up_all_the_same(visit: Visits, house: Gatehouse) -> None:
    there = visit(house.url, device=Device.PHONE, javascript=False)
    there.go("/scan?lang=zh-CN")
    there.page.locator("#code").fill(pack(1).code)
    there.page.locator("#typed button").click()
    expect(there.page).to_have_url(re.compile(f"/p/{pack(1).code}"))
    expect(there.page.locator("html")).to_have_attribute("lang", "zh-CN")


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


# What version 1 of the device's database made: the same stores, without the index of scans.
EARLIER: Final = """async () => {
  const open = indexedDB.open("packtrace-gate", 1);
  open.onupgradeneeded = () => {
    open.result.createObjectStore("kept");
    for (const [name, keyPath] of [["scans", "id"], ["loads", "id"], ["outbox", "id"], ["photos", "sha256"]])
      open.result.createObjectStore(name, {keyPath});
    const weight = {gross_g: null, tare_g: null, checked: null, yes: [], from: "consumer"};
    const load = {id: "L", consignment: "c", by: null, expected: [], started: 1, state: "open", ...weight};
    open.transaction.objectStore("loads").put(load);
    const answer = {level: "look", reasons: [], answer: "none", act: null, problem: null};
    open.transaction.objectStore("scans").put({id: "S", load: "L", at: 1, raw: "x", item: null, ...answer});
  };
  await new Promise((done) => (open.onsuccess = done));
  open.result.close();
}"""


def test_what_an_earlier_version_kept_is_kept(visit: Visits, house: Gatehouse) -> None:
    there = visit(house.url, device=Device.PHONE)
    there.go("/")
    there.page.evaluate(EARLIER)
    there.go("/scan")
    there.page.wait_for_selector("html[data-synced]", state="attached")
    expect(there.page.locator("#current")).to_contain_text("1 pcs")


def test_the_device_key_can_be_used_and_never_read(visit: Visits, house: Gatehouse) -> None:
    there = opened(visit, house)
    exported = there.page.evaluate(
        """async () => {
          const open = indexedDB.open("packtrace-gate");
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
