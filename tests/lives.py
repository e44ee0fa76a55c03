"""Whole lives: runs of events that a ledger takes in this order, told by a story."""

from ledger.vocabulary import Kind, Purpose, Right, Role
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


def opening(story: Story) -> list[str]:
    """The log is founded, everybody enrolled, codes filed and models declared."""
    return [
        *story.founding(),
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


def closing(story: Story) -> list[str]:
    """Roles are set anew, a rule set adopted, a key revoked and a firm suspended."""
    return [
        story.key_added(MAKER, Purpose.LINE),
        story.key_revoked(MAKER, MAKER.key(Purpose.LINE)),
        story.org_roles_set(FLEET, [Role.FLEET_OPERATOR]),
        story.rules_adopted(),
        story.org_suspended(LAB),
    ]
