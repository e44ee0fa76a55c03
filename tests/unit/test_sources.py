"""What an audit reads from: bounded, in one form, and clear about what is not there."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from urllib3.util import Retry

from cli.sources import FolderSource, HttpSource
from ledger.audit import NotServedError, SourceError
from ledger.tiles import TILE_SIZE


class _Answers(BaseHTTPRequestHandler):
    """Answers from the table of its server; a path without an answer is 404."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))  # type: ignore[attr-defined]  # of Server
        self._answer()

    def _answer(self) -> None:
        status, headers, body = self.server.answers.get(self.path, (404, {}, b""))  # type: ignore[attr-defined]  # of Server
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base
        """Stay silent."""


class Server(ThreadingHTTPServer):
    """A server with a table of answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.answers = dict[str, tuple[int, dict[str, str], bytes]]()
        self.bodies = list[bytes]()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as started:
        thread = threading.Thread(target=started.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield started
        started.shutdown()
        thread.join()


@contextmanager
def _source(server: Server) -> Iterator[HttpSource]:
    source = HttpSource(f"http://127.0.0.1:{server.server_address[1]}/", Retry(0))
    try:
        yield source
    finally:
        source.close()


def test_paths_below_the_log_are_read(server: Server) -> None:
    server.answers = {
        "/log/checkpoint": (200, {}, "origin\n€".encode()),
        "/log/tile/0/000.p/1": (200, {}, b"h" * 32),
        "/v1/trust": (200, {}, b"{}"),
    }
    with _source(server) as source:
        assert source.checkpoint() == "origin\n€"
        assert source.tile("tile/0/000.p/1") == b"h" * 32
        assert source.trust() == "{}"


def test_a_lookup_sends_ids_and_returns_json(server: Server) -> None:
    server.answers = {"/v1/items/lookup": (200, {}, b'{"size":1,"items":[]}')}
    with _source(server) as source:
        assert source.lookup(["org:x"]) == {"size": 1, "items": []}
    assert json.loads(server.bodies[0]) == {"items": ["org:x"]}


def test_a_bundle_in_gzip_is_unpacked(server: Server) -> None:
    body = gzip.compress(b"entries")
    server.answers = {"/log/tile/entries/000": (200, {"Content-Encoding": "gzip"}, body)}
    with _source(server) as source:
        assert source.tile("tile/entries/000") == b"entries"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("tile/0/000", (404, {}, b"")),
        ("tile/0/000", (500, {}, b"")),
        ("tile/0/000", (204, {}, b"")),
        ("tile/0/000", (200, {}, b"x" * (TILE_SIZE + 1))),
        ("tile/0/000", (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 10_000_000))),
        ("tile/0/000", (200, {"Content-Encoding": "gzip"}, b"no gzip")),
    ],
)
def test_what_is_not_there_or_too_long_is_not_served(
    server: Server, path: str, answer: tuple[int, dict[str, str], bytes]
) -> None:
    server.answers = {f"/log/{path}": answer}
    with _source(server) as source, pytest.raises(NotServedError):
        source.tile(path)


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b'{"a":1,"a":2}', b'{"a":1.5}'])
def test_an_answer_that_is_no_strict_json_is_not_served(server: Server, body: bytes) -> None:
    server.answers = {"/v1/items/lookup": (200, {}, body)}
    with _source(server) as source, pytest.raises(NotServedError):
        source.lookup(["x"])


def test_a_checkpoint_that_is_no_text_is_not_served(server: Server) -> None:
    server.answers = {"/log/checkpoint": (200, {}, b"\xff")}
    with _source(server) as source, pytest.raises(NotServedError):
        source.checkpoint()


def test_a_server_that_is_not_there_is_out_of_reach(server: Server) -> None:
    port = server.server_address[1]
    server.server_close()
    source = HttpSource(f"http://127.0.0.1:{port}", Retry(0))
    with pytest.raises(SourceError) as caught:
        source.checkpoint()
    source.close()
    assert not isinstance(caught.value, NotServedError)


def test_a_folder_holds_a_log_or_has_it_in_a_subfolder(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for folder in (tmp_path, log):
        (folder / "tile" / "0").mkdir(parents=True)
        (folder / "checkpoint").write_text(folder.name)
        (folder / "tile" / "0" / "000").write_bytes(b"h")
    (tmp_path / "trust.json").write_text("{}")
    assert FolderSource(tmp_path).checkpoint() == "log"
    assert FolderSource(log).checkpoint() == "log"
    assert FolderSource(log).tile("tile/0/000") == b"h"
    assert FolderSource(tmp_path).trust() == "{}"


def test_a_folder_tells_what_it_lacks(tmp_path: Path) -> None:
    source = FolderSource(tmp_path)
    for read in (
        source.checkpoint,
        source.trust,
        lambda: source.tile("tile/0/000"),
        lambda: source.lookup([]),
    ):
        with pytest.raises(NotServedError):
            read()


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "tile" / "0").mkdir(parents=True)
    (tmp_path / "tile" / "0" / "000").write_bytes(b"x" * (TILE_SIZE + 1))
    with pytest.raises(NotServedError):
        FolderSource(tmp_path).tile("tile/0/000")


def test_a_copy_gives_what_it_keeps_in_the_order_of_sizes(tmp_path: Path) -> None:
    kept = tmp_path / "checkpoints"
    kept.mkdir()
    for size in (1000, 30, 9, 500, 7):
        (kept / str(size)).write_text(f"note {size}")
    (kept / ".9.new").write_text("draft")
    source = FolderSource(tmp_path)
    assert list(source.kept({30})) == ["note 7", "note 9", "note 500", "note 1000"]
    # Of more than are wanted, some spread over all of them, the last one always.
    assert list(source.kept((), 2)) == ["note 9", "note 1000"]
    assert list(FolderSource(tmp_path / "nowhere").kept(())) == []


def test_a_server_gives_what_it_keeps_page_by_page(server: Server) -> None:
    pages = {-1: ([(1, 5), (2, 5), (3, 8)], 3), 3: ([(9, 12)], 9), 9: ([], 9)}
    for after, (hours, last) in pages.items():
        rows = [{"hour": hour, "size": size} for hour, size in hours]
        told = json.dumps({"checkpoints": rows, "next": last}).encode()
        server.answers[f"/log/checkpoints?after={after}&limit=1000"] = (200, {}, told)
    for size in (5, 8, 12):
        server.answers[f"/log/checkpoints/{size}"] = (200, {}, f"note {size}".encode())
    with _source(server) as source:
        assert list(source.kept({8})) == ["note 5", "note 12"]
        assert list(source.kept((), 1)) == ["note 12"]
