"""What an item came from and what became of it, seen from either side of an event."""

from ledger.identifiers import ItemId
from ledger.relations import Tie, relations
from tests.scenario import MAKER, RECYCLER, SECOND_LIFE, Story, module, pack, product, vehicle

LOT, MADE, PART = (RECYCLER.lot(name) for name in ("IN", "OUT", "PART"))


def _told() -> Story:
    story = Story()
    story.pack_manufactured(pack(1), [module(1), module(2)])
    story.transfer_offered(MAKER, SECOND_LIFE, pack(1))
    story.pack_fitted(pack(1), vehicle(1))
    story.item_split(pack(1), [module(1)], unaccounted=[module(2)])
    story.product_assembled(product(1), module(1))
    story.batch_processed(module(1), drawn={LOT: 1}, made={MADE: 1})
    story.lot_divided(MADE, {PART: 1})
    return story


def test_each_side_of_an_event_sees_the_other() -> None:
    events = _told().events.values()

    def ties(item: ItemId) -> list[tuple[Tie, tuple[ItemId, ...]]]:
        return [
            (one.tie, one.items) for one in relations(item, [event for event in events if item in event.prev])
        ]

    housing = SECOND_LIFE.lot(f"HOUSING-{pack(1).value[-7:]}")
    assert ties(pack(1)) == [
        (Tie.MADE_WITH, (module(1), module(2))),
        (Tie.FITTED_IN, (vehicle(1),)),
        (Tie.TAKEN_APART_INTO, (module(1), housing)),
    ]
    assert ties(module(1)) == [
        (Tie.MADE_FOR, (pack(1),)),
        (Tie.CAME_OUT_OF, (pack(1),)),
        (Tie.BUILT_INTO, (product(1),)),
        (Tie.WENT_INTO, (MADE,)),
    ]
    assert ties(module(2)) == [(Tie.MADE_FOR, (pack(1),)), (Tie.CAME_OUT_OF, (pack(1),))]
    assert ties(product(1)) == [(Tie.BUILT_FROM, (module(1),))]
    assert ties(LOT) == [(Tie.WENT_INTO, (MADE,))]
    assert ties(MADE) == [(Tie.MADE_FROM, (module(1), LOT)), (Tie.DIVIDED_INTO, (PART,))]
    assert ties(PART) == [(Tie.DIVIDED_FROM, (MADE,))]
    assert ties(vehicle(1)) == []


def test_an_event_that_ties_nothing_is_left_out() -> None:
    story = Story()
    story.pack_manufactured(pack(1))
    story.item_retired(MAKER, pack(1))
    assert relations(pack(1), story.events.values()) == ()
