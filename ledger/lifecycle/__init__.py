"""The lifecycle: what each event does to the states before it, or the rule that forbids it.

Pure functions over states, one place, used alike by the writer, the auditor and the tests. `reads` and
`follow` tell whoever keeps the states which ones an event needs; `apply` gives the ones it changes.
"""

import typing
from dataclasses import replace

from ledger.errors import RuleRefusal
from ledger.events.envelope import Event
from ledger.events.registry import OrgEnrolled
from ledger.identifiers import ItemId

# Importing the chapters fills the table of effects.
from ledger.lifecycle import (
    correction,
    custody,
    declaration,
    dispute,
    pools,
    production,
    recalls,
    recycling,
    registry,
    release,
    repair,
    second_life,
    service,
    vehicle,
)
from ledger.lifecycle.authority import ENDING, check_custody, check_signer
from ledger.lifecycle.codes import vendor_facts
from ledger.lifecycle.door import check_restricted
from ledger.lifecycle.effects import EFFECTS, READS
from ledger.lifecycle.guards import check_envelope, check_items, check_prev
from ledger.lifecycle.rights import container_of
from ledger.lifecycle.scene import Scene
from ledger.rules import RuleSet, rule_set
from ledger.state import (
    LOG,
    Item,
    Key,
    Log,
    Organisation,
    State,
    States,
    consent_fact,
    event_fact,
    key_fact,
    recalls_fact,
)
from ledger.vocabulary import Kind

CHAPTERS = (
    registry,
    production,
    declaration,
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
    dispute,
)

__all__ = ["CHAPTERS", "apply", "check_restricted", "follow", "reads"]


def reads(event: Event) -> frozenset[Key]:
    """Return the keys of the states that an event's rules look up first; `follow` names the rest."""
    keys: set[Key] = {LOG, key_fact(event.kid), event.iss, *event.prev}
    keys.update(vendor_facts(*event.prev))
    touched = set(event.touched)
    keys.update(
        event_fact(named) for item, named in event.prev.items() if named is not None and item not in touched
    )
    if event.type.startswith("recall."):
        keys.update(recalls_fact(item) for item in event.prev if item.is_org)
    if event.type in ENDING:
        keys.update(consent_fact(item, event.type, event.iss) for item in event.prev)
    extra = READS.get(type(event.claims))
    if extra is not None:
        keys.update(extra(event.claims))
    return frozenset(keys)


def follow(state: State) -> frozenset[Key]:
    """Return the keys that a state makes necessary.

    What an item is in, because its rights are read there; the open recalls of its maker; and the firm that
    has a vehicle, because a dealer's sale may be reported by the vehicle's maker.
    """
    if not isinstance(state, Item):
        return frozenset()
    found: set[Key] = {recalls_fact(state.maker)}
    container = container_of(state)
    if container is not None:
        found.add(container)
    if state.kind is Kind.VEHICLE and isinstance(state.custodian, ItemId):
        found.add(state.custodian)
    return frozenset(found)


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
    return replace(
        known,
        tip=scene.event.id if item in touched else known.tip,
        count=known.count + 1,
        latest=scene.index,
    )
