"""An operator with the real key shows one log to the witnesses and another one to a buyer. Real processes.

The buyer's policy does not call the second log witnessed, and once it reaches a witness that witness holds
both signed checkpoints in its hand.
"""

import json
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
import requests

from api.config import Config
from api.service import open_service
from api.witnessing import send
from ledger import checkpoint
from ledger.cosigning.asking import WitnessFault, ask
from ledger.logkey import make_log_key
from ledger.policy import Policy
from ledger.witness.request import AddCheckpoint
from tests.fakes import FakeClock
from tests.integration import processes
from tests.integration.test_witness_processes import make_witness, wait_until, witness
from tests.scenario import ORIGIN, Story
from tests.site import BASE_URL, NOW_MS
from tests.witnesses import COSIGNERS, policy_text

WITNESSES: Final = COSIGNERS[:2]


def write_log(folder: Path, name: str, texts: Sequence[str]) -> None:
    """Make a database under the one log key, as its operator can."""
    released = folder / "log.pem.seen"
    released.unlink(missing_ok=True)
    config = Config(
        database_url=f"sqlite:///{folder / name}.db",
        origin=ORIGIN,
        log_key=folder / "log.pem",
        base_url=BASE_URL,
    )
    service = open_service(config, FakeClock(NOW_MS))
    service.sequencer.submit(texts)
    service.close()
    (folder / name).mkdir()
    for path in (folder / "log.pem", released):
        (folder / name / path.name).write_bytes(path.read_bytes())


def serve(stack: ExitStack, folder: Path, name: str, policy: Path | None) -> str:
    """Serve one of the views."""
    port = processes.free_port()
    settings = {
        "PACKTRACE_ORIGIN": ORIGIN,
        "PACKTRACE_DATABASE_URL": f"sqlite:///{folder / name}.db",
        "PACKTRACE_LOG_KEY": str(folder / name / "log.pem"),
        **({} if policy is None else {"PACKTRACE_WITNESS_POLICY": str(policy)}),
    }
    command = [*processes.COMMAND, "serve", "--port", str(port)]
    stack.enter_context(processes.serving(folder / name, command, port, settings))
    return f"http://127.0.0.1:{port}"


def audit(folder: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*processes.COMMAND, "audit", url, "--trust", "trust.json", "--json", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env=processes.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_view_is_not_witnessed_and_ends_as_evidence(tmp_path: Path) -> None:
    log = make_log_key(tmp_path / "log.pem", ORIGIN)
    story = Story()
    founding, enrolments = story.founding(), story.enrolments()
    write_log(tmp_path, "shown", [*founding, *enrolments[:2]])
    write_log(tmp_path, "other", [*founding, *enrolments[2:4]])
    with ExitStack() as stack:
        urls = []
        for number, each in enumerate(WITNESSES, 1):
            make_witness(tmp_path / f"w{number}", each, log.verifier_key)
            urls.append(stack.enter_context(witness(tmp_path / f"w{number}"))[0])
        policy_file = tmp_path / "policy"
        policy_file.write_text(policy_text(WITNESSES, 2, urls=urls, log=log), "utf-8")
        policy = Policy.parse(policy_file.read_bytes())
        shown = serve(stack, tmp_path, "shown", policy_file)
        other = serve(stack, tmp_path, "other", None)
        wait_until(lambda: requests.get(f"{shown}/v1/witnesses", timeout=9).json()["met"] is True)
        (tmp_path / "trust.json").write_bytes(requests.get(f"{shown}/v1/trust", timeout=9).content)

        # Both logs are sound in themselves, and only one of them is witnessed.
        assert audit(tmp_path, shown, "--policy", "policy").returncode == 0
        assert audit(tmp_path, other).returncode == 0
        told = audit(tmp_path, other, "--policy", "policy")
        assert told.returncode == 1
        assert json.loads(told.stdout)["checks"]["witnessed"] == "unknown"

        # The operator tries to have it witnessed after all.
        note = requests.get(f"{other}/log/checkpoint", timeout=9).text
        tree = checkpoint.open(note, [log.verifier_key])
        for one in policy.witnesses.values():
            with pytest.raises(WitnessFault, match="ahead"):
                ask(one, note, tree, old_size=tree.size, prove=lambda *_: (), send=send)
        processes.run(tmp_path, "witness", "status", "w1", code=1)
        [held] = json.loads(processes.run(tmp_path, "witness", "evidence", "w1", ORIGIN))
        ours = checkpoint.open(held["cosigned"], [log.verifier_key])
        theirs = checkpoint.open(AddCheckpoint.parse(held["request"].encode()).note, [log.verifier_key])
        assert (held["kind"], ours.size, ours.origin) == ("fork", theirs.size, theirs.origin)
        assert ours.root != theirs.root
