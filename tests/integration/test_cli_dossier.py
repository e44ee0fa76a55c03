"""`packtrace dossier`, `verify`, `absent` and `index publish` against a server, and with the network gone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import client, main
from cli.dossier_report import dossier_lines, outcome
from crypto.encoding import b64url_decode
from crypto.note import NoteSigner
from ledger.dossier import form
from ledger.dossier.verify import verify_dossier
from ledger.policy import Policy
from ledger.trust import Trust
from ledger.wording import Language, read
from tests.consortium import cell, private_key
from tests.dossiers import form_of, rewritten
from tests.ledgers import LOG, opened
from tests.live import Live, serving
from tests.scenario import MAKER, REGISTRAR, VEHICLE_MAKER, Story, pack
from tests.vectors.make import FOLDER

VECTORS: dict[str, Any] = json.loads((FOLDER / "dossier.json").read_text(encoding="utf-8"))


@dataclass(slots=True)
class Desk:
    """Somebody's desk: a server, a folder with the trust file and the registrar's key, and the commands."""

    live: Live
    story: Story
    folder: Path
    url: str

    def run(self, *arguments: object, code: int = 0, lang: str = "C") -> Result:
        """Run a command; it must end with this exit code."""
        told = [str(one) for one in arguments]
        env = {"PACKTRACE_URL": self.live.url, "LC_ALL": lang, "PACKTRACE_DATABASE_URL": self.url}
        result = CliRunner().invoke(main, told, env=env)
        assert result.exit_code == code, (result.output, result.exception)
        return result

    def file(self, name: str) -> Path:
        """Return a file of the folder."""
        return self.folder / name

    def publish(self, code: int = 0) -> Result:
        """Publish the index."""
        return self.run("index", "publish", "--key", self.file("office.pem"), code=code)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Serve a log with a sold pack, whose index is published."""
    with serving(database_url, tmp_path) as live:
        story = opened(live.ledger)
        live.ledger.log([story.pack_manufactured(pack(1)), *story.transfer(MAKER, VEHICLE_MAKER, pack(1))])
        found = Desk(live, story, tmp_path, database_url)
        found.file("office.pem").write_bytes(REGISTRAR.key().to_pem(None))
        trust = Trust(LOG.verifier_key, next(iter(story.events)))
        found.file("trust.json").write_text(trust.format(), encoding="utf-8")
        yield found


def test_a_dossier_is_saved_and_verified_where_no_server_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "published the index of" in desk.publish().output
    saved = desk.file("pack.dossier.json")
    desk.run("dossier", pack(1).code, "-o", saved)
    monkeypatch.setattr("socket.socket.connect", _no_network)
    output = desk.run("verify", saved, "--trust", desk.file("trust.json")).output
    assert "Complete up to entry" in output
    assert "each with its reason" in output
    told = json.loads(desk.run("verify", saved, "--trust", desk.file("trust.json"), "--json").output)
    assert (told["passes"], told["ok"], told["checks"]["complete"]["verdict"]) == (True, False, "ok")
    assert "完整" in desk.run("verify", saved, "--trust", desk.file("trust.json"), "--lang", "zh").output


def test_with_a_firms_key_a_dossier_has_what_that_firm_may_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = desk.live.ledger.clock.now_ms() / 1000
    monkeypatch.setattr(client, "time", SimpleNamespace(time=lambda: now_s))
    desk.publish()
    saved, trust, key = desk.file("own.dossier.json"), desk.file("trust.json"), desk.file("maker.pem")
    key.write_bytes(MAKER.key().to_pem(None))
    asked = ("dossier", pack(1).code, "-o", saved, "--base-url", "http://127.0.0.1:8000", "--key", key)
    desk.run(*asked)
    told = json.loads(desk.run("verify", saved, "--trust", trust, "--json").output)
    assert told["checks"]["disclosed"]["verdict"] == "ok"
    stranger = desk.file("stranger.pem")
    stranger.write_bytes(private_key("stranger").to_pem(None))
    assert "does not know the key" in desk.run(*asked[:-1], stranger, code=1).output


def _no_network(*_: object) -> None:
    raise AssertionError("no connection is opened")


def test_a_dossier_that_was_cut_does_not_pass(desk: Desk) -> None:
    desk.publish()
    saved, trust = desk.file("pack.dossier.json"), desk.file("trust.json")
    desk.run("dossier", pack(1).code, "-o", saved)
    told = json.loads(saved.read_text(encoding="utf-8"))
    items = {entry["index"] for entry in told["entries"] if "transfer" in _type(entry["entry"])}
    cut = {**told, "entries": [one for one in told["entries"] if one["index"] != max(items)]}
    saved.write_text(form_of(cut), encoding="utf-8")
    assert "LEFT OUT" in desk.run("verify", saved, "--trust", trust, code=1).output
    desk.run("verify", saved, "--trust", trust, "--incomplete", code=1)
    saved.write_text(form_of({**told, "published": None}), encoding="utf-8")
    assert "NOT shown to be complete" in desk.run("verify", saved, "--trust", trust, code=1).output
    assert "which you asked" in desk.run("verify", saved, "--trust", trust, "--incomplete").output


def _type(entry: str) -> str:
    found: str = json.loads(b64url_decode(entry.split(".")[1]))["event"]
    return found


def test_the_dossier_of_another_item_does_not_pass_for_this_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.publish()
    saved, trust = desk.file("pack.dossier.json"), desk.file("trust.json")
    desk.run("dossier", pack(1).code, "-o", saved)
    assert (
        "it is the dossier of" in desk.run("verify", saved, "--trust", trust, "--item", pack(1).code).output
    )
    other = desk.run("verify", saved, "--trust", trust, "--item", pack(2).code, code=1).output
    assert f"{pack(2)} was asked for" in other
    text = saved.read_text(encoding="utf-8")
    monkeypatch.setattr("cli.client.Client.get_text", lambda *_: text)
    refused = desk.run("dossier", pack(2).code, "-o", desk.file("other.json"), code=1).output
    assert f"answered with the dossier of {pack(1)}" in refused
    assert not desk.file("other.json").exists()


def test_what_a_file_cannot_answer_is_not_asked_of_it(desk: Desk) -> None:
    desk.publish()
    saved, trust = desk.file("pack.dossier.json"), desk.file("trust.json")
    desk.run("dossier", pack(1).code, "-o", saved)
    refused = desk.run("verify", saved, "--trust", trust, "--event", "x", code=1).output
    assert "--event: only for receipts" in refused
    assert "needs --policy" in desk.run("verify", saved, "--trust", trust, "--max-age", 1, code=1).output
    saved.write_text("c2sp.org/tlog-proof@v1", encoding="utf-8")
    refused = desk.run("verify", saved, "--item", pack(1).code, "--absent", "x", code=1).output
    assert "--item, --absent: only for dossiers" in refused


def test_without_anything_pinned_nothing_is_verified(desk: Desk) -> None:
    desk.publish()
    saved = desk.file("pack.dossier.json")
    desk.run("dossier", pack(1).code, "-o", saved)
    assert "--trust" in desk.run("verify", saved, code=1).output


def test_a_dossier_passes_by_the_logs_key_alone_and_says_what_is_not_pinned(desk: Desk) -> None:
    desk.publish()
    saved, vkey = desk.file("pack.dossier.json"), LOG.verifier_key.format()
    desk.run("dossier", pack(1).code, "-o", saved)
    told = desk.run("verify", saved, "--vkey", vkey).output
    assert "no witness says" in told
    assert f"entry 0, {next(iter(desk.story.events))}" in told
    other = NoteSigner(LOG.name, private_key("another log")).verifier_key.format()
    desk.run("verify", saved, "--vkey", other, code=1)
    desk.run("verify", saved, "--vkey", "nonsense", code=2)
    desk.run("verify", saved, "--vkey", vkey, "--trust", desk.file("trust.json"), code=2)


@pytest.mark.parametrize(
    ("quorum", "code", "why"),
    [("quorum both", 0, "by the word of your policy's witnesses"), ("quorum none", 1, "NOT verified")],
    ids=["met", "none demanded"],
)
def test_a_dossier_passes_by_a_policy_whose_quorum_has_cosigned(
    tmp_path: Path, quorum: str, code: int, why: str
) -> None:
    case = next(one for one in VECTORS["dossiers"] if one["checks"]["witnessed"] == "ok quorum")
    saved, policy = tmp_path / "a.dossier.json", tmp_path / "a.policy"
    saved.write_text(case["dossier"], encoding="utf-8")
    policy.write_text(VECTORS["policy"].replace("quorum both", quorum), encoding="utf-8")
    result = CliRunner().invoke(main, ["verify", str(saved), "--policy", str(policy), "--lang", "en"])
    assert result.exit_code == code, result.output
    assert why in result.output


def test_that_the_ledger_never_saw_a_code_is_proven_and_kept(desk: Desk) -> None:
    desk.publish()
    trust, kept = desk.file("trust.json"), desk.file("absent.json")
    output = desk.run("absent", pack(9).code, "--trust", trust, "-o", kept).output
    assert f"has nothing of {pack(9)}" in output
    told = json.loads(desk.run("verify", kept, "--trust", trust, "--absent", pack(9).code, "--json").output)
    assert told["absent"]["verdict"] == "ok"
    desk.run("verify", kept, "--trust", trust, "--absent", pack(1).code, code=1)
    assert "has an entry of" in desk.run("absent", pack(1).code, "--trust", trust, code=1).output


def test_a_code_that_was_scanned_is_not_absent_because_it_was_never_written_so(desk: Desk) -> None:
    desk.publish()
    trust, code = desk.file("trust.json"), pack(1).code
    for scanned in (code.lower(), f"{code[:12]} {code[12:]}", f"https://log.example/p/{code}"):
        assert f"has an entry of {pack(1)}" in desk.run("absent", scanned, "--trust", trust, code=1).output
    assert "has the form of a VIN" in desk.run("absent", "1M8GDM9AXKP042788", "--trust", trust, code=1).output
    told = desk.run("absent", "cabinet/7", "--trust", trust).output
    assert "has nothing of cabinet/7" in told
    assert "character for character" in told
    told = desk.run("absent", f"gbt34014:{code.lower()}", "--trust", trust, code=1).output
    assert f"has an entry of {pack(1)}" in told
    told = desk.run("absent", f"org:{MAKER.id.value.lower()}", "--trust", trust, code=1).output
    assert f"has an entry of {MAKER.id}" in told
    told = desk.run("absent", cell(1), "--trust", trust, code=1).output
    assert "packtrace cell" in told


def test_an_index_is_published_every_day_though_nothing_happened(desk: Desk) -> None:
    desk.publish()
    told = json.loads(desk.run("index", "publish", "--key", desk.file("office.pem"), "--json").output)
    assert told["size"] == desk.live.ledger.size - 1


def test_nothing_is_published_over_a_database_that_contradicts_the_last_index(desk: Desk) -> None:
    desk.publish()
    with rewritten(desk.url, pack(1)):
        assert "contradicts" in desk.publish(code=1).output
    desk.publish()


def test_only_the_registrar_publishes(desk: Desk) -> None:
    desk.file("office.pem").write_bytes(MAKER.key().to_pem(None))
    assert "not logged" in desk.publish(code=1).output


@pytest.mark.parametrize("case", VECTORS["dossiers"], ids=lambda case: str(case["name"]))
@pytest.mark.parametrize("lang", Language)
def test_every_verdict_has_a_sentence(case: dict[str, Any], lang: Language) -> None:
    dossier = form.parse(case["dossier"])
    trust = None if case["trust"] is None else Trust.parse(case["trust"])
    policy = Policy.parse(VECTORS["policy"]) if case["policy"] else None
    own = bool(case.get("own_policy"))
    found = verify_dossier(dossier, trust, policy=policy, own_policy=own, now_s=case["now_s"])
    lines = list(dossier_lines(dossier, found, lang, now_ms=2_000_000_000_000))
    assert len(lines) >= len(found.checks) + 3
    assert outcome(found, lang, holds=found.ok, waived=False)
    assert {f"{one.verdict} {one.reason}" for one in found.checks.values()} == set(case["checks"].values())


def told_of(name: str, lang: Language) -> str:
    """Return what is told of a vector of an index that is behind."""
    case = next(one for one in VECTORS["dossiers"] if one["name"] == name)
    dossier = form.parse(case["dossier"])
    found = verify_dossier(dossier, Trust.parse(case["trust"]), now_s=case["now_s"])
    return "\n".join(dossier_lines(dossier, found, lang, now_ms=case["now_s"] * 1000))


def test_until_when_an_index_covers_is_told_in_words() -> None:
    english, chinese = (told_of("whole", lang) for lang in (Language.EN, Language.ZH))
    assert "covers what was logged until 2026-11-01T08:13:01+08:00; later events are not" in english
    assert "涵盖 2026-11-01T08:13:01+08:00 之前" in chinese
    assert "BEHIND" not in english
    late = told_of("behind, for its time", Language.EN)
    assert "until 2026-11-01T08:11:01+08:00" in late
    assert "30 days BEHIND" in late
    assert "落后 30 天" in told_of("behind", Language.ZH)


def test_that_nobody_says_until_when_an_index_covers_is_told_in_words() -> None:
    assert "is NOT shown" in told_of("behind, undated", Language.EN)
    assert "涵盖到何时未得到证明" in told_of("behind, promised", Language.ZH)


def test_both_languages_have_the_same_texts() -> None:
    zh, en = (read("cli", "dossiers", lang) for lang in Language)
    assert {area: set(texts) for area, texts in zh.items()} == {
        area: set(texts) for area, texts in en.items()
    }


def test_what_is_no_dossier_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"v":1,"origin":1}', encoding="utf-8")
    result = CliRunner().invoke(main, ["verify", str(path)], env={"LC_ALL": "C"})
    assert result.exit_code == 1
    assert "no dossier" in result.output
