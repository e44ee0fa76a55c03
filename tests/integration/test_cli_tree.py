"""`packtrace tree` draws generations with masses, in both languages, against a real server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from tests.integration.test_lineage import BLACK, NEW, SOLD, forty_packs
from tests.ledgers import opened
from tests.live import Live, serving
from tests.scenario import MAKER, RECYCLER, pack


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Serve the forty packs."""
    folder = tmp_path_factory.mktemp("tree")
    with serving(f"sqlite:///{folder / 'ledger.db'}", folder) as running:
        running.ledger.log(forty_packs(opened(running.ledger)))
        yield running


def run(live: Live, *arguments: str, code: int = 0) -> Result:
    """Run the command; it must end with this exit code."""
    result = CliRunner().invoke(main, ["tree", *arguments], env={"PACKTRACE_URL": live.url, "LC_ALL": "C"})
    assert result.exit_code == code, (result.output, result.exception)
    return result


def test_a_lot_is_drawn_with_where_it_came_from_and_where_it_went(live: Live) -> None:
    lines = run(live, str(SOLD), "--element", "Li").output.splitlines()
    assert lines[0] == f"{SOLD}  (material lot, 100 kg)"
    assert lines[3].startswith("  └ divided 100 kg  #")
    assert any(f"{BLACK}  (black mass, 5,000 kg)" in line for line in lines)
    assert any("└ processed 100 kg" in line or ", 200 kg added" in line for line in lines)
    assert any(f"{pack(40)}  (battery pack, 400 kg)" in line for line in lines)
    assert any(line.endswith(f"{MAKER.model()} 2026  (model and year)") for line in lines)
    assert any(line.endswith("claimed Li 11 kg; provable from the ledger 11.22 kg") for line in lines)
    assert "made of (Li, 18,700 g)" in lines
    assert "  waste batteries: 18,700 g" in lines
    assert "    and 28 more (--json lists them)" in lines


def test_a_new_pack_is_drawn_with_the_content_claimed_for_its_model(live: Live) -> None:
    output = run(live, NEW.code, "--up").output
    assert "claimed as recycled content" in output
    assert str(RECYCLER.lot("LI2CO3")) in output
    assert "became" not in output


def test_a_tree_that_is_cut_says_so_and_one_of_nothing_too(live: Live) -> None:
    assert "(1 more not followed)" in run(live, str(SOLD), "--up", "--depth", "1").output
    assert run(live, NEW.code, "--down").output.splitlines()[-1] == "  nothing"


def test_a_tree_speaks_chinese(live: Live) -> None:
    output = run(live, str(SOLD), "--lang", "zh").output
    assert "来源" in output
    assert "分装 100 kg" in output
    assert "由何构成（质量，100 kg）" in output
    assert "另有 1 处未展开" in run(live, str(SOLD), "--up", "--depth", "1", "--lang", "zh").output


def test_a_program_gets_the_answer_as_it_is(live: Live) -> None:
    told = json.loads(run(live, str(SOLD), "--down", "--json").output)
    assert [act["course"] for act in told["down"]["acts"]] == ["claimed"]


def test_what_is_no_id_is_refused(live: Live, tmp_path: Path) -> None:
    assert "not recognised" in run(live, "???", code=1).output
    assert run(live, pack(777).code, code=1).output
    assert not list(tmp_path.iterdir())
