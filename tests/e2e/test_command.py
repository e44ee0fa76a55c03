"""The real command in its own processes: the READMEs' tours, second starts, Ctrl-C, one's own ledger."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
import requests

from cli.demo.story import LEAST_PACKS
from ledger.policy import Policy
from tests.panel import until

REPOSITORY = Path(__file__).parents[2]
READMES = ["README.md", "README.zh-CN.md"]
COMMAND = [sys.executable, "-m", "cli"]
START_S = 60
PATIENCE_S = 3
NOTHING: Final[Mapping[str, str]] = {}
URL = "http://127.0.0.1:8000"


def environment(settings: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """Return this process's environment without settings of the machine, and the clone on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PACKTRACE_")}
    return {**kept, "PYTHONPATH": str(REPOSITORY), "LC_ALL": "C.UTF-8", **settings}


def run(
    folder: Path, *arguments: str, code: int = 0, settings: Mapping[str, str] = NOTHING
) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder; it must end with this exit code and without a traceback."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    return done


def free_port() -> int:
    """Return a port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    folder: Path, *arguments: str, port: int, settings: Mapping[str, str] = NOTHING
) -> Iterator[subprocess.Popen[str]]:
    """Start a command that serves, wait until it answers, and stop it as Ctrl-C would."""
    with (folder / "server.txt").open("w+") as output:
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--port", str(port)],
            cwd=folder,
            env=environment(settings),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}/readyz", folder)
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=START_S)


def _wait(process: subprocess.Popen[str], url: str, folder: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert process.poll() is None, (folder / "server.txt").read_text()
        try:
            if requests.get(url, timeout=5).ok:
                return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)
    raise AssertionError((folder / "server.txt").read_text())


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A demonstration that is served: the folder it runs in and its URL."""
    folder = tmp_path_factory.mktemp("tour")
    (folder / "docs").symlink_to(REPOSITORY / "docs")
    port = free_port()
    with serving(folder, "demo", "--packs", str(LEAST_PACKS), "--serve", port=port):
        yield folder, f"http://127.0.0.1:{port}"


def commands(readme: str) -> Iterator[tuple[str, ...]]:
    """Yield each block of commands of a README, lines continued with a backslash joined."""
    text = (REPOSITORY / readme).read_text("utf-8")
    for block in re.findall(r"(?ms)^```sh\n(.*?)^```", text):
        lines = tuple(line for line in block.replace("\\\n", " ").splitlines() if line.strip())
        if not lines[0].startswith("make"):
            yield lines


@pytest.mark.parametrize("readme", READMES)
def test_every_command_of_a_readme_works(readme: str, tour: tuple[Path, str]) -> None:
    folder, url = tour
    for name in ("tour", "own"):
        subprocess.run(["rm", "-rf", str(folder / "var" / name)], check=True)
    settings = {"PACKTRACE_URL": url}
    count = 0
    for line in (line for block in commands(readme) for line in block):
        words = shlex.split(line.replace(URL, url), comments=True)
        if words[0] == "export":
            settings |= dict(word.split("=", 1) for word in words[1:])
            continue
        assert words[0] == ".venv/bin/packtrace"
        done = run(folder, *words[1:], code=1 if "exit code 1" in line else 0, settings=settings)
        if "--policy" in words:
            assert re.search("(ok|通过) +(witnessed|见证)", done.stdout), done.stdout
            assert re.search("independent of nobody|不独立于任何人", done.stderr)
        if words[1] == "label":
            named = "the ledger names exactly this label|the one that the ledger names|登记的正是这"
            assert re.search(named, done.stdout), done.stderr
        count += 1
    assert count >= 14


def test_both_readmes_have_the_same_commands() -> None:
    plain = [
        [line.split("#")[0].replace(" --lang zh", "").strip() for block in commands(readme) for line in block]
        for readme in READMES
    ]
    assert plain[0] == plain[1]


def test_the_demonstration_says_in_both_languages_what_to_open(tour: tuple[Path, str]) -> None:
    folder, url = tour
    told = (folder / "server.txt").read_text()
    assert "演示数据已就绪" in told
    assert "The demonstration is ready" in told
    pages = re.findall(rf"{url}/p/\S+", told)
    assert len(set(pages)) >= 4
    assert {requests.get(page, timeout=10).status_code for page in pages} == {200}
    assert f"audit {url} --trust var/demo/trust.json --policy var/demo/witnesses.policy" in told


def test_three_witnesses_cosign_the_demonstration_and_nobody_calls_them_independent(
    tour: tuple[Path, str],
) -> None:
    folder, url = tour
    told = requests.get(f"{url}/v1/witnesses", timeout=10).json()
    assert told["met"]
    assert [one["state"] for one in told["witnesses"]] == ["ok"] * 3
    pages = [requests.get(f"{url}{path}?lang=en", timeout=10).text for path in ("/", "/audit")]
    for said in (told["detail"], (folder / "server.txt").read_text(), *pages):
        assert re.search("independent of nobody|不独立于任何人", said)


def test_a_port_that_is_taken_is_said_in_one_line(tour: tuple[Path, str]) -> None:
    folder, url = tour
    done = run(folder, "demo", "--serve", "--port", url.rpartition(":")[2], code=1)
    assert done.stderr.startswith("Error: cannot listen")
    assert len(done.stderr.splitlines()) == 1


def test_a_second_server_on_the_same_database_is_refused_in_one_line(tour: tuple[Path, str]) -> None:
    folder, _ = tour
    done = run(folder, "serve", "--port", str(free_port()), code=1)
    assert "another process writes" in done.stderr


def test_the_next_start_keeps_the_data(tmp_path: Path) -> None:
    first = run(tmp_path, "demo", "--packs", str(LEAST_PACKS))
    trust = (tmp_path / "var/demo/trust.json").read_bytes()
    began = time.monotonic()
    port = free_port()
    with serving(tmp_path, "demo", "--serve", port=port):
        checkpoint = requests.get(f"http://127.0.0.1:{port}/log/checkpoint", timeout=10).text
        policy = Policy.parse((tmp_path / "var/demo/witnesses.policy").read_bytes())
    assert time.monotonic() - began < START_S / 2
    until(lambda: not any(_answers(str(one.url)) for one in policy.witnesses.values()), START_S)
    assert "events in" in first.stderr
    assert (tmp_path / "var/demo/trust.json").read_bytes() == trust
    assert checkpoint.startswith((tmp_path / "var/log.pem.seen").read_text())
    assert "equals the replay" in run(tmp_path, "rebuild", "--check").stdout


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_ctrl_c_leaves_what_the_next_run_goes_on_from(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "demo", "--packs", "400"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    seen = tmp_path / "var" / "log.pem.seen"
    end = time.monotonic() + START_S
    while time.monotonic() < end and (not seen.exists() or _size(seen) < 300):
        assert process.poll() is None
        time.sleep(0.02)
    told = interrupted(process)
    assert process.returncode == 1
    assert "Traceback" not in told
    assert "goes on from here" in told
    half = _size(seen)
    run(tmp_path, "demo")
    assert _size(seen) > half
    assert "equals the replay" in run(tmp_path, "rebuild", "--check").stdout


def interrupted(process: "subprocess.Popen[str]") -> str:
    """Press Ctrl-C, and again where nothing comes of it: Python drops one that meets it in a finaliser."""
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=PATIENCE_S)[1]
    return process.communicate(timeout=START_S)[1]


def _size(seen: Path) -> int:
    return int(seen.read_text().splitlines()[1])


def test_a_ledger_of_ones_own_is_begun_served_and_told_apart(tmp_path: Path) -> None:
    settings = {"PACKTRACE_ORIGIN": "log.example/own", "PACKTRACE_KEY_PASSPHRASE": "secret"}
    run(tmp_path, "keygen", "-o", "admin.pem", settings=settings)
    run(tmp_path, "keygen", "-o", "recovery.pem", "--alg", "ES256", settings=settings)
    arguments = ("init", "--origin", "log.example/own", "--registrar", "91999999DEM000014G", "--name", "登记")
    keys = ("--key", "admin.pem", "--recovery", "recovery.pem")
    assert "entry 0" in run(tmp_path, *arguments, *keys, settings=settings).stdout
    assert (tmp_path / "admin-office.pem").stat().st_mode & 0o777 == 0o600
    assert "already" in run(tmp_path, *arguments, *keys, code=1, settings=settings).stderr
    (tmp_path / "trust.json").write_text(run(tmp_path, "trust", settings=settings).stdout)
    assert run(tmp_path, "vkey", settings=settings).stdout.startswith("log.example/own+")
    wrong = run(
        tmp_path,
        "serve",
        "--port",
        str(free_port()),
        code=1,
        settings={"PACKTRACE_ORIGIN": "log.example/other"},
    )
    assert "log.example/own" in wrong.stderr
    port = free_port()
    with serving(tmp_path, "serve", port=port, settings=settings):
        run(tmp_path, "audit", f"http://127.0.0.1:{port}", "--trust", "trust.json")
