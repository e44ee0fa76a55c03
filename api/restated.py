"""What stands of an earlier event's claims, so that a correction begins with it and states what differs."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Final

from api.form_field import YES
from crypto.strictjson import Json
from ledger import passport
from ledger.claims import encode
from ledger.events import Claims
from ledger.events.correction import EventCorrected
from ledger.passport import EventView
from ledger.store import Snapshot

LOOKED_AT: Final = 200
"""How many of an item's latest events are looked at for earlier corrections."""


def standing(snapshot: Snapshot, view: EventView) -> dict[str, Json]:
    """Return the public claims of an event as they stand: as stated, then as corrected, by name."""
    found = _stated(view.event.claims)
    for one in _since(snapshot, view):
        claims = one.event.claims
        if isinstance(claims, EventCorrected) and claims.event == view.event.id:
            found |= claims.claims
    return found


def differing(restated: Mapping[str, Json], stands: Mapping[str, Json]) -> dict[str, Json]:
    """Return the claims of a correction that are others than those that stand."""
    return {name: value for name, value in restated.items() if stands.get(name) != value}


def field_values(value: Json, name: str) -> Iterator[tuple[str, str]]:
    """Yield what fields hold of a claim's JSON, by their names: `claims.place.district`."""
    if isinstance(value, dict):
        yield name, YES
        for inner, member in value.items():
            yield from field_values(member, f"{name}.{inner}")
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for number, one in enumerate(value):
            yield from field_values(one, f"{name}.{number}")
    elif isinstance(value, list):
        yield name, "\n".join(str(one) for one in value)
    elif isinstance(value, bool):
        yield name, YES if value else ""
    elif value is not None:
        yield name, str(value)


def _stated(claims: Claims) -> dict[str, Json]:
    # A claim at its default is left out of an event, and a tick that is not set says something.
    ticks: dict[str, Json] = {
        one.name.rstrip("_"): one.default for one in fields(claims) if isinstance(one.default, bool)
    }
    return ticks | encode(claims)


def _since(snapshot: Snapshot, view: EventView) -> Iterator[EventView]:
    item = next((one for one in view.event.prev if not one.is_org), None)
    state = None if item is None else passport.find_items(snapshot, [item]).get(item)
    if state is not None:
        before = max(0, state.count - LOOKED_AT)
        yield from passport.history(snapshot, state.id, after=before, limit=LOOKED_AT)
