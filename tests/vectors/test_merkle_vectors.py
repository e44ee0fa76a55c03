"""The proofs of transparency-dev/merkle (Apache-2.0, testdata/), good and bad, judged as published but one.

That one compares twelve bytes of English in place of two equal roots; a hash of ours has 32 bytes.
"""

import json
from base64 import b64decode
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from ledger import merkle
from ledger.merkle import InvalidProofError

VECTORS = Path(__file__).parents[2] / "../shared/vectors/merkle/testdata"
NOT_HASHES = "sizes-are-equal-one-and-proof-is-empty.json"
NEEDED = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="needs the published Merkle vectors beside the checkout"
)


def vectors(kind: str) -> list[Any]:
    files = sorted((VECTORS / kind).rglob("*.json"))
    return [pytest.param(file, id=str(file.relative_to(VECTORS))) for file in files]


def read(file: Path) -> tuple[dict[str, Any], list[bytes]]:
    vector = json.loads(file.read_text(encoding="utf-8"))
    return vector, [b64decode(value) for value in vector["proof"] or []]


@NEEDED
def test_the_vectors_are_all_there() -> None:
    assert len(vectors("inclusion")) + len(vectors("consistency")) == 196


@NEEDED
@pytest.mark.parametrize("file", vectors("inclusion"))
def test_an_inclusion_vector_is_judged_as_published(file: Path) -> None:
    vector, proof = read(file)
    leaf_hash, root = b64decode(vector["leafHash"] or ""), b64decode(vector["root"] or "")
    with pytest.raises(InvalidProofError) if vector["wantErr"] else nullcontext():
        merkle.verify_inclusion(leaf_hash, vector["leafIdx"], vector["treeSize"], proof, root)


@NEEDED
@pytest.mark.parametrize("file", vectors("consistency"))
def test_a_consistency_vector_is_judged_as_published(file: Path) -> None:
    vector, proof = read(file)
    root1, root2 = b64decode(vector["root1"] or ""), b64decode(vector["root2"] or "")
    refused = vector["wantErr"] or file.name == NOT_HASHES
    with pytest.raises(InvalidProofError) if refused else nullcontext():
        merkle.verify_consistency(vector["size1"], vector["size2"], proof, root1, root2)
