"""The states that a run of events works on."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest

from ledger.state import Holder, Item, Key, State, key_fact, model_fact, recalls_fact
from ledger.vocabulary import Kind, Phase
from ledger.workspace import Fetched, UnfetchedStateError, Workspace
from tests.scenario import MAKER, cell, module, pack

PACK = Item(
    id=pack(1),
    kind=Kind.PACK,
    phase=Phase.STOCK,
    custodian=MAKER.id,
    owner=MAKER.id,
    operator=MAKER.id,
    maker=MAKER.id,
)
MODULE = replace(PACK, id=module(1), kind=Kind.MODULE, custodian=Holder.INHERITED, parent=pack(1))


class Shelf:
    """States to read, and a note of what was asked."""

    def __init__(self, *items: Item) -> None:
        self.items: dict[Key, State] = {item.id: item for item in items}
        self.asked = list[set[Key]]()

    def read(self, keys: Collection[Key]) -> Mapping[Key, State]:
        """Return what is there."""
        self.asked.append(set(keys))
        return {key: self.items[key] for key in keys if key in self.items}


def test_a_key_that_was_not_fetched_is_an_error_of_the_program() -> None:
    states = Fetched({pack(1), pack(2)}, {pack(1): PACK})
    assert states[pack(1)] == PACK
    assert pack(2) not in states
    assert states.get(pack(2)) is None
    assert dict(states) == {pack(1): PACK}
    assert len(states) == 1
    with pytest.raises(UnfetchedStateError):
        states.get(pack(3))
    with pytest.raises(UnfetchedStateError):
        _ = pack(3) in states


def test_states_are_read_once() -> None:
    shelf = Shelf(PACK)
    workspace = Workspace(shelf.read)
    for _ in range(2):
        workspace.fetch({pack(1), pack(2)})
    assert shelf.asked == [{pack(1), pack(2)}]
    assert workspace.get(pack(1)) == PACK
    assert workspace.get(pack(2)) is None


def test_an_event_sees_what_it_reads_and_what_that_is_in() -> None:
    workspace = Workspace(Shelf(PACK, MODULE, replace(PACK, id=pack(2))).read)
    workspace.fetch({module(1), pack(1), pack(2)})
    assert set(workspace.view({module(1)})) == {module(1), pack(1)}
    with pytest.raises(UnfetchedStateError):
        workspace.view({module(1)})[pack(2)]


def test_what_an_earlier_event_of_the_run_put_an_item_into_is_read_for_the_next() -> None:
    shelf = Shelf(PACK)
    workspace = Workspace(shelf.read)
    workspace.fetch({module(1)})
    workspace.put({module(1): MODULE})
    assert workspace.view({module(1)})[pack(1)] == PACK
    assert shelf.asked == [{module(1)}, {pack(1), recalls_fact(MODULE.maker), MAKER.id}]


def test_what_was_changed_is_not_read_over() -> None:
    shelf = Shelf(PACK)
    workspace = Workspace(shelf.read)
    changed = replace(PACK, phase=Phase.RETIRED)
    workspace.fetch({pack(1)})
    workspace.put({pack(1): changed})
    workspace.fetch({pack(1), pack(2)})
    assert workspace.get(pack(1)) == changed


def test_changes_are_taken_back_to_a_mark() -> None:
    workspace = Workspace(Shelf(PACK).read)
    workspace.fetch({pack(1), cell(1)})
    workspace.put({pack(1): replace(PACK, phase=Phase.FITTED)})
    mark = workspace.mark()
    workspace.put({pack(1): replace(PACK, phase=Phase.RETIRED)})
    workspace.put({cell(1): replace(PACK, id=cell(1)), pack(1): replace(PACK, phase=Phase.ENDED)})
    workspace.undo(mark)
    found = workspace.get(pack(1))
    assert isinstance(found, Item)
    assert found.phase is Phase.FITTED
    assert workspace.get(cell(1)) is None


def test_facts_are_states_too() -> None:
    workspace = Workspace(Shelf().read)
    assert dict(workspace.view({key_fact("k"), model_fact("m")})) == {}
