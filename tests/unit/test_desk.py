"""The desk over HTTP: lists, working pages, forms and what a form becomes before it is signed."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.filled import read_form
from api.texts import Texts, moment
from api.witnessing import Witnesses, send
from crypto.encoding import b64_decode
from crypto.keys import Algorithm, PrivateKey
from ledger import merkle
from ledger.cosigning.folder import CosignedFolder
from ledger.cosigning.rounds import Cosigning
from ledger.device import format_code
from ledger.events.custody import TransferAccepted
from ledger.instants import Instant
from ledger.logkeys import LogKeys
from ledger.passport import find_items
from ledger.policy import Policy
from ledger.sequencer.seen import Seen
from ledger.vocabulary import Purpose
from ledger.wording import Language, places, read
from tests.scenario import MAKER, RECYCLER, SECOND_LIFE, VEHICLE_MAKER, module, pack, vehicle
from tests.site import Site, problem
from tests.unit.test_sessions import at_desk, csrf_of
from tests.witnesses import COSIGNERS, cosigned

ROOT = Path(__file__).parents[2]
EN = Texts(Language.EN)
LOAD = "first"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger with a whole life, two packs under offer to the vehicle maker and one in a car."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.found()
    found.life()
    story = found.story
    found.submit([story.pack_manufactured(pack(n), [module(10 * n)]) for n in (2, 3, 4, 5)])
    found.submit([story.transfer_offered(MAKER, VEHICLE_MAKER, pack(2), pack(3), load=LOAD)])
    found.submit([*story.transfer(MAKER, VEHICLE_MAKER, pack(4)), story.pack_fitted(pack(4), vehicle(4))])
    yield found
    found.close()


def prepared(client: FlaskClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Have the server prepare an event, and return it."""
    answer = client.post(path, json=body, headers={"X-CSRF-Token": csrf_of(client), "Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def load_path(client: FlaskClient) -> str:
    found = re.search(r'href="(/desk/load/[^"]+/transfer.accepted)"', client.get("/desk").text)
    assert found is not None
    return found[1]


def test_a_load_on_its_way_stands_on_the_desk_of_both(site: Site) -> None:
    arriving = at_desk(site).get("/desk", headers={"Accept-Language": "en"}).text
    assert "Load of 2 from" in arriving
    assert pack(2).code in arriving
    sent = at_desk(site, MAKER).get("/desk", headers={"Accept-Language": "zh"}).text
    assert "共 2 件" in sent
    nobody = at_desk(site, RECYCLER).get("/desk", headers={"Accept-Language": "en"}).text
    assert "Nothing is on its way to you." in nobody


def test_a_load_is_answered_on_one_form(site: Site) -> None:
    client = at_desk(site)
    text = client.get(load_path(client)).text
    assert text.count("data-item=") == 2
    stranger = at_desk(site, RECYCLER).get(load_path(client))
    assert stranger.status_code == 404
    assert client.get(load_path(client).replace("accepted", "offered")).status_code == 404


def test_a_working_page_says_what_is_allowed_and_why_the_rest_is_not(site: Site) -> None:
    client = at_desk(site)
    text = unescape(client.get(f"/desk/item/{pack(4).code}", headers={"Accept-Language": "en"}).text)
    assert f"/desk/item/{pack(4).code}/pack.removed" in text
    assert "fitted in a vehicle; Declared waste needs it" in text
    assert "It is not offered to anybody." in text


def test_a_form_becomes_the_event_that_its_browser_signs(site: Site) -> None:
    client = at_desk(site)
    filled = {"place.district": ["110101"], "reason": ["repair"], "place.site": [""], "replaced_by": []}
    body = {"event": "pack.removed", "items": [str(pack(4))], "filled": filled}
    told = prepared(client, "/desk/prepare", body)
    with site.service.snapshot() as snapshot:
        states = find_items(snapshot, [pack(4), vehicle(4)])
    tips = {str(one): state.tip for one, state in states.items()}
    assert told["event"] == {
        "event": "pack.removed",
        "aud": site.config.origin,
        "iss": str(VEHICLE_MAKER.id),
        "prev": tips,
        "data": {"place": {"district": "110101"}, "reason": "repair"},
    }
    assert ["Reason", "repair"] in told["told"]


def test_restricted_claims_stay_beside_what_is_public(site: Site) -> None:
    filled = {
        "place.district": ["110101"],
        "method": ["capacity_test"],
        "quantity": ["capacity_mah"],
        "base": ["1000"],
        "measured": ["900"],
        "soh_permille": ["900"],
        "source": ["bench"],
    }
    body = {"event": "health.measured", "items": [pack(4).code], "filled": filled}
    told = prepared(at_desk(site), "/desk/prepare", body)
    assert told["event"]["data"] == {"place": {"district": "110101"}, "method": "capacity_test"}
    assert told["restricted"]["soh_permille"] == 900
    assert told["restricted"]["source"] == "bench"
    assert ["Measured by", "test bench"] in told["told"]


@pytest.mark.parametrize(
    ("event", "filled", "path"),
    [
        ("pack.removed", {"place.district": ["110101"]}, "reason"),
        ("pack.removed", {"place.district": ["x"], "reason": ["repair"]}, "place.district"),
        ("pack.removed", {"colour": ["red"]}, "colour"),
        ("health.measured", {"place.district": ["110101"], "method": ["capacity_test"]}, "quantity"),
        (
            "health.measured",
            {"place.district": ["110101"], "method": ["capacity_test"], "base": ["x"]},
            "quantity",
        ),
    ],
)
def test_what_is_filled_in_wrongly_is_named(
    site: Site, event: str, filled: dict[str, list[str]], path: str
) -> None:
    client = at_desk(site)
    body = {"event": event, "items": [str(pack(4))], "filled": filled}
    answer = client.post("/desk/prepare", json=body, headers={"X-CSRF-Token": csrf_of(client)})
    assert (answer.status_code, problem(answer)["facts"]["path"]) == (400, path)


def test_a_check_list_that_found_nothing_is_stated_by_a_tick(site: Site) -> None:
    del site
    assert read_form(TransferAccepted, {"checklist": ["true"]}) == ({"checklist": {}}, {})
    assert read_form(TransferAccepted, {"checklist": ["false"]}) == ({}, {})
    found = read_form(TransferAccepted, {"checklist.yes": ["leakage"], "checklist": ["true"]})
    assert found == ({"checklist": {"yes": ["leakage"]}}, {})


@pytest.mark.parametrize("text", ["--5", "5-", "１２", "1e3", "9" * 17, "-"])
def test_what_is_no_number_is_taken_as_it_stands_and_refused(site: Site, text: str) -> None:
    client = at_desk(site)
    filled = {"place.district": ["110101"], "mass_basis": ["declared"], "gross_g": [text]}
    body = {"event": "transfer.accepted", "items": [str(pack(2))], "filled": filled}
    answer = client.post("/desk/prepare", json=body, headers={"X-CSRF-Token": csrf_of(client)})
    assert answer.status_code == 400


def test_a_finding_stands_on_the_desk_of_the_firm_that_it_names(site: Site) -> None:
    site.submit([site.story.item_lost(MAKER, pack(5))])
    text = unescape(at_desk(site, MAKER).get("/desk", headers={"Accept-Language": "en"}).text)
    waiting = text.partition('id="sign"')[2].partition("</section>")[0]
    assert f"/desk/item/{pack(5).code}/item.found" in waiting
    elsewhere = at_desk(site, RECYCLER).get("/desk", headers={"Accept-Language": "en"}).text
    assert pack(5).code not in elsewhere


def test_kept_checkpoints_are_told_with_who_cosigned_them_and_when(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.found()
    vkey, one = site.service.vkey, COSIGNERS[0]
    text = f"log {vkey.format()}\nwitness W1 {one.key.format()}\nquorum W1\n"
    policy = Policy.parse(text)
    folder = CosignedFolder(tmp_path / "cosigned", LogKeys(vkey), policy)
    now_s = site.clock.now // 1000
    folder.publish(cosigned(site.get("/log/released").text, one, time_s=now_s), now_s)
    seen = Seen(tmp_path / "log.pem.seen", vkey)
    rounds = Cosigning(policy, folder, seen, prove=lambda *_: (), root_at=lambda _: None, send=send)
    object.__setattr__(site.service, "witnesses", Witnesses(policy, folder, rounds))
    size = site.service.sequencer.released().checkpoint.size
    for _ in range(2):
        shown = site.get("/audit", Accept_Language="en").text
        assert f'href="/log/checkpoints/{size}"' in shown
        assert f"W1 {moment(Instant.from_ms(now_s * 1000))}" in shown
    for broken in (tmp_path / "cosigned" / "kept").rglob("*"):
        if broken.is_file() and broken.name != "index":
            broken.unlink()
    assert site.get("/audit").status_code == 200
    site.close()
    seen.close()


def test_forms_speak_both_languages(site: Site) -> None:
    client = at_desk(site)
    for lang, word in (("en", "required"), ("zh", "必填")):
        answer = client.get(f"/desk/item/{pack(4).code}/pack.removed", headers={"Accept-Language": lang})
        assert word in answer.text
    assert client.get(f"/desk/item/{pack(4).code}/no.such").status_code == 404


def test_a_device_is_registered_by_its_code(site: Site) -> None:
    client = at_desk(site, SECOND_LIFE)
    verifier = PrivateKey.generate(Algorithm.ES256).verifier
    filled = {"jwk": [format_code(verifier).lower()], "purpose": ["device"], "label": ["GATE-1"]}
    told = prepared(client, "/desk/prepare", {"event": "key.added", "items": [], "filled": filled})
    assert told["event"]["data"] == {"jwk": verifier.jwk(), "purpose": Purpose.DEVICE, "label": "GATE-1"}
    assert list(told["event"]["prev"]) == [str(SECOND_LIFE.id)]
    filled["jwk"] = ["PTD1-AAAA"]
    body = {"event": "key.added", "items": [], "filled": filled}
    wrong = client.post("/desk/prepare", json=body, headers={"X-CSRF-Token": csrf_of(client)})
    assert problem(wrong)["facts"]["path"] == "jwk"


def test_pages_of_a_session_are_not_for_scripts_of_other_sites(site: Site) -> None:
    client = at_desk(site)
    for path in ("/desk", "/desk/keys", "/dashboard", f"/desk/item/{pack(4).code}"):
        answer = client.get(path)
        assert answer.headers["Access-Control-Allow-Origin"] == site.config.base_url
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert site.get("/dashboard").headers["Access-Control-Allow-Origin"] == "*"


def test_the_key_page_lists_the_firms_keys(site: Site) -> None:
    text = at_desk(site).get("/desk/keys", headers={"Accept-Language": "en"}).text
    assert VEHICLE_MAKER.key().verifier.thumbprint() in text
    assert "this browser" in text


def test_a_scan_leads_to_the_working_page(site: Site) -> None:
    client = at_desk(site)
    answer = client.get("/desk/find", query_string={"item": f" {pack(4).code.lower()} "})
    assert answer.headers["Location"] == f"/desk/item/{pack(4).code}"


def test_the_proof_of_growth_holds_between_any_two_sizes(site: Site) -> None:
    size = site.service.sequencer.released().checkpoint.size
    for start, end in ((1, size), (size, size), (4, 9), (7, size - 1)):
        told = site.get(f"/v1/growth?from={start}&to={end}").get_json()
        roots = [b64_decode(told[name]["root"]) for name in ("from", "to")]
        merkle.verify_consistency(start, end, [b64_decode(one) for one in told["proof"]], *roots)
    for query in (f"from=1&to={size + 1}", "from=3&to=2", "from=0&to=2", "to=2"):
        assert problem(site.get(f"/v1/growth?{query}"))["rule"] == "http.parameter"


def test_the_dashboard_leads_to_the_events_behind_each_number(site: Site) -> None:
    text = site.get("/dashboard", Accept_Language="en").text
    links = {unescape(one) for one in re.findall(r'href="(/dashboard/[^"]+)"', text)}
    assert len(links) > 10
    for link in links:
        shown = site.get(link).text
        assert re.search(r'href="/e/[\w-]{43}', shown), link


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/events?measure=packs&by=step&key=x",
        "/dashboard/events?measure=packs&by=phase&key=nowhere",
        "/dashboard/flow?side=in&step=shred&what=gold",
    ],
)
def test_a_number_that_is_not_there_has_no_page(site: Site, path: str) -> None:
    assert site.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/desk/sign-in", "/audit", "/dashboard"])
def test_pages_for_everybody_run_no_script_but_ours(site: Site, path: str) -> None:
    answer = site.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'none'" in policy or "script-src 'self';" in policy
    assert "style=" not in answer.text
    assert not re.search(r"<script(?! type=\"module\" src=\"/static/)", answer.text)


def test_the_desk_speaks_both_languages_with_the_same_facts() -> None:
    zh, en = (read("api", "desk", lang) for lang in Language)
    assert {name: list(entries) for name, entries in zh.items()} == {
        name: list(entries) for name, entries in en.items()
    }
    for section, entries in en.items():
        for name, text in entries.items():
            assert places(text) == places(zh[section][name]), name


@pytest.mark.parametrize("event", ["label.attached", "label.printed"])
def test_the_form_of_a_label_has_the_one_that_the_ledger_names(site: Site, event: str) -> None:
    form = at_desk(site, MAKER).get(f"/desk/item/{pack(1).code}/{event}").text
    [found] = site.client.post("/v1/items/lookup", json={"items": [str(pack(1))]}).get_json()["items"]
    assert 'data-field="label.number" value="1"' in form
    assert f'data-field="label.sha256" value="{found["label"]["sha256"]}"' in form


def test_every_text_of_the_desk_is_used() -> None:
    sources = [*(ROOT / "templates").glob("*.html"), *(ROOT / "api").glob("*.py")]
    written = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    made = (
        "label.",
        "label_print.",
        "hint.",
        "check.",
        "flow.",
        "nav.",
        "desk.",
        "dash.",
        "item.",
        "form.new_",
        "form.vehicle_",
        "form.org_",
        "ways.",
        "state.",
    )
    for section, entries in read("api", "desk", Language.EN).items():
        for name in entries:
            full = f"{section}.{name}"
            assert full in written or full.startswith(made), full
