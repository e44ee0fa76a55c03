"""Whatever is mixed, divided and mixed again: every gram has its ancestors, as a naive replay finds them."""

from collections.abc import Collection
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.events.second_life import ProductAssembled
from ledger.genealogy import MAX_DEPTH, MAX_ITEMS, Direction, trace
from ledger.identifiers import ItemId
from ledger.provenance import MAX_MIXED, Source, descend, in_grams, shares
from ledger.state import Item
from ledger.ties import Course, Side, Strand, acts_of
from ledger.vocabulary import Application, LotOrigin, Material, RetirementReason, Step
from tests.material import assay, batch, declared, retired
from tests.oracle import ADDED, Oracle
from tests.scenario import MAKER, MODULE_G, RECYCLER, SECOND_LIFE, Story, module, pack, product
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


def test_what_is_built_around_modules_is_the_products_own() -> None:
    world = Tied()
    modules = [module(1), module(2)]
    world.log(world.story.pack_manufactured(pack(1), modules))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    world.log(world.story.item_split(pack(1), modules))
    claims = ProductAssembled(
        place=SECOND_LIFE.place,
        inputs=tuple(modules),
        application=Application.TELECOM_BACKUP,
        standard="GB-T-36276",
        mass_g=MODULE_G * 3,
    )
    world.tell(SECOND_LIFE, claims, product(1))
    plant = Plant([])
    plant.world = world
    found = shares({str(product(1)): Fraction(1)}, descend([str(product(1))], plant.first), {}, set())
    assert found.ends == {str(pack(1)): Fraction(2, 3), str(product(1)): Fraction(1, 3)}


def test_a_unit_retired_as_production_scrap_is_no_waste_battery() -> None:
    plant = Plant([])
    world = plant.world
    world.log(world.story.pack_manufactured(pack(1)), world.story.pack_manufactured(pack(2)))
    world.log(retired(world.story, pack(1), RetirementReason.PRODUCTION_SCRAP))
    world.log(retired(world.story, pack(2), RetirementReason.DAMAGE))
    world.log(*world.story.transfer(MAKER, RECYCLER, pack(1), pack(2)))
    lot = RECYCLER.lot("SHREDDED")
    made = {lot: (Material.BLACK_MASS, 600_000, None)}
    world.log(batch(world.story, pack(1), pack(2), made=made, step=Step.SHRED, recycled=False))
    scrap = {row.item for row in world.rows if row.course is Course.SCRAP}
    descent = descend([str(lot)], plant.first)
    found = shares({str(lot): Fraction(1)}, descent, {}, scrap)
    assert found.sources == {Source.WASTE: Fraction(1, 2), Source.PRODUCTION_SCRAP: Fraction(1, 2)}
    assert descent.items == {str(lot), str(pack(1)), str(pack(2))}


def test_ancestors_beyond_the_limit_are_said_to_be_missing() -> None:
    plant = Plant([("mix", [0, 1], 300, 0)])
    row = Strand(9, str(plant.lots[-1]), Course.PROCESSED, Side.OUT, 1)
    assert not descend([str(plant.lots[-1])], lambda _items, most: [row] * most).whole


def test_what_weighs_nothing_is_shared_alike() -> None:
    rows = [
        Strand(9, "lot:out", Course.PROCESSED, Side.OUT, 1),
        *(Strand(9, name, Course.PROCESSED, Side.IN, 0) for name in ("lot:a", "lot:b")),
    ]

    def read(items: Collection[str], _most: int) -> list[Strand]:
        return rows if "lot:out" in items else []

    halves = {"lot:a": Fraction(1, 2), "lot:b": Fraction(1, 2)}
    for element in (None, "Li"):
        found = shares({"lot:out": Fraction(1)}, descend(["lot:out"], read), {}, set(), element)
        assert (found.ends, found.sources) == (halves, {Source.UNKNOWN: Fraction(1)})


def test_more_mixing_steps_than_can_be_shared_out_in_time_are_said_to_be_missing() -> None:
    def read(items: Collection[str], _most: int) -> list[Strand]:
        found = []
        for item in items:
            level = int(item.removeprefix("lot:"))
            made = [Strand(level, item, Course.PROCESSED, Side.OUT, 1)]
            made += [
                Strand(level, f"lot:{level * 2 + side}", Course.PROCESSED, Side.IN, 7 + side)
                for side in (0, 1)
            ]
            found += made
        return found

    started = descend(["lot:1"], read)
    assert not started.whole
    assert MAX_MIXED < len(started.begun) < 4 * MAX_MIXED
