"""How an act can be taken back: what its items' members were before it, kept until the next act.

Statements in between keep what they did: only the members that the act changed go back, and marks, the open
dispute and remedies, which are the business of statements, never do.
"""

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Final, cast

from crypto.strictjson import Json
from ledger.claims import decode, encode, members_of
from ledger.events.envelope import Event
from ledger.lifecycle.rights import come_out
from ledger.state import Holder, Item, States, Undo
from ledger.vocabulary import Ending, Flag, Phase

# What events change that do not touch the item: draws its mass, a collection the packs of its vehicle.
_COUNTED: Final = ("remaining_g", "parts")
_KEPT: Final = frozenset(
    {
        "id",
        "tip",
        "count",
        "latest",
        "last_at_ms",
        "undo",
        "flags",
        "dispute",
        "remedied",
        "void_label",
        "given_back",
    }
)
_PREFIX: Final = "event."
_CODECS: Final = members_of(Item)
_FACETS: Final = tuple(member.name for member in fields(Item) if member.name not in _KEPT)


def undo_of(before: Item | None, after: Item, event: Event, around: Collection[str] = ()) -> Undo | None:
    """Return how an event that touched an item can be voided; None where it cannot.

    `around` are the tips of what the item was or came to be in, where the event did not touch that.
    """
    if event.type.startswith(_PREFIX):
        return None
    tips = tuple(sorted(around))
    if before is None or before.ended_by is Ending.VOIDED:
        return Undo(event=event.id, was={}, created=True, around=tips)
    was: dict[str, Json] = {}
    for name in _FACETS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            was[name] = None if old is None else _CODECS[name].encode(old)
    for name in _COUNTED:
        if name in was:
            was[name] = (getattr(before, name) or 0) - (getattr(after, name) or 0)
    return Undo(event=event.id, was=was, around=tips)


def restored(item: Item, undo: Undo) -> Item:
    """Return an item with the members it had before its latest act."""
    members = {name: value for name, value in encode(item).items() if name not in undo.was}
    members |= {name: value for name, value in undo.was.items() if value is not None}
    members |= {
        name: (getattr(item, name) or 0) + cast("int", undo.was[name])
        for name in _COUNTED
        if name in undo.was
    }
    found = decode(Item, members)
    # What was proposed about a collector's claim goes with the claim; a later measurement is no less true.
    claim_over = item.claimant is not None and found.claimant is None
    dispute = None if claim_over else found.dispute
    return _marked(replace(found, undo=None, dispute=dispute, measured=item.measured or found.measured))


def unmade(states: States, item: Item) -> Item:
    """Return an item whose making is voided: ended, outside of everything, holding nothing."""
    outside = come_out(states, item)
    return replace(
        outside,
        phase=Phase.ENDED,
        ended_by=Ending.VOIDED,
        offer=None,
        claimant=None,
        parts=0,
        depth=0,
        remaining_g=None if item.remaining_g is None else 0,
        custodian=Holder.NOBODY if outside.custodian is Holder.INHERITED else outside.custodian,
        undo=None,
    )


def _marked(item: Item) -> Item:
    """Return an item marked disputed exactly where somebody contests it or lays claim to it."""
    open_ = item.dispute is not None or item.claimant is not None
    flags = {flag for flag in item.flags if flag is not Flag.DISPUTED} | ({Flag.DISPUTED} if open_ else set())
    return replace(item, flags=tuple(sorted(flags)))
