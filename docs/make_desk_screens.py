"""Takes the pictures of the desk, the dashboard and the auditor's page into docs/screens.

`python docs/make_desk_screens.py [everybody|desk|import …]` needs Chromium on PATH and what `make test`
installs.
"""

import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the tests' own fixtures serve the demonstration

from playwright.sync_api import Browser, FilePayload, sync_playwright  # noqa: E402  found through the path above

from cli.client import Client  # noqa: E402  the same
from ledger.vocabulary import Purpose  # noqa: E402  the same
from tests.browser.enrolment import enrolled  # noqa: E402  the same
from tests.browser.test_import import (  # noqa: E402  the same
    CUT,
    HEADER,
    begin,
    cut_in_the_middle,
    leave_out_the_notes,
    modules,
)
from tests.browser.visit import Device, Visit, visiting  # noqa: E402  the same
from tests.demonstration import Demonstration, built, witnessed  # noqa: E402  the same
from tests.tables import csv_bytes, xlsx  # noqa: E402  the same

SCREENS: Final = ROOT / "docs/screens"
MAX_BYTES: Final = 150_000
PACK_MAKER: Final = "org:91999999DEM000022B"
VEHICLE_MAKER: Final = "org:91999999DEM0000306"
RECYCLER: Final = "org:91999999DEM00009X6"
OFFERED: Final = 3


def picture(there: Visit, name: str) -> None:
    """Take a picture of the page as it is."""
    target = SCREENS / f"{name}.png"
    there.page.screenshot(path=target, scale="css")
    size = target.stat().st_size
    sys.stdout.write(f"{target.relative_to(ROOT)} {size // 1000} KB\n")
    if size > MAX_BYTES:
        raise SystemExit(f"{target.name} has more than {MAX_BYTES} bytes")


@contextmanager
def desk(
    browser: Browser, made: Demonstration, firm: str, device: Device = Device.DESK, lang: str = "en"
) -> Iterator[Visit]:
    """Open the desk of a firm."""
    with visiting(browser, made.url, device=device, lang=lang) as there:
        enrolled(there, made, firm, Purpose.OFFICE)
        there.page.locator("#button").click()
        there.page.wait_for_url("**/desk")
        yield there


def offer(there: Visit, code: str) -> None:
    """Fill in the offer of a pack to the vehicle maker, and sign it."""
    there.go(f"/desk/item/{code}/transfer.offered")
    there.page.locator("[data-field='rights']").first.check()
    there.page.locator("[data-field='to']").fill(VEHICLE_MAKER)
    there.page.locator("#act button:not([type])").click()
    there.page.locator("#review").wait_for()


def batch(there: Visit) -> None:
    """Fill in the outputs of a treatment batch, two rows with an assay, and show them."""
    there.go("/desk/state/batch.processed")
    outputs = there.page.locator("[data-rows='outputs']")
    outputs.locator(":scope > .acts [data-add]").click()
    for row, (lot, material, mass_g) in enumerate(
        (("BM-12", "black_mass", "412000"), ("AL-12", "aluminium", "96000"))
    ):
        one = outputs.locator(":scope > [data-row]").nth(row)
        one.locator("[data-field='lot']").fill(f"lot:{RECYCLER.partition(':')[2]}:{lot}")
        one.locator("[data-field='material']").select_option(material)
        one.locator("[data-field='mass_g']").fill(mass_g)
    first = outputs.locator(":scope > [data-row]").first
    first.locator("[data-add]").click()
    first.locator("[data-field='key']").select_option("Ni")
    first.locator("[data-field='value']").fill("118000")
    outputs.evaluate("found => found.scrollIntoView()")


def cells(there: Visit) -> None:
    """List the cells of a new module, one of them twice, and show where that is refused."""
    there.allowed.append("400")
    there.go("/desk/state/module.manufactured")
    there.page.locator("#new-item").fill("ZZZMB01DEMO000GB10000901")
    listed = [f"ZZZCB01DEMO000GB1{number:07}" for number in (911, 912, 913, 912, 914)]
    model = there.page.locator("#models option").last.get_attribute("value") or ""
    filled = {
        "mass_g": "61000",
        "manufactured_on": "2026-11-01",
        "model": model,
        "cell_codes": "\n".join(listed),
    }
    for name, value in filled.items():
        there.page.locator(f"[data-field='{name}']").fill(value)
    there.page.locator("#act button:not([type])").click()
    there.page.locator("#wrong-note").wait_for()
    there.page.locator("#f-cell_count").evaluate("found => found.scrollIntoView()")


def _stock(made: Demonstration) -> list[str]:
    """Return the codes of packs that lie in the pack maker's stock."""
    asked = f"/v1/items?holder={PACK_MAKER}&phase=stock&kind=pack&limit=9"
    found = [str(one["id"]).partition(":")[2] for one in Client(made.url).get(asked)["items"]]
    return [one for one in found if one != made.code("offered")]


def of_the_desk(browser: Browser, made: Demonstration) -> None:
    """Take the pictures of signing in, the desk, a working page and a form."""
    with visiting(browser, made.url) as there:
        there.go("/desk/sign-in")
        there.page.locator("#code").wait_for()
        picture(there, "desk-sign-in")
    free = _stock(made)
    with desk(browser, made, "pack-maker") as there:
        for number, code in enumerate(free[:-1][:OFFERED]):
            offer(there, code)
            if number == 0:
                picture(there, "desk-review")
            there.page.locator("#sign").click()
            there.page.locator("#done").wait_for()
        picture(there, "desk-done")
        there.go(f"/desk/item/{free[-1]}")
        picture(there, "desk-pack")
        cells(there)
        picture(there, "desk-cells")
    with desk(browser, made, "vehicle-maker") as there:
        picture(there, "desk")
        there.go("/desk/keys")
        picture(there, "desk-keys")
        revoked = there.page.locator("table.keys a").nth(1).get_attribute("href")
        there.go(str(revoked))
        there.page.locator("[data-field='reason']").select_option("compromised")
        there.page.locator("[data-field='compromised_since']").fill("2026-11-20T08:00:00")
        picture(there, "desk-revoke")
    with desk(browser, made, "recycler") as there:
        there.go("/desk/state")
        picture(there, "desk-state")
        batch(there)
        picture(there, "desk-batch")
        there.go(f"/desk/item/{made.code('taxi')}/vehicle.scrapped/consent")
        picture(there, "desk-consent")
    with desk(browser, made, "swap-operator", Device.PHONE, "zh-CN") as there:
        picture(there, "desk-phone-zh")


def of_the_import(browser: Browser, made: Demonstration) -> None:
    """Take the pictures of a table on its way in: columns, problems, what will be signed, how far it is."""
    rows = modules()
    wrong = [list(row) for row in rows]
    wrong[3][2], wrong[7][1], wrong[9][3] = "90,5", "M6", "2026-02-30"
    with desk(browser, made, "pack-maker") as there:
        there.allowed.append(CUT)
        page = begin(there, "modules.csv", csv_bytes([HEADER, *wrong]))
        picture(there, "import-columns")
        leave_out_the_notes(page)
        page.locator("#mapping button:not([type])").click()
        page.locator("#problems-rows tr").first.wait_for()
        picture(there, "import-problems")
        right = FilePayload(name="modules.xlsx", mimeType="", buffer=xlsx([HEADER, *rows]))
        page.locator("#corrected").set_input_files([right])
        page.locator("#review").wait_for()
        picture(there, "import-review")
        cut_in_the_middle(page)
        page.locator("#sign").click()
        page.locator("progress[value='50']").wait_for()
        picture(there, "import-running")
        page.get_by_text("No answer.").wait_for()
        page.unroute("**/v1/events*")
        page.reload()
        page.locator("#resume").click()
        page.locator("#done").wait_for()
        picture(there, "import-done")
    with desk(browser, made, "pack-maker", Device.PHONE, "zh-CN") as there:
        begin(there, "modules.csv", csv_bytes([HEADER, *rows]))
        picture(there, "import-columns-phone-zh")


def of_everybody(browser: Browser, made: Demonstration) -> None:
    """Take the pictures of the dashboard and the auditor's page."""
    with visiting(browser, made.url) as there:
        there.go("/dashboard")
        picture(there, "dashboard")
        there.page.locator("#recovery").evaluate("found => found.scrollIntoView()")
        picture(there, "dashboard-recovery")
        there.go("/audit")
        picture(there, "audit-witnesses")
        there.page.locator("#seen option").first.wait_for(state="attached")
        there.page.locator("#from").fill("7")
        there.page.locator("#vkey").fill(str(Client(made.url).get("/v1/trust")["vkey"]))
        there.page.locator("#growth button").click()
        there.page.locator("#growth-lines li:nth-child(3)").wait_for()
        there.page.locator("#grows").evaluate("found => found.scrollIntoView()")
        picture(there, "audit")
    with visiting(browser, made.url, device=Device.PHONE, lang="zh-CN") as there:
        there.go("/dashboard")
        picture(there, "dashboard-phone-zh")


GROUPS: Final = {"everybody": of_everybody, "desk": of_the_desk, "import": of_the_import}


def main(names: list[str]) -> None:
    """Take the pictures of the groups with these names; all where none is named."""
    SCREENS.mkdir(exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        made = built(Path(folder), f"sqlite:///{folder}/ledger.db")
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--hide-scrollbars"]
        )
        with witnessed(made) as running:
            for name, take in GROUPS.items():
                if not names or name in names:
                    take(browser, running)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
