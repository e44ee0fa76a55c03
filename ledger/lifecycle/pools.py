"""Swap pools: packs that belong to no one vehicle. A single swap is never an event."""

from dataclasses import replace
from typing import Final

from ledger.errors import RuleRefusal
from ledger.events.vehicle import PoolJoined, PoolLeft, PoolReported
from ledger.identifiers import ItemId
from ledger.lifecycle.effects import effect
from ledger.lifecycle.guards import check_not_recalled, check_safe
from ledger.lifecycle.moves import taken_out, with_packs
from ledger.lifecycle.recycling import check_period
from ledger.lifecycle.rights import go_in
from ledger.lifecycle.scene import Scene
from ledger.state import Item
from ledger.vocabulary import Phase

_OUT: Final = frozenset({Phase.STOCK, Phase.FITTED, Phase.REMOVED})


def _vehicle_named(scene: Scene) -> ItemId | None:
    return next((item for item in scene.event.prev if item.is_vehicle), None)


@effect(PoolJoined)
def pool_joined(scene: Scene, claims: PoolJoined) -> None:
    """Take packs into a pool, out of stock or out of the one vehicle that `prev` names."""
    packs = list(scene.subjects())
    named = _vehicle_named(scene)
    for pack in packs:
        if pack.vehicle not in (None, named):
            raise RuleRefusal("vehicle.other", pack.id, vehicle=pack.vehicle)
        scene.put_item(replace(taken_out(scene, pack), phase=Phase.POOLED, pool=claims.pool))
    if named is not None:
        _count(scene, named, -sum(pack.vehicle == named for pack in packs))


@effect(PoolLeft)
def pool_left(scene: Scene, claims: PoolLeft) -> None:
    """Let packs out of their pool, into stock, out for good, or into the vehicle that `prev` names."""
    named = _vehicle_named(scene)
    if claims.phase not in _OUT or (claims.phase is Phase.FITTED) != (named is not None):
        raise RuleRefusal("pool.phase", scene.event.id, phase=claims.phase, allowed=sorted(_OUT))
    packs = list(scene.subjects())
    for pack in packs:
        outside = replace(pack, phase=claims.phase, pool=None)
        if named is not None:
            check_safe(scene, pack)
            check_not_recalled(scene, pack)
            outside = replace(go_in(scene.states, outside, scene.item(named)), vehicle=named)
        scene.put_item(outside)
    if named is not None:
        _count(scene, named, len(packs))


def _count(scene: Scene, vehicle: ItemId, change: int) -> None:
    found: Item = scene.item(vehicle)
    if change == 0:
        raise RuleRefusal("pool.vehicle", vehicle)
    scene.put_item(with_packs(found, change))


@effect(PoolReported)
def pool_reported(scene: Scene, claims: PoolReported) -> None:
    """Change nothing; a report covers a month at most."""
    check_period(scene, claims.period)
