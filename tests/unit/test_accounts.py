"""Accounts of material by hand: what balances, what was recovered, and what cannot be said."""

from dataclasses import replace

import pytest

from ledger.accounts import Batch, Gap, Line, by_material, recovery, recovery_of_all, years
from ledger.targets import all_targets, targets_of
from ledger.vocabulary import Element, Material, Step
from tests.consortium import MADE_ON, RECYCLER, SECOND_LIFE, pack
from tests.material import assay


def line(
    name: str, mass_g: int, material: Material | None = None, moisture_ppm: int | None = 0, **mg_per_kg: int
) -> Line:
    """Return a lot in a batch; without figures it was not assayed."""
    return Line(
        item=RECYCLER.lot(name),
        mass_g=mass_g,
        material=material or Material.OTHER,
        moisture_ppm=moisture_ppm,
        assay=assay(**mg_per_kg) if mg_per_kg else None,
    )


BLACK = line("BM", 1_000_000, Material.BLACK_MASS, 100_000, Li=40_000, Ni=0)
SALT = line("SALT", 150_000, Material.LITHIUM_CARBONATE, Li=187_000, Ni=10)
SLAG = line("SLAG", 100_000, Material.SLAG, Li=20_000)


def leached(*, inputs: tuple[Line, ...] = (BLACK,), outputs: tuple[Line, ...] = (SALT, SLAG)) -> Batch:
    """Return a batch of black mass to a salt and slag."""
    return Batch(
        index=9,
        event="E" * 43,
        by=RECYCLER.id,
        step=Step.HYDROMET,
        until_ms=1_000,
        inputs=inputs,
        added_g=300_000,
        outputs=outputs,
        losses_g=1_000_000,
    )


def test_a_batch_adds_up() -> None:
    batch = leached()
    assert (batch.input_g, batch.output_g, batch.difference_g) == (1_000_000, 250_000, 50_000)
    assert replace(batch, losses_g=1_060_000).difference_g == -10_000
    assert by_material([BLACK, SALT, SALT]) == {"black_mass": 1_000_000, "lithium_carbonate": 300_000}


def test_recovery_counts_products_of_the_element_on_dry_mass() -> None:
    found = recovery(leached(), Element.LI)
    # 900 kg dry at 40 g/kg hold 36,000 g; 150 kg at 187 g/kg hold 28,050 g. What is in the slag is lost.
    assert (found.given_ug, found.recovered_ug, found.permille) == (36_000 * 10**6, 28_050 * 10**6, 779)
    assert found.gaps == {}


def test_what_holds_none_of_an_element_recovers_none_of_it() -> None:
    assert recovery(leached(), Element.NI).gaps == {Gap.NOTHING: ["E" * 43]}


@pytest.mark.parametrize(
    ("inputs", "outputs", "gap", "due_to"),
    [
        ((line("X", 1),), (SALT,), Gap.ASSAY, "X"),
        ((BLACK,), (line("Y", 1, Material.LITHIUM_HYDROXIDE),), Gap.ASSAY, "Y"),
        ((replace(BLACK, moisture_ppm=None),), (SALT,), Gap.MOISTURE, "BM"),
        ((line("X", 1, Fe=1),), (SALT,), Gap.ELEMENT, "X"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_guessed(
    inputs: tuple[Line, ...], outputs: tuple[Line, ...], gap: Gap, due_to: str
) -> None:
    found = recovery(leached(inputs=inputs, outputs=outputs), Element.LI)
    assert found.gaps == {gap: [str(RECYCLER.lot(due_to))]}
    assert (found.permille, found.given_ug, found.recovered_ug, found.assessed) == (None, None, None, 0)


def test_whole_units_carry_no_assay() -> None:
    unit = Line(item=pack(1), mass_g=400_000)
    assert recovery(leached(inputs=(unit, BLACK)), Element.LI).gaps == {Gap.UNITS: [str(pack(1))]}


def test_an_output_that_is_no_product_need_not_be_assayed() -> None:
    assert recovery(leached(outputs=(SALT, line("SLAG", 1, Material.SLAG))), Element.LI).permille == 779


def test_several_batches_are_added_before_they_are_divided() -> None:
    poor = leached(outputs=(line("S2", 10_000, Material.LITHIUM_CARBONATE, Li=180_000),))
    found = recovery_of_all([leached(), poor], Element.LI)
    assert (found.given_ug, found.recovered_ug) == (72_000 * 10**6, 29_850 * 10**6)
    assert (found.permille, found.batches, found.assessed) == (414, 2, 2)


def test_one_batch_that_cannot_be_assessed_leaves_the_sum_unassessed() -> None:
    found = recovery_of_all([leached(), leached(inputs=(line("X", 1),))], Element.LI)
    assert (found.permille, found.batches, found.assessed) == (None, 2, 1)
    assert found.gaps == {Gap.ASSAY: ["E" * 43]}


def test_a_batch_without_the_element_changes_no_sum() -> None:
    none = leached(inputs=(line("X", 5, Li=0),), outputs=())
    assert recovery_of_all([leached(), none], Element.LI).permille == 779
    assert recovery_of_all([none], Element.LI).gaps == {Gap.NOTHING: []}
    assert recovery_of_all([], Element.LI).gaps == {Gap.NOTHING: []}


def test_a_year_takes_in_what_ended_in_it_by_firm_and_step() -> None:
    other = replace(leached(), by=SECOND_LIFE.id, step=Step.SHRED)
    early, late = replace(leached(), until_ms=10), replace(leached(), until_ms=20)
    found = years([early, late, replace(other, until_ms=15)], since_ms=10, until_ms=20)
    assert [(year.by, year.step, len(year.batches)) for year in found] == [
        (SECOND_LIFE.id, Step.SHRED, 1),
        (RECYCLER.id, Step.HYDROMET, 1),
    ]
    assert found[1].inputs_g == {"black_mass": 1_000_000}
    assert found[1].outputs_g == {"lithium_carbonate": 150_000, "slag": 100_000}


def test_every_target_says_where_it_comes_from_and_how_sure_that_is() -> None:
    for target in all_targets():
        assert target.basis_status in {"secondary", "unverified"}  # no text of either rule was at hand
        assert target.basis
    assert [one.id for one in targets_of("Li", MADE_ON)] == ["cn-2024"]
    assert [one.permille for one in targets_of("Co")] == [980, 900, 950]
    assert targets_of("F") == ()
