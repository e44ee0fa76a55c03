"""Whole lives: runs of events that a ledger takes in this order, told by a story."""

from ledger.rules import LATEST
from ledger.vocabulary import Decision, DisputeOutcome, Kind, Purpose, Right, Role
from tests.scenario import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    RECYCLER,
    SECOND_LIFE,
    VEHICLE_MAKER,
    Story,
    cell,
    module,
    pack,
    product,
    vehicle,
)


def opening(story: Story, version: str = LATEST) -> list[str]:
    """The log is founded, everybody enrolled, codes filed and models declared."""
    return [
        *story.founding(version),
        *story.enrolments(),
        story.coding_filed(),
        story.coding_filed(SECOND_LIFE, vendor="ZZY"),
        story.model_declared(),
        story.model_declared(model=MAKER.model("MODULE"), kind=Kind.MODULE),
    ]


def whole_life(story: Story, number: int = 1) -> list[str]:
    """A pack of two modules from the line to a second use and to black mass; `number` keeps lives apart."""
    one, car, cabinet = pack(number), vehicle(number), product(number)
    first, second, spare = (module(number * 10 + place) for place in range(3))
    cells = [cell(number * 10 + place) for place in range(3)]
    acid, black_mass = RECYCLER.lot(f"ACID-{number}"), RECYCLER.lot(f"BM-{number}")
    custody = (Right.CUSTODY,)
    texts = [
        story.module_manufactured(spare),
        story.pack_manufactured(one, {first: cells[:2], second: cells[2:]}),
        story.transfer_offered(MAKER, FLEET, one, load="wrong"),
        story.transfer_rejected(FLEET, one, load="wrong"),
        story.transfer_offered(MAKER, FLEET, one, load="again"),
        story.transfer_withdrawn(MAKER, one, load="again"),
        *story.transfer(MAKER, VEHICLE_MAKER, one),
        story.pack_fitted(one, car),
        story.vehicle_sold(car),
        story.health_measured(one),
    ]
    measured = story.last
    return [
        *texts,
        story.event_corrected(measured, LAB, restricted={"cycles": 1_001}),
        story.item_collected(car, waste=False),
        story.pack_removed(one, car, by=COLLECTOR),
        story.item_retired(COLLECTOR, one),
        *story.transfer(COLLECTOR, SECOND_LIFE, one, load="used", rights=custody),
        story.item_graded(one),
        story.item_split(one, [first, second]),
        story.product_assembled(cabinet, second),
        story.product_deployed(cabinet),
        *story.transfer(SECOND_LIFE, RECYCLER, first, load="waste", rights=custody),
        story.lot_declared(acid),
        story.batch_processed(first, drawn={acid: 10_000}, made={black_mass: 50_000}),
    ]


def turns(story: Story, number: int = 1) -> list[str]:
    """What may happen beside the straight way: every such event once, on two packs and a lot of their own."""
    one, two = pack(500 + 2 * number), pack(501 + 2 * number)
    first, sludge = module(5_000 + number), RECYCLER.lot(f"SLUDGE-{number}")
    custody, load = (Right.CUSTODY,), f"turn {number}"
    texts = [
        story.pack_manufactured(one, [first]),
        story.pack_manufactured(two),
        story.site_set(MAKER, f"S-{number}"),
        story.report_filed(MAKER),
        story.incident_reported(one),
        story.quarantine_lifted(one),
        *story.transfer(MAKER, SECOND_LIFE, one, two, load=load, rights=custody),
        story.event_disputed(story.last, MAKER),
    ]
    accepted = next(event for event in reversed(story.events.values()) if event.type == "transfer.accepted")
    outcome = DisputeOutcome.WITHDRAWN
    texts += [
        story.dispute_settled(accepted, SECOND_LIFE, outcome),
        story.dispute_settled(accepted, MAKER, outcome),
        story.item_lost(SECOND_LIFE, two),
        story.item_found(SECOND_LIFE, two),
        story.item_stolen(MAKER, two),
        story.item_found(MAKER, two),
        story.product_deployed(two),
        story.product_returned(two),
        story.item_exported(SECOND_LIFE, two),
        story.custody_released(SECOND_LIFE, two),
        story.item_retired(SECOND_LIFE, one),
        story.health_measured(one),
    ]
    measured = story.last.id
    texts.append(story.item_graded(one, decision=Decision.REUSE))
    back = story.item_requalified(one, grading=story.last.id, measurements=[measured])
    return [
        *texts,
        back,
        story.consent_given(MAKER, SECOND_LIFE, one),
        story.item_split(one, [first]),
        story.lot_declared(sludge, mass_g=1_000),
        story.lot_divided(sludge, {RECYCLER.lot(f"SLUDGE-{number}-A"): 400}),
        story.residue_disposed(drawn={sludge: 600}),
    ]


def closing(story: Story) -> list[str]:
    """Roles are set anew, a rule set adopted, a key revoked and a firm suspended."""
    return [
        story.key_added(MAKER, Purpose.LINE),
        story.key_revoked(MAKER, MAKER.key(Purpose.LINE)),
        story.org_roles_set(FLEET, [Role.FLEET_OPERATOR]),
        story.rules_adopted(),
        story.org_suspended(LAB),
        story.org_reinstated(LAB),
        story.org_suspended(LAB),
    ]
