"""The commands of a witness and of a static copy, in both languages."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from api import create_app
from api.service import open_service
from cli import main
from cli.sources import FolderSource
from crypto import note
from crypto.cosignature import CosignerKey, open_cosignatures
from ledger.audit import audit
from ledger.checkpoint import open as open_checkpoint
from ledger.cosigning.folder import CosignedFolder
from ledger.entry import Entry
from ledger.logkeys import LogKeys
from ledger.policy import Policy
from ledger.trust import Trust
from ledger.witness.folder import WitnessFolderError, open_witness
from ledger.witness.request import AddCheckpoint
from ledger.witness.storage import WitnessStorageError
from tests import live
from tests.ledgers import LOG
from tests.loopback import serving
from tests.scenario import ORIGIN, Story
from tests.site import Site
from tests.unit.test_witness import FORKED, body, tree
from tests.witnesses import COSIGNERS, TIME_S, cosigned, policy_text
from witness.app import application

VKEY = LOG.verifier_key.format()
INIT = ("witness", "init", "w", "--name", "witness.example/w", "--log", VKEY)

pytestmark = pytest.mark.usefixtures("elsewhere")


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def test_a_witness_with_two_keys_cosigns_under_both() -> None:
    told = run(*INIT, "--alg", "ed25519", "--alg", "ml-dsa-44", "--no-passphrase", "--json")
    keys = [CosignerKey.parse(text) for text in json.loads(told.output)["vkeys"]]
    lines = open_witness(Path("w")).add_checkpoint(body(0, 5))
    assert len(open_cosignatures(tree(5) + lines, keys)) == 2
    for path in Path("w").glob("*.pem"):
        assert path.stat().st_mode & 0o777 == 0o600
    shown = run("witness", "status", "w").output
    assert f"{ORIGIN}  size 5" in shown
    assert "从未" not in run("--lang", "zh", "witness", "status", "w").output


def test_an_encrypted_key_needs_its_pass_phrase(monkeypatch: pytest.MonkeyPatch) -> None:
    run(*INIT, code=1)
    monkeypatch.setenv("PACKTRACE_KEY_PASSPHRASE", "a phrase")
    run(*INIT)
    assert b"ENCRYPTED" in Path("w/ed25519.pem").read_bytes()
    assert open_witness(Path("w")).latest("0") is None
    monkeypatch.setenv("PACKTRACE_KEY_PASSPHRASE", "another")
    with pytest.raises(WitnessFolderError):
        open_witness(Path("w"))
    told = run("witness", "serve", "w", code=2).output
    assert "w/ed25519.pem" in told
    assert "is not that of the key" in told
    monkeypatch.delenv("PACKTRACE_KEY_PASSPHRASE")
    assert "set PACKTRACE_KEY_PASSPHRASE" in run("witness", "serve", "w", code=2).output
    assert "请设置 PACKTRACE_KEY_PASSPHRASE" in run("witness", "serve", "w", "--lang", "zh", code=2).output
    monkeypatch.setenv("PACKTRACE_KEY_PASSPHRASE_FILE", "nowhere")
    assert "PACKTRACE_KEY_PASSPHRASE_FILE: nowhere" in run("witness", "serve", "w", code=2).output


def _removed(path: Path) -> None:
    path.unlink()


def _junk(path: Path) -> None:
    path.write_bytes(b"\xff\n")


@pytest.mark.parametrize(
    ("name", "harm", "why"),
    [
        ("name", _removed, "w/name: there is none"),
        ("name", _junk, "w/name: it is no witness's name"),
        ("ed25519.pem", _removed, "w/*.pem: there is none"),
        ("ed25519.pem", _junk, "w/ed25519.pem: it is no key of a witness"),
    ],
    ids=["no name", "no such name", "no key", "no such key"],
)
def test_a_witness_whose_folder_is_damaged_is_not_served_and_the_file_is_named(
    name: str, harm: Callable[[Path], None], why: str
) -> None:
    run(*INIT, "--no-passphrase")
    harm(Path("w", name))
    assert why in run("witness", "serve", "w", code=2).output


def test_a_witness_is_made_once_and_not_served_without_its_memory() -> None:
    run(*INIT, "--no-passphrase")
    assert "witness trust" in run(*INIT, "--no-passphrase", code=1).output
    Path("w/witness.db").unlink()
    assert "missing" in run("witness", "serve", "w", code=1).output
    with pytest.raises(WitnessStorageError):
        open_witness(Path("w"))
    assert "is retired" in run(*INIT, "--no-passphrase", code=1).output


def test_a_log_may_be_added_and_a_bad_vkey_is_refused() -> None:
    run("witness", "init", "w", "--name", "w", "--no-passphrase")
    run("witness", "trust", "w", "nonsense", code=2)
    run("witness", "trust", "w", VKEY)
    assert "never cosigned" in run("witness", "status", "w").output
    assert json.loads(run("witness", "status", "w", "--json").output)["logs"][0]["size"] == 0


def test_evidence_of_a_fork_is_printed_and_status_fails() -> None:
    run(*INIT, "--no-passphrase")
    client = _application().test_client()
    assert client.post("/add-checkpoint", data=body(0, 8)).status_code == 200
    assert client.post("/add-checkpoint", data=body(8, 8, FORKED)).status_code == 422
    run("witness", "status", "w", code=1)
    [held] = json.loads(run("witness", "evidence", "w", ORIGIN).output)
    assert held["kind"] == "fork"
    theirs = AddCheckpoint.parse(held["request"].encode()).note
    assert note.open(theirs, [LOG.verifier_key]).text != note.open(held["cosigned"], [LOG.verifier_key]).text


def test_an_unproven_checkpoint_is_no_fork_and_status_says_what_to_do_about_it() -> None:
    run(*INIT, "--no-passphrase")
    client = _application().test_client()
    assert client.post("/add-checkpoint", data=body(0, 8)).status_code == 200
    assert "audit --since" not in run("witness", "status", "w").output
    assert client.post("/add-checkpoint", data=body(8, 12, FORKED)).status_code == 422
    for lang, said in (("en", "is no proof of a fork"), ("zh", "不是分叉的证据")):
        told = run("--lang", lang, "witness", "status", "w").output
        assert said in told
        assert "packtrace audit --since" in told
    [held] = json.loads(run("witness", "evidence", "w", ORIGIN).output)
    assert (held["kind"], held["checkpoint"]) == ("unproven", tree(12, FORKED))


def _application() -> Flask:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PACKTRACE_WITNESS_FOLDER", "w")
        return application()


def test_serve_becomes_a_server_of_that_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    run(*INIT, "--no-passphrase")
    seen: list[tuple[str, Mapping[str, str]]] = []

    def serve(
        host: str, port: int, *, workers: int, environment: Mapping[str, str], application: str
    ) -> None:
        assert (host, workers) == ("127.0.0.1", 1)
        assert port > 0
        seen.append((application, environment))

    monkeypatch.setattr("cli.witness.run_server", serve)
    monkeypatch.setattr("cli.witness.check_port", lambda *_: None)
    run("witness", "serve", "w", "--port", "7381")
    assert seen == [("witness.app:application()", {"PACKTRACE_WITNESS_FOLDER": str(Path("w").absolute())})]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Site]:
    """Make a ledger that the settings name."""
    monkeypatch.setenv("PACKTRACE_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("PACKTRACE_LOG_KEY", str(tmp_path / "log.pem"))
    monkeypatch.setenv("PACKTRACE_ORIGIN", ORIGIN)
    return lambda: Site(tmp_path)


def test_a_copy_of_the_own_ledger_passes_the_audit(site: Callable[[], Site]) -> None:
    ledger = site()
    ledger.found()
    ledger.close()
    assert "holds" in run("export", "tiles", "copy").output
    told = json.loads(run("export", "tiles", "copy", "--json").output)
    assert not told["grown"]
    shown = run("export", "tiles", "copy").output
    assert "is up to date" in shown
    assert "packtrace audit" in shown
    trust = Trust.parse(Path("copy/trust.json").read_bytes())
    report = audit(FolderSource(Path("copy")), trust, items=False)
    assert (report.ok, report.size) == (True, told["size"])
    run("audit", "copy", "--trust", "copy/trust.json")
    Path("copy/checkpoint").write_text(tree(5), "utf-8")
    assert "not brought up to date" in run("export", "tiles", "copy", code=1).output


def test_a_copy_bears_the_cosignatures_that_the_policy_demands(
    site: Callable[[], Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = site()
    ledger.found()
    vkey, note = ledger.service.vkey, ledger.service.sequencer.checkpoint()
    ledger.close()
    text = policy_text().replace(VKEY, vkey.format())
    Path("policy").write_text(text, "utf-8")
    monkeypatch.setenv("PACKTRACE_WITNESS_POLICY", "policy")
    run("export", "tiles", "early")
    made = cosigned(note, *COSIGNERS[:3])
    CosignedFolder(tmp_path / "log.pem.cosigned", LogKeys(vkey), Policy.parse(text)).publish(made, TIME_S)
    run("export", "tiles", "copy")
    assert (Path("early/checkpoint").read_text("utf-8"), Path("copy/checkpoint").read_text("utf-8")) == (
        note,
        made,
    )
    run("audit", "copy", "--trust", "copy/trust.json", "--policy", "policy")
    run("audit", "early", "--trust", "copy/trust.json", "--policy", "policy", code=1)
    # What is kept for ever is in the copy too, under the address at which a server has it.
    [kept] = Path("copy/checkpoints").iterdir()
    assert kept.read_text("utf-8") == made
    assert int(kept.name) == open_checkpoint(made, [vkey]).size
    run("export", "tiles", "copy")
    served = create_app(
        ledger.config, opened=open_service(replace(ledger.config, witness_policy=Path("policy")))
    )
    with serving(served) as url:
        run("export", "tiles", "again", "--url", url, "--trust", "copy/trust.json")
    served.extensions["packtrace"].close()
    assert Path("again/checkpoints", kept.name).read_text("utf-8") == made


def test_a_copy_of_a_served_log_grows_with_it(tmp_path: Path) -> None:
    with live.serving(f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path) as served:
        story = Story()
        first = served.ledger.log(story.founding())
        root = event_id_of(first[0].entry_bytes)
        Path("trust.json").write_text(Trust(LOG.verifier_key, root).format(), "utf-8")
        words = ("export", "tiles", "copy", "--url", served.url, "--trust", "trust.json", "--json")
        assert json.loads(run(*words).output)["size"] == len(first)
        more = served.ledger.log(story.enrolments())
        assert json.loads(run(*words).output)["size"] == len(first) + len(more)
    run("audit", "copy", "--trust", "trust.json")


def event_id_of(entry: bytes) -> str:
    return Entry.decode(entry).event_id


def test_serve_refuses_a_policy_that_is_none_or_names_another_log(
    site: Callable[[], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = site()
    ledger.found()
    ledger.close()
    monkeypatch.setattr("cli.serve.check_port", lambda *_: None)
    monkeypatch.setattr("cli.serve.run_server", lambda *_, **__: None)
    monkeypatch.setenv("PACKTRACE_WITNESS_POLICY", "policy")
    assert "PACKTRACE_WITNESS_POLICY: there is no file policy" in run("serve", code=1).output
    Path("policy").write_text("quorum W1\n", "utf-8")
    assert "PACKTRACE_WITNESS_POLICY" in run("serve", code=1).output
    Path("policy").write_text(f"log {VKEY}\nquorum none\n", "utf-8")
    assert "does not name this log" in run("serve", code=1).output
    Path("policy").write_text("quorum none\n", "utf-8")
    run("serve")
    Path("policy").unlink()
    run("serve", code=1)


def test_an_export_says_what_it_needs() -> None:
    assert "BUCKET" in run("export", "tiles", "s3:///log", code=2).output
    assert "--trust" in run("export", "tiles", "copy", "--url", "http://127.0.0.1:9", code=2).output
    for where in ("", " ", "gs://bucket", "file:/tmp/copy", "http://127.0.0.1/copy"):
        assert "neither a folder" in run("export", "tiles", where, code=2).output
    assert [*Path().iterdir()] == []
    assert "存储桶" in run("--lang", "zh", "export", "tiles", "s3:///log", code=2).output
