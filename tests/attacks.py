"""What an attacker with real keys can make: another view of a log, and static copies of anything at all.

The defenders are the commands of this program, each a process of its own; they know nothing of this module.
"""

import fcntl
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import requests

from api.config import Config
from api.service import open_service
from crypto.note import NoteSigner
from ledger import checkpoint, tiles
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.logkey import make_log_key
from ledger.merkle import HASH_SIZE
from ledger.sequencer.outcomes import Logged
from ledger.store import Store
from ledger.tiles import RightEdge
from ledger.trust import Trust
from tests.dossiers import index_event
from tests.fakes import FakeClock
from tests.integration import processes
from tests.lives import opening
from tests.scenario import ORIGIN
from tests.scenario_last import LastStory
from tests.site import BASE_URL

BEGUN_MS: Final = 120_000
"""How long ago each view begins; what is logged takes a second, and the tests take some."""
STEP_MS: Final = 1_000


class Operator:
    """Who runs a log in a folder, with its real key. Its entries are of this hour."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = make_log_key(folder / "log.pem", ORIGIN)
        self.begun_ms = time.time_ns() // 1_000_000 - BEGUN_MS
        self.clock = FakeClock(self.begun_ms)

    def settings(self, name: str) -> dict[str, str]:
        """Return the settings of one view of the log."""
        return {
            "PACKTRACE_ORIGIN": ORIGIN,
            "PACKTRACE_DATABASE_URL": f"sqlite:///{self.folder / name / 'ledger.db'}",
            "PACKTRACE_LOG_KEY": str(self.folder / name / "log.pem"),
            "PACKTRACE_BASE_URL": BASE_URL,
        }

    def write(self, name: str, texts: Sequence[str]) -> list[Logged]:
        """Log events into a view, which is begun where there is none; a second lies between two."""
        view = self.folder / name
        if not view.exists():
            view.mkdir()
            shutil.copy(self.folder / "log.pem", view)
            self.clock.now = self.begun_ms
        config = Config(
            database_url=f"sqlite:///{view / 'ledger.db'}",
            origin=ORIGIN,
            log_key=view / "log.pem",
            base_url=BASE_URL,
        )
        service = open_service(config, self.clock)
        done = list[Logged]()
        for text in texts:
            self.clock.now += STEP_MS
            [outcome] = service.sequencer.submit([text])
            assert isinstance(outcome, Logged), outcome
            done.append(outcome)
        service.close()
        return done

    def publish(self, name: str, story: LastStory) -> None:
        """Let the registrar publish the index of a view."""
        self.write(name, [self.index(name, story)])

    def index(self, name: str, story: LastStory) -> str:
        """Return the event by which the registrar publishes the index of a view as it is now."""
        store = Store(f"sqlite:///{self.folder / name / 'ledger.db'}")
        text = index_event(store, story)
        store.close()
        return text

    def entries(self, name: str) -> list[bytes]:
        """Return the entries of a view."""
        store = Store(f"sqlite:///{self.folder / name / 'ledger.db'}")
        with store.snapshot() as snapshot:
            found = snapshot.entries(0, snapshot.head().size)
        store.close()
        return list(found)

    @contextmanager
    def serving(self, name: str, **settings: str) -> Iterator[str]:
        """Serve a view with `packtrace serve`; yield its URL."""
        port = processes.free_port()
        command = [*processes.COMMAND, "serve", "--port", str(port)]
        told = {**self.settings(name), **settings}
        with processes.serving(self.folder / name, command, port, told):
            yield f"http://127.0.0.1:{port}"
        # Its children are killed with it, but nobody waits for those.
        with (self.folder / name / "ledger.db.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)


def static_log(folder: Path, entries: Sequence[bytes], signer: NoteSigner) -> Path:
    """Lay out entries as a static log with all its tiles and a signed checkpoint; return the folder."""
    edge, changed = RightEdge().append([Entry.decode(one).leaf_hash for one in entries])
    for tile in changed:
        _put(folder / tiles.tile_path(tile.level, tile.n, len(tile.data) // HASH_SIZE), tile.data)
    for n, start in enumerate(range(0, len(entries), tiles.TILE_WIDTH)):
        some = entries[start : start + tiles.TILE_WIDTH]
        _put(folder / tiles.entries_path(n, len(some)), tiles.encode_bundle(some))
    tree = Checkpoint(signer.name, len(entries), edge.root())
    _put(folder / "checkpoint", checkpoint.sign(tree, signer).encode())
    return folder


def pin(operator: Operator, name: str) -> None:
    """Write down what everybody pins of the log: its key and the id of entry 0."""
    root = Entry.decode(operator.entries(name)[0]).event_id
    (operator.folder / "trust.json").write_text(Trust(operator.key.verifier_key, root).format(), "utf-8")


def opened_story() -> tuple[LastStory, list[str]]:
    """Return a story and the events with which its log begins: founded, enrolled, codes and models."""
    story = LastStory()
    return story, opening(story)


def told(folder: Path, *words: str, code: int = 1) -> dict[str, Any]:
    """Run a command with `--json` as a process; return what it tells. It must end with this exit code."""
    found: dict[str, Any] = json.loads(processes.run(folder, *words, "--json", code=code))
    return found


def findings(folder: Path, where: str, *words: str) -> set[tuple[str, str]]:
    """Audit a log with a pinned `trust.json` as a stranger would, which must fail; return what was found."""
    report = told(folder, "audit", where, "--trust", "trust.json", *words)
    assert report["ok"] is False
    return {(one["kind"], one["reason"]) for one in report["findings"]}


def get(url: str) -> str:
    """Return what is at an address."""
    answer = requests.get(url, timeout=9)
    assert answer.ok, answer.text
    return answer.text


def checkpoint_of(receipt: str) -> str:
    """Return the checkpoint in a receipt: what stands behind its first blank line."""
    return receipt.partition("\n\n")[2]


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
