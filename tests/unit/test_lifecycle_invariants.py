"""The invariants of docs/events.md, each attacked by name; random attacks are in tests/property."""

import dataclasses

import pytest

from ledger.errors import StaleTipError
from ledger.events.recycling import BatchProcessed, Draw, LotOutput, Period
from ledger.events.registry import KeyRevoked
from ledger.events.second_life import ItemSplit, SplitOutput
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.rights import custodian_of
from ledger.rules import LATEST, RULE_SETS
from ledger.state import LOG, Item, Log, RegisteredKey, key_fact
from ledger.vocabulary import KeyRevocation, Material, Phase, Purpose, Right, Step
from tests.consortium import (
    COLLECTOR,
    FLEET,
    LAB,
    MAKER,
    RECYCLER,
    REGISTRAR,
    SECOND_LIFE,
    START,
    VEHICLE_MAKER,
    cell,
    module,
    pack,
    product,
    vehicle,
)
from tests.memory import World
from tests.storyteller import MODULE_G, PACK_G


def fitted() -> World:
    """Pack 1, with module 1 in it, in vehicle 1 of the vehicle maker; pack 2 in its stock."""
    world = World()
    world.log(world.story.pack_manufactured(pack(1), [module(1)]), world.story.pack_manufactured(pack(2)))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1), pack(2)))
    world.log(world.story.pack_fitted(pack(1), vehicle(1)))
    return world


def at_second_life(*modules: ItemId) -> World:
    world = World()
    world.log(world.story.pack_manufactured(pack(1), modules))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, pack(1)))
    return world


def test_1_two_firms_never_have_one_item() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1), load="one"))
    world.refused(world.story.transfer_offered(MAKER, LAB, pack(1), load="two"), "transfer.open", pack(1))
    world.log(world.story.transfer_accepted(FLEET, pack(1), load="one"))
    world.refused(world.story.transfer_accepted(LAB, pack(1), load="two"), "transfer.none", pack(1))
    world.refused(world.story.transfer_accepted(FLEET, pack(1), load="one"), "transfer.none", pack(1))
    world.refused(world.story.item_retired(MAKER, pack(1)), "custody.holder", pack(1))
    assert world.item(pack(1)).custodian == FLEET.id


def test_1_who_lost_the_vehicle_does_not_act_on_its_pack() -> None:
    world = fitted()
    world.log(*world.story.transfer(VEHICLE_MAKER, COLLECTOR, vehicle(1), load="car"))
    world.refused(world.story.pack_removed(pack(1), vehicle(1)), "custody.holder")
    for item in (vehicle(1), pack(1), module(1)):
        assert custodian_of(world.ledger.states, world.item(item)) == COLLECTOR.id


def test_2_a_pack_is_never_in_two_vehicles_nor_an_item_in_two_parents() -> None:
    world = fitted()
    world.refused(world.story.pack_fitted(pack(1), vehicle(2)), "lifecycle.phase", pack(1))
    world.refused(world.story.pack_fitted(pack(2), vehicle(1)), "vehicle.capacity", vehicle(1))
    world.log(world.story.pack_removed(pack(1), vehicle(1)))
    world.log(*world.story.transfer(VEHICLE_MAKER, SECOND_LIFE, pack(1), pack(2), load="old"))
    whole = world.story.product_assembled(product(1), module(1))
    world.refused(whole, "lifecycle.phase", module(1))
    for one in (world.item(pack(1)), world.item(module(1))):
        assert not (one.vehicle and one.parent)


def test_3_what_has_ended_never_lives_again() -> None:
    world = at_second_life(module(1))
    world.log(world.story.item_split(pack(1), [module(1)]))
    world.refused(world.story.item_split(pack(1), []), "lifecycle.ended", pack(1))
    world.refused(world.story.item_retired(SECOND_LIFE, pack(1)), "lifecycle.ended", pack(1))
    world.refused(world.story.transfer_offered(SECOND_LIFE, FLEET, pack(1)), "lifecycle.ended", pack(1))
    world.refused(world.story.pack_manufactured(pack(1)), "item.exists", pack(1))
    assert world.item(pack(1)).phase is Phase.ENDED


def test_3_waste_returns_to_use_by_assembly_only() -> None:
    world = World()
    world.log(world.story.module_manufactured(module(1)), world.story.item_retired(MAKER, module(1)))
    world.refused(world.story.pack_manufactured(pack(1), [module(1)]), "lifecycle.phase", module(1))
    world.log(*world.story.transfer(MAKER, SECOND_LIFE, module(1)))
    world.refused(world.story.product_deployed(module(1)), "lifecycle.phase", module(1))
    world.log(world.story.product_assembled(product(1), module(1)))
    assert world.item(product(1)).phase is Phase.STOCK


def test_4_no_child_is_lost_or_doubled_in_a_split() -> None:
    world = at_second_life(module(1), module(2))
    world.refused(world.story.item_split(pack(1), [module(1)]), "split.conserve", pack(1))
    world.log(world.story.item_split(pack(1), [module(1)], unaccounted=[module(2)]))
    parents = [world.item(one).parent for one in (module(1), module(2))]
    assert parents == [None, None]


def test_5_no_chain_of_steps_multiplies_mass_beyond_their_tolerances() -> None:
    world = at_second_life(module(1))
    housing = SplitOutput(id=SECOND_LIFE.lot("H"), mass_g=PACK_G, material=Material.HOUSING)
    parts = (SplitOutput(id=module(1), mass_g=MODULE_G), housing)
    heavy = ItemSplit(place=SECOND_LIFE.place, outputs=parts)
    world.refused(world.story.tell(SECOND_LIFE, heavy, pack(1)), "balance.mass")
    lot = RECYCLER.lot("A")
    world.log(world.story.lot_declared(lot, mass_g=1_000))
    out = LotOutput(lot=RECYCLER.lot("B"), material=Material.BLACK_MASS, mass_g=1_021)
    claims = BatchProcessed(
        place=RECYCLER.place,
        step=Step.SHRED,
        period=Period(from_=START, until=Instant.from_ms(world.story.now_ms)),
        lots=(Draw(lot=lot, mass_g=1_000),),
        outputs=(out,),
    )
    world.refused(world.story.tell(RECYCLER, claims), "balance.mass")
    twice = dataclasses.replace(claims, lots=(Draw(lot=lot, mass_g=1_001),))
    world.refused(world.story.tell(RECYCLER, twice), "balance.lot", lot)


def test_6_two_acts_never_build_on_one_tip() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    tip = world.story.tips[pack(1)]
    first = world.story.transfer_offered(MAKER, FLEET, pack(1))
    world.story.tips[pack(1)] = tip
    second = world.story.transfer_offered(MAKER, LAB, pack(1))
    accepted = world.log(first)
    refusal = world.refused(second, "prev.stale", pack(1))
    assert isinstance(refusal, StaleTipError)
    assert refusal.tips == {str(pack(1)): accepted.id}


def test_7_keys_and_roles_are_what_the_chain_says_just_before() -> None:
    world = World()
    world.log(world.story.key_added(MAKER, Purpose.LINE))
    line = MAKER.key(Purpose.LINE)
    made = world.story.pack_manufactured(pack(1))
    revoked = KeyRevoked(kid=MAKER.key().verifier.thumbprint(), reason=KeyRevocation.ROTATED)
    world.tell(MAKER, revoked, MAKER.id, key=MAKER.key(Purpose.ADMIN))
    world.refused(made, "key.revoked")
    assert isinstance(world.ledger.states[key_fact(line.verifier.thumbprint())], RegisteredKey)


def test_8_late_is_recorded_and_early_is_refused() -> None:
    world = World()
    text = world.story.pack_manufactured(pack(1))
    signed_ms = world.story.last.iat * 1000
    world.refused(text, "clock.signed_ahead", logged_at_ms=signed_ms - 86_400_000)
    world.log(text, logged_at_ms=signed_ms + 365 * 86_400_000)


def test_9_a_cells_code_is_no_packs() -> None:
    world = World()
    world.refused(world.story.pack_manufactured(cell(1)), "code.kind", cell(1))
    world.refused(world.story.pack_manufactured(pack(1), [cell(1)]), "code.kind", cell(1))


def test_10_a_compromise_is_dated_and_takes_nothing_back() -> None:
    world = World()
    world.log(world.story.pack_manufactured(pack(1)))
    since = Instant.from_ms(world.story.now_ms)
    world.log(world.story.key_revoked(MAKER, MAKER.key(), compromised_since=since))
    key = world.ledger.states[key_fact(MAKER.key().verifier.thumbprint())]
    assert isinstance(key, RegisteredKey)
    assert key.compromised_since == since
    assert world.item(pack(1)).custodian == MAKER.id


def test_11_an_event_is_judged_by_the_rules_adopted_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    known = RULE_SETS[LATEST]
    strict = dataclasses.replace(known, version="2031.1", retired_receivers=())
    monkeypatch.setitem(RULE_SETS, "2031.1", strict)
    world = World()
    world.log(world.story.pack_manufactured(pack(1)), world.story.item_retired(MAKER, pack(1)))
    world.refused(world.story.transfer_offered(MAKER, FLEET, pack(1)), "transfer.waste_receiver", pack(1))
    log = world.ledger.states[LOG]
    assert isinstance(log, Log)
    world.ledger.states[LOG] = dataclasses.replace(log, rules="2031.1")
    world.log(world.story.transfer_offered(MAKER, FLEET, pack(1), rights=[Right.CUSTODY]))
    assert log.registrar == REGISTRAR.id


def test_no_state_is_read_that_was_not_asked_for() -> None:
    # tests/memory.py fails on such a read; a part two levels down reads both levels.
    world = fitted()
    world.log(world.story.health_measured(module(1), by=VEHICLE_MAKER))
    part = world.item(module(1))
    assert isinstance(part, Item)
    assert part.parent == pack(1)
