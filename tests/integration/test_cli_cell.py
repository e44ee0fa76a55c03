"""`packtrace cell` finds what a cell was built into; `packtrace verify` checks its proof offline."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from cli import client, main
from tests.ledgers import LOG, opened
from tests.live import Live, serving
from tests.scenario import MAKER, RECYCLER, cell, module, pack

CELLS = [[cell(number) for number in range(first, first + 24)] for first in (1, 25)]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Live, str, str]]:
    """Serve a pack with its cells; with the event as it was sent and the root of trust."""
    folder = tmp_path_factory.mktemp("cells")
    with serving(f"sqlite:///{folder / 'ledger.db'}", folder) as running:
        story = opened(running.ledger)
        text = story.pack_manufactured(pack(1), {module(1): CELLS[0], module(2): CELLS[1]})
        running.ledger.log([text])
        root = next(iter(story.events))
        trust = {"v": 1, "origin": LOG.name, "vkey": LOG.verifier_key.format(), "root": root}
        yield running, text, json.dumps(trust)


def run(live: Live, *arguments: object, code: int = 0) -> Result:
    """Run a command; it must end with this exit code."""
    told = [str(one) for one in arguments]
    result = CliRunner().invoke(main, told, env={"PACKTRACE_URL": live.url, "LC_ALL": "C"})
    assert result.exit_code == code, (result.output, result.exception)
    return result


@pytest.fixture
def listed(live: tuple[Live, str, str], tmp_path: Path) -> Path:
    """Return a file of the maker: an event without cells, and the one with them."""
    path = tmp_path / "made.txt"
    path.write_text(f"\n{live[1]}\n", encoding="ascii")
    return path


def test_a_cell_is_found_in_the_makers_own_files(live: tuple[Live, str, str], listed: Path) -> None:
    output = run(live[0], "cell", cell(30).value, "--list", listed).output
    assert f"{cell(30)} was built into {module(2)}" in output
    told = json.loads(run(live[0], "cell", str(cell(3)), "--list", listed, "--json").output)
    assert (told["unit"], told["proof"]) == (str(module(1)), None)
    assert "装在" in run(live[0], "cell", cell(3).value, "--list", listed, "--lang", "zh").output


def test_a_proof_is_verified_offline_by_who_has_no_list(
    live: tuple[Live, str, str], listed: Path, tmp_path: Path
) -> None:
    proof, trust, keys = (tmp_path / name for name in ("cell.json", "trust.json", "keys.json"))
    trust.write_text(live[2], encoding="ascii")
    output = run(live[0], "cell", cell(30).value, "--list", listed, "-o", proof).output
    assert f"saved {proof}" in output
    keys.write_text(json.dumps(MAKER.key().verifier.jwk()), encoding="ascii")
    offline = Live(live[0].ledger, "http://127.0.0.1:9")
    shown = run(offline, "verify", proof, "--trust", trust, "--key", keys).output
    assert f"{cell(30)} → {module(2)}" in shown
    assert f"the event commits to this cell among the 24 of {module(2)}" in shown
    told = json.loads(run(offline, "verify", proof, "--trust", trust, "--key", keys, "--json").output)
    assert told["ok"]
    assert told["checks"]["committed"]["verdict"] == "ok"
    # Without the trust file the log is unknown, which is not ok.
    run(offline, "verify", proof, "--key", keys, code=1)


def test_a_changed_proof_fails(live: tuple[Live, str, str], listed: Path, tmp_path: Path) -> None:
    proof = tmp_path / "cell.json"
    run(live[0], "cell", cell(30).value, "--list", listed, "-o", proof)
    proof.write_text(
        proof.read_text(encoding="utf-8").replace(str(module(2)), str(module(1))), encoding="utf-8"
    )
    assert "does not commit" in run(live[0], "verify", proof, code=1).output
    proof.write_text("{}", encoding="utf-8")
    run(live[0], "verify", proof, code=1)


def test_the_list_may_come_from_the_ledger_by_right(
    live: tuple[Live, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = live[0].ledger.clock.now_ms() / 1000
    monkeypatch.setattr(client, "time", SimpleNamespace(time=lambda: now_s))
    key, other = tmp_path / "maker.pem", tmp_path / "other.pem"
    key.write_bytes(MAKER.key().to_pem(None))
    other.write_bytes(RECYCLER.key().to_pem(None))
    asked = ("cell", cell(1).value, "--unit", pack(1).code, "--base-url", "http://127.0.0.1:8000", "--key")
    assert str(module(1)) in run(live[0], *asked, key).output
    assert "in none of these lists" in run(live[0], *asked, other, code=1).output


def test_a_list_that_is_none_or_of_another_event_is_refused(
    live: tuple[Live, str, str], listed: Path, tmp_path: Path
) -> None:
    assert "in none of these lists" in run(live[0], "cell", cell(99).value, "--list", listed, code=1).output
    other = tmp_path / "other.txt"
    other.write_text("rubbish~", encoding="ascii")
    assert "is no signed event" in run(live[0], "cell", cell(1).value, "--list", other, code=1).output
    run(live[0], "cell", cell(1).value, code=2)
    run(live[0], "cell", cell(1).value, "--unit", pack(1).code, code=2)
    assert "not recognised" in run(live[0], "cell", "???", "--list", listed, code=1).output
