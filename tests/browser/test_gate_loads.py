"""Receiving loads at the gate in a browser: counted, weighed, signed on the spot, synchronised once."""

import re
import time
from typing import Final

import pytest
from playwright.sync_api import Route, expect

from ledger.identifiers import ItemId
from tests.browser.gate_steps import (
    BOTH,
    LIT,
    PACKS,
    begin,
    burst,
    custodian,
    enrolled,
    opened,
    ready,
    scan,
    since,
    synced,
    view,
)
from tests.browser.gatehouse import RECEIVER, Gatehouse
from tests.browser.visit import Device, Visits
from tests.scenario import MAKER, pack

# The device's key fails it once.
NO_KEY: Final = """() => {
  const subtle = SubtleCrypto.prototype;
  const {sign} = subtle;
  subtle.sign = async () => { subtle.sign = sign; throw new Error("no key"); };
}"""
KEPT: Final = re.compile(r"No network: it is sent once there is one\. Waiting for the network: [1-9]")
REFUSED: Final = {
    "rule": "place.unknown",
    "title": "Place",
    "detail": "The place is no site of yours.",
    "remedy": "Choose another one.",
}


def test_two_hundred_scans_without_a_network_go_in_once(visit: Visits, house: Gatehouse) -> None:
    there = opened(visit, house)
    enrolled(there, house)
    # The network is cut, and the page is opened cold in a window of its own.
    there.context.set_offline(True)
    house.network.shut()
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
    expect(page.locator("#waiting-said")).to_contain_text(KEPT)
    page.reload()
    ready(page)
    size = house.service.sequencer.released().checkpoint.size
    # Meanwhile the sender took one pack back, and the office accepted another.
    house.submit([house.tale.transfer_withdrawn(MAKER, packs[0], load="gate")])
    house.submit([house.tale.transfer_accepted(RECEIVER, packs[1], load="gate")])
    house.network.open()
    there.context.set_offline(False)
    view(page, "waiting")
    expect(page.locator("#waiting-said")).to_contain_text("Waiting for the network: 0.", timeout=20_000)
    expect(page.locator("#conflict-rows li")).to_have_count(2)
    expect(page.locator("#conflict-rows")).to_contain_text("It is not on offer to you in this load any more.")
    expect(page.locator("#conflict-rows")).to_contain_text("It is with your firm already")
    page.locator("#conflict-rows li", has_text="with your firm").get_by_text("Dealt with").click()
    expect(page.locator("#waiting-count")).to_have_text("1")
    synced(page, "#sync")
    logged = [one for one in since(house, size + 2) if one["event"] != "key.added"]
    scans = [one["item"] for event in logged for one in event["data"].get("scans", [])]
    assert scans == [str(one) for one in packs]
    accepted = [item for event in logged if event["event"] == "transfer.accepted" for item in event["prev"]]
    assert sorted(accepted) == sorted(str(one) for one in packs[2:])
    assert {event["event"] for event in logged} == {"intake.recorded", "transfer.accepted"}
    assert sum("gross_g" in one["data"] for one in logged if one["event"] == "intake.recorded") == 1
    assert custodian(house, packs[5]) == str(RECEIVER.id)
    assert custodian(house, packs[0]) == str(MAKER.id)


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


def test_what_is_no_weight_is_told_and_never_signed_away(
    visit: Visits, house: Gatehouse, load: list[ItemId]
) -> None:
    there = opened(visit, house, Device.SMALL_PHONE, "zh-CN")
    enrolled(there, house)
    page = there.page
    gross, tare, finish = (page.locator(f"#{name}") for name in ("gross", "tare", "finish"))
    begin(page, 3)
    scan(page, house.labels[load[0]])
    page.locator("#next").click()
    page.locator("#current").click()
    for typed in ("1,200", "1200kg", "0"):
        gross.fill(typed)
        gross.press("Tab")
        expect(page.locator("#weigh-wrong")).to_contain_text("大于 0" if typed == "0" else f"毛重“{typed}”")
        expect(gross).to_have_attribute("aria-invalid", "true")
        expect(gross).to_have_value(typed)
        expect(finish).to_be_disabled()
    assert there.hurdles() == []
    gross.fill("１２００")  # the key that puts it right takes the sentence back
    expect(page.locator("#net-mass")).to_have_text("净重 1,200 kg")
    expect(finish).to_be_enabled()
    for typed, said in (("abc", "皮重“abc”"), ("2500", "大于皮重")):
        tare.fill(typed)
        tare.press("Tab")
        expect(page.locator("#weigh-wrong")).to_contain_text(said)
        expect(finish).to_be_disabled()
    page.reload()
    ready(page)
    expect(tare).to_have_value("2500")
    tare.fill("200")
    expect(finish).to_be_enabled()
    gross.fill("1 200")
    finish.dispatch_event("click")  # before anything has told that this is no weight
    expect(gross).to_be_focused()
    expect(page.locator("#sign-hint")).to_contain_text("暂不能签名")
    gross.fill("600")
    page.evaluate(NO_KEY)
    finish.click()
    expect(page.locator("#sign-hint")).to_contain_text("未能签名：no key")
    synced(page, "#finish")
    expect(page.locator("#outbox-rows li[data-state=logged]")).to_have_count(2)
    told = since(house, house.service.sequencer.released().checkpoint.size - 2)
    assert [(one["event"], one["data"]["gross_g"]) for one in told] == [
        ("intake.recorded", 600_000),
        ("transfer.accepted", 400_000),
    ]
    assert told[0]["data"]["tare_g"] == 200_000


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
    expect(page.locator("#current")).to_contain_text("3 pcs")


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
    [intake] = since(house, house.service.sequencer.released().checkpoint.size - 1)
    sha256 = intake["data"]["scans"][0]["photo_sha256"]
    deadline = time.monotonic() + 10
    while not house.service.documents.has(sha256) and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert house.service.documents.has(sha256)
