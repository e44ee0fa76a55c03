"""Builds and runs the Go client in tests/clients/go: a stranger's check, on golang.org/x/mod's word alone."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SOURCE: Path = Path(__file__).parents[1] / "clients/go"
SECONDS = 180


def build(folder: Path, source: Path = SOURCE) -> Path:
    """Return the program of a source, built into `folder`; skips the test where it cannot be built."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("needs Go to build the third-party client")
    modules = _run([go, "mod", "download"], source)
    if modules.returncode:
        pytest.skip(f"needs the client's Go modules: {modules.stderr.strip()[-200:]}")
    program = folder / "client"
    built = _run([go, "build", "-mod=readonly", "-o", str(program), "."], source)
    assert built.returncode == 0, built.stderr
    return program


def check(
    program: Path,
    vkey: str,
    *,
    url: str | None = None,
    receipt: Path | None = None,
    old: Path | None = None,
    samples: int = 64,
) -> dict[str, Any]:
    """Run the client and return what it printed; `ok` in it agrees with the exit code.

    Args:
        program: What `build` returned.
        vkey: Verifier key of the log.
        url: Prefix of the log, like `http://127.0.0.1:8080/log`; without it only the receipt is checked.
        receipt: File of a receipt.
        old: File of an earlier checkpoint that the log must go on from.
        samples: How many entries and earlier sizes are proved; every entry is downloaded and hashed anyway.
    """
    options = {"-url": url, "-vkey": vkey, "-receipt": receipt, "-old": old, "-samples": samples}
    words = [word for name, value in options.items() if value is not None for word in (name, str(value))]
    ran = _run([str(program), *words], program.parent)
    told: dict[str, Any] = json.loads(ran.stdout)
    assert told["ok"] == (ran.returncode == 0), ran.stderr
    return told


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
