"""What a firm may do now, with an item or without one, and which rule forbids the rest.

It is the lifecycle asked beforehand.

Nothing here knows a rule. For each event type the lifecycle's own checks run over an event that names
nothing but the item, with the firm's key: signer, place in the chain, kind, flags, phase, custody. Where
claims hardly matter the whole lifecycle runs, over the claims that ask for least. So a refusal here holds for
every event of that type about the item; what is allowed here may still be refused for what its claims say.
"""

from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from ledger import lifecycle
from ledger.errors import Refusal
from ledger.events import REGISTRY, About, Claims
from ledger.events.envelope import Event
from ledger.events.row import ALL_KINDS, NONE, ONE
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.authority import check_custody, check_signer
from ledger.lifecycle.guards import check_items, check_prev
from ledger.lifecycle.scene import Scene
from ledger.probes import ANYBODY, NO_LOAD, draws, examples, probe
from ledger.rules import RuleSet, rule_set
from ledger.state import LOG, Item, Key, Log, RegisteredKey, State, States

_ID: Final = "A" * 43


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a firm may state an event type about an item: `refusal` is None where nothing forbids it."""

    type: str
    refusal: Refusal | None


def applicable(item: Item, rules: RuleSet) -> list[str]:
    """Return the event types that can be about such an item, by name."""
    return sorted(name for name, kind in REGISTRY.items() if name in rules.events and _concerns(kind, item))


def reads(
    item: Item, key: RegisteredKey, behalf: ItemId | None = None, types: Collection[str] = REGISTRY
) -> frozenset[Key]:
    """Return the keys of the states that `allowed` looks up, beside those that `follow` names."""
    found = set[Key]()
    for name, kind in REGISTRY.items():
        if name in types and _concerns(kind, item):
            for claims in (probe(kind, item, behalf), *examples(name, item, behalf)):
                found |= lifecycle.reads(_event(claims, item, {}, key=key, origin="", now_ms=0))
    return frozenset(found)


def stands_alone(kind: type[Claims]) -> bool:
    """Say whether an event type needs no item that is there already, or takes several at once."""
    row = kind.row
    return row.about is not About.ITEMS or row.creates is not None or row.subjects != ONE


def alone(states: States, key: RegisteredKey, *, index: int, now_ms: int) -> list[Verdict]:
    """Return a verdict on the signer for each event type that `stands_alone`.

    Args:
        states: the log, the key and its organisation.
        key: whose firm acts, and with which purpose.
        index: the place that the event would get in the log.
        now_ms: when it would be logged, in ms since 1970.
    """
    log = cast("Log", states[LOG])
    rules = rule_set(log.rules)
    found = []
    for name, kind in sorted(REGISTRY.items()):
        if name in rules.events and stands_alone(kind):
            event = _event_about({}, probe(kind), key=key, origin=log.origin, now_ms=now_ms)
            found.append(Verdict(name, _of_signer(Scene(states, event, index, now_ms, rules))))
    return found


def principals(
    states: States, kind: type[Claims], key: RegisteredKey, of: Iterable[ItemId], *, index: int, now_ms: int
) -> list[ItemId]:
    """Return the organisations of `of` in whose name the signer may state an event type.

    Args:
        states: the log, the key, the organisations, and what each has delegated to the signer's.
        kind: the claims.
        key: whose firm signs, and with which purpose.
        of: who may have delegated it.
        index: the place that the event would get in the log.
        now_ms: when it would be logged, in ms since 1970.
    """
    log = cast("Log", states[LOG])
    rules, found = rule_set(log.rules), []
    for one in of if kind.row.delegable else ():
        claims = probe(kind, behalf=one)
        event = _event_about({}, claims, key=key, origin=log.origin, now_ms=now_ms)
        if _of_signer(Scene(states, event, index, now_ms, rules)) is None:
            found.append(one)
    return found


def _of_signer(scene: Scene) -> Refusal | None:
    try:
        check_signer(scene)
    except Refusal as refusal:
        return refusal
    return None


def allowed(
    states: States,
    item: Item,
    key: RegisteredKey,
    *,
    index: int,
    now_ms: int,
    behalf: ItemId | None = None,
    types: Collection[str] = REGISTRY,
) -> list[Verdict]:
    """Return a verdict for each event type that can be about an item.

    Args:
        states: what `reads` and `follow` name, where it exists.
        item: the item as it is now.
        key: whose firm acts, and with which purpose.
        index: the place that the event would get in the log.
        now_ms: when it would be logged, in ms since 1970.
        behalf: in whose name it would be stated: then of the types alone that a delegate may state.
        types: of which event types.
    """
    log = cast("Log", states[LOG])
    rules = rule_set(log.rules)
    found = []
    for name in applicable(item, rules):
        if name not in types or (behalf is not None and not REGISTRY[name].row.delegable):
            continue
        claims = [probe(REGISTRY[name], item, behalf), *examples(name, item, behalf)]
        events = [_event(one, item, states, key=key, origin=log.origin, now_ms=now_ms) for one in claims]
        found.append(Verdict(name, _refusal(states, events, index, now_ms, rules)))
    return found


def _concerns(kind: type[Claims], item: Item) -> bool:
    row = kind.row
    if row.about is not About.ITEMS or row.creates is not None:
        return False
    # What names no kind, as a report does, is about no item in particular.
    fits = item.kind in row.kinds and (row.subjects != NONE or row.kinds != ALL_KINDS)
    return fits or draws(kind, item)


def _refusal(states: States, events: list[Event], index: int, now_ms: int, rules: RuleSet) -> Refusal | None:
    """Return why no event of the type passes: the guards' reason, or that of the first example."""
    probe, *examples = events
    scene = Scene(states, probe, index, now_ms, rules)
    try:
        check_signer(scene)
        check_prev(scene)
        check_items(scene)
        check_custody(scene)
    except Refusal as refusal:
        return refusal
    refusals = [_refused(states, one, index, now_ms) for one in examples]
    return None if not refusals or None in refusals else refusals[0]


def passing(
    states: States, item: Item, key: RegisteredKey, kind: type[Claims], *, index: int, now_ms: int
) -> list[Claims]:
    """Return those of an event type's examples about an item that pass, as `allowed` tries them."""
    log = cast("Log", states[LOG])
    found = []
    for claims in examples(kind.row.type, item):
        event = _event(claims, item, states, key=key, origin=log.origin, now_ms=now_ms)
        if _refused(states, event, index, now_ms) is None:
            found.append(claims)
    return found


def _refused(states: States, event: Event, index: int, now_ms: int) -> Refusal | None:
    # No state has the id of the firm that stands for any: nobody can enrol it.
    anybody: dict[Key, State] = {ANYBODY.id: ANYBODY}
    known = ChainMap(anybody, cast("dict[Key, State]", states))
    try:
        lifecycle.apply(known, event, index=index, logged_at_ms=now_ms)
    except Refusal as refusal:
        return refusal
    return None


def _event(
    claims: Claims, item: Item, states: Mapping[Key, object], *, key: RegisteredKey, origin: str, now_ms: int
) -> Event:
    prev: dict[ItemId, str | None] = {item.id: item.tip}
    if item.vehicle is not None and claims.row.vehicle:
        vehicle = states.get(item.vehicle)
        prev[item.vehicle] = vehicle.tip if isinstance(vehicle, Item) else None
    return _event_about(prev, claims, key=key, origin=origin, now_ms=now_ms)


def _event_about(
    prev: Mapping[ItemId, str | None], claims: Claims, *, key: RegisteredKey, origin: str, now_ms: int
) -> Event:
    return Event(
        id=_ID,
        kid=key.kid,
        aud=origin,
        iss=key.org,
        jti=NO_LOAD,
        iat=now_ms // 1000,
        type=claims.row.type,
        at=Instant.from_ms(now_ms),
        prev=prev,
        claims=claims,
    )
