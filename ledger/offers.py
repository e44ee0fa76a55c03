"""Open transfers to an organisation or by it: what a gate expects, and what a sender waits for.

Items are under offer one by one; here they stand by consignment, the load they travel in, and within that by
the event that offered them, because a large load takes several events and is answered in parts.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from ledger.claims import MalformedClaimError, decode
from ledger.identifiers import ItemId
from ledger.search.cursor import Cursor, MalformedCursorError, has_form
from ledger.state import Offer
from ledger.store import CorruptRowError, Snapshot
from ledger.store.searching import Place

_WALK: Final = "offers"


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """What one event offered and nobody has answered, as far as it is on this page."""

    offer: Offer
    items: tuple[ItemId, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """The open offers of one consignment; `continued` where the next page has more of it."""

    consignment: str
    offers: tuple[OpenOffer, ...]
    continued: bool


@dataclass(frozen=True, slots=True)
class Offers:
    """A page of loads; `next` is None where it is the last."""

    loads: tuple[Load, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OffersOf:
    """Whose offers: made to an organisation, by one, or from one to the other; perhaps of one load."""

    to: ItemId | None = None
    by: ItemId | None = None
    consignment: str | None = None

    def __str__(self) -> str:
        return f"{self.to} {self.by} {self.consignment}"


def open_offers(snapshot: Snapshot, whose: OffersOf, *, after: str | None, limit: int) -> Offers:
    """Return open offers of at most `limit` items, by consignment.

    Raises:
        MalformedCursorError: `after` is no `next` of these offers.
    """
    place = None if after is None else _place(after, whose)
    rows = snapshot.offered_states(
        to=_text(whose.to), by=_text(whose.by), consignment=whose.consignment, after=place, limit=limit + 1
    )
    found = [(ItemId.parse(name), _offer(name, state)) for name, state in rows]
    page, rest = found[:limit], found[limit:]
    open_load = rest[0][1].consignment if rest else None
    loads = tuple(
        Load(consignment, tuple(_by_event(group)), consignment == open_load)
        for consignment, group in groupby(page, key=lambda one: one[1].consignment)
    )
    if not rest:
        return Offers(loads, None)
    item, offer = page[-1]
    return Offers(loads, Cursor(_WALK, (offer.consignment, str(item))).format(str(whose)))


def _by_event(group: Iterable[tuple[ItemId, Offer]]) -> Iterator[OpenOffer]:
    found: dict[str, list[tuple[ItemId, Offer]]] = {}
    for item, offer in group:
        found.setdefault(offer.event, []).append((item, offer))
    for some in sorted(found.values(), key=lambda some: (some[0][1].offered_at_ms, some[0][1].event)):
        yield OpenOffer(some[0][1], tuple(item for item, _ in some))


def _place(after: str, whose: OffersOf) -> Place:
    cursor = Cursor.parse(after, str(whose))
    if cursor.walk != _WALK or not has_form(cursor.place, (str, str)):
        raise MalformedCursorError("not `next` of a page")
    return cursor.place


def _offer(item: str, state: str) -> Offer:
    try:
        return decode(Offer, json.loads(state)["offer"])
    except (MalformedClaimError, ValueError, KeyError, TypeError) as error:
        raise CorruptRowError(item, str(error)) from error


def _text(org: ItemId | None) -> str | None:
    return None if org is None else str(org)
