"""A stored state as the object that it is."""

import json

from ledger.claims import MalformedClaimError
from ledger.state import Key, State, state_from_json
from ledger.store.errors import CorruptRowError


def state_of(key: Key, text: str) -> State:
    """Return what a row says of an item, firm or fact; raises CorruptRowError for what is no state."""
    try:
        return state_from_json(key, json.loads(text))
    except (MalformedClaimError, ValueError, RecursionError) as error:
        raise CorruptRowError(str(key), str(error)) from error
