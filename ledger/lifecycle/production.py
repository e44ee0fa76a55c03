"""Effects of making packs and modules."""

from dataclasses import replace
from typing import Final

from ledger.balance import unaccounted_g
from ledger.errors import RuleRefusal
from ledger.events.production import ModuleEntry, ModuleManufactured, PackManufactured
from ledger.identifiers import ItemId
from ledger.lifecycle.codes import check_code, vendor_facts
from ledger.lifecycle.effects import check_model, check_namespace, check_new, effect
from ledger.lifecycle.rights import go_in
from ledger.lifecycle.scene import Scene
from ledger.state import Fact, Holder, Item, model_fact
from ledger.vocabulary import Kind, Phase, Status

_MADE_SCHEMES: Final = frozenset({"gbt34014", "gs1"})


def _pack_reads(claims: PackManufactured) -> list[Fact]:
    return [model_fact(claims.model), *vendor_facts(*claims.named())]


@effect(PackManufactured, _pack_reads)
def pack_manufactured(scene: Scene, claims: PackManufactured) -> None:
    """Make a pack of new modules, of modules from stock, or of cells directly."""
    if claims.modules and claims.cells_root is not None:
        raise RuleRefusal("cells.with_modules", scene.event.subjects[0])
    unaccounted_g(
        inputs_g=claims.mass_g,
        additions_g=0,
        outputs_g=sum(module.mass_g for module in claims.modules),
        losses_g=0,
        tolerance_ppm=0,
    )
    pack = replace(
        _made(scene, claims, Kind.PACK), parts=len(claims.modules), depth=1 if claims.modules else 0
    )
    scene.put_item(pack)
    for entry in claims.modules:
        scene.put_item(_module_of(scene, pack, entry))


@effect(ModuleManufactured, lambda claims: [model_fact(claims.model)])
def module_manufactured(scene: Scene, claims: ModuleManufactured) -> None:
    """Make a module for stock."""
    scene.put_item(_made(scene, claims, Kind.MODULE))


def _made(scene: Scene, claims: PackManufactured | ModuleManufactured, kind: Kind) -> Item:
    item, maker = scene.event.subjects[0], scene.actor
    check_new(scene, item)
    _check_scheme(item)
    check_code(scene, item, kind)
    check_model(scene, claims.model, kind)
    _check_cells(item, claims.cell_count, claims.cells_root)
    return Item(
        id=item,
        kind=kind,
        phase=Phase.STOCK,
        custodian=scene.event.iss,
        owner=maker,
        operator=maker,
        maker=maker,
        mass_g=claims.mass_g,
        model=claims.model,
        made_on=claims.manufactured_on,
        status=Status.ORIGINAL,
        cell_count=claims.cell_count,
        cells_root=claims.cells_root,
        label_number=claims.label.number if claims.label else None,
        label_sha256=claims.label.sha256 if claims.label else None,
        label_event=scene.event.id if claims.label else None,
    )


def _check_scheme(item: ItemId) -> None:
    if item.scheme not in _MADE_SCHEMES:
        raise RuleRefusal("code.scheme", item, allowed=sorted(_MADE_SCHEMES))


def _check_cells(item: ItemId, count: int | None, root: str | None) -> None:
    if (count is None) != (root is None):
        raise RuleRefusal("cells.count", item)


def _module_of(scene: Scene, pack: Item, entry: ModuleEntry) -> Item:
    if scene.has(entry.id):
        return _from_stock(scene, pack, entry)
    _check_scheme(entry.id)
    check_namespace(scene, entry.id)
    check_code(scene, entry.id, Kind.MODULE)
    _check_cells(entry.id, entry.cell_count, entry.cells_root)
    return Item(
        id=entry.id,
        kind=Kind.MODULE,
        phase=Phase.PART,
        custodian=Holder.INHERITED,
        owner=Holder.INHERITED,
        operator=Holder.INHERITED,
        maker=scene.actor,
        mass_g=entry.mass_g,
        made_on=pack.made_on,
        parent=pack.id,
        status=Status.ORIGINAL,
        cell_count=entry.cell_count,
        cells_root=entry.cells_root,
    )


def _from_stock(scene: Scene, pack: Item, entry: ModuleEntry) -> Item:
    module = scene.item(entry.id)
    if module.kind is not Kind.MODULE:
        raise RuleRefusal("lifecycle.kind", module.id, kind=module.kind, event=scene.event.type)
    if module.phase is not Phase.STOCK:
        raise RuleRefusal(
            "lifecycle.phase",
            module.id,
            phase=module.phase,
            allowed=[Phase.STOCK],
            event=scene.event.type,
        )
    if entry.cells_root not in (None, module.cells_root):
        raise RuleRefusal("cells.known", module.id)
    inside = go_in(scene.states, module, pack)
    return replace(inside, phase=Phase.PART, parent=pack.id, mass_g=entry.mass_g)
