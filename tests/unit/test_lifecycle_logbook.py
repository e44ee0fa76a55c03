"""What the registrar states about the log itself: its index, its keys and where it lives."""

import pytest

from ledger.events.log import LogKeyAdded
from ledger.lifecycle.log import MAX_VKEYS
from ledger.state import LOG, Log
from ledger.vocabulary import Role
from tests.consortium import FLEET, MAKER, ORIGIN, REGISTRAR, pack
from tests.memory_last import LastWorld
from tests.scenario_last import vkey

ELSEWHERE = "elsewhere.example/log"


def log(world: LastWorld) -> Log:
    """Return the log's own state."""
    found = world.ledger.states[LOG]
    assert isinstance(found, Log)
    return found


def test_an_index_is_published_of_ever_more_entries() -> None:
    world = LastWorld()
    size = world.ledger.size
    world.log(world.story.index_published(size))
    assert log(world).published == size
    world.refused(world.story.index_published(size), "index.size")
    world.refused(world.story.index_published(world.ledger.size + 1), "index.size")
    world.log(world.story.index_published(world.ledger.size))


@pytest.mark.parametrize("tell", ["index_published", "log_key_added", "log_moved"])
def test_only_the_registrar_speaks_of_the_log(tell: str) -> None:
    world = LastWorld()
    told = {"index_published": (1,), "log_key_added": (vkey(),), "log_moved": (ELSEWHERE, vkey(1, ELSEWHERE))}
    world.refused(getattr(world.story, tell)(*told[tell], by=FLEET), "org.role", FLEET.id)
    world.log(world.story.org_roles_set(FLEET, [Role.REGISTRAR]))
    world.refused(getattr(world.story, tell)(*told[tell], by=FLEET), "org.registrar_only", FLEET.id)


def test_a_key_of_the_log_is_announced_once() -> None:
    world = LastWorld()
    world.log(world.story.log_key_added(vkey()))
    assert log(world).vkeys == (vkey(),)
    world.refused(world.story.log_key_added(vkey()), "log.vkey_known", vkey())


def test_a_key_of_the_log_bears_its_origin() -> None:
    world = LastWorld()
    world.refused(world.story.log_key_added(vkey(1, ELSEWHERE)), "log.vkey")
    world.refused(world.story.log_moved(ELSEWHERE, vkey()), "log.vkey")


def test_a_log_has_so_many_keys() -> None:
    world = LastWorld()
    world.log(*(world.story.log_key_added(vkey(number)) for number in range(MAX_VKEYS)))
    text = world.sign(
        REGISTRAR, LogKeyAdded(vkey=vkey(MAX_VKEYS)), {REGISTRAR.id: world.story.tips[REGISTRAR.id]}
    )
    world.refused(text, "log.vkeys")


def test_a_log_moves_elsewhere_and_takes_no_event_for_the_old_place() -> None:
    world = LastWorld()
    world.refused(world.story.log_moved(ORIGIN, vkey()), "log.same_origin", ORIGIN)
    world.log(world.story.log_moved(ELSEWHERE, vkey(1, ELSEWHERE)))
    assert (log(world).origin, log(world).vkeys) == (ELSEWHERE, (vkey(1, ELSEWHERE),))
    world.refused(world.story.pack_manufactured(pack(1)), "log.audience")
    assert MAKER.id in world.ledger.states
