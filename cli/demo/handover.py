"""Hand-overs: offers and answers, collection, and the measurements made on the way."""

from collections.abc import Sequence
from typing import Final

from cli.demo.capacity import scaled
from cli.demo.consortium import Firm
from cli.demo.world import DAY_MS, Life, Unit, World
from crypto.strictjson import Json
from ledger.balance import apportion
from ledger.events import custody, service
from ledger.identifiers import ItemId
from ledger.vocabulary import (
    CollectedFrom,
    Condition,
    HealthMethod,
    HealthSource,
    MassBasis,
    Purpose,
    Right,
)

BOTH: Final = (Right.CUSTODY, Right.OWNERSHIP)
CUSTODY: Final = (Right.CUSTODY,)
_TARE_G: Final = 9_400_000


def offer(
    world: World, giver: Firm, taker: Firm, items: Sequence[ItemId], rights: Sequence[Right] = BOTH
) -> str:
    """Offer items; return the load's id, which its answer names."""
    load = world.uuid(f"load {world.pen.signed}")
    claims = custody.TransferOffered(
        place=giver.place, rights=tuple(rights), to=taker.id, consignment=load, count=len(items)
    )
    waybill = f"DEMO-{load[:8].upper()}"
    world.tell(giver, claims, *items, restricted={"carrier": "虚构物流公司", "waybill": waybill})
    return load


def accept(world: World, taker: Firm, load: str, items: Sequence[ItemId]) -> str:
    """Take a load as declared; return the event's id."""
    claims = custody.TransferAccepted(
        place=taker.place,
        consignment=load,
        mass_basis=MassBasis.DECLARED,
        checklist=custody.CheckList(),
    )
    return world.tell(taker, claims, *items)


def hand_over(
    world: World, giver: Firm, taker: Firm, items: Sequence[ItemId], rights: Sequence[Right] = BOTH
) -> Life:
    """Offer items, and have them accepted three days later."""
    load = offer(world, giver, taker, items, rights)
    yield 3 * DAY_MS
    accept(world, taker, load, items)


def hand_over_units(world: World, giver: Firm, taker: Firm, units: Sequence[Unit]) -> Life:
    """Hand over units with every right the giver has: ownership too, where it is the owner."""
    owned = all(unit.owner is giver for unit in units)
    yield from hand_over(world, giver, taker, [unit.item for unit in units], BOTH if owned else CUSTODY)
    if owned:
        for unit in units:
            unit.owner = taker


def weigh_in(world: World, giver: Firm, taker: Firm, units: Sequence[Unit]) -> Life:
    """Hand over waste that the receiver weighs as one load; each unit gets its share of the net mass."""
    items = [unit.item for unit in units]
    owned = all(unit.owner is giver for unit in units)
    load = offer(world, giver, taker, items, BOTH if owned else CUSTODY)
    yield 2 * DAY_MS
    # The weighbridge finds a little less than was declared: dust and dirt stay behind.
    declared_g = sum(unit.mass_g for unit in units)
    net_g = declared_g - declared_g // 1_000
    claims = custody.TransferAccepted(
        place=taker.place,
        consignment=load,
        mass_basis=MassBasis.APPORTIONED,
        gross_g=_TARE_G + net_g,
        tare_g=_TARE_G,
        checklist=custody.CheckList(),
    )
    world.tell(taker, claims, *items)
    for unit, mass_g in zip(units, apportion(net_g, [unit.mass_g for unit in units]), strict=True):
        unit.mass_g = mass_g


def collect(
    world: World,
    by: Firm,
    *items: ItemId,
    came_from: CollectedFrom = CollectedFrom.CONSUMER,
    purpose: Purpose = Purpose.OFFICE,
) -> str:
    """Take in what no enrolled firm has, as waste; where one has it, lay claim. Return the event's id."""
    claims = custody.ItemCollected(place=by.place, from_=came_from, condition=Condition.SOUND)
    return world.tell(by, claims, *items, purpose=purpose)


def measure(
    world: World,
    by: Firm,
    unit: Unit,
    *,
    method: HealthMethod = HealthMethod.CAPACITY_TEST,
    purpose: Purpose = Purpose.OFFICE,
) -> str:
    """Measure what a unit still holds; the figures are restricted claims. Return the event's id."""
    measured = scaled(unit.capacity_mah, unit.rated_mah)
    bms = method is HealthMethod.BMS_READING
    restricted: dict[str, Json] = {
        "quantity": "capacity_mah",
        "base": unit.rated_mah,
        "measured": measured,
        "soh_permille": measured * 1000 // unit.rated_mah,
        "source": (HealthSource.BMS if bms else HealthSource.BENCH).value,
        "temperature_dc": 250,
        "cycles": unit.cycles,
    }
    if not bms:
        restricted["instrument"] = "DEMO-CYCLER-01"
    claims = service.HealthMeasured(place=by.place, method=method)
    return world.tell(by, claims, unit.item, restricted=restricted, purpose=purpose)


def health_permille(unit: Unit) -> int:
    """Return what a measurement would say: capacity in thousandths of the rated one, rounded down."""
    return scaled(unit.capacity_mah, unit.rated_mah) * 1000 // unit.rated_mah
