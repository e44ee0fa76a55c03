"""A Go program that shares no code with ours accepts our log, and refuses it with one byte changed."""

import threading
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ledger import tiles
from tests.integration import go_client
from tests.logs import ORIGIN, SmallLog, signer

SIZE = 600


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return go_client.build(tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="module")
def log() -> SmallLog:
    return SmallLog(SIZE)


@pytest.fixture
def folder(tmp_path: Path, log: SmallLog) -> Path:
    log.write(tmp_path / "log")
    return tmp_path / "log"


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    handler = partial(QuietHandler, directory=str(folder.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/log"
        server.shutdown()
        thread.join()


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(bytes(data))


def test_it_accepts_the_log_every_entry_and_every_earlier_size(client: Path, log: SmallLog, url: str) -> None:
    told = go_client.check(client, log.vkey, url=url, samples=SIZE)
    assert told == {
        "ok": True,
        "origin": ORIGIN,
        "size": SIZE,
        "root": b64encode(log.checkpoint.root).decode(),
        "entries": SIZE,
        "inclusion": SIZE,
        "consistency": SIZE,
    }


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 512])
def test_it_accepts_logs_of_awkward_sizes(client: Path, folder: Path, url: str, size: int) -> None:
    log = SmallLog(size)
    log.write(folder)
    told = go_client.check(client, log.vkey, url=url)
    assert (told["ok"], told["size"], told["entries"]) == (True, size, size)


def test_it_accepts_a_log_of_three_tile_levels(client: Path, folder: Path, url: str) -> None:
    log = SmallLog(66_000)
    log.write(folder)
    told = go_client.check(client, log.vkey, url=url)
    assert (told["ok"], told["entries"], told["inclusion"], told["consistency"]) == (True, 66_000, 64, 64)


def test_a_full_tile_serves_where_the_partial_one_is_gone(client: Path, folder: Path, url: str) -> None:
    old, new = SmallLog(300), SmallLog(512)
    new.write(folder)
    (folder / "checkpoint").write_text(old.note, encoding="utf-8")
    (folder / "tile/1/000.p/1").write_bytes((folder / "tile/1/000.p/2").read_bytes()[:32])
    assert not (folder / "tile/0/001.p/44").exists()
    assert go_client.check(client, old.vkey, url=url)["ok"]


def test_it_checks_a_receipt_by_itself(client: Path, log: SmallLog, tmp_path: Path) -> None:
    file = tmp_path / "receipt.tlog-proof"
    for index in (0, 77, 511, 512, 599):
        file.write_text(log.receipt(index).format(), encoding="utf-8")
        told = go_client.check(client, log.vkey, receipt=file)
        entry = log.entries[index].encode().decode()
        assert told["receipt"] == {"index": index, "size": SIZE, "entry": entry}


def test_it_finds_an_older_receipt_and_checkpoint_in_the_log(
    client: Path, log: SmallLog, url: str, tmp_path: Path
) -> None:
    older = SmallLog(300)
    receipt, old = tmp_path / "receipt", tmp_path / "old"
    receipt.write_text(older.receipt(5).format(), encoding="utf-8")
    old.write_text(older.note, encoding="utf-8")
    told = go_client.check(client, log.vkey, url=url, receipt=receipt, old=old)
    assert told["old"] == {"size": 300, "root": b64encode(older.checkpoint.root).decode()}
    assert told["receipt"]["size"] == 300


@pytest.mark.parametrize(
    "change",
    [
        ("checkpoint", 3, "checkpoint"),
        ("checkpoint", 20, "checkpoint"),
        ("checkpoint", -5, "checkpoint"),
        ("tile/0/000", 0, "tiles"),
        ("tile/0/001", 8191, "tiles"),
        ("tile/0/002.p/88", 32, "tiles"),
        ("tile/1/000.p/2", 63, "tiles"),
        ("tile/entries/000", 1, "entries"),
        ("tile/entries/001", 2, "entries"),
        ("tile/entries/002.p/88", -1, "entries"),
    ],
)
def test_one_changed_byte_is_refused(
    client: Path, log: SmallLog, folder: Path, url: str, change: tuple[str, int, str]
) -> None:
    path, place, check = change
    flip(folder / path, place)
    told = go_client.check(client, log.vkey, url=url)
    assert (told["ok"], told["failed"]) == (False, check)


def test_a_missing_tile_or_bundle_is_refused(client: Path, log: SmallLog, folder: Path, url: str) -> None:
    (folder / tiles.tile_path(0, 1)).unlink()
    assert go_client.check(client, log.vkey, url=url)["failed"] == "tiles"
    (folder / tiles.entries_path(0)).unlink()
    assert go_client.check(client, log.vkey, url=url)["failed"] == "entries"


def test_a_rewritten_history_is_refused_against_an_old_checkpoint(
    client: Path, log: SmallLog, folder: Path, url: str, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    old.write_text(SmallLog(300).note, encoding="utf-8")
    rewritten = SmallLog(SIZE, first=1)
    rewritten.write(folder)
    assert go_client.check(client, log.vkey, url=url)["ok"]
    assert go_client.check(client, log.vkey, url=url, old=old)["failed"] == "old"
    receipt = tmp_path / "receipt"
    receipt.write_text(log.receipt(5).format(), encoding="utf-8")
    assert go_client.check(client, log.vkey, url=url, receipt=receipt)["failed"] == "receipt"


def test_a_changed_receipt_is_refused(client: Path, log: SmallLog, tmp_path: Path) -> None:
    file = tmp_path / "receipt"
    text = log.receipt(77).format()
    for place in range(0, len(text.encode()), 23):
        file.write_text(text, encoding="utf-8")
        flip(file, place)
        assert not go_client.check(client, log.vkey, receipt=file)["ok"]


def test_another_key_is_refused(client: Path, url: str) -> None:
    other = signer(seed=2).verifier_key.format()
    assert go_client.check(client, other, url=url)["failed"] == "checkpoint"
