"""May this key state this event? Key, organisation, role, purpose and custody at this place of the log.

Invariants 1 and 7 of docs/events.md. The signature itself is verified before, with the registered key.
"""

from dataclasses import replace
from typing import Final

from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.row import About
from ledger.identifiers import ItemId
from ledger.instants import day_of_ms
from ledger.lifecycle.rights import custodian_of, owner_of
from ledger.lifecycle.scene import Scene
from ledger.state import (
    Consent,
    Holder,
    Item,
    Organisation,
    RegisteredKey,
    consent_fact,
    key_fact,
)
from ledger.vocabulary import Purpose

ENDING: Final = frozenset(
    {"item.split", "batch.processed", "content.claimed", "residue.disposed", "vehicle.scrapped"}
)
"""The acts that end items or use lots up, for which an owner's consent may be needed."""


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
    _check_standing(scene, org)
    _check_role(scene, org)
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
            if isinstance(found, Item):
                _check_holder(scene, found, by_role=row.roles is not None)
    if not row.act and row.holder:
        _check_witness(scene)


def _check_standing(scene: Scene, org: Organisation) -> None:
    allowed = scene.event.claims.row.suspended
    if org.suspended and not allowed:
        raise AuthorityRefusal("org.suspended", org.id)
    if org.licence_until is not None and day_of_ms(scene.logged_at_ms) > org.licence_until and not allowed:
        raise AuthorityRefusal("org.licence", org.id, until=org.licence_until)


def _check_role(scene: Scene, org: Organisation) -> None:
    row = scene.event.claims.row
    if row.roles is None or row.holder or row.roles & set(org.roles):
        return
    raise AuthorityRefusal("org.role", org.id, event=row.type, roles=sorted(row.roles))


def _check_holder(scene: Scene, item: Item, *, by_role: bool) -> None:
    holder = custodian_of(scene.states, item)
    if holder == scene.event.iss or (by_role and holder is Holder.USER):
        return
    raise AuthorityRefusal("custody.holder", item.id, holder=holder)


def _check_witness(scene: Scene) -> None:
    # Who has one of the roles may state it about any item, who has none about what it holds.
    row = scene.event.claims.row
    if row.roles is not None and row.roles & set(scene.org(scene.event.iss).roles):
        return
    for item in scene.subjects():
        held = custodian_of(scene.states, item) == scene.event.iss
        owned = row.owner and owner_of(scene.states, item) == scene.event.iss
        if not held and not owned:
            raise AuthorityRefusal("custody.witness", item.id, roles=sorted(row.roles or ()))


def enrolled_other(holder: ItemId | Holder, org: ItemId) -> bool:
    """Say whether a right lies with an enrolled organisation other than `org`."""
    return isinstance(holder, ItemId) and holder != org


def check_consent(scene: Scene, item: Item) -> None:
    """Check that an owner that is another enrolled firm agreed, and use that up; raises `owner.consent`."""
    owner = owner_of(scene.states, item)
    if not enrolled_other(owner, scene.event.iss):
        return
    key = consent_fact(item.id, scene.event.type, scene.event.iss)
    consent = scene.fact(Consent, key)
    if consent is None or consent.used or consent.by != owner:
        raise RuleRefusal("owner.consent", item.id, owner=owner)
    scene.put(key, replace(consent, used=True))
