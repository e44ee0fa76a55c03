"""aics-tlog and aics-witness share no code with ours: their witness cosigns our log, and ours cosigns theirs.

They run in processes of their own, from a folder of their own. Skipped where they cannot be installed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cli.sources import FolderSource
from crypto.cosignature import CosignerKey
from crypto.note import VerifierKey
from ledger.mirror import Folder, export
from ledger.policy import Policy
from ledger.witnessed import witnessing
from tests.integration import processes
from tests.panel import Panel, until
from tests.scenario import Story
from tests.witnesses import COSIGNERS

CLIENT = Path(__file__).parents[1] / "clients/aics"
INSTALL_S = 120


@pytest.fixture(scope="session")
def aics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Install the third-party packages and return the environment in which they are found."""
    folder = tmp_path_factory.mktemp("aics")
    options = ["--no-deps", "--ignore-requires-python", "--require-hashes", "--target", str(folder)]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--root-user-action=ignore"]
    install = [sys.executable, "-m", "pip", "install", *quiet, *options]
    done = subprocess.run(
        [*install, "-r", str(CLIENT / "requirements.txt")],
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"needs aics-tlog and aics-witness: {done.stderr.strip()[-200:]}")
    return {**os.environ, "PYTHONPATH": str(folder)}


def ran(environment: dict[str, str], words: Sequence[str]) -> str:
    done = subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check(environment: dict[str, str], *words: str) -> dict[str, Any]:
    """Run the stranger's check."""
    told: dict[str, Any] = json.loads(ran(environment, [str(CLIENT / "check.py"), *words]))
    return told


def test_their_witness_cosigns_our_log_and_their_auditor_accepts_our_copy(
    aics: dict[str, str], panel: Panel, tmp_path: Path
) -> None:
    config, port = str(tmp_path / "witness.json"), processes.free_port()
    printed = ran(aics, ["-m", "aics_witness", "init", "-c", config, "--name", "aics.example/w"])
    vkey = next(line for line in printed.split() if line.startswith("aics.example/w+"))
    log = panel.log.verifier_key
    ran(aics, ["-m", "aics_witness", "add-log", "-c", config, "--origin", log.name, "--vkey", log.format()])
    command = [sys.executable, "-m", "aics_witness", "serve", "-c", config, "--listen", f"127.0.0.1:{port}"]
    with processes.serving(tmp_path, command, port, aics):
        # Theirs stands in the place of W2, which would sign with ML-DSA-44.
        panel.stop(2)
        panel.urls[1] = f"http://127.0.0.1:{port}"
        text = panel.policy_text().replace(COSIGNERS[1].key.format(), vkey)
        (tmp_path / "policy").write_text(text, "utf-8")
        service = panel.service()
        story = Story()
        service.sequencer.submit(story.founding())
        policy, witnesses = Policy.parse(text), service.witnesses
        assert witnesses is not None
        assert witnesses.wait_for(1, 10) is not None
        service.sequencer.submit(story.enrolments())
        size = service.sequencer.released().checkpoint.size

        def all_have() -> bool:
            found = witnesses.published()
            return found is not None and found.checkpoint.size == size and "W2" in found.witnessing.times_s

        until(all_have)
        found = witnesses.published()
        assert found is not None
        assert CosignerKey.parse(vkey) in policy.keys
        service.close()
    assert witnessing(found.note, policy).is_met
    processes.run(
        tmp_path,
        *("export", "tiles", "copy"),
        settings={
            "PACKTRACE_DATABASE_URL": f"sqlite:///{tmp_path / 'ledger.db'}",
            "PACKTRACE_LOG_KEY": str(tmp_path / "log.pem"),
            "PACKTRACE_ORIGIN": log.name,
        },
    )
    (tmp_path / "copy/checkpoint").write_text(found.note, "utf-8")
    classical = [each.key.format() for each in (COSIGNERS[0], COSIGNERS[2], COSIGNERS[4])]
    told = check(aics, "copy", str(tmp_path / "copy"), log.format(), "1", vkey, *classical)
    assert told["size"] == size


def test_our_witness_cosigns_their_log(aics: dict[str, str], tmp_path: Path) -> None:
    their_vkey = check(aics, "write", str(tmp_path / "theirs"), "3")["vkey"]
    port = processes.free_port()
    printed = processes.run(
        tmp_path,
        *("witness", "init", "ours", "--name", "ours.example/w", "--log", their_vkey, "--no-passphrase"),
    )
    command = [*processes.COMMAND, "witness", "serve", "ours", "--port", str(port)]
    with processes.serving(tmp_path, command, port):
        told = check(aics, "feed", f"http://127.0.0.1:{port}", printed.strip().splitlines()[-1])
    assert told["lines"] == [1, 1, 1, 1, 1]


def test_our_code_takes_over_their_log(aics: dict[str, str], tmp_path: Path) -> None:
    for size in (3, 300, 700):
        theirs = tmp_path / f"theirs-{size}"
        vkey = VerifierKey.parse(check(aics, "write", str(theirs), str(size))["vkey"])
        assert export(FolderSource(theirs), Folder(tmp_path / "copy"), vkey).size == size
