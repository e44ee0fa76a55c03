"""Commands against a server that is busy, silent, or no ledger at all."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner

from cli import main
from cli.client import Client
from tests.scenario import pack

pytestmark = pytest.mark.usefixtures("elsewhere")

Answer = tuple[int, dict[str, str], bytes]


class Odd(BaseHTTPRequestHandler):
    """Answers with what stands in `answers`, one after the other; remembers what it was sent."""

    answers: ClassVar[list[Answer]] = []
    received: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        """Answer a submission."""
        self.received.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer()

    def do_GET(self) -> None:
        """Answer a question."""
        self._answer()

    def _answer(self) -> None:
        status, headers, body = self.answers.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def odd(*answers: Answer) -> Iterator[str]:
    """Serve these answers on a free port."""
    Odd.answers, Odd.received = list(answers), []
    server = HTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def results(*told: str) -> bytes:
    return json.dumps({"results": [{"result": one, "id": "x", "index": 1} for one in told]}).encode()


def test_a_busy_ledger_gets_the_same_bytes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    Path("event.sdjwt").write_text("a.b.c~")
    busy = (503, {"Retry-After": "7"}, b"{}")
    with odd(busy, (200, {}, results("unknown")), (200, {}, results("logged"))) as url:
        monkeypatch.setattr(
            "cli.submit.Client", lambda url, tries: Client(url, tries=tries, sleep=waited.append)
        )
        result = CliRunner().invoke(main, ["submit", "event.sdjwt", "--url", url])
    assert result.exit_code == 0, result.output
    assert len(Odd.received) == 3
    assert len(set(Odd.received)) == 1
    assert waited[0] == 7.0


def test_a_ledger_that_stays_busy_fails_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "cli.submit.Client", lambda url, tries: Client(url, tries=tries, sleep=lambda _: None)
    )
    Path("event.sdjwt").write_text("a.b.c~")
    busy: Answer = (503, {}, b'{"title":"busy","rule":"writer.busy"}')
    with odd(busy, busy) as url:
        result = CliRunner().invoke(main, ["submit", "event.sdjwt", "--url", url, "--tries", "2"])
    assert result.exit_code == 1
    assert "[writer.busy]" in result.stderr


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((404, {}, b"<html>"), "HTTP 404"),
        ((200, {}, b"<html>"), "not answer with JSON"),
        ((500, {}, b"[]"), "HTTP 500"),
    ],
)
def test_a_server_that_is_no_ledger_is_said_so(answer: Answer, said: str) -> None:
    with odd(answer) as url:
        result = CliRunner().invoke(main, ["show", pack(1).code, "--url", url])
    assert result.exit_code == 1
    assert said in result.stderr


def test_another_number_of_answers_is_refused() -> None:
    Path("event.sdjwt").write_text("a.b.c~")
    with odd((200, {}, results("logged", "logged"))) as url:
        result = CliRunner().invoke(main, ["submit", "event.sdjwt", "--url", url])
    assert result.exit_code == 1
    assert "another number" in result.stderr
