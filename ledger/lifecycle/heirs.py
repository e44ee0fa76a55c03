"""Whose rights an organisation's rights are now: its own, or its successor's (`org.succeeded`)."""

from typing import TypeVar

from ledger.identifiers import ItemId
from ledger.state import Holder, Organisation, States

P = TypeVar("P", ItemId, ItemId | Holder)


def heir_of(states: States, party: P) -> P:
    """Return who has the rights of a party: itself, or at the end of the chain of successors.

    The chain ends, because only an organisation that has not ended can become a successor.
    """
    while isinstance(party, ItemId):
        org = states.get(party)
        if not isinstance(org, Organisation) or org.successor is None:
            break
        party = org.successor
    return party
