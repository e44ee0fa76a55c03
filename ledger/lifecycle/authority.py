"""May this key state this event? Key, organisation, role, purpose and custody at this place of the log.

Invariants 1 and 7 of docs/events.md. The signature itself is verified before, with the registered key.
"""

from dataclasses import replace
from typing import Final

from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.row import About
from ledger.identifiers import ItemId
from ledger.instants import day_of_ms
from ledger.lifecycle.heirs import heir_of
from ledger.lifecycle.rights import custodian_of, owner_of
from ledger.lifecycle.scene import Scene
from ledger.rules import Feature
from ledger.state import (
    Consent,
    Delegation,
    Holder,
    Item,
    Organisation,
    RegisteredKey,
    consent_fact,
    delegation_fact,
    key_fact,
)
from ledger.vocabulary import Purpose

_COLLECTION: Final = "item.collected"
_OF_KEYS: Final = frozenset({"key.added", "key.revoked"})
ENDING: Final = frozenset(
    {
        "batch.processed",
        "content.claimed",
        "item.identified",
        "item.split",
        "residue.disposed",
        "vehicle.scrapped",
    }
)
"""The acts that end items or use lots up, for which an owner's consent may be needed."""
CONSENTED: Final = ENDING | {"vehicle.written_off"}
"""The acts to which an owner can consent."""


def check_signer(scene: Scene) -> None:
    """Check the key and the organisation; raises AuthorityRefusal `key.*` or `org.*`."""
    event = scene.event
    key = scene.fact(RegisteredKey, key_fact(event.kid))
    if key is None:
        raise AuthorityRefusal("key.unknown", event.kid)
    if key.org != event.iss:
        raise AuthorityRefusal("key.issuer", event.kid, issuer=event.iss)
    check_key_time(key, scene.logged_at_ms)
    if key.purpose not in event.claims.row.purposes:
        raise AuthorityRefusal("key.purpose", event.kid, purpose=key.purpose, event=event.type)
    org = scene.find(event.iss)
    if not isinstance(org, Organisation):
        raise AuthorityRefusal("org.unknown", event.iss)
    check_standing(scene, org)
    _check_role(scene, org, _principal(scene) if event.claims.on_behalf_of is not None else org)
    if key.purpose is Purpose.RECOVERY and event.iss not in event.prev:
        raise AuthorityRefusal("key.recovery", event.kid)


def check_key_time(key: RegisteredKey, logged_at_ms: int) -> None:
    """Check that a key may sign what is logged at this time; raises AuthorityRefusal."""
    if key.revoked is not None:
        raise AuthorityRefusal("key.revoked", key.kid, index=key.revoked)
    if key.from_ is not None and logged_at_ms < key.from_.ms:
        raise AuthorityRefusal("key.not_yet", key.kid, since=key.from_)
    if key.until is not None and logged_at_ms >= key.until.ms:
        raise AuthorityRefusal("key.expired", key.kid, until=key.until)


def check_custody(scene: Scene) -> None:
    """Check that the signer has every item it acts on; raises AuthorityRefusal `custody.holder`."""
    row = scene.event.claims.row
    if row.act and row.custody and row.about is About.ITEMS:
        for item in (*scene.event.touched, *scene.event.claims.drawn()):
            found = scene.find(item)
            # What a voided making left is nobody's: it may be made by another firm.
            if isinstance(found, Item) and not scene.is_made_again(found):
                _check_holder(scene, found, by_role=row.roles is not None)
    if not row.act and row.holder:
        _check_witness(scene)


def _principal(scene: Scene) -> Organisation:
    """Return the organisation whose delegate the signer is; raises AuthorityRefusal `delegation.*`."""
    event = scene.event
    if event.actor == event.iss:
        raise AuthorityRefusal("delegation.self", event.iss)
    principal = scene.org(event.actor)
    check_standing(scene, principal)
    granted = scene.fact(Delegation, delegation_fact(event.actor, event.iss))
    if granted is None or event.type not in granted.events:
        raise AuthorityRefusal("delegation.none", event.iss, principal=event.actor, event=event.type)
    if granted.until is not None and scene.logged_at_ms >= granted.until.ms:
        raise AuthorityRefusal("delegation.over", event.iss, until=granted.until)
    return principal


def check_standing(scene: Scene, org: Organisation) -> None:
    """Check that an organisation has not ended, is not suspended and has its licence; raises `org.*`."""
    allowed = scene.event.claims.row.suspended or (
        Feature.KEYS_WHILE_SUSPENDED in scene.rules.features and scene.event.type in _OF_KEYS
    )
    if org.successor is not None:
        raise AuthorityRefusal("org.succeeded", org.id, successor=org.successor)
    if org.suspended and not allowed:
        raise AuthorityRefusal("org.suspended", org.id)
    if org.licence_until is not None and day_of_ms(scene.logged_at_ms) > org.licence_until and not allowed:
        raise AuthorityRefusal("org.licence", org.id, until=org.licence_until)


def _check_role(scene: Scene, signer: Organisation, principal: Organisation) -> None:
    row = scene.event.claims.row
    # What a firm makes needs its own role; its car may be in the workshop of one that has it.
    roles = {*principal.roles, *(signer.roles if row.creates is None else ())}
    if row.roles is None or row.holder or row.roles & roles or is_awaited(scene):
        return
    raise AuthorityRefusal("org.role", principal.id, event=row.type, roles=sorted(row.roles))


def is_awaited(scene: Scene) -> bool:
    """Say whether all that is collected was released to the signer's firm before it was enrolled."""
    if scene.event.type != _COLLECTION or Feature.AWAITED_RECEIVER not in scene.rules.features:
        return False
    return all(
        item.custodian is Holder.OUTSIDE and item.released_to == scene.actor.value
        for item in scene.subjects()
    )


def _check_holder(scene: Scene, item: Item, *, by_role: bool) -> None:
    holder = custodian_of(scene.states, item)
    if scene.is_held(holder) or (by_role and holder is Holder.USER):
        return
    raise AuthorityRefusal("custody.holder", item.id, holder=holder)


def _check_witness(scene: Scene) -> None:
    # Who has one of the roles may state it about any item, who has none about what it holds.
    row = scene.event.claims.row
    if row.roles is not None and row.roles & set(scene.org(scene.actor).roles):
        return
    for item in scene.subjects():
        held = scene.is_held(custodian_of(scene.states, item))
        owned = row.owner and owner_of(scene.states, item) == scene.actor
        if not held and not owned:
            raise AuthorityRefusal("custody.witness", item.id, roles=sorted(row.roles or ()))


def check_consent(scene: Scene, item: Item) -> None:
    """Check that an owner that is another enrolled firm agreed, and use that up; raises `owner.consent`."""
    owner = owner_of(scene.states, item)
    if isinstance(owner, ItemId) and owner != scene.actor:
        use_consent(scene, item, owner)


def use_consent(scene: Scene, item: Item, firm: ItemId) -> None:
    """Use up a firm's consent to this act on an item; raises `owner.consent` where there is none."""
    key = consent_fact(item.id, scene.event.type, scene.actor)
    consent = scene.fact(Consent, key)
    given = () if consent is None else consent.given
    open_ = [one for one in given if not one.used and heir_of(scene.states, one.by) == firm]
    if consent is None or not open_:
        raise RuleRefusal("owner.consent", item.id, owner=firm)
    used = tuple(replace(one, used=True) if one == open_[0] else one for one in given)
    scene.put(key, replace(consent, given=used))
