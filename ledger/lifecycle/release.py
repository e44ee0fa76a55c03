"""Effects of letting go: to those who are not enrolled, abroad, and by consent to another firm's act."""

from dataclasses import replace

from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.custody import ConsentGiven, CustodyReleased, ItemExported
from ledger.lifecycle.authority import ENDING
from ledger.lifecycle.custody import INSIDE
from ledger.lifecycle.effects import effect
from ledger.lifecycle.rights import owner_of
from ledger.lifecycle.scene import Scene
from ledger.state import Consent, Holder, Item, consent_fact
from ledger.vocabulary import Flag, Phase, ReceiverKind


@effect(CustodyReleased)
def custody_released(scene: Scene, claims: CustodyReleased) -> None:
    """Give items to somebody who is not enrolled."""
    if claims.receiver is ReceiverKind.CONSUMER and claims.receiver_id is not None:
        # The log is public and forgets nothing: no number of a person stands in it.
        raise RuleRefusal("custody.person", scene.event.id)
    for item in scene.subjects():
        _check_outside(item)
        if Flag.DISPUTED in item.flags:
            raise RuleRefusal("dispute.open", item.id)
        if item.phase is Phase.RETIRED:
            raise RuleRefusal("custody.waste_outside", item.id)
        scene.put_item(replace(item, custodian=Holder.OUTSIDE))


def _check_outside(item: Item) -> None:
    if item.phase in INSIDE:
        raise RuleRefusal("transfer.inside", item.id, container=item.vehicle or item.parent)


@effect(ItemExported)
def item_exported(scene: Scene, claims: ItemExported) -> None:
    """Note the country an item went to; it lives on."""
    for item in scene.subjects():
        _check_outside(item)
        if item.abroad == claims.destination:
            raise RuleRefusal("export.before", item.id, destination=claims.destination)
        scene.put_item(replace(item, abroad=claims.destination))


@effect(ConsentGiven, lambda claims: [claims.to])
def consent_given(scene: Scene, claims: ConsentGiven) -> None:
    """Let another firm do one act on items that the signer owns."""
    if claims.act not in ENDING:
        raise RuleRefusal("consent.act", claims.act, allowed=sorted(ENDING))
    receiver = scene.org(claims.to)
    for item in scene.subjects():
        if owner_of(scene.states, item) != scene.event.iss:
            raise AuthorityRefusal("consent.owner", item.id)
        if receiver.id == scene.event.iss:
            raise RuleRefusal("transfer.self", receiver.id)
        scene.put(
            consent_fact(item.id, claims.act, claims.to),
            Consent(item=item.id, act=claims.act, by=scene.event.iss, to=claims.to, event=scene.event.id),
        )
