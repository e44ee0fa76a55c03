"""The real server under load: many clients at once, slow clients, a full queue, and a stop in the middle."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import requests
from werkzeug.test import TestResponse

from api import Config, Service, create_app
from crypto.note import VerifierKey
from ledger import checkpoint, receipt
from ledger.receipt import Receipt
from ledger.tiles import TILE_WIDTH
from tests.e2e.test_command import environment, free_port
from tests.ledgers import LOG, Ledger, opened
from tests.scenario import Story, module, pack
from tests.site import SD_JWT, Site, problem

REPOSITORY: Final = Path(__file__).parents[2]
THREADS: Final = 16
STOP_S: Final = 30


@dataclass(frozen=True, slots=True)
class Server:
    """A server process, its address, its log's key and the story that founded it."""

    process: subprocess.Popen[bytes]
    url: str
    vkey: VerifierKey
    story: Story

    def send(self, text: str) -> requests.Response:
        """Send one event."""
        return requests.post(
            f"{self.url}/v1/events", data=text, headers={"Content-Type": SD_JWT}, timeout=STOP_S
        )

    def verified(self, text: str) -> Receipt:
        """Return a receipt of this log, verified."""
        found = Receipt.parse(text)
        receipt.verify(found, [self.vkey])
        return found

    def size(self) -> int:
        """Return the size of the verified checkpoint."""
        note = requests.get(f"{self.url}/log/checkpoint", timeout=STOP_S).text
        return checkpoint.open(note, [self.vkey]).size


@contextmanager
def server(
    folder: Path, story: Story, vkey: VerifierKey, worker: str = "cli.worker.FinishingWorker"
) -> Iterator[Server]:
    """Run the server as the command runs it, over the ledger in a folder."""
    port = free_port()
    settings = {
        "PACKTRACE_DATABASE_URL": f"sqlite:///{folder / 'ledger.db'}",
        "PACKTRACE_ORIGIN": vkey.name,
        "PACKTRACE_LOG_KEY": str(folder / "log.pem"),
    }
    options = [f"--bind=127.0.0.1:{port}", f"--worker-class={worker}", f"--threads={THREADS}"]
    command = [sys.executable, "-m", "gunicorn", *options, "--graceful-timeout=20", "--log-level=warning"]
    process = subprocess.Popen([*command, "wsgi:app"], cwd=REPOSITORY, env=environment(settings))
    try:
        found = Server(process, f"http://127.0.0.1:{port}", vkey, story)
        _wait(found)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=STOP_S)


def _wait(found: Server) -> None:
    end = time.monotonic() + STOP_S
    while time.monotonic() < end:
        assert found.process.poll() is None
        try:
            if requests.get(f"{found.url}/readyz", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise AssertionError("the server does not answer")


@pytest.fixture
def founded(tmp_path: Path) -> tuple[Path, Story, VerifierKey]:
    """A founded ledger in a folder, closed again."""
    site = Site(tmp_path)
    site.found()
    found = site.story, site.service.vkey
    site.close()
    return tmp_path, *found


def indexes_of(server: Server, answers: Sequence[requests.Response]) -> list[int]:
    """Return the index of each receipt, verified; an event has one index however often it was sent."""
    return [server.verified(answer.text).index for answer in answers]


def test_conflicts_and_duplicates_from_many_threads_get_one_index_each(
    founded: tuple[Path, Story, VerifierKey],
) -> None:
    with server(*founded) as live:
        story = live.story
        made = [story.pack_manufactured(pack(n), [module(n)]) for n in range(1, 41)]
        rivals = [Story("rival").pack_manufactured(pack(n), [module(n)]) for n in range(1, 41)]
        reading = Readers(live)
        with ThreadPoolExecutor(THREADS) as pool, reading:
            first = list(pool.map(live.send, [*made, *rivals, *made, *rivals]))
            again = list(pool.map(live.send, [*made, *rivals]))
        assert {answer.status_code for answer in (*first, *again)} <= {200, 201, 409, 422}
        taken = [answer for answer in first if answer.status_code == 201]
        assert len(set(indexes_of(live, taken))) == len(taken) == 40
        assert sum(answer.status_code == 200 for answer in again) == 40
        assert not reading.wrong
        assert reading.count > 20


class Readers:
    """Threads that read what a checkpoint promises while others write."""

    def __init__(self, live: Server) -> None:
        self.live = live
        self.count = 0
        self.wrong = list[str]()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(3)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        last = 0
        while not self._stop.is_set():
            size = self.live.size()
            if size < last:
                self.wrong.append(f"checkpoint went back from {last} to {size}")
            last = size
            width = size % TILE_WIDTH
            feed = requests.get(f"{self.live.url}/v1/events?after={size - 2}", timeout=STOP_S).json()
            if not feed["events"] or feed["events"][0]["index"] != size - 1:
                self.wrong.append(f"the feed has not what checkpoint {size} holds")
            for place in (f"tile/0/000.p/{width}", f"tile/entries/000.p/{width}"):
                if size < TILE_WIDTH and not requests.get(f"{self.live.url}/log/{place}", timeout=STOP_S).ok:
                    self.wrong.append(f"{place} of checkpoint {size} is not there")
            self.count += 1


def test_a_stop_in_the_middle_loses_nothing_that_was_acknowledged(
    founded: tuple[Path, Story, VerifierKey],
) -> None:
    folder, story, vkey = founded
    texts = [story.pack_manufactured(pack(number)) for number in range(1, 200)]
    acknowledged: dict[str, int] = {}
    with server(folder, story, vkey) as live:

        def send(text: str) -> None:
            try:
                answer = live.send(text)
            except requests.RequestException:
                return
            if answer.status_code == 201:
                acknowledged[text] = live.verified(answer.text).index

        with ThreadPoolExecutor(THREADS) as pool:
            for text in texts:
                pool.submit(send, text)
            while len(acknowledged) < 40:
                time.sleep(0.01)
            os.kill(live.process.pid, signal.SIGTERM)
    assert 40 <= len(acknowledged) < len(texts)
    with server(folder, story, vkey) as again:
        for text, index in acknowledged.items():
            answer = again.send(text)
            assert (answer.status_code, again.verified(answer.text).index) == (200, index)


def test_slow_clients_on_every_thread_do_not_stop_the_server(
    founded: tuple[Path, Story, VerifierKey],
) -> None:
    with server(*founded, worker="tests.impatient.ImpatientWorker") as live:
        port = int(live.url.rpartition(":")[2])
        begun = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n"
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(2 * THREADS)]
        for place, one in enumerate(slow):
            one.sendall(begun + (b"\r\nabc" if place % 2 else b"X-Slow: "))
        assert requests.get(f"{live.url}/healthz", timeout=15).ok
        answer = live.send(live.story.pack_manufactured(pack(1)))
        assert answer.status_code == 201
        for one in slow:
            one.close()


def test_a_full_queue_says_when_to_come_back_and_loses_nothing(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path, max_waiting=4)
    story = opened(ledger)
    service = Service(Config(origin=LOG.name), ledger.store, ledger.sequencer, LOG.verifier_key, ledger.clock)
    app = create_app(service.config, opened=service)

    def send(text: str) -> TestResponse:
        return app.test_client().post("/v1/events", data=text, content_type=SD_JWT)

    texts = [story.pack_manufactured(pack(number)) for number in range(1, 25)]
    with ThreadPoolExecutor(len(texts)) as pool:
        with ledger.store.write():
            waiting = [pool.submit(send, text) for text in texts]
            done, _ = wait(waiting, timeout=STOP_S, return_when=FIRST_COMPLETED)
            time.sleep(0.5)
        answers = [one.result() for one in waiting]
    assert done
    busy = [answer for answer in answers if answer.status_code == 503]
    assert busy
    assert all(problem(answer)["rule"] == "writer.busy" for answer in busy)
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in busy)
    again = [send(text).status_code for text in texts]
    assert again == [201 if answer.status_code == 503 else 200 for answer in answers]
    ledger.check()
    ledger.close()
