"""Sound, well signed submissions that what is known of an item forbids: its life, its mass."""

from typing import Any, Final

from ledger.events import second_life
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import Application
from tests.refusals.case import Case, case
from tests.refusals.world import (
    CAR,
    ENDED,
    FITTED,
    IN_STOCK,
    LOT,
    MODULES,
    NEW,
    OFFERED,
    RETIRED,
    SPARE,
    World,
    resign,
)
from tests.scenario import (
    FLEET,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    START,
    VEHICLE_MAKER,
    module,
    product,
    vehicle,
)

CASES: Final[list[Case]] = []
DAY_MS: Final = 86_400_000

# Lifecycle


@case(CASES, "lifecycle", "removing a pack that was split", 422, "lifecycle.ended")
def _ended(world: World) -> str:
    return world.teller().item_retired(SECOND_LIFE, ENDED)


@case(CASES, "lifecycle", "fitting a pack that was declared waste", 422, "lifecycle.phase")
def _fit_waste(world: World) -> str:
    return resign(
        world.teller().pack_fitted(RETIRED, vehicle(7), by=RECYCLER),
        key=VEHICLE_MAKER.key(),
        edit=_as(VEHICLE_MAKER.id),
    )


def _as(org: ItemId) -> Any:  # noqa: ANN401  an edit of the payload
    return lambda members: members.update(iss=str(org))


@case(CASES, "lifecycle", "fitting a module as if it were a pack", 422, "lifecycle.kind")
def _fit_module(world: World) -> str:
    return world.teller().pack_fitted(MODULES[1][0], vehicle(7))


@case(CASES, "lifecycle", "an act on a pack under an open offer", 422, "transfer.open")
def _open_offer(world: World) -> str:
    return world.teller().item_retired(MAKER, OFFERED)


@case(CASES, "lifecycle", "accepting where nothing is offered", 422, "transfer.none")
def _no_offer(world: World) -> str:
    return world.teller().transfer_accepted(VEHICLE_MAKER, IN_STOCK)


@case(CASES, "lifecycle", "offering a firm its own pack", 422, "transfer.self")
def _to_self(world: World) -> str:
    return world.teller().transfer_offered(MAKER, MAKER, IN_STOCK)


@case(CASES, "lifecycle", "offering custody of a pack that is in a vehicle", 422, "transfer.inside")
def _inside(world: World) -> str:
    return world.teller().transfer_offered(VEHICLE_MAKER, FLEET, FITTED)


@case(CASES, "lifecycle", "waste offered to a firm that may not take it", 422, "transfer.waste_receiver")
def _waste_to_fleet(world: World) -> str:
    return world.teller().transfer_offered(RECYCLER, FLEET, RETIRED)


@case(CASES, "lifecycle", "a second pack in a vehicle for one", 422, "vehicle.capacity")
def _second_pack(world: World) -> str:
    return world.teller().pack_fitted(SPARE, CAR)


@case(CASES, "lifecycle", "a split that leaves a module out", 422, "split.conserve")
def _left_out(world: World) -> str:
    return world.teller().item_split(RETIRED, MODULES[3][:1], by=RECYCLER)


@case(CASES, "lifecycle", "a split that finds another pack's module", 422, "split.stranger")
def _stranger(world: World) -> str:
    return world.teller().item_split(RETIRED, [*MODULES[3], MODULES[7][0]], by=RECYCLER)


@case(CASES, "lifecycle", "collecting what one has", 422, "collection.own")
def _own(world: World) -> str:
    return world.teller().item_collected(RETIRED, by=RECYCLER)


@case(CASES, "lifecycle", "a product for electric bicycles", 422, "application.prohibited")
def _bicycle(world: World) -> str:
    claims = second_life.ProductAssembled(
        place=SECOND_LIFE.place,
        inputs=tuple(MODULES[4]),
        application=Application.ELECTRIC_BICYCLE,
        standard="GB-43854",
        mass_g=90_000,
    )
    return world.teller().tell(SECOND_LIFE, claims, product(9))


@case(CASES, "lifecycle", "correcting a claim that rules read", 422, "correction.rule_claim")
def _correct_mass(world: World) -> str:
    event = next(one for one in world.story.events.values() if one.type == "pack.manufactured")
    return world.teller().event_corrected(event, MAKER, claims={"mass_g": 1})


@case(CASES, "lifecycle", "correcting a concealed claim that was checked", 422, "correction.bound")
def _correct_checked(world: World) -> str:
    event = next(one for one in world.story.events.values() if one.type == "pack.manufactured")
    return world.teller().event_corrected(event, MAKER, restricted={"label_token": "OTHER"})


@case(CASES, "lifecycle", "a lot under another firm's name", 422, "item.namespace")
def _others_lot(world: World) -> str:
    return world.teller().lot_declared(MAKER.lot("X"), by=RECYCLER)


# Balance


@case(CASES, "balance", "parts heavier than the pack they came from", 422, "balance.mass")
def _heavy_parts(world: World) -> str:
    text = world.teller().item_split(RETIRED, MODULES[3], by=RECYCLER)
    return resign(
        text,
        lambda members: members["data"]["outputs"][0].update(mass_g=900_000),
        key=RECYCLER.key(),
    )


@case(CASES, "balance", "a pack that arrives heavier than it left", 422, "balance.transit")
def _grown(world: World) -> str:
    return world.teller().transfer_accepted(VEHICLE_MAKER, OFFERED, load="offered", gross_g=440_001)


@case(CASES, "balance", "more built around used modules than they weigh", 422, "balance.mass")
def _heavy_product(world: World) -> str:
    claims = second_life.ProductAssembled(
        place=SECOND_LIFE.place,
        inputs=tuple(MODULES[4]),
        application=Application.UPS,
        standard="GB-43854",
        mass_g=180_001,
    )
    return world.teller().tell(SECOND_LIFE, claims, product(9))


@case(CASES, "balance", "modules heavier than their pack", 422, "balance.mass")
def _heavy_modules(world: World) -> str:
    text = world.teller().pack_manufactured(NEW, [module(95)])
    return resign(text, lambda members: members["data"]["modules"][0].update(mass_g=500_000))


@case(CASES, "balance", "more drawn from a lot than it holds", 422, "balance.lot")
def _overdrawn(world: World) -> str:
    return world.teller().batch_processed(drawn={LOT: 1_001}, made={RECYCLER.lot("BM"): 1_000})


@case(CASES, "balance", "more black mass than the pack weighed", 422, "balance.mass")
def _mass_from_nothing(world: World) -> str:
    return world.teller().batch_processed(RETIRED, made={RECYCLER.lot("BM"): 500_000})


@case(CASES, "balance", "a batch over more than a month", 422, "batch.period")
def _long_batch(world: World) -> str:
    text = world.teller().batch_processed(RETIRED, made={RECYCLER.lot("BM"): 300_000})
    early = Instant.from_ms(START.ms - 40 * DAY_MS).text
    return resign(text, lambda members: members["data"]["period"].update({"from": early}), key=RECYCLER.key())


@case(CASES, "balance", "a batch made of nothing", 422, "batch.empty")
def _nothing_in(world: World) -> str:
    return world.teller().batch_processed(made={RECYCLER.lot("BM"): 1})
