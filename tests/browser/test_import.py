"""The import of a table in a browser: mapped, put right, signed there, and no row lost or doubled."""

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from playwright.sync_api import FilePayload, Page, Route, expect

from cli import main
from cli.client import Client
from cli.demo.consortium import PACK_MAKER
from cli.demo.making import _battery
from ledger.gbt34014 import Kind
from ledger.receipt import Receipt
from tests.browser.enrolment import at_desk
from tests.browser.visit import Device, Visit, Visits
from tests.demonstration import Demonstration, served
from tests.tables import Rows, csv_bytes, xlsx

HEADER: Final = ["模块编码", "电池型号", "重量(千克)", "生产日期", "区县", "备注"]
ROWS: Final = 120
CUT: Final = "Failed to load resource"
MADE: Final = date(2026, 3, 2)


def modules(count: int = ROWS, first: int = 900_000) -> Rows:
    """Return rows of modules that the demonstration's maker has not made yet."""
    model = PACK_MAKER.model("M5")
    return [
        [_battery(Kind.MODULE, first + number, MADE).value, model, "90.5", MADE.isoformat(), "330109", "x"]
        for number in range(count)
    ]


def size_of(there: Demonstration) -> int:
    """Return how many entries the ledger has."""
    return int(Client(there.url).get("/v1/events?after=0&limit=1")["size"])


@pytest.fixture(scope="module")
def maker(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """Return a served demonstration that these tests write to; it is audited at the end."""
    folder = tmp_path_factory.mktemp("maker") / "own"
    shutil.copytree(demonstration.folder.parent, folder)
    with served(demonstration.copied(folder)) as running:
        yield running
        trust = folder / "trust.json"
        trust.write_text(json.dumps(Client(running.url).get("/v1/trust")), "utf-8")
        result = CliRunner().invoke(main, ["audit", running.url, "--trust", str(trust)])
        assert result.exit_code == 0, result.output


def sound(there: Visit) -> None:
    """Check that the page as it stands is open to everybody and fits its screen."""
    assert there.hurdles() == []
    assert there.overflow() == 0


def begin(there: Visit, name: str, data: bytes) -> Page:
    """Upload a table and wait for its columns."""
    there.go("/desk/import")
    page = there.page
    page.locator("#table").set_input_files([FilePayload(name=name, mimeType="text/csv", buffer=data)])
    page.locator("#upload button").click()
    page.locator("#mapped").wait_for()
    return page


def leave_out_the_notes(page: Page) -> None:
    """Say what the draft left open: the column of notes is not imported, the place is the same everywhere."""
    row = page.locator('tr[data-header="备注"]')
    assert "unsure" in str(row.get_attribute("class"))
    row.locator("select").first.select_option("-")


@pytest.mark.parametrize(
    ("device", "lang", "first"), [(Device.PHONE, "zh-CN", 900_000), (Device.DESK, "en", 910_000)]
)
def test_a_table_is_put_right_signed_and_logged_once_through_a_cut_and_a_reload(
    visit: Visits, maker: Demonstration, device: Device, lang: str, first: int
) -> None:
    there = at_desk(visit, maker, "pack-maker", device=device, lang=lang)
    before = size_of(maker)
    there.allowed += [CUT, "422"]
    rows = modules(first=first)
    wrong = [list(row) for row in rows]
    wrong[3][2] = "90,5"
    wrong[7][1] = PACK_MAKER.model("NOPE")
    page = begin(there, "modules.csv", csv_bytes([HEADER, *wrong]))
    assert page.locator("#event").input_value() == "module.manufactured"
    sound(there)
    page.locator("#mapping button:not([type])").click()
    page.locator("#problem").wait_for()
    assert page.evaluate("document.activeElement.closest('tr').dataset.header") == "备注"
    leave_out_the_notes(page)
    page.locator("#mapping button:not([type])").click()
    page.locator("#problems-rows tr").first.wait_for()
    told = page.locator("#problems-rows th").all_inner_texts()
    assert [one.split()[0] for one in told] == ["C5", "B9"]
    sound(there)
    with page.expect_download() as saved:
        page.locator("#problems-save").click()
    listed = list(csv.DictReader(StringIO(Path(saved.value.path()).read_text("utf-8-sig"))))
    assert [(one["row"], one["column"], one["rule"]) for one in listed] == [
        ("5", "C", "import.number"),
        ("9", "B", "model.unknown"),
    ]
    assert size_of(maker) == before
    good = FilePayload(name="right.xlsx", mimeType="", buffer=xlsx([HEADER, *rows]))
    page.locator("#corrected").set_input_files([good])
    page.locator("#review").wait_for()
    assert page.locator(".preview").count() == 3
    sound(there)
    assert size_of(maker) == before
    cut_in_the_middle(page)
    page.locator("#sign").click()
    expect(page.locator("#bar-told")).to_contain_text("70")
    sound(there)
    assert page.locator("progress").get_attribute("value") == "50"
    page.unroute("**/v1/events*")
    page.reload()
    page.locator("#unfinished").wait_for()
    sound(there)
    page.locator("#resume").click()
    page.locator("#done").wait_for()
    sound(there)
    assert size_of(maker) == before + ROWS
    _taken_away(page, rows, before)
    page.reload()
    page.locator("#done").wait_for()
    page.locator("#new").click()
    page.locator("#choose").wait_for()


def cut_in_the_middle(page: Page) -> None:
    """Let one request through, lose the answer to the next, and every request after that."""
    seen = []

    def cut(route: Route) -> None:
        seen.append(route.request.url)
        if len(seen) == 1:
            return route.continue_()
        if len(seen) == 2:
            route.fetch()
        return route.abort()

    page.route("**/v1/events*", cut)


def _taken_away(page: Page, rows: Rows, before: int) -> None:
    """Check the list and the receipts that can be downloaded: each row once, at an entry of its own."""
    with page.expect_download() as saved:
        page.locator("#report-save").click()
    report = list(csv.DictReader(StringIO(Path(saved.value.path()).read_text("utf-8-sig"))))
    assert [int(one["row"]) for one in report] == list(range(2, len(rows) + 2))
    assert [int(one["index"]) for one in report] == list(range(before, before + len(rows)))
    assert {one["result"] for one in report} == {"logged", "duplicate"}
    with page.expect_download() as saved:
        page.locator("#receipts-save").click()
    receipts = json.loads(Path(saved.value.path()).read_text("utf-8"))
    assert [one["id"] for one in receipts] == [one["event_id"] for one in report]
    assert Receipt.parse(receipts[0]["receipt"]).index == before


def test_what_is_not_sent_is_dropped_and_what_was_logged_unheard_counts(
    visit: Visits, maker: Demonstration
) -> None:
    there = at_desk(visit, maker, "pack-maker")
    there.allowed.append(CUT)
    before = size_of(maker)
    page = begin(there, "modules.csv", csv_bytes([HEADER, *modules(first=920_000)]))
    leave_out_the_notes(page)
    page.locator("#mapping button:not([type])").click()
    page.locator("#review").wait_for()
    cut_in_the_middle(page)
    page.locator("#sign").click()
    expect(page.locator("#bar-told")).to_contain_text("70")
    page.locator("#stop").click()
    page.locator("#unfinished").wait_for()
    page.unroute("**/v1/events*")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#drop").click()
    page.locator("#done").wait_for()
    assert size_of(maker) == before + 100
    assert "100 of 120" in page.locator("#done-told").inner_text()
    assert "not sent" in page.locator("#done-rows").inner_text()


def test_the_mapping_serves_again_and_the_keyboard_suffices(visit: Visits, maker: Demonstration) -> None:
    there = at_desk(visit, maker, "pack-maker")
    page = begin(there, "modules.csv", csv_bytes([HEADER, *modules(3, 930_000)]))
    leave_out_the_notes(page)
    page.locator("#mapping button:not([type])").focus()
    page.keyboard.press("Enter")
    page.locator("#review").wait_for()
    assert page.evaluate("document.activeElement.id") == "review-title"
    with page.expect_download() as saved:
        page.locator("#mapping-save").click()
    there.go("/desk/import")
    page.locator("#choose summary").click()
    page.locator("#known").set_input_files(str(saved.value.path()))
    table = FilePayload(
        name="modules.csv", mimeType="text/csv", buffer=csv_bytes([HEADER, *modules(3, 930_000)])
    )
    page.locator("#table").set_input_files([table])
    page.locator("#upload button").focus()
    page.keyboard.press("Enter")
    page.locator("#mapped").wait_for()
    assert page.locator('tr[data-header="备注"] select').first.input_value() == "-"
    page.locator("#mapping button:not([type])").focus()
    page.keyboard.press("Enter")
    page.locator("#review").wait_for()
    for key in ("Tab",) * 4:
        page.keyboard.press(key)
    page.locator("#sign").focus()
    page.keyboard.press("Enter")
    page.locator("#done").wait_for()
    assert page.evaluate("document.activeElement.id") == "done-title"
