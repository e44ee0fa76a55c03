"""Mass balance in exact integers: grams, parts per million, and grams of element without rounding.

No event creates mass. What a step may give out exceeds what went in by its tolerance at most, and every
gram that neither came out nor was booked as a loss is named as unaccounted for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.errors import RuleRefusal

PPM: Final = 10**6
# Element masses are integers in units of 10^-12 g: g x ppm of dry mass x mg/kg, nothing is divided.
ELEMENT_UNIT: Final = PPM * PPM


@dataclass(frozen=True, slots=True)
class AssayedMass:
    """So many grams of a material with a moisture and an assay, or none where it was not assayed."""

    mass_g: int
    moisture_ppm: int | None
    mg_per_kg: Mapping[str, int] | None

    @property
    def assessable(self) -> bool:
        """Whether element masses can be said; a missing assay or moisture is never taken as zero."""
        return self.mg_per_kg is not None and self.moisture_ppm is not None


def unaccounted_g(
    *, inputs_g: int, additions_g: int, outputs_g: int, losses_g: int, tolerance_ppm: int
) -> int:
    """Return the grams that went in and did not come out; 0 where more came out, within the tolerance.

    Raises:
        RuleRefusal: `balance.mass`, more came out than went in and the tolerance allows.
    """
    given, taken = inputs_g + additions_g, outputs_g + losses_g
    if taken * PPM > given * (PPM + tolerance_ppm):
        raise RuleRefusal("balance.mass", inputs_g=given, outputs_g=taken, tolerance_ppm=tolerance_ppm)
    return max(0, given - taken)


def element_mass(material: AssayedMass, element: str) -> int:
    """Return the mass of an element, in 10^-12 g; the material must be assessable.

    An element that the assay does not name was not looked for and counts as zero here; a caller that must
    tell the two apart asks `assays_name`.
    """
    if material.mg_per_kg is None or material.moisture_ppm is None:
        raise ValueError("not assessable")
    dry = material.mass_g * (PPM - material.moisture_ppm)
    return dry * material.mg_per_kg.get(element, 0)


def assays_name(materials: Sequence[AssayedMass], element: str) -> bool:
    """Say whether every material is assessable and its assay names the element."""
    return all(one.assessable and one.mg_per_kg is not None and element in one.mg_per_kg for one in materials)


def check_elements(
    inputs: Sequence[AssayedMass], outputs: Sequence[AssayedMass], tolerance_ppm: int
) -> tuple[str, ...]:
    """Check that no element comes out heavier than it went in, and return the elements that were assessed.

    An element is assessed where every input's assay names it; outputs without an assay count as holding none.

    Raises:
        RuleRefusal: `balance.element`, with the element and the grams, rounded down.
    """
    named = {element for one in (*inputs, *outputs) for element in one.mg_per_kg or ()}
    assessed = tuple(sorted(element for element in named if inputs and assays_name(inputs, element)))
    for element in assessed:
        given = sum(element_mass(one, element) for one in inputs)
        taken = sum(element_mass(one, element) for one in outputs if one.assessable)
        if taken * PPM > given * (PPM + tolerance_ppm):
            raise RuleRefusal(
                "balance.element",
                element=element,
                input_g=given // ELEMENT_UNIT,
                output_g=taken // ELEMENT_UNIT,
            )
    return assessed


def apportion(total_g: int, weights_g: Sequence[int]) -> list[int]:
    """Share a weighed mass over items by their known masses; the shares add up to it exactly.

    The grams left by rounding down go to the largest remainders, and to the first among equals. Items without
    any known mass share alike.
    """
    if not weights_g:
        return []
    weights = list(weights_g) if sum(weights_g) else [1] * len(weights_g)
    whole = sum(weights)
    shares = [total_g * weight // whole for weight in weights]
    left = total_g - sum(shares)
    order = sorted(range(len(weights)), key=lambda place: (-(total_g * weights[place] % whole), place))
    for place in order[:left]:
        shares[place] += 1
    return shares
