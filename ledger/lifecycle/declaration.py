"""Effects of declaring what the ledger does not know, and of what its maker and its gate add."""

from dataclasses import replace
from typing import Final

from ledger import gbt34014
from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.custody import IntakeRecorded
from ledger.events.production import ItemDeclared, ProductionAdded
from ledger.identifiers import ItemId
from ledger.lifecycle.codes import check_code
from ledger.lifecycle.effects import check_model, check_namespace, check_new, effect
from ledger.lifecycle.moves import with_packs
from ledger.lifecycle.rights import go_in
from ledger.lifecycle.scene import Scene
from ledger.state import Filing, Holder, Item, model_fact, vendor_fact
from ledger.vocabulary import Kind, Phase, Role, Status, Why

_UNITS: Final = frozenset({Kind.PACK, Kind.MODULE, Kind.CELL, Kind.PRODUCT})
_TRADERS: Final = frozenset({Role.IMPORTER, Role.VEHICLE_MAKER, Role.DEALER, Role.ELV_DISMANTLER})
_STATUS: Final = {
    Phase.STOCK: Status.ORIGINAL,
    Phase.FITTED: Status.ORIGINAL,
    Phase.REMOVED: Status.ORIGINAL,
    Phase.RETIRED: Status.WASTE,
    Phase.DEPLOYED: Status.REPURPOSED,
}


@effect(ItemDeclared)
def item_declared(scene: Scene, claims: ItemDeclared) -> None:
    """Enter an item in the phase it is in, in the hands of whoever declares it."""
    item = scene.event.subjects[0]
    _check_declared(scene, item, claims)
    firm = scene.actor
    importer = claims.why is Why.IMPORT and Role.IMPORTER in scene.org(firm).roles
    found = Item(
        id=item,
        kind=claims.kind,
        phase=claims.phase,
        custodian=scene.event.iss,
        owner=firm,
        operator=firm if importer else Holder.NOBODY,
        maker=_maker(scene, item),
        mass_g=claims.mass_g,
        status=_STATUS[claims.phase],
        declared=claims.why,
    )
    vehicle = next((one for one in scene.event.prev if one.is_vehicle), None)
    if vehicle is None and claims.max_packs is not None:
        raise RuleRefusal("declared.phase", item, phase=claims.phase, allowed=[Phase.FITTED])
    scene.put_item(found if vehicle is None else _in_vehicle(scene, found, vehicle, claims.max_packs))


def _maker(scene: Scene, item: ItemId) -> ItemId:
    # The recalls of whoever filed the code hold for it, long before that firm adds its own data.
    if item.scheme == "gbt34014":
        filing = scene.fact(Filing, vendor_fact(gbt34014.parse(item.value).vendor))
        if filing is not None:
            return filing.org
    return scene.actor


def _check_declared(scene: Scene, item: ItemId, claims: ItemDeclared) -> None:
    check_new(scene, item)
    if claims.kind not in _UNITS or not item.is_unit:
        raise RuleRefusal("lifecycle.kind", item, kind=claims.kind, event=scene.event.type)
    check_namespace(scene, item)
    check_code(scene, item, claims.kind, own=False)
    _check_clone(item, claims)
    fitted = any(one.is_vehicle for one in scene.event.prev)
    if claims.phase not in _STATUS or fitted != (claims.phase is Phase.FITTED):
        raise RuleRefusal("declared.phase", item, phase=claims.phase, allowed=sorted(_STATUS))
    if fitted and claims.kind is not Kind.PACK:
        raise RuleRefusal("lifecycle.kind", item, kind=claims.kind, event=scene.event.type)
    if (claims.mass_g is None) != (claims.mass_basis is None):
        raise RuleRefusal("declared.mass", item)


def _check_clone(item: ItemId, claims: ItemDeclared) -> None:
    original = claims.clone_of
    if (claims.why is Why.CLONE) != (original is not None):
        raise RuleRefusal("declared.clone", item)
    if original is not None and not (item.scheme == "local" and original.is_unit):
        raise RuleRefusal("declared.clone", item)


def _vehicle(scene: Scene, vehicle: ItemId, max_packs: int | None) -> Item:
    if scene.has(vehicle):
        if max_packs is not None:
            raise RuleRefusal("vehicle.declared_before", vehicle)
        return scene.item(vehicle)
    firm = scene.actor
    # Who trades in vehicles has it from before; in a workshop stands the vehicle of a user.
    trades = bool(_TRADERS & set(scene.org(firm).roles))
    holder = firm if trades else Holder.USER
    return Item(
        id=vehicle,
        kind=Kind.VEHICLE,
        phase=Phase.STOCK,
        custodian=scene.event.iss if trades else Holder.USER,
        owner=holder,
        operator=firm if holder == firm else Holder.NOBODY,
        maker=firm,
        max_packs=max_packs or 1,
    )


def _in_vehicle(scene: Scene, found: Item, vehicle: ItemId, max_packs: int | None) -> Item:
    holder = _vehicle(scene, vehicle, max_packs)
    scene.put_item(with_packs(holder, 1))
    # What was found in a vehicle belongs to whoever the vehicle belongs to.
    inside = go_in(scene.states, found, holder)
    return replace(inside, owner=Holder.INHERITED, vehicle=vehicle)


@effect(ProductionAdded, lambda claims: [model_fact(claims.model)])
def production_added(scene: Scene, claims: ProductionAdded) -> None:
    """Let the maker, by the vendor code it filed, say once how a declared item was made."""
    item = next(iter(scene.subjects()))
    if item.declared is None or item.model is not None:
        raise RuleRefusal("production.known", item.id)
    if item.id.scheme != "gbt34014":
        raise RuleRefusal("code.scheme", item.id, allowed=["gbt34014"])
    filing = scene.fact(Filing, vendor_fact(gbt34014.parse(item.id.value).vendor))
    if filing is None or not scene.is_actor(filing.org):
        raise AuthorityRefusal("production.vendor", item.id)
    check_code(scene, item.id, item.kind)
    check_model(scene, claims.model, item.kind)
    if (claims.cell_count is None) != (claims.cells_root is None):
        raise RuleRefusal("cells.count", item.id)
    scene.put_item(
        replace(
            item,
            model=claims.model,
            made_on=claims.manufactured_on,
            maker=scene.actor,
            cell_count=claims.cell_count,
            cells_root=claims.cells_root,
        )
    )


@effect(IntakeRecorded)
def intake_recorded(scene: Scene, claims: IntakeRecorded) -> None:
    """Change nothing; what was weighed has a tare below it."""
    del scene  # what was scanned is stated, and changes no item
    weighed = (claims.gross_g is None, claims.tare_g is None)
    if weighed == (True, True):
        return
    if claims.gross_g is None or claims.tare_g is None or claims.gross_g <= claims.tare_g:
        raise RuleRefusal("transfer.weight", claims.consignment, basis="weighed")
