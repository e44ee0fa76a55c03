"""Attacks of an operator on its own log, with its real key; each ends in a named finding of a stranger's."""

import shutil
from pathlib import Path

import pytest

from ledger.entry import Entry
from tests.attacks import Operator, checkpoint_of, findings, get, opened_story, pin, static_log, told
from tests.consortium import MAKER, pack
from tests.e2e.test_two_views import WITNESSES
from tests.integration import processes
from tests.integration.test_witness_processes import make_witness, wait_until, witness
from tests.scenario import ORIGIN
from tests.witnesses import cosigned, policy_text


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def telling(*numbers: int) -> list[str]:
    """Return the log's beginning, always the same, and the making of the packs of these numbers."""
    story, begun = opened_story()
    return [*begun, *(story.pack_manufactured(pack(number)) for number in numbers)]


def test_an_event_is_rewritten_and_everything_rebuilt(operator: Operator) -> None:
    folder = operator.folder
    operator.write("shown", telling(1, 2, 3))
    pin(operator, "shown")
    make_witness(folder / "w1", WITNESSES[0], operator.key.verifier_key)
    with witness(folder / "w1") as (url, _):
        policy = policy_text(WITNESSES[:1], 1, urls=[url], log=operator.key)
        (folder / "policy").write_text(policy, "utf-8")
        with operator.serving("shown", PACKTRACE_WITNESS_POLICY=str(folder / "policy")) as shown:
            wait_until(lambda: f"{WITNESSES[0].name} " in get(f"{shown}/log/checkpoint"))
            (folder / "kept").write_text(get(f"{shown}/log/checkpoint"), "utf-8")
        # Pack 2 never was: another stands in its place, and tree, states and checkpoint are all made anew.
        operator.write("rewritten", telling(1, 4, 3, 5))
        with operator.serving("rewritten") as rewritten:
            assert told(folder, "audit", rewritten, "--trust", "trust.json", code=0)["ok"]
            assert ("since", "differs") in findings(folder, rewritten, "--since", "kept")
            assert ("witness", "no_quorum") in findings(folder, rewritten, "--policy", "policy")
        # The operator asks the witness to go along; the log is read-only from then on.
        with operator.serving("rewritten", PACKTRACE_WITNESS_POLICY=str(folder / "policy")) as rewritten:
            sent = folder / "event.sdjwt"
            sent.write_text(telling(6)[-1], "utf-8")
            refused = told(folder, "submit", "event.sdjwt", "--url", rewritten, "--tries", "1")
            assert refused["rule"] == "writer.read_only"
    assert processes.run(folder, "witness", "status", "w1", code=0)


def test_a_submission_is_dropped_whose_receipt_exists(operator: Operator) -> None:
    folder = operator.folder
    done = operator.write("shown", telling(1, 2))
    pin(operator, "shown")
    dropped = operator.write("dropped", telling(1))
    assert len(dropped) == len(done) - 1
    grown = operator.write("grown", telling(1, 3, 4))
    assert len(grown) > len(done)
    (folder / "since").write_text(checkpoint_of(done[-1].receipt_text), "utf-8")
    (folder / "receipt").write_text(done[-1].receipt_text, "utf-8")
    for name, reason, promise in (("dropped", "shrunk", "dropped"), ("grown", "differs", "replaced")):
        static_log(folder / f"{name}-copy", operator.entries(name), operator.key)
        found = findings(folder, f"{name}-copy", "--since", "since")
        assert ("since", reason) in found
        # The receipt alone says it too, and which entry it was.
        found = findings(folder, f"{name}-copy", "--receipt", "receipt")
        assert ("promise", promise) in found
    # Who holds only the log's copy notices nothing: it is the receipt that speaks.
    assert told(folder, "audit", "grown-copy", "--trust", "trust.json", code=0)["ok"]


def test_an_inner_tile_is_forged_under_honest_outer_ones(operator: Operator) -> None:
    folder = operator.folder
    story, begun = opened_story()
    operator.write("shown", begun)
    texts = [story.pack_manufactured(pack(number)) for number in range(1, 258 - len(begun))]
    operator.write("shown", texts)
    pin(operator, "shown")
    honest = operator.entries("shown")
    static_log(folder / "copy", honest, operator.key)
    assert told(folder, "audit", "copy", "--trust", "trust.json", code=0)["ok"]
    forged = [*honest[:200], honest[201], honest[200], *honest[202:]]
    static_log(folder / "forged", forged, operator.key)
    # The checkpoint and the tile above are the honest ones; the full tile of leaves and its entries are not.
    for path in ("checkpoint", "tile/1/000.p/1"):
        shutil.copy(folder / "copy" / path, folder / "forged" / path)
    found = told(folder, "audit", "forged", "--trust", "trust.json")["findings"]
    assert ("tile", "tile/0/000") in {(one["kind"], one.get("path")) for one in found}
    # The tile of leaves alone is forged, under honest entries.
    shutil.rmtree(folder / "forged" / "tile" / "entries")
    shutil.copytree(folder / "copy" / "tile" / "entries", folder / "forged" / "tile" / "entries")
    found = told(folder, "audit", "forged", "--trust", "trust.json")["findings"]
    assert ("tile", "tile/0/000") in {(one["kind"], one.get("path")) for one in found}


def test_an_entry_is_dated_back(operator: Operator) -> None:
    folder = operator.folder
    operator.write("shown", telling(1, 2))
    pin(operator, "shown")
    entries = [Entry.decode(one) for one in operator.entries("shown")]
    back = Entry(entries[-1].logged_at_ms - 86_400_000, entries[-1].jws)
    static_log(folder / "copy", [*(one.encode() for one in entries[:-1]), back.encode()], operator.key)
    assert ("entry", "time_falls") in findings(folder, "copy")


def test_an_entry_is_dated_back_between_two_cosigned_checkpoints(operator: Operator) -> None:
    folder = operator.folder
    operator.write("shown", telling(1))
    pin(operator, "shown")
    entries = operator.entries("shown")
    last = Entry.decode(entries[-1])
    (folder / "policy").write_text(policy_text(WITNESSES, 1, log=operator.key), "utf-8")
    earlier = (static_log(folder / "earlier", entries[:-1], operator.key) / "checkpoint").read_text("utf-8")
    # A day after the pack is said to have been made, the witness still saw a tree without it.
    kept = cosigned(earlier, WITNESSES[0], time_s=last.logged_at_ms // 1000 + 86_400)
    (folder / "kept").write_text(kept, "utf-8")
    latest = static_log(folder / "copy", entries, operator.key) / "checkpoint"
    made = cosigned(latest.read_text("utf-8"), WITNESSES[0], time_s=last.logged_at_ms // 1000 + 90_000)
    latest.write_text(made, "utf-8")
    assert told(folder, "audit", "copy", "--trust", "trust.json", "--policy", "policy", code=0)["ok"]
    found = findings(folder, "copy", "--policy", "policy", "--since", "kept")
    assert found == {("entry", "dated_back")}
    # Who kept nothing is told the same by what the log keeps.
    (folder / "copy" / "checkpoints").mkdir()
    shutil.copy(folder / "kept", folder / "copy" / "checkpoints" / str(len(entries) - 1))
    assert findings(folder, "copy", "--policy", "policy") == {("entry", "dated_back")}


def test_a_restored_backup_is_not_signed_again(operator: Operator) -> None:
    folder = operator.folder
    story, begun = opened_story()
    operator.write("shown", begun)
    pin(operator, "shown")
    backup = (folder / "shown" / "ledger.db").read_bytes()
    operator.write("shown", [story.pack_manufactured(pack(1))])
    for path in (folder / "shown").glob("ledger.db*"):
        path.unlink()
    (folder / "shown" / "ledger.db").write_bytes(backup)
    (folder / "event.sdjwt").write_text(story.item_retired(MAKER, pack(1)), "utf-8")
    with operator.serving("shown") as url:
        refused = told(folder, "submit", "event.sdjwt", "--url", url, "--tries", "1")
        assert refused["rule"] == "writer.read_only"
        # What it serves is a checkpoint that its entries do not bear out.
        found = {kind for kind, _ in findings(folder, url)}
        assert found & {"bundle", "tile"}


def test_a_whole_machine_that_is_set_back_is_stopped_by_its_witness(operator: Operator) -> None:
    folder = operator.folder
    story, begun = opened_story()
    operator.write("shown", begun)
    pin(operator, "shown")
    shutil.copytree(folder / "shown", folder / "backup")
    operator.write("shown", [story.pack_manufactured(pack(1))])
    make_witness(folder / "w1", WITNESSES[0], operator.key.verifier_key)
    with witness(folder / "w1") as (url, _):
        policy = policy_text(WITNESSES[:1], 1, urls=[url], log=operator.key)
        (folder / "policy").write_text(policy, "utf-8")
        watched = {"PACKTRACE_WITNESS_POLICY": str(folder / "policy")}
        with operator.serving("shown", **watched) as shown:
            wait_until(lambda: f"{WITNESSES[0].name} " in get(f"{shown}/log/checkpoint"))
        (folder / "event.sdjwt").write_text(story.pack_manufactured(pack(2)), "utf-8")
        # Database, log key and the released checkpoint beside it are all of yesterday.
        with operator.serving("backup", **watched) as restored:
            refused = told(folder, "submit", "event.sdjwt", "--url", restored, "--tries", "1")
            assert refused["rule"] == "writer.read_only"
        assert (folder / "backup" / "log.pem.contradiction").exists()
    assert ORIGIN in processes.run(folder, "witness", "status", "w1")
