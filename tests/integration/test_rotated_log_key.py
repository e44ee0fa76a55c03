"""A log that takes another key, or another origin, and goes on with its witnesses and its kept past."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api import create_app
from api.config import Config
from api.service import Service, open_service
from cli import main
from cli.sources import FolderSource
from crypto.note import NoteSigner, VerifierKey
from ledger import checkpoint
from ledger.audit import Trust, audit
from ledger.cosigning.contradiction import contradicts
from ledger.logkey import make_log_key
from ledger.logkeys import FormerKey, LogKeys, MalformedFormerKeysError, parse_former
from ledger.sequencer.outcomes import Logged, ReadOnlyError
from ledger.verdict import Verdict
from ledger.verify import ReceiptCheck, verify_receipt
from ledger.witness.storage import Storage
from ledger.witnessed import witnessing
from tests.consortium import ORIGIN, pack
from tests.fakes import FakeClock
from tests.lives import opening
from tests.loopback import serving
from tests.panel import Panel
from tests.scenario_last import LastStory
from tests.site import NOW_MS
from tests.witnesses import policy_text, signed

MOVED = "moved.example/packtrace"


class Rotating:
    """A witnessed log that is about to go on under another key."""

    def __init__(self, panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
        self.panel, self.patch = panel, monkeypatch
        self.story = LastStory()
        self.old = panel.log
        service = panel.service()
        self.log(service, *opening(self.story))
        self.kept = self.await_quorum(service)
        self.root = self.entry_id(service)
        service.close()

    def log(self, service: Service, *texts: str) -> list[Logged]:
        """Submit events, each of which must be logged."""
        outcomes = service.sequencer.submit(list(texts))
        done = [one for one in outcomes if isinstance(one, Logged)]
        assert len(done) == len(texts), outcomes
        return done

    @staticmethod
    def await_quorum(service: Service) -> str:
        """Return the released checkpoint once a quorum has cosigned it."""
        size = service.sequencer.released().checkpoint.size
        witnesses = service.witnesses
        assert witnesses is not None
        found = witnesses.wait_for(size - 1, 20)
        assert found is not None
        return found.note

    @staticmethod
    def entry_id(service: Service) -> str:
        """Return the id of entry 0."""
        with service.snapshot() as snapshot:
            return snapshot.entry_rows(0, 1)[0].event_id

    def announce(self, origin: str = ORIGIN) -> NoteSigner:
        """Make the new key, announce it, and let it take over as the command does."""
        new = make_log_key(self.panel.folder / "new.pem", origin)
        vkey = new.verifier_key.format()
        service = self.panel.service()
        told = self.story.log_key_added(vkey) if origin == ORIGIN else self.story.log_moved(origin, vkey)
        self.log(service, told)
        self.await_quorum(service)
        service.close()
        return new

    def takeover(self, origin: str = ORIGIN, code: int = 0) -> Result:
        """Run the command that lets the new key take over."""
        folder = self.panel.folder
        self.patch.setenv("PACKTRACE_DATABASE_URL", f"sqlite:///{folder / 'ledger.db'}")
        self.patch.setenv("PACKTRACE_ORIGIN", origin)
        self.patch.setenv("PACKTRACE_LOG_KEY", str(folder / "new.pem"))
        words = ("takeover", "--from", str(folder / "log.pem"), "--from-origin", ORIGIN, "--json")
        result = CliRunner().invoke(main, words)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    def go_on(self, new: NoteSigner) -> Service:
        """Open the log under its new key, which the witnesses and the policy are told of."""
        for number in range(1, 6):
            storage = Storage(self.panel.folder / f"w{number}.db")
            storage.trust(new.verifier_key)
            assert storage.distrust(self.old.verifier_key)
            assert not storage.distrust(self.old.verifier_key)
        text = policy_text(urls=self.panel.urls, log=new)
        (self.panel.folder / "policy").write_text(f"log {self.old.verifier_key.format()}\n{text}", "utf-8")
        self.story.origin = new.name
        return open_service(self.config(new), FakeClock(NOW_MS))

    def config(self, new: NoteSigner) -> Config:
        """Return the settings of the log under its new key."""
        folder = self.panel.folder
        return Config(
            database_url=f"sqlite:///{folder / 'ledger.db'}",
            origin=new.name,
            log_key=folder / "new.pem",
            witness_policy=folder / "policy",
        )


@pytest.fixture
def rotating(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> Rotating:
    return Rotating(panel, monkeypatch)


@pytest.mark.parametrize("origin", [ORIGIN, MOVED], ids=["key_added", "moved"])
def test_the_witnesses_go_on_with_the_tree_under_the_new_key(rotating: Rotating, origin: str) -> None:
    new = rotating.announce(origin)
    rotating.takeover(origin)
    service = rotating.go_on(new)
    [logged] = rotating.log(service, rotating.story.pack_manufactured(pack(1)))
    found = rotating.await_quorum(service)
    assert checkpoint.open(found, [new.verifier_key]).size == logged.index + 1
    policy = service.witnesses.policy if service.witnesses else None
    assert policy is not None
    assert len(witnessing(found, policy).times_s) >= 3
    # The same policy still reads what was witnessed under the old key.
    assert witnessing(rotating.kept, policy).is_met
    app = create_app(service.config, opened=service)
    told = app.test_client().get("/log/checkpoints").get_json()["checkpoints"]
    text = app.test_client().get(f"/log/checkpoints/{told[0]['size']}").text
    old = checkpoint.open(text, [rotating.old.verifier_key])
    with serving(app) as url:
        trust = Trust(rotating.old.verifier_key, rotating.root)
        words = ["audit", url, "--trust", str(write(rotating.panel.folder, "old.json", trust.format()))]
        since = write(rotating.panel.folder, "since", text)
        done = CliRunner().invoke(main, [*words, "--since", str(since)])
        assert done.exit_code == 0, done.output
        check_followed(rotating, url, moved=origin == MOVED)
        copy = rotating.panel.folder / "copy"
        now = write(rotating.panel.folder, "new.json", Trust(new.verifier_key, rotating.root).format())
        made = CliRunner().invoke(main, ["export", "tiles", str(copy), "--url", url, "--trust", str(now)])
        assert made.exit_code == 0, made.output
    assert audit(FolderSource(copy), Trust.parse(now.read_bytes()), items=False).ok
    assert old.size < logged.index
    service.close()


def check_followed(rotating: Rotating, url: str, *, moved: bool) -> None:
    """Verify a dossier of today as a reader does who has the old trust file, with and without witnesses."""
    folder = rotating.panel.folder
    saved, trust, policy = (str(folder / name) for name in ("pack.json", "old.json", "policy"))
    done = CliRunner().invoke(main, ["dossier", pack(1).value, "-o", saved, "--url", url])
    assert done.exit_code == 0, done.output
    words = ["verify", saved, "--trust", trust, "--incomplete", "--json"]
    by_witnesses, alone = (CliRunner().invoke(main, [*words, *more]) for more in (["--policy", policy], []))
    log = json.loads(by_witnesses.output)["checks"]["log"]
    assert (by_witnesses.exit_code, log["reason"]) == ((1, "not_signed") if moved else (0, "followed"))
    assert (alone.exit_code, json.loads(alone.output)["checks"]["log"]["reason"]) == (1, "not_signed")


def write(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_a_copy_of_the_log_goes_on_over_the_change(rotating: Rotating) -> None:
    folder = rotating.panel.folder
    service = rotating.panel.service()
    trust = Trust(rotating.old.verifier_key, rotating.root)
    with serving(create_app(service.config, opened=service)) as url:
        path = write(folder, "t", trust.format())
        words = ["export", "tiles", str(folder / "copy"), "--url", url, "--trust", str(path)]
        assert CliRunner().invoke(main, words).exit_code == 0
    service.close()
    new = rotating.announce()
    rotating.takeover()
    service = rotating.go_on(new)
    rotating.log(service, rotating.story.pack_manufactured(pack(1)))
    service.close()
    rotating.patch.setenv("PACKTRACE_WITNESS_POLICY", str(folder / "policy"))
    done = CliRunner().invoke(main, ["export", "tiles", str(folder / "copy")])
    assert done.exit_code == 0, done.output
    found = audit(FolderSource(folder / "copy"), replace(trust, vkey=new.verifier_key), items=False)
    assert found.ok, found.findings
    # What was cosigned under the old key is in the copy too.
    kept = {path.read_text("utf-8") for path in (folder / "copy" / "checkpoints").iterdir()}
    assert any(is_signed(text, rotating.old.verifier_key) for text in kept)


def is_signed(text: str, vkey: VerifierKey) -> bool:
    return f"— {vkey.name} " in text and bool(checkpoint.open(text, [vkey]))


def test_a_database_set_back_is_noticed_across_the_change(rotating: Rotating) -> None:
    folder = rotating.panel.folder
    early = (folder / "ledger.db").read_bytes()
    new = rotating.announce()
    rotating.takeover()
    # The witnesses have seen more, and all of it under the old key.
    for path in folder.glob("ledger.db-*"):
        path.unlink()
    (folder / "ledger.db").write_bytes(early)
    service = rotating.go_on(new)
    with pytest.raises(ReadOnlyError):
        service.sequencer.check_ready()
    assert (folder / "new.pem.contradiction").exists()
    service.close()


def test_a_stolen_former_key_cannot_stop_the_log(rotating: Rotating) -> None:
    new = rotating.announce()
    rotating.takeover()
    service = rotating.go_on(new)
    size = service.sequencer.released().checkpoint.size
    forged = signed(size + 5, bytes(32), rotating.old)
    keys = LogKeys(new.verifier_key, (FormerKey(rotating.old.verifier_key, size),))

    def root_at(_size: int) -> bytes | None:
        return None

    assert not contradicts(forged, keys, root_at)
    assert contradicts(signed(size, bytes(32), rotating.old), keys, root_at)
    service.sequencer.check_ready()
    service.close()


def test_a_receipt_from_before_the_change_still_verifies(rotating: Rotating) -> None:
    service = rotating.panel.service()
    with service.snapshot() as snapshot:
        event = snapshot.entry_rows(0, 1)[0].event_id
    client = create_app(service.config, opened=service).test_client()
    receipt = client.get(f"/v1/events/{event}/receipt").text
    service.close()
    new = rotating.announce()
    rotating.takeover()
    rotating.go_on(new).close()
    found = verify_receipt(receipt, Trust(rotating.old.verifier_key, rotating.root))
    assert found.checks[ReceiptCheck.INCLUDED].verdict is Verdict.OK


@pytest.mark.parametrize("text", ["x", "1", "01 key", "-1 key", "1 log+00000000+AAAA", "1 a\n" * 65])
def test_a_file_of_former_keys_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(MalformedFormerKeysError):
        parse_former(text)


def test_a_damaged_file_of_former_keys_leaves_the_log_read_only(rotating: Rotating) -> None:
    new = rotating.announce()
    rotating.takeover()
    (rotating.panel.folder / "new.pem.former").write_bytes(b"\xff")
    with pytest.raises(Exception, match="former"):
        rotating.go_on(new)


def test_a_key_that_was_not_announced_takes_nothing_along(rotating: Rotating) -> None:
    make_log_key(rotating.panel.folder / "new.pem", ORIGIN)
    rotating.takeover(code=1)
    assert not (rotating.panel.folder / "new.pem.former").exists()
