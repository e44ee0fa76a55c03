"""The states around an item, out of a replay: what its custodian and its recalls are read from."""

from collections.abc import Iterable

from ledger.audit.spill import KeptStates
from ledger.lifecycle import follow
from ledger.state import Item, Key, State


def around(states: KeptStates, item: Item, also: Iterable[Key] = ()) -> dict[Key, State]:
    """Return an item's state, those that it leads to, and those of further keys, where there are any."""
    found: dict[Key, State] = {item.id: item}
    waiting = {*follow(item), *also}
    while waiting:
        new = {key: state for key in waiting if (state := states.get(key)) is not None}
        found |= new
        waiting = {key for state in new.values() for key in follow(state)} - found.keys()
    return found
