"""Stolen keys: a submitter's and the log's own. What a thief makes of them ends in a stranger's finding."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.witnessing import send
from crypto.note import NoteSigner
from ledger import checkpoint
from ledger.cosigning.asking import WitnessFault, ask
from ledger.instants import Instant
from ledger.logkey import make_log_key, read_log_key
from ledger.policy import Policy
from ledger.vocabulary import Purpose
from tests.attacks import Operator, findings, get, opened_story, pin, static_log, told
from tests.consortium import MAKER, pack
from tests.e2e.test_two_views import WITNESSES
from tests.integration import processes
from tests.integration.test_witness_processes import make_witness, wait_until, witness
from tests.scenario import ORIGIN
from tests.witnesses import policy_text

MOVED = "moved.example/packtrace"


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def verified(operator: Operator, receipt: str, code: int) -> dict[str, Any]:
    """Verify a receipt offline with the key bundle, as a stranger would; return the check `signed`."""
    (operator.folder / "receipt.txt").write_text(receipt, "utf-8")
    words = ("verify", "receipt.txt", "--trust", "trust.json", "--key", "keys.json")
    found: dict[str, Any] = told(operator.folder, *words, code=code)["checks"]["signed"]
    return found


def test_a_stolen_submitter_key_leaves_in_doubt_what_it_signed_since(operator: Operator) -> None:
    folder, bundle = operator.folder, operator.folder / "keys.json"
    story, begun = opened_story()
    operator.write("shown", [*begun, story.key_added(MAKER, Purpose.OFFICE, 2)])
    pin(operator, "shown")
    [before] = operator.write("shown", [story.pack_manufactured(pack(1))])
    stolen_on = Instant.from_ms(operator.clock.now + 1_000)
    [since] = operator.write("shown", [story.pack_manufactured(pack(2))])
    operator.write("shown", [story.key_revoked(MAKER, MAKER.key(), compromised_since=stolen_on)])
    (folder / "thief.sdjwt").write_text(story.pack_manufactured(pack(3)), "utf-8")
    with operator.serving("shown") as url:
        bundle.write_text(get(f"{url}/v1/keys"), "utf-8")
        # The thief's next event is refused; what it signed before its theft was known is in doubt.
        refused = told(folder, "submit", "thief.sdjwt", "--url", url, "--tries", "1")
        assert refused["results"][0]["problem"]["rule"] == "key.revoked"
        assert verified(operator, before.receipt_text, 0)["verdict"] == "ok"
        found = verified(operator, since.receipt_text, 1)
        assert (found["verdict"], found["reason"]) == ("unknown", "compromised")
        assert [json.loads(get(f"{url}/v1/events/{one.event_id}"))["amber"] for one in (before, since)] == [
            False,
            True,
        ]
        assert 'class="alert"' in get(f"{url}/p/{pack(2).value}?lang=en")
        assert "compromised" in processes.run(folder, "show", pack(2).value, "--url", url)
        rules = {one["rule"] for one in told(folder, "findings", "--url", url, code=0)["findings"]}
        assert "key.compromised" in rules
        assert told(folder, "audit", url, "--trust", "trust.json", code=0)["ok"]
    # The firm has looked at it and stands by it, with another key.
    other = MAKER.key(Purpose.OFFICE, 2)
    stands = story.event_confirmed(MAKER, MAKER.key(), since.index, since.index, signed_with=other)
    operator.write("shown", [stands])
    with operator.serving("shown") as url:
        bundle.write_text(get(f"{url}/v1/keys"), "utf-8")
        assert verified(operator, since.receipt_text, 0)["verdict"] == "ok"
        assert told(folder, "audit", url, "--trust", "trust.json", code=0)["ok"]


def test_a_stolen_log_key_signs_a_tree_that_nobody_takes(operator: Operator) -> None:
    folder = operator.folder
    story, begun = opened_story()
    operator.write("shown", [*begun, story.pack_manufactured(pack(1))])
    pin(operator, "shown")
    make_witness(folder / "w1", WITNESSES[0], operator.key.verifier_key)
    with witness(folder / "w1") as (url, _):
        policy = policy_text(WITNESSES[:1], 1, urls=[url], log=operator.key)
        (folder / "policy").write_text(policy, "utf-8")
        with operator.serving("shown", PACKTRACE_WITNESS_POLICY=str(folder / "policy")) as shown:
            wait_until(lambda: f"{WITNESSES[0].name} " in get(f"{shown}/log/checkpoint"))
            (folder / "kept").write_text(get(f"{shown}/log/checkpoint"), "utf-8")
        honest = operator.entries("shown")
        other, other_begun = opened_story()
        operator.write("other", [*other_begun, other.pack_manufactured(pack(2))])
        thief = static_log(folder / "thief", operator.entries("other"), operator.key)
        # The witness keeps both signed trees; readers with an old checkpoint or a policy see it too.
        ask_witness(operator, policy, thief, "ahead")
        processes.run(folder, "witness", "status", "w1", code=1)
        [held] = json.loads(processes.run(folder, "witness", "evidence", "w1", ORIGIN))
        assert held["kind"] == "fork"
        assert ("since", "differs") in findings(folder, "thief", "--since", "kept")
        assert ("witness", "no_quorum") in findings(folder, "thief", "--policy", "policy")
        # The log leaves the stolen key and its origin behind.
        new = move(operator, [story.log_moved(MOVED, moved_key(operator).verifier_key.format())])
        processes.run(folder, "witness", "trust", "w1", new.verifier_key.format())
        processes.run(folder, "witness", "distrust", "w1", operator.key.verifier_key.format())
        policies = f"log {operator.key.verifier_key.format()}\n" + policy_text(
            WITNESSES[:1], 1, urls=[url], log=new
        )
        (folder / "policy").write_text(policies, "utf-8")
        settings = {
            "PACKTRACE_ORIGIN": MOVED,
            "PACKTRACE_LOG_KEY": str(folder / "new.pem"),
            "PACKTRACE_WITNESS_POLICY": str(folder / "policy"),
        }
        with operator.serving("shown", **settings) as shown:
            wait_until(lambda: f"{WITNESSES[0].name} " in get(f"{shown}/log/checkpoint"))
            words = ("audit", shown, "--trust", "trust.json", "--since", "kept", "--policy", "policy")
            report = told(folder, *words, code=0)
            assert [step["moved"] for step in report["followed"]] == [True]
        # The thief goes on under the old key, even with a tree that extends the log's own.
        entries = operator.entries("shown")
        assert len(entries) == len(honest) + 1
        going_on = static_log(folder / "going-on", [*entries, later(honest[-1], entries[-1])], operator.key)
        ask_witness(operator, policies, going_on, "refused")
        assert ("checkpoint", "after_move") in findings(folder, "going-on")


def later(entry: bytes, last: bytes) -> bytes:
    """Return an entry once more, with the time of the last one."""
    return last.split(b" ")[0] + b" " + entry.split(b" ")[1]


def ask_witness(operator: Operator, policy: str, copy: Path, reason: str) -> None:
    """Ask the one witness to cosign a thief's checkpoint; it must refuse for this reason."""
    note = (copy / "checkpoint").read_text("utf-8")
    tree = checkpoint.open(note, [operator.key.verifier_key])
    [one] = Policy.parse(policy).witnesses.values()
    with pytest.raises(WitnessFault, match=reason):
        ask(one, note, tree, old_size=tree.size, prove=lambda *_: (), send=send)


def moved_key(operator: Operator) -> NoteSigner:
    """Make the log's next key."""
    return make_log_key(operator.folder / "new.pem", MOVED)


def move(operator: Operator, texts: list[str]) -> NoteSigner:
    """Log the move and let the new key take over, by the command."""
    folder = operator.folder
    operator.write("shown", texts)
    settings = {
        **operator.settings("shown"),
        "PACKTRACE_ORIGIN": MOVED,
        "PACKTRACE_LOG_KEY": str(folder / "new.pem"),
    }
    old = ("--from", str(folder / "shown" / "log.pem"), "--from-origin", ORIGIN)
    processes.run(folder, "takeover", *old, settings=settings)
    return read_log_key(folder / "new.pem", MOVED)
