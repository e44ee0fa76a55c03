"""The recycler and the material maker: packs to black mass, black mass to salts, salts to cathode powder."""

from itertools import groupby
from typing import Final

from cli.demo.consortium import MATERIAL_MAKER, PACK_MAKER, RECYCLER, TEST_LAB
from cli.demo.handover import hand_over, weigh_in
from cli.demo.world import DAY_MS, Heap, Life, Unit, World
from crypto.strictjson import Json
from ledger import gbt34014
from ledger.events import recycling
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.state import Assay
from ledger.vocabulary import AssayMethod, Element, LotOrigin, Material, Step, TakerKind

_MOISTURE_PPM: Final = 5_000
# Typical compositions of lithium iron phosphate material, rounded; made up for the story, not measured.
_ASSAYS: Final[dict[Material, dict[Element, int]]] = {
    Material.BLACK_MASS: {
        Element.LI: 28_000,
        Element.FE: 225_000,
        Element.P: 125_000,
        Element.CU: 9_000,
        Element.AL: 7_000,
    },
    Material.LITHIUM_CARBONATE: {Element.LI: 187_000, Element.FE: 10, Element.P: 20},
    Material.IRON_PHOSPHATE: {Element.LI: 100, Element.FE: 365_000, Element.P: 203_000},
    Material.GRAPHITE: {Element.LI: 800, Element.FE: 900, Element.P: 600, Element.CU: 500, Element.AL: 400},
    Material.CATHODE_POWDER: {Element.LI: 43_500, Element.FE: 349_000, Element.P: 194_000},
}
# Shares of the mass that goes in, in permille. What a step does not name is lost or unaccounted for.
_SHRED: Final = {
    Material.BLACK_MASS: 420,
    Material.STEEL: 130,
    Material.COPPER: 90,
    Material.ALUMINIUM: 85,
    Material.PLASTICS: 70,
}
_SHRED_LOSSES: Final = 190
_HYDROMET: Final = {Material.LITHIUM_CARBONATE: 137, Material.IRON_PHOSPHATE: 578, Material.GRAPHITE: 290}
_HYDROMET_ADDITIONS: Final = 350
_HYDROMET_LOSSES: Final = 330
_RECYCLED: Final = frozenset({Material.LITHIUM_CARBONATE, Material.IRON_PHOSPHATE})
# Grams of each salt in a kilogram of cathode powder: 2 LiFePO4 from Li2CO3 and 2 FePO4, with 2 % over.
_CARBONATE_G_PER_KG: Final = 240
_PHOSPHATE_G_PER_KG: Final = 975
_SOLD_ONE_IN: Final = 5
_CAMPAIGN_PACKS: Final = 40
_CAMPAIGN_MS: Final = 1_500 * DAY_MS
_CLAIMED_G_PER_PACK: Final = 400


def run_plant(world: World) -> Life:
    """Take in what waits for recycling, shred it every month, and leach the black mass of each batch."""
    batch = 0
    while True:
        yield 30 * DAY_MS
        if not world.for_recycling:
            continue
        waiting = sorted(world.for_recycling, key=lambda one: one[0].number)
        world.for_recycling = []
        taken: list[Unit] = []
        for giver, group in groupby(waiting, key=lambda one: one[0]):
            units = [unit for _, unit in group]
            yield from weigh_in(world, giver, RECYCLER, units)
            taken += units
        yield 6 * DAY_MS
        batch += 1
        world.begin(_batch(world, batch, taken), world.now_ms)


def _batch(world: World, number: int, units: list[Unit]) -> Life:
    mass_g = sum(unit.mass_g for unit in units)
    black_mass = _lot(Material.BLACK_MASS, number)
    shred(world, number, units)
    world.show("black mass", black_mass, number)
    yield 3 * DAY_MS
    _burn_plastics(world, number, mass_g * _SHRED[Material.PLASTICS] // 1000)
    drawn_g = mass_g * _SHRED[Material.BLACK_MASS] // 1000 * 9 // 10
    packs = sum(_is_pack(unit.item) for unit in units)
    world.black_mass.append(Heap(black_mass, drawn_g, packs, world.now_ms))
    yield 11 * DAY_MS
    if _is_a_campaign(world):
        world.campaigns += 1
        yield from _leach(world, world.campaigns)


def _is_pack(item: ItemId) -> bool:
    return item.scheme == "gbt34014" and gbt34014.parse(item.value).kind is gbt34014.Kind.PACK


def _is_a_campaign(world: World) -> bool:
    # A plant leaches when its silo is full, or when it has stood long enough.
    heaps = world.black_mass
    full = sum(heap.packs for heap in heaps) >= _CAMPAIGN_PACKS
    return bool(heaps) and (full or world.now_ms - heaps[0].since_ms > _CAMPAIGN_MS)


def _leach(world: World, number: int) -> Life:
    heaps, world.black_mass = world.black_mass, []
    drawn_g = sum(heap.mass_g for heap in heaps)
    made = {material: drawn_g * share // 1000 for material, share in _HYDROMET.items()}
    _process(
        world,
        Step.HYDROMET,
        number,
        drawn={heap.lot: heap.mass_g for heap in heaps},
        outputs=made,
        additions_g=drawn_g * _HYDROMET_ADDITIONS // 1000,
        losses_g=drawn_g * _HYDROMET_LOSSES // 1000,
    )
    world.show("lithium carbonate", _lot(Material.LITHIUM_CARBONATE, number), number)
    if sum(heap.packs for heap in heaps) >= _CAMPAIGN_PACKS:
        world.show("traced", _lot(Material.LITHIUM_CARBONATE, number), number)
    yield 8 * DAY_MS
    made[Material.LITHIUM_CARBONATE] -= _to_pack_maker(world, number, made[Material.LITHIUM_CARBONATE])
    yield from _to_cathode(world, number, made)


def shred(world: World, number: int, units: list[Unit]) -> None:
    """Shred units as one batch of this number."""
    mass_g = sum(unit.mass_g for unit in units)
    _process(
        world,
        Step.SHRED,
        number,
        units=units,
        outputs={material: mass_g * share // 1000 for material, share in _SHRED.items()},
        losses_g=mass_g * _SHRED_LOSSES // 1000,
    )


def _burn_plastics(world: World, number: int, mass_g: int) -> None:
    # Soiled plastics are set apart and burnt; the clean ones stay.
    source = _lot(Material.PLASTICS, number)
    soiled = recycling.LotPart(lot=RECYCLER.lot(f"PLASTICS-{number:04d}-SOILED"), mass_g=mass_g // 4)
    world.tell(RECYCLER, recycling.LotDivided(place=RECYCLER.place, source=source, parts=(soiled,)))
    claims = recycling.ResidueDisposed(
        place=RECYCLER.place,
        taker=TakerKind.INCINERATION,
        lots=(recycling.Draw(lot=soiled.lot, mass_g=soiled.mass_g),),
    )
    world.tell(RECYCLER, claims, restricted={"transfer_note_no": f"DEMO-{number:04d}"})


def _to_pack_maker(world: World, number: int, carbonate_g: int) -> int:
    # A fifth of the carbonate is sold to the pack maker; returns how much that is, in g.
    whole = _lot(Material.LITHIUM_CARBONATE, number)
    part = recycling.LotPart(
        lot=RECYCLER.lot(f"LITHIUM-CARBONATE-{number:04d}-B"), mass_g=carbonate_g // _SOLD_ONE_IN
    )
    world.tell(RECYCLER, recycling.LotDivided(place=RECYCLER.place, source=whole, parts=(part,)))
    world.begin(_claim_content(world, number, part), world.now_ms + DAY_MS)
    return part.mass_g


def _claim_content(world: World, number: int, part: recycling.LotPart) -> Life:
    yield from hand_over(world, RECYCLER, PACK_MAKER, [part.lot])
    yield 20 * DAY_MS
    dry_g = part.mass_g * (1_000_000 - _MOISTURE_PPM) // 1_000_000
    lithium_g = dry_g * _ASSAYS[Material.LITHIUM_CARBONATE][Element.LI] // 1_000_000
    claims = recycling.ContentClaimed(
        place=PACK_MAKER.place,
        model=PACK_MAKER.model("LFP41"),
        plant="DEMO-PLANT-1",
        year=Instant.from_ms(world.now_ms).day.year,
        element=Element.LI,
        lots=(recycling.Draw(lot=part.lot, mass_g=part.mass_g),),
        post_consumer_g=lithium_g,
        packs=max(1, lithium_g // _CLAIMED_G_PER_PACK),
    )
    world.tell(PACK_MAKER, claims)
    world.show("claimed", part.lot, number)


def _to_cathode(world: World, number: int, made: dict[Material, int]) -> Life:
    carbonate, phosphate = Material.LITHIUM_CARBONATE, Material.IRON_PHOSPHATE
    salts = [_lot(carbonate, number), _lot(phosphate, number)]
    yield from hand_over(world, RECYCLER, MATERIAL_MAKER, salts)
    yield 10 * DAY_MS
    carbon = MATERIAL_MAKER.lot(f"GLUCOSE-{number:04d}")
    bought = recycling.LotDeclared(
        place=MATERIAL_MAKER.place, material=Material.OTHER, mass_g=500_000, origin=LotOrigin.VIRGIN
    )
    world.tell(MATERIAL_MAKER, bought, carbon)
    powder_g = min(
        made[carbonate] * 1000 // _CARBONATE_G_PER_KG, made[phosphate] * 1000 // _PHOSPHATE_G_PER_KG
    )
    drawn = {
        salts[0]: powder_g * _CARBONATE_G_PER_KG // 1000,
        salts[1]: powder_g * _PHOSPHATE_G_PER_KG // 1000,
    }
    powder = MATERIAL_MAKER.lot(f"LFP-{number:04d}")
    _process(
        world,
        Step.CATHODE,
        number,
        drawn=drawn,
        outputs={Material.CATHODE_POWDER: powder_g},
        losses_g=sum(drawn.values()) - powder_g,
    )
    yield 7 * DAY_MS
    yield from hand_over(world, MATERIAL_MAKER, PACK_MAKER, [powder])
    world.show("cathode powder", powder, number)


def _process(
    world: World,
    step: Step,
    number: int,
    *,
    outputs: dict[Material, int],
    losses_g: int,
    units: list[Unit] | None = None,
    drawn: dict[ItemId, int] | None = None,
    additions_g: int = 0,
) -> None:
    firm = MATERIAL_MAKER if step is Step.CATHODE else RECYCLER
    claims = recycling.BatchProcessed(
        place=firm.place,
        step=step,
        period=recycling.Period(
            from_=Instant.from_ms(world.now_ms - 3 * DAY_MS), until=Instant.from_ms(world.now_ms)
        ),
        lots=tuple(recycling.Draw(lot=lot, mass_g=mass_g) for lot, mass_g in (drawn or {}).items()),
        additions_g=additions_g,
        outputs=tuple(_output(material, number, mass_g) for material, mass_g in outputs.items()),
        losses_g=losses_g,
    )
    restricted: dict[str, Json] = {"batch_no": f"DEMO-{step.upper()}-{number:04d}", "energy_wh": losses_g * 2}
    world.tell(firm, claims, *(unit.item for unit in units or ()), restricted=restricted)


def _output(material: Material, number: int, mass_g: int) -> recycling.LotOutput:
    elements = _ASSAYS.get(material)
    assay = None
    if elements is not None:
        sample = f"DEMO-{material.upper().replace('_', '-')[:20]}-{number:04d}"
        named = {element.value: mg_per_kg for element, mg_per_kg in elements.items()}
        assay = Assay(method=AssayMethod.ICP_OES, sample=sample, lab=TEST_LAB.id, mg_per_kg=named)
    return recycling.LotOutput(
        lot=_lot(material, number),
        material=material,
        mass_g=mass_g,
        counts_as_recycled=material in _RECYCLED,
        moisture_ppm=None if assay is None else _MOISTURE_PPM,
        assay=assay,
    )


def _lot(material: Material, number: int) -> ItemId:
    if material is Material.CATHODE_POWDER:
        return MATERIAL_MAKER.lot(f"LFP-{number:04d}")
    return RECYCLER.lot(f"{material.upper().replace('_', '-')}-{number:04d}")
