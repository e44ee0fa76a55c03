"""The gate's page, its worker, and the list of what to stop."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from api import gate as page
from crypto.encoding import b64url_encode
from crypto.keys import Algorithm, PrivateKey
from ledger import gate
from ledger.device import format_code
from ledger.events.service import Selector
from ledger.identifiers import ItemId
from ledger.sequencer import queue
from ledger.sequencer.outcomes import ReadOnlyError
from ledger.stoplist import open_list
from ledger.vocabulary import Why
from ledger.wording import Language, places, read
from tests.scenario import LAB, MAKER, PACK_G, RECYCLER, module, pack
from tests.scenario_more import MoreStory
from tests.site import Site

STATIC = Path(__file__).parents[2] / "static/gate"
CLONE = ItemId.parse(f"local:{RECYCLER.id.value}:CLONE-1")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger with something of everything that a gate stops."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.story = story = MoreStory()
    found.found()
    texts = [story.pack_manufactured(pack(number), [module(100 + number)]) for number in range(1, 8)]
    texts += [
        story.item_stolen(MAKER, pack(1)),
        story.item_lost(MAKER, pack(2)),
        story.item_found(MAKER, pack(2)),
    ]
    texts += [story.incident_reported(pack(3), by=LAB)]
    texts += [story.recall_opened(Selector(codes=(pack(4),)))]
    texts += [story.label_replaced(pack(number), 1) for number in (2, 5, 6, 7)]
    texts += [story.label_voided(pack(number)) for number in (5, 6, 7)]
    texts += [story.label_replaced(pack(2), 2, voided=1), story.label_replaced(pack(6), 4)]
    texts += [*story.transfer(MAKER, RECYCLER, pack(5), load="end"), story.item_retired(RECYCLER, pack(5))]
    made = {RECYCLER.lot("BM-5"): PACK_G - 10_000}
    texts += [story.batch_processed(pack(5), made=made, losses_g=10_000)]
    texts += [story.item_declared(CLONE, by=RECYCLER, why=Why.CLONE, clone_of=pack(6))]
    found.submit(texts)
    yield found
    found.close()


def is_served(site: Site, path: str) -> bool:
    """Ask for a file and read it to its end."""
    answer = site.get(path)
    answer.close()
    return answer.status_code == 200


def stop_list(site: Site) -> dict[str, Any]:
    """Return the list, which the log has signed."""
    told = site.get("/v1/gate").get_json()
    signed = open_list(told["note"], told["list"], [site.service.vkey])
    found: dict[str, Any] = json.loads(told["list"])
    assert (found["origin"], found["size"]) == (signed.origin, signed.size)
    return found


def test_the_list_is_signed_beside_the_keys_that_are_served(site: Site) -> None:
    bundle = site.get("/v1/keys").get_json()
    told = json.dumps([bundle["organisations"], bundle["keys"]], ensure_ascii=False, separators=(",", ":"))
    assert stop_list(site)["keys"] == b64url_encode(sha256(told.encode()).digest())


def test_a_list_is_signed_anew_once_a_minute(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site.get("/v1/gate").data
    assert site.get("/v1/gate").data == first
    monkeypatch.setattr(page, "_SIGNED_FOR_S", -1)
    site.clock.now += 61_000
    monkeypatch.setattr(page, "_LATEST", page._Latest())
    told = site.get("/v1/gate").get_json()
    signed = open_list(told["note"], told["list"], [site.service.vkey])
    assert signed.time_s == site.clock.now // 1000
    assert told["list"] == json.loads(first)["list"]


def test_a_list_of_what_nobody_released_is_not_signed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_RELEASE_S", 0.01)
    size = site.service.sequencer.released().checkpoint.size
    with pytest.raises(ReadOnlyError, match="unreleased"):
        site.service.sequencer.sign_list("{}", size + 1)


def test_the_list_has_what_is_wanted_and_not_what_was_found(site: Site) -> None:
    flagged = stop_list(site)["flagged"]
    assert flagged == {str(pack(1)): ["stolen"], str(pack(3)): ["quarantined"], str(pack(6)): ["cloned"]}


def test_the_list_has_what_labels_are_void_and_live(site: Site) -> None:
    assert stop_list(site)["void_labels"] == {str(pack(6)): 3, str(pack(7)): 1}


def test_the_list_has_recalls_as_what_they_select(site: Site) -> None:
    [recalls] = stop_list(site)["recalls"]
    assert recalls["maker"] == str(MAKER.id)
    assert recalls["open"][0]["codes"] == [str(pack(4))]


def test_the_list_has_a_mark_for_each_battery_that_ended(site: Site) -> None:
    found = stop_list(site)
    marks = re.findall("." * 8, found["ended"])
    assert b64url_encode(gate.mark(pack(5))) in marks
    assert b64url_encode(gate.mark(pack(7))) not in marks
    assert len(marks) == len(set(marks))
    assert found["complete"] is True
    assert found["size"] == site.service.sequencer.released().checkpoint.size


def test_a_list_that_would_be_too_long_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MAX_ENDED", 0)
    monkeypatch.setattr(gate, "MAX_FLAGGED", 1)
    monkeypatch.setattr(gate, "MAX_VOID", 1)
    with site.service.snapshot() as snapshot:
        found = gate.gate_list(snapshot)
    assert not found.complete
    assert found.ended == ()
    assert len(found.flagged) <= 1
    assert len(found.void_labels) <= 1


def test_what_is_read_for_the_list_is_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MAX_READ", 2)
    monkeypatch.setattr(gate, "_PAGE", 1)
    with site.service.snapshot() as snapshot:
        assert not gate.gate_list(snapshot).complete


def test_the_list_is_read_again_when_the_log_has_grown(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        site.found()
        before = stop_list(site)["size"]
        site.submit([site.story.pack_manufactured(pack(1), [module(1)])])
        # What took long to read is kept for ten times as long.
        end = monotonic() + 20
        while stop_list(site)["size"] == before and monotonic() < end:
            sleep(0.05)
        assert stop_list(site)["size"] == before + 1
    finally:
        site.close()


def test_both_languages_of_the_gate_have_the_same_texts_with_the_same_places() -> None:
    zh, en = (read("api", "gate", lang) for lang in Language)
    assert {name: list(entries) for name, entries in zh.items()} == {
        name: list(entries) for name, entries in en.items()
    }
    for section, entries in en.items():
        for name, text in entries.items():
            assert places(text) == places(zh[section][name]), (section, name)
            assert text != zh[section][name] or not text


def test_every_text_that_the_scripts_say_is_there() -> None:
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    template = (STATIC.parents[1] / "templates/scan.html").read_text(encoding="utf-8")
    texts = read("api", "gate", Language.EN)
    for section, name in re.findall(r'say\(\s*"(\w+)\.(\w+)"', scripts):
        assert name in texts[section], (section, name)
    for section, name in re.findall(r'sayCounted\(\s*"(\w+)\.(\w+)"', scripts):
        assert {name, f"{name}_extra", f"{name}_free"} <= texts[section].keys(), (section, name)
    for section, name in re.findall(r"\bg\.(\w+)\.(\w+)", template):
        assert name in texts[section], (section, name)
    for reason in re.findall(r'(?:stop|look)\.push\("(\w+)"', scripts):
        assert reason in texts["reason"], reason


@pytest.mark.parametrize("lang", Language)
def test_the_page_is_whole_without_a_line_of_script_in_it(site: Site, lang: Language) -> None:
    answer = site.get(f"/scan?lang={lang.value}")
    assert f'<html lang="{lang.value}">' in answer.text
    assert len(answer.data) < 40_000
    inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", answer.text)
    assert inline == [' type="application/json" id="words"']
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|https?://", answer.text)


def test_the_worker_names_every_file_and_changes_its_name_with_any_of_them(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = site.get("/scan/worker.js")
    assert first.headers["Service-Worker-Allowed"] == "/scan"
    kept = json.loads(first.text.partition("= ")[2].partition(";\n")[0])
    for path in STATIC.glob("*.js"):
        assert (f"/static/gate/{path.name}" in kept["files"]) == (path.name != "worker.js")
    for path in (*kept["pages"], *kept["files"]):
        assert is_served(site, path), path
    monkeypatch.setattr(page, "_assets", lambda: {"/static/gate/app.js": "another"})
    assert kept["version"] not in site.get("/scan/worker.js").text


def test_the_gate_can_be_installed(site: Site) -> None:
    found = site.get("/scan/manifest.webmanifest?lang=zh-CN").get_json(force=True)
    assert (found["start_url"], found["scope"], found["display"]) == ("/scan", "/scan", "standalone")
    assert found["name"] == "溯电现场扫码"
    assert all(is_served(site, icon["src"]) for icon in found["icons"])


def test_a_device_shows_its_code_as_a_picture_and_nothing_else(site: Site) -> None:
    code = format_code(PrivateKey.generate(Algorithm.ES256).verifier)
    answer = site.get(f"/scan/device/{code}.svg")
    assert answer.status_code == 200
    assert answer.content_type.startswith("image/svg+xml")
    assert site.get("/scan/device/PTD1-HELLO.svg").status_code == 400


def test_the_list_does_not_wait_for_a_deadline(site: Site) -> None:
    site.clock.now += int(timedelta(days=400).total_seconds() * 1000)
    assert str(pack(3)) in stop_list(site)["flagged"]
