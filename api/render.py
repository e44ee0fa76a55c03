"""JSON of what the read side gives: events, items, organisations and keys, as programs read them."""

from collections.abc import Mapping
from typing import Any

from crypto import strictjson
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lookup import Found
from ledger.passport import EventView, ItemView, Node
from ledger.search import Hit
from ledger.state import Holder, Item, Organisation, RegisteredKey, state_to_json


def event_json(view: EventView) -> dict[str, Any]:
    """Return an event with its place, its claims as signed, and the signed text that proves them."""
    event = view.event
    signed = strictjson.loads(view.jws.payload)
    claims = signed["data"] if isinstance(signed, dict) else {}
    return {
        "id": event.id,
        "index": view.index,
        "logged_at": Instant.from_ms(view.logged_at_ms).text,
        "logged_at_ms": view.logged_at_ms,
        "event": event.type,
        "at": event.at.text,
        "iss": str(event.iss),
        "issuer": name_json(view.signer),
        "kid": event.kid,
        "purpose": None if view.key is None else view.key.purpose,
        "amber": view.amber,
        "prev": {str(item): tip for item, tip in event.prev.items()},
        "touches": [str(item) for item in event.touched],
        "data": claims,
        "jws": view.jws.text,
    }


def item_json(view: ItemView, orgs: Mapping[ItemId, Organisation]) -> dict[str, Any]:
    """Return an item: its state as stored, and what is read through its container."""
    return {
        "id": str(view.item.id),
        "code": view.item.id.code,
        "state": state_to_json(view.item),
        "ended": view.ended,
        "custodian": _party(view.custodian, orgs),
        "owner": _party(view.owner, orgs),
        "operator": _party(view.operator, orgs),
        "inside": [str(outer.id) for outer in view.around],
        "model": None if view.model is None else state_to_json(view.model),
        "recalls": list(view.recalls),
        "amber": view.amber,
    }


def found_json(query: str, found: Found) -> dict[str, Any]:
    """Return what a scan names: its state and tip, who has it, what it is recalled for, and its label."""
    state = found.state
    return {
        "query": query,
        "id": None if found.id is None else str(found.id),
        "state": None if state is None else state_to_json(state),
        "tip": None if state is None else state.tip,
        "custodian": None if found.custodian is None else str(found.custodian),
        "recalls": list(found.recalls),
        "recalled_inside": found.recalled_inside,
        "same_as": None if found.same_as is None else str(found.same_as),
        "amber": found.amber,
        "label": _label_json(found),
    }


def _label_json(found: Found) -> dict[str, Any] | None:
    item = found.state if isinstance(found.state, Item) else None
    if found.verdict is None and (item is None or item.label_sha256 is None):
        return None
    worn = None if item is None else item.worn
    return {
        "number": None if item is None else item.label_number,
        "sha256": None if item is None else item.label_sha256,
        "copies": 0 if worn is None else worn.copies,
        "attached": None if worn is None else worn.attached,
        "voided": None if worn is None else worn.voided,
        "scanned": found.verdict,
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return an item that a search has found: its state, who has it, its likeness to what was asked for."""
    return {
        "id": str(hit.item.id),
        "code": hit.item.id.code,
        "state": state_to_json(hit.item),
        "holder": hit.holder,
        "likeness": hit.likeness,
        "amber": hit.amber,
    }


def node_json(node: Node) -> dict[str, Any]:
    """Return an item and what is in it."""
    return {
        "id": str(node.item.id),
        "kind": node.item.kind,
        "phase": node.item.phase,
        "mass_g": node.item.mass_g,
        "amber": node.amber,
        "parts": [node_json(part) for part in node.parts],
        "not_shown": node.item.parts - len(node.parts),
    }


def organisation_json(org: Organisation) -> dict[str, Any]:
    """Return an organisation as stored."""
    return state_to_json(org)


def key_json(key: RegisteredKey) -> dict[str, Any]:
    """Return a key as stored."""
    return state_to_json(key)


def name_json(org: Organisation | None) -> dict[str, Any] | None:
    """Return the names and roles of an organisation."""
    if org is None:
        return None
    return {"id": str(org.id), "name_zh": org.name_zh, "name_en": org.name_en, "roles": list(org.roles)}


def _party(party: ItemId | Holder, orgs: Mapping[ItemId, Organisation]) -> dict[str, Any]:
    org = orgs.get(party) if isinstance(party, ItemId) else None
    return {"id": str(party), "organisation": name_json(org)}
