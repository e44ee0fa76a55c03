"""Whatever is mixed, divided and mixed again: every gram has its ancestors, as a naive replay finds them."""

from collections.abc import Collection
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.genealogy import MAX_DEPTH, MAX_ITEMS, Direction, trace
from ledger.identifiers import ItemId
from ledger.provenance import Source, descend, in_grams, shares
from ledger.state import Item
from ledger.ties import Course, Side, Strand, acts_of
from ledger.vocabulary import LotOrigin, Material, Step
from tests.material import assay, batch, declared
from tests.oracle import ADDED, Oracle
from tests.scenario import RECYCLER, Story
from tests.tied import Tied

Move = tuple[str, list[int], int, int]
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["mix", "divide", "units"]),
        st.lists(st.integers(0, 30), min_size=1, max_size=3),
        st.integers(1, 400),
        st.integers(0, 200),
    ),
    min_size=1,
    max_size=8,
)


class Plant:
    """A recycler that mixes and divides as it is told; what is not there it leaves."""

    def __init__(self, moves: list[Move]) -> None:
        self.world = Tied()
        self.lots: list[ItemId] = []
        self.left: dict[ItemId, int] = {}
        for number, origin in enumerate((LotOrigin.VIRGIN, LotOrigin.PRODUCTION_SCRAP)):
            lot = self._lot()
            self.world.log(declared(self.story, lot, 10_000, origin, assay_=assay(Li=1_000 * number)))
            self._keep(lot, 10_000)
        for move in moves:
            self._run(*move)

    @property
    def story(self) -> Story:
        """The story that is told."""
        return self.world.story

    def _run(self, kind: str, picked: list[int], mass_g: int, added_g: int) -> None:
        wanted = {self.lots[at % len(self.lots)] for at in picked}
        drawn = {lot: min(mass_g, self.left[lot]) for lot in sorted(wanted) if self.left[lot]}
        if not drawn:
            return
        out_g = max(1, (sum(drawn.values()) + added_g) // 2)
        lot = self._lot()
        if kind == "divide":
            source, part_g = next(iter(drawn.items()))
            self.world.log(self.story.lot_divided(source, {lot: part_g}))
            drawn, out_g = {source: part_g}, part_g
        else:
            made = {lot: (Material.OTHER, out_g, None)}
            text = batch(
                self.story, drawn=drawn, made=made, step=Step.SHRED, additions_g=added_g, recycled=False
            )
            self.world.log(text)
        for source, taken_g in drawn.items():
            self.left[source] -= taken_g
        self._keep(lot, out_g)

    def _lot(self) -> ItemId:
        return RECYCLER.lot(f"L{len(self.lots)}")

    def _keep(self, lot: ItemId, mass_g: int) -> None:
        self.lots.append(lot)
        self.left[lot] = mass_g

    def first(self, items: Collection[str], _most: int) -> list[Strand]:
        """Read as the store does, from a list."""
        found: list[Strand] = []
        for item in items:
            stands = [row.index for row in self.world.rows if row.item == item]
            found += [row for row in self.world.rows if stands and row.index == min(stands)]
        return list(dict.fromkeys(found))

    def ties(self, items: Collection[str], side: Side, _most: int) -> list[Strand]:
        """Read as the store does, from a list."""
        acts = {row.index for row in self.world.rows if row.item in items and row.side is side}
        return [row for row in self.world.rows if row.index in acts]

    def items(self) -> dict[str, Item]:
        """Return the states of the lots."""
        return {str(lot): self.world.item(lot) for lot in self.lots}


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_shares_add_up_to_one_and_are_those_of_a_naive_replay(moves: list[Move]) -> None:
    plant = Plant(moves)
    oracle = Oracle(plant.story.events.values())
    for lot in plant.lots:
        descent = descend([str(lot)], plant.first)
        assert descent.whole
        found = shares({str(lot): Fraction(1)}, descent, plant.items(), set())
        assert sum(found.ends.values(), found.added) == 1
        assert sum(found.sources.values()) == 1
        expected = {
            end: share for end, share in oracle.mix.get(lot, {str(lot): Fraction(1)}).items() if share
        }
        assert {**found.ends, **({ADDED: found.added} if found.added else {})} == expected
        assert found.sources.get(Source.ADDED, Fraction(0)) == found.added


@settings(max_examples=40, deadline=None)
@given(MOVES)
def test_mass_is_conserved_along_the_genealogy(moves: list[Move]) -> None:
    plant = Plant(moves)
    drawn: dict[str, int] = {}
    for act in acts_of(plant.world.rows):
        assert sum(mass or 0 for mass in act.outputs.values()) <= act.added_g + sum(
            mass or 0 for mass in act.inputs.values()
        )
        for lot, mass_g in act.inputs.items():
            drawn[lot] = drawn.get(lot, 0) + (mass_g or 0)
    for lot, state in plant.items().items():
        assert (state.mass_g or 0) == (state.remaining_g or 0) + drawn.get(lot, 0)


@settings(max_examples=40, deadline=None)
@given(MOVES)
def test_what_leads_up_to_a_lot_leads_down_from_it(moves: list[Move]) -> None:
    plant = Plant(moves)
    reached: dict[Direction, set[tuple[str, str]]] = {one: set() for one in Direction}
    for lot in map(str, plant.lots):
        for direction in Direction:
            found = trace([lot], plant.ties, direction, depth=MAX_DEPTH, limit=MAX_ITEMS)
            assert not found.truncated
            named = {
                name for act in found.acts for name in (act.inputs, act.outputs)[direction is Direction.DOWN]
            }
            reached[direction] |= {(lot, one) for one in named}
    assert {(one, other) for other, one in reached[Direction.DOWN]} == reached[Direction.UP]


@given(
    st.integers(0, 10**15),
    st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any),
)
def test_whole_grams_add_up_and_are_less_than_one_off(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    parts = {f"{at:02d}": Fraction(weight, whole) for at, weight in enumerate(weights)}
    grams = in_grams(total, parts)
    assert sum(grams.values()) == total
    assert all(abs(grams[name] - total * share) < 1 for name, share in parts.items())


def test_production_scrap_and_virgin_lots_keep_their_origin_through_a_mix() -> None:
    plant = Plant([("mix", [0, 1], 300, 0)])
    found = shares(
        {str(plant.lots[-1]): Fraction(1)}, descend([str(plant.lots[-1])], plant.first), plant.items(), set()
    )
    assert found.sources == {Source.VIRGIN: Fraction(1, 2), Source.PRODUCTION_SCRAP: Fraction(1, 2)}
    lithium = shares(
        {str(plant.lots[-1]): Fraction(1)},
        descend([str(plant.lots[-1])], plant.first),
        plant.items(),
        set(),
        "Li",
    )
    # The virgin lot was assayed and holds no lithium.
    assert (lithium.sources, lithium.by_mass) == ({Source.PRODUCTION_SCRAP: Fraction(1)}, 0)
    assert Course.PROCESSED in {act.course for act in acts_of(plant.world.rows)}
