"""What the newest rule set switches on, beside its event types; under the older one it is as it was."""

import pytest

from ledger.events.custody import ConsentGiven
from ledger.state import Holder
from ledger.vocabulary import Phase, Right, Why
from tests.consortium import COLLECTOR, FLEET, MAKER, RECYCLER, VEHICLE_MAKER, Party, module, pack, vehicle
from tests.lives import opening
from tests.memory import MemoryLedger, World
from tests.memory_last import LastWorld
from tests.scenario_last import LastStory
from tests.scenario_more import BANK, IMPORTER, INSURER, SWAPPER, local

OLDER, LAST = "2026.12", "2026.13"
BACK = ConsentGiven(place=FLEET.place, act="item.split", to=RECYCLER.id, withdrawn=True)
CAR = vehicle(1)
WAITING = Party(31, "Waiting", "虚构待入企业", "110102", BANK.roles)


class Older(World):
    """A ledger under the set before, with the same firms."""

    version = OLDER
    story: LastStory

    def __init__(self) -> None:
        ledger, story = MemoryLedger(), LastStory()
        ledger.submit_all(
            [*opening(story, self.version), *story.enrolments([INSURER, SWAPPER, BANK, IMPORTER])]
        )
        super().__init__((ledger, story))


class Last(Older):
    """A ledger under the set before the newest."""

    version = LAST


def fitted(world: LastWorld | Older) -> None:
    """Put a pack into a car of the vehicle maker's."""
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    world.log(*world.story.transfer(MAKER, VEHICLE_MAKER, pack(1)))
    world.log(world.story.pack_fitted(pack(1), CAR))


def test_a_firms_vehicle_is_written_off_with_its_consent_only() -> None:
    world = LastWorld()
    fitted(world)
    world.refused(world.story.vehicle_written_off(CAR), "owner.consent", CAR)
    world.log(world.story.consent_given(VEHICLE_MAKER, INSURER, CAR, act="vehicle.written_off"))
    world.log(world.story.vehicle_written_off(CAR))
    assert world.item(CAR).owner == INSURER.id


def test_a_users_vehicle_is_written_off_without_asking_the_ledger() -> None:
    world = LastWorld()
    fitted(world)
    world.log(world.story.vehicle_sold(CAR), world.story.vehicle_written_off(CAR))
    assert world.item(CAR).owner == INSURER.id


def test_under_the_set_before_any_vehicle_was_written_off() -> None:
    world = Older()
    fitted(world)
    world.refused(
        world.story.consent_given(VEHICLE_MAKER, INSURER, CAR, act="vehicle.written_off"), "consent.act"
    )
    world.log(world.story.vehicle_written_off(CAR))
    assert world.item(CAR).owner == INSURER.id


def consented(world: LastWorld | Older) -> None:
    """Let the recycler hold a pack of the fleet's, with the fleet's word that it may be split."""
    world.log(world.story.pack_manufactured(pack(1), [module(1)]))
    world.log(*world.story.transfer(MAKER, FLEET, pack(1)), world.story.item_retired(FLEET, pack(1)))
    world.log(*world.story.transfer(FLEET, RECYCLER, pack(1), load="on", rights=(Right.CUSTODY,)))
    world.log(world.story.consent_given(FLEET, RECYCLER, pack(1)))


def test_a_consent_that_was_taken_back_allows_nothing() -> None:
    world = LastWorld()
    consented(world)
    world.tell(FLEET, BACK, pack(1))
    world.refused(world.story.item_split(pack(1), [module(1)], by=RECYCLER), "owner.consent", pack(1))


def test_only_ones_own_unused_consent_is_taken_back() -> None:
    world = LastWorld()
    consented(world)
    world.log(world.story.item_split(pack(1), [module(1)], by=RECYCLER))
    text = world.story.tell(FLEET, BACK, pack(1))
    world.refused(text, "consent.none", pack(1))


def test_under_the_set_before_no_consent_was_taken_back() -> None:
    world = Older()
    consented(world)
    text = world.story.tell(FLEET, BACK, pack(1))
    world.refused(text, "consent.withdrawn", pack(1))


def pooled(world: LastWorld | Older) -> None:
    """Hand a pooled pack to a bank."""
    world.log(world.story.pack_manufactured(pack(1)), *world.story.transfer(MAKER, SWAPPER, pack(1)))
    world.log(world.story.pool_joined(pack(1)))
    world.log(*world.story.transfer(SWAPPER, BANK, pack(1), load="to the bank"))


def test_a_pack_in_the_hands_of_a_firm_without_a_pool_has_left_the_pool() -> None:
    world = LastWorld()
    pooled(world)
    assert (world.item(pack(1)).phase, world.item(pack(1)).pool) == (Phase.REMOVED, None)
    world.log(world.story.item_retired(BANK, pack(1)))


def test_ownership_alone_leaves_a_pack_in_its_pool() -> None:
    world = LastWorld()
    world.log(world.story.pack_manufactured(pack(1)), *world.story.transfer(MAKER, SWAPPER, pack(1)))
    world.log(world.story.pool_joined(pack(1)))
    world.log(*world.story.transfer(SWAPPER, BANK, pack(1), load="sold", rights=(Right.OWNERSHIP,)))
    assert world.item(pack(1)).phase is Phase.POOLED


def test_under_the_set_before_it_stayed_in_the_pool() -> None:
    world = Older()
    pooled(world)
    assert world.item(pack(1)).phase is Phase.POOLED


def released(world: LastWorld | Older) -> None:
    """Give a pack to a firm that is enrolled later."""
    world.log(world.story.pack_manufactured(pack(1)))
    world.log(world.story.custody_released(MAKER, pack(1), receiver_id=WAITING.id.value))
    world.log(*world.story.enrolments([WAITING]))


def test_a_firm_takes_in_what_was_released_to_it_before_it_was_enrolled() -> None:
    world = LastWorld()
    released(world)
    world.refused(world.story.item_collected(pack(1), by=BANK, waste=False), "org.role", BANK.id)
    world.refused(world.story.item_collected(pack(1), by=WAITING), "org.role", WAITING.id)
    world.log(world.story.item_collected(pack(1), by=WAITING, waste=False))
    item = world.item(pack(1))
    assert (item.custodian, item.phase, item.released_to) == (WAITING.id, Phase.STOCK, None)
    world.refused(world.story.item_collected(pack(1), by=WAITING, waste=False), "org.role", WAITING.id)


def test_under_the_set_before_it_was_out_of_reach() -> None:
    world = Older()
    released(world)
    world.refused(world.story.item_collected(pack(1), by=WAITING, waste=False), "org.role", WAITING.id)
    assert world.item(pack(1)).custodian is Holder.OUTSIDE


def test_a_declared_clone_is_never_found_to_be_what_it_copies() -> None:
    world = LastWorld()
    copy = local(COLLECTOR, "COPY")
    world.log(world.story.pack_manufactured(pack(1)), world.story.custody_released(MAKER, pack(1)))
    world.log(world.story.item_collected(pack(1)))
    world.log(
        world.story.item_declared(copy, phase=Phase.RETIRED, why=Why.CLONE, clone_of=pack(1)),
    )
    world.refused(world.story.item_identified(copy, pack(1)), "identity.clone", copy)


@pytest.mark.parametrize(("world", "kept"), [(LastWorld, True), (Last, False)], ids=["newest", "before"])
def test_a_collection_that_is_taken_back_leaves_the_holders_offer_as_it_was(
    world: type[LastWorld | Older], *, kept: bool
) -> None:
    told = world()
    told.log(told.story.pack_manufactured(pack(1)), told.story.transfer_offered(MAKER, FLEET, pack(1)))
    collected = told.log(told.story.item_collected(pack(1)))
    told.log(told.story.event_voided(collected, COLLECTOR))
    assert (told.item(pack(1)).offer is not None) is kept
