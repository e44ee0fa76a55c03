"""What stands as long as a state says so: a remark where it begins to stand, one where it stops.

The threads of a state are a function of that state alone. So what is open in the stream is what the states
say, however they came about.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from crypto.strictjson import Json
from ledger.events.production import ItemDeclared
from ledger.events.second_life import ItemSplit
from ledger.events.vehicle import VehicleScrapped
from ledger.findings.remark import Applied, Remark, org_of, others
from ledger.identifiers import ItemId
from ledger.instants import Day, format_day, parse_day
from ledger.state import Item, Organisation, Recalls, RegisteredKey, State
from ledger.vocabulary import Flag, Phase, Why

_FLAGS: Final = {
    Flag.LOST: "item.lost",
    Flag.STOLEN: "item.stolen",
    Flag.MISSING: "item.missing",
    Flag.QUARANTINED: "quarantine.long",
}
_UNTOLD: Final = frozenset({Why.LEGACY, Why.UNKNOWN, Why.UNREADABLE})
_EPOCH: Final = Day(1970, 1, 1)
_DAY_MS: Final = 86_400_000

Threads = Mapping[str, str]


def threads(state: State | None) -> Threads:
    """Return what stands because of a state: threads, each with its rule."""
    if isinstance(state, Item):
        return _of_item(state)
    if isinstance(state, Organisation) and state.licence_until is not None:
        return {f"licence {state.id} {format_day(state.licence_until)}": "licence.ending"}
    if isinstance(state, RegisteredKey) and state.compromised_since is not None and not state.confirmed:
        return {f"key {state.kid} {state.compromised_since}": "key.compromised"}
    if isinstance(state, Recalls):
        return {f"recall {one.event}": "recall.open" for one in state.open}
    return {}


def _of_item(item: Item) -> dict[str, str]:
    found = {f"{flag} {item.id}": _FLAGS[flag] for flag in item.flags if flag in _FLAGS}
    if item.offer is not None:
        found[f"offer {item.id} {item.offer.event}"] = "transfer.unanswered"
    claimant = item.claimant
    if claimant is not None:
        found[f"claim {item.id} {claimant.org} {claimant.since_ms}"] = "custody.claimed"
        if not claimant.granted:
            found[f"silence {item.id} {claimant.org} {claimant.since_ms}"] = "custody.silence"
    elif item.dispute is not None:
        found[f"dispute {item.id} {item.dispute.event}"] = "custody.contested"
    return found if item.phase is Phase.ENDED else {**found, **_of_live_item(item)}


def _of_live_item(item: Item) -> dict[str, str]:
    found = dict[str, str]()
    if item.declared is Why.CLONE:
        found[f"clone {item.id}"] = "item.clone"
    if item.declared in _UNTOLD and item.model is None:
        found[f"declared {item.id}"] = "item.declared"
    label = item.worn
    if label is not None and label.voided is not None:
        found[f"void label {item.id} {label.number}"] = "label.voided"
    elif label is not None and label.copies > 1:
        found[f"label {item.id} {label.number}"] = "label.reprinted"
    return found


def standing(applied: Applied) -> Iterator[Remark]:
    """Remark on what begins or stops to stand with this event."""
    for key, state in applied.changed.items():
        if not isinstance(state, _STANDING):
            continue
        before, after = threads(applied.states.get(key)), threads(state)
        for thread, rule in before.items():
            if thread not in after:
                yield Remark(rule=rule, subject=_name(state), thread=thread, ends=True)
        for thread, rule in after.items():
            if thread not in before:
                yield _BEGINNINGS[type(state)](applied, state, rule, thread)


def _name(state: State) -> str:
    match state:
        case RegisteredKey():
            return state.kid
        case Recalls():
            return str(state.maker)
        case Item() | Organisation():
            return str(state.id)
    raise TypeError(f"nothing stands by {type(state).__name__}")


def _item_begins(applied: Applied, item: Item, rule: str, thread: str) -> Remark:
    org, other, parties = _parties(applied, item, rule)
    told, facts = _rule_told(applied, item, rule)
    claims = applied.event.claims
    # A clone is a matter of the battery whose code it bears.
    original = claims.clone_of if isinstance(claims, ItemDeclared) and rule == "item.clone" else None
    return Remark(
        rule=told,
        subject=str(original or item.id),
        org=org or applied.event.iss,
        other=others(org or applied.event.iss, other),
        thread=thread,
        base_ms=applied.logged_at_ms,
        facts={**parties, **facts},
    )


def _rule_told(applied: Applied, item: Item, rule: str) -> tuple[str, dict[str, Json]]:
    """Return the rule under which the event tells it, which knows why an item is missing, and its facts."""
    claims = applied.event.claims
    if rule == "item.missing" and isinstance(claims, VehicleScrapped):
        vehicle = applied.before(applied.event.subjects[0])
        if vehicle is not None and not vehicle.swap_model:
            return "vehicle.pack_missing", {"vehicle": str(vehicle.id)}
    if rule == "item.missing" and isinstance(claims, ItemSplit):
        return "split.unaccounted", {"whole": str(applied.event.subjects[0])}
    return rule, _facts(applied, item, rule)


def _facts(applied: Applied, item: Item, rule: str) -> dict[str, Json]:
    claims = applied.event.claims
    if isinstance(claims, ItemDeclared) and rule == "item.clone":
        return {"clone": str(applied.event.subjects[0])}
    if isinstance(claims, ItemDeclared) and rule == "item.declared":
        return {"why": str(claims.why)}
    label = item.worn if rule.startswith("label.") else None
    if label is not None and label.voided is not None:
        return {"number": label.number, "why": str(label.voided)}
    return {} if label is None else {"number": label.number, "copies": label.copies}


def _parties(applied: Applied, item: Item, rule: str) -> tuple[ItemId | None, ItemId | None, dict[str, Json]]:
    """Return who can do something about it, the other party, and the facts that name them."""
    custodian = applied.custodian(item.id)
    if rule == "transfer.unanswered" and item.offer is not None:
        offer = item.offer
        return offer.to, offer.by, {"to": str(offer.to), "by": str(offer.by)}
    if rule == "custody.contested" and item.dispute is not None:
        by, against = item.dispute.by, org_of(item.dispute.against)
        return against, by, {"contested": item.dispute.event, "by": str(by)}
    if rule.startswith("custody.") and item.claimant is not None:
        return custodian, item.claimant.org, {"claimant": str(item.claimant.org)}
    return custodian, others(custodian, applied.event.iss, org_of(item.owner)), {}


def _organisation_begins(_applied: Applied, org: Organisation, rule: str, thread: str) -> Remark:
    until = parse_day(thread.rpartition(" ")[2])
    # It is good on its last day.
    base_ms = ((until - _EPOCH).days + 1) * _DAY_MS
    facts: dict[str, Json] = {"until": format_day(until)}
    return Remark(rule=rule, subject=str(org.id), org=org.id, thread=thread, base_ms=base_ms, facts=facts)


def _key_begins(applied: Applied, key: RegisteredKey, rule: str, thread: str) -> Remark:
    since = thread.rpartition(" ")[2]
    other = others(key.org, applied.event.iss)
    return Remark(rule=rule, subject=key.kid, org=key.org, other=other, thread=thread, facts={"since": since})


def _recall_begins(applied: Applied, recalls: Recalls, rule: str, thread: str) -> Remark:
    return Remark(
        rule=rule,
        subject=str(recalls.maker),
        org=applied.event.iss,
        other=others(applied.event.iss, recalls.maker),
        thread=thread,
        base_ms=applied.logged_at_ms,
        facts={"recall": thread.rpartition(" ")[2]},
    )


_STANDING: Final = (Item, Organisation, RegisteredKey, Recalls)
_BEGINNINGS: Final[Mapping[type[State], Callable[..., Remark]]] = {
    Item: _item_begins,
    Organisation: _organisation_begins,
    RegisteredKey: _key_begins,
    Recalls: _recall_begins,
}
