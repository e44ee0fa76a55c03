"""The effect of a repair: parts out, parts in, and what the item weighs after it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ledger.balance import unaccounted_g
from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.service import ItemRepaired
from ledger.identifiers import ItemId
from ledger.lifecycle.effects import effect
from ledger.lifecycle.guards import check_not_recalled, check_safe
from ledger.lifecycle.moves import built_in, taken_out
from ledger.lifecycle.rights import MAX_DEPTH
from ledger.lifecycle.scene import Scene
from ledger.state import Item, RegisteredKey, key_fact
from ledger.vocabulary import Kind, Phase, Purpose, RepairStage, Status

_PARTS: Final = {
    Kind.MODULE: frozenset({Kind.CELL}),
    Kind.PACK: frozenset({Kind.CELL, Kind.MODULE}),
    Kind.PRODUCT: frozenset({Kind.CELL, Kind.MODULE, Kind.PACK, Kind.PRODUCT}),
}
_SPARE: Final = frozenset({Phase.STOCK, Phase.REMOVED})


@effect(ItemRepaired)
def item_repaired(scene: Scene, claims: ItemRepaired) -> None:
    """Exchange parts of an item; none is left between."""
    whole = next(iter(scene.subjects()))
    _check_stage(scene, whole, claims)
    gone = [_taken_out(scene, whole, item) for item in claims.out]
    new = [_spare(scene, whole, item) for item in claims.in_]
    depth = max([whole.depth, *(1 + item.depth for item in new)])
    # What is around a part counts its levels; so a part gets no deeper inside, and holds nothing it is in.
    limit = MAX_DEPTH if whole.parent is None else whole.depth
    if depth > limit:
        raise RuleRefusal("assembly.depth", whole.id, depth=depth, limit=limit)
    repaired = replace(
        whole,
        parts=whole.parts - len(gone) + len(new),
        depth=depth,
        mass_g=_mass(scene, whole, claims, gone, new),
        measured=None,
        status=Status.REMANUFACTURED if claims.remanufactured else whole.status,
    )
    scene.put_item(repaired)
    for item in new:
        inside = built_in(scene, item, repaired)
        scene.put_item(replace(inside, phase=Phase.PART, parent=whole.id))


def _check_stage(scene: Scene, whole: Item, claims: ItemRepaired) -> None:
    in_production = whole.phase is Phase.STOCK and scene.is_actor(whole.maker)
    if claims.stage is RepairStage.PRODUCTION and not in_production:
        raise RuleRefusal("repair.stage", whole.id, phase=whole.phase)
    if claims.stage is RepairStage.PRODUCTION and claims.remanufactured:
        raise RuleRefusal("repair.stage", whole.id, phase=whole.phase)
    if claims.remanufactured and whole.phase is Phase.RETIRED:
        # Waste becomes a battery again by `item.requalified` only.
        raise RuleRefusal("repair.waste", whole.id)
    key = scene.fact(RegisteredKey, key_fact(scene.event.kid))
    if key is not None and key.purpose is Purpose.LINE and claims.stage is RepairStage.SERVICE:
        raise AuthorityRefusal("key.purpose", key.kid, purpose=key.purpose, event=scene.event.type)


def _taken_out(scene: Scene, whole: Item, item: ItemId) -> Item:
    part = scene.item(item)
    if part.parent != whole.id:
        raise RuleRefusal("split.stranger", item, parent=whole.id)
    scene.put_item(replace(taken_out(scene, part), phase=Phase.REMOVED))
    return part


def _spare(scene: Scene, whole: Item, item: ItemId) -> Item:
    part = scene.item(item)
    if part.kind not in _PARTS[whole.kind]:
        raise RuleRefusal("lifecycle.kind", item, kind=part.kind, event=scene.event.type)
    if part.phase not in _SPARE:
        raise RuleRefusal(
            "lifecycle.phase", item, phase=part.phase, allowed=sorted(_SPARE), event=scene.event.type
        )
    check_safe(scene, part)
    check_not_recalled(scene, part)
    return part


def _mass(
    scene: Scene, whole: Item, claims: ItemRepaired, gone: Sequence[Item], new: Sequence[Item]
) -> int | None:
    masses = [whole.mass_g, *(item.mass_g for item in gone), *(item.mass_g for item in new)]
    if any(mass is None for mass in masses):
        return claims.mass_g
    left = (whole.mass_g or 0) - sum(item.mass_g or 0 for item in gone)
    expected = left + sum(item.mass_g or 0 for item in new)
    if claims.mass_g is None:
        return max(0, expected)
    unaccounted_g(
        inputs_g=max(0, expected),
        additions_g=0,
        outputs_g=claims.mass_g,
        losses_g=0,
        tolerance_ppm=scene.rules.mass_tolerance_ppm["split"],
    )
    return claims.mass_g
