"""`packtrace verify --disclosures`: restricted claims beside a receipt, from a file of either form."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.verify import verify_command
from ledger import merkle, tiles
from ledger.receipt import Receipt
from ledger.tiles import RightEdge
from tests import audits
from tests.audits import LOG, BuiltLog
from tests.lives import opening
from tests.scenario import Story, pack


@pytest.fixture
def receipt(tmp_path: Path) -> tuple[Path, list[str]]:
    """A receipt of a measurement in a file, and the disclosures of its claims."""
    story = Story("measured")
    texts = [*opening(story), story.pack_manufactured(pack(1)), story.health_measured(pack(1))]
    log = audits.build(texts)
    path = tmp_path / "receipt.txt"
    path.write_text(_receipt(log, len(texts) - 1).format(), "utf-8")
    return path, texts[-1].split("~")[1:-1]


def _receipt(log: BuiltLog, index: int) -> Receipt:
    edge, changed = RightEdge().append([merkle.hash_leaf(data) for data in log.entries])
    stored = {(one.level, one.n): one.data for one in changed}
    reader = tiles.HashReader(edge.size, lambda keys: [stored[key.level, key.n] for key in keys])
    proof = merkle.prove_inclusion(index, edge.size, reader.read_hashes)
    return Receipt(log.entries[index], index, tuple(proof), audits.serve(log.entries, {}, LOG).note)


def verdict(receipt: Path, disclosures: str) -> tuple[str, Result]:
    file = receipt.with_name("disclosures")
    file.write_text(disclosures, "utf-8")
    result = CliRunner().invoke(verify_command, [str(receipt), "--disclosures", str(file), "--json"])
    return str(json.loads(result.output)["checks"]["disclosed"]["verdict"]), result


def test_disclosures_are_read_one_a_line_as_an_sd_jwt_has_them_or_as_the_server_gives_them(
    receipt: tuple[Path, list[str]],
) -> None:
    path, texts = receipt
    for form in ("\n".join(texts), "~".join(texts) + "~", json.dumps({"id": "x", "disclosures": texts})):
        assert verdict(path, form)[0] == "ok"
    for form in ("\n".join(texts[1:]), "", json.dumps({"id": "x"})):
        assert verdict(path, form)[0] == "unknown"
    changed, result = verdict(path, "\n".join([texts[0][:-1] + "A", *texts[1:]]))
    assert changed == "failed"
    assert result.exit_code == 1


def test_a_file_that_holds_no_disclosures_is_refused(receipt: tuple[Path, list[str]]) -> None:
    path, _ = receipt
    for text in ("{", '{"disclosures": 7}', '{"disclosures": [7]}'):
        file = path.with_name("disclosures")
        file.write_text(text, "utf-8")
        result = CliRunner().invoke(verify_command, [str(path), "--disclosures", str(file)])
        assert result.exit_code == 1
        assert "checks" not in result.output
