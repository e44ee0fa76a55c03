"""What every event must pass before its own effect: audience, clock, chain, kind, phase, flags and offers."""

from collections.abc import Callable

import pytest

from crypto import jws, sdjwt
from ledger.errors import StaleTipError
from ledger.events.envelope import TYP, build
from ledger.events.retirement import ItemRetired
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.vocabulary import Ending, Phase, RetirementReason
from tests.consortium import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    ORIGIN,
    RECYCLER,
    VEHICLE_MAKER,
    module,
    pack,
    product,
    sign,
    uuid7,
    vehicle,
)
from tests.memory import World

RETIRED = ItemRetired(place=MAKER.place, reason=RetirementReason.FAULT)


def made(*packs: ItemId) -> World:
    world = World()
    for one in packs:
        world.log(world.story.pack_manufactured(one))
    return world


# Audience and clock


def test_an_event_for_another_log_is_refused() -> None:
    world = made(pack(1))
    at = Instant.from_ms(world.story.now_ms)
    text = sign(MAKER, RETIRED, {pack(1): world.story.tips[pack(1)]}, at=at, aud="other.example/log")
    refusal = world.refused(text, "log.audience", "other.example/log")
    assert refusal.facts["origin"] == "test.example/packtrace"


def test_an_event_signed_more_than_300_seconds_ahead_is_refused() -> None:
    world = made(pack(1))
    text = world.story.item_retired(MAKER, pack(1))
    signed = world.story.last
    world.refused(text, "clock.signed_ahead", signed.id, logged_at_ms=signed.iat * 1000 - 300_001)
    world.log(text, logged_at_ms=signed.iat * 1000 - 300_000)


def test_what_happens_more_than_a_day_ahead_is_refused() -> None:
    world = made(pack(1))
    prev = {pack(1): world.story.tips[pack(1)]}
    now_ms, day_ms = world.story.now_ms, 86_400_000
    for ahead_ms, refused in ((day_ms + 1000, True), (day_ms, False)):
        at = Instant.from_ms(now_ms + ahead_ms)
        told = build(
            RETIRED, aud=ORIGIN, iss=MAKER.id, jti=uuid7(at, "ahead"), iat=now_ms // 1000, at=at, prev=prev
        )
        text = sdjwt.join(jws.sign(told, MAKER.key(), TYP), ())
        if refused:
            world.refused(text, "clock.happened_ahead", logged_at_ms=now_ms)
        else:
            world.log(text, logged_at_ms=now_ms)


def test_what_happened_long_ago_is_recorded() -> None:
    world = made(pack(1))
    at = Instant.parse("1999-01-01T00:00:00+08:00")
    text = sign(MAKER, RETIRED, {pack(1): world.story.tips[pack(1)]}, at=at)
    world.log(text, logged_at_ms=world.story.now_ms)
    assert world.item(pack(1)).phase is Phase.RETIRED


# The chain


def test_an_act_on_an_older_event_than_the_tip_is_stale_and_names_every_tip() -> None:
    world = made(pack(1), pack(2))
    first = {one: world.story.tips[one] for one in (pack(1), pack(2))}
    world.log(*world.story.transfer(MAKER, FLEET, pack(1), pack(2)))
    refusal = world.refused(world.sign(FLEET, RETIRED, first), "prev.stale", pack(1))
    assert isinstance(refusal, StaleTipError)
    assert refusal.tips == {str(one): world.story.tips[one] for one in (pack(1), pack(2))}


def test_an_act_that_would_create_what_exists_is_stale() -> None:
    world = made(pack(1))
    refusal = world.refused(world.sign(MAKER, RETIRED, {pack(1): None}), "prev.stale", pack(1))
    assert isinstance(refusal, StaleTipError)
    assert refusal.tips == {str(pack(1)): world.story.tips[pack(1)]}


def test_an_act_on_an_event_of_an_item_that_does_not_exist_is_stale() -> None:
    world = made(pack(1))
    tip = world.story.tips[pack(1)]
    refusal = world.refused(world.sign(MAKER, RETIRED, {pack(9): tip}), "prev.stale", pack(9))
    assert isinstance(refusal, StaleTipError)
    assert refusal.tips == {str(pack(9)): None}


def test_one_stale_item_refuses_all_and_is_named() -> None:
    world = made(pack(1), pack(2))
    prev = {pack(1): world.story.tips[pack(1)], pack(2): world.story.tips[pack(1)]}
    refusal = world.refused(world.sign(MAKER, RETIRED, prev), "prev.stale", pack(2))
    assert isinstance(refusal, StaleTipError)
    assert list(refusal.tips) == [str(pack(2))]


def test_a_statement_is_never_stale_and_moves_no_tip() -> None:
    world = made(pack(1))
    old = world.story.tips[pack(1)]
    world.log(*world.story.transfer(MAKER, FLEET, pack(1)))
    before = world.item(pack(1))
    text = world.story.health_measured(pack(1), by=LAB)
    assert world.story.last.prev == {pack(1): before.tip}
    world.log(text)
    after = world.item(pack(1))
    assert (after.tip, after.count, after.latest) == (before.tip, before.count + 1, world.ledger.size - 1)
    world.story.tips[pack(1)] = old
    world.log(world.story.health_measured(pack(1), by=LAB))
    world.story.tips[pack(1)] = None
    world.log(world.story.health_measured(pack(1), by=LAB))
    assert world.item(pack(1)).count == before.count + 3


def test_a_statement_about_nothing_known_is_refused() -> None:
    world = made()
    world.refused(world.story.health_measured(pack(9)), "prev.unknown", pack(9))


def test_an_act_on_an_item_nobody_made_is_refused() -> None:
    world = made()
    world.refused(world.story.item_retired(MAKER, pack(9)), "prev.unknown", pack(9))


def test_a_statement_rests_on_an_event_of_the_same_item() -> None:
    world = made(pack(1), pack(2))
    world.story.tips[pack(1)] = world.story.tips[pack(2)]
    other = world.refused(world.story.health_measured(pack(1)), "prev.foreign", pack(1))
    assert other.facts["event"] == world.item(pack(2)).tip
    world.story.tips[pack(1)] = "A" * 43
    world.refused(world.story.health_measured(pack(1)), "prev.foreign", pack(1))


def test_the_touching_events_of_an_item_form_a_chain() -> None:
    world = made(pack(1))
    world.log(*world.story.transfer(MAKER, FLEET, pack(1)))
    world.log(world.story.item_retired(FLEET, pack(1)))
    chain = [event for event in world.story.events.values() if pack(1) in event.touched]
    assert [event.prev[pack(1)] for event in chain] == [None, *(event.id for event in chain[:-1])]
    assert world.item(pack(1)).tip == chain[-1].id


# Kinds and phases


def test_an_event_is_about_the_kinds_its_row_names() -> None:
    world = made(pack(1))
    lot = RECYCLER.lot("A")
    world.log(world.story.lot_declared(lot))
    refusal = world.refused(world.story.item_retired(RECYCLER, lot), "lifecycle.kind", lot)
    assert refusal.facts == {"kind": "lot", "event": "item.retired"}
    world.refused(world.story.health_measured(lot), "lifecycle.kind", lot)
    world.refused(world.story.vehicle_sold(pack(1), by=MAKER), "lifecycle.kind", pack(1))


def test_an_act_needs_a_phase_that_its_row_allows() -> None:
    world = made(pack(1))
    world.log(world.story.item_retired(MAKER, pack(1)))
    refusal = world.refused(world.story.item_retired(MAKER, pack(1)), "lifecycle.phase", pack(1))
    assert refusal.facts == {
        "phase": "retired",
        "allowed": ["deployed", "removed", "stock"],
        "event": "item.retired",
    }


def retired_pack(world: World) -> None:
    world.log(world.story.item_retired(MAKER, pack(1)))
    world.log(*world.story.transfer(MAKER, RECYCLER, pack(1), load="waste"))


def processed(world: World) -> None:
    retired_pack(world)
    world.log(world.story.batch_processed(pack(1), made={RECYCLER.lot("BM"): 390_000}))


def test_a_processed_item_has_ended_and_takes_statements_only() -> None:
    world = made(pack(1))
    processed(world)
    ended = world.item(pack(1))
    assert (ended.phase, ended.ended_by) == (Phase.ENDED, Ending.PROCESSED)
    acts: list[Callable[[], str]] = [
        lambda: world.story.item_retired(RECYCLER, pack(1)),
        lambda: world.story.transfer_offered(RECYCLER, COLLECTOR, pack(1)),
        lambda: world.story.item_collected(pack(1)),
        lambda: world.story.item_split(pack(1), [], by=RECYCLER),
        lambda: world.story.product_assembled(product(1), pack(1)),
        lambda: world.story.product_deployed(pack(1), by=RECYCLER),
        lambda: world.story.pack_fitted(pack(1), vehicle(1)),
        lambda: world.story.batch_processed(pack(1), made={RECYCLER.lot("BM2"): 1}),
    ]
    for act in acts:
        refusal = world.refused(act(), "lifecycle.ended", pack(1))
        assert refusal.facts == {"ended_by": "processed"}
    world.log(world.story.health_measured(pack(1)))
    assert world.item(pack(1)).count == ended.count + 1


def test_a_part_ends_with_what_it_is_part_of() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    processed(world)
    world.refused(world.story.transfer_offered(RECYCLER, COLLECTOR, module(1)), "lifecycle.ended", module(1))


# Offers and disputes


def test_an_item_under_offer_takes_no_act_but_its_answer() -> None:
    world = made(pack(1))
    offered = world.log(world.story.transfer_offered(MAKER, VEHICLE_MAKER, pack(1)))
    refusal = world.refused(world.story.item_retired(MAKER, pack(1)), "transfer.open", pack(1))
    assert refusal.facts == {"event": offered.id, "to": str(VEHICLE_MAKER.id)}
    world.refused(world.story.transfer_offered(MAKER, FLEET, pack(1)), "transfer.open", pack(1))
    world.refused(world.story.pack_fitted(pack(1), vehicle(1), by=VEHICLE_MAKER), "transfer.open")
    world.log(world.story.health_measured(pack(1)))


def test_a_lot_under_offer_is_not_drawn_from() -> None:
    world = World()
    lot = RECYCLER.lot("A")
    world.log(world.story.lot_declared(lot), world.story.transfer_offered(RECYCLER, COLLECTOR, lot))
    world.refused(
        world.story.batch_processed(drawn={lot: 1}, made={RECYCLER.lot("B"): 1}), "transfer.open", lot
    )


@pytest.mark.parametrize("ending", ["split", "processed"])
def test_a_disputed_item_is_not_ended(ending: str) -> None:
    world = made(pack(1))
    retired_pack(world)
    world.log(world.story.item_collected(pack(1), by=COLLECTOR))
    acts = {
        "split": lambda: world.story.item_split(pack(1), [], by=RECYCLER),
        "processed": lambda: world.story.batch_processed(pack(1), made={RECYCLER.lot("B"): 1}),
    }
    world.refused(acts[ending](), "dispute.open", pack(1))
