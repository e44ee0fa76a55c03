"""The desk in a browser: enrolled, signed in, a load accepted, keys registered and revoked."""

import pytest

from ledger.device import parse_code
from ledger.events.registry import KeyRevoked
from ledger.vocabulary import KeyRevocation, Purpose
from tests.browser.enrolment import at_desk, tell
from tests.browser.visit import Device, Visit, Visits
from tests.demonstration import Demonstration


def sound(there: Visit) -> None:
    """Check that a page is open to everybody and fits its screen."""
    assert there.hurdles() == []
    assert there.overflow() == 0


def finish(there: Visit) -> str:
    """Go on from a filled-in form, sign what is shown, and return the receipt."""
    there.page.locator("#act button:not([type])").click()
    there.page.locator("#review").wait_for()
    sound(there)
    there.page.locator("#sign").click()
    there.page.locator("#done").wait_for()
    sound(there)
    there.page.locator("#done summary").click()
    return there.page.locator("#receipt").inner_text()


def test_an_unknown_browser_shows_its_code_and_no_desk(visit: Visits, device: Device, lang: str) -> None:
    there = visit(device=device, lang=lang)
    there.go("/desk")
    assert "/desk/sign-in" in there.page.url
    there.page.locator("#code").wait_for()
    assert there.page.locator("#code").inner_text().startswith("PTD1-")
    sound(there)


def test_without_scripts_the_page_says_why_it_cannot_sign(visit: Visits) -> None:
    there = visit(javascript=False)
    there.go("/desk/sign-in")
    assert "needs scripts" in there.page.locator("noscript").inner_text()


@pytest.mark.parametrize(("device", "lang"), [(Device.PHONE, "zh-CN"), (Device.DESK, "en")])
def test_a_registered_browser_accepts_a_load_with_its_own_signature(
    visit: Visits, own_demonstration: Demonstration, device: Device, lang: str
) -> None:
    there = at_desk(visit, own_demonstration, "vehicle-maker", device=device, lang=lang)
    sound(there)
    pack = there.page.locator(".load code").first.inner_text()
    there.page.locator(".load a.button").first.click()
    sound(there)
    assert finish(there).startswith("c2sp.org/tlog-proof")
    there.go("/desk")
    assert there.page.locator(".load").count() == 0
    there.go(f"/desk/item/{pack}")
    there.page.locator("summary").click()
    assert there.page.locator("tbody tr").count() > 5
    sound(there)
    there.page.locator("button.plain").click()
    there.page.wait_for_url("**/desk/sign-in*")
    there.go("/desk")
    assert "/desk/sign-in" in there.page.url


def test_a_form_is_put_right_and_signed_with_the_keyboard_alone(
    visit: Visits, own_demonstration: Demonstration
) -> None:
    there = at_desk(visit, own_demonstration, "vehicle-maker")
    there.allowed.append("400")
    there.page.locator(".load a.button").first.focus()
    there.page.keyboard.press("Enter")
    district = there.page.locator("[data-field='place.district']")
    known = district.input_value()
    district.fill("nowhere")
    there.page.locator(".acts button:not([type]):enabled").first.wait_for()
    there.page.keyboard.press("Enter")
    there.page.locator("#problem").wait_for()
    assert there.page.locator("#problem").inner_text().startswith("District: ")
    assert there.page.evaluate("document.activeElement.dataset.field") == "place.district"
    sound(there)
    there.page.reload()
    assert district.input_value() == "nowhere"
    assert there.page.locator("#kept").is_visible()
    district.fill(known)
    there.page.keyboard.press("Enter")
    there.page.locator("#review").wait_for()
    assert there.page.evaluate("document.activeElement.tagName") == "H2"
    for key in ("Tab", "Tab", "Enter"):
        there.page.keyboard.press(key)
    there.page.locator("#done").wait_for()


def test_an_admins_browser_registers_another_and_its_key_is_out_once_revoked(
    visit: Visits, own_demonstration: Demonstration
) -> None:
    other = visit(own_demonstration.url)
    other.go("/desk/sign-in")
    other.page.locator("#code").wait_for()
    kid = parse_code(other.page.locator("#code").inner_text()).thumbprint()
    admin = at_desk(visit, own_demonstration, "recycler", purpose=Purpose.ADMIN)
    admin.go("/desk/keys")
    admin.page.locator("[data-field='jwk']").fill(other.page.locator("#code").inner_text())
    admin.page.locator("[data-field='purpose']").select_option("office")
    sound(admin)
    finish(admin)
    other.page.reload()
    other.page.locator("#button").click()
    other.page.wait_for_url("**/desk")
    tell(own_demonstration, "recycler", KeyRevoked(kid=kid, reason=KeyRevocation.LOST))
    other.go("/desk")
    assert "/desk/sign-in" in other.page.url
    other.page.locator("#ended").wait_for()
    sound(other)
    other.page.locator("#renew").click()
    other.page.locator("#code").wait_for()
    assert parse_code(other.page.locator("#code").inner_text()).thumbprint() != kid
