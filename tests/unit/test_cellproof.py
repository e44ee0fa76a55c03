"""A cell proof shows that a cell was built into a unit, and nothing but the log is asked."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.encoding import b64url_encode
from crypto.note import VerifierKey
from ledger.cellproof import (
    CellProof,
    MalformedCellProofError,
    UnknownCellError,
    check_committed,
    find_unit,
    prove_cell,
    verify_cell,
)
from ledger.events.production import CellCodes
from ledger.identifiers import ItemId
from ledger.trust import Trust
from ledger.verdict import Verdict
from ledger.verify import ReceiptCheck, verify_receipt
from tests.consortium import cell, module
from tests.storyteller import CELLS_KEY

VECTORS = Path(__file__).parents[1] / "vectors"
TOLD: dict[str, Any] = json.loads((VECTORS / "cell_proof.json").read_text(encoding="utf-8"))
PROOFS = [CellProof.parse(text.encode()) for text in TOLD["proofs"]]
CLAIM = CellCodes(key=CELLS_KEY, codes={module(1): (cell(1).value,), module(2): (cell(2).value,)})


def reason(proof: CellProof) -> str:
    """Return how the commitment was found, which must not be as it should."""
    found = check_committed(proof)
    assert found.verdict is Verdict.FAILED
    return found.reason


def test_every_published_proof_holds_and_has_one_form() -> None:
    for text, proof in zip(TOLD["proofs"], PROOFS, strict=True):
        assert proof.format() == text
        assert check_committed(proof).reason == "committed"


def test_a_proof_is_verified_with_the_pinned_key_of_the_log() -> None:
    trust = Trust(VerifierKey.parse(TOLD["vkey"]), "A" * 43)
    found = verify_cell(PROOFS[0], verify_receipt(PROOFS[0].receipt, trust))
    assert found.receipt.checks[ReceiptCheck.INCLUDED].verdict is Verdict.OK
    assert found.committed.verdict is Verdict.OK
    assert not found.ok  # nobody gave the key of the maker, so its signature is unknown
    told = found.to_json()
    assert (told["ok"], told["cell"], told["unit"]) == (False, str(PROOFS[0].cell), str(PROOFS[0].unit))


def test_another_cell_unit_place_salt_or_hash_is_not_committed_to() -> None:
    good = PROOFS[0]
    released = good.release
    changed = [
        dataclasses.replace(good, cell=PROOFS[1].cell),
        dataclasses.replace(good, release=dataclasses.replace(released, index=released.index + 1)),
        dataclasses.replace(good, release=dataclasses.replace(released, salt=bytes(16))),
        dataclasses.replace(good, release=dataclasses.replace(released, proof=())),
        dataclasses.replace(good, release=PROOFS[1].release),
        dataclasses.replace(good, unit=PROOFS[-1].unit),
    ]
    assert {reason(one) for one in changed} == {"not_committed"}
    assert reason(dataclasses.replace(good, unit=module(99))) == "not_stated"


def test_a_receipt_of_another_event_states_no_cells() -> None:
    receipts = json.loads((VECTORS / "receipt.json").read_text(encoding="utf-8"))["receipts"]
    for one in receipts[:4]:
        assert reason(dataclasses.replace(PROOFS[0], receipt=one["receipt"])) == "not_stated"
    broken = PROOFS[0].receipt.replace("extra ", "extra A", 1)
    assert reason(dataclasses.replace(PROOFS[0], receipt=broken)) == "no_event"


def test_a_list_tells_the_unit_of_its_cells_only() -> None:
    assert find_unit(CLAIM, cell(2)) == module(2)
    with pytest.raises(UnknownCellError):
        find_unit(CLAIM, cell(3))
    with pytest.raises(UnknownCellError):
        prove_cell(CLAIM, ItemId("gbt34014", "X"), PROOFS[0].receipt)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", 2),
        ("v", "1"),
        ("cell", "rubbish"),
        ("unit", None),
        ("receipt", "x"),
        ("receipt", 7),
        ("release", {"salt": "", "index": 0, "proof": []}),
        ("release", {"salt": b64url_encode(bytes(16)), "index": -1, "proof": []}),
        ("more", 1),
    ],
)
def test_a_proof_of_another_form_is_refused(name: str, value: object) -> None:
    told = json.loads(TOLD["proofs"][0])
    with pytest.raises(MalformedCellProofError):
        CellProof.parse(json.dumps({**told, name: value}).encode())


@pytest.mark.parametrize("name", ["v", "cell", "unit", "release", "receipt"])
def test_a_proof_lacks_nothing(name: str) -> None:
    told = json.loads(TOLD["proofs"][0])
    del told[name]
    with pytest.raises(MalformedCellProofError):
        CellProof.parse(json.dumps(told).encode())


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_proof(data: bytes) -> None:
    with pytest.raises(MalformedCellProofError):
        CellProof.parse(data)


def test_a_proof_is_not_endless() -> None:
    with pytest.raises(MalformedCellProofError, match="more than"):
        CellProof.parse(b" " * 200_001)
