"""The same answers over either database, and reads that never wait for the writer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger import receipt
from ledger.receipt import Receipt
from tests.scenario import MAKER, RECYCLER, module, pack, product
from tests.site import Site, bearer


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    """A founded ledger on each kind of database."""
    found = Site(tmp_path, database_url)
    found.found()
    yield found
    found.close()


def test_a_whole_life_is_told_by_pages_and_data_alike(site: Site) -> None:
    token = site.life()
    page = site.get(f"/P/{pack(1).code}/{token}", Accept_Language="en").text
    assert "This label is genuine" in page
    assert "taken apart" in page
    assert site.get(f"/v1/items/{product(1)}").get_json()["state"]["phase"] == "deployed"
    lot = site.get(f"/v1/items/{RECYCLER.lot('BM-1')}/tree").get_json()
    assert lot["mass_g"] == 80_000
    events = site.get(f"/v1/items/{pack(1)}/events").get_json()["events"]
    for one in events:
        text = site.get(f"/v1/events/{one['id']}/receipt").data
        receipt.verify(Receipt.parse(text), [site.service.vkey])
    path = f"/v1/events/{events[0]['id']}"
    told = site.get(path, Authorization=bearer(MAKER, path)).get_json()
    assert told["restricted"]["label_token"] == token


def test_lists_and_look_ups_agree(site: Site) -> None:
    site.submit([site.story.pack_manufactured(pack(number), [module(number)]) for number in range(1, 6)])
    listed = site.get("/v1/items?kind=pack&limit=3").get_json()
    rest = site.get(f"/v1/items?kind=pack&after={listed['next']}").get_json()
    ids = [one["id"] for one in listed["items"] + rest["items"]]
    assert ids == [str(pack(number)) for number in range(1, 6)]
    told = site.client.post(
        "/v1/items/lookup", json={"items": [str(MAKER.id), *ids, str(pack(9))]}
    ).get_json()
    assert [one["state"] is None for one in told["items"]] == [False] * 6 + [True]


def test_reads_answer_while_a_writer_holds_the_lock(site: Site) -> None:
    site.submit([site.story.pack_manufactured(pack(1))])
    with site.service.store.write():
        for path in ("/readyz", "/log/checkpoint", "/log/tile/0/000.p/1", f"/p/{pack(1).code}", "/v1/orgs"):
            assert site.get(path).status_code == 200


def test_many_clients_submit_and_read_at_once(site: Site) -> None:
    texts = [site.story.pack_manufactured(pack(number)) for number in range(1, 25)]

    def send(text: str) -> int:
        with site.app.test_client() as client:
            client.get("/v1/items?kind=pack")
            return client.post("/v1/events", data=text, content_type="application/sd-jwt").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, [*texts, *texts]))
    assert sorted(set(statuses)) == [200, 201]
    assert statuses.count(201) == len(texts)
    assert len(site.get("/v1/items?kind=pack").get_json()["items"]) == len(texts)
