"""From packs to black mass to carbonate to a new pack, on both databases: every gram has its ancestors."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction

import pytest
from sqlalchemy import event as hooks

from ledger import lineage
from ledger.accounts import Batch, Gap, recovery
from ledger.events.correction import EventVoided
from ledger.genealogy import MAX_DEPTH, MAX_ITEMS, Direction
from ledger.identifiers import ItemId
from ledger.passport import UnknownSubjectError, find_items
from ledger.provenance import Source, descend, shares
from ledger.state import Item
from ledger.stems import ContentReport
from ledger.store import Snapshot
from ledger.ties import Course, Strand, model_year
from ledger.vocabulary import Element, Ground, LotOrigin, Material, Step
from tests.ledgers import Ledger, opened, running
from tests.material import assay, batch, content, declared
from tests.oracle import ADDED, Oracle
from tests.postgres import fresh_database
from tests.scenario import MAKER, RECYCLER, SECOND_LIFE, Story, module, pack, product

PACKS = 40
BLACK, CARBONATE, SOLD, SODA = (RECYCLER.lot(name) for name in ("BM", "LI2CO3", "LI2CO3-B", "SODA"))
NEW = pack(999)


def forty_packs(story: Story) -> list[str]:
    """Forty packs are shredded, their black mass is leached, and some carbonate claimed in a new pack."""
    packs = [pack(number) for number in range(1, PACKS + 1)]
    told = [
        story.pack_manufactured(one, [module(2 * at + 1), module(2 * at + 2)]) for at, one in enumerate(packs)
    ]
    told += story.transfer(MAKER, RECYCLER, *packs)
    told += [story.item_retired(RECYCLER, *packs[:20]), story.item_retired(RECYCLER, *packs[20:])]
    black = {BLACK: (Material.BLACK_MASS, 6_000_000, assay(Li=30_000, Fe=200_000))}
    told.append(batch(story, *packs, made=black, step=Step.SHRED, losses_g=9_900_000, recycled=False))
    told.append(declared(story, SODA, 900_000, LotOrigin.VIRGIN, assay_=assay(Li=0, Fe=0)))
    salt = {
        CARBONATE: (Material.LITHIUM_CARBONATE, 700_000, assay(Li=187_000, Fe=10)),
        RECYCLER.lot("FEPO4"): (Material.IRON_PHOSPHATE, 2_700_000, assay(Li=100, Fe=360_000)),
    }
    told.append(
        batch(
            story, drawn={BLACK: 5_000_000, SODA: 800_000}, made=salt, additions_g=200_000, losses_g=2_500_000
        )
    )
    told.append(story.lot_divided(CARBONATE, {SOLD: 100_000}))
    told += story.transfer(RECYCLER, MAKER, SOLD, load="salt")
    told.append(content(story, {SOLD: 60_000}, Element.LI, 11_000))
    return [*told, story.pack_manufactured(NEW)]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Ledger, Story]]:
    """Tell the story of the forty packs once on each database; the tests only read it."""
    folder = tmp_path_factory.mktemp("forty")
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'ledger.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(fresh_database(request.getfixturevalue("postgres_url")))
        ledger = stack.enter_context(running(url, folder))
        story = opened(ledger)
        ledger.log(forty_packs(story))
        yield ledger, story


@contextmanager
def counted(snapshot: Snapshot) -> Iterator[list[str]]:
    """Count the statements that a snapshot sends."""
    sent: list[str] = []

    def note(*arguments: object) -> None:
        sent.append(str(arguments[2]))

    hooks.listen(snapshot._connection, "before_cursor_execute", note)
    yield sent
    hooks.remove(snapshot._connection, "before_cursor_execute", note)


def lot(snapshot: Snapshot, item: ItemId) -> Item:
    return find_items(snapshot, [item])[item]


def exact(snapshot: Snapshot, item: ItemId) -> dict[str, Fraction]:
    """Return the exact shares of an item's ends."""

    def read(items: object, most: int) -> list[Strand]:
        assert isinstance(items, list)
        return snapshot.first_ties(items, limit=most)

    found = shares({str(item): Fraction(1)}, descend([str(item)], read), {}, set())
    return {**found.ends, **({ADDED: found.added} if found.added else {})}


def test_the_lithium_of_forty_packs_is_found_in_the_carbonate_of_a_new_one(
    told: tuple[Ledger, Story],
) -> None:
    with told[0].store.snapshot() as snapshot:
        found = lineage.made_of(snapshot, lot(snapshot, SOLD), Element.LI)
    assert found is not None
    # 100 kg dry at 187,000 mg/kg; the soda holds none, so every microgram is from the packs.
    assert found.total == 18_700 * 10**6
    assert sum(found.ends.values()) == found.total
    assert {found.ends[str(pack(number))] for number in range(1, PACKS + 1)} == {467_500_000}
    assert found.sources == {Source.WASTE: found.total}
    assert found.by_mass == 1  # packs carry no assay


def test_by_mass_the_soda_and_the_additions_have_their_part(told: tuple[Ledger, Story]) -> None:
    with told[0].store.snapshot() as snapshot:
        found = lineage.made_of(snapshot, lot(snapshot, CARBONATE))
    assert found is not None
    # 5,000 kg of black mass, 800 kg of soda and 200 kg added give 700 kg.
    assert found.total == 700_000 == sum(found.ends.values()) + found.added
    assert (found.ends[str(SODA)], found.added) == (93_333, 23_334)
    assert found.sources[Source.WASTE] in range(583_333, 583_335)
    assert found.sources[Source.VIRGIN] in range(93_333, 93_335)
    assert sum(found.sources.values()) == 700_000


def test_shares_are_those_that_a_naive_replay_finds(told: tuple[Ledger, Story]) -> None:
    ledger, story = told
    oracle = Oracle(story.events.values())
    with ledger.store.snapshot() as snapshot:
        for item in (BLACK, CARBONATE, SOLD, RECYCLER.lot("FEPO4")):
            assert exact(snapshot, item) == oracle.mix[item]
            assert sum(oracle.mix[item].values()) == 1


def test_a_claim_is_shown_beside_what_the_ledger_proves(told: tuple[Ledger, Story]) -> None:
    ledger, story = told
    claim = next(event for event in story.events.values() if event.type == "content.claimed")
    with ledger.store.snapshot() as snapshot:
        report = lineage.event_account(snapshot, claim.id)
    assert isinstance(report, ContentReport)
    assert (report.claimed_post_g, report.held_ug, report.provable_g) == (11_000, 11_220 * 10**6, 11_220)


def test_a_new_pack_leads_up_to_the_forty_and_they_down_to_the_claim(told: tuple[Ledger, Story]) -> None:
    with told[0].store.snapshot() as snapshot:
        up = lineage.generations(snapshot, NEW, [Direction.UP], depth=MAX_DEPTH, limit=MAX_ITEMS)
        down = lineage.generations(snapshot, pack(1), [Direction.DOWN], depth=MAX_DEPTH, limit=MAX_ITEMS)
    found = [act.course for act in up.traces[Direction.UP].acts]
    assert found[:4] == [Course.CLAIMED, Course.DIVIDED, Course.PROCESSED, Course.PROCESSED]
    assert str(pack(40)) in up.states
    assert not up.traces[Direction.UP].truncated
    assert [act.course for act in down.traces[Direction.DOWN].acts] == [
        Course.PROCESSED,
        Course.PROCESSED,
        Course.DIVIDED,
        Course.CLAIMED,
    ]
    claimed = down.traces[Direction.DOWN].acts[-1]
    assert list(claimed.outputs) == [model_year(MAKER.model(), 2026)]
    assert down.events[claimed.index].type == "content.claimed"


def test_a_level_costs_one_statement_however_many_items_it_has(told: tuple[Ledger, Story]) -> None:
    with told[0].store.snapshot() as snapshot, counted(snapshot) as sent:
        found = lineage.generations(snapshot, SOLD, list(Direction), depth=MAX_DEPTH, limit=MAX_ITEMS)
    assert len([text for text in sent if "tie" in text]) <= 13
    assert len(sent) <= 36
    assert len(found.states) > PACKS


def test_a_tree_that_is_cut_says_how_much_it_left(told: tuple[Ledger, Story]) -> None:
    with told[0].store.snapshot() as snapshot:
        narrow = lineage.generations(snapshot, SOLD, [Direction.UP], depth=MAX_DEPTH, limit=20)
        short = lineage.generations(snapshot, SOLD, [Direction.UP], depth=1, limit=MAX_ITEMS)
    assert (narrow.traces[Direction.UP].items, narrow.traces[Direction.UP].left) == (3, 1)
    assert (short.traces[Direction.UP].items, short.traces[Direction.UP].left) == (1, 1)
    assert narrow.traces[Direction.UP].truncated


def test_recovery_is_what_a_hand_computes(told: tuple[Ledger, Story]) -> None:
    ledger, story = told
    steps = [event.id for event in story.events.values() if event.type == "batch.processed"]
    with ledger.store.snapshot() as snapshot:
        shredded, leached = (lineage.event_account(snapshot, one) for one in steps)
    assert isinstance(shredded, Batch)
    assert isinstance(leached, Batch)
    assert (shredded.input_g, shredded.output_g, shredded.difference_g) == (16_000_000, 6_000_000, 100_000)
    assert list(recovery(shredded, Element.LI).gaps) == [Gap.UNITS]
    # 700 kg at 187 g/kg over 5,000 kg at 30 g/kg: 130,900 g over 150,000 g. The phosphate's lithium is lost.
    lithium = recovery(leached, Element.LI)
    assert (lithium.given_ug, lithium.recovered_ug) == (150_000 * 10**6, 130_900 * 10**6)
    assert lithium.permille == 872
    # Iron: 2,700 kg at 360 g/kg over 5,000 kg at 200 g/kg; what is in the carbonate is no product of iron.
    assert recovery(leached, Element.FE).permille == 972
    assert recovery(leached, Element.CO).gaps == {Gap.ELEMENT: [str(BLACK), str(SODA)]}
    assert (leached.added_g, leached.losses_g, leached.difference_g) == (200_000, 2_500_000, 100_000)


def test_a_lot_tells_who_drew_what_and_adds_up(told: tuple[Ledger, Story]) -> None:
    with told[0].store.snapshot() as snapshot:
        account, made = lineage.lot_account(snapshot, lot(snapshot, SOLD))
        whole, begun = lineage.lot_account(snapshot, lot(snapshot, CARBONATE))
    assert [(one.by, one.course, one.mass_g) for one in account.drawn] == [(MAKER.id, "claimed", 60_000)]
    assert (account.made_g, account.remaining_g, account.lost_g, made) == (100_000, 40_000, 0, None)
    assert (whole.made_g, whole.drawn_g, whole.lost_g) == (700_000, 100_000, 0)
    assert begun is not None
    assert begun.step is Step.HYDROMET


def test_grams_lost_on_the_way_are_told_as_lost(ledger: Ledger) -> None:
    story = opened(ledger)
    told = [
        declared(story, BLACK, 100_000, LotOrigin.UNKNOWN),
        story.transfer_offered(RECYCLER, MAKER, BLACK),
    ]
    ledger.log([*told, story.transfer_accepted(MAKER, BLACK, gross_g=99_600)])
    with ledger.store.snapshot() as snapshot:
        account, _ = lineage.lot_account(snapshot, lot(snapshot, BLACK))
    assert (account.made_g, account.remaining_g, account.drawn_g, account.lost_g) == (100_000, 99_600, 0, 400)


def test_modules_of_a_second_life_product_are_traced_to_the_packs_they_were_made_for(ledger: Ledger) -> None:
    story = opened(ledger)
    modules = [module(number) for number in range(1, 5)]
    told = [story.pack_manufactured(pack(1), modules[:2]), story.pack_manufactured(pack(2), modules[2:])]
    told += story.transfer(MAKER, SECOND_LIFE, pack(1), pack(2))
    told += [story.item_split(pack(1), modules[:2]), story.item_split(pack(2), modules[2:])]
    told.append(story.product_assembled(product(1), *modules[1:]))
    told += [story.item_retired(SECOND_LIFE, product(1))]
    told += story.transfer(SECOND_LIFE, RECYCLER, product(1), modules[0], load="second")
    told.append(story.batch_processed(product(1), modules[0], made={BLACK: 170_000}))
    ledger.log(told)
    with ledger.store.snapshot() as snapshot:
        assert exact(snapshot, BLACK) == {str(pack(1)): Fraction(1, 2), str(pack(2)): Fraction(1, 2)}
        assert exact(snapshot, BLACK) == Oracle(story.events.values()).mix[BLACK]
        up = lineage.generations(snapshot, modules[1], list(Direction), depth=9, limit=99)
    assert [act.course for act in up.traces[Direction.UP].acts] == [Course.TAKEN_APART]
    assert [act.course for act in up.traces[Direction.DOWN].acts] == [
        Course.MADE,
        Course.ASSEMBLED,
        Course.PROCESSED,
    ]


def test_what_nobody_recorded_has_no_generations(ledger: Ledger) -> None:
    opened(ledger)
    with ledger.store.snapshot() as snapshot, pytest.raises(UnknownSubjectError):
        lineage.generations(snapshot, pack(1), list(Direction), depth=1, limit=1)


def test_an_event_that_was_taken_back_ties_nothing(ledger: Ledger) -> None:
    story = opened(ledger)
    feed, wrong = RECYCLER.lot("FEED"), RECYCLER.lot("WRONG")
    made = {wrong: (Material.OTHER, 100, None)}
    ledger.log([declared(story, feed, 1_000, LotOrigin.UNKNOWN)])
    ledger.log([batch(story, drawn={feed: 900}, made=made, step=Step.SHRED, recycled=False)])
    taken_back = story.last
    claims = EventVoided(place=RECYCLER.place, event=taken_back.id, ground=Ground.TYPING_ERROR)
    ledger.log([story.tell(RECYCLER, claims, *taken_back.prev)])
    ledger.log([story.lot_divided(feed, {wrong: 300})])
    with ledger.store.snapshot() as snapshot:
        account, _ = lineage.lot_account(snapshot, lot(snapshot, feed))
        found = lineage.generations(snapshot, wrong, list(Direction), depth=9, limit=99)
        assert exact(snapshot, wrong) == {str(feed): Fraction(1)}
    assert [act.course for act in found.traces[Direction.UP].acts] == [Course.DIVIDED]
    assert (account.drawn_g, account.remaining_g, account.lost_g) == (300, 700, 0)
