"""`packtrace audit` and `packtrace verify`: exit codes, both languages, and a text for every outcome."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from cli.progress import ProgressBar
from cli.reporting import finding_line
from ledger.audit import Finding, Kind
from ledger.wording import Language, read
from tests import audits
from tests.audits import FakeSource
from tests.logs import SmallLog
from tests.scenario import MAKER, pack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    log = audits.large()
    _write(log.source(), tmp_path)
    (tmp_path / "trust.json").write_text(log.trust.format())
    return tmp_path


def _write(source: FakeSource, folder: Path) -> None:
    for name, data in {**source.tiles, "checkpoint": source.note.encode()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _run(*arguments: object, lang: str = "en") -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--lang", lang])


def test_a_folder_with_a_pinned_root_passes(folder: Path) -> None:
    result = _run("audit", folder, "--trust", folder / "trust.json")
    assert result.exit_code == 0, result.output
    assert "All of it is verified." in result.output
    assert "703" in result.output


def test_a_folder_without_a_pinned_root_passes_with_a_warning(folder: Path) -> None:
    result = _run("audit", folder)
    assert result.exit_code == 0
    assert "WARNING: nothing is pinned" in result.output
    assert "UNKNOWN  root" in result.output
    assert "All of it" not in result.output


def test_the_warning_stands_beside_the_json_too(folder: Path) -> None:
    result = _run("audit", folder, "--json")
    assert json.loads(result.stdout)["checks"]["root"] == "unknown"
    assert "nothing is pinned" in result.stderr


def test_a_folder_without_any_root_of_trust_fails(folder: Path) -> None:
    (folder / "trust.json").unlink()
    result = _run("audit", folder)
    assert result.exit_code == 1
    assert "--trust is missing" in result.output


def test_a_changed_tile_fails_and_is_named(folder: Path) -> None:
    path = folder / "tile/0/001"
    path.write_bytes(b"\0" * 32 + path.read_bytes()[32:])
    for lang, words in (("en", "FAILED"), ("zh", "失败")):
        result = _run("audit", folder, "--trust", folder / "trust.json", lang=lang)
        assert result.exit_code == 1
        assert words in result.output
        assert "tile/0/001" in result.output


def test_many_findings_are_counted(folder: Path) -> None:
    (folder / "tile/entries/000").write_bytes(b"\0\1x")
    result = _run("audit", folder, "--trust", folder / "trust.json")
    assert result.exit_code == 1
    assert "more of kind unknown" in result.output
    assert "may follow from entry 0" in result.output


def test_an_older_checkpoint_is_compared(folder: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.write_text(audits.serve(audits.large().entries[:100], {}).note)
    result = _run("audit", folder, "--trust", folder / "trust.json", "--since", older)
    assert result.exit_code == 0
    assert "still begins with" in result.output


def test_receipts_are_checked_by_their_files(folder: Path, tmp_path: Path) -> None:
    log, mine = audits.large(), tmp_path / "mine"
    mine.write_text(audits.receipt(log, 300, 301).format())
    called = ("audit", folder, "--trust", folder / "trust.json", "--receipt", mine)
    result = _run(*called)
    assert result.exit_code == 0
    assert "the entries of 1 receipts are in the log" in result.output
    other = replace(log, entries=(*log.entries[:299], log.entries[300], log.entries[299]))
    mine.write_text(audits.receipt(other, 300, 301).format())
    for lang, words in (("en", "mine promises"), ("zh", "mine 所承诺")):
        result = _run(*called, lang=lang)
        assert result.exit_code == 1
        assert words in result.output
    mine.write_text("no receipt")
    assert "is no receipt" in _run(*called).output


def test_another_place_is_a_wrong_call(tmp_path: Path) -> None:
    assert _run("audit", tmp_path / "nowhere").exit_code == 2
    assert _run("audit").exit_code == 2


def test_a_server_out_of_reach_fails(folder: Path) -> None:
    result = _run("audit", "http://127.0.0.1:1", "--trust", folder / "trust.json")
    assert result.exit_code == 1
    assert "cannot be reached" in result.output


def test_a_file_that_is_no_root_of_trust_fails(folder: Path) -> None:
    result = _run("audit", folder, "--trust", folder / "checkpoint")
    assert result.exit_code == 1
    assert "no trust file" in result.output


@pytest.fixture
def receipt(tmp_path: Path) -> Path:
    log = SmallLog(20)
    path = tmp_path / "receipt"
    path.write_text(log.receipt(7).format())
    return path


def test_a_receipt_of_no_event_fails_in_both_languages(receipt: Path) -> None:
    for lang, words in (("en", "NOT verified."), ("zh", "未通过验证。")):
        result = _run("verify", receipt, lang=lang)
        assert result.exit_code == 1
        assert words in result.output


def test_a_receipt_as_json(receipt: Path) -> None:
    told = json.loads(_run("verify", receipt, "--json").stdout)
    assert told["checks"]["log"] == {"verdict": "unknown", "reason": "not_pinned"}


def test_a_text_that_is_no_receipt_fails(folder: Path) -> None:
    result = _run("verify", folder / "trust.json")
    assert result.exit_code == 1
    assert result.output.startswith("Error")


def test_a_key_file_that_is_none_fails(receipt: Path, folder: Path) -> None:
    assert _run("verify", receipt, "--key", folder / "checkpoint").exit_code == 1


def test_a_missing_file_is_a_wrong_call(tmp_path: Path) -> None:
    assert _run("verify", tmp_path / "none").exit_code == 2


def test_both_languages_have_the_same_texts() -> None:
    zh, en = (read("cli", "reports", lang) for lang in Language)
    assert {area: set(texts) for area, texts in zh.items()} == {
        area: set(texts) for area, texts in en.items()
    }


OLDER = {"why": "x", "origin": "o", "size": 9, "older_size": 10, "receipt": "mine"}
MEMBERS = {"members": {"count": {"served": 1, "expected": 2}}}
ASKED = {
    "why": "x",
    "size": 9,
    "wrong": 2,
    "figure": "f",
    "measure": "packs",
    "by": "phase",
    "side": "to",
    **MEMBERS,
}
FINDINGS = [
    Finding(kind=Kind.UNKNOWN, reason="rules.event_unknown", index=3, facts={"event": "pack.enchanted"}),
    Finding(kind=Kind.UNKNOWN, reason="rules.unknown", index=3, facts={"version": "2999.01"}),
    Finding(kind=Kind.UNKNOWN, reason="prev.stale", index=4, follows=3),
    Finding(kind=Kind.UNKNOWN, reason="differs", item=str(pack(1)), follows=3),
    Finding(kind=Kind.UNKNOWN, reason="moved", item=str(pack(1))),
    Finding(kind=Kind.RULE, reason="org.suspended", index=4, event="e", item=str(MAKER.id)),
    Finding(kind=Kind.ITEM, reason="behind", item=str(pack(1)), facts={"answered_at": 1, "size": 2}),
    Finding(kind=Kind.ENTRY, reason="time_beyond", index=1),
    Finding(kind=Kind.CHECKPOINT, reason="not_announced", facts={"origin": "o"}),
    Finding(kind=Kind.CHECKPOINT, reason="after_move", index=3, facts={"origin": "o", "size": "9"}),
    Finding(kind=Kind.SINCE, reason="not_announced", facts={"origin": "o"}),
    Finding(kind=Kind.SINCE, reason="after_move", index=3, facts={"origin": "o", "size": "9"}),
    Finding(
        kind=Kind.INDEX,
        reason="differs",
        index=7,
        facts={"size": 5, "stated_root": "a", "stated_count": 2, "root": "b", "count": 3},
    ),
    Finding(kind=Kind.INDEX, reason="too_far_back", index=7, facts={"size": 5, "window": 1}),
    Finding(
        kind=Kind.CONFIRMED,
        reason="count",
        index=7,
        facts={"kid": "k", "stated": 3, "found": 4, "first": 1, "last": 6},
    ),
    Finding(
        kind=Kind.INDEX, reason="line", item="a", facts={"position": 3, "served": "a 1", "expected": "a 2"}
    ),
    Finding(kind=Kind.INDEX, reason="line", item="a", facts={"position": 3, "served": "a 1"}),
    Finding(kind=Kind.INDEX, reason="line", item="a", facts={"position": 3, "expected": "a 2"}),
    Finding(kind=Kind.INDEX, reason="not_traced", facts={"why": "x"}),
    *(
        Finding(kind=kind, reason=reason, facts=OLDER)
        for kind in (Kind.KEPT, Kind.PROMISE)
        for reason in ("not_signed", "not_announced", "after_move", "differs")
    ),
    *(Finding(kind=Kind.KEPT, reason=reason, facts=OLDER) for reason in ("shrunk", "not_served")),
    *(Finding(kind=Kind.PROMISE, reason=reason, facts=OLDER) for reason in ("proof", "replaced", "dropped")),
    *(
        Finding(kind=kind, reason=reason, item=str(MAKER.id), facts=ASKED)
        for kind in (Kind.STATISTICS, Kind.OFFER, Kind.ACCOUNT, Kind.HISTORY)
        for reason in ("differs", "not_served", "answer", "too_new", "too_old")
    ),
    *(
        Finding(kind=kind, reason=reason, facts=ASKED)
        for kind in (Kind.STATISTICS, Kind.OFFER)
        for reason in ("withheld", "invented")
    ),
    Finding(kind=Kind.ITEM, reason="key_differs", item="kid"),
    Finding(kind=Kind.ITEM, reason="firm_differs", item=str(MAKER.id)),
    Finding(kind=Kind.ITEM, reason="keys_not_served", facts={"why": "gone"}),
    Finding(kind=Kind.ITEM, reason="alias", item="code", facts={"expected": str(pack(1))}),
    *(
        Finding(kind=Kind.FINDING, reason=reason, index=1, facts={"id": "1:a.b:c", "why": "x", "members": {}})
        for reason in ("withheld", "invented", "differs", "not_served", "answer")
    ),
    *(
        Finding(kind=Kind.ENTRY, reason=reason, facts={"logged_at_ms": 1, "size": 2, "cosigned_at_ms": 3})
        for reason in ("dated_back", "dated_ahead")
    ),
]


@pytest.mark.parametrize("finding", FINDINGS)
@pytest.mark.parametrize("lang", list(Language))
def test_every_finding_has_a_sentence(finding: Finding, lang: Language) -> None:
    line = finding_line(finding, lang)
    assert "{" not in line
    assert len(line) > 10


def test_progress_is_drawn_where_it_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar(shown=True) as bar:
        bar("entries", 10, 20)
        bar("entries", 20, 20)
        bar("items", 1, 1)
    with ProgressBar(shown=False) as bar:
        bar("entries", 1, 1)
    told = capsys.readouterr().err
    assert "entries" in told
    assert "20/20" in told


@pytest.mark.parametrize(
    ("line", "why"),
    [(b"[" * 100_000, "nested too deeply"), (b'"\xff"', "not UTF-8"), (b"{", "not JSON")],
    ids=["nested", "bytes", "cut"],
)
def test_what_is_wrong_with_a_kept_audit_is_said_in_words(
    folder: Path, tmp_path: Path, line: bytes, why: str
) -> None:
    state = tmp_path / "state"
    state.write_bytes(line + b"\n")
    result = _run("audit", folder, "--trust", folder / "trust.json", "--state", state)
    assert result.exit_code == 1
    assert why in result.output


@pytest.mark.parametrize("option", ["--save", "--state"])
def test_a_file_that_cannot_be_written_is_told_before_the_audit(folder: Path, option: str) -> None:
    result = _run("audit", folder, option, folder / "trust.json" / "kept")
    assert result.exit_code == 1
    assert "cannot write" in result.output
    assert "signatures" not in result.output


def test_custodians_are_gone_round_only_where_a_sample_is_drawn(folder: Path) -> None:
    assert "--by-custodian needs --sample" in _run("audit", folder, "--by-custodian").output


def test_a_policy_that_demands_no_witness_shows_nothing_of_any(folder: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text("quorum none\n")
    result = _run("audit", folder, "--trust", folder / "trust.json", "--policy", policy)
    assert result.exit_code == 0, result.output
    assert "the policy demands no witness" in result.stderr
    assert "witnessed" not in result.stdout
