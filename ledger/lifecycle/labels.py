"""Effects of what is stated of labels: the one that an item wears is named, printed, attached and voided."""

from collections.abc import Iterable
from dataclasses import replace

from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.labels import LabelAttached, LabelPrinted, LabelReplaced, LabelVoided
from ledger.events.production import LabelClaim
from ledger.lifecycle.effects import effect
from ledger.lifecycle.identity import bind_code, code_reads
from ledger.lifecycle.rights import custodian_of
from ledger.lifecycle.scene import Scene
from ledger.rules import Feature
from ledger.state import Item, Key, LabelUse


@effect(LabelPrinted)
def label_printed(scene: Scene, claims: LabelPrinted) -> None:
    """Count the copies of the label an item wears."""
    item, use = _worn(scene, claims.label)
    scene.put_item(replace(item, label_use=replace(use, copies=use.copies + claims.copies)))


@effect(LabelAttached)
def label_attached(scene: Scene, claims: LabelAttached) -> None:
    """Note that the label was seen on the item that wears it."""
    item, use = _worn(scene, claims.label)
    scene.put_item(replace(item, label_use=replace(use, attached=scene.event.id)))


@effect(LabelVoided)
def label_voided(scene: Scene, claims: LabelVoided) -> None:
    """Take the label an item wears out of use; nothing comes in its place."""
    item = _labelled(scene)
    use = _usable(item, claims.number)
    last = max(item.void_label, claims.number)
    scene.put_item(replace(item, label_use=replace(use, voided=claims.why), void_label=last))


def _replaced_reads(claims: LabelReplaced) -> Iterable[Key]:
    return () if claims.code is None else code_reads(claims.code)


@effect(LabelReplaced, _replaced_reads)
def label_replaced(scene: Scene, claims: LabelReplaced) -> None:
    """Void the label an item bears; the next one has a higher number."""
    item = next(iter(scene.subjects()))
    if claims.voided != _borne(item):
        raise RuleRefusal("label.voided", item.id, borne=_borne(item) or 0)
    last = max(item.label_number or 0, item.void_label)
    if claims.label.number <= last:
        raise RuleRefusal("label.number", item.id, borne=last)
    if claims.code is not None:
        if Feature.NEW_CODES not in scene.rules.features:
            raise RuleRefusal("label.code", item.id, version=scene.rules.version)
        bind_code(scene, item, claims.code)
    scene.put_item(
        replace(
            item,
            label_number=claims.label.number,
            label_sha256=claims.label.sha256,
            label_event=scene.event.id,
            label_use=None,
        )
    )


def _borne(item: Item) -> int | None:
    """Return the number of the label an item bears; one that was voided it does not."""
    return None if item.worn is None or item.worn.voided is not None else item.worn.number


def _labelled(scene: Scene) -> Item:
    """Return the item whose label is spoken of, by its maker or who has it; raises `label.party`."""
    item = next(iter(scene.subjects()))
    if not scene.is_actor(item.maker) and not scene.is_held(custodian_of(scene.states, item)):
        raise AuthorityRefusal("label.party", item.id, maker=item.maker)
    return item


def _worn(scene: Scene, label: LabelClaim) -> tuple[Item, LabelUse]:
    """Return the item, and what was stated of its label, where that is the one claimed; raises `label.*`."""
    item = _labelled(scene)
    use = _usable(item, label.number)
    if label.sha256 != item.label_sha256:
        raise RuleRefusal("label.other", item.id, number=label.number)
    return item, use


def _usable(item: Item, number: int) -> LabelUse:
    """Return what was stated of the label of this number, where an item wears it; raises `label.*`."""
    use = item.worn
    if use is None or use.number != number:
        raise RuleRefusal("label.not_worn", item.id, borne=_borne(item) or 0, number=number)
    if use.voided is not None:
        raise RuleRefusal("label.void", item.id, number=number, why=use.voided)
    return use
