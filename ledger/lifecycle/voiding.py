"""The effect of voiding: an act is taken back whole, as long as nothing was built on it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ledger.errors import AuthorityRefusal, ConflictError, RuleRefusal
from ledger.events import REGISTRY
from ledger.events.correction import EventVoided
from ledger.events.row import About
from ledger.identifiers import ItemId
from ledger.lifecycle.effects import effect
from ledger.lifecycle.moves import flagged, with_packs
from ledger.lifecycle.rights import chain, container_of, containers_around, custodian_of, is_ended
from ledger.lifecycle.scene import Scene
from ledger.lifecycle.undo import restored, unmade
from ledger.rules import Feature
from ledger.state import Alias, Drawn, Item, LoggedEvent, Undo, alias_fact, event_fact
from ledger.vocabulary import Ending, Flag, Kind, Phase

MAX_GIVEN_BACK: Final = 64
_AWAY: Final = (Flag.STOLEN, Flag.LOST)


@effect(EventVoided, lambda claims: [event_fact(claims.event)])
def event_voided(scene: Scene, claims: EventVoided) -> None:
    """Give every item of the act back the state before it, and every lot what was drawn from it."""
    named = _named(scene, claims)
    before = [scene.item(item) for item in scene.event.touched]
    after = [_taken_back(scene, item, named) for item in before]
    unsafe = {item.id for item in after if item.ended_by is Ending.VOIDED and Flag.QUARANTINED in item.flags}
    for old, item in zip(before, after, strict=True):
        # What was unsafe as a whole is not safe because its making was voided.
        scene.put_item(flagged(item, Flag.QUARANTINED) if container_of(old) in unsafe else item)
        if old.identified_as is not None and item.identified_as is None:
            scene.put(alias_fact(str(item.id)), Alias(alias=str(item.id), item=item.id, event=scene.event.id))
    for drawn in named.drawn:
        _give_back(scene, named, drawn)
    for container, change in _moved(before, after).items():
        if container not in scene.event.touched:
            _count(scene, container, change)
    for old, item in zip(before, after, strict=True):
        _check_whole(scene, item)
        _check_around(scene, old)


def _named(scene: Scene, claims: EventVoided) -> LoggedEvent:
    named = scene.fact(LoggedEvent, event_fact(claims.event))
    if named is None:
        raise RuleRefusal("void.unknown", claims.event)
    # What was stated in a principal's name is the principal's to take back.
    if not scene.is_actor(named.actor):
        raise AuthorityRefusal("void.issuer", claims.event, issuer=named.actor)
    row = REGISTRY[named.type].row
    if not row.act or row.about is not About.ITEMS:
        raise RuleRefusal("void.type", claims.event, event=named.type)
    if set(scene.event.prev) != set(named.items):
        raise RuleRefusal("void.items", claims.event)
    moved_on = [item for item in named.touched if item not in scene.event.touched]
    if moved_on:
        raise RuleRefusal("void.blocked", moved_on[0], blocking=[scene.item(one).tip for one in moved_on])
    return named


def _taken_back(scene: Scene, item: Item, named: LoggedEvent) -> Item:
    for one in chain(scene.states, item):
        for flag in _AWAY:
            if flag in one.flags:
                raise RuleRefusal(f"flag.{flag}", one.id)
    undo = item.undo
    if undo is None or undo.event != named.id:
        raise RuleRefusal("void.blocked", item.id, blocking=[item.tip])
    return _kept_offer(scene, restored(item, undo), undo) if not undo.created else _unmade(scene, item, undo)


def _kept_offer(scene: Scene, item: Item, undo: Undo) -> Item:
    # Who refused an offer, or let it lapse, cannot bring it back: it takes its sender to make it again.
    if item.offer is None or scene.is_actor(item.offer.by):
        return item
    if "offer" not in undo.was and Feature.OFFER_UNTOUCHED in scene.rules.features:
        return item
    return replace(item, offer=None)


def _unmade(scene: Scene, item: Item, undo: Undo) -> Item:
    if item.kind is Kind.LOT and item.remaining_g != item.mass_g:
        raise RuleRefusal("void.drawn", item.id, event=undo.event)
    return unmade(scene.states, item)


def _give_back(scene: Scene, named: LoggedEvent, drawn: Drawn) -> None:
    found, lot = scene.item(drawn.lot), drawn.lot
    if not scene.is_held(custodian_of(scene.states, found)) or is_ended(scene.states, found):
        raise RuleRefusal("void.lot_gone", lot)
    if found.offer is not None:
        raise RuleRefusal("transfer.open", lot, event=found.offer.event, to=found.offer.to)
    scene.put_item(
        replace(
            found,
            remaining_g=(found.remaining_g or 0) + drawn.mass_g,
            given_back=found.given_back if named.touched else _noted(found, named.id),
        )
    )


def _noted(lot: Item, event: str) -> tuple[str, ...]:
    # An act that touched nothing has no tip to say that it was voided: the lot remembers.
    if event in lot.given_back:
        raise ConflictError("void.before", event)
    if len(lot.given_back) >= MAX_GIVEN_BACK:
        raise RuleRefusal("void.limit", lot.id, limit=MAX_GIVEN_BACK)
    return (*lot.given_back, event)


def _moved(before: list[Item], after: list[Item]) -> Mapping[ItemId, int]:
    """Return how many more, or fewer, parts each container has that the items go into, or leave."""
    found: dict[ItemId, int] = {}
    for old, new in zip(before, after, strict=True):
        for container, change in ((container_of(old), -1), (container_of(new), 1)):
            if container is not None:
                found[container] = found.get(container, 0) + change
    return {container: change for container, change in found.items() if change}


def _count(scene: Scene, container: ItemId, change: int) -> None:
    found = scene.item(container)
    if is_ended(scene.states, found):
        raise RuleRefusal("void.blocked", container, blocking=[found.tip])
    counted = (
        with_packs(found, change)
        if found.kind is Kind.VEHICLE
        else replace(found, parts=found.parts + change)
    )
    scene.put_item(counted)


def _check_around(scene: Scene, item: Item) -> None:
    """Check that nobody acted since on what the act took the item out of, or put it into."""
    known = () if item.undo is None else item.undo.around
    around = {*containers_around(scene.states.get, item), *containers_around(scene.find, scene.item(item.id))}
    for container in sorted(around - set(scene.event.touched), key=str):
        tip = scene.item(container).tip
        if tip not in known:
            raise RuleRefusal("void.blocked", container, blocking=[tip])


def _check_whole(scene: Scene, item: Item) -> None:
    """Check that what an item goes back into still lives."""
    container = container_of(item)
    while container is not None:
        outer = scene.item(container)
        if outer.phase is Phase.ENDED:
            raise RuleRefusal("void.blocked", outer.id, blocking=[outer.tip])
        container = container_of(outer)
