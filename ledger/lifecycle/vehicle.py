"""Effects of fitting packs, taking them out and selling vehicles."""

from dataclasses import replace
from typing import Final

from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.vehicle import (
    PackFitted,
    PackRemoved,
    VehicleScrapped,
    VehicleSold,
    VehicleWrittenOff,
)
from ledger.identifiers import ItemId
from ledger.lifecycle.authority import check_consent
from ledger.lifecycle.effects import effect
from ledger.lifecycle.moves import built_in, missing, taken_out, with_packs
from ledger.lifecycle.rights import come_out, custodian_of, owner_of
from ledger.lifecycle.scene import Scene
from ledger.rules import Feature
from ledger.state import Holder, Item
from ledger.vocabulary import Ending, Flag, Kind, Phase, Role, Status

_REPORTERS: Final = frozenset({Role.VEHICLE_MAKER, Role.IMPORTER})


@effect(PackFitted)
def pack_fitted(scene: Scene, claims: PackFitted) -> None:
    """Put a pack into a vehicle; the first pack creates the vehicle."""
    pack = next(iter(scene.subjects()))
    vehicle = _vehicle(scene, claims)
    scene.put_item(with_packs(vehicle, 1))
    inside = built_in(scene, pack, vehicle)
    scene.put_item(replace(inside, phase=Phase.FITTED, vehicle=vehicle.id))


def _vehicle(scene: Scene, claims: PackFitted) -> Item:
    declares = claims.vehicle_model is not None or claims.max_packs is not None or claims.swap_model
    if scene.has(scene.event.vehicle):
        if declares:
            raise RuleRefusal("vehicle.declared_before", scene.event.vehicle)
        return scene.item(scene.event.vehicle)
    maker = scene.actor
    return Item(
        id=scene.event.vehicle,
        kind=Kind.VEHICLE,
        phase=Phase.STOCK,
        custodian=scene.event.iss,
        owner=maker,
        operator=maker,
        maker=maker,
        vehicle_model=claims.vehicle_model,
        swap_model=claims.swap_model,
        max_packs=claims.max_packs or 1,
    )


@effect(VehicleSold)
def vehicle_sold(scene: Scene, claims: VehicleSold) -> None:
    """Give a vehicle to a user; what is in it follows. An owner that only leased it out keeps it."""
    del claims  # city and use are for statistics
    vehicle = next(iter(scene.subjects()))
    custodian = custodian_of(scene.states, vehicle)
    if custodian is Holder.USER:
        raise RuleRefusal("vehicle.sold_before", vehicle.id)
    if not scene.is_held(custodian) and not _reports_dealer(scene, vehicle, custodian):
        raise AuthorityRefusal("custody.holder", vehicle.id, holder=custodian)
    if Flag.DISPUTED in vehicle.flags:
        raise RuleRefusal("dispute.open", vehicle.id)
    sold = owner_of(scene.states, vehicle) in (custodian, scene.actor)
    owner = Holder.USER if sold else vehicle.owner
    scene.put_item(replace(vehicle, custodian=Holder.USER, owner=owner))


def _reports_dealer(scene: Scene, vehicle: Item, custodian: ItemId | Holder) -> bool:
    # A maker hears of sales from its dealers; what another firm holds, it cannot sell.
    if not isinstance(custodian, ItemId) or Role.DEALER not in scene.org(custodian).roles:
        return False
    reporter = bool(_REPORTERS & set(scene.org(scene.actor).roles))
    return reporter and scene.is_actor(vehicle.maker)


@effect(PackRemoved)
def pack_removed(scene: Scene, claims: PackRemoved) -> None:
    """Take a pack out of its vehicle; out of a user's, it comes into the signer's custody."""
    pack = next(iter(scene.subjects()))
    if pack.vehicle != scene.event.vehicle:
        raise RuleRefusal("vehicle.other", pack.id, vehicle=pack.vehicle)
    if claims.replaced_by == pack.id:
        raise RuleRefusal("vehicle.replaced_by", pack.id)
    vehicle = scene.item(scene.event.vehicle)
    scene.put_item(replace(taken_out(scene, pack), phase=Phase.REMOVED))
    scene.put_item(with_packs(vehicle, -1))


@effect(VehicleWrittenOff)
def vehicle_written_off(scene: Scene, claims: VehicleWrittenOff) -> None:
    """Give the ownership of a vehicle to its insurer."""
    del claims  # the certificate is for people
    vehicle = next(iter(scene.subjects()))
    if owner_of(scene.states, vehicle) == scene.actor:
        raise RuleRefusal("vehicle.written_off_before", vehicle.id)
    if Feature.OWNER_OF_THE_WRITTEN_OFF in scene.rules.features:
        check_consent(scene, vehicle)
    scene.put_item(replace(vehicle, owner=scene.actor))


@effect(VehicleScrapped)
def vehicle_scrapped(scene: Scene, claims: VehicleScrapped) -> None:
    """End a vehicle; packs found in it are waste of the dismantler, the others are missing."""
    vehicle = next(iter(scene.subjects()))
    check_consent(scene, vehicle)
    named = claims.named()
    for item in named:
        if scene.item(item).vehicle != vehicle.id:
            raise RuleRefusal("vehicle.other", item, vehicle=scene.item(item).vehicle)
    if len(named) != vehicle.parts:
        raise RuleRefusal("vehicle.packs", vehicle.id, parts=vehicle.parts, named=len(named))
    for item in claims.present:
        out = come_out(scene.states, scene.item(item))
        scene.put_item(replace(out, phase=Phase.RETIRED, custodian=scene.event.iss, status=Status.WASTE))
    for item in claims.absent:
        scene.put_item(missing(come_out(scene.states, scene.item(item))))
    scene.put_item(replace(vehicle, phase=Phase.ENDED, ended_by=Ending.SCRAPPED, parts=0))
