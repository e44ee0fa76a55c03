"""What several events do to an item: put it into a container, take it out, flag it, lose sight of it."""

from dataclasses import replace

from ledger.errors import RuleRefusal
from ledger.lifecycle.rights import come_out, go_in, owner_of
from ledger.lifecycle.scene import Scene
from ledger.state import Holder, Item
from ledger.vocabulary import Flag, Phase


def built_in(scene: Scene, item: Item, container: Item) -> Item:
    """Return an item with its rights once it is in a container; a firm's own part becomes the user's.

    A user cannot accept a transfer: a firm that builds its own part into what is a user's sells it thereby.
    """
    inside = go_in(scene.states, item, container)
    own = owner_of(scene.states, item) == scene.actor
    if own and owner_of(scene.states, container) is Holder.USER:
        return replace(inside, owner=Holder.INHERITED)
    return inside


def taken_out(scene: Scene, item: Item) -> Item:
    """Return an item outside its container; out of what is a user's it comes into the signer's hands.

    A delegate that takes it out has it in its hands, too.
    """
    out = come_out(scene.states, item)
    delegated = scene.event.iss != scene.actor
    return replace(out, custodian=scene.event.iss) if delegated or out.custodian is Holder.USER else out


def with_packs(vehicle: Item, change: int) -> Item:
    """Return a vehicle with so many packs more, or fewer; raises `vehicle.capacity`."""
    limit = vehicle.max_packs or 1
    if vehicle.parts + change > limit:
        raise RuleRefusal("vehicle.capacity", vehicle.id, limit=limit)
    return replace(vehicle, parts=vehicle.parts + change)


def flagged(item: Item, *flags: Flag) -> Item:
    """Return an item with more flags."""
    return replace(item, flags=tuple(sorted({*item.flags, *flags})))


def unflagged(item: Item, *flags: Flag) -> Item:
    """Return an item without some flags."""
    return replace(item, flags=tuple(flag for flag in item.flags if flag not in flags))


def missing(item: Item) -> Item:
    """Return an item, out of whatever it was in, that nobody knows the whereabouts of."""
    return replace(flagged(item, Flag.MISSING), phase=Phase.REMOVED, custodian=Holder.NOBODY)
