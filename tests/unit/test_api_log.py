"""The log over HTTP: C2SP tlog-tiles, byte for byte, with caching."""

import gzip
from collections.abc import Iterator

import pytest

from ledger import checkpoint, merkle, receipt
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.receipt import Receipt
from ledger.tiles import TILE_WIDTH, decode_bundle, decode_tile, encode_bundle
from tests.site import Site, problem

YEAR = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A ledger of more than one full tile, which the tests here only read."""
    found = Site(tmp_path_factory.mktemp("site"))
    found.found()
    texts = [found.story.rules_adopted() for _ in range(TILE_WIDTH)]
    found.submit(texts)
    yield found
    found.close()


def _checkpoint(site: Site) -> Checkpoint:
    return checkpoint.open(site.get("/log/checkpoint").data, [site.service.vkey])


def test_the_checkpoint_is_a_signed_note_that_nobody_keeps(site: Site) -> None:
    answer = site.get("/log/checkpoint")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert _checkpoint(site).size > TILE_WIDTH


def test_who_has_the_checkpoint_is_told_so(site: Site) -> None:
    tag = site.get("/log/checkpoint").headers["ETag"]
    again = site.get("/log/checkpoint", If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")


def test_full_and_partial_tiles_give_the_root_of_the_checkpoint(site: Site) -> None:
    tree = _checkpoint(site)
    rest = tree.size - TILE_WIDTH
    full = decode_tile(site.get("/log/tile/0/000").data, TILE_WIDTH)
    edge = decode_tile(site.get(f"/log/tile/0/001.p/{rest}").data, rest)
    assert merkle.root([*full, *edge]) == tree.root
    assert site.get("/log/tile/1/000.p/1").data == merkle.root(full)


def test_entries_hash_to_the_tile(site: Site) -> None:
    entries = decode_bundle(site.get("/log/tile/entries/000").data, TILE_WIDTH)
    assert b"".join(Entry.decode(one).leaf_hash for one in entries) == site.get("/log/tile/0/000").data


@pytest.mark.parametrize("width", [1, 7, 255])
def test_a_partial_tile_of_any_width_that_was_is_cut_from_the_current_one(site: Site, width: int) -> None:
    full = site.get("/log/tile/0/000").data
    assert site.get(f"/log/tile/0/000.p/{width}").data == full[: 32 * width]
    entries = decode_bundle(site.get("/log/tile/entries/000").data, TILE_WIDTH)
    assert site.get(f"/log/tile/entries/000.p/{width}").data == encode_bundle(entries[:width])


@pytest.mark.parametrize("path", ["/log/tile/0/000", "/log/tile/0/000.p/3", "/log/tile/entries/000"])
def test_tiles_are_bytes_to_keep_for_a_year(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Cache-Control"] == YEAR
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001",
        "tile/0/002.p/1",
        "tile/1/000",
        "tile/1/000.p/2",
        "tile/2/000.p/1",
        "tile/entries/001",
        "tile/entries/002.p/1",
        "tile/0/0",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/64/000",
        "tile/entries/1",
        "tile/00/000",
    ],
)
def test_what_the_log_does_not_have_is_not_there(site: Site, path: str) -> None:
    answer = site.get(f"/log/{path}")
    assert answer.status_code == 404
    assert problem(answer)["rule"] == "http.not_found"


def test_bundles_are_compressed_for_who_accepts_it_and_the_same_each_time(site: Site) -> None:
    plain = site.get("/log/tile/entries/000", Accept_Encoding="identity")
    packed = site.get("/log/tile/entries/000", Accept_Encoding="gzip")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data)
    assert packed.data == site.get("/log/tile/entries/000", Accept_Encoding="gzip, br").data
    assert "Accept-Encoding" in packed.headers["Vary"]
    refused = site.get("/log/tile/entries/000", Accept_Encoding="gzip;q=0")
    assert "Content-Encoding" not in refused.headers


def test_head_answers_without_a_body(site: Site) -> None:
    answer = site.client.head("/log/checkpoint")
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 100


def test_the_trust_of_a_log_names_its_key_and_its_first_event(site: Site) -> None:
    told = site.get("/v1/trust").get_json()
    first = decode_bundle(site.get("/log/tile/entries/000.p/1").data, 1)[0]
    assert told == {
        "v": 1,
        "origin": site.config.origin,
        "vkey": site.service.vkey.format(),
        "root": Entry.decode(first).event_id,
    }


def test_a_receipt_verifies_against_the_log(site: Site) -> None:
    event = site.get("/v1/events?after=9&limit=1").get_json()["events"][0]
    answer = site.get(f"/v1/events/{event['id']}/receipt")
    assert answer.content_type == "text/plain; charset=utf-8"
    found = Receipt.parse(answer.data)
    receipt.verify(found, [site.service.vkey])
    assert (found.index, Entry.decode(found.entry_bytes).event_id) == (10, event["id"])


def test_an_empty_log_has_a_checkpoint_and_no_tile(tmp_path_factory: pytest.TempPathFactory) -> None:
    empty = Site(tmp_path_factory.mktemp("empty"))
    assert _checkpoint(empty).size == 0
    assert empty.get("/log/tile/0/000.p/1").status_code == 404
    assert empty.get("/v1/trust").status_code == 404
    assert empty.get("/v1/events").get_json() == {"size": 0, "events": [], "next": -1}
    empty.close()


def test_the_process_is_there_and_ready(site: Site) -> None:
    assert site.get("/healthz").get_json() == {"status": "ok"}
    assert site.get("/readyz").get_json() == {"status": "ready", "size": _checkpoint(site).size}
