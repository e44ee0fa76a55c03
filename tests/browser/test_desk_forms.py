"""The desk's forms in a browser: lists of groups, new vehicles, keys revoked, consents asked for."""

from urllib.parse import urlsplit

import pytest

from cli.client import Client
from ledger.device import parse_code
from ledger.vocabulary import Purpose
from tests.browser.enrolment import at_desk
from tests.browser.test_desk import finish, sound
from tests.browser.visit import Device, Visit, Visits
from tests.demonstration import Demonstration

VIN = "LZZ1A2B3XN0000017"
MODULE = "ZZZMB01TEST000G610000077"
SELECTED = "getSelection().toString()"


def org_of(there: Demonstration, firm: str) -> str:
    """Return the id of a firm of the demonstration by its name in the plan."""
    orgs = Client(there.url).get("/v1/orgs")["organisations"]
    return next(str(one["id"]) for one in orgs if firm in one["name_en"])


def found(there: Demonstration, **query: str) -> list[str]:
    """Return the codes of the items that a search finds."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return [str(one["id"]) for one in Client(there.url).get(f"/v1/items?{asked}&limit=20")["items"]]


def fill(there: Visit, name: str, value: str, row: int = 0) -> None:
    """Fill in a field by its claim, in one of the rows that are shown."""
    there.page.locator(f"#act :not(template) [data-field='{name}']").nth(row).fill(value)


@pytest.mark.parametrize(("device", "lang"), [(Device.PHONE, "zh-CN"), (Device.DESK, "en")])
def test_a_list_of_groups_is_filled_in_row_by_row(
    visit: Visits, own_demonstration: Demonstration, device: Device, lang: str
) -> None:
    there = at_desk(visit, own_demonstration, "pack-maker", device=device, lang=lang)
    there.go("/desk/state")
    sound(there)
    there.page.locator("a[href*='coding.filed']").click()
    fill(there, "vendor", "ZZZ")
    for _ in range(2):
        there.page.locator("[data-add]").click()
    assert there.page.evaluate("document.activeElement.dataset.field") == "spec"
    there.page.locator("[data-remove]").nth(1).click()
    for row, spec in enumerate(("Y1", "Y2")):
        fill(there, "spec", spec, row)
        there.page.locator("#act [data-field='chemistry']").nth(row).select_option("lfp")
    sound(there)
    assert finish(there).startswith("c2sp.org/tlog-proof")


def test_a_row_that_was_filled_in_wrongly_is_shown(visit: Visits, own_demonstration: Demonstration) -> None:
    there = at_desk(visit, own_demonstration, "pack-maker")
    there.allowed.append("400")
    there.go("/desk/state/coding.filed")
    fill(there, "vendor", "ZZZ")
    fill(there, "spec", "toolong")
    there.page.locator("#act [data-field='chemistry']").select_option("lfp")
    there.page.locator("#act button:not([type])").click()
    there.page.locator("#problem").wait_for()
    assert there.page.locator("[aria-invalid]").get_attribute("data-field") == "spec"
    sound(there)
    there.go("/desk/state/module.manufactured")
    there.page.locator("#new-item").fill(MODULE)
    for name, value in (
        ("mass_g", "20000"),
        ("manufactured_on", "2026-03-01"),
        ("cell_codes", f"\n{MODULE}"),
    ):
        fill(there, name, value)
    model = there.page.locator("#models option").first.get_attribute("value") or ""
    fill(there, "model", model)
    assert there.page.locator("[data-count-of]").inner_text() == "Codes listed: 1"
    there.page.locator("#act button:not([type])").click()
    there.page.locator("[aria-invalid]").wait_for()
    assert "line 2" in there.page.locator("#wrong-note").inner_text()
    assert there.page.evaluate(SELECTED) == MODULE
    sound(there)
    there.page.locator("#new-item").fill("rubbish")
    go = there.page.locator("#act button:not([type])")
    go.click()
    there.page.locator("#new-item[aria-invalid]").wait_for()
    assert there.page.locator("#wrong-note").inner_text().startswith("Code of the new module: rubbish is not")
    sound(there)
    there.page.evaluate("document.querySelector('#act').noValidate = true")
    there.page.locator("#new-item").fill(MODULE)
    fill(there, "mass_g", "")
    fill(there, "cell_codes", "")
    go.click()
    there.page.locator("[data-field='mass_g'][aria-invalid]").wait_for()
    assert there.page.locator("#problem").inner_text().endswith(": must be filled in.")
    there.allowed.append("ERR_INTERNET_DISCONNECTED")
    there.context.set_offline(True)
    go.click()
    there.page.get_by_text("Nothing was logged").wait_for()


def test_a_lot_is_divided_from_its_working_page(visit: Visits, own_demonstration: Demonstration) -> None:
    recycler = org_of(own_demonstration, "Recycler")
    lots = found(own_demonstration, holder=recycler, kind="lot")
    there = at_desk(visit, own_demonstration, "recycler")
    there.go(f"/desk/item/{lots[0]}")
    there.page.locator("a[href$='lot.divided']").click()
    assert there.page.locator("[data-field='source']").input_value() == lots[0]
    fill(there, "lot", f"lot:{recycler.partition(':')[2]}:PART-OF-IT")
    fill(there, "mass_g", "1")
    assert finish(there).startswith("c2sp.org/tlog-proof")


@pytest.mark.parametrize(("device", "lang"), [(Device.PHONE, "zh-CN"), (Device.DESK, "en")])
def test_a_pack_goes_into_a_vehicle_that_the_ledger_does_not_know(
    visit: Visits, own_demonstration: Demonstration, device: Device, lang: str
) -> None:
    maker = org_of(own_demonstration, "Vehicle Maker")
    there = at_desk(visit, own_demonstration, "vehicle-maker", device=device, lang=lang)
    there.page.locator(".load a.button").first.click()
    code = there.page.locator("[data-item]").first.get_attribute("data-item") or ""
    finish(there)
    assert code in found(own_demonstration, holder=maker, kind="pack", phase="stock")
    there.go(f"/desk/item/{code}/pack.fitted")
    fill(there, "vehicle_model", "MODEL-1")
    fill(there, "vin", VIN)
    sound(there)
    finish(there)
    assert code in found(own_demonstration, holder=maker, kind="pack", phase="fitted")


def test_a_key_is_revoked_and_its_events_are_stood_by(
    visit: Visits, own_demonstration: Demonstration
) -> None:
    office = at_desk(visit, own_demonstration, "pack-maker")
    office.go("/desk/state/coding.filed")
    fill(office, "vendor", "ZZZ")
    fill(office, "spec", "Y7")
    office.page.locator("#act [data-field='chemistry']").select_option("lfp")
    finish(office)
    kid = office.page.locator("#desk").get_attribute("data-kid") or ""
    admin = at_desk(visit, own_demonstration, "pack-maker", purpose=Purpose.ADMIN)
    admin.go(f"/desk/keys/{kid}/revoke")
    admin.page.locator("[data-field='reason']").select_option("compromised")
    admin.page.locator("[data-field='compromised_since']").fill("2026-01-01T08:00:00")
    sound(admin)
    finish(admin)
    office.go("/desk")
    assert "/desk/sign-in" in office.page.url
    other = at_desk(visit, own_demonstration, "pack-maker", device=Device.PHONE, lang="zh-CN")
    other.go("/desk/keys")
    sound(other)
    other.page.locator(f"a[href*='{kid}/confirm']").click()
    assert other.page.locator("[data-entry]").count() == 1
    sound(other)
    other.page.locator("[data-entry]").check()
    finish(other)
    other.go(f"/desk/keys/{kid}/confirm")
    assert other.page.locator("[data-confirmed]").count() == 1


def test_consent_is_asked_for_by_a_link_and_given_at_the_other_desk(
    visit: Visits, own_demonstration: Demonstration
) -> None:
    maker = org_of(own_demonstration, "Pack Maker")
    code = found(own_demonstration, holder=maker, kind="pack", phase="stock")[0].partition(":")[2]
    asking = at_desk(visit, own_demonstration, "recycler")
    asking.go(f"/desk/item/{code}/item.split/consent")
    sound(asking)
    link = urlsplit(asking.page.locator("#link").inner_text())
    owner = at_desk(visit, own_demonstration, "pack-maker")
    owner.go(f"{link.path}?{link.query}")
    assert owner.page.locator("[data-field='to']").input_value() == org_of(own_demonstration, "Recycler")
    assert owner.page.locator("[data-field='act']").input_value() == "item.split"
    sound(owner)
    assert finish(owner).startswith("c2sp.org/tlog-proof")


def test_a_label_is_printed_and_a_link_made_and_ended_from_a_working_page(
    visit: Visits, own_demonstration: Demonstration
) -> None:
    maker = org_of(own_demonstration, "Pack Maker")
    code = found(own_demonstration, holder=maker, kind="pack", phase="stock")[0].partition(":")[2]
    there = at_desk(visit, own_demonstration, "pack-maker")
    there.go(f"/desk/item/{code}")
    sound(there)
    with there.page.expect_download() as printed:
        there.page.locator(".printing button").click()
    assert printed.value.suggested_filename == f"label-{code}.pdf"
    there.page.locator("a[href$='/share']").click()
    there.page.locator("#share input[type=checkbox]").first.check()
    there.page.locator("#share button").click()
    there.page.locator("#made").wait_for()
    sound(there)
    link = urlsplit(there.page.locator("#link").inner_text())
    reader = visit(own_demonstration.url, lang="zh-CN")
    reader.go(f"{link.path}?{link.query}")
    assert "出示" in reader.page.locator("main").inner_text()
    there.page.reload()
    there.page.locator("[data-revoke]").click()
    there.page.get_by_text("Ended.").wait_for()
    reader.allowed.append("404")
    assert reader.go(f"{link.path}?{link.query}").status == 404


def test_a_link_to_consent_leads_through_signing_in(visit: Visits, own_demonstration: Demonstration) -> None:
    there = at_desk(visit, own_demonstration, "pack-maker")
    there.page.locator("button.plain").click()
    there.page.wait_for_url("**/desk/sign-in*")
    there.go("/desk/state?lang=en")
    there.page.locator("#button").click()
    there.page.wait_for_url("**/desk/state?lang=en")


def test_an_admin_registers_a_key_by_its_code_on_a_phone(
    visit: Visits, own_demonstration: Demonstration
) -> None:
    other = visit(own_demonstration.url)
    other.go("/desk/sign-in")
    other.page.locator("#code").wait_for()
    code = other.page.locator("#code").inner_text()
    admin = at_desk(visit, own_demonstration, "recycler", purpose=Purpose.ADMIN, device=Device.PHONE)
    admin.go("/desk/keys")
    fill(admin, "jwk", code)
    fill(admin, "label", "DESK-2")
    sound(admin)
    finish(admin)
    admin.go("/desk/keys")
    assert parse_code(code).thumbprint()[:12] in admin.page.locator("table.keys").inner_text()


def test_an_offer_is_withdrawn_and_an_event_corrected_on_a_phone(
    visit: Visits, own_demonstration: Demonstration
) -> None:
    there = at_desk(visit, own_demonstration, "pack-maker", device=Device.PHONE, lang="zh-CN")
    there.page.locator("a[href*='transfer.withdrawn']").first.click()
    code = there.page.locator("[data-item]").first.get_attribute("data-item") or ""
    fill(there, "reason", "wrong_receiver")
    finish(there)
    there.go(f"/desk/item/{code.partition(':')[2]}")
    sound(there)
    there.page.locator("a[href*='event.corrected']").first.click()
    there.page.locator("[data-field='ground']").select_option("typing_error")
    fill(there, "claims.reason", "wrong_address")
    finish(there)
