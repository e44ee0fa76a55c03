"""More turns: rework, repair, a swap pool, a scrapped van, a copied code, imports, old packs, recalls."""

from hashlib import sha256
from typing import Final

from cli.demo.consortium import (
    BANK,
    COLLECTOR,
    DEALER,
    DISMANTLER,
    IMPORTER,
    INSURER,
    PACK_MAKER,
    SWAP_OPERATOR,
    VEHICLE_MAKER,
    VENDOR_ABROAD,
    Firm,
)
from cli.demo.handover import collect, hand_over, hand_over_units, measure
from cli.demo.lives import Chapter, retire_unit, sell, to_fleet, vin
from cli.demo.making import PACK_G, RATED_MAH, pack_code
from cli.demo.world import DAY_MS, Life, Unit, World, chance, days
from crypto.encoding import b64url_encode
from ledger import gbt34014
from ledger.events import custody, production, recycling, service, vehicle
from ledger.identifiers import ItemId
from ledger.instants import Day, Instant
from ledger.vocabulary import (
    CollectedFrom,
    Hazard,
    HealthMethod,
    Kind,
    LabelGround,
    MassBasis,
    Phase,
    Purpose,
    RecallRemedy,
    RepairStage,
    RetirementReason,
    Right,
    VehicleUse,
    Why,
)

IMPORTED_ON: Final = Instant.parse("2025-04-14T10:00:00+08:00")
REMEMBERED_ON: Final = Instant.parse("2025-07-08T10:00:00+08:00")
MODULE_RECALLED_ON: Final = Instant.parse("2026-09-21T10:00:00+08:00")
_PACK_RECALLED_ON: Final = Instant.parse("2026-04-20T10:00:00+08:00")
_BEFORE_THE_LEDGER: Final = Day(2019, 5, 20)
_OLD_SERIAL: Final = 900_001
_TARE_G: Final = 4_200_000
_UNREADABLE: Final = "ZZZPB0#D?MO"
_POOL: Final = "DEMO-POOL-1"
_MONTHS: Final = 3


def be_reworked(told: Chapter) -> Life:
    """Fails its last test: a module is exchanged, a new label put on at the second try; then it is sold."""
    pack = told.make()
    yield 2 * DAY_MS
    spare = told.line.make_module(told.rng)
    faulty = _exchange(told.world, PACK_MAKER, pack, spare, RepairStage.PRODUCTION)
    told.line.relabel(pack, 2, voided=1)
    told.line.void_label(pack, 2, LabelGround.MISPRINTED)
    told.line.relabel(pack, 3, voided=None)
    told.line.print_label(pack, 3)
    told.show("reworked", pack.item)
    retire_unit(told.world, PACK_MAKER, faulty, RetirementReason.PRODUCTION_SCRAP)
    told.world.for_recycling.append((PACK_MAKER, faulty))
    yield from sell(told, pack, VehicleUse.PRIVATE)


def be_repaired(told: Chapter) -> Life:
    """A private car's pack: the dealer orders a spare and exchanges the weakest module."""
    pack = told.make()
    yield from sell(told, pack, VehicleUse.PRIVATE)
    yield days(told.rng, 500, 700)
    pack.age(450)
    measure(told.world, DEALER, pack)
    spare = told.line.make_module(told.rng)
    yield 2 * DAY_MS
    yield from hand_over_units(told.world, PACK_MAKER, DEALER, [spare])
    yield DAY_MS
    _exchange(told.world, DEALER, pack, spare, RepairStage.SERVICE)
    measure(told.world, DEALER, pack)
    told.show("repaired", pack.item)


def be_swapped(told: Chapter) -> Life:
    """Two packs of a swap pool that a bank owns; one leaves the pool, worn, after three months of reports."""
    packs = _two(told)
    items = [pack.item for pack in packs]
    yield days(told.rng, 3, 9)
    yield from hand_over_units(told.world, PACK_MAKER, SWAP_OPERATOR, packs)
    yield from hand_over(told.world, SWAP_OPERATOR, BANK, items, (Right.OWNERSHIP,))
    yield DAY_MS
    told.world.tell(SWAP_OPERATOR, vehicle.PoolJoined(place=SWAP_OPERATOR.place, pool=_POOL), *items)
    told.show("pooled", items[0])
    yield from _report_the_pool(told)
    packs[1].age(600)
    measure(told.world, SWAP_OPERATOR, packs[1], method=HealthMethod.BMS_READING)
    left = vehicle.PoolLeft(place=SWAP_OPERATOR.place, phase=Phase.REMOVED)
    told.world.tell(SWAP_OPERATOR, left, items[1])


def be_scrapped(told: Chapter) -> Life:
    """A van is written off and scrapped; one of its two packs is not in it, and turns up at a collector."""
    packs = _two(told)
    yield days(told.rng, 3, 9)
    yield from hand_over_units(told.world, PACK_MAKER, VEHICLE_MAKER, packs)
    yield DAY_MS
    van = _sell_van(told, packs)
    yield days(told.rng, 300, 400)
    certificate = _hash(f"certificate {told.number}")
    written_off = vehicle.VehicleWrittenOff(place=INSURER.place, certificate_sha256=certificate)
    told.world.tell(INSURER, written_off, van, restricted={"vin": vin(told.number)})
    yield 9 * DAY_MS
    consent = custody.ConsentGiven(place=INSURER.place, act="vehicle.scrapped", to=DISMANTLER.id)
    told.world.tell(INSURER, consent, van)
    yield 2 * DAY_MS
    present, absent = (pack.item for pack in packs)
    scrapped = vehicle.VehicleScrapped(
        place=DISMANTLER.place, certificate_sha256=certificate, present=(present,), absent=(absent,)
    )
    told.world.tell(DISMANTLER, scrapped, van, restricted={"vin": vin(told.number)})
    yield days(told.rng, 20, 40)
    collect(told.world, COLLECTOR, absent, came_from=CollectedFrom.FOUND, purpose=Purpose.DEVICE)
    told.show("absent", absent)


def be_copied(told: Chapter) -> Life:
    """In a taxi, while a collector's gate reads its code on another pack, next to one without a code."""
    pack = told.make()
    yield from to_fleet(told, pack)
    yield days(told.rng, 200, 300)
    _weigh_at_the_gate(told, pack.item)
    clone, uncoded = (COLLECTOR.local(f"GATE-{told.number:04d}-{letter}") for letter in "AB")
    _declare_waste(told.world, clone, Why.CLONE, clone_of=pack.item)
    _declare_waste(told.world, uncoded, Why.LEGACY)
    told.show("copied", pack.item)
    told.show("clone", clone)


def be_recalled(told: Chapter) -> Life:
    """Recalled by its code; the dealer carries the remedy out, and the maker closes the recall."""
    pack = told.make()
    yield from sell(told, pack, VehicleUse.PRIVATE)
    yield max(DAY_MS, _PACK_RECALLED_ON.ms - told.world.now_ms)
    recall = _recall(told.world, pack.item, RecallRemedy.SOFTWARE)
    told.show("recalled", pack.item)
    yield days(told.rng, 15, 40)
    told.world.tell(DEALER, service.RecallRemedied(place=DEALER.place, recall=recall), pack.item)
    yield 10 * DAY_MS
    told.world.tell(PACK_MAKER, service.RecallClosed(recall=recall), PACK_MAKER.id)


def arrive_from_abroad(world: World) -> Life:
    """A pack made abroad: its importer declares it, answers for it, and sells it to the dealer as a spare."""
    code = gbt34014.mint(
        vendor=VENDOR_ABROAD,
        kind=gbt34014.Kind.PACK,
        chemistry=gbt34014.Chemistry.TERNARY,
        spec="01",
        trace="DEMO000",
        made_on=Day(2025, 2, 3),
        serial=1,
    )
    pack = ItemId("gbt34014", code.text)
    claims = production.ItemDeclared(
        place=IMPORTER.place,
        kind=Kind.PACK,
        phase=Phase.STOCK,
        why=Why.IMPORT,
        mass_g=PACK_G,
        mass_basis=MassBasis.DECLARED,
        origin="DE",
    )
    world.tell(IMPORTER, claims, pack, restricted={"declaration_no": "DEMO-IM-1"})
    yield 6 * DAY_MS
    yield from hand_over(world, IMPORTER, DEALER, [pack])
    world.show("imported", pack, 1)


def be_remembered(world: World) -> Life:
    """Made before there was a ledger: declared at the collection point, and its maker adds what it knows."""
    pack = pack_code(_OLD_SERIAL, _BEFORE_THE_LEDGER)
    _declare_waste(world, pack, Why.LEGACY)
    yield 5 * DAY_MS
    added = production.ProductionAdded(
        place=PACK_MAKER.place, model=PACK_MAKER.model("LFP41"), manufactured_on=_BEFORE_THE_LEDGER
    )
    world.tell(PACK_MAKER, added, pack)
    world.show("remembered", pack, 1)


def recall_a_module(world: World) -> Life:
    """The maker recalls a module that works in a cabinet by then; the recall stays open."""
    for cabinet in world.at_stations[-1:]:
        _recall(world, cabinet.parts[0].item, RecallRemedy.INSPECT)
        world.show("recalled cabinet", cabinet.item, 1)
    yield DAY_MS


def _two(told: Chapter) -> list[Unit]:
    number = told.number + 1
    return [told.make(), Chapter(told.world, told.line, number, chance(f"pack {number}")).make()]


def _exchange(world: World, by: Firm, pack: Unit, spare: Unit, stage: RepairStage) -> Unit:
    # A line key signs repairs in production only.
    purpose = Purpose.LINE if stage is RepairStage.PRODUCTION else Purpose.OFFICE
    weakest = min(range(len(pack.parts)), key=lambda place: pack.parts[place].capacity_mah)
    out = pack.parts[weakest]
    claims = service.ItemRepaired(
        place=by.place, stage=stage, opened=True, out=(out.item,), in_=(spare.item,)
    )
    world.tell(by, claims, pack.item, restricted={"insulation_ohm_per_v": 2_400}, purpose=purpose)
    pack.parts[weakest] = spare
    pack.wear = tuple(cell for part in pack.parts for cell in part.wear)
    return out


def _report_the_pool(told: Chapter) -> Life:
    for _ in range(_MONTHS):
        since = Instant.from_ms(told.world.now_ms)
        yield 30 * DAY_MS
        until = Instant.from_ms(told.world.now_ms)
        claims = vehicle.PoolReported(
            pool=_POOL,
            period=recycling.Period(from_=since, until=until),
            packs=2,
            vehicles=1,
            swaps=told.rng.randint(40, 60),
            records_root=_hash(f"swaps {told.number} {until}"),
        )
        told.world.tell(SWAP_OPERATOR, claims)


def _sell_van(told: Chapter, packs: list[Unit]) -> ItemId:
    van = ItemId.parse(f"vehicle:{told.world.uuid(f'vehicle {told.number}')}")
    first, second = (pack.item for pack in packs)
    fitted = vehicle.PackFitted(place=VEHICLE_MAKER.place, vehicle_model="DEMO-VAN-2", max_packs=2)
    told.world.tell(VEHICLE_MAKER, fitted, first, van, restricted={"vin": vin(told.number)})
    told.world.tell(VEHICLE_MAKER, vehicle.PackFitted(place=VEHICLE_MAKER.place), second, van)
    sold = vehicle.VehicleSold(place=VEHICLE_MAKER.place, city="4403", use=VehicleUse.LOGISTICS)
    told.world.tell(VEHICLE_MAKER, sold, van)
    return van


def _weigh_at_the_gate(told: Chapter, read: ItemId) -> None:
    claims = custody.IntakeRecorded(
        place=COLLECTOR.place,
        consignment=told.world.uuid(f"intake {told.number}"),
        scans=(custody.Scan(raw=read.value, item=read), custody.Scan(raw=_UNREADABLE)),
        gross_g=_TARE_G + 2 * PACK_G,
        tare_g=_TARE_G,
    )
    told.world.tell(COLLECTOR, claims, purpose=Purpose.DEVICE)


def _declare_waste(world: World, item: ItemId, why: Why, clone_of: ItemId | None = None) -> None:
    claims = production.ItemDeclared(
        place=COLLECTOR.place,
        kind=Kind.PACK,
        phase=Phase.RETIRED,
        why=why,
        mass_g=PACK_G,
        mass_basis=MassBasis.WEIGHED,
        clone_of=clone_of,
    )
    world.tell(COLLECTOR, claims, item, purpose=Purpose.DEVICE)
    world.for_recycling.append((COLLECTOR, Unit(item, PACK_G, RATED_MAH, COLLECTOR, ())))


def _recall(world: World, item: ItemId, remedy: RecallRemedy) -> str:
    claims = service.RecallOpened(
        selector=service.Selector(codes=(item,)), hazard=Hazard.FLAMMABLE_ELECTROLYTE, remedy=remedy
    )
    return world.tell(PACK_MAKER, claims, PACK_MAKER.id)


def _hash(text: str) -> str:
    return b64url_encode(sha256(f"demonstration {text}".encode()).digest())
