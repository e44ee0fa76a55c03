"""Effects of saying anew how things stand: rectified states, confirmed entries, erased disclosures."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.correction import DisclosureErased, EventConfirmed, Facets, StateRectified
from ledger.events.row import UNITS
from ledger.identifiers import ItemId
from ledger.lifecycle.authority import use_consent
from ledger.lifecycle.custody import INSIDE, check_undisputed, check_waste_receiver
from ledger.lifecycle.effects import effect
from ledger.lifecycle.rights import custodian_of, holder_of
from ledger.lifecycle.scene import Scene
from ledger.state import (
    Confirmed,
    Fact,
    Holder,
    Item,
    LoggedEvent,
    Organisation,
    RegisteredKey,
    event_fact,
    key_fact,
)
from ledger.vocabulary import Flag, Phase, Right, Role, Status

MAX_CONFIRMED: Final = 100
_SILENT: Final = frozenset({Holder.USER, Holder.OUTSIDE})
# Waste comes back by requalification only, and out of a vehicle a pack comes by its own event.
_PHASES: Final = frozenset({Phase.STOCK, Phase.REMOVED, Phase.RETIRED})
_FROM: Final = frozenset({Phase.STOCK, Phase.REMOVED, Phase.POOLED, Phase.DEPLOYED})


def _rectification_reads(claims: StateRectified) -> list[Fact | ItemId]:
    named = [getattr(claims.facets, name) for name in ("custodian", "owner", "operator")]
    orgs = [party for party in named if isinstance(party, ItemId)]
    return [*orgs, *(event_fact(event) for event in claims.events)]


@effect(StateRectified, _rectification_reads)
def state_rectified(scene: Scene, claims: StateRectified) -> None:
    """Set members of an item's state, with the consent of each firm whose right changes."""
    item = next(iter(scene.subjects()))
    for event in claims.events:
        named = scene.fact(LoggedEvent, event_fact(event))
        if named is None or item.id not in named.items:
            raise RuleRefusal("rectification.event", item.id, event=event)
    if claims.facets == Facets():
        raise RuleRefusal("rectification.empty", item.id)
    deciding = Role.REGULATOR in scene.org(scene.actor).roles
    if not deciding and not scene.is_held(custodian_of(scene.states, item)):
        raise AuthorityRefusal("custody.holder", item.id, holder=custodian_of(scene.states, item))
    changed = _rectified(scene, item, claims.facets)
    if not deciding:
        _check_handed_over(scene, changed, claims.facets)
        for firm in _concerned(scene, item, changed):
            use_consent(scene, item, firm)
    scene.put_item(changed)


def _rectified(scene: Scene, item: Item, facets: Facets) -> Item:
    for party in (facets.custodian, facets.owner, facets.operator):
        _check_party(scene, item, party)
    if facets.custodian is not None and item.phase in INSIDE:
        raise RuleRefusal("transfer.inside", item.id, container=item.vehicle or item.parent)
    if facets.home and item.abroad is None:
        raise RuleRefusal("rectification.home", item.id)
    rights = {
        name: party
        for name in ("custodian", "owner", "operator")
        if (party := getattr(facets, name)) is not None
    }
    changed = replace(item, **rights, abroad=None if facets.home else item.abroad)
    return _with_mass(_in_phase(changed, facets.phase), facets.mass_g)


def _check_party(scene: Scene, item: Item, party: ItemId | Holder | None) -> None:
    if party is Holder.INHERITED:
        raise RuleRefusal("rectification.party", item.id, party=party)
    if isinstance(party, ItemId):
        org: Organisation = scene.org(party)
        if org.successor is not None or org.suspended:
            raise RuleRefusal("rectification.party", item.id, party=party)


def _check_handed_over(scene: Scene, item: Item, facets: Facets) -> None:
    """Check that no holder gets rid of an item by rectifying what it could not hand over."""
    rights = tuple(
        right
        for right, party in zip(Right, (facets.custodian, facets.owner, facets.operator), strict=True)
        if party is not None
    )
    # What is contested its holder leaves as it is, mass and phase too: a dispute bars disposal.
    check_undisputed(item, rights)
    if facets.custodian is None:
        return
    if not isinstance(facets.custodian, ItemId):
        raise RuleRefusal("rectification.party", item.id, party=facets.custodian)
    if Flag.QUARANTINED in item.flags:
        raise RuleRefusal("quarantine.checklist", item.id)
    if item.phase is Phase.RETIRED:
        check_waste_receiver(scene, item, scene.org(facets.custodian))


def _in_phase(item: Item, phase: Phase | None) -> Item:
    if phase is None:
        return item
    if item.kind not in UNITS or item.phase not in _FROM or phase not in _PHASES:
        raise RuleRefusal("rectification.phase", item.id, phase=item.phase, allowed=sorted(_PHASES))
    waste = phase is Phase.RETIRED and item.status is not None
    return replace(
        item,
        phase=phase,
        pool=None,
        application=item.application if phase is not Phase.RETIRED else None,
        status=Status.WASTE if waste else item.status,
    )


def _with_mass(item: Item, mass_g: int | None) -> Item:
    if mass_g is None:
        return item
    known = item.remaining_g if item.lot is not None else item.mass_g
    # No event makes mass, and a rectification is one.
    if known is not None and mass_g > known:
        raise RuleRefusal("rectification.mass", item.id, held_g=known, stated_g=mass_g)
    return replace(item, remaining_g=mass_g) if item.lot is not None else replace(item, mass_g=mass_g)


def _concerned(scene: Scene, before: Item, after: Item) -> Iterator[ItemId]:
    """Yield the firms other than the signer that lose a right, or are given one."""
    found: list[ItemId] = []
    for right, name in (
        (Right.CUSTODY, "custodian"),
        (Right.OWNERSHIP, "owner"),
        (Right.OPERATOR, "operator"),
    ):
        old, new = holder_of(scene.states, before, right), getattr(after, name)
        if new is Holder.INHERITED or old == new:
            continue
        if old in _SILENT:
            # Whoever is no firm of the ledger cannot consent in it.
            raise RuleRefusal("rectification.silent", before.id, party=old)
        found += [party for party in (old, new) if isinstance(party, ItemId)]
    yield from dict.fromkeys(firm for firm in found if firm != scene.actor)


@effect(EventConfirmed, lambda claims: [key_fact(claims.kid)])
def event_confirmed(scene: Scene, claims: EventConfirmed) -> None:
    """Take the doubt off entries that a compromised key of the signer's signed."""
    key = scene.fact(RegisteredKey, key_fact(claims.kid))
    if key is None or key.org != scene.event.iss:
        raise RuleRefusal("key.not_theirs", claims.kid, org=scene.event.iss)
    if key.compromised_since is None:
        raise RuleRefusal("confirmation.sound", claims.kid)
    ordered = claims.first <= claims.last < scene.index
    inside = all(claims.first <= one <= claims.last for one in claims.exceptions)
    if not ordered or not inside or len(set(claims.exceptions)) != len(claims.exceptions):
        raise RuleRefusal("confirmation.range", claims.kid, first=claims.first, last=claims.last)
    if claims.count > claims.last - claims.first + 1 - len(claims.exceptions):
        raise RuleRefusal("confirmation.count", claims.kid, count=claims.count)
    if len(key.confirmed) >= MAX_CONFIRMED:
        raise RuleRefusal("confirmation.limit", claims.kid, limit=MAX_CONFIRMED)
    confirmed = Confirmed(first=claims.first, last=claims.last, exceptions=tuple(sorted(claims.exceptions)))
    scene.put(key_fact(key.kid), replace(key, confirmed=(*key.confirmed, confirmed)))


@effect(DisclosureErased, lambda claims: [event_fact(claims.event)])
def disclosure_erased(scene: Scene, claims: DisclosureErased) -> None:
    """Change no state: the disclosures named stand beside the log, and whoever keeps them deletes them."""
    named = scene.fact(LoggedEvent, event_fact(claims.event))
    if named is None:
        raise RuleRefusal("erasure.unknown", claims.event)
    if set(scene.event.prev) != set(named.items):
        raise RuleRefusal("erasure.items", claims.event)
    for digest in claims.digests:
        if digest not in named.sd:
            raise RuleRefusal("erasure.digest", claims.event, digest=digest)
