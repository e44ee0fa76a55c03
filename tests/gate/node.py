"""Node runs the gate's modules for the tests."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.javascript import node

FOLDER: Final = Path(__file__).parent
_SECONDS: Final = 60


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
