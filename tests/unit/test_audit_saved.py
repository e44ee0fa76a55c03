"""An audit goes on where an earlier one ended: with the same outcome, and never on what does not fit."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from crypto.note import NoteSigner
from ledger.audit import Check, Kind, Report, SavedAuditError, Trust, audit
from ledger.verdict import Verdict
from tests import audits
from tests.audits import LOG, BuiltLog, FakeSource
from tests.consortium import private_key


@cache
def _kept(size: int) -> tuple[bytes, ...]:
    """Return the lines of an audit of so many entries."""
    log, lines = audits.large(), list[bytes]()
    audit(audits.serve(log.entries[:size], {}), log.trust, items=False, save=lines.extend)
    return tuple(lines)


def _resumed(
    source: FakeSource, lines: tuple[bytes, ...], *, trust: Trust | None = None, items: bool = False
) -> Report:
    return audit(source, trust or audits.large().trust, items=items, resumed=iter(lines))


def _outcome(report: Report) -> dict[str, object]:
    told = report.to_json()
    work = ("bundles", "tiles")
    counts = told["counts"]
    assert isinstance(counts, dict)
    return {
        **told,
        "resumed": None,
        "checks": None,
        "counts": {n: c for n, c in counts.items() if n not in work},
    }


@pytest.mark.parametrize("size", [1, 255, 256, 300, 700, 703])
def test_an_audit_that_goes_on_ends_as_one_from_the_beginning(size: int) -> None:
    log = audits.large()
    whole = audits.run(log.source(), log.trust)
    report = _resumed(log.source(), _kept(size), items=True)
    assert report.ok, report.findings
    assert report.resumed == size
    assert report.checks[Check.SINCE] is Verdict.OK
    assert _outcome(report) == _outcome(whole)


def test_what_was_judged_is_not_read_again() -> None:
    log = audits.large()
    source = log.source()
    _resumed(source, _kept(600))
    assert not any("entries/000" in path or "entries/001" in path for path in source.asked)


def test_what_is_wrong_behind_the_earlier_end_is_found() -> None:
    log = audits.large()
    entries = [*log.entries]
    entries[650] = entries[650][:-86] + entries[651][-86:]
    found = _resumed(audits.serve(entries, {}), _kept(300)).findings
    assert (found[0].kind, found[0].index) == (Kind.SIGNATURE, 650)


def test_an_event_logged_before_the_earlier_end_is_known_as_logged() -> None:
    log = audits.large()
    again = [*log.entries[:301], log.entries[40]]
    report = _resumed(audits.serve(again, {}), _kept(301))
    assert (Kind.DUPLICATE, "event_id") in [(one.kind, one.reason) for one in report.findings]


def test_a_log_that_shrank_contradicts_the_earlier_audit() -> None:
    log = audits.large()
    report = _resumed(audits.serve(log.entries[:200], {}), _kept(300))
    assert [(one.kind, one.reason) for one in report.findings] == [(Kind.SINCE, "shrunk")]
    assert report.checks[Check.TREE] is Verdict.UNKNOWN


@pytest.mark.parametrize("size", [300, 703])
def test_a_rewritten_past_does_not_extend_the_earlier_audit(size: int) -> None:
    log = audits.large()
    entries = [*log.entries]
    entries[5] = entries[5][:-86] + entries[6][-86:]
    report = _resumed(audits.serve(entries[:size], {}), _kept(300))
    assert report.checks[Check.SINCE] is not Verdict.OK
    assert not report.ok


def test_an_audit_with_findings_is_not_kept() -> None:
    log, lines = audits.small(), list[bytes]()
    entries = [*log.entries[:-1], log.entries[-1][:-86] + log.entries[-2][-86:]]
    audit(audits.serve(entries, {}), log.trust, items=False, save=lines.extend)
    assert lines == []


def _damaged() -> Iterator[tuple[bytes, ...]]:
    lines = _kept(300)
    yield ()
    yield lines[:-1]
    yield (*lines, lines[1])
    yield (*lines[:5], lines[5].replace(b"e", b"f", 1), *lines[6:])
    yield (*lines[:5], *lines[6:])
    yield (b"no json", *lines[1:])
    yield (b'{"v":2}\n', *lines[1:])
    yield (*lines[:5], b"[" * 100_000, *lines[5:])
    yield (*lines[:5], b'["remark", "\xff", 0]\n', *lines[5:])


@pytest.mark.parametrize("lines", list(_damaged()))
def test_a_damaged_file_is_not_gone_on_with(lines: tuple[bytes, ...]) -> None:
    with pytest.raises(SavedAuditError):
        _resumed(audits.large().source(), lines)


def _forged(**members: object) -> tuple[bytes, ...]:
    """Return a kept audit with other members in its head and the right hash."""
    import hashlib  # noqa: PLC0415  only a forger needs it

    head, *others, _ = _kept(300)
    lines = [json.dumps({**json.loads(head), **members}).encode() + b"\n", *others]
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    return (*lines, json.dumps(["end", digest]).encode())


@pytest.mark.parametrize(
    "members",
    [
        {"edge": [["00" * 32]]},
        {"size": 299},
        {"note": audits.serve(audits.large().entries[:299], {}).note},
        {"note": "no note"},
        {"note": audits.serve(audits.large().entries[:300], {}, NoteSigner(LOG.name, private_key("x"))).note},
        {"counts": {}},
        {"root": "A" * 43},
    ],
)
def test_a_tree_that_its_checkpoint_does_not_sign_is_not_gone_on_with(members: dict[str, object]) -> None:
    with pytest.raises(SavedAuditError):
        _resumed(audits.large().source(), _forged(**members))


def test_an_audit_of_another_log_is_not_gone_on_with() -> None:
    log = audits.large()
    with pytest.raises(SavedAuditError, match="another log"):
        _resumed(log.source(), _kept(300), trust=Trust(log.trust.vkey, log.event_id(1)))


def test_an_older_checkpoint_beside_it_is_a_wrong_call() -> None:
    log = audits.large()
    with pytest.raises(ValueError, match="its own older checkpoint"):
        audit(log.source(), log.trust, since="x", resumed=iter(_kept(300)))


def _folder(log: BuiltLog, size: int, folder: Path) -> None:
    source = audits.serve(log.entries[:size], {})
    for name, data in {**source.tiles, "checkpoint": source.note.encode()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "trust.json").write_text(log.trust.format())


def _audit(folder: Path, *more: object) -> Result:
    arguments = ["audit", folder, "--trust", folder / "trust.json", *more]
    return CliRunner().invoke(main, [*map(str, arguments), "--lang", "en"])


def test_the_command_goes_on_from_the_file_it_kept(tmp_path: Path) -> None:
    log, kept = audits.large(), tmp_path / "kept" / "audit"
    _folder(log, 300, tmp_path)
    assert _audit(tmp_path, "--state", kept).exit_code == 0
    _folder(log, 703, tmp_path)
    result = _audit(tmp_path, "--state", kept)
    assert result.exit_code == 0, result.output
    assert "first 300 entries" in result.output
    assert _audit(tmp_path, "--state", kept, "--since", tmp_path / "checkpoint").exit_code == 2
    kept.write_bytes(kept.read_bytes()[:-50])
    result = _audit(tmp_path, "--state", kept)
    assert result.exit_code == 1
    assert "remove it" in result.output
