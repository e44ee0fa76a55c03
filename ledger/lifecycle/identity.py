"""What an item answers to: a local item found to be a known one, and further codes on labels."""

from collections.abc import Iterable
from dataclasses import replace

from ledger import gbt34014
from ledger.errors import ConflictError, RuleRefusal
from ledger.events.production import ItemIdentified
from ledger.identifiers import ItemId, MalformedIdError, resolve_code
from ledger.lifecycle.authority import check_consent
from ledger.lifecycle.codes import check_code, vendor_facts
from ledger.lifecycle.effects import effect
from ledger.lifecycle.moves import flagged
from ledger.lifecycle.scene import Scene
from ledger.state import Alias, Item, Key, alias_fact
from ledger.vocabulary import Ending, Flag, Kind, Phase, Why

_AT_REST = frozenset({Phase.STOCK, Phase.REMOVED, Phase.RETIRED})


@effect(ItemIdentified, lambda claims: [alias_fact(str(claims.is_))])
def item_identified(scene: Scene, claims: ItemIdentified) -> None:
    """End a local item; its id leads to the item it is, whose state stands."""
    local, known = next(iter(scene.subjects())), scene.item(claims.is_)
    if local.id.scheme != "local":
        raise RuleRefusal("identity.local", local.id)
    if not known.id.is_unit or known.kind is not local.kind:
        raise RuleRefusal("lifecycle.kind", known.id, kind=known.kind, event=scene.event.type)
    for item in (local, known):
        if item.phase not in _AT_REST:
            raise RuleRefusal(
                "lifecycle.phase", item.id, phase=item.phase, allowed=sorted(_AT_REST), event=scene.event.type
            )
        if Flag.DISPUTED in item.flags:
            raise RuleRefusal("dispute.open", item.id)
    if local.declared is Why.CLONE:
        # Two batteries that bear one code are two, whoever has both.
        raise RuleRefusal("identity.clone", local.id)
    if local.parts:
        raise RuleRefusal("identity.parts", local.id, parts=local.parts)
    check_consent(scene, local)
    scene.put(alias_fact(str(local.id)), Alias(alias=str(local.id), item=known.id, event=scene.event.id))
    scene.put_item(replace(local, phase=Phase.ENDED, ended_by=Ending.IDENTIFIED, identified_as=known.id))
    # What was unsafe under one name is not safe under another.
    unsafe = Flag.QUARANTINED in local.flags
    scene.put_item(flagged(known, Flag.QUARANTINED) if unsafe else known)


def code_reads(code: str) -> Iterable[Key]:
    """Return the keys by which a new code of an item is checked."""
    item = _named(code)
    if item is None:
        return (alias_fact(code),)
    return (item, alias_fact(str(item)), *vendor_facts(item))


def bind_code(scene: Scene, item: Item, code: str) -> None:
    """Let an item answer to a further code.

    Raises:
        ConflictError: `alias.taken`, another item has or answers to it.
        RuleRefusal: `alias.form`, `item.namespace` or `code.*`.
    """
    named = _named(code)
    name = code if named is None else str(named)
    if named is not None:
        _check_named(scene, item, named)
    known = scene.fact(Alias, alias_fact(name))
    if known is not None and known.item != item.id:
        raise ConflictError("alias.taken", name, bearer=known.item)
    scene.put(alias_fact(name), Alias(alias=name, item=item.id, event=scene.event.id))


def _check_named(scene: Scene, item: Item, named: ItemId) -> None:
    if not named.is_unit or named == item.id:
        raise RuleRefusal("alias.form", named)
    if named.owner_org not in (None, scene.actor, scene.event.iss):
        raise RuleRefusal("item.namespace", named, issuer=scene.actor)
    if scene.find(named) is not None:
        raise ConflictError("alias.taken", named, bearer=named)
    if named.scheme == "gbt34014":
        # A code of reuse stands for a product of second life, whatever the item was made as.
        reused = gbt34014.parse(named.value).reuse is not None
        check_code(scene, named, Kind.PRODUCT if reused else item.kind)


def _named(code: str) -> ItemId | None:
    try:
        return resolve_code(code)
    except MalformedIdError:
        return None
