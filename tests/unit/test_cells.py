"""The commitment to cells, and the proof that lets one of them go."""

import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.encoding import b64url_decode, b64url_encode
from ledger import merkle
from ledger.cells import cells_root, release, salt_of, verify_release
from ledger.merkle import InvalidProofError
from tests import storyteller
from tests.consortium import cell

KEY = storyteller.CELLS_KEY
CODES = [cell(number).value for number in range(1, 8)]


def root(codes: list[str]) -> bytes:
    return b64url_decode(cells_root(KEY, codes))


def test_a_salt_is_the_first_half_of_the_hmac_of_the_code() -> None:
    assert salt_of(KEY, CODES[0]) == hmac.digest(KEY, CODES[0].encode(), "sha256")[:16]


def test_the_root_is_over_sorted_salted_codes_whatever_their_order() -> None:
    leaves = sorted(salt_of(KEY, code) + code.encode() for code in CODES)
    expected = merkle.root([merkle.hash_leaf(leaf) for leaf in leaves])
    assert cells_root(KEY, CODES) == cells_root(KEY, CODES[::-1]) == b64url_encode(expected)
    assert cells_root(bytes(32), CODES) != cells_root(KEY, CODES)


@settings(max_examples=40)
@given(st.integers(1, 200), st.data())
def test_every_cell_of_a_unit_has_a_proof(count: int, data: st.DataObject) -> None:
    codes = [cell(number).value for number in range(1, count + 1)]
    code = data.draw(st.sampled_from(codes))
    verify_release(release(KEY, codes, code), code, cell_count=count, root=root(codes))


def test_a_cell_that_is_not_there_has_none() -> None:
    with pytest.raises(ValueError, match="not in list"):
        release(KEY, CODES, cell(99).value)


def test_a_proof_holds_for_its_code_its_count_and_its_root_only() -> None:
    released = release(KEY, CODES, CODES[2])
    verify_release(released, CODES[2], cell_count=7, root=root(CODES))
    for code, count, over in (
        (CODES[3], 7, CODES),
        (CODES[2], 6, CODES),
        (CODES[2], 64, CODES),
        (CODES[2], 7, CODES[1:]),
    ):
        with pytest.raises(InvalidProofError):
            verify_release(released, code, cell_count=count, root=root(over))
