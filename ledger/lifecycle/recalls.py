"""Recalls: opened and closed on the maker, read wherever one of its items is used, remedied item by item.

Whether an item is recalled is derived from the open selectors, never stored.
"""

from dataclasses import replace
from typing import Final

from ledger import gbt34014
from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.row import UNITS
from ledger.events.service import RecallClosed, RecallOpened, RecallRemedied, Selector
from ledger.identifiers import ItemId
from ledger.instants import Day
from ledger.lifecycle.effects import effect
from ledger.lifecycle.rights import custodian_of
from ledger.lifecycle.scene import Scene
from ledger.state import Holder, Item, Recall, Recalls, States, recalls_fact
from ledger.vocabulary import Role

MAX_OPEN: Final = 200
# Every event about an item of the maker reads them all.
MAX_CODES: Final = 10_000
_OF_OTHERS: Final = frozenset({Role.REGULATOR, Role.VEHICLE_MAKER})


def recalls_of(states: States, item: Item) -> tuple[Recall, ...]:
    """Return the open recalls that an item falls under and that were not remedied on it."""
    known = states.get(recalls_fact(item.maker)) if item.kind in UNITS else None
    if not isinstance(known, Recalls):
        return ()
    return tuple(
        recall for recall in known.open if recall.event not in item.remedied and selects(recall, item)
    )


def selects(recall: Recall, item: Item) -> bool:
    """Say whether a recall is for an item: every member of its selector that is given fits."""
    if recall.codes and item.id not in recall.codes:
        return False
    if recall.model is not None and recall.model != item.model:
        return False
    made_on = _made_on(item)
    if recall.made_from is not None and (made_on is None or made_on < recall.made_from):
        return False
    if recall.made_until is not None and (made_on is None or made_on > recall.made_until):
        return False
    return _code_fits(recall, item.id)


def _made_on(item: Item) -> Day | None:
    # Nobody stated it for what was declared, but a code says it.
    if item.made_on is None and item.id.scheme == "gbt34014":
        return gbt34014.parse(item.id.value).date
    return item.made_on


def _code_fits(recall: Recall, item: ItemId) -> bool:
    asks = (recall.vendor, recall.spec, recall.serial_from, recall.serial_until)
    if asks == (None, None, None, None):
        return True
    if item.scheme != "gbt34014":
        return False
    code = gbt34014.parse(item.value)
    return (
        recall.vendor in (None, code.vendor)
        and recall.spec in (None, code.spec)
        and (recall.serial_from is None or code.serial >= recall.serial_from)
        and (recall.serial_until is None or code.serial <= recall.serial_until)
    )


@effect(RecallOpened)
def recall_opened(scene: Scene, claims: RecallOpened) -> None:
    """Open a recall on a maker."""
    maker = scene.org(scene.event.subjects[0])
    signer = scene.org(scene.actor)
    if not scene.is_actor(maker.id) and not _OF_OTHERS & set(signer.roles):
        raise AuthorityRefusal("recall.maker", maker.id)
    if claims.selector == Selector():
        raise RuleRefusal("recall.empty", scene.event.id)
    known = _known(scene, maker.id)
    if len(known.open) >= MAX_OPEN:
        raise RuleRefusal("recall.limit", maker.id, limit=MAX_OPEN)
    selector = claims.selector
    if selector.codes and len(selector.codes) + sum(len(one.codes) for one in known.open) > MAX_CODES:
        raise RuleRefusal("recall.codes", maker.id, limit=MAX_CODES)
    recall = Recall(
        event=scene.event.id,
        by=signer.id,
        vendor=selector.vendor,
        spec=selector.spec,
        model=selector.model,
        made_from=selector.made_from,
        made_until=selector.made_until,
        serial_from=selector.serial_from,
        serial_until=selector.serial_until,
        codes=selector.codes,
    )
    scene.put(maker.id, maker)
    scene.put(recalls_fact(maker.id), replace(known, open=(*known.open, recall)))


@effect(RecallClosed)
def recall_closed(scene: Scene, claims: RecallClosed) -> None:
    """Close a recall, by whoever opened it or the regulator."""
    maker = scene.org(scene.event.subjects[0])
    known = _known(scene, maker.id)
    recall = next((one for one in known.open if one.event == claims.recall), None)
    if recall is None:
        raise RuleRefusal("recall.unknown", claims.recall, maker=maker.id)
    if not scene.is_actor(recall.by) and Role.REGULATOR not in scene.org(scene.actor).roles:
        raise AuthorityRefusal("recall.closer", claims.recall, by=recall.by)
    left = tuple(one for one in known.open if one is not recall)
    scene.put(maker.id, maker)
    scene.put(recalls_fact(maker.id), replace(known, open=left))


@effect(RecallRemedied)
def recall_remedied(scene: Scene, claims: RecallRemedied) -> None:
    """Note on each item that the remedy was carried out."""
    for item in scene.subjects():
        recalls = {recall.event: recall for recall in recalls_of(scene.states, item)}
        if claims.recall not in recalls:
            raise RuleRefusal("recall.not_selected", item.id, recall=claims.recall)
        _check_remedier(scene, item, recalls[claims.recall])
        scene.put_item(replace(item, remedied=(*item.remedied, claims.recall)))


def _check_remedier(scene: Scene, item: Item, recall: Recall) -> None:
    # A workshop says so of what it has before it; a user's vehicle stands there without changing hands.
    signer = scene.org(scene.actor)
    if scene.is_actor(item.maker) or scene.is_actor(recall.by) or _OF_OTHERS & set(signer.roles):
        return
    custodian = custodian_of(scene.states, item)
    if custodian is not Holder.USER and not scene.is_held(custodian):
        raise AuthorityRefusal("custody.witness", item.id, roles=sorted(_OF_OTHERS))


def _known(scene: Scene, maker: ItemId) -> Recalls:
    return scene.fact(Recalls, recalls_fact(maker)) or Recalls(maker=maker)
