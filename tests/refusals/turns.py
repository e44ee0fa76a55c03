"""Submissions that flags, disputes and missing consent forbid."""

from typing import Final

from ledger.events.envelope import Event
from ledger.events.labels import LabelPrinted, LabelVoided
from ledger.events.production import LabelClaim
from ledger.vocabulary import LabelGround, ReceiverKind, Right
from tests.refusals.case import Case, case
from tests.refusals.world import (
    CLAIMED,
    IN_STOCK,
    LOT,
    MODULES,
    QUARANTINED,
    RETIRED,
    STOLEN,
    World,
)
from tests.scenario import FLEET, LAB, MAKER, RECYCLER, SECOND_LIFE, VEHICLE_MAKER, pack, vehicle

CASES: Final[list[Case]] = []


def _collection(world: World) -> Event:
    return next(event for event in world.story.events.values() if event.type == "item.collected")


@case(CASES, "flag", "fitting a stolen pack", 422, "flag.stolen")
def _fit_stolen(world: World) -> str:
    return world.teller().pack_fitted(STOLEN, vehicle(7))


@case(CASES, "flag", "fitting a quarantined pack", 422, "flag.quarantined")
def _fit_quarantined(world: World) -> str:
    return world.teller().pack_fitted(QUARANTINED, vehicle(7))


@case(CASES, "flag", "a quarantine lifted by the holder itself", 403, "org.role")
def _lift_own(world: World) -> str:
    return world.teller().quarantine_lifted(QUARANTINED, by=VEHICLE_MAKER)


@case(CASES, "flag", "finding what nobody misses", 422, "flag.not_lost")
def _find_nothing(world: World) -> str:
    return world.teller().item_found(MAKER, IN_STOCK)


@case(CASES, "flag", "a theft told by a firm that neither has nor owns it", 403, "custody.witness")
def _strangers_theft(world: World) -> str:
    return world.teller().item_stolen(FLEET, IN_STOCK)


@case(CASES, "label", "a label voided by a firm that neither made the pack nor has it", 403, "label.party")
def _strangers_label(world: World) -> str:
    claims = LabelVoided(place=FLEET.place, number=1, why=LabelGround.STOLEN)
    return world.teller().tell(FLEET, claims, IN_STOCK)


@case(CASES, "label", "a label printed that the ledger names for no pack", 422, "label.not_worn")
def _unnamed_label(world: World) -> str:
    label = LabelClaim(number=1, sha256="A" * 43)
    return world.teller().tell(MAKER, LabelPrinted(place=MAKER.place, label=label, copies=1), IN_STOCK)


@case(CASES, "dispute", "custody of a claimed pack offered on", 422, "dispute.open")
def _offer_claimed(world: World) -> str:
    return world.teller().transfer_offered(VEHICLE_MAKER, FLEET, CLAIMED, rights=(Right.CUSTODY,))


@case(CASES, "dispute", "a dispute settled by a stranger to it", 403, "dispute.party")
def _stranger_settles(world: World) -> str:
    return world.teller().dispute_settled(_collection(world), LAB)


@case(CASES, "dispute", "contesting one's own event", 422, "dispute.own")
def _contest_own(world: World) -> str:
    made = next(event for event in world.story.events.values() if event.type == "pack.manufactured")
    return world.teller().event_disputed(made, MAKER)


@case(CASES, "consent", "consent to what another firm owns", 403, "consent.owner")
def _consent_of_others(world: World) -> str:
    return world.teller().consent_given(FLEET, RECYCLER, IN_STOCK)


@case(CASES, "consent", "consent to an act that needs none", 422, "consent.act")
def _needless_consent(world: World) -> str:
    return world.teller().consent_given(MAKER, RECYCLER, IN_STOCK, act="pack.fitted")


@case(CASES, "release", "a consumer's number in a public claim", 422, "custody.person")
def _person(world: World) -> str:
    consumer = ReceiverKind.CONSUMER
    return world.teller().custody_released(MAKER, IN_STOCK, receiver=consumer, receiver_id="ID-1")


@case(CASES, "release", "waste released to outside", 422, "custody.waste_outside")
def _release_waste(world: World) -> str:
    return world.teller().custody_released(RECYCLER, RETIRED)


@case(CASES, "lifecycle", "waste brought back without a grading", 422, "requalification.basis")
def _ungraded(world: World) -> str:
    teller, module = world.teller(), MODULES[4][0]
    return teller.item_requalified(module, grading="A" * 43, measurements=["A" * 43], by=SECOND_LIFE)


@case(CASES, "balance", "a lot divided into more than it holds", 422, "balance.lot")
def _divide_more(world: World) -> str:
    return world.teller().lot_divided(LOT, {RECYCLER.lot("A"): 600, RECYCLER.lot("B"): 401})


@case(CASES, "lifecycle", "disposing of what is no waste", 422, "lifecycle.phase")
def _dispose_of_stock(world: World) -> str:
    return world.teller().residue_disposed(pack(1), by=MAKER)
