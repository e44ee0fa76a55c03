"""What "check it on this device" says of witnesses, of dates and of a file that is another item's."""

import json
import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
import requests
from playwright.sync_api import Route, expect

from crypto.note import VerifierKey
from ledger.cosigning.folder import CosignedFolder
from ledger.logkey import cosigned_path
from ledger.logkeys import LogKeys
from ledger.policy import Policy
from tests.browser.visit import Device, Visit, Visits
from tests.demonstration import Demonstration, served
from tests.javascript import with_ml_dsa
from tests.vectors.make import FOLDER
from tests.witnesses import COSIGNERS, policy_text

BOTH: Final = COSIGNERS[:2]
"""One signs with Ed25519, the other with ML-DSA-44."""
HIDE_THE_LAST: Final = """
  const list = document.querySelector(".timeline");
  list.lastElementChild.remove();
  list.dataset.count -= 1;
"""
VECTORS: Final = json.loads((FOLDER / "dossier.json").read_text(encoding="utf-8"))
NOBLE: Final = "/static/vendor/noble/"


@pytest.fixture(scope="module")
def watched(
    demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demonstration]:
    """Return a served demonstration that both witnesses have just cosigned."""
    folder = tmp_path_factory.mktemp("watched") / "own"
    shutil.copytree(demonstration.folder.parent, folder)
    # Without its first line the policy names no log; the server adds its own.
    (folder / "policy").write_text(policy_text(BOTH, "all").partition("\n")[2], "utf-8")
    with served(demonstration.copied(folder), folder / "policy") as running:
        cosign(running)
        yield running


def cosign(running: Demonstration) -> None:
    """Have both witnesses cosign what the log has released, and publish that."""
    note = requests.get(f"{running.url}/log/released", timeout=10).text
    vkey = VerifierKey.parse(requests.get(f"{running.url}/v1/trust", timeout=10).json()["vkey"])
    policy = Policy.parse(requests.get(f"{running.url}/v1/policy", timeout=10).content)
    assert [log.vkey for log in policy.logs] == [vkey]
    text, now_s = note.partition("\n\n")[0] + "\n", int(time.time())
    lines = "".join(one.cosign(text, now_s).format() for one in BOTH)
    CosignedFolder(cosigned_path(running.settings.log_key), LogKeys(vkey), policy).publish(
        note + lines, now_s
    )


def outcome(there: Visit, path: str) -> str:
    """Open a page, press the button and return how the check ended."""
    there.go(path)
    return pressed(there)


def pressed(there: Visit) -> str:
    """Press the button and return how the check ended."""
    there.page.locator("#check-start").click()
    there.page.locator("[data-outcome]:visible").wait_for()
    found = there.page.locator("[data-outcome]:visible").get_attribute("data-outcome")
    assert found is not None
    return found


def said(there: Visit, check: str) -> str:
    """Return what is shown of one check."""
    return there.page.locator(f"[data-check={check}] [data-verdict]:visible").inner_text()


@pytest.mark.parametrize(
    ("device", "lang", "whose"),
    [(Device.PHONE, "zh-CN", "一面之词"), (Device.DESK, "en", "operator's own word")],
    ids=["phone", "desk"],
)
def test_witnesses_and_dates_are_judged_by_the_policy_of_the_operator(
    visit: Visits, watched: Demonstration, device: Device, lang: str, whose: str
) -> None:
    with_ml_dsa()
    there = visit(watched.url, device=device, lang=lang)
    assert outcome(there, f"/p/{watched.code('taxi')}") == "held"
    for check in ("fresh", "witnessed"):
        expect(there.page.locator(f"[data-check={check}]")).to_have_class("ok")
    assert whose in there.page.locator("#check-policy").inner_text()
    assert re.search(r"\d", there.page.locator("#check-complete").inner_text())
    assert re.search(r"20\d\d", there.page.locator("#check-fresh").inner_text())
    assert any(NOBLE in one for one in there.asked)
    assert there.hurdles() == []
    assert there.overflow() == 0


def test_the_auditors_page_lists_each_witness_on_a_phone(visit: Visits, watched: Demonstration) -> None:
    there = visit(watched.url, device=Device.PHONE)
    there.go("/audit")
    rows = there.page.locator("#checkpoints ~ .scroll").first.locator("tbody tr")
    assert [text.split()[0] for text in rows.all_inner_texts()] == ["W1", "W2"]
    assert there.page.locator("a[href='/log/checkpoint']").count() == 2
    assert there.hurdles() == []
    assert there.overflow() == 0


def test_a_log_without_witnesses_says_so_in_words(visit: Visits, demonstration: Demonstration) -> None:
    there = visit()
    assert outcome(there, f"/p/{demonstration.code('taxi')}") == "held"
    assert "names no witnesses" in said(there, "witnessed")
    assert "nobody but its operator" in said(there, "fresh")
    assert there.page.locator("#check-policy").count() == 0
    assert not there.page.locator("#check-fresh").is_visible()
    assert "Nothing is left out up to entry" in there.page.locator("#check-complete").inner_text()
    assert not any(NOBLE in one for one in there.asked)


def test_an_old_word_of_the_witnesses_is_no_word_of_today(visit: Visits, watched: Demonstration) -> None:
    with_ml_dsa()
    there = visit(watched.url)
    there.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=30))
    assert outcome(there, f"/p/{watched.code('taxi')}") == "held"
    assert "more than seven days old" in said(there, "fresh")
    assert "(30 days ago)" in there.page.locator("#check-fresh").inner_text()


def test_cosignatures_that_are_left_out_leave_it_open(visit: Visits, watched: Demonstration) -> None:
    there = visit(watched.url)

    def strip(route: Route) -> None:
        text = route.fetch().text()
        route.fulfill(body=re.sub(r"\\n— witness\.example/w2 .*?(?=\\n)", "", text))

    there.page.route("**/dossier", strip)
    assert outcome(there, f"/p/{watched.code('taxi')}") == "open"
    assert "Not enough of the witnesses" in said(there, "witnessed")


def test_the_file_of_another_item_is_not_taken_for_this_one(
    visit: Visits, demonstration: Demonstration
) -> None:
    there = visit()
    other = f"{demonstration.url}/v1/items/{demonstration.plan.samples['recycled']}/dossier"
    there.page.route("**/dossier", lambda route: route.fulfill(response=route.fetch(url=other)))
    assert outcome(there, f"/p/{demonstration.code('taxi')}") == "other"


def test_a_page_that_leaves_out_an_event_of_the_file_is_named(
    visit: Visits, demonstration: Demonstration
) -> None:
    there = visit()
    there.go(f"/p/{demonstration.code('stolen')}")
    there.page.evaluate(HIDE_THE_LAST)
    assert pressed(there) == "failed"
    assert "other or further events" in said(there, "page")


def test_every_kind_of_page_shows_what_its_file_holds(visit: Visits, demonstration: Demonstration) -> None:
    there = visit()
    for sample in ("recycled", "stolen", "voided", "crashed", "leased"):
        assert outcome(there, f"/p/{demonstration.code(sample)}") in ("held", "open")
        expect(there.page.locator("[data-check=page]")).to_have_class("ok")


def test_a_code_that_the_ledger_never_saw_is_proven_absent_on_the_device(
    visit: Visits, demonstration: Demonstration
) -> None:
    there = visit()
    unseen = demonstration.code("taxi")[:-7] + "0099999"
    there.allowed.append("404")
    assert outcome(there, f"/p/{unseen}") == "held"
    expect(there.page.locator("[data-check=absent]")).to_have_class("ok")
    assert there.hurdles() == []
    # What the index has is told to be there, whatever the page says.
    lines = requests.get(f"{there.url}/v1/index?of={unseen}", timeout=10).json()["published"]["lines"]
    seen = str(lines[-1]["line"]).split(" ", 1)[0]
    there.page.evaluate("seen => { document.getElementById('check').dataset.absent = seen; }", seen)
    assert pressed(there) == "failed"
    assert "has this code" in said(there, "absent")


@pytest.mark.parametrize(
    ("name", "lang", "words"),
    [
        ("behind", "en", {"complete": "Later events are not excluded", "behind": "30 days behind"}),
        ("behind, for its time", "zh-CN", {"complete": "不排除此后另有事件", "behind": "落后 30 天"}),
        ("behind, undated", "en", {"undated": "Until when it covers was not shown"}),
    ],
)
def test_an_index_that_lags_behind_its_date_is_told(
    visit: Visits, demonstration: Demonstration, name: str, lang: str, words: dict[str, str]
) -> None:
    there = visit(lang=lang)
    case = next(one for one in VECTORS["dossiers"] if one["name"] == name)
    there.page.route("**/dossier", lambda route: route.fulfill(body=case["dossier"]))
    there.page.route("**/v1/trust", lambda route: route.fulfill(body=case["trust"]))
    assert outcome(there, f"/p/{demonstration.code('taxi')}") == "other"
    for part in ("complete", "undated", "behind"):
        place = there.page.locator(f"#check-{part}")
        assert place.is_visible() is (part in words)
        assert words.get(part, "") in place.inner_text()
