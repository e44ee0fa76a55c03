"""Effects of letting go: to those who are not enrolled, abroad, and by consent to another firm's act."""

from dataclasses import replace
from typing import Final

from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.custody import ConsentGiven, CustodyReleased, ItemExported
from ledger.lifecycle.authority import CONSENTED, ENDING
from ledger.lifecycle.custody import INSIDE
from ledger.lifecycle.effects import effect
from ledger.lifecycle.heirs import heir_of
from ledger.lifecycle.rights import holder_of, owner_of
from ledger.lifecycle.scene import Scene
from ledger.rules import Feature
from ledger.state import Agreement, Consent, Holder, Item, consent_fact
from ledger.vocabulary import Flag, Phase, ReceiverKind, Right


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
        scene.put_item(replace(item, custodian=Holder.OUTSIDE, released_to=claims.receiver_id))


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


RECTIFIED: Final = "state.rectified"
MAX_AGREEMENTS: Final = 16
_ACTS: Final = CONSENTED | {RECTIFIED}


@effect(ConsentGiven, lambda claims: [claims.to])
def consent_given(scene: Scene, claims: ConsentGiven) -> None:
    """Let another firm do one act on items that the signer owns."""
    # A rule set may know fewer acts that need a consent.
    known = _ACTS if Feature.OWNER_OF_THE_WRITTEN_OFF in scene.rules.features else ENDING
    allowed = known & set(scene.rules.events)
    if claims.act not in allowed:
        raise RuleRefusal("consent.act", claims.act, allowed=sorted(allowed))
    receiver = scene.org(claims.to)
    for item in scene.subjects():
        # Whom a rectification gives a right need not have one yet.
        if claims.act != RECTIFIED and owner_of(scene.states, item) != scene.actor:
            raise AuthorityRefusal("consent.owner", item.id)
        if receiver.id == scene.actor:
            raise RuleRefusal("transfer.self", receiver.id)
        if claims.withdrawn:
            _withdraw(scene, item, claims)
        else:
            _agree(scene, item, claims)


def _withdraw(scene: Scene, item: Item, claims: ConsentGiven) -> None:
    if Feature.CONSENT_WITHDRAWN not in scene.rules.features:
        raise RuleRefusal("consent.withdrawn", item.id, version=scene.rules.version)
    key = consent_fact(item.id, claims.act, claims.to)
    known = scene.fact(Consent, key)
    open_ = [one for one in known.given if one.by == scene.actor and not one.used] if known else []
    if known is None or not open_:
        raise RuleRefusal("consent.none", item.id, act=claims.act, to=claims.to)
    scene.put(key, replace(known, given=tuple(one for one in known.given if one not in open_)))


def _agree(scene: Scene, item: Item, claims: ConsentGiven) -> None:
    key = consent_fact(item.id, claims.act, claims.to)
    known = scene.fact(Consent, key) or Consent(item=item.id, act=claims.act, to=claims.to)
    others = [one for one in known.given if one.by != scene.actor]
    # More than a few is somebody filling the ledger: those go first that have no right over the item.
    has = [holder_of(scene.states, item, right) for right in Right]
    others.sort(key=lambda one: heir_of(scene.states, one.by) in has)
    mine = Agreement(by=scene.actor, event=scene.event.id)
    scene.put(key, replace(known, given=(*others, mine)[-MAX_AGREEMENTS:]))
