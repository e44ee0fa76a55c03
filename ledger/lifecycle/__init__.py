"""The lifecycle: what each event does to the states before it, or the rule that forbids it.

Pure functions over states, one place, used alike by the writer, the auditor and the tests. `reads` and
`follow` tell whoever keeps the states which ones an event needs; `apply` gives the ones it changes.
"""

import typing
from collections.abc import Iterable
from dataclasses import replace

from ledger.errors import RuleRefusal
from ledger.events.custody import ConsentGiven
from ledger.events.envelope import Event
from ledger.events.registry import OrgEnrolled
from ledger.events.standing import DelegationRevoked
from ledger.identifiers import ItemId

# Importing the chapters fills the table of effects.
from ledger.lifecycle import (
    correction,
    custody,
    declaration,
    dispute,
    identity,
    labels,
    log,
    pools,
    production,
    recalls,
    rectification,
    recycling,
    registry,
    release,
    repair,
    second_life,
    service,
    standing,
    vehicle,
    voiding,
)
from ledger.lifecycle.authority import CONSENTED, check_custody, check_signer
from ledger.lifecycle.codes import vendor_facts
from ledger.lifecycle.door import check_restricted
from ledger.lifecycle.effects import EFFECTS, READS
from ledger.lifecycle.guards import check_envelope, check_items, check_prev
from ledger.lifecycle.moves import flagged
from ledger.lifecycle.release import RECTIFIED
from ledger.lifecycle.rights import containers_around, containers_of, parties_of
from ledger.lifecycle.scene import Scene
from ledger.lifecycle.undo import undo_of
from ledger.rules import RuleSet, rule_set
from ledger.state import (
    LOG,
    Consent,
    Filing,
    Item,
    Key,
    Log,
    LoggedEvent,
    Model,
    Organisation,
    Recalls,
    State,
    States,
    alias_fact,
    consent_fact,
    delegation_fact,
    event_fact,
    key_fact,
    recalls_fact,
)
from ledger.vocabulary import Ending, Flag

CHAPTERS = (
    registry,
    standing,
    log,
    production,
    declaration,
    identity,
    labels,
    custody,
    release,
    vehicle,
    pools,
    service,
    repair,
    recalls,
    second_life,
    recycling,
    correction,
    voiding,
    rectification,
    dispute,
)

__all__ = ["CHAPTERS", "apply", "check_restricted", "follow", "reads"]


def reads(event: Event) -> frozenset[Key]:
    """Return the keys of the states that an event's rules look up first; `follow` names the rest."""
    keys: set[Key] = {LOG, key_fact(event.kid), event.iss, *event.prev}
    keys.update(vendor_facts(*event.prev))
    if event.actor != event.iss:
        keys.update((event.actor, delegation_fact(event.actor, event.iss)))
    touched = set(event.touched)
    keys.update(alias_fact(str(item)) for item in touched if item.is_unit and event.prev[item] is None)
    keys.update(
        event_fact(named) for item, named in event.prev.items() if named is not None and item not in touched
    )
    if event.type.startswith("recall."):
        keys.update(recalls_fact(item) for item in event.prev if item.is_org)
    if event.type in CONSENTED or event.type == RECTIFIED:
        keys.update(consent_fact(item, event.type, event.actor) for item in event.prev)
    if isinstance(event.claims, DelegationRevoked):
        keys.add(delegation_fact(event.iss, event.claims.delegate))
    if isinstance(event.claims, ConsentGiven):
        keys.update(consent_fact(item, event.claims.act, event.claims.to) for item in event.prev)
    extra = READS.get(type(event.claims))
    if extra is not None:
        keys.update(extra(event.claims))
    return frozenset(keys)


def follow(state: State) -> frozenset[Key]:
    """Return the keys that a state makes necessary.

    What an item is in, because its rights are read there, and was in, because an act may be voided; the open
    recalls of its maker; and every organisation that has a right, because another may have succeeded it.
    """
    if isinstance(state, Item):
        found: set[Key] = {recalls_fact(state.maker), *parties_of(state)}
        found.update(containers_of(state))
        return frozenset(found)
    return frozenset(_organisations(state))


def _organisations(state: State) -> Iterable[ItemId]:
    if isinstance(state, Organisation):
        return () if state.successor is None else (state.successor,)
    if isinstance(state, Filing | Model):
        return (state.org,)
    if isinstance(state, Recalls):
        return (state.maker, *(one.by for one in state.open))
    if isinstance(state, Consent):
        return tuple(one.by for one in state.given)
    return (state.issuer, state.actor) if isinstance(state, LoggedEvent) else ()


def apply(states: States, event: Event, *, index: int, logged_at_ms: int) -> dict[Key, State]:
    """Return the states that an event changes or makes, at its index and time of the log.

    `states` holds what `reads` and `follow` name, where it exists. The signature is verified by the caller.

    Raises:
        StaleTipError: a touched item has moved on.
        AuthorityRefusal: key, organisation, role or custody do not allow it.
        RuleRefusal, ConflictError: another rule forbids it.
    """
    scene = Scene(states, event, index, logged_at_ms, _rules(states, event, index))
    check_envelope(scene)
    if event.type not in scene.rules.events:
        raise RuleRefusal("rules.event_unknown", event.type, version=scene.rules.version)
    if index > 0:
        check_signer(scene)
    check_prev(scene)
    check_items(scene)
    check_custody(scene)
    EFFECTS[type(event.claims)](scene, event.claims)
    _remember(scene)
    return scene.changed


def _rules(states: States, event: Event, index: int) -> RuleSet:
    if index > 0:
        log = states[LOG]
        return rule_set(typing.cast("Log", log).rules)
    # Entry 0 names the first rule set itself.
    if not isinstance(event.claims, OrgEnrolled) or event.claims.rules is None or LOG in states:
        raise RuleRefusal("log.root", event.iss)
    return rule_set(event.claims.rules.version)


def _remember(scene: Scene) -> None:
    """Enter the event into the history of every item in `prev`, and make it the tip of those it touched."""
    touched = frozenset(scene.event.touched)
    for item in scene.event.prev:
        known = scene.find(item)
        if not isinstance(known, Item | Organisation):
            raise TypeError(f"{scene.event.type} left {item} without a state")
        scene.put(item, _entered(known, item, scene, touched))


def _entered(
    known: Item | Organisation, item: ItemId, scene: Scene, touched: frozenset[ItemId]
) -> Item | Organisation:
    before = scene.states.get(item)
    # An item whose making was voided is made anew, and its history goes on.
    count = before.count if isinstance(before, Item | Organisation) else 0
    tip = scene.event.id if item in touched else known.tip
    entered = replace(known, tip=tip, count=count + 1, latest=scene.index)
    if not isinstance(entered, Item):
        return entered
    earlier = before if isinstance(before, Item) else None
    entered = _made_again(earlier, entered)
    return replace(
        entered,
        last_at_ms=max(0, scene.event.at.ms, earlier.last_at_ms if earlier else 0),
        undo=undo_of(earlier, entered, scene.event, _around(scene, entered))
        if item in touched
        else entered.undo,
    )


def _made_again(earlier: Item | None, entered: Item) -> Item:
    # What was unsafe, and a label that was void, stay so where the making was voided and it was made again.
    if earlier is None or earlier.ended_by is not Ending.VOIDED:
        return entered
    if Flag.QUARANTINED in earlier.flags:
        entered = flagged(entered, Flag.QUARANTINED)
    if not earlier.void_label:
        return entered
    return replace(entered, label_use=earlier.label_use, void_label=earlier.void_label)


def _around(scene: Scene, entered: Item) -> set[str]:
    # An act on a part may be voided as long as nobody acted on what the part was or came to be in.
    before = scene.states.get(entered.id)
    around = set(containers_around(scene.states.get, before) if isinstance(before, Item) else ())
    around |= set(containers_around(scene.find, entered))
    return {scene.item(one).tip for one in around - set(scene.event.touched)}
