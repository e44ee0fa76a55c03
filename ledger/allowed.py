"""What a firm may do with an item now, and which rule forbids the rest: the lifecycle asked beforehand.

Nothing here knows a rule. For each event type the lifecycle's own checks run over an event that names
nothing but the item, with the firm's key: signer, place in the chain, kind, flags, phase, custody. Where
claims hardly matter the whole lifecycle runs, over the claims that ask for least. So a refusal here holds for
every event of that type about the item; what is allowed here may still be refused for what its claims say.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from ledger import lifecycle
from ledger.errors import Refusal
from ledger.events import REGISTRY, About, Claims, Place, Row
from ledger.events.custody import (
    CheckList,
    ItemCollected,
    TransferAccepted,
    TransferRejected,
    TransferWithdrawn,
)
from ledger.events.envelope import Event
from ledger.events.retirement import ItemRetired
from ledger.events.row import NONE
from ledger.events.vehicle import PackRemoved, VehicleSold
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.authority import check_custody, check_signer
from ledger.lifecycle.guards import check_items, check_prev
from ledger.lifecycle.scene import Scene
from ledger.rules import RuleSet, rule_set
from ledger.state import LOG, Item, Key, Log, RegisteredKey, States
from ledger.vocabulary import (
    CollectedFrom,
    Condition,
    MassBasis,
    RemovalReason,
    RetirementReason,
    VehicleUse,
)

_ID: Final = "A" * 43
_NOWHERE: Final = Place(district="110101")
_NO_LOAD: Final = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a firm may state an event type about an item: `refusal` is None where nothing forbids it."""

    type: str
    refusal: Refusal | None


def applicable(item: Item, rules: RuleSet) -> list[str]:
    """Return the event types that can be about such an item, by name."""
    return sorted(
        name for name, kind in REGISTRY.items() if name in rules.events and _concerns(kind.row, item)
    )


def reads(item: Item, key: RegisteredKey) -> frozenset[Key]:
    """Return the keys of the states that `allowed` looks up, beside those that `follow` names."""
    found = set[Key]()
    for name in REGISTRY:
        if _concerns(REGISTRY[name].row, item):
            for claims in (_probe(REGISTRY[name].row), *_examples(name, item)):
                found |= lifecycle.reads(_event(claims, item, {}, key=key, origin="", now_ms=0))
    return frozenset(found)


def allowed(states: States, item: Item, key: RegisteredKey, *, index: int, now_ms: int) -> list[Verdict]:
    """Return a verdict for each event type that can be about an item.

    Args:
        states: what `reads` and `follow` name, where it exists.
        item: the item as it is now.
        key: whose firm acts, and with which purpose.
        index: the place that the event would get in the log.
        now_ms: when it would be logged, in ms since 1970.
    """
    log = cast("Log", states[LOG])
    rules = rule_set(log.rules)
    found = []
    for name in applicable(item, rules):
        claims = [_probe(REGISTRY[name].row), *_examples(name, item)]
        events = [_event(one, item, states, key=key, origin=log.origin, now_ms=now_ms) for one in claims]
        found.append(Verdict(name, _refusal(states, events, index, now_ms, rules)))
    return found


def _concerns(row: Row, item: Item) -> bool:
    about_items = row.about is About.ITEMS and row.subjects != NONE and row.creates is None
    return about_items and item.kind in row.kinds


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


def _refused(states: States, event: Event, index: int, now_ms: int) -> Refusal | None:
    try:
        lifecycle.apply(states, event, index=index, logged_at_ms=now_ms)
    except Refusal as refusal:
        return refusal
    return None


def _probe(row: Row) -> Claims:
    """Return claims of an event type that name nothing and say nothing."""
    kind = type("Probe", (Claims,), {"__slots__": (), "row": row})
    return cast("Claims", kind(place=_NOWHERE))


def _event(
    claims: Claims, item: Item, states: Mapping[Key, object], *, key: RegisteredKey, origin: str, now_ms: int
) -> Event:
    prev: dict[ItemId, str | None] = {item.id: item.tip}
    if item.vehicle is not None and claims.row.vehicle:
        vehicle = states.get(item.vehicle)
        prev[item.vehicle] = vehicle.tip if isinstance(vehicle, Item) else None
    return Event(
        id=_ID,
        kid=key.kid,
        aud=origin,
        iss=key.org,
        jti=_NO_LOAD,
        iat=now_ms // 1000,
        type=claims.row.type,
        at=Instant.from_ms(now_ms),
        prev=prev,
        claims=claims,
    )


def _load(item: Item) -> str:
    return _NO_LOAD if item.offer is None else item.offer.consignment


def _accepted(item: Item) -> tuple[Claims, ...]:
    # What the sender declared is taken for it, with a check list in which nothing is wrong.
    basis = MassBasis.DECLARED
    return (
        TransferAccepted(place=_NOWHERE, consignment=_load(item), mass_basis=basis, checklist=CheckList()),
    )


def _collected(item: Item) -> tuple[Claims, ...]:
    del item
    source, condition = CollectedFrom.CONSUMER, next(iter(Condition))
    return tuple(
        ItemCollected(place=_NOWHERE, from_=source, condition=condition, waste=waste)
        for waste in (True, False)
    )


def _removed(item: Item) -> tuple[Claims, ...]:
    return (PackRemoved(place=_NOWHERE, reason=RemovalReason.REPAIR),) if item.vehicle is not None else ()


_EXAMPLES: Final[Mapping[str, Callable[[Item], tuple[Claims, ...]]]] = {
    "transfer.accepted": _accepted,
    "transfer.rejected": lambda item: (
        TransferRejected(place=_NOWHERE, consignment=_load(item), reason="other"),
    ),
    "transfer.withdrawn": lambda item: (
        TransferWithdrawn(place=_NOWHERE, consignment=_load(item), reason="other"),
    ),
    "item.collected": _collected,
    "item.retired": lambda _: (ItemRetired(place=_NOWHERE, reason=next(iter(RetirementReason))),),
    "pack.removed": _removed,
    "vehicle.sold": lambda _: (VehicleSold(place=_NOWHERE, city="1101", use=VehicleUse.PRIVATE),),
}
"""The claims that ask for least, of event types for which they hardly matter."""


def _examples(name: str, item: Item) -> tuple[Claims, ...]:
    return _EXAMPLES[name](item) if name in _EXAMPLES else ()
