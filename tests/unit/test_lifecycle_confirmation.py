"""Standing by what a compromised key signed: which entries are in doubt, and which are not any more."""

import pytest

from ledger.instants import Instant
from ledger.lifecycle.rectification import MAX_CONFIRMED
from ledger.state import RegisteredKey, key_fact
from ledger.vocabulary import Purpose
from tests.consortium import FLEET, MAKER, pack
from tests.memory_last import LastWorld

STOLEN, OTHER = MAKER.key(), MAKER.key(Purpose.OFFICE, 2)


class Robbed(LastWorld):
    """A maker's office key made some packs, was stolen and revoked; another takes its place."""

    def __init__(self, packs: int = 4) -> None:
        super().__init__()
        self.since = Instant.from_ms(self.story.now_ms)
        self.first = self.ledger.size
        self.log(*(self.story.pack_manufactured(pack(number)) for number in range(1, packs + 1)))
        self.last = self.ledger.size - 1
        self.log(self.story.key_added(MAKER, number=2))
        self.log(self.story.key_revoked(MAKER, STOLEN, compromised_since=self.since))

    def key(self) -> RegisteredKey:
        """Return the stolen key."""
        found = self.ledger.states[key_fact(STOLEN.verifier.thumbprint())]
        assert isinstance(found, RegisteredKey)
        return found

    def confirm(self, first: int, last: int, **more: object) -> str:
        """The maker stands by a range of entries."""
        return self.story.event_confirmed(MAKER, STOLEN, first, last, signed_with=OTHER, **more)  # type: ignore[arg-type]  # as there

    def doubtful(self) -> list[bool]:
        """Return whether each entry of the key is in doubt."""
        at_ms = self.since.ms + 1
        return [self.key().is_doubtful(index, at_ms) for index in range(self.first, self.last + 1)]


def test_entries_since_the_theft_are_in_doubt_and_earlier_ones_are_not() -> None:
    world = Robbed()
    assert all(world.doubtful())
    assert not world.key().is_doubtful(world.first, world.since.ms - 1)


def test_what_the_firm_stands_by_is_in_doubt_no_more_but_for_the_exceptions() -> None:
    world = Robbed()
    world.log(world.confirm(world.first, world.last, count=3, exceptions=[world.first + 1]))
    assert world.doubtful() == [False, True, False, False]
    assert world.item(pack(1)).count == 1


def test_ranges_may_overlap_and_each_one_counts() -> None:
    world = Robbed()
    world.log(world.confirm(world.first, world.first + 2, exceptions=[world.first + 1]))
    world.log(world.confirm(world.first + 1, world.last, exceptions=[world.last]))
    assert world.doubtful() == [False, False, False, True]


def test_an_earlier_theft_puts_all_in_doubt_again() -> None:
    world = Robbed()
    world.log(world.confirm(world.first, world.last, count=4))
    assert not any(world.doubtful())
    earlier = Instant.from_ms(world.since.ms - 3_600_000)
    world.log(world.story.key_revoked(MAKER, STOLEN, compromised_since=earlier))
    assert all(world.doubtful())
    assert world.key().is_doubtful(world.first, earlier.ms)
    world.log(world.confirm(world.first, world.last, count=4))
    assert not any(world.doubtful())


def test_the_stolen_key_does_not_speak_for_itself() -> None:
    world = Robbed()
    world.refused(world.story.event_confirmed(MAKER, STOLEN, world.first, world.last), "key.revoked")


def test_another_firm_does_not_stand_by_it() -> None:
    world = Robbed()
    world.refused(world.story.event_confirmed(FLEET, STOLEN, world.first, world.last), "key.not_theirs")


def test_a_sound_key_needs_no_confirmation() -> None:
    world = Robbed()
    world.refused(
        world.story.event_confirmed(MAKER, OTHER, world.first, world.last, signed_with=OTHER),
        "confirmation.sound",
    )


@pytest.mark.parametrize(
    ("first", "last", "exceptions"),
    [(1, 0, []), (0, 1_000, []), (0, 1, [2]), (2, 3, [1]), (0, 3, [1, 1])],
)
def test_a_range_has_a_begin_an_end_before_now_and_its_exceptions_within(
    first: int, last: int, exceptions: list[int]
) -> None:
    world = Robbed()
    world.refused(world.confirm(first, last, exceptions=exceptions), "confirmation.range")


def test_no_more_are_counted_than_there_are() -> None:
    world = Robbed()
    text = world.confirm(world.first, world.last, count=4, exceptions=[world.first])
    world.refused(text, "confirmation.count")


def test_a_key_has_so_many_ranges() -> None:
    world = Robbed()
    world.log(*(world.confirm(0, 1) for _ in range(MAX_CONFIRMED)))
    world.refused(world.confirm(0, 1), "confirmation.limit")
