"""Searches, offers, look-ups and the feed over HTTP, and the page that shows what a worn label may say."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from api import HURRY, waiting
from ledger import passport
from ledger.label_url import LabelUrl
from tests.scenario import COLLECTOR, FLEET, MAKER, module, pack, product, vehicle
from tests.site import BASE_URL, Site, problem


class Told(Site):
    """A site with a whole life told."""

    token = ""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A ledger with a whole life and an open offer in it."""
    found = Told(tmp_path_factory.mktemp("site"))
    found.found()
    found.token = found.life()
    story = found.story
    found.submit([story.pack_manufactured(pack(2), [module(11), module(12)])])
    found.submit([story.pack_manufactured(pack(number)) for number in (3, 4, 5)])
    found.submit([story.transfer_offered(MAKER, FLEET, pack(2), pack(3), load="one")])
    found.submit([story.transfer_offered(MAKER, FLEET, pack(4), load="one")])
    found.submit([story.transfer_offered(MAKER, COLLECTOR, pack(5), load="two")])
    yield found
    found.close()


def ids(site: Site, **asked: str | int) -> list[str]:
    answer = site.get(f"/v1/items?{urlencode(asked)}")
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.get_json()["items"]]


def test_items_are_searched_by_who_has_them_and_what_they_are_in(site: Told) -> None:
    assert str(module(11)) in ids(site, holder=str(MAKER.id))
    assert ids(site, holder=MAKER.id.value, kind="module") == [str(module(11)), str(module(12))]
    assert ids(site, holder="user") == [str(vehicle(1))]
    assert ids(site, vehicle=str(pack(2))) == [str(module(11)), str(module(12))]
    assert ids(site, vehicle=vehicle(1).value) == []


def test_items_are_searched_by_the_beginning_of_a_code_and_by_dates(site: Told) -> None:
    assert ids(site, prefix="zzyp") == [str(product(1))]
    assert ids(site, prefix="gbt34014:ZZYP") == [str(product(1))]
    assert ids(site, prefix="vehicle") == [str(vehicle(1))]
    assert str(pack(2)) in ids(site, made_from="2026-06-01", made_until="2026-06-01")
    assert ids(site, made_from="2026-06-02") == []
    assert len(ids(site, changed_from="2026-06-01T00:00:00+08:00")) == len(ids(site))
    assert ids(site, changed_until="2026-06-01T00:00:00+08:00") == []


def test_an_unreadable_code_is_found_and_its_likeness_told(site: Told) -> None:
    code = pack(2).code
    answer = site.get(f"/v1/items?pattern={quote(code[:8] + '????' + code[12:])}").get_json()
    assert [(one["code"], one["likeness"]) for one in answer["items"]] == [(code, 0)]
    answer = site.get(f"/v1/items?pattern={code.replace('Z', '2')}").get_json()
    assert [(one["code"], one["likeness"]) for one in answer["items"]] == [(code, 6)]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("pattern=%2A", "pattern"),
        ("holder=nonsense", "holder"),
        ("holder=inherited", "holder"),
        ("vehicle=x", "vehicle"),
        ("prefix=", "prefix"),
        ("made_from=1.6.2026", "made_from"),
        ("changed_from=2026-06-01", "changed_from"),
        ("after=x", "after"),
        ("limit=0", "limit"),
        ("custodian=user", "custodian"),
    ],
)
def test_a_search_that_cannot_be_read_says_where(site: Told, query: str, path: str) -> None:
    assert problem(site.get(f"/v1/items?{query}"))["facts"]["path"] == path


def test_offers_come_by_load_with_their_age(site: Told) -> None:
    [load] = site.get(f"/v1/offers?to={FLEET.id}").get_json()["consignments"]
    assert load["consignment"] == site.story.uuid("one")
    assert sorted(offer["items"] for offer in load["offers"]) == [
        [str(pack(2)), str(pack(3))],
        [str(pack(4))],
    ]
    assert {offer["by"]["organisation"]["name_en"] for offer in load["offers"]} == {MAKER.name}
    assert all(offer["age_s"] >= 0 for offer in load["offers"])
    assert load["offers"][0]["rights"] == ["custody", "ownership"]
    both = site.get(f"/v1/offers?by={MAKER.id}").get_json()["consignments"]
    assert {one["consignment"] for one in both} == {site.story.uuid("one"), site.story.uuid("two")}
    one = site.get(f"/v1/offers?by={MAKER.id}&to={COLLECTOR.id}").get_json()["consignments"]
    assert [load["consignment"] for load in one] == [site.story.uuid("two")]
    same = site.get(f"/v1/offers?by={MAKER.id}&consignment={site.story.uuid('two')}").get_json()
    assert same["consignments"] == one
    none = site.get(f"/v1/offers?to={MAKER.id}").get_json()
    assert (none["consignments"], none["next"]) == ([], None)
    assert none["size"] == site.service.sequencer.released().checkpoint.size


def test_offers_come_page_by_page(site: Told) -> None:
    first = site.get(f"/v1/offers?to={FLEET.id}&limit=2").get_json()
    assert first["consignments"][0]["continued"]
    rest = site.get(f"/v1/offers?to={FLEET.id}&limit=2&after={first['next']}").get_json()
    assert rest["consignments"][0]["offers"][0]["items"] == [str(pack(4))]
    assert not rest["consignments"][0]["continued"]
    for query in (f"to={MAKER.id}&after={first['next']}", f"to={FLEET.id}&after=x", "", "to=x"):
        assert site.get(f"/v1/offers?{query}").status_code == 400
    items = site.get("/v1/items?limit=1").get_json()["next"]
    assert site.get(f"/v1/offers?to={FLEET.id}&after={items}").status_code == 400


def test_a_look_up_tells_tip_holder_and_label(site: Told) -> None:
    label = str(LabelUrl(LabelUrl.of(BASE_URL, pack(1)).origin, pack(1), site.token))
    forged = label[:-1] + ("A" if label[-1] != "A" else "B")
    foreign = label.replace("PACKS.EXAMPLE", "OTHER.EXAMPLE")
    queries = [str(module(11)), label, forged, foreign, str(MAKER.id), pack(77).code, "rubbish"]
    told = site.client.post("/v1/items/lookup", json={"items": queries}).get_json()["items"]
    part, good, bad, other, firm, unknown, rubbish = told
    assert (part["custodian"], part["tip"]) == (str(MAKER.id), part["state"]["tip"])
    assert (part["label"], part["recalls"], part["same_as"]) == (None, [], None)
    assert [one["label"]["scanned"] for one in (good, bad, other)] == ["genuine", "forged", "unknown"]
    assert good["label"]["number"] == 1
    assert good["label"]["sha256"] == good["state"]["label_sha256"]
    assert (firm["custodian"], firm["tip"]) == (None, firm["state"]["tip"])
    assert (unknown["id"], unknown["state"]) == (str(pack(77)), None)
    assert (rubbish["id"], rubbish["state"]) == (None, None)


def test_the_search_box_shows_the_codes_that_look_like_it(site: Told) -> None:
    code = pack(2).code
    shown = site.get(f"/find?q={quote('?' + code[1:])}&lang=en")
    assert shown.status_code == 200
    assert code in shown.text
    assert "fits what could be read" in shown.text
    assert site.get(f"/find?q={quote(code.lower())}").status_code == 303
    typo = site.get(f"/find?q={code[:-1]}Z&lang=zh-CN")  # a Z at the end can only be a 2
    assert code in typo.text
    assert "与之相像的编码" in typo.text
    many = site.get("/find?q=ZZZ&lang=en").text
    assert f"/p/{pack(1).code}?lang=en" in many
    assert site.get("/find?q=9999").status_code == 404
    assert site.get("/find?q=ZZZ&after=x").status_code == 400


def test_guesses_go_on_from_page_to_page(site: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.GUESSES", 2)
    first = site.get("/find?q=ZZZ&lang=en").text
    more = first.split('<p><a href="/find?', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    second = site.get(f"/find?{more}")
    assert second.status_code == 200
    assert module(3).code in second.text


def test_a_feed_waits_for_the_next_entry(tmp_path: Path) -> None:
    found = Site(tmp_path)
    found.found()
    size = found.get("/readyz").get_json()["size"]
    text = found.story.pack_manufactured(pack(1))
    later = threading.Timer(0.3, lambda: found.submit([text]))
    later.start()
    begun = time.monotonic()
    told = found.get(f"/v1/events?after={size - 1}&wait=20").get_json()
    assert time.monotonic() - begun < 15
    assert [one["id"] for one in told["events"]] == [found.story.last.id]
    later.join()
    # Further ahead there is nothing to wait for, and what is there comes at once.
    assert found.get(f"/v1/events?after={size + 5}&wait=20").get_json()["events"] == []
    assert found.get("/v1/events?after=-1&wait=20&limit=1").get_json()["next"] == 0
    found.close()


def test_a_wait_ends_without_an_entry_and_when_the_server_stops(site: Told) -> None:
    size = site.get("/readyz").get_json()["size"]
    assert site.get(f"/v1/events?after={size - 1}&wait=1").get_json()["events"] == []
    hurry = threading.Timer(0.2, site.app.extensions[HURRY])
    hurry.start()
    begun = time.monotonic()
    assert site.get(f"/v1/events?after={size - 1}&wait=30").get_json()["next"] == size - 1
    assert time.monotonic() - begun < 15
    site.service.sequencer._hurried = False
    assert problem(site.get("/v1/events?wait=31"))["facts"]["path"] == "wait"


def test_only_a_few_may_wait(site: Told) -> None:
    size = site.get("/readyz").get_json()["size"]
    for _ in range(waiting.PLACES):
        assert waiting._FREE.acquire(blocking=False)
    try:
        answer = site.get(f"/v1/events?after={size - 1}&wait=5")
        assert (answer.status_code, problem(answer)["rule"]) == (503, "http.waiting")
        assert answer.headers["Retry-After"]
        assert site.get(f"/v1/events?after={size - 2}&wait=5").status_code == 200
    finally:
        for _ in range(waiting.PLACES):
            waiting._FREE.release()


def test_a_page_of_the_feed_ends_before_it_grows_too_long(
    site: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = site.get("/v1/events?limit=1000").get_json()["events"]
    monkeypatch.setattr(passport, "MAX_PAGE_BYTES", 3_000)
    found, after, pages = [], -1, 0
    while True:
        page = site.get(f"/v1/events?limit=1000&after={after}").get_json()
        if not page["events"]:
            break
        assert len(page["events"]) == 1 or sum(len(one["jws"]) for one in page["events"]) <= 3_000
        found += page["events"]
        after, pages = page["next"], pages + 1
    assert found == whole
    assert pages > len(whole) // 5
