"""The verifier in JavaScript says of every vector what the one in Python says."""

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crypto.cosignature import Cosigner
from crypto.mldsa44 import MlDsa44PrivateKey
from ledger.dossier import form
from ledger.dossier.verify import verify_dossier
from ledger.events import REGISTRY
from ledger.policy import MalformedPolicyError, Policy
from tests.javascript import REPOSITORY, answers, asked, with_ml_dsa
from tests.vectors.dossier_cases import TRUST
from tests.vectors.dossiers import NOW_S, SIGNER, stolen
from tests.vectors.make import FOLDER


@cache
def vector() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "dossier.json").read_text(encoding="utf-8"))
    return found


@cache
def said() -> dict[str, dict[str, Any]]:
    """Return what the verifier says of each dossier, by its name."""
    cases = vector()["dossiers"]
    questions = [
        asked(
            "dossier",
            one["dossier"].encode(),
            trust=one["trust"],
            policy=vector()["policy"] if one["policy"] else None,
            now=one["now_s"],
            own_policy=one.get("own_policy", False),
        )
        for one in cases
    ]
    return {one["name"]: answer for one, answer in zip(cases, answers(questions), strict=True)}


@pytest.mark.parametrize("case", vector()["dossiers"], ids=lambda case: str(case["name"]))
def test_a_dossier_is_judged_as_the_vector_says(case: dict[str, Any]) -> None:
    found = said()[case["name"]]
    told = {check: f"{one['verdict']} {one['reason']}" for check, one in found["checks"].items()}
    assert told == case["checks"]
    assert (found["complete_to"], found["amber"]) == (case["complete_to"], case["amber"])


def test_both_verifiers_know_the_same_event_types() -> None:
    [told] = answers([asked("types", b"")])
    known = {
        name: {"act": claims.row.act, "purposes": sorted(one.value for one in claims.row.purposes)}
        for name, claims in REGISTRY.items()
    }
    assert {name: {**one, "purposes": sorted(one["purposes"])} for name, one in told.items()} == known


@pytest.mark.parametrize(
    "text",
    ['{"v":1,"origin":"' + "a" * 5_000_000, '{"v":1,"origin":"' + "a" * 50_000 + '\\x"}', "[" * 100_000],
    ids=["unterminated", "wrong escape", "nested"],
)
def test_a_text_that_is_no_dossier_is_refused_at_once(text: str) -> None:
    [said] = answers([asked("dossier", text.encode())])
    assert said["malformed"]


PQ = Cosigner("witness.example/pq", MlDsa44PrivateKey.from_seed(bytes(32)))
PQ_POLICY = f"log {SIGNER.verifier_key.format()}\nwitness pq {PQ.key.format()}\nquorum pq\n"


@cache
def cosigned_by_pq() -> str:
    return stolen().dossier(cosigners=[PQ]).format()


def of_witnesses(answer: dict[str, Any]) -> dict[str, str]:
    checks = answer["checks"]
    return {name: f"{checks[name]['verdict']} {checks[name]['reason']}" for name in ("fresh", "witnessed")}


def test_a_cosignature_of_ml_dsa_counts_for_both() -> None:
    with_ml_dsa()
    text = cosigned_by_pq()
    ours = verify_dossier(form.parse(text), TRUST, policy=Policy.parse(PQ_POLICY), now_s=NOW_S)
    [said] = answers([asked("dossier", text.encode(), trust=TRUST.format(), policy=PQ_POLICY, now=NOW_S)])
    assert ours.ok
    assert said["ok"]


def test_what_only_an_ml_dsa_witness_decides_stays_open_where_there_is_no_ml_dsa(tmp_path: Path) -> None:
    for folder in ("static/verify", "tests/node"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    question = asked("dossier", cosigned_by_pq().encode(), trust=TRUST.format(), policy=PQ_POLICY, now=NOW_S)
    [said] = answers([question], tmp_path / "tests/node/verify.mjs")
    assert of_witnesses(said) == {"fresh": "unknown not_readable", "witnessed": "unknown not_readable"}


@pytest.mark.parametrize("name", ["cosignature.json", "others/cosignature_go.json"])
def test_cosignatures_of_the_vectors_are_accepted(name: str) -> None:
    with_ml_dsa()
    notes = [*cosigned_vectors(name)]
    assert notes
    questions = [asked("checkpoint", note.encode(), policy=policy) for note, policy in notes]
    assert {one["checks"]["witnessed"]["verdict"] for one in answers(questions)} == {"ok"}


def cosigned_vectors(name: str) -> Iterator[tuple[str, str]]:
    """Yield each cosigned note of a vector file with the policy that demands its cosigner."""
    told = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    for one in told["cosigned"]:
        note = one["note"] if "note" in one else one["line"] and f"{told['text']}\n{one['line']}"
        if note is not None:
            yield note, f"witness w {one['vkey']}\nquorum w\n"


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "quorum w1\n",
        "quorum none\nquorum none\n",
        "witness none x\nquorum none\n",
        "group g 2 a\n",
        "log x\n",
        f"witness a {PQ.key.format()}\nwitness b {PQ.key.format()}\ngroup both all a b\nquorum both\n",
    ],
    ids=["empty", "no such quorum", "two quorums", "no vkey", "no such member", "no log", "one key twice"],
)
def test_a_policy_that_is_none_is_refused_by_both(policy: str) -> None:
    with pytest.raises(MalformedPolicyError):
        Policy.parse(policy)
    [said] = answers([asked("dossier", b"", policy=policy)])
    assert said["malformed"]
