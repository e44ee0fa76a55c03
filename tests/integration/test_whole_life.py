"""Declarations, repairs, pools, recalls, scrapping, labels and content through the writer, then audited."""

from ledger.events.recycling import LotDeclared
from ledger.events.service import Selector
from ledger.state import Assay
from ledger.vocabulary import AssayMethod, Kind, LotOrigin, Material, Phase, Why
from tests.consortium import COLLECTOR, LAB, MAKER, VEHICLE_MAKER, module, pack, vehicle
from tests.ledgers import Ledger, rule_of
from tests.memory import opening
from tests.scenario_more import MORE_TYPES, REPAIRER, SWAPPER, MoreStory, founded_more, local

ALL = Selector(vendor="ZZZ")


def founded(ledger: Ledger) -> MoreStory:
    story = MoreStory()
    ledger.log([*opening(story), *founded_more(story)])
    return story


def certified_lot(story: MoreStory) -> str:
    claims = LotDeclared(
        place=MAKER.place,
        material=Material.LITHIUM_CARBONATE,
        mass_g=10_000,
        origin=LotOrigin.CERTIFIED,
        moisture_ppm=0,
        assay=Assay(method=AssayMethod.ICP_OES, sample="S-1", lab=LAB.id, mg_per_kg={"Li": 187_900}),
    )
    return story.tell(MAKER, claims, MAKER.lot("LI-1"))


def test_the_whole_life_in_one_request(ledger: Ledger) -> None:
    story = founded(ledger)
    clone = local(COLLECTOR, "CLONE-1")
    texts = [
        story.pack_manufactured(pack(1), [module(1)]),
        story.module_manufactured(module(9)),
        story.label_replaced(pack(1), 1),
        story.label_printed(pack(1)),
        story.label_attached(pack(1)),
        story.label_voided(pack(1)),
        *story.transfer(MAKER, VEHICLE_MAKER, pack(1)),
        *story.transfer(MAKER, REPAIRER, module(9), load="spare"),
        story.recall_opened(ALL),
    ]
    recall = story.last.id
    texts += [
        story.recall_remedied(recall, pack(1), module(9)),
        story.pack_fitted(pack(1), vehicle(1)),
        story.vehicle_sold(vehicle(1)),
        story.item_repaired(pack(1), out=[module(1)], into=[module(9)]),
        story.recall_closed(recall),
        story.item_declared(clone, why=Why.CLONE, clone_of=pack(1)),
        story.item_declared(pack(2), by=SWAPPER),
        story.production_added(pack(2)),
        story.intake_recorded(pack(2), raw=["?"]),
        story.intake_recorded(raw=["?"]),
        story.pool_joined(pack(2)),
        story.pool_reported(),
        story.pool_left(pack(2)),
        story.vehicle_written_off(vehicle(1)),
        story.item_declared(pack(3), phase=Phase.FITTED, into=vehicle(2), max_packs=2),
        story.item_declared(pack(4), phase=Phase.FITTED, into=vehicle(2)),
        story.vehicle_scrapped(vehicle(2), present=[pack(3)], absent=[pack(4)]),
        story.item_collected(pack(4)),
        certified_lot(story),
        story.content_claimed({MAKER.lot("LI-1"): 10_000}, 1_879),
    ]
    ledger.log(texts)
    assert {event.type for event in story.events.values()} >= MORE_TYPES


def test_a_recall_holds_for_the_next_event_of_its_request(ledger: Ledger) -> None:
    story = founded(ledger)
    ledger.log(
        [story.pack_manufactured(pack(1)), *story.transfer(MAKER, VEHICLE_MAKER, pack(1))],
    )
    opened, fitted = ledger.submit(story.recall_opened(ALL), story.pack_fitted(pack(1), vehicle(1)))
    assert rule_of(fitted) == "flag.recalled"
    assert not hasattr(opened, "refusal")


def test_a_recall_holds_for_what_the_same_request_makes(ledger: Ledger) -> None:
    story = founded(ledger)
    ledger.log([story.recall_opened(ALL)])
    made, deployed = ledger.submit(
        story.pack_manufactured(pack(1)), story.product_deployed(pack(1), by=MAKER)
    )
    assert rule_of(deployed) == "flag.recalled"
    assert not hasattr(made, "refusal")


def test_a_module_declared_in_a_request_is_built_in_by_the_next_event(ledger: Ledger) -> None:
    story = founded(ledger)
    ledger.log(
        [
            story.item_declared(pack(1), by=REPAIRER),
            story.item_declared(module(1), by=REPAIRER, kind=Kind.MODULE, mass_g=45_000),
            story.item_repaired(pack(1), into=[module(1)]),
        ]
    )
