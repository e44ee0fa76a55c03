"""Verifying needs no database, no network and nothing of the writer; a process of its own shows it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import merkle, tiles
from ledger.receipt import Receipt
from ledger.tiles import RightEdge
from tests import audits
from tests.scenario import RECYCLER

ROOT = Path(__file__).parents[2]

CUT_OFF = """
import socket, sys

class Cut:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"sqlalchemy", "psycopg", "sqlite3", "flask", "requests", "alembic"}:
            raise ImportError(f"{name} is cut off")
        if name in {"ledger.store", "ledger.sequencer", "ledger.sequencer.commit", "ledger.sequencer.batch"}:
            raise ImportError(f"{name} is the writer's")

def refuse(*args, **kwargs):
    raise OSError("the network is cut")

sys.meta_path.insert(0, Cut())
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
"""

VERIFY = """
from pathlib import Path
from ledger.keybundle import load_keys
from ledger.trust import Trust
from ledger.verify import verify_receipt

folder = Path(sys.argv[1])
found = verify_receipt(
    (folder / "receipt").read_bytes(),
    Trust.parse((folder / "trust.json").read_text()),
    keys=load_keys((folder / "key.json").read_text()),
    expected_event_id=sys.argv[2],
)
print(found.ok, found.index)
"""

AUDIT = """
from pathlib import Path
from ledger.audit import Trust, audit

folder = Path(sys.argv[1])

class Folder:
    def checkpoint(self):
        return (folder / "checkpoint").read_text()

    def tile(self, path):
        return (folder / path).read_bytes()

report = audit(Folder(), Trust.parse((folder / "trust.json").read_text()), items=False)
print(report.ok, report.size)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    log = audits.small()
    index = len(log.entries) - 1
    edge, changed = RightEdge().append([merkle.hash_leaf(data) for data in log.entries])
    stored = {(one.level, one.n): one.data for one in changed}
    reader = tiles.HashReader(edge.size, lambda keys: [stored[key.level, key.n] for key in keys])
    proof = merkle.prove_inclusion(index, edge.size, reader.read_hashes)
    source = log.source()
    receipt = Receipt(log.entries[index], index, tuple(proof), source.note)
    files = {
        "receipt": receipt.format().encode(),
        "trust.json": log.trust.format().encode(),
        "key.json": json.dumps(RECYCLER.key().verifier.jwk()).encode(),
        "checkpoint": source.note.encode(),
    }
    for name, data in (files | source.tiles).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def _run(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", CUT_OFF + program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_receipt_verifies_with_the_network_cut_and_no_database(folder: Path) -> None:
    log = audits.small()
    index = len(log.entries) - 1
    assert _run(VERIFY, str(folder), log.event_id(index)) == f"True {index}"


def test_a_log_audits_with_the_network_cut_and_without_the_writer(folder: Path) -> None:
    assert _run(AUDIT, str(folder)) == f"True {len(audits.small().entries)}"
