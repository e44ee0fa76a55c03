"""Effects of disputes: items are marked until both parties, or the regulator, have said how it ends."""

from dataclasses import replace
from typing import Final, TypeAlias

from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.correction import DisputeSettled, EventDisputed
from ledger.events.custody import ItemCollected
from ledger.identifiers import ItemId
from ledger.lifecycle.custody import contested
from ledger.lifecycle.effects import effect
from ledger.lifecycle.heirs import heir_of
from ledger.lifecycle.moves import flagged, unflagged
from ledger.lifecycle.rights import custodian_of, operator_of, owner_of
from ledger.lifecycle.scene import Scene
from ledger.state import Claimant, Dispute, Holder, Item, LoggedEvent, Settlement, event_fact
from ledger.vocabulary import DisputeOutcome, Flag, Role

Parties: TypeAlias = tuple[ItemId, ItemId | Holder]
_RIGHTS: Final = (custodian_of, owner_of, operator_of)


@effect(EventDisputed, lambda claims: [event_fact(claims.event)])
def event_disputed(scene: Scene, claims: EventDisputed) -> None:
    """Mark the items of an event in which the signer has a right."""
    named = _named(scene, claims.event)
    if scene.is_actor(named.actor):
        raise RuleRefusal("dispute.own", claims.event)
    items = [item for one in named.items if _is_party(scene, item := scene.item(one))]
    if not items:
        raise AuthorityRefusal("dispute.party", claims.event)
    for item in items:
        if item.dispute is not None or item.claimant is not None:
            raise RuleRefusal("dispute.open", item.id)
        dispute = Dispute(event=claims.event, by=scene.actor, against=named.actor)
        scene.put_item(replace(flagged(item, Flag.DISPUTED), dispute=dispute))


@effect(DisputeSettled, lambda claims: [event_fact(claims.event)])
def dispute_settled(scene: Scene, claims: DisputeSettled) -> None:
    """Note a party's proposal; end the dispute where both propose the same, or at the regulator's word."""
    named = _named(scene, claims.event)
    disputes = [
        (item, parties)
        for one in named.items
        if (parties := _parties(scene, item := scene.item(one), named)) is not None
    ]
    if not disputes:
        raise RuleRefusal("dispute.none", claims.event)
    deciding = Role.REGULATOR in scene.org(scene.actor).roles
    mine = [(item, parties) for item, parties in disputes if deciding or scene.actor in parties]
    if not mine:
        raise AuthorityRefusal("dispute.party", claims.event)
    for item, parties in mine:
        if deciding or _agreed(scene, item, parties, claims.outcome):
            scene.put_item(_settled(item, claims.outcome))
        else:
            scene.put_item(_proposed(item, parties, scene.actor, claims))


def _named(scene: Scene, event: str) -> LoggedEvent:
    named = scene.fact(LoggedEvent, event_fact(event))
    if named is None:
        raise RuleRefusal("dispute.unknown", event)
    if any(item.is_org for item in named.items):
        raise RuleRefusal("dispute.registry", event, event=named.type)
    if set(scene.event.prev) != set(named.items):
        raise RuleRefusal("dispute.items", event)
    return named


def _is_party(scene: Scene, item: Item) -> bool:
    offered = item.offer is not None and scene.is_actor(item.offer.to)
    return offered or any(right(scene.states, item) == scene.actor for right in _RIGHTS)


def _parties(scene: Scene, item: Item, named: LoggedEvent) -> Parties | None:
    """Return who is at odds over an item because of an event: it is contested, or a collector's claim."""
    if item.dispute is not None and contested(item):
        parties = heir_of(scene.states, item.dispute.by), heir_of(scene.states, item.dispute.against)
        return parties if item.dispute.event == named.id else None
    claimant = item.claimant
    if claimant is None or (named.type, named.actor) != (ItemCollected.row.type, claimant.org):
        return None
    # What a claimed pack is in may have changed hands since.
    return heir_of(scene.states, claimant.org), custodian_of(scene.states, item)


def _agreed(scene: Scene, item: Item, parties: Parties, outcome: DisputeOutcome) -> bool:
    other = parties[1] if scene.actor == parties[0] else parties[0]
    proposed = item.dispute.proposed if item.dispute is not None else ()
    # A user, or nobody, has no say in the ledger.
    return isinstance(other, Holder) or any(
        heir_of(scene.states, one.org) == other and one.outcome is outcome for one in proposed
    )


def _proposed(item: Item, parties: Parties, org: ItemId, claims: DisputeSettled) -> Item:
    known = item.dispute.proposed if item.dispute is not None else ()
    return replace(
        item,
        dispute=Dispute(
            event=claims.event,
            by=parties[0],
            against=parties[1],
            proposed=(
                *(one for one in known if one.org in parties and one.org != org),
                Settlement(org=org, outcome=claims.outcome),
            ),
        ),
    )


def _settled(item: Item, outcome: DisputeOutcome) -> Item:
    if item.claimant is not None and outcome is DisputeOutcome.CLAIMANT_TAKES:
        # Custody moves with the claimant's next collection; until then nobody else may have the item.
        granted = Claimant(org=item.claimant.org, since_ms=item.claimant.since_ms, granted=True)
        return replace(item, dispute=None, claimant=granted)
    return replace(unflagged(item, Flag.DISPUTED), dispute=None, claimant=None)
