"""The commands beside the database: a log begun, pinned, rebuilt, served; the demonstration as a command."""

import json
import re
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from cli import main
from cli.demo.story import LEAST_PACKS
from cli.serve import server_command
from cli.settings import BASE_URL, DATABASE_URL, LOG_KEY, ORIGIN, WITNESS_POLICY
from crypto.keys import Algorithm, PrivateKey
from ledger.trust import Trust

REGISTRAR = "org:91999999DEM000014G"
INIT = (
    "init",
    "--origin",
    "log.example/own",
    "--registrar",
    REGISTRAR,
    "--name",
    "登记",
    "--key",
    "admin.pem",
)


class Served(Exception):  # noqa: N818  no error: the place where the server would begin
    """The server would run now."""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every command run in an empty folder, in English, and never become a server."""

    def run_server(host: str, port: int, *, workers: int, environment: Mapping[str, str]) -> None:
        raise Served(host, port, workers, environment)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C")
    for name in (ORIGIN, LOG_KEY, BASE_URL, DATABASE_URL, WITNESS_POLICY):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("cli.serve.run_server", run_server)
    monkeypatch.setattr("cli.demo.command.run_server", run_server)


def run(*arguments: str, code: int = 0, typed: str | None = None) -> Result:
    """Run a command; it must end with this exit code."""
    result = CliRunner().invoke(main, arguments, input=typed)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def make_keys(password: bytes | None = None) -> None:
    """Write the registrar's admin and recovery keys."""
    Path("admin.pem").write_bytes(PrivateKey.from_seed(bytes([1]) * 32).to_pem(password))
    Path("recovery.pem").write_bytes(PrivateKey.from_seed(bytes([2]) * 32).to_pem(None))


@pytest.fixture
def own(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A log of one's own, begun; the URL of its database."""
    monkeypatch.setenv(DATABASE_URL, database_url)
    monkeypatch.setenv(ORIGIN, "log.example/own")
    make_keys()
    run(*INIT, "--recovery", "recovery.pem")
    return database_url


def test_a_log_is_begun_and_pinned(own: str) -> None:
    trust = Trust.parse(run("trust").output)
    assert trust.origin == "log.example/own"
    assert run("vkey").output.strip() == trust.vkey.format()
    assert "equals the replay" in run("rebuild", "--check").output
    assert own


def test_a_log_is_begun_once(own: str) -> None:
    assert own
    assert "already" in run(*INIT, "--recovery", "recovery.pem", code=1).stderr


def test_a_changed_row_is_found_and_put_right(own: str) -> None:
    # In an SQLite file the writer's lock is free between commands.
    engine = create_engine(own.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE organisation SET state = replace(state, 'registrar', 'recycler')"))
    engine.dispose()
    found = json.loads(run("rebuild", "--check", "--json", code=1).output)
    assert found["differences"][0]["table"] == "organisation"
    assert "1 rows differ" in run("rebuild", "--check", code=1).stderr
    assert "put 1 rows right" in run("rebuild").output
    assert "equals the replay" in run("rebuild", "--check").output


def test_a_recovery_key_may_be_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ORIGIN, "log.example/own")
    make_keys()
    key = PrivateKey.generate(Algorithm.ES256)
    Path("recovery.json").write_text(json.dumps(key.verifier.jwk()))
    told = json.loads(run(*INIT, "--recovery", "recovery.json", "--json").output)
    assert told["origin"] == "log.example/own"
    assert Path("admin-office.pem").exists()


def test_an_office_key_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ORIGIN, "log.example/own")
    make_keys()
    Path("office.pem").write_bytes(PrivateKey.from_seed(bytes([3]) * 32).to_pem(None))
    run(*INIT, "--recovery", "recovery.pem", "--office", "office.pem")
    assert not Path("admin-office.pem").exists()


@pytest.mark.parametrize(("content", "said"), [(b"{}", "no public key"), (b"\xff", "cannot read")])
def test_a_recovery_file_that_is_no_key_is_named(content: bytes, said: str) -> None:
    make_keys()
    Path("recovery.txt").write_bytes(content)
    assert said in run(*INIT, "--recovery", "recovery.txt", code=1).stderr


def test_a_pass_phrase_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.keyfiles.asks_people", lambda: True)
    run("keygen", "-o", "typed.pem", typed="open\nopen\n")
    assert "PrivateKey Ed25519" in repr(PrivateKey.from_pem(Path("typed.pem").read_bytes(), b"open"))
    make_keys(b"open")
    run(*INIT, "--recovery", "recovery.pem", typed="open\nopen\nopen\n")
    assert "PrivateKey Ed25519" in repr(PrivateKey.from_pem(Path("admin-office.pem").read_bytes(), b"open"))


def test_a_ledger_is_served_with_its_settings(own: str) -> None:
    result = CliRunner().invoke(main, ["serve", "--port", "18124", "--host", "localhost"])
    assert isinstance(result.exception, Served)
    host, port, workers, environment = result.exception.args
    assert (host, port, workers) == ("localhost", 18124, 1)
    assert environment[DATABASE_URL] == own
    assert environment[ORIGIN] == "log.example/own"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (ORIGIN, "log.example/other", "log.example/own"),
        (BASE_URL, "ftp://x", BASE_URL),
        (LOG_KEY, "x", "log key"),
    ],
)
def test_a_ledger_that_cannot_be_served_is_said_in_one_line(
    own: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    assert own
    monkeypatch.setenv(name, value)
    told = run("serve", "--port", "18124", code=1).stderr
    assert said in told
    assert len(told.splitlines()) == 1


def test_an_empty_ledger_is_not_served() -> None:
    assert "packtrace init" in run("serve", "--port", "18124", code=1).stderr


def test_a_port_in_use_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"cannot listen on 127.0.0.1:{port}" in run("serve", "--port", port, code=1).stderr
        assert "请用 --port" in run("--lang", "zh", "demo", "--serve", "--port", port, code=1).stderr
        assert not Path("var").exists()


def test_the_server_has_threads_and_the_address_asked_for() -> None:
    command = server_command("::1", 8000, 3)
    assert "--bind=[::1]:8000" in command
    assert "--workers=3" in command
    assert command[-1] == "wsgi:app"


def test_the_demonstration_says_what_to_do_with_it() -> None:
    told = run("demo", "--packs", str(LEAST_PACKS)).stdout
    assert ".venv/bin/packtrace demo --serve" in told
    assert "http://127.0.0.1:8000/p/ZZZPB01DEMO000C2L0000001" in told
    pilot = {f"pilot.key{suffix}" for suffix in ("", ".seen", ".seen.lock")}
    kept = {path.name for path in Path("var/demo").iterdir()}
    assert {"story.json", "trust.json", "keys"} | pilot == kept
    assert run("demo").stdout == told
    result = CliRunner().invoke(main, ["demo", "--serve", "--port", "48125"])
    assert isinstance(result.exception, Served)
    assert "--url http://127.0.0.1:48125" in result.output
    # Labels keep the address they were signed for.
    assert result.exception.args[3][BASE_URL] == "http://127.0.0.1:8000"
    assert result.exception.args[3][WITNESS_POLICY] == "var/demo/witnesses.policy"
    assert "independent of nobody" in result.output


def test_a_demonstration_with_a_policy_of_its_own_makes_no_witnesses(monkeypatch: pytest.MonkeyPatch) -> None:
    run("demo", "--packs", str(LEAST_PACKS))
    Path("own.policy").write_text("quorum none\n", "utf-8")
    monkeypatch.setenv(WITNESS_POLICY, "own.policy")
    result = CliRunner().invoke(main, ["demo", "--serve", "--port", "48125"])
    assert isinstance(result.exception, Served)
    assert result.exception.args[3][WITNESS_POLICY] == "own.policy"
    assert "independent of nobody" not in result.output
    assert not Path("var/demo/witnesses").exists()


def test_an_interrupted_demonstration_says_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.demo.command.build", interrupted)
    assert "goes on from here" in run("demo", code=1).stderr


@pytest.mark.parametrize("packs", ["0", "11", "5001", "many"])
def test_a_demonstration_has_its_limits(packs: str) -> None:
    assert re.search("packs", run("demo", "--packs", packs, code=2).stderr)
