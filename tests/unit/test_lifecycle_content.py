"""Recycled content, claimed only up to what the drawn lots hold."""

from collections.abc import Mapping

import pytest

from ledger.events.custody import ConsentGiven
from ledger.events.recycling import BatchProcessed, Draw, LotDeclared, LotOutput, Period
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.state import Assay
from ledger.vocabulary import AssayMethod, Element, LotOrigin, Material, Right, Role, Step
from tests.consortium import LAB, MAKER, RECYCLER, SECOND_LIFE, START, pack
from tests.memory_more import MoreWorld

LITHIUM = MAKER.lot("LI-1")
# 187.9 g of lithium per kg, as lithium carbonate holds it.
LI_MG = 187_900


def declared(
    world: MoreWorld,
    lot: ItemId = LITHIUM,
    *,
    origin: LotOrigin = LotOrigin.CERTIFIED,
    mass_g: int = 10_000,
    elements: Mapping[Element, int] | None = None,
    moisture_ppm: int | None = 0,
) -> None:
    """A lot of the maker, whole and assayed."""
    found = {Element.LI: LI_MG} if elements is None else elements
    assay = Assay(
        method=AssayMethod.ICP_OES,
        sample="S-1",
        lab=LAB.id,
        mg_per_kg={element.value: mg for element, mg in found.items()},
    )
    claims = LotDeclared(
        place=MAKER.place,
        material=Material.LITHIUM_CARBONATE,
        mass_g=mass_g,
        origin=origin,
        moisture_ppm=moisture_ppm,
        assay=assay if found else None,
    )
    world.tell(MAKER, claims, lot)


def test_a_claim_draws_the_lots_behind_it() -> None:
    world = MoreWorld()
    declared(world)
    before = world.item(LITHIUM).tip
    world.log(world.story.content_claimed({LITHIUM: 4_000}, 700))
    found = world.item(LITHIUM)
    assert (found.remaining_g, found.tip, found.count) == (6_000, before, 2)


def test_as_much_is_claimed_as_the_drawn_mass_holds() -> None:
    world = MoreWorld()
    declared(world)
    text = world.story.content_claimed({LITHIUM: 10_000}, 1_880)
    refusal = world.refused(text, "content.more")
    assert refusal.facts == {"element": "Li", "claimed_g": 1_880, "held_g": 1_879}
    world.log(world.story.content_claimed({LITHIUM: 10_000}, 1_879))


def test_moisture_holds_no_lithium() -> None:
    world = MoreWorld()
    declared(world, moisture_ppm=500_000)
    world.refused(world.story.content_claimed({LITHIUM: 10_000}, 940), "content.more")
    world.log(world.story.content_claimed({LITHIUM: 10_000}, 939))


def test_several_lots_add_up() -> None:
    world = MoreWorld()
    other = MAKER.lot("LI-2")
    declared(world)
    declared(world, other)
    world.log(world.story.content_claimed({LITHIUM: 10_000, other: 10_000}, 2 * 1_879))


def test_the_same_grams_are_claimed_once() -> None:
    world = MoreWorld()
    declared(world)
    world.log(world.story.content_claimed({LITHIUM: 10_000}, 1_000))
    refusal = world.refused(world.story.content_claimed({LITHIUM: 1}, 1), "balance.lot", LITHIUM)
    assert refusal.facts == {"held_g": 0, "drawn_g": 1}


def test_what_a_recycler_made_of_waste_is_claimed_by_the_maker_who_bought_it() -> None:
    world = MoreWorld()
    black_mass, salt = RECYCLER.lot("BM-1"), RECYCLER.lot("SALT-1")
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(*world.story.transfer(MAKER, RECYCLER, pack(1)))
    world.log(world.story.item_retired(RECYCLER, pack(1)))
    world.log(world.story.batch_processed(pack(1), made={black_mass: 300_000}))
    assay = Assay(method=AssayMethod.ICP_OES, sample="S-2", lab=LAB.id, mg_per_kg={"Li": LI_MG})
    output = LotOutput(
        lot=salt,
        material=Material.LITHIUM_CARBONATE,
        mass_g=40_000,
        counts_as_recycled=True,
        moisture_ppm=0,
        assay=assay,
    )
    period = Period(from_=START, until=Instant.from_ms(world.story.now_ms))
    claims = BatchProcessed(
        place=RECYCLER.place,
        step=Step.HYDROMET,
        period=period,
        lots=(Draw(lot=black_mass, mass_g=300_000),),
        outputs=(output,),
    )
    world.tell(RECYCLER, claims)
    world.log(*world.story.transfer(RECYCLER, MAKER, salt, load="salt"))
    world.refused(world.story.content_claimed({salt: 40_000}, 7_517), "content.more")
    world.log(world.story.content_claimed({salt: 40_000}, 7_516))


def test_the_claim_is_not_for_another_firms_model() -> None:
    world = MoreWorld()
    declared(world)
    world.log(world.story.org_roles_set(SECOND_LIFE, [Role.SECOND_LIFE, Role.MANUFACTURER]))
    world.log(world.story.model_declared(SECOND_LIFE))
    text = world.story.content_claimed({LITHIUM: 1_000}, 1, model=SECOND_LIFE.model())
    world.refused(text, "model.issuer", SECOND_LIFE.model())


def test_nothing_is_no_claim() -> None:
    world = MoreWorld()
    declared(world)
    world.refused(world.story.content_claimed({LITHIUM: 10_000}, 0), "content.more")


@pytest.mark.parametrize(
    "origin", [LotOrigin.VIRGIN, LotOrigin.UNKNOWN, LotOrigin.PRODUCTION_SCRAP, LotOrigin.CELLS]
)
def test_what_nobody_certified_is_not_recycled(origin: LotOrigin) -> None:
    world = MoreWorld()
    declared(world, origin=origin)
    world.refused(world.story.content_claimed({LITHIUM: 1_000}, 1), "content.not_recycled", LITHIUM)


def test_an_element_that_was_not_looked_for_is_not_claimed() -> None:
    world = MoreWorld()
    declared(world, elements={Element.NI: 200_000})
    refusal = world.refused(world.story.content_claimed({LITHIUM: 1_000}, 1), "content.assay", LITHIUM)
    assert refusal.facts == {"element": "Li"}


def test_a_lot_without_an_assay_or_a_moisture_is_not_claimed() -> None:
    world = MoreWorld()
    dry = MAKER.lot("LI-2")
    declared(world, elements={})
    declared(world, dry, moisture_ppm=None)
    world.refused(world.story.content_claimed({LITHIUM: 1_000}, 1), "content.assay", LITHIUM)
    world.refused(world.story.content_claimed({dry: 1_000}, 1), "content.assay", dry)


def test_a_pack_is_no_lot_to_draw_from() -> None:
    world = MoreWorld()
    world.log(world.story.pack_manufactured(pack(1)))
    world.refused(world.story.content_claimed({pack(1): 1_000}, 1), "lifecycle.kind", pack(1))


def test_another_firms_lot_is_not_drawn() -> None:
    world = MoreWorld()
    declared(world)
    world.log(*world.story.transfer(MAKER, RECYCLER, LITHIUM))
    world.refused(world.story.content_claimed({LITHIUM: 1_000}, 1), "custody.holder", LITHIUM)


def test_a_lot_that_another_firm_owns_needs_its_consent() -> None:
    world = MoreWorld()
    declared(world)
    world.log(*world.story.transfer(MAKER, RECYCLER, LITHIUM, rights=[Right.OWNERSHIP]))
    refusal = world.refused(world.story.content_claimed({LITHIUM: 1_000}, 1), "owner.consent", LITHIUM)
    assert refusal.facts == {"owner": str(RECYCLER.id)}
    consent = ConsentGiven(place=RECYCLER.place, act="content.claimed", to=MAKER.id)
    world.tell(RECYCLER, consent, LITHIUM)
    world.log(world.story.content_claimed({LITHIUM: 1_000}, 100))
    world.refused(world.story.content_claimed({LITHIUM: 1_000}, 1), "owner.consent", LITHIUM)


def test_the_claim_is_for_the_makers_own_model() -> None:
    world = MoreWorld()
    declared(world)
    world.refused(world.story.content_claimed({LITHIUM: 1_000}, 1, model=MAKER.model("NO")), "model.unknown")


def test_a_recycler_claims_no_content_of_a_model() -> None:
    world = MoreWorld()
    declared(world)
    text = world.story.content_claimed({LITHIUM: 1_000}, 1, by=RECYCLER)
    world.refused(text, "org.role", RECYCLER.id)
