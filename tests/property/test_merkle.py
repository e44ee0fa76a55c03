"""Merkle hashes and proofs against the RFC's own recursion, against pymerkle and against an adversary."""

from collections.abc import Callable, Sequence

import pymerkle  # type: ignore[import-untyped]  # publishes no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle
from ledger.merkle import InvalidProofError, OutsideTreeError
from tests import trees

SIZES = st.integers(1, 70)


@st.composite
def places(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(SIZES)
    return draw(st.integers(0, size - 1)), size


@st.composite
def growths(draw: st.DrawFn) -> tuple[int, int]:
    size2 = draw(SIZES)
    return draw(st.integers(1, size2)), size2


def mutations(proof: Sequence[bytes], draw: Callable[[st.SearchStrategy[int]], int]) -> list[list[bytes]]:
    """Every way to damage a proof: a bit flipped, a hash dropped, added, doubled, cut, two swapped."""
    damaged = [[*proof, bytes(32)], [bytes(32), *proof]]
    for i, value in enumerate(proof):
        byte, bit = draw(st.integers(0, 31)), draw(st.integers(0, 7))
        flipped = value[:byte] + bytes([value[byte] ^ 1 << bit]) + value[byte + 1 :]
        damaged.append([*proof[:i], flipped, *proof[i + 1 :]])
        damaged.append([*proof[:i], *proof[i + 1 :]])
        damaged.append([*proof[:i], value[:31], *proof[i + 1 :]])
        damaged.append([*proof[:i], value + b"\x00", *proof[i + 1 :]])
        damaged.append([*proof[: i + 1], *proof[i:]])
        if i:
            damaged.append([*proof[: i - 1], value, proof[i - 1], *proof[i + 1 :]])
    return damaged


@given(st.integers(0, 300))
def test_the_root_is_that_of_the_rfc(size: int) -> None:
    row = trees.leaves(size)
    assert merkle.root(row) == trees.mth(row)
    assert merkle.root_of_size(size, trees.reader(row)) == trees.mth(row)


@given(places())
def test_an_inclusion_proof_is_that_of_the_rfc_and_storage_is_asked_once(place: tuple[int, int]) -> None:
    index, size = place
    row, asked = trees.leaves(size), list[trees.Nodes]()
    proof = merkle.prove_inclusion(index, size, trees.reader(row, asked))
    assert proof == trees.path(index, row)
    assert asked == ([merkle.inclusion_nodes(index, size)] if size > 1 else [])
    merkle.verify_inclusion(row[index], index, size, proof, trees.mth(row))


@given(growths())
def test_a_consistency_proof_is_that_of_the_rfc_and_storage_is_asked_once(sizes: tuple[int, int]) -> None:
    size1, size2 = sizes
    row, asked = trees.leaves(size2), list[trees.Nodes]()
    proof = merkle.prove_consistency(size1, size2, trees.reader(row, asked))
    assert proof == trees.proof(size1, row)
    assert len(asked) == (1 if size1 < size2 else 0)
    merkle.verify_consistency(size1, size2, proof, trees.mth(row[:size1]), trees.mth(row))


@given(places(), st.data())
def test_every_damaged_inclusion_proof_is_refused(place: tuple[int, int], data: st.DataObject) -> None:
    index, size = place
    row = trees.leaves(size)
    proof, root = trees.path(index, row), trees.mth(row)
    for damaged in mutations(proof, data.draw):
        with pytest.raises(InvalidProofError):
            merkle.verify_inclusion(row[index], index, size, damaged, root)


@given(growths(), st.data())
def test_every_damaged_consistency_proof_is_refused(sizes: tuple[int, int], data: st.DataObject) -> None:
    size1, size2 = sizes
    row = trees.leaves(size2)
    proof, root1, root2 = trees.proof(size1, row), trees.mth(row[:size1]), trees.mth(row)
    for damaged in mutations(proof, data.draw):
        with pytest.raises(InvalidProofError):
            merkle.verify_consistency(size1, size2, damaged, root1, root2)


@given(places(), st.integers(-2, 80), st.integers(-2, 80))
def test_a_proof_holds_for_no_other_index_in_its_tree(place: tuple[int, int], index: int, size: int) -> None:
    row = trees.leaves(place[1])
    proof, root = trees.path(place[0], row), trees.mth(row)
    if index != place[0]:
        with pytest.raises(InvalidProofError):
            merkle.verify_inclusion(row[place[0]], index, place[1], proof, root)
    if not place[0] < size:
        with pytest.raises(InvalidProofError, match="outside"):
            merkle.verify_inclusion(row[place[0]], place[0], size, proof, root)


@given(growths(), st.integers(0, 31))
def test_another_root_or_swapped_roots_are_refused(sizes: tuple[int, int], byte: int) -> None:
    size1, size2 = sizes
    row = trees.leaves(size2)
    proof, root1, root2 = trees.proof(size1, row), trees.mth(row[:size1]), trees.mth(row)
    other1 = root1[:byte] + bytes([root1[byte] ^ 1]) + root1[byte + 1 :]
    other2 = root2[:byte] + bytes([root2[byte] ^ 1]) + root2[byte + 1 :]
    pairs = [(other1, root2), (root1, other2), (root1[:31], root2), (root1, root2 + b"\x00")]
    for first, second in [*pairs, (root2, root1)] if size1 < size2 else pairs:
        with pytest.raises(InvalidProofError):
            merkle.verify_consistency(size1, size2, proof, first, second)


@given(
    st.lists(st.one_of(st.binary(min_size=32, max_size=32), st.binary(max_size=40)), max_size=70),
    st.integers(-3, 2**70),
    st.integers(-3, 2**70),
)
def test_arbitrary_proofs_raise_only_the_own_error(proof: list[bytes], first: int, second: int) -> None:
    with pytest.raises(InvalidProofError):
        merkle.verify_inclusion(bytes(32), first, second, proof, merkle.EMPTY_ROOT)
    with pytest.raises(InvalidProofError):
        merkle.verify_consistency(first, second, proof, bytes(32), merkle.EMPTY_ROOT)


@given(places())
def test_pymerkle_has_the_same_roots_and_inclusion_proofs(place: tuple[int, int]) -> None:
    index, size = place
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    entries = [b"entry %d" % i for i in range(size)]
    for entry in entries:
        tree.append_entry(entry)
    row = [merkle.hash_leaf(entry) for entry in entries]
    assert merkle.root(row) == tree.get_root()
    proof = merkle.prove_inclusion(index, size, trees.reader(row))
    theirs = tree.prove_inclusion(index + 1)
    assert [row[index], *proof] == theirs.path
    theirs.path = [row[index], *proof]
    pymerkle.verify_inclusion(row[index], merkle.root(row), theirs, index=index + 1, size=size)


@given(growths())
def test_pymerkle_holds_the_same_growths_for_consistent(sizes: tuple[int, int]) -> None:
    # Its consistency path names other subtrees than the RFC's, so the states are compared, not the hashes.
    size1, size2 = sizes
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for i in range(size2):
        tree.append_entry(b"entry %d" % i)
    row = [merkle.hash_leaf(b"entry %d" % i) for i in range(size2)]
    proof = merkle.prove_consistency(size1, size2, trees.reader(row))
    merkle.verify_consistency(size1, size2, proof, tree.get_root(size1), tree.get_root(size2))
    theirs = tree.prove_consistency(size1, size2)
    pymerkle.verify_consistency(merkle.root(row[:size1]), merkle.root(row), theirs)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 3), (3, 3), (2**64 - 1, 1)])
def test_no_proof_is_made_of_an_index_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(OutsideTreeError) as refusal:
        merkle.prove_inclusion(index, size, trees.reader(trees.leaves(3)))
    assert (refusal.value.wanted, refusal.value.size) == (index, size)


@pytest.mark.parametrize(("size1", "size2"), [(0, 0), (0, 2), (3, 2), (-1, 2)])
def test_no_proof_is_made_from_an_empty_or_larger_tree(size1: int, size2: int) -> None:
    with pytest.raises(OutsideTreeError):
        merkle.prove_consistency(size1, size2, trees.reader(trees.leaves(3)))
