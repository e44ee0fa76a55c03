"""Dashboard and auditor's page in a browser: drilled down to events, checked by the browser itself."""

import json
from pathlib import Path

from playwright.sync_api import expect

from cli.client import Client
from crypto.encoding import b64_encode
from ledger.audit.sample import digest_of
from ledger.identifiers import ItemId
from tests.browser.enrolment import enrolled
from tests.browser.visit import Device, Visit, Visits
from tests.demonstration import Demonstration


def verdicts(there: Visit, place: str) -> list[tuple[str, str]]:
    """Return what the browser found: each verdict with its text."""
    there.page.locator(f"[aria-busy='false'] {place} li").first.wait_for()
    lines = there.page.locator(f"{place} li").all()
    return [(str(one.get_attribute("class")), one.inner_text()) for one in lines]


def test_every_flow_leads_to_its_signed_events_without_script(
    visit: Visits, device: Device, lang: str
) -> None:
    there = visit(device=device, lang=lang, javascript=False)
    there.go("/dashboard")
    assert there.overflow() == 0
    firsts = (there.page.locator(f".sankey.{name} a").first for name in ("ways", "flows"))
    for address in [first.get_attribute("href") for first in firsts]:
        there.go(str(address))
        assert there.overflow() == 0
        there.page.locator("tbody th a").first.click()
        assert "/e/" in there.page.url


def test_the_dashboard_tells_of_new_entries_as_they_come(
    visit: Visits, own_demonstration: Demonstration
) -> None:
    there = visit(own_demonstration.url)
    there.go("/dashboard")
    told, size = there.page.locator("#live-new"), there.page.locator("#live-size")
    expect(told).to_have_text("no new one since this page was opened.")
    before = int(size.inner_text())
    office = visit(own_demonstration.url)
    enrolled(office, own_demonstration, "recycler")
    expect(told).to_contain_text("1 since this page was opened")
    assert int(size.inner_text()) == before + 1
    there.allowed.append("ERR_INTERNET_DISCONNECTED")
    there.context.set_offline(True)
    state = there.page.locator("#live-state")
    expect(state).to_have_text("The server does not answer; this page tries again.")
    assert there.hurdles() == []
    asked = len(there.asked)
    there.context.set_offline(False)
    expect(state).to_have_text("")
    assert len(there.asked) <= asked + 3


def test_dashboard_and_audit_are_open_to_everybody(visit: Visits, device: Device, lang: str) -> None:
    there = visit(device=device, lang=lang)
    for path in ("/dashboard", "/dashboard/events?measure=packs&by=phase&key=retired", "/audit"):
        there.go(path)
        assert there.hurdles() == [], path
        assert there.overflow() == 0, path


def test_the_browser_checks_the_growth_between_two_sizes(visit: Visits, demonstration: Demonstration) -> None:
    there = visit()
    there.go("/audit")
    there.page.locator("#seen option").first.wait_for(state="attached")
    there.page.locator("#from").fill("7")
    there.page.locator("#vkey").fill(str(Client(demonstration.url).get("/v1/trust")["vkey"]))
    there.page.locator("#growth button").click()
    found = verdicts(there, "#growth-lines")
    assert [verdict for verdict, _ in found] == ["unknown", "ok", "ok"]
    assert there.hurdles() == []


def test_a_key_of_another_log_is_not_taken_for_this_ones(visit: Visits) -> None:
    there = visit()
    there.go("/audit")
    there.page.locator("#seen option").first.wait_for(state="attached")
    there.page.locator("#vkey").fill("localhost/packtrace+00000000+AQAA")
    there.page.locator("#growth button").click()
    assert verdicts(there, "#growth-lines")[-1][0] == "failed"


def test_nothing_has_failed_where_nothing_could_be_asked(visit: Visits) -> None:
    there = visit()
    there.allowed += ["400 (BAD REQUEST)", "ERR_INTERNET_DISCONNECTED"]
    there.go("/audit")
    there.page.locator("#seen option").first.wait_for(state="attached")
    there.page.locator("#from").fill("9")
    there.page.locator("#to").fill("7")
    there.page.locator("#growth button").click()
    [(verdict, words)] = verdicts(there, "#growth-lines")
    assert verdict == "unknown"
    assert "`from`" in words
    there.page.context.set_offline(True)
    there.page.locator("#growth button").click()
    there.page.get_by_text("The server did not answer").wait_for()
    assert [verdict for verdict, _ in verdicts(there, "#growth-lines")] == ["unknown"]


def test_a_forged_proof_of_growth_is_noticed(visit: Visits) -> None:
    there = visit()

    def forge(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]  # a Playwright Route
        told = answer.json()
        told["proof"][0] = b64_encode(bytes(32))
        route.fulfill(response=answer, json=told)  # type: ignore[attr-defined]  # the same

    there.page.route("**/v1/growth*", forge)
    there.go("/audit")
    there.page.locator("#from").fill("7")
    there.page.locator("#growth button").click()
    assert verdicts(there, "#growth-lines")[-1][0] == "failed"


def test_a_report_is_read_by_the_browser_and_sent_nowhere(
    visit: Visits, demonstration: Demonstration, tmp_path: Path
) -> None:
    there = visit()
    there.go("/audit")
    size = int(there.page.locator("#to").input_value())
    root = Client(demonstration.url).get(f"/v1/growth?from={size}&to={size}")["to"]["root"]
    item = f"gbt34014:{demonstration.code('taxi')}"
    drawn = {"item": item, "district": "440305", "digest": digest_of("seed", ItemId.parse(item)).hex()}
    told = {
        "v": 1,
        "ok": True,
        "pinned": True,
        "size": size,
        "root": root,
        "behind": [{"index": 41, "size": 9, "days": 3}],
        "checks": {"tree": "ok", "witnessed": "unknown"},
        "findings": [],
        "sample": {"seed": "seed", "drawn": [drawn, {**drawn, "digest": "00" * 32}]},
    }
    report = tmp_path / "report.json"
    report.write_text(json.dumps(told))
    before = len(there.asked)
    there.page.locator("#report").set_input_files(report)
    there.page.locator("#report-lines li:nth-child(7)").wait_for()
    there.page.get_by_text("The index of entry 41 was 3 days out of date").wait_for()
    found = [verdict for verdict, _ in verdicts(there, "#report-lines")]
    assert found == ["ok", "unknown", "ok", "unknown", "ok", "ok", "failed"]
    assert [one.partition("?")[0] for one in there.asked[before:]] == [f"{there.url}/v1/growth"]


def test_an_audit_of_another_log_is_named_as_such(visit: Visits, tmp_path: Path) -> None:
    there = visit()
    there.go("/audit")
    told = {
        "ok": True,
        "pinned": True,
        "size": 9,
        "root": b64_encode(bytes(32)),
        "checks": {},
        "findings": [],
    }
    report = tmp_path / "report.json"
    report.write_text(json.dumps(told))
    there.page.locator("#report").set_input_files(report)
    assert verdicts(there, "#report-lines")[-1][0] == "failed"
    report = tmp_path / "other.json"
    report.write_text("no report")
    there.page.locator("#report").set_input_files(report)
    there.page.get_by_text("This is no report of an audit").wait_for()


def test_tables_are_lists_on_a_small_phone_and_paper_has_no_ways_on(visit: Visits) -> None:
    there = visit(device=Device.SMALL_PHONE, lang="en")
    there.go("/dashboard")
    cut = (
        "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length"
    )
    assert there.page.evaluate(cut) == 0
    there.go(str(there.page.locator(".sankey a").first.get_attribute("href")))
    assert there.page.locator("[data-label='Entry']").count() > 0
    assert there.page.evaluate(cut) == 0
    there.page.emulate_media(media="print")
    assert there.page.locator("nav:visible, footer:visible, details:not([open]):visible").count() == 0
