"""Events over HTTP: one, many, again, dry, and what is refused."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from api.schemas.requests import MAX_EVENTS
from ledger import receipt
from ledger.receipt import Receipt
from tests.scenario import FLEET, MAKER, module, pack, vehicle
from tests.site import SD_JWT, Site, problem


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A founded ledger."""
    found = Site(tmp_path)
    found.found()
    yield found
    found.close()


def _size(site: Site) -> int:
    return int(site.get("/readyz").get_json()["size"])


def test_one_event_is_answered_with_its_receipt(site: Site) -> None:
    text = site.story.pack_manufactured(pack(1), [module(1)])
    answer = site.post_one(text)
    assert answer.status_code == 201
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Location"] == f"/v1/events/{site.story.last.id}"
    receipt.verify(Receipt.parse(answer.data), [site.service.vkey])
    assert site.get(answer.headers["Location"]).get_json()["event"] == "pack.manufactured"


def test_the_same_event_again_is_answered_with_its_receipt_too(site: Site) -> None:
    text = site.story.pack_manufactured(pack(1))
    first, again = site.post_one(text), site.post_one(text)
    assert (first.status_code, again.status_code) == (201, 200)
    assert Receipt.parse(again.data).index == Receipt.parse(first.data).index
    assert _size(site) == Receipt.parse(first.data).index + 1


def test_many_events_are_answered_one_by_one(site: Site) -> None:
    story = site.story
    good, stale = story.pack_manufactured(pack(1)), story.pack_manufactured(pack(1))
    answer = site.client.post("/v1/events", json={"events": [good, stale, good, "rubbish"]})
    results = answer.get_json()["results"]
    assert [one["result"] for one in results] == ["logged", "refused", "duplicate", "refused"]
    receipt.verify(Receipt.parse(results[0]["receipt"]), [site.service.vkey])
    assert results[1]["problem"]["rule"] == "item.exists"
    assert results[3]["id"] is None
    assert results[3]["problem"]["status"] == 400


def test_lines_of_json_are_taken_too(site: Site) -> None:
    texts = [site.story.pack_manufactured(pack(number)) for number in (1, 2)]
    body = "\n".join(json.dumps(text) for text in texts) + "\n\n"
    answer = site.client.post("/v1/events", data=body, content_type="application/x-ndjson")
    assert [one["result"] for one in answer.get_json()["results"]] == ["logged", "logged"]


def test_all_or_none_logs_none_where_one_is_refused(site: Site) -> None:
    before = _size(site)
    texts = [site.story.pack_manufactured(pack(1)), "rubbish"]
    answer = site.client.post("/v1/events?atomic=1", json={"events": texts})
    results = answer.get_json()["results"]
    assert [one["result"] for one in results] == ["refused", "refused"]
    assert results[0]["problem"]["rule"] == "log.atomic"
    assert _size(site) == before


def test_a_dry_run_checks_and_keeps_nothing(site: Site) -> None:
    before = _size(site)
    text = site.story.pack_manufactured(pack(1))
    assert site.post_one(text, "?dry_run=1").get_json()["results"][0]["result"] == "passed"
    refused = site.post_one(site.story.pack_removed(pack(9), vehicle(8)), "?dry_run=1")
    assert (refused.status_code, problem(refused)["rule"]) == (422, "prev.unknown")
    assert _size(site) == before
    site.post_one(text)
    told = site.post_one(text, "?dry_run=true").get_json()["results"][0]
    assert (told["result"], told["index"]) == ("duplicate", before)


def test_a_misspelt_parameter_is_refused_before_anything_is_logged(site: Site) -> None:
    before = _size(site)
    answer = site.post_one(site.story.pack_manufactured(pack(1)), "?dryrun=1")
    assert (answer.status_code, problem(answer)["rule"]) == (400, "http.parameter")
    assert problem(answer)["facts"]["path"] == "dryrun"
    assert _size(site) == before
    assert site.post_one("x", "?atomic=1&atomic=0").status_code == 400
    assert site.post_one("x", "?atomic=perhaps").status_code == 400


def test_a_stale_event_is_told_the_tip_to_build_on(site: Site) -> None:
    site.post_one(site.story.pack_manufactured(pack(1)))
    made = site.story.last.id
    site.post_one(site.story.transfer_offered(MAKER, FLEET, pack(1)))
    site.story.tips[pack(1)] = made
    answer = site.post_one(site.story.item_retired(MAKER, pack(1)), Accept_Language="zh-CN")
    told = problem(answer)
    tip = site.get(f"/v1/items/{pack(1).code}").get_json()["state"]["tip"]
    assert (answer.status_code, told["rule"], told["tips"]) == (409, "prev.stale", {str(pack(1)): tip})
    assert told["blocking"] == [tip]
    assert told["title"] == "已有较新的事件"


def test_what_the_signer_may_not_do_is_403_and_what_a_rule_forbids_422(site: Site) -> None:
    site.post_one(site.story.pack_manufactured(pack(1)))
    again = site.post_one(site.story.pack_manufactured(pack(1)))
    assert (again.status_code, problem(again)["rule"]) == (422, "item.exists")
    site.story.tips[pack(1)] = site.get(f"/v1/items/{pack(1)}").get_json()["state"]["tip"]
    foreign = site.post_one(site.story.item_retired(FLEET, pack(1)))
    assert (foreign.status_code, problem(foreign)["rule"]) == (403, "custody.holder")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "rule"),
    [
        ("x", "text/html", 415, "http.media_type"),
        ("x", "", 415, "http.media_type"),
        ("{", "application/json", 400, "http.malformed"),
        ("[]", "application/json", 400, "http.malformed"),
        ("{}", "application/json", 400, "http.malformed"),
        ('{"events":[]}', "application/json", 400, "http.malformed"),
        ('{"events":[1]}', "application/json", 400, "http.malformed"),
        ('{"events":["x"],"more":1}', "application/json", 400, "http.malformed"),
        ('{"events":["x"],"events":["y"]}', "application/json", 400, "http.malformed"),
        ("", "application/x-ndjson", 400, "http.malformed"),
        ("1", "application/x-ndjson", 400, "http.malformed"),
        ("x", "application/x-ndjson", 400, "http.malformed"),
        ("", SD_JWT, 400, "format.jws"),
        ("é", SD_JWT, 400, "http.malformed"),
        ("a.b.c", SD_JWT, 400, "format.jws"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    site: Site, body: str, content_type: str, status: int, rule: str
) -> None:
    answer = site.client.post("/v1/events", data=body.encode(), content_type=content_type)
    assert (answer.status_code, problem(answer)["rule"]) == (status, rule)


def test_too_many_events_are_refused_before_any_is_read(site: Site) -> None:
    answer = site.client.post("/v1/events", json={"events": ["x"] * (MAX_EVENTS + 1)})
    assert (answer.status_code, problem(answer)["rule"]) == (413, "http.too_many")


def test_a_request_beyond_16_mib_is_refused(site: Site) -> None:
    answer = site.post_one("x" * (16 * 1024 * 1024 + 1))
    assert (answer.status_code, problem(answer)["rule"]) == (413, "http.too_large")
    assert problem(answer)["facts"]["limit_bytes"] == 16 * 1024 * 1024


@pytest.mark.parametrize("more", [0, 1])
def test_a_request_in_chunks_of_16_mib_or_more_is_refused_and_not_cut(site: Site, more: int) -> None:
    # It is cut behind a line, so that what is left of it reads as a whole submission.
    answer = site.client.post(
        "/v1/events",
        input_stream=BytesIO(b"\n" * (16 * 1024 * 1024 + more)),
        environ_overrides={"wsgi.input_terminated": True},
        headers={"Transfer-Encoding": "chunked", "Content-Type": "application/x-ndjson"},
    )
    assert (answer.status_code, problem(answer)["rule"]) == (413, "http.too_large")


def test_a_compressed_body_is_refused(site: Site) -> None:
    answer = site.post_one("x", Content_Encoding="gzip")
    assert (answer.status_code, problem(answer)["rule"]) == (415, "http.encoding")


def test_the_feed_gives_entries_in_order_page_by_page(site: Site) -> None:
    first = site.get("/v1/events?limit=2").get_json()
    second = site.get(f"/v1/events?limit=2&after={first['next']}").get_json()
    assert [one["index"] for one in (*first["events"], *second["events"])] == [0, 1, 2, 3]
    end = site.get(f"/v1/events?after={first['size'] - 1}").get_json()
    assert (end["events"], end["next"]) == ([], first["size"] - 1)
    assert site.get("/v1/events?limit=0").status_code == 400
    assert site.get("/v1/events?after=x").status_code == 400


def test_an_event_is_told_with_its_place_its_claims_and_its_signed_text(site: Site) -> None:
    site.post_one(site.story.pack_manufactured(pack(1)))
    told = site.get(f"/v1/events/{site.story.last.id}").get_json()
    assert told["issuer"]["name_en"] == MAKER.name
    assert told["data"]["mass_g"] == 400_000
    assert told["touches"] == [str(pack(1))]
    assert told["jws"].count(".") == 2
    assert not told["amber"]
    assert told["purpose"] == "office"


@pytest.mark.parametrize("path", ["/v1/events/none", "/v1/events/none/receipt"])
def test_an_event_that_is_not_logged_is_not_there(site: Site, path: str) -> None:
    answer = site.get(path)
    assert (answer.status_code, problem(answer)["rule"]) == (404, "event.unknown")
