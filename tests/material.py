"""Events of material for tests: lots with any assay, batches with any outputs, claims of recycled content."""

from collections.abc import Mapping
from typing import Final

from ledger.events import recycling, retirement
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.state import Assay
from ledger.vocabulary import AssayMethod, Element, LotOrigin, Material, RetirementReason, Step
from tests.consortium import LAB, MAKER, RECYCLER, START, Party
from tests.storyteller import Storyteller

Output = tuple[Material, int, Assay | None]
_MONTH_MS: Final = 30 * 86_400_000


def assay(**mg_per_kg: int) -> Assay:
    """Return an assay of a dry sample, in mg of element per kg."""
    return Assay(method=AssayMethod.ICP_OES, sample="S-1", lab=LAB.id, mg_per_kg=mg_per_kg)


def declared(
    story: Storyteller,
    lot: ItemId,
    mass_g: int,
    origin: LotOrigin,
    *,
    by: Party = RECYCLER,
    assay_: Assay | None = None,
    material: Material = Material.OTHER,
) -> str:
    """A lot of this origin enters the ledger; with an assay it is dry."""
    claims = recycling.LotDeclared(
        place=by.place,
        material=material,
        mass_g=mass_g,
        origin=origin,
        assay=assay_,
        moisture_ppm=None if assay_ is None else 0,
    )
    return story.tell(by, claims, lot)


def batch(
    story: Storyteller,
    *items: ItemId,
    drawn: Mapping[ItemId, int] | None = None,
    made: Mapping[ItemId, Output],
    step: Step = Step.HYDROMET,
    additions_g: int = 0,
    losses_g: int = 0,
    by: Party = RECYCLER,
    recycled: bool = True,
    moisture_ppm: int = 0,
) -> str:
    """A treatment step with outputs of any material and assay."""
    now = Instant.from_ms(story.now_ms)
    claims = recycling.BatchProcessed(
        place=by.place,
        step=step,
        period=recycling.Period(from_=Instant.from_ms(max(START.ms, now.ms - _MONTH_MS) - 60_000), until=now),
        lots=tuple(recycling.Draw(lot=lot, mass_g=mass_g) for lot, mass_g in (drawn or {}).items()),
        additions_g=additions_g,
        outputs=tuple(
            recycling.LotOutput(
                lot=lot,
                material=material,
                mass_g=mass_g,
                counts_as_recycled=recycled,
                moisture_ppm=None if found is None else moisture_ppm,
                assay=found,
            )
            for lot, (material, mass_g, found) in made.items()
        ),
        losses_g=losses_g,
    )
    return story.tell(by, claims, *items)


def content(
    story: Storyteller,
    drawn: Mapping[ItemId, int],
    element: Element,
    post_consumer_g: int,
    *,
    by: Party = MAKER,
    packs: int = 1,
) -> str:
    """A maker claims recycled content of its model in 2026."""
    claims = recycling.ContentClaimed(
        place=by.place,
        model=by.model(),
        plant="P-1",
        year=2026,
        element=element,
        lots=tuple(recycling.Draw(lot=lot, mass_g=mass_g) for lot, mass_g in drawn.items()),
        post_consumer_g=post_consumer_g,
        packs=packs,
    )
    return story.tell(by, claims)


def retired(story: Storyteller, item: ItemId, reason: RetirementReason, by: Party = MAKER) -> str:
    """The holder declares an item waste for this reason."""
    return story.tell(by, retirement.ItemRetired(place=by.place, reason=reason), item)
