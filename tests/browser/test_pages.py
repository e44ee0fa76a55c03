"""Every page for people, in a browser: whole on each screen and in each language, and open to everybody."""

from tests.browser.visit import Device, Visits
from tests.demonstration import Demonstration


def test_a_pack_is_found_from_the_home_page_without_script(
    visit: Visits, demonstration: Demonstration, device: Device, lang: str
) -> None:
    code = demonstration.code("taxi")
    there = visit(device=device, lang=lang, javascript=False)
    there.go("/")
    there.page.get_by_role("searchbox").fill(code.lower())
    there.page.get_by_role("button").click()
    assert there.page.url == f"{there.url}/p/{code}"
    assert there.page.locator("h1").inner_text() == code
    assert there.page.locator("html").get_attribute("lang") == lang
    assert there.overflow() == 0
