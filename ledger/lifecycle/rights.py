"""Who holds what: custody, ownership and responsibility, read through vehicles and parents.

An item inside another has the custodian of the outermost one; its owner and responsible operator too,
unless they differed when it went in (docs/events.md, Facets).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ledger.identifiers import ItemId
from ledger.lifecycle.heirs import heir_of
from ledger.state import Holder, Item, State, States
from ledger.vocabulary import Phase, Right

# Rights are read level by level, so what may be put into what has an end (the vehicle is a level too).
MAX_DEPTH: Final = 8
_CONTAINERS: Final = ("vehicle", "parent")


def container_of(item: Item) -> ItemId | None:
    """Return the vehicle or the parent an item is in."""
    return item.vehicle or item.parent


def containers_of(item: Item) -> set[ItemId]:
    """Return what an item is in, and what it was in before its latest act, which may be voided."""
    now = {one for one in (item.vehicle, item.parent) if one is not None}
    was = item.undo.was if item.undo is not None else {}
    return now | {ItemId.parse(text) for name in _CONTAINERS if isinstance(text := was.get(name), str)}


def parties_of(item: Item) -> set[ItemId]:
    """Return every organisation that has, is offered or lays claim to a right over an item, and its maker."""
    found: list[ItemId | Holder] = [item.maker, item.custodian, item.owner, item.operator]
    if item.offer is not None:
        found += (item.offer.by, item.offer.to, item.offer.carried_by or item.offer.by)
    if item.claimant is not None:
        found.append(item.claimant.org)
    if item.dispute is not None:
        found += (item.dispute.by, item.dispute.against)
    return {party for party in found if isinstance(party, ItemId)} | _offered_before(item)


def _offered_before(item: Item) -> set[ItemId]:
    # Whose offer its latest act ended, which may be voided.
    offer = item.undo.was.get("offer") if item.undo is not None else None
    sender = offer.get("by") if isinstance(offer, dict) else None
    return {ItemId.parse(sender)} if isinstance(sender, str) else set()


def chain(states: States, item: Item) -> list[Item]:
    """Return the item and everything around it, outermost last."""
    found = [item]
    while (container := container_of(found[-1])) is not None:
        outer = states.get(container)
        if not isinstance(outer, Item) or len(found) > MAX_DEPTH + 1:
            raise LookupError(f"{container} around {item.id} is not among the states")
        found.append(outer)
    return found


def containers_around(read: Callable[[ItemId], State | None], item: Item) -> list[ItemId]:
    """Return the ids of everything around an item, outermost last; `read` gives the state of one."""
    found = list[ItemId]()
    inner: State | None = item
    while isinstance(inner, Item) and (container := container_of(inner)) is not None:
        found.append(container)
        inner = read(container)
    return found


def custodian_of(states: States, item: Item) -> ItemId | Holder:
    """Return who has the item."""
    return heir_of(states, chain(states, item)[-1].custodian)


def owner_of(states: States, item: Item) -> ItemId | Holder:
    """Return who owns the item."""
    own = next(one.owner for one in chain(states, item) if one.owner is not Holder.INHERITED)
    return heir_of(states, own)


def operator_of(states: States, item: Item) -> ItemId | Holder:
    """Return who answers for the item as its producer."""
    own = next(one.operator for one in chain(states, item) if one.operator is not Holder.INHERITED)
    return heir_of(states, own)


def holder_of(states: States, item: Item, right: Right) -> ItemId | Holder:
    """Return who holds one right over the item."""
    read = {Right.CUSTODY: custodian_of, Right.OWNERSHIP: owner_of, Right.OPERATOR: operator_of}
    return read[right](states, item)


def is_ended(states: States, item: Item) -> bool:
    """Say whether the item, or one that it is still a part of, has ended."""
    return any(one.phase is Phase.ENDED for one in chain(states, item))


def go_in(states: States, item: Item, container: Item) -> Item:
    """Return the item's rights as they are once it is in a container; `container` need not be logged yet.

    A right that is the container's too is read from it from now on; one that differs stays the item's own.
    """
    owner, operator = owner_of(states, item), operator_of(states, item)
    return replace(
        item,
        custodian=Holder.INHERITED,
        owner=Holder.INHERITED if owner == owner_of(states, container) else owner,
        operator=Holder.INHERITED if operator == operator_of(states, container) else operator,
    )


def come_out(states: States, item: Item) -> Item:
    """Return the item outside its container, with the rights of this moment as its own."""
    return replace(
        item,
        custodian=custodian_of(states, item),
        owner=owner_of(states, item),
        operator=operator_of(states, item),
        parent=None,
        vehicle=None,
    )
