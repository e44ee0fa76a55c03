"""The verifier in JavaScript says of every vector what the one in Python says."""

import json
from functools import cache
from typing import Any

import pytest

from crypto.cosignature import Cosigner
from crypto.mldsa44 import MlDsa44PrivateKey
from ledger.dossier import form
from ledger.dossier.verify import verify_dossier
from ledger.events import REGISTRY
from ledger.policy import MalformedPolicyError, Policy
from tests.javascript import answers, asked
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


def test_what_only_an_ml_dsa_witness_decides_stays_open() -> None:
    witness = Cosigner("witness.example/pq", MlDsa44PrivateKey.from_seed(bytes(32)))
    policy = f"log {SIGNER.verifier_key.format()}\nwitness pq {witness.key.format()}\nquorum pq\n"
    text = stolen().dossier(cosigners=[witness]).format()
    ours = verify_dossier(form.parse(text), TRUST, policy=Policy.parse(policy), now_s=NOW_S)
    [said] = answers([asked("dossier", text.encode(), trust=TRUST.format(), policy=policy, now=NOW_S)])
    assert ours.ok
    checks = said["checks"]
    assert (checks["witnessed"]["verdict"], checks["witnessed"]["reason"]) == ("unknown", "not_readable")
    assert (checks["fresh"]["verdict"], checks["fresh"]["reason"]) == ("unknown", "not_readable")


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "quorum w1\n",
        "quorum none\nquorum none\n",
        "witness none x\nquorum none\n",
        "group g 2 a\n",
        "log x\n",
    ],
)
def test_a_policy_that_is_none_is_refused_by_both(policy: str) -> None:
    with pytest.raises(MalformedPolicyError):
        Policy.parse(policy)
    [said] = answers([asked("dossier", b"", policy=policy)])
    assert said["malformed"]
