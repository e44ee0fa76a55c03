"""Mass balance: exact at any size, and never to the processor's favour."""

import pytest

from ledger.balance import (
    ELEMENT_UNIT,
    AssayedMass,
    apportion,
    assays_name,
    check_elements,
    element_mass,
    unaccounted_g,
)
from ledger.errors import RuleRefusal

FEED = AssayedMass(1_000_000, 100_000, {"Li": 20_000, "Fe": 300_000})


def loss(
    inputs_g: int, outputs_g: int, tolerance_ppm: int = 0, additions_g: int = 0, losses_g: int = 0
) -> int:
    return unaccounted_g(
        inputs_g=inputs_g,
        additions_g=additions_g,
        outputs_g=outputs_g,
        losses_g=losses_g,
        tolerance_ppm=tolerance_ppm,
    )


def test_what_neither_came_out_nor_was_booked_is_unaccounted_for() -> None:
    assert loss(1_000, 900, losses_g=60) == 40
    assert loss(1_000, 1_000) == 0
    assert loss(1_000, 1_100, additions_g=150) == 50


def test_a_gain_within_the_tolerance_is_no_loss_and_one_gram_more_is_refused() -> None:
    assert loss(1_000_000, 1_020_000, 20_000) == 0
    with pytest.raises(RuleRefusal) as caught:
        loss(1_000_000, 1_020_001, 20_000)
    assert caught.value.rule == "balance.mass"
    assert caught.value.facts == {"inputs_g": 1_000_000, "outputs_g": 1_020_001, "tolerance_ppm": 20_000}


def test_one_gram_counts_among_ten_to_the_thirty() -> None:
    huge = 10**30
    assert loss(huge, huge) == 0
    with pytest.raises(RuleRefusal, match=r"^balance\.mass"):
        loss(huge, huge + 1)


def test_nothing_comes_of_nothing() -> None:
    with pytest.raises(RuleRefusal, match=r"^balance\.mass"):
        loss(0, 1, 999_999)


def test_an_element_is_weighed_in_the_dry_mass() -> None:
    assert element_mass(FEED, "Li") == 900_000 * 20_000 * ELEMENT_UNIT // 10**6
    assert element_mass(FEED, "Co") == 0


@pytest.mark.parametrize("unknown", [AssayedMass(1, None, {"Li": 1}), AssayedMass(1, 0, None)])
def test_what_was_not_assayed_has_no_element_mass(unknown: AssayedMass) -> None:
    assert not unknown.assessable
    with pytest.raises(ValueError, match="not assessable"):
        element_mass(unknown, "Li")


def test_an_element_is_named_where_every_assay_looked_for_it() -> None:
    assert assays_name([FEED, FEED], "Li")
    assert not assays_name([FEED, AssayedMass(1, 0, {"Fe": 1})], "Li")
    assert not assays_name([FEED, AssayedMass(1, None, {"Li": 1})], "Li")


def test_the_assessed_elements_are_those_that_every_input_names() -> None:
    other = AssayedMass(1, 0, {"Li": 1, "Ni": 1})
    assert check_elements([FEED], [other], 0) == ("Fe", "Li")
    assert check_elements([FEED, other], [], 0) == ("Li",)
    assert check_elements([], [other], 0) == ()


def test_an_element_that_grew_beyond_the_tolerance_is_refused_with_its_grams() -> None:
    # 18 000 g of lithium went in, dry.
    within = AssayedMass(18_900, 0, {"Li": 1_000_000})
    assert check_elements([FEED], [within], 50_000) == ("Fe", "Li")
    with pytest.raises(RuleRefusal) as caught:
        check_elements([FEED], [within, AssayedMass(1, 0, {"Li": 1})], 50_000)
    assert caught.value.rule == "balance.element"
    assert caught.value.facts == {"element": "Li", "input_g": 18_000, "output_g": 18_900}


def test_a_weighed_load_is_shared_by_known_mass() -> None:
    assert apportion(1_000, [1, 1]) == [500, 500]
    assert apportion(10, [1, 1, 1]) == [4, 3, 3]
    assert apportion(100, [2, 1]) == [67, 33]
    assert apportion(100, [0, 1]) == [0, 100]
    assert apportion(7, [0, 0, 0]) == [3, 2, 2]
    assert apportion(7, []) == []
