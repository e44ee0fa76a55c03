"""The lives of packs, one function each, named after where they end. Read one as the story of one pack."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from random import Random
from typing import Final

from cli.demo.consortium import (
    CLOSED,
    COLLECTOR,
    DEALER,
    DISMANTLER,
    PACK_MAKER,
    SECOND_LIFE,
    TAXI_FLEET,
    VEHICLE_MAKER,
    Firm,
)
from cli.demo.handover import (
    CUSTODY,
    accept,
    collect,
    hand_over,
    hand_over_units,
    measure,
    offer,
)
from cli.demo.making import REAL_CELLS, Line
from cli.demo.second_use import assess, open_module, open_pack
from cli.demo.world import DAY_MS, Life, Unit, World, chance, days
from ledger.events import correction, custody, retirement, vehicle
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.state import Holder
from ledger.vin import check_digit
from ledger.vocabulary import (
    CollectedFrom,
    Ground,
    HealthMethod,
    Purpose,
    RemovalReason,
    RetirementReason,
    Right,
    VehicleUse,
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """What a life is told with: the world, the maker's line, the pack's number and its own chance."""

    world: World
    line: Line
    number: int
    rng: Random

    def make(self, real_cell: str | None = None) -> Unit:
        """Make the pack of this life."""
        return self.line.make_pack(self.number, self.rng, real_cell=real_cell)

    def show(self, name: str, item: ItemId) -> None:
        """Offer an item of this life as a sample."""
        self.world.show(name, item, self.number)


Waits = Generator[int, None, ItemId]
Live = Callable[[Chapter], Life]


def stay_in_stock(told: Chapter) -> Life:
    """Made, and not sold yet."""
    told.show("stock", told.make().item)
    yield DAY_MS


def wait_for_an_answer(told: Chapter) -> Life:
    """Offered to the vehicle maker, who has not answered."""
    pack = told.make()
    yield days(told.rng, 3, 9)
    offer(told.world, PACK_MAKER, VEHICLE_MAKER, [pack.item])
    told.show("offered", pack.item)


def come_back(told: Chapter) -> Life:
    """Sent back by the vehicle maker, offered again, and the offer taken back."""
    pack = told.make()
    yield days(told.rng, 3, 9)
    load = offer(told.world, PACK_MAKER, VEHICLE_MAKER, [pack.item])
    yield 2 * DAY_MS
    refused = custody.TransferRejected(
        place=VEHICLE_MAKER.place, consignment=load, reason="damaged_packaging"
    )
    told.world.tell(VEHICLE_MAKER, refused, pack.item)
    yield days(told.rng, 10, 20)
    load = offer(told.world, PACK_MAKER, VEHICLE_MAKER, [pack.item])
    yield DAY_MS
    withdrawn = custody.TransferWithdrawn(place=PACK_MAKER.place, consignment=load, reason="order_cancelled")
    told.world.tell(PACK_MAKER, withdrawn, pack.item)


def stand_at_the_factory(told: Chapter) -> Life:
    """Fitted into a new vehicle that is not sold yet."""
    pack = told.make()
    yield from _into_vehicle(told, pack)


def drive(told: Chapter) -> Life:
    """In a private car, measured by the dealer once a year."""
    pack = told.make()
    yield from sell(told, pack, VehicleUse.PRIVATE)
    told.show("private", pack.item)
    for share in (150, 300, 430, 550):
        yield days(told.rng, 330, 400)
        pack.age(share)
        measure(told.world, DEALER, pack)


def drive_a_taxi(told: Chapter) -> Life:
    """In a taxi; the fleet reads the battery management system every half year."""
    pack = told.make()
    yield from to_fleet(told, pack)
    told.show("taxi", pack.item)
    yield from taxi_years(told, pack, until_permille=700)


def retire(told: Chapter) -> Life:
    """Worn out in a taxi: taken out, declared waste, and its ownership sold apart from its custody."""
    pack = told.make()
    taxi = yield from to_fleet(told, pack)
    yield from taxi_years(told, pack, until_permille=960)
    pack.age(1000)
    yield from hand_over(told.world, TAXI_FLEET, DEALER, [taxi], CUSTODY)
    _take_out(told.world, DEALER, pack, taxi, RemovalReason.REPLACEMENT)
    yield 2 * DAY_MS
    yield from hand_over(told.world, DEALER, TAXI_FLEET, [taxi], CUSTODY)
    retire_unit(told.world, DEALER, pack, RetirementReason.CAPACITY_FADE)
    yield from hand_over(told.world, TAXI_FLEET, SECOND_LIFE, [pack.item], (Right.OWNERSHIP,))
    pack.owner = SECOND_LIFE
    told.show("retired", pack.item)


def be_replaced(told: Chapter) -> Life:
    """Taken out of a car at the dealer's, where a second pack goes in; the reason is corrected later."""
    pack = told.make()
    car = yield from sell(told, pack, VehicleUse.PRIVATE)
    yield days(told.rng, 500, 700)
    pack.age(400)
    measure(told.world, DEALER, pack)
    spare = Chapter(told.world, told.line, told.number + 1, chance(f"pack {told.number + 1}")).make()
    yield DAY_MS
    yield from hand_over_units(told.world, PACK_MAKER, DEALER, [spare])
    claims = vehicle.PackRemoved(place=DEALER.place, reason=RemovalReason.REPAIR, replaced_by=spare.item)
    removed = told.world.tell(DEALER, claims, pack.item, car, purpose=Purpose.DEVICE)
    told.world.tell(DEALER, vehicle.PackFitted(place=DEALER.place), spare.item, car)
    yield 4 * DAY_MS
    corrected = correction.EventCorrected(
        place=DEALER.place,
        event=removed,
        ground=Ground.TYPING_ERROR,
        claims={"reason": RemovalReason.REPLACEMENT.value},
    )
    told.world.tell(DEALER, corrected, pack.item, car)
    told.show("removed", pack.item)


def be_collected(told: Chapter) -> Life:
    """Brought to the collection point by its user."""
    pack = yield from _used(told)
    told.show("collected", pack.item)


def be_graded(told: Chapter) -> Life:
    """Collected, handed to the second-life firm, tested by a laboratory and graded."""
    pack = yield from _used(told)
    yield days(told.rng, 8, 15)
    yield from hand_over_units(told.world, COLLECTOR, SECOND_LIFE, [pack])
    yield 5 * DAY_MS
    assess(told.world, [pack], by_lab=True)
    told.show("graded", pack.item)


def give_its_modules(told: Chapter) -> Life:
    """Collected, graded and opened; the good modules go on to cabinets, the weak ones to the recycler."""
    place = told.number - 1
    pack = yield from _used(told, REAL_CELLS[place] if place < len(REAL_CELLS) else None)
    told.show("split", pack.item)
    yield days(told.rng, 8, 15)
    yield from hand_over_units(told.world, COLLECTOR, SECOND_LIFE, [pack])
    yield 5 * DAY_MS
    assess(told.world, [pack], by_lab=True)
    yield days(told.rng, 6, 12)
    lost = place >= len(REAL_CELLS) and told.rng.randint(1, _ONE_IN) == 1
    if lost:
        told.show("incomplete", pack.item)
    yield from open_pack(told.world, pack, missing=int(lost))
    module = pack.parts[0]
    if place < len(REAL_CELLS) and module in told.world.for_second_life:
        told.world.for_second_life.remove(module)
        yield 3 * DAY_MS
        open_module(told.world, told.line, module)
        told.show(f"real cell {place + 1}", ItemId("gbt34014", REAL_CELLS[place]))


def be_recycled(told: Chapter) -> Life:
    """Taken out of a scrapped car by the dismantler and sent to the recycler."""
    pack = told.make()
    car = yield from sell(told, pack, VehicleUse.LOGISTICS)
    yield days(told.rng, 900, 1_200)
    pack.age(told.rng.randint(850, 1000))
    collect(told.world, DISMANTLER, car)
    yield 2 * DAY_MS
    _take_out(told.world, DISMANTLER, pack, car, RemovalReason.SCRAPPING)
    retire_unit(told.world, DISMANTLER, pack, RetirementReason.END_OF_VEHICLE)
    told.world.for_recycling.append((DISMANTLER, pack))
    told.show("recycled", pack.item)


def be_disputed(told: Chapter) -> Life:
    """Handed in at a collection point while the ledger says that the taxi fleet has it."""
    pack = told.make()
    yield from to_fleet(told, pack)
    yield from taxi_years(told, pack, until_permille=500)
    collect(told.world, COLLECTOR, pack.item, came_from=CollectedFrom.FOUND, purpose=Purpose.DEVICE)
    told.show("disputed", pack.item)


def leave_a_closed_firm(told: Chapter) -> Life:
    """Collected by a firm that is suspended later; it may still hand over what it has."""
    pack = yield from _used(told, by=CLOSED)
    yield max(DAY_MS, _AFTER_CLOSING.ms - told.world.now_ms)
    yield from hand_over_units(told.world, CLOSED, COLLECTOR, [pack])


def waste_on_the_line(world: World, line: Line, rng: Random) -> Life:
    """Every year a module is made for stock, fails its last test and goes to the recycler as scrap."""
    while True:
        yield days(rng, 300, 360)
        module = line.make_module(rng)
        yield 2 * DAY_MS
        retire_unit(world, PACK_MAKER, module, RetirementReason.PRODUCTION_SCRAP)
        world.for_recycling.append((PACK_MAKER, module))


_ONE_IN: Final = 6
_AFTER_CLOSING: Final = Instant.parse("2026-06-15T10:00:00+08:00")


def _into_vehicle(told: Chapter, pack: Unit) -> Waits:
    yield days(told.rng, 3, 12)
    yield from hand_over_units(told.world, PACK_MAKER, VEHICLE_MAKER, [pack])
    yield days(told.rng, 2, 10)
    car = ItemId.parse(f"vehicle:{told.world.uuid(f'vehicle {told.number}')}")
    claims = vehicle.PackFitted(place=VEHICLE_MAKER.place, vehicle_model="DEMO-EV-1", max_packs=1)
    told.world.tell(VEHICLE_MAKER, claims, pack.item, car, restricted={"vin": vin(told.number)})
    return car


def sell(told: Chapter, pack: Unit, use: VehicleUse) -> Waits:
    """Fit a pack into a new vehicle and sell that to a user; the vehicle."""
    car = yield from _into_vehicle(told, pack)
    yield days(told.rng, 15, 60)
    claims = vehicle.VehicleSold(place=VEHICLE_MAKER.place, city="4403", use=use)
    told.world.tell(VEHICLE_MAKER, claims, car)
    pack.owner = Holder.USER
    return car


def to_fleet(told: Chapter, pack: Unit) -> Waits:
    """Fit a pack into a new taxi and hand that over to the fleet; the taxi."""
    car = yield from _into_vehicle(told, pack)
    yield days(told.rng, 15, 40)
    load = offer(told.world, VEHICLE_MAKER, TAXI_FLEET, [car])
    yield 2 * DAY_MS
    accept(told.world, TAXI_FLEET, load, [car])
    pack.owner = TAXI_FLEET
    return car


def taxi_years(told: Chapter, pack: Unit, *, until_permille: int) -> Life:
    """Drive and measure a taxi's pack for two years and a half, until so much of its life is worn."""
    for half_year in range(1, 6):
        yield days(told.rng, 170, 195)
        pack.age(until_permille * half_year // 5)
        measure(told.world, TAXI_FLEET, pack, method=HealthMethod.BMS_READING)


def _used(told: Chapter, real_cell: str | None = None, by: Firm = COLLECTOR) -> Generator[int, None, Unit]:
    pack = told.make(real_cell)
    yield from sell(told, pack, VehicleUse.PRIVATE)
    yield days(told.rng, 330, 400)
    pack.age(300)
    measure(told.world, DEALER, pack)
    yield days(told.rng, 500, 800)
    pack.age(told.rng.randint(650, 990))
    collect(told.world, by, pack.item)
    return pack


def _take_out(world: World, by: Firm, pack: Unit, car: ItemId, reason: RemovalReason) -> None:
    world.tell(by, vehicle.PackRemoved(place=by.place, reason=reason), pack.item, car)


def retire_unit(world: World, by: Firm, unit: Unit, reason: RetirementReason) -> None:
    """Declare a unit waste."""
    world.tell(by, retirement.ItemRetired(place=by.place, reason=reason), unit.item)


def vin(number: int) -> str:
    """Return a well-formed VIN that no vehicle has."""
    draft = f"LZZ0DEM10R{number:07d}"
    return draft[:8] + check_digit(draft) + draft[9:]
