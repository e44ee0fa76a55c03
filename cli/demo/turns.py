"""Lives that take a turn: theft, loss, a crash, disputes, export, a lease that ends, a second chance."""

from collections.abc import Sequence
from random import Random
from typing import Final

from cli.demo.consortium import (
    COLLECTOR,
    DEALER,
    PACK_MAKER,
    RECYCLER,
    REGISTRAR,
    SECOND_LIFE,
    TAXI_FLEET,
    TELECOM,
    TEST_LAB,
    VEHICLE_MAKER,
    Firm,
)
from cli.demo.handover import CUSTODY, accept, collect, hand_over, hand_over_units, measure, offer
from cli.demo.lives import Chapter, retire_unit, sell, taxi_years, to_fleet
from cli.demo.making import Line
from cli.demo.materials import shred
from cli.demo.world import DAY_MS, Life, Unit, World, days
from ledger.events import correction, custody, retirement, second_life, service, vehicle
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import (
    Application,
    CollectedFrom,
    Decision,
    DisputeOutcome,
    Ground,
    HealthMethod,
    IncidentKind,
    Purpose,
    ReceiverKind,
    RemovalReason,
    RetirementReason,
    Severity,
    VehicleUse,
)

_REPORT: Final = "A" * 43
_POLICE: Final = {"police_no": "DEMO-0000"}


def be_stolen(told: Chapter) -> Life:
    """Stolen with a taxi at night, found by the police three weeks later, and back on the road."""
    pack = told.make()
    yield from to_fleet(told, pack)
    yield days(told.rng, 100, 150)
    today = Instant.from_ms(told.world.now_ms).day
    stolen = service.ItemStolen(place=TAXI_FLEET.place, on=today)
    reported = told.world.tell(TAXI_FLEET, stolen, pack.item, restricted=_POLICE)
    told.show("stolen", pack.item)
    yield 21 * DAY_MS
    today = Instant.from_ms(told.world.now_ms).day
    found = service.ItemFound(place=TAXI_FLEET.place, on=today)
    told.world.tell(TAXI_FLEET, found, pack.item, restricted=_POLICE)
    yield 2 * DAY_MS
    # The case is closed: its number is nobody's business any more.
    erased = correction.DisclosureErased(
        place=REGISTRAR.place,
        event=reported,
        digests=told.world.pen.digests[reported],
        ground=Ground.OWN_REQUEST,
    )
    told.world.tell(REGISTRAR, erased, pack.item)
    pack.age(200)
    measure(told.world, TAXI_FLEET, pack, method=HealthMethod.BMS_READING)


def be_lost(told: Chapter) -> Life:
    """A spare that the dealer could not find at its stocktaking."""
    pack = told.make()
    yield days(told.rng, 3, 9)
    yield from hand_over_units(told.world, PACK_MAKER, DEALER, [pack])
    yield days(told.rng, 60, 90)
    today = Instant.from_ms(told.world.now_ms).day
    told.world.tell(DEALER, service.ItemLost(place=DEALER.place, on=today), pack.item, purpose=Purpose.DEVICE)
    told.show("lost", pack.item)


def be_in_a_crash(told: Chapter) -> Life:
    """Taken out after a crash, quarantined, found safe by the laboratory, and fitted again."""
    pack = told.make()
    car = yield from sell(told, pack, VehicleUse.PRIVATE)
    yield days(told.rng, 200, 300)
    claims = service.IncidentReported(place=DEALER.place, kind=IncidentKind.CRASH, severity=Severity.SERIOUS)
    told.world.tell(DEALER, claims, pack.item, restricted={"text": "追尾，托盘凹陷"})
    yield DAY_MS
    removed = vehicle.PackRemoved(place=DEALER.place, reason=RemovalReason.REPAIR)
    told.world.tell(DEALER, removed, pack.item, car, purpose=Purpose.DEVICE)
    yield from hand_over(told.world, DEALER, TEST_LAB, [pack.item], CUSTODY)
    yield days(told.rng, 8, 14)
    measure(told.world, TEST_LAB, pack, purpose=Purpose.RIG)
    lifted = service.QuarantineLifted(place=TEST_LAB.place, report_sha256=_REPORT)
    told.world.tell(TEST_LAB, lifted, pack.item)
    yield DAY_MS
    yield from hand_over(told.world, TEST_LAB, DEALER, [pack.item], CUSTODY)
    yield DAY_MS
    told.world.tell(DEALER, vehicle.PackFitted(place=DEALER.place), pack.item, car)
    told.show("crashed", pack.item)


def be_settled(told: Chapter) -> Life:
    """Handed in while the fleet still had it in its books; fleet and collector agree, and it is collected."""
    pack = told.make()
    yield from to_fleet(told, pack)
    yield from taxi_years(told, pack, until_permille=500)
    collected = collect(
        told.world, COLLECTOR, pack.item, came_from=CollectedFrom.FOUND, purpose=Purpose.DEVICE
    )
    yield 4 * DAY_MS
    _settle(told.world, (TAXI_FLEET, COLLECTOR), collected, pack.item, DisputeOutcome.CLAIMANT_TAKES)
    yield DAY_MS
    collect(told.world, COLLECTOR, pack.item, came_from=CollectedFrom.FOUND, purpose=Purpose.DEVICE)
    told.show("settled", pack.item)


def be_contested(told: Chapter) -> Life:
    """Its maker contests that the right pack was taken in; a look at the plate ends the dispute."""
    pack = told.make()
    yield days(told.rng, 3, 9)
    load = offer(told.world, PACK_MAKER, VEHICLE_MAKER, [pack.item])
    yield 2 * DAY_MS
    accepted = accept(told.world, VEHICLE_MAKER, load, [pack.item])
    yield DAY_MS
    claims = correction.EventDisputed(place=PACK_MAKER.place, event=accepted, ground=Ground.WRONG_ITEM)
    told.world.tell(PACK_MAKER, claims, pack.item)
    yield 3 * DAY_MS
    _settle(told.world, (VEHICLE_MAKER, PACK_MAKER), accepted, pack.item, DisputeOutcome.WITHDRAWN)


def go_abroad(told: Chapter) -> Life:
    """Exported to Germany and given to a firm there that is not enrolled."""
    pack = told.make()
    yield days(told.rng, 5, 15)
    exported = custody.ItemExported(place=PACK_MAKER.place, destination="DE")
    told.world.tell(PACK_MAKER, exported, pack.item, restricted={"declaration_no": "DEMO-EX-1"})
    yield 30 * DAY_MS
    released = custody.CustodyReleased(place=PACK_MAKER.place, receiver=ReceiverKind.FIRM)
    told.world.tell(PACK_MAKER, released, pack.item, restricted={"receiver_name": "Musterwerk (fictional)"})
    told.show("abroad", pack.item)


def be_leased(told: Chapter) -> Life:
    """Storage of the tower operator, worn out; its owner agrees to what the recycler does with it."""
    pack = told.make()
    yield days(told.rng, 3, 9)
    yield from hand_over_units(told.world, PACK_MAKER, TELECOM, [pack])
    deployed = second_life.ProductDeployed(place=TELECOM.place, application=Application.ENERGY_STORAGE)
    told.world.tell(TELECOM, deployed, pack.item)
    yield days(told.rng, 900, 1_000)
    pack.age(1000)
    measure(told.world, TELECOM, pack)
    told.world.tell(TELECOM, second_life.ProductReturned(place=TELECOM.place), pack.item)
    retire_unit(told.world, TELECOM, pack, RetirementReason.CAPACITY_FADE)
    yield from hand_over(told.world, TELECOM, RECYCLER, [pack.item], CUSTODY)
    consent = custody.ConsentGiven(place=TELECOM.place, act="batch.processed", to=RECYCLER.id)
    told.world.tell(TELECOM, consent, pack.item)
    yield 5 * DAY_MS
    shred(told.world, _SINGLE_BATCHES + told.number, [pack])
    told.show("leased", pack.item)


def get_a_second_chance(world: World, line: Line, rng: Random) -> Life:
    """Scrap of the line that the second-life firm measures, grades for reuse and brings back."""
    modules = [line.make_module(rng) for _ in range(2)]
    yield 2 * DAY_MS
    for module in modules:
        retire_unit(world, PACK_MAKER, module, RetirementReason.PRODUCTION_SCRAP)
    yield from hand_over_units(world, PACK_MAKER, SECOND_LIFE, modules)
    yield 6 * DAY_MS
    measured = [measure(world, SECOND_LIFE, module) for module in modules]
    claims = retirement.ItemRequalified(
        place=SECOND_LIFE.place, measurements=tuple(measured), grading=_grade(world, modules, measured)
    )
    world.tell(SECOND_LIFE, claims, *(module.item for module in modules))
    world.show("second chance", modules[0].item, 1)


def _grade(world: World, units: Sequence[Unit], measured: Sequence[str]) -> str:
    grades = tuple(
        second_life.Grade(
            item=unit.item,
            rule="demo-house-rule@1",
            grade="a",
            decision=Decision.REUSE,
            measurements=(health,),
        )
        for unit, health in zip(units, measured, strict=True)
    )
    return world.tell(SECOND_LIFE, second_life.ItemGraded(place=SECOND_LIFE.place, grades=grades))


def _settle(
    world: World, parties: tuple[Firm, Firm], event: str, item: ItemId, outcome: DisputeOutcome
) -> None:
    for firm in parties:
        world.tell(firm, correction.DisputeSettled(place=firm.place, event=event, outcome=outcome), item)


# Batches of one pack are numbered apart from those of the plant.
_SINGLE_BATCHES: Final = 5_000
