"""The second-life firm: it tests, grades and opens used packs, and builds cabinets for telecom stations."""

from collections.abc import Sequence
from typing import Final

from cli.demo.consortium import SECOND_LIFE, TELECOM, TEST_LAB, VENDOR_SECOND_LIFE
from cli.demo.handover import hand_over_units, health_permille, measure
from cli.demo.making import CELL_G, MODULE_G, Line
from cli.demo.world import DAY_MS, Life, Unit, World
from ledger import gbt34014
from ledger.cells import release
from ledger.events import second_life
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import Application, Decision, Material, Purpose

CABINET_MODULES: Final = 4
CABINET_FRAME_G: Final = 28_000
CABINET_G: Final = CABINET_MODULES * MODULE_G + CABINET_FRAME_G
HOUSING_G: Final = 38_000
ELECTRONICS_G: Final = 11_000
# The house rule of a firm that does not exist; no figure of a public rule could be read (GB/T 34015.3).
_GRADING_RULE: Final = "demo-house-rule@1"
_REPURPOSE_FROM_PERMILLE: Final = 830
_GRADES: Final = ((900, "a"), (_REPURPOSE_FROM_PERMILLE, "b"), (0, "c"))


def assess(world: World, units: Sequence[Unit], *, by_lab: bool) -> None:
    """Measure each unit and grade all of them on these measurements."""
    firm, purpose = (TEST_LAB, Purpose.RIG) if by_lab else (SECOND_LIFE, Purpose.OFFICE)
    grades = []
    for unit in units:
        measured = measure(world, firm, unit, purpose=purpose)
        health = health_permille(unit)
        grades.append(
            second_life.Grade(
                item=unit.item,
                rule=_GRADING_RULE,
                grade=next(name for least, name in _GRADES if health >= least),
                decision=_decision(unit),
                measurements=(measured,),
            )
        )
    world.tell(SECOND_LIFE, second_life.ItemGraded(place=SECOND_LIFE.place, grades=tuple(grades)))


def open_pack(world: World, pack: Unit, *, missing: int = 0) -> Life:
    """Take a pack apart, test its modules and put each where it belongs; the last ones may be missing."""
    found = pack.parts[: len(pack.parts) - missing]
    tail = pack.item.value[-7:]
    outputs = [second_life.SplitOutput(id=module.item, mass_g=module.mass_g) for module in found]
    for name, material, mass_g in (
        ("HOUSING", Material.HOUSING, HOUSING_G),
        ("ELECTRONICS", Material.ELECTRONICS, ELECTRONICS_G),
    ):
        lot = SECOND_LIFE.lot(f"{name}-{tail}")
        outputs.append(second_life.SplitOutput(id=lot, mass_g=mass_g, material=material))
    claims = second_life.ItemSplit(
        place=SECOND_LIFE.place,
        outputs=tuple(outputs),
        unaccounted=tuple(module.item for module in pack.parts[len(found) :]),
    )
    world.tell(SECOND_LIFE, claims, pack.item)
    for module in found:
        module.owner = pack.owner
    yield 9 * DAY_MS
    assess(world, found, by_lab=False)
    for module in found:
        if _decision(module) is Decision.REPURPOSE:
            world.for_second_life.append(module)
        else:
            world.for_recycling.append((SECOND_LIFE, module))


def open_module(world: World, line: Line, module: Unit) -> None:
    """Take a module apart; each cell comes out with the proof that it was declared to be in there."""
    key, codes = line.salt_key(module), module.cells
    outputs = [
        second_life.SplitOutput(id=ItemId("gbt34014", code), mass_g=CELL_G, cell=release(key, codes, code))
        for code in codes
    ]
    housing = SECOND_LIFE.lot(f"FRAME-{module.item.value[-7:]}")
    rest_g = module.mass_g - CELL_G * len(codes)
    outputs.append(second_life.SplitOutput(id=housing, mass_g=rest_g, material=Material.HOUSING))
    world.tell(
        SECOND_LIFE, second_life.ItemSplit(place=SECOND_LIFE.place, outputs=tuple(outputs)), module.item
    )


def run_workshop(world: World) -> Life:
    """Look into the stock of good modules every three weeks, and build cabinets while there are enough."""
    built = 0
    while True:
        yield 21 * DAY_MS
        while len(world.for_second_life) >= CABINET_MODULES:
            built += 1
            inputs = [world.for_second_life.pop(0) for _ in range(CABINET_MODULES)]
            world.begin(_cabinet(world, built, inputs), world.now_ms + DAY_MS // 24)


def _cabinet(world: World, number: int, inputs: Sequence[Unit]) -> Life:
    code = gbt34014.mint(
        vendor=VENDOR_SECOND_LIFE,
        kind=gbt34014.Kind.PACK,
        chemistry=gbt34014.Chemistry.LFP,
        spec="01",
        trace=None,
        made_on=Instant.from_ms(world.now_ms).day,
        serial=number,
        reuse=gbt34014.Kind.PACK,
    )
    cabinet = Unit(
        ItemId("gbt34014", code.text),
        sum(module.mass_g for module in inputs) + CABINET_FRAME_G,
        inputs[0].rated_mah * len(inputs),
        SECOND_LIFE,
        tuple(cell for module in inputs for cell in module.wear),
        list(inputs),
        cycles=max(module.cycles for module in inputs),
    )
    claims = second_life.ProductAssembled(
        place=SECOND_LIFE.place,
        inputs=tuple(module.item for module in inputs),
        application=Application.TELECOM_BACKUP,
        standard="YD-T-2344.1",
        mass_g=cabinet.mass_g,
        model=SECOND_LIFE.model("CABINET20"),
    )
    world.tell(SECOND_LIFE, claims, cabinet.item)
    yield 5 * DAY_MS
    measure(world, SECOND_LIFE, cabinet)
    yield from hand_over_units(world, SECOND_LIFE, TELECOM, [cabinet])
    yield 12 * DAY_MS
    deployed = second_life.ProductDeployed(place=TELECOM.place, application=Application.TELECOM_BACKUP)
    restricted = {"site_address": f"演示基站 {number:03d}", "owner_name": TELECOM.name_zh}
    world.tell(TELECOM, deployed, cabinet.item, restricted=restricted)
    world.at_stations.append(cabinet)
    world.show("cabinet", cabinet.item, number)


def _decision(unit: Unit) -> Decision:
    good = health_permille(unit) >= _REPURPOSE_FROM_PERMILLE
    return Decision.REPURPOSE if good else Decision.RECYCLE
