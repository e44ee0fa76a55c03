"""Processes of a test that answer on loopback: started, waited for, and ended by their own id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]
COMMAND: Final = (sys.executable, "-m", "cli")
START_S: Final = 60.0
NOTHING: Final[Mapping[str, str]] = {}


def environment(settings: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """Return this process's environment without settings of the machine, and the clone on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PACKTRACE_")}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "LC_ALL": "C.UTF-8", **settings}


def free_port() -> int:
    """Return a port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run(folder: Path, *words: str, settings: Mapping[str, str] = NOTHING, code: int = 0) -> str:
    """Run the command in a folder and return what it printed; it must end with this exit code."""
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return done.stdout


@contextmanager
def serving(
    folder: Path, command: Sequence[str], port: int, settings: Mapping[str, str] = NOTHING
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process, wait until it listens on a port, and end it with its children."""
    with (folder / f"{port}.txt").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(settings),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, port, folder)
        yield process
    finally:
        kill(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and its children at once, as a power cut would."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, folder: Path) -> None:
    until = time.monotonic() + START_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        ended = process.poll() is not None or time.monotonic() > until
        assert not ended, (folder / f"{port}.txt").read_text("utf-8", errors="replace")
        time.sleep(0.05)
