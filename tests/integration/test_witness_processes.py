"""Witnesses and a log as real processes on loopback: killed, late, lying, two on one file."""

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from subprocess import Popen
from typing import Final

import pytest
import requests

from api.config import Config
from api.service import open_service
from cli.sources import HttpSource
from crypto.cosignature import Cosigner, open_cosignatures
from crypto.keys import PrivateKey
from crypto.mldsa44 import MlDsa44PrivateKey
from crypto.note import VerifierKey
from ledger.audit import audit
from ledger.logkey import make_log_key
from ledger.policy import Policy
from ledger.receipt import Receipt
from ledger.trust import Trust
from ledger.verdict import Verdict
from ledger.verify import ReceiptCheck, verify_receipt
from ledger.witness.storage import Storage
from ledger.witnessed import witnessing
from tests.fakes import FakeClock
from tests.integration import processes
from tests.ledgers import LOG
from tests.scenario import ORIGIN, Story
from tests.site import BASE_URL, NOW_MS
from tests.unit.test_witness import body, tree
from tests.witnesses import COSIGNERS, policy_text

SETTINGS: Final = {"PACKTRACE_ORIGIN": ORIGIN, "PACKTRACE_LOG_KEY": "log.pem"}


def make_witness(folder: Path, cosigner: Cosigner, log_vkey: VerifierKey = LOG.verifier_key) -> None:
    """Make the folder of a witness with a known key."""
    folder.mkdir()
    (folder / "name").write_text(cosigner.name, "utf-8")
    key = cosigner.signer
    assert isinstance(key, PrivateKey | MlDsa44PrivateKey)
    (folder / "key.pem").write_bytes(key.to_pem(None))
    Storage.create(folder / "witness.db", [cosigner.key.format()]).trust(log_vkey)


@contextmanager
def witness(
    folder: Path, will: str = "honest", port: int | None = None
) -> Iterator[tuple[str, Popen[bytes]]]:
    """Run a witness; yield its URL and its process."""
    port = port or processes.free_port()
    command = [sys.executable, "-m", "tests.witness_process", str(folder), str(port), will]
    with processes.serving(folder, command, port) as process:
        yield f"http://127.0.0.1:{port}", process


def post(url: str, data: bytes) -> requests.Response:
    return requests.post(f"{url}/add-checkpoint", data=data, timeout=30)


def test_a_witness_killed_between_store_and_answer_stands_by_what_it_stored(tmp_path: Path) -> None:
    make_witness(tmp_path / "w", COSIGNERS[0])
    with witness(tmp_path / "w", "dying") as (url, process):
        with pytest.raises(requests.ConnectionError):
            post(url, body(0, 5))
        process.wait(10)
    with witness(tmp_path / "w") as (url, _):
        assert (post(url, body(0, 4)).status_code, post(url, body(0, 4)).text) == (409, "5\n")
        answer = post(url, body(5, 5))
        assert answer.status_code == 200
        assert open_cosignatures(tree(5) + answer.text, [COSIGNERS[0].key])


def test_of_two_processes_on_one_file_one_cosigns_each_step(tmp_path: Path) -> None:
    make_witness(tmp_path / "w", COSIGNERS[0])
    with witness(tmp_path / "w") as (one, _), witness(tmp_path / "w") as (two, _):
        old, sizes = 0, [0]
        for step in range(1, 8):
            bodies = [(url, body(old, old + step + more)) for url in (one, two) for more in range(3)]
            with ThreadPoolExecutor(6) as pool:
                answers = list(pool.map(lambda args: post(*args), bodies))
            codes = sorted(answer.status_code for answer in answers)
            assert codes == [200, 409, 409, 409, 409, 409]
            kept = Storage(tmp_path / "w" / "witness.db").last(ORIGIN)
            assert kept is not None
            old = kept.checkpoint.size
            sizes.append(old)
    assert all(before < after for before, after in pairwise(sizes))


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


class Watched:
    """A served log whose five witnesses of a quorum of three are processes."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.log = make_log_key(folder / "log.pem", ORIGIN)
        self.story = Story()
        self.stack = stack
        self.wills = ("honest", "honest", "honest", "slow", "lying")
        # A lying witness signs Ed25519 here, as W5 does.
        self.ports = [processes.free_port() for _ in self.wills]
        self.running: dict[int, Popen[bytes]] = {}
        for number, each in enumerate(COSIGNERS, 1):
            make_witness(folder / f"w{number}", each, self.log.verifier_key)
            self.start(number)
        urls = [f"http://127.0.0.1:{port}" for port in self.ports]
        (folder / "policy").write_text(policy_text(urls=urls, log=self.log), "utf-8")
        self.policy = Policy.parse((folder / "policy").read_bytes())
        self.url = self._serve()

    def start(self, number: int) -> None:
        """Start a witness."""
        folder, port = self.folder / f"w{number}", self.ports[number - 1]
        context = witness(folder, self.wills[number - 1], port)
        self.running[number] = self.stack.enter_context(context)[1]

    def kill(self, *numbers: int) -> None:
        """Kill witnesses as by a power cut."""
        for number in numbers:
            processes.kill(self.running.pop(number))

    def _serve(self) -> str:
        config = Config(
            database_url=f"sqlite:///{self.folder / 'ledger.db'}",
            origin=ORIGIN,
            log_key=self.folder / "log.pem",
            base_url=BASE_URL,
        )
        service = open_service(config, FakeClock(NOW_MS))
        service.sequencer.submit(self.story.founding())
        service.close()
        port = processes.free_port()
        settings = {
            **SETTINGS,
            "PACKTRACE_DATABASE_URL": config.database_url,
            "PACKTRACE_WITNESS_POLICY": str(self.folder / "policy"),
        }
        command = [*processes.COMMAND, "serve", "--port", str(port)]
        self.stack.enter_context(processes.serving(self.folder, command, port, settings))
        return f"http://127.0.0.1:{port}"

    def submit(self, texts: list[str], query: str = "") -> str:
        """Submit events, each of which must be logged; return the last receipt."""
        answer = requests.post(f"{self.url}/v1/events{query}", json={"events": texts}, timeout=30)
        results = answer.json()["results"]
        assert {one["result"] for one in results} == {"logged"}, results
        receipt: str = results[-1]["receipt"]
        return receipt

    def get(self, path: str) -> requests.Response:
        """Ask the log."""
        return requests.get(self.url + path, timeout=30)

    def verdict(self, receipt: str) -> Verdict:
        """Return what the policy makes of a receipt."""
        return verify_receipt(receipt, None, policy=self.policy).checks[ReceiptCheck.WITNESSED].verdict


def test_two_killed_one_late_one_lying_and_the_log_stays_available(tmp_path: Path) -> None:
    with ExitStack() as stack:
        watched = Watched(tmp_path, stack)
        enrolments = watched.story.enrolments()
        # All there: three are honest, one is late, one lies. The three suffice within the wait.
        witnessed = watched.submit(enrolments[:2], "?wait=witnessed")
        assert watched.verdict(witnessed) is Verdict.OK
        wait_until(lambda: "W4" in witnessing(watched.get("/log/checkpoint").text, watched.policy).times_s)
        assert "W5" not in witnessing(watched.get("/log/checkpoint").text, watched.policy).times_s
        before = watched.get("/log/checkpoint").text
        # Two are killed: one honest and the late one are left, which is no quorum.
        watched.kill(1, 2)
        receipt = watched.submit(enrolments[2:4])
        assert watched.verdict(receipt) is Verdict.UNKNOWN
        assert watched.verdict(witnessed) is Verdict.OK
        wait_until(lambda: set(watched.get("/readyz").json()["witnesses_down"]) == {"W1", "W2", "W5"})
        assert watched.get("/readyz").status_code == 200
        assert watched.get("/log/checkpoint").text == before
        assert watched.get("/log/released").text != before
        told = {one["name"]: one["state"] for one in watched.get("/v1/witnesses").json()["witnesses"]}
        assert (told["W1"], told["W2"]) == ("unreachable", "unreachable")
        assert told["W5"] in {"ahead", "forged"}
        # One comes back with its memory: with the late one it is a quorum again, of a log that only grew.
        watched.start(1)
        event = Receipt.parse(receipt)
        wait_until(lambda: int(watched.get("/log/checkpoint").text.split("\n")[1]) > event.index)
        [found] = [
            one
            for one in watched.get(f"/v1/events?after={event.index - 1}").json()["events"]
            if one["index"] == event.index
        ]
        later = watched.get(f"/v1/events/{found['id']}/receipt?wait=witnessed").text
        assert watched.verdict(later) is Verdict.OK
        trust = Trust(watched.log.verifier_key, watched.get("/v1/trust").json()["root"])
        source = HttpSource(watched.url)
        report = audit(source, trust, since=before)
        source.close()
        assert report.ok, report.to_json()
        for number in (1, 3, 4):
            kept = Storage(tmp_path / f"w{number}" / "witness.db")
            assert kept.evidence(ORIGIN) == []
    assert isinstance(COSIGNERS[4].signer, PrivateKey)
