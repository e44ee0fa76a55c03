"""The table of effects: for each event type the function that changes states, and the facts it reads."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.row import Claims
from ledger.identifiers import ItemId
from ledger.lifecycle.scene import Scene
from ledger.state import Key
from ledger.vocabulary import Kind

C = TypeVar("C", bound=Claims)
Effect = Callable[[Scene, C], None]
Reads = Callable[[C], Iterable[Key]]

EFFECTS: dict[type[Claims], Effect[Any]] = {}
READS: dict[type[Claims], Reads[Any]] = {}


def effect(kind: type[C], reads: Reads[C] | None = None) -> Callable[[Effect[C]], Effect[C]]:
    """Register the effect of one event type; `reads` gives the keys it needs beside those of every event."""

    def register(function: Effect[C]) -> Effect[C]:
        EFFECTS[kind] = function
        if reads is not None:
            READS[kind] = reads
        return function

    return register


def check_new(scene: Scene, item: ItemId) -> None:
    """Check that an item to be created is not there yet; raises `item.exists`."""
    if scene.has(item):
        raise RuleRefusal("item.exists", item)


def check_namespace(scene: Scene, item: ItemId) -> None:
    """Check that a new `lot:` or `local:` id lies in the signer's own namespace; raises `item.namespace`."""
    if item.owner_org is not None and item.owner_org not in (scene.actor, scene.event.iss):
        raise RuleRefusal("item.namespace", item, issuer=scene.actor)


def check_model(scene: Scene, model: str, kind: Kind) -> None:
    """Check that the signer declared the model, for items of this kind; raises `model.*`."""
    declared = scene.model(model)
    if not scene.is_actor(declared.org):
        raise AuthorityRefusal("model.issuer", model, issuer=scene.actor)
    if declared.kind is not kind:
        raise RuleRefusal("model.kind", model, kind=declared.kind, expected=kind)
