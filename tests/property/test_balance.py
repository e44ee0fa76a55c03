"""The balance against exact fractions, and shares that always add up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.balance import (
    AssayedMass,
    apportion,
    check_elements,
    element_mass,
    unaccounted_g,
)
from ledger.errors import RuleRefusal

MASSES = st.integers(0, 10**12) | st.integers(0, 10**40)
PPM = st.integers(0, 10**6)
ELEMENTS = st.sampled_from(["Li", "Fe", "Co"])
ASSAYED = st.builds(
    AssayedMass,
    st.integers(0, 10**12),
    PPM | st.none(),
    st.dictionaries(ELEMENTS, PPM, max_size=3) | st.none(),
)


def grams(material: AssayedMass, element: str) -> Fraction:
    if material.mg_per_kg is None or material.moisture_ppm is None:
        return Fraction(0)
    dry = material.mass_g * (1 - Fraction(material.moisture_ppm, 10**6))
    return dry * Fraction(material.mg_per_kg.get(element, 0), 10**6)


@given(MASSES, st.lists(MASSES, max_size=20))
def test_shares_add_up_to_the_gram_and_differ_from_their_due_by_less_than_one(
    total: int, weights: list[int]
) -> None:
    shares = apportion(total, weights)
    assert sum(shares) == (total if weights else 0)
    whole = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        due = Fraction(total * weight, whole) if whole else Fraction(total, len(weights))
        assert abs(share - due) < 1
        assert share >= 0


@given(MASSES, MASSES, MASSES, MASSES, PPM)
def test_mass_is_refused_exactly_where_fractions_say_so(
    inputs: int, additions: int, outputs: int, losses: int, tolerance: int
) -> None:
    given_g, taken_g = inputs + additions, outputs + losses
    within = taken_g <= given_g * (1 + Fraction(tolerance, 10**6))

    def balance() -> int:
        return unaccounted_g(
            inputs_g=inputs,
            additions_g=additions,
            outputs_g=outputs,
            losses_g=losses,
            tolerance_ppm=tolerance,
        )

    if within:
        assert balance() == max(0, given_g - taken_g)
    else:
        with pytest.raises(RuleRefusal, match=r"^balance\.mass"):
            balance()


@given(ASSAYED, ELEMENTS)
def test_an_element_mass_is_the_fraction_itself(material: AssayedMass, element: str) -> None:
    if material.assessable:
        assert Fraction(element_mass(material, element), 10**12) == grams(material, element)


@given(st.lists(ASSAYED, max_size=4), st.lists(ASSAYED, max_size=4), PPM)
def test_an_element_is_refused_exactly_where_fractions_say_so(
    inputs: list[AssayedMass], outputs: list[AssayedMass], tolerance: int
) -> None:
    assessable = [one for one in inputs if one.assessable]
    named = {name for one in (*inputs, *outputs) for name in one.mg_per_kg or {}}
    assessed = sorted(
        name
        for name in named
        if inputs and len(assessable) == len(inputs) and all(name in (one.mg_per_kg or {}) for one in inputs)
    )
    grown = [
        name
        for name in assessed
        if sum(grams(one, name) for one in outputs)
        > sum(grams(one, name) for one in inputs) * (1 + Fraction(tolerance, 10**6))
    ]
    if grown:
        with pytest.raises(RuleRefusal, match=rf"^balance\.element .*element={grown[0]}"):
            check_elements(inputs, outputs, tolerance)
    else:
        assert list(check_elements(inputs, outputs, tolerance)) == assessed
