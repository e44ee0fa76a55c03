"""Effects of transfers between enrolled firms and of collection from others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ledger.balance import PPM, apportion
from ledger.errors import AuthorityRefusal, ConflictError, RuleRefusal
from ledger.events.custody import (
    ItemCollected,
    TransferAccepted,
    TransferOffered,
    TransferRejected,
    TransferWithdrawn,
)
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.authority import is_awaited
from ledger.lifecycle.effects import effect
from ledger.lifecycle.heirs import heir_of
from ledger.lifecycle.moves import flagged, with_packs
from ledger.lifecycle.rights import come_out, container_of, custodian_of, holder_of, operator_of, owner_of
from ledger.lifecycle.scene import Scene
from ledger.rules import Feature
from ledger.state import Claimant, Holder, Item, Offer, Organisation
from ledger.vocabulary import Application, Flag, Kind, MassBasis, Phase, Right, Role, Status

INSIDE: Final = frozenset({Phase.PART, Phase.FITTED})
_AT_REST: Final = {Phase.FITTED: Phase.REMOVED, Phase.POOLED: Phase.REMOVED, Phase.DEPLOYED: Phase.STOCK}
_DAY_MS: Final = 86_400_000


@effect(TransferOffered, lambda claims: [claims.to])
def transfer_offered(scene: Scene, claims: TransferOffered) -> None:
    """Put an offer on every item; nothing moves."""
    receiver = scene.org(claims.to)
    if receiver.id == scene.actor:
        raise RuleRefusal("transfer.self", receiver.id)
    if receiver.successor is not None:
        raise RuleRefusal("org.succeeded", receiver.id, successor=receiver.successor)
    if receiver.suspended:
        raise RuleRefusal("transfer.suspended", receiver.id)
    items = list(scene.subjects())
    if claims.count < len(items):
        raise RuleRefusal("transfer.count", claims.consignment, count=claims.count, found=len(items))
    if len(set(claims.rights)) != len(claims.rights):
        raise RuleRefusal("transfer.rights_twice", claims.consignment)
    offer = Offer(
        event=scene.event.id,
        by=scene.actor,
        to=claims.to,
        rights=claims.rights,
        consignment=claims.consignment,
        offered_at_ms=scene.logged_at_ms,
        carried_by=None if scene.event.iss == scene.actor else scene.event.iss,
    )
    for item in items:
        _check_offer(scene, item, offer, receiver)
        scene.put_item(replace(item, offer=offer))


def _check_offer(scene: Scene, item: Item, offer: Offer, receiver: Organisation) -> None:
    rights = offer.rights
    _check_held(scene, item, offer)
    if Right.CUSTODY in rights and item.phase in INSIDE:
        raise RuleRefusal("transfer.inside", item.id, container=item.vehicle or item.parent)
    check_undisputed(item, rights)
    if Right.CUSTODY not in rights:
        return
    if item.phase is Phase.RETIRED:
        check_waste_receiver(scene, item, receiver)


def check_undisputed(item: Item, rights: Sequence[Right]) -> None:
    """Check that nobody contests the rights that are to move; raises `dispute.open`."""
    # A collector lays claim to custody; who contests an event contests all that it moved.
    if Flag.DISPUTED in item.flags and (Right.CUSTODY in rights or contested(item)):
        raise RuleRefusal("dispute.open", item.id)


def contested(item: Item) -> bool:
    """Say whether an event about the item is contested, and not only its custody claimed by a collector."""
    return item.dispute is not None and item.claimant is None


def check_waste_receiver(scene: Scene, item: Item, receiver: Organisation) -> None:
    """Check that a firm may receive waste batteries; raises `transfer.waste_receiver`."""
    rule = scene.rules.receivers_of_waste(scene.event.at.day)
    if rule is not None and not set(rule.roles) & set(receiver.roles):
        raise RuleRefusal(
            "transfer.waste_receiver",
            item.id,
            to=receiver.id,
            roles=sorted(rule.roles),
            basis=rule.basis,
        )


def _offered(item: Item, consignment: str) -> Offer:
    if item.offer is None or item.offer.consignment != consignment:
        raise RuleRefusal("transfer.none", item.id, consignment=consignment)
    return item.offer


def _check_answer(scene: Scene, item: Item, consignment: str) -> Offer:
    offer = _offered(item, consignment)
    if not scene.is_actor(offer.to):
        raise AuthorityRefusal("transfer.receiver", item.id, to=offer.to)
    return offer


@effect(TransferAccepted)
def transfer_accepted(scene: Scene, claims: TransferAccepted) -> None:
    """Move the rights offered; the receiver's weight counts where it is the smaller, or the first."""
    items = list(scene.subjects())
    offers = [_check_answer(scene, item, claims.consignment) for item in items]
    masses = _received_masses(claims, items)
    for item, offer, mass_g in zip(items, offers, masses, strict=True):
        _check_still_free(scene, item, offer)
        _check_quarantine(item, offer, claims)
        scene.put_item(_received(scene, item, offer, mass_g))


def _check_still_free(scene: Scene, item: Item, offer: Offer) -> None:
    # A right of an item in a vehicle can go with the vehicle, and a dispute can begin, after the offer.
    _check_held(scene, item, offer)
    check_undisputed(item, offer.rights)
    if Right.CUSTODY in offer.rights and item.phase is Phase.RETIRED:
        # A receiver may have lost its role since the offer.
        check_waste_receiver(scene, item, scene.org(scene.actor))


def _check_quarantine(item: Item, offer: Offer, claims: TransferAccepted) -> None:
    # GB/T 38698.1: what is not fit for transport as it is moves only on a check list without a "yes".
    passed = claims.checklist is not None and not claims.checklist.yes
    if Flag.QUARANTINED in item.flags and Right.CUSTODY in offer.rights and not passed:
        raise RuleRefusal("quarantine.checklist", item.id)


def _check_held(scene: Scene, item: Item, offer: Offer) -> None:
    by = heir_of(scene.states, offer.by)
    for right in offer.rights:
        holder = holder_of(scene.states, item, right)
        carried = (
            right is Right.CUSTODY
            and offer.carried_by is not None
            and holder == heir_of(scene.states, offer.carried_by)
        )
        if holder != by and not carried:
            raise AuthorityRefusal("transfer.right", item.id, right=right, holder=holder)


def _received(scene: Scene, item: Item, offer: Offer, mass_g: int | None) -> Item:
    moved = _given(scene, item, offer)
    if mass_g is None:
        return moved
    if item.kind is Kind.LOT:
        return replace(moved, remaining_g=_arrived_g(scene, item, mass_g))
    return replace(moved, mass_g=_arrived_g(scene, item, mass_g))


def _given(scene: Scene, item: Item, offer: Offer) -> Item:
    """Return an item with the rights offered in the receiver's hands."""
    receiver = scene.actor
    owner = receiver if Right.OWNERSHIP in offer.rights else item.owner
    operator = receiver if Right.OPERATOR in offer.rights else item.operator
    container = container_of(item)
    if container is not None and Feature.INHERITED_ON_ACCEPTANCE in scene.rules.features:
        around = scene.item(container)
        owner = Holder.INHERITED if owner == owner_of(scene.states, around) else owner
        operator = Holder.INHERITED if operator == operator_of(scene.states, around) else operator
    given = replace(
        item,
        offer=None,
        custodian=scene.event.iss if Right.CUSTODY in offer.rights else item.custodian,
        owner=owner,
        operator=operator,
    )
    return _out_of_pool(scene, given, offer)


def _out_of_pool(scene: Scene, item: Item, offer: Offer) -> Item:
    pools = Role.SWAP_OPERATOR in scene.org(scene.actor).roles
    ends = Right.CUSTODY in offer.rights and Feature.POOL_ENDS_WITH_CUSTODY in scene.rules.features
    if item.phase is not Phase.POOLED or pools or not ends:
        return item
    return replace(item, phase=Phase.REMOVED, pool=None)


def _arrived_g(scene: Scene, item: Item, mass_g: int) -> int:
    """Return the mass an item has after it was weighed; raises `balance.transit`.

    The receiver's weight counts downward. What its scales show above the known mass, within their tolerance,
    is an error of scales and no mass; beyond it the item is not what was sent.
    """
    held = _known_g(item)
    # A vehicle's weight is for people: what is in it changes, and no balance reads it.
    if held is None or item.kind is Kind.VEHICLE:
        return mass_g
    step = "transit" if item.kind is Kind.LOT else "receipt"
    tolerance = scene.rules.mass_tolerance_ppm[step]
    if mass_g * PPM > held * (PPM + tolerance):
        raise RuleRefusal("balance.transit", item.id, held_g=held, received_g=mass_g, tolerance_ppm=tolerance)
    return min(held, mass_g)


def _known_g(item: Item) -> int | None:
    return (item.remaining_g or 0) if item.kind is Kind.LOT else item.mass_g


def _received_masses(claims: TransferAccepted, items: Sequence[Item]) -> list[int | None]:
    """Return the mass each item has from here on, None where it keeps the one it had."""
    stated: dict[object, int | None] = {one.item: one.mass_g for one in claims.exceptions}
    if stated.keys() - {item.id for item in items} or len(stated) != len(claims.exceptions):
        raise RuleRefusal("transfer.exceptions", claims.consignment)
    masses = {item.id: stated.get(item.id) for item in items}
    rest = [item for item in items if masses[item.id] is None]
    net_g = _net_g(claims)
    if claims.mass_basis is MassBasis.DECLARED:
        return list(masses.values())
    if net_g is None:
        raise RuleRefusal("transfer.weight", claims.consignment, basis=claims.mass_basis)
    left_g = net_g - sum(mass for mass in masses.values() if mass is not None)
    if left_g < 0 or (rest and left_g == 0):
        raise RuleRefusal("transfer.weight", claims.consignment, net_g=net_g)
    if claims.mass_basis is MassBasis.WEIGHED and len(rest) > 1:
        raise RuleRefusal("transfer.weighed_one", claims.consignment, found=len(rest))
    for item, share in zip(rest, apportion(left_g, _weights(rest)), strict=True):
        masses[item.id] = share
    return list(masses.values())


def _weights(rest: Sequence[Item]) -> list[int]:
    known = [_known_g(item) for item in rest]
    if any(known):
        # Beside known masses an unknown one has no share of its own to be told by.
        for item, mass_g in zip(rest, known, strict=True):
            if mass_g is None:
                raise RuleRefusal("balance.unknown_mass", item.id)
    return [mass_g or 0 for mass_g in known]


def _net_g(claims: TransferAccepted) -> int | None:
    if claims.gross_g is None and claims.tare_g is None:
        return None
    if claims.gross_g is None or claims.tare_g is None or claims.gross_g <= claims.tare_g:
        raise RuleRefusal("transfer.weight", claims.consignment, basis=claims.mass_basis)
    return claims.gross_g - claims.tare_g


@effect(TransferRejected)
def transfer_rejected(scene: Scene, claims: TransferRejected) -> None:
    """Take the offers off; everything stays with the sender."""
    for item in scene.subjects():
        _check_answer(scene, item, claims.consignment)
        scene.put_item(replace(item, offer=None))


@effect(TransferWithdrawn)
def transfer_withdrawn(scene: Scene, claims: TransferWithdrawn) -> None:
    """Take the signer's own offers back."""
    for item in scene.subjects():
        offer = _offered(item, claims.consignment)
        if not scene.is_actor(offer.by):
            raise AuthorityRefusal("transfer.sender", item.id, by=offer.by)
        scene.put_item(replace(item, offer=None))


@effect(ItemCollected)
def item_collected(scene: Scene, claims: ItemCollected) -> None:
    """Take in what no enrolled firm has, or lay claim to what one has."""
    _check_collector(scene, waste=claims.waste)
    for item in scene.subjects():
        if item.phase is Phase.PART:
            raise RuleRefusal("transfer.inside", item.id, container=item.parent)
        custodian = custodian_of(scene.states, item)
        if scene.is_held(custodian):
            raise RuleRefusal("collection.own", item.id)
        if isinstance(custodian, ItemId) and not _silent(scene, item):
            scene.put_item(_claimed(scene, item))
        else:
            _take(scene, item, waste=claims.waste)


def _check_collector(scene: Scene, *, waste: bool) -> None:
    """Check that a firm that only deals takes in no waste; raises `org.role`."""
    roles = {*scene.org(scene.actor).roles, *scene.org(scene.event.iss).roles}
    others = (scene.event.claims.row.roles or frozenset()) - {Role.DEALER}
    deals = Feature.DEALERS_COLLECT in scene.rules.features and not waste
    if not deals and not others & roles and (waste or not is_awaited(scene)):
        raise AuthorityRefusal("org.role", scene.actor, event=scene.event.type, roles=sorted(others))


def _silent(scene: Scene, item: Item) -> bool:
    """Say whether the signer laid claim before and it was granted, or the term for an answer has run out."""
    claimant = item.claimant
    if claimant is None:
        if contested(item):
            raise RuleRefusal("dispute.open", item.id)
        return False
    if not scene.is_actor(claimant.org):
        raise ConflictError("dispute.open", item.id, claimant=claimant.org)
    if claimant.granted:
        return True
    ends = claimant.since_ms + scene.rules.collection_silence_days.days * _DAY_MS
    if scene.logged_at_ms < ends:
        raise RuleRefusal("collection.too_early", item.id, until=Instant.from_ms(ends))
    return True


def _claimed(scene: Scene, item: Item) -> Item:
    claimant = Claimant(org=scene.actor, since_ms=scene.logged_at_ms)
    return replace(flagged(item, Flag.DISPUTED), claimant=claimant)


def _take(scene: Scene, item: Item, *, waste: bool) -> None:
    if item.vehicle is not None:
        vehicle = scene.item(item.vehicle)
        scene.put_item(with_packs(vehicle, -1))
    out = come_out(scene.states, item)
    # A claim ends with the collection; a contested event stays contested, whoever has the item.
    over = (Flag.MISSING,) if contested(item) else (Flag.MISSING, Flag.DISPUTED)
    taken = replace(
        out,
        custodian=scene.event.iss,
        phase=_phase_collected(item, waste=waste),
        flags=tuple(flag for flag in item.flags if flag not in over),
        claimant=None,
        dispute=item.dispute if contested(item) else None,
        offer=None,
        pool=None,
        abroad=None if _brings_home(scene) else item.abroad,
        released_to=None,
        application=_application_collected(item, waste=waste),
        status=Status.WASTE if waste and item.status is not None else item.status,
    )
    scene.put_item(replace(taken, parts=scene.item(item.id).parts))


def _brings_home(scene: Scene) -> bool:
    imports = Role.IMPORTER in scene.org(scene.actor).roles
    return imports and Feature.HOME_BY_IMPORT in scene.rules.features


def _phase_collected(item: Item, *, waste: bool) -> Phase:
    if item.kind in (Kind.VEHICLE, Kind.LOT):
        return item.phase
    if waste:
        return Phase.RETIRED
    return _AT_REST.get(item.phase, item.phase)


def _application_collected(item: Item, *, waste: bool) -> Application | None:
    # A product stays built for its application; what was only put to work is free for another.
    if item.phase is Phase.DEPLOYED and (waste or item.kind is not Kind.PRODUCT):
        return None
    return item.application
