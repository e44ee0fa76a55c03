"""What an item came from and what became of it, seen from either side of an event."""

from collections.abc import Collection
from functools import cache

from ledger.events.envelope import Event
from ledger.events.service import ItemRepaired
from ledger.genealogy import Direction, far, trace
from ledger.identifiers import ItemId
from ledger.relations import Tie, relations
from ledger.ties import MARKS, Course, Side, Strand, strands
from tests.concealed import SealedStory, sealed_life
from tests.memory import MemoryLedger
from tests.scenario import MAKER, RECYCLER, SECOND_LIFE, Story, module, pack, product, vehicle

ORIGIN = frozenset(
    {Tie.MADE_WITH, Tie.BUILT_FROM, Tie.REPAIRED_WITH, Tie.CAME_OUT_OF, Tie.MADE_FROM, Tie.DIVIDED_FROM}
)
FATE = frozenset(Tie) - ORIGIN - {Tie.FITTED_IN}
SEEN = frozenset(Course) - MARKS - {Course.CLAIMED, Course.DISPOSED}
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


@cache
def _life() -> tuple[str, ...]:
    return tuple(sealed_life(SealedStory()))


class Told:
    """A log with nearly every type of event, and the ties that it leaves."""

    def __init__(self) -> None:
        ledger = MemoryLedger()
        self.rows = list[Strand]()
        self.events = list[Event]()
        for index, text in enumerate(_life()):
            event = ledger.submit(text)
            self.events.append(event)
            self.rows += strands(event, index, {item: ledger.states[item] for item in event.prev})

    def items(self) -> list[ItemId]:
        """Return all items but vehicles, into which nothing is turned."""
        named = {item for event in self.events for item in event.prev}
        return sorted(item for item in named if item.is_unit or item.is_lot)

    def read(self, items: Collection[str], side: Side, _most: int) -> list[Strand]:
        """Return the rows of every act on whose side one of these items stands."""
        acts = {(row.index, row.course) for row in self.rows if row.item in items and row.side is side}
        return [row for row in self.rows if (row.index, row.course) in acts]

    def tree(self, item: ItemId, direction: Direction) -> set[str]:
        """Return what a tree of one generation has of an item, but for what a split did not find."""
        found = trace([str(item)], self.read, direction, depth=1, limit=100)
        return {
            name
            for act in found.acts
            if act.course is not Course.CLAIMED
            for name, mass_g in far(act, direction).items()
            if act.course is not Course.TAKEN_APART or mass_g is not None
        }

    def told(self, item: ItemId, ties: Collection[Tie]) -> set[str]:
        """Return what the events of an item tell of it."""
        events = [event for event in self.events if item in event.prev]
        return {str(other) for one in relations(item, events) if one.tie in ties for other in one.items}


def test_pages_and_dossiers_name_the_neighbours_that_trees_do() -> None:
    told = Told()
    tied = [item for item in told.items() if told.told(item, ORIGIN | FATE)]
    assert len(tied) > 10
    assert {row.course for row in told.rows} >= SEEN
    for item in told.items():
        assert told.told(item, ORIGIN) == told.tree(item, Direction.UP), item
        assert told.told(item, FATE) == told.tree(item, Direction.DOWN), item


def test_a_part_taken_out_at_a_repair_names_what_it_was_in_and_the_new_one_what_it_is_in() -> None:
    repair = [event for event in Told().events if isinstance(event.claims, ItemRepaired)]
    assert [(one.tie, one.items) for one in relations(pack(1), repair)] == [
        (Tie.REPAIRED_WITH, (module(9),)),
        (Tie.GAVE_UP, (module(1),)),
    ]
    assert [one.tie for one in relations(module(1), repair)] == [Tie.CAME_OUT_OF]
    assert [one.tie for one in relations(module(9), repair)] == [Tie.BUILT_INTO]
