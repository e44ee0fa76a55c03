"""A battery's public page in a browser: what it answers first, what it draws, and that it checks itself."""

import re
from typing import Final

import pytest
from playwright.sync_api import Route, expect

from ledger.vin import MalformedVinError, Vin
from tests.browser.links import health_link
from tests.browser.visit import Device, Visit, Visits
from tests.demonstration import Demonstration

MOST_BYTES: Final = 100_000
WEIGHT: Final = """
  [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, one) => sum + one.decodedBodySize, 0)
"""
"""The bytes of a page with all that it loads, not compressed: style, label, the verifier's modules."""


def outcome(there: Visit) -> str:
    """Press the button and return how the check ended."""
    there.page.locator("#check-start").click()
    there.page.locator("[data-outcome]:visible").wait_for()
    found = there.page.locator("[data-outcome]:visible").get_attribute("data-outcome")
    assert found is not None
    return found


def verdicts(there: Visit) -> dict[str, str]:
    """Return the verdict that is shown of each check."""
    rows = there.page.locator("[data-check]").all()
    return {str(row.get_attribute("data-check")): str(row.get_attribute("class")) for row in rows}


@pytest.mark.parametrize(
    ("device", "lang"), [(Device.PHONE, "zh-CN"), (Device.DESK, "en")], ids=["phone", "desk"]
)
@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without script"])
def test_a_pack_is_found_from_the_home_page(
    visit: Visits, demonstration: Demonstration, device: Device, lang: str, *, javascript: bool
) -> None:
    code = demonstration.code("taxi")
    there = visit(device=device, lang=lang, javascript=javascript)
    there.go("/")
    there.page.get_by_role("searchbox").fill(code.lower())
    there.page.get_by_role("button").click()
    assert there.page.url == f"{there.url}/p/{code}"
    assert there.page.locator("h1").inner_text() == code
    assert there.page.locator("html").get_attribute("lang") == lang
    assert there.page.locator(".answers dt").count() == 6
    expect(there.page.locator("#check-start")).to_be_visible(visible=javascript)
    assert there.overflow() == 0


def test_the_questions_of_people_are_answered_before_anything_else(
    visit: Visits, demonstration: Demonstration
) -> None:
    there = visit()
    there.go(f"/p/{demonstration.code('taxi')}")
    asked = there.page.locator(".answers dt").all_inner_texts()
    assert asked[0] == "Is it genuine?"
    assert asked[-1] == "Where can it be handed in?"
    places = there.page.locator(".outlets li").all_inner_texts()
    assert 1 <= len(places) <= 3
    assert "same" in places[0]
    assert re.search(r"As of 20\d\d-.+ the log has [\d,]+ entries", there.page.locator(".fresh").inner_text())


@pytest.mark.parametrize(
    ("device", "lang"), [(Device.PHONE, "zh-CN"), (Device.DESK, "en")], ids=["phone", "desk"]
)
def test_the_device_verifies_the_whole_file_by_itself(
    visit: Visits, demonstration: Demonstration, device: Device, lang: str
) -> None:
    there = visit(device=device, lang=lang)
    there.go(f"/p/{demonstration.code('taxi')}")
    assert outcome(there) == "held"
    found = verdicts(there)
    assert {found[name] for name in ("log", "root", "included", "signed", "chained", "complete", "page")} == {
        "ok"
    }
    assert found["disclosed"] == found["witnessed"] == "unknown"
    assert there.page.locator("[data-check] [data-verdict]:visible").count() == 10
    assert there.hurdles() == []
    assert there.overflow() == 0


def test_the_device_tells_how_far_its_check_is(visit: Visits, demonstration: Demonstration) -> None:
    there = visit()
    there.go(f"/p/{demonstration.code('taxi')}")
    there.page.evaluate("""() => {
      window.told = [];
      const bar = document.getElementById("check-bar");
      new MutationObserver(() => window.told.push(bar.value)).observe(bar, { attributes: true });
    }""")
    assert outcome(there) == "held"
    told = there.page.evaluate("window.told")
    assert told == sorted(told)
    assert 0.5 in told
    assert len(set(told)) > 10
    assert told[-1] < 1


def test_a_changed_file_is_named_as_failed(visit: Visits, demonstration: Demonstration) -> None:
    there = visit()

    def forge(route: Route) -> None:
        text = route.fetch().text()
        at = text.index(".", text.index('"entry"') if '"entry"' in text else len(text) // 2) + 40
        route.fulfill(body=text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :])

    there.page.route("**/dossier", forge)
    there.go(f"/p/{demonstration.code('taxi')}")
    assert outcome(there) == "failed"
    assert "failed" in verdicts(there).values()


def test_another_log_than_the_device_saw_first_is_noticed(
    visit: Visits, demonstration: Demonstration
) -> None:
    there = visit()
    there.go(f"/p/{demonstration.code('taxi')}")
    assert outcome(there) == "held"
    there.page.route(
        "**/v1/trust", lambda route: route.fulfill(body=route.fetch().text().replace("v", "w", 1))
    )
    assert outcome(there) == "moved"


def test_without_a_connection_the_check_says_so(visit: Visits, demonstration: Demonstration) -> None:
    there = visit()
    there.allowed.append("ERR_INTERNET_DISCONNECTED")
    there.go(f"/p/{demonstration.code('taxi')}")
    there.context.set_offline(True)
    assert outcome(there) == "broken"


def test_health_is_drawn_for_who_has_a_link_and_for_nobody_else(
    visit: Visits, demonstration: Demonstration, device: Device
) -> None:
    there = visit(device=device, javascript=False)
    there.go(health_link(demonstration, "taxi"))
    dots = there.page.locator(".health circle")
    assert dots.count() == there.page.locator(".health tbody tr").count() >= 1
    assert there.page.get_by_text("of its rated capacity was measured on").is_visible()
    assert there.overflow() == 0
    there.go(f"/p/{demonstration.code('taxi')}")
    assert there.page.locator(".health").count() == 0


def test_a_drawn_page_is_open_to_everybody(visit: Visits, demonstration: Demonstration) -> None:
    there = visit()
    there.go(health_link(demonstration, "taxi"))
    assert there.hurdles() == []


def test_a_recycled_pack_says_what_became_of_its_material(
    visit: Visits, demonstration: Demonstration
) -> None:
    there = visit(device=Device.PHONE)
    there.go(f"/p/{demonstration.code('recycled')}")
    steps = there.page.locator(".steps > li")
    assert steps.count() >= 2
    assert "kg" in steps.first.inner_text()
    assert there.page.get_by_text("Where can it be handed in?").count() == 0


def test_an_event_taken_back_is_marked_where_it_stands(visit: Visits, demonstration: Demonstration) -> None:
    there = visit()
    there.go(f"/p/{demonstration.code('voided')}")
    assert there.page.locator(".timeline li.voided").count() >= 1
    there.page.locator(".timeline li.voided .chip.over").first.click()
    assert there.page.locator("h1").inner_text() == "Earlier act taken back"


def test_from_an_event_one_goes_to_its_signer_and_to_the_event_before(
    visit: Visits, demonstration: Demonstration, device: Device
) -> None:
    there = visit(device=device, lang="zh-CN", javascript=False)
    there.go(f"/p/{demonstration.code('taxi')}")
    there.page.locator(".timeline .links a").nth(-2).click()
    assert "/e/" in there.page.url
    there.page.locator("section a[href^='/o/']").first.click()
    assert there.page.locator(".key").count() >= 1
    assert there.page.locator("h1").inner_text().startswith("演示·")


def test_the_page_is_light_and_names_no_vehicle_identification_number(
    visit: Visits, demonstration: Demonstration
) -> None:
    there = visit()
    for sample in ("recycled", "stolen", "crashed", "leased", "taxi"):
        there.go(f"/p/{demonstration.code(sample)}")
        assert there.page.evaluate(WEIGHT) < MOST_BYTES
        words = re.findall(r"\b[A-HJ-NPR-Z0-9]{17}\b", there.page.locator("body").inner_text())
        assert [word for word in words if is_vin(word)] == []


def is_vin(word: str) -> bool:
    """Say whether a word is a vehicle identification number."""
    try:
        Vin.parse(word)
    except MalformedVinError:
        return False
    return True


def test_it_prints_without_buttons_and_on_few_sheets(visit: Visits, demonstration: Demonstration) -> None:
    there = visit()
    there.go(f"/p/{demonstration.code('taxi')}")
    there.page.emulate_media(media="print")
    assert not there.page.locator("#check-start").is_visible()
    assert not there.page.locator(".top nav").is_visible()
    sheets = there.page.pdf(format="A4").count(b"/Type /Page\n")
    assert 1 <= sheets <= 8


def test_the_keyboard_reaches_the_check(visit: Visits, demonstration: Demonstration) -> None:
    there = visit()
    there.go(f"/p/{demonstration.code('taxi')}")
    there.page.keyboard.press("Tab")
    assert there.page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    there.page.locator("#check-start").focus()
    there.page.keyboard.press("Enter")
    there.page.locator("[data-outcome]:visible").wait_for()
