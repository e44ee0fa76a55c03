"""Effects of corrections, which change no state, and of disputes, which mark items until they are settled."""

from dataclasses import replace
from typing import Final

from ledger.claims import MalformedClaimError, members_of
from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events import REGISTRY
from ledger.events.correction import DisputeSettled, EventCorrected, EventDisputed
from ledger.identifiers import ItemId
from ledger.lifecycle.effects import effect
from ledger.lifecycle.rights import custodian_of, operator_of, owner_of
from ledger.lifecycle.scene import Scene
from ledger.lifecycle.service import flagged, unflagged
from ledger.state import Dispute, Item, LoggedEvent, Settlement, event_fact
from ledger.vocabulary import DisputeOutcome, Flag, Role

_OF_EVENTS: Final = "event."


@effect(EventCorrected, lambda claims: [event_fact(claims.event)])
def event_corrected(scene: Scene, claims: EventCorrected) -> None:
    """Check that the issuer restates claims of its own event that may be restated."""
    named = scene.fact(LoggedEvent, event_fact(claims.event))
    if named is None:
        raise RuleRefusal("correction.unknown", claims.event)
    if named.issuer != scene.event.iss:
        raise AuthorityRefusal("correction.issuer", claims.event, issuer=named.issuer)
    if named.type.startswith(_OF_EVENTS) or any(item.is_org for item in named.items):
        raise RuleRefusal("correction.registry", claims.event, event=named.type)
    if set(scene.event.prev) != set(named.items):
        raise RuleRefusal("correction.items", claims.event)
    if not claims.claims and not scene.event.sd:
        raise RuleRefusal("correction.empty", claims.event)
    _check_claims(claims, named.type)


def _check_claims(claims: EventCorrected, event_type: str) -> None:
    kind = REGISTRY[event_type]
    members = members_of(kind)
    for name, value in claims.claims.items():
        if name not in kind.row.correctable:
            raise RuleRefusal(
                "correction.rule_claim", claims.event, claim=name, allowed=sorted(kind.row.correctable)
            )
        try:
            members[name].decode(value)
        except MalformedClaimError as error:
            raise RuleRefusal(
                "correction.form", claims.event, path=error.under(name).path, reason=error.reason
            ) from error


@effect(EventDisputed, lambda claims: [event_fact(claims.event)])
def event_disputed(scene: Scene, claims: EventDisputed) -> None:
    """Mark the items of an event disputed, at the word of a firm that has a right in one of them."""
    named = _named(scene, claims.event)
    if named.issuer == scene.event.iss:
        raise RuleRefusal("dispute.own", claims.event)
    items = [scene.item(item) for item in named.items]
    if not any(_is_party(scene, item) for item in items):
        raise AuthorityRefusal("dispute.party", claims.event)
    for item in items:
        if item.dispute is not None or item.claimant is not None:
            raise RuleRefusal("dispute.open", item.id)
        dispute = Dispute(event=claims.event, by=scene.event.iss, against=named.issuer)
        scene.put_item(replace(flagged(item, Flag.DISPUTED), dispute=dispute))


@effect(DisputeSettled, lambda claims: [event_fact(claims.event)])
def dispute_settled(scene: Scene, claims: DisputeSettled) -> None:
    """Note a party's proposal; end the dispute where both propose the same, or at the regulator's word."""
    named = _named(scene, claims.event)
    deciding = Role.REGULATOR in scene.org(scene.event.iss).roles
    for one in named.items:
        item = scene.item(one)
        parties = _parties(scene, item, claims.event)
        if not deciding and scene.event.iss not in parties:
            raise AuthorityRefusal("dispute.party", claims.event)
        if deciding or _agreed(item, parties, scene.event.iss, claims.outcome):
            scene.put_item(_settled(item, claims.outcome))
        else:
            scene.put_item(_proposed(item, claims.event, parties, scene.event.iss, claims.outcome))


def _named(scene: Scene, event: str) -> LoggedEvent:
    named = scene.fact(LoggedEvent, event_fact(event))
    if named is None:
        raise RuleRefusal("correction.unknown", event)
    if any(item.is_org for item in named.items):
        raise RuleRefusal("correction.registry", event, event=named.type)
    if set(scene.event.prev) != set(named.items):
        raise RuleRefusal("correction.items", event)
    return named


def _is_party(scene: Scene, item: Item) -> bool:
    rights = (custodian_of, owner_of, operator_of)
    offered = item.offer is not None and item.offer.to == scene.event.iss
    return offered or any(right(scene.states, item) == scene.event.iss for right in rights)


def _parties(scene: Scene, item: Item, event: str) -> tuple[ItemId, ItemId]:
    """Return the parties of the dispute over an item: of the event contested, or of a collector's claim."""
    if item.dispute is not None and item.dispute.event == event:
        return item.dispute.by, item.dispute.against
    custodian = custodian_of(scene.states, item)
    if item.claimant is not None and isinstance(custodian, ItemId):
        return item.claimant.org, custodian
    raise RuleRefusal("dispute.none", item.id, event=event)


def _agreed(item: Item, parties: tuple[ItemId, ItemId], org: ItemId, outcome: DisputeOutcome) -> bool:
    proposed = item.dispute.proposed if item.dispute is not None else ()
    other = parties[1] if org == parties[0] else parties[0]
    return any(one.org == other and one.outcome is outcome for one in proposed)


def _proposed(
    item: Item, event: str, parties: tuple[ItemId, ItemId], org: ItemId, outcome: DisputeOutcome
) -> Item:
    dispute = item.dispute or Dispute(event=event, by=parties[0], against=parties[1])
    others = tuple(one for one in dispute.proposed if one.org != org)
    return replace(item, dispute=replace(dispute, proposed=(*others, Settlement(org=org, outcome=outcome))))


def _settled(item: Item, outcome: DisputeOutcome) -> Item:
    claimant = item.claimant
    if claimant is not None and outcome is DisputeOutcome.CLAIMANT_TAKES:
        # The claimant's next collection moves custody, without waiting any longer.
        claimant = replace(claimant, since_ms=0)
    else:
        claimant = None
    return replace(unflagged(item, Flag.DISPUTED), dispute=None, claimant=claimant)
