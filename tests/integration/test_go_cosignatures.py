"""Go programs that share no code with ours accept our cosignatures of both types, and our static copy."""

import json
import subprocess
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from cli.sources import FolderSource
from ledger.mirror import Folder, export
from tests.integration import go_client
from tests.integration.test_go_client import QuietHandler
from tests.logs import SmallLog, signer
from tests.witnesses import COSIGNERS, TIME_S, cosigned, signed

WITNESS = Path(__file__).parents[1] / "clients/gowitness"
VKEYS = [each.key.format() for each in COSIGNERS]
NOTE = cosigned(signed(8, bytes(range(32))), *COSIGNERS)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return go_client.build(tmp_path_factory.mktemp("gowitness"), WITNESS)


def check(client: Path, folder: Path, note: str) -> subprocess.CompletedProcess[str]:
    path = folder / "note"
    path.write_text(note, "utf-8")
    words = [str(client), str(path), *VKEYS]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_go_accepts_our_cosignatures_of_both_types(client: Path, tmp_path: Path) -> None:
    done = check(client, tmp_path, NOTE)
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["names"] == [each.name for each in COSIGNERS]


def test_go_refuses_what_was_changed(client: Path, tmp_path: Path) -> None:
    others = [
        NOTE.replace("\n8\n", "\n9\n"),
        cosigned(signed(8, bytes(range(32))), *COSIGNERS[:4]),
        NOTE.replace(COSIGNERS[1].name, COSIGNERS[3].name, 1),
        cosigned(signed(8, bytes(range(32))), *COSIGNERS, time_s=TIME_S).replace("AAAA", "AAAB", 1),
    ]
    for note in others:
        assert note != NOTE
        assert check(client, tmp_path, note).returncode == 1


def test_go_audits_our_static_copy_behind_any_web_server(tmp_path: Path) -> None:
    program = go_client.build(tmp_path)
    log = SmallLog(600)
    log.write(tmp_path / "log")
    export(FolderSource(tmp_path / "log"), Folder(tmp_path / "copy"), signer().verifier_key)
    handler = partial(QuietHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        told = go_client.check(program, log.vkey, url=f"http://127.0.0.1:{server.server_port}/copy")
        server.shutdown()
        thread.join()
    assert (told["ok"], told["entries"]) == (True, 600)
