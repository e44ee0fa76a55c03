"""Consistency proofs: ours and those of others are judged alike by the ledger and by the auditor's page."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from ledger import merkle
from ledger.merkle import InvalidProofError
from tests import trees
from tests.conftest import go_without
from tests.javascript import REPOSITORY, answers
from tests.vectors.test_merkle_vectors import VECTORS

RUNNER: Final = REPOSITORY / "tests/node/consistency.mjs"
OURS: Final[dict[str, Any]] = json.loads(
    Path(__file__).with_name("consistency.json").read_text(encoding="utf-8")
)
ROW: Final = [merkle.hash_leaf(bytes([number])) for number in range(40)]

Question = dict[str, Any]


def in_python(one: Question) -> bool:
    proof = [b64decode(node) for node in one["proof"]]
    try:
        merkle.verify_consistency(
            one["size1"], one["size2"], proof, b64decode(one["root1"]), b64decode(one["root2"])
        )
    except InvalidProofError:
        return False
    return True


def in_javascript(questions: Sequence[Question]) -> list[bool]:
    return [one["holds"] for one in answers(questions, RUNNER)]


def question(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> Question:
    told = {"size1": size1, "size2": size2, "proof": [b64encode(node).decode() for node in proof]}
    return {**told, "root1": b64encode(root1).decode(), "root2": b64encode(root2).decode()}


@cache
def changed() -> list[Question]:
    """Return proofs between all sizes of a tree of 40 leaves, each whole and changed in one place."""
    found = list[Question]()
    roots = [trees.mth(ROW[:size]) for size in range(len(ROW) + 1)]
    for size2 in range(1, len(ROW) + 1):
        for size1 in range(1, size2 + 1):
            proof = [] if size1 == size2 else trees.proof(size1, ROW[:size2])
            at = (7 * size1 + size2) % max(1, len(proof))
            changes = [proof, proof[:-1], [*proof, bytes(32)], proof[::-1], [*proof[:at], *proof[at + 1 :]]]
            found += [question(size1, size2, one, roots[size1], roots[size2]) for one in changes]
            found.append(question(size1, size2, proof, roots[size1 - 1], roots[size2]))
            found.append(question(size1 + 1, size2, proof, roots[size1], roots[size2]))
    return found


def test_our_vectors_are_judged_as_published() -> None:
    cases = OURS["cases"]
    assert [in_python(one) for one in cases] == [one["holds"] for one in cases]
    assert in_javascript(cases) == [one["holds"] for one in cases]
    assert {one["holds"] for one in cases} == {True, False}


def test_the_published_vectors_are_judged_alike() -> None:
    files = sorted((VECTORS / "consistency").rglob("*.json"))
    if not files:
        go_without("the published Merkle vectors are not beside this checkout")
    told = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    # What has no root or proof there has none here: no hash, and an empty list.
    asked = [{**one, **{name: one[name] or [] for name in ("proof",)}} for one in told]
    asked = [{**one, **{name: one[name] or "" for name in ("root1", "root2")}} for one in asked]
    assert in_javascript(asked) == [in_python(one) for one in asked]


def test_a_proof_with_any_change_is_judged_alike() -> None:
    judged = [in_python(one) for one in changed()]
    assert in_javascript(changed()) == judged
    assert judged[::7].count(False) == 0
    assert judged.count(False) > len(judged) // 2
