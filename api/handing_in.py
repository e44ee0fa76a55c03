"""Where a battery may be handed in: sites of firms that collect, those of the same district first.

Districts are codes of GB/T 2260, whose first two digits name the province and the next two the city. How far
one district is from another they do not say, so a site is told of as of the same district, city or province.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from flask import current_app

from api.claims_text import region
from api.texts import Texts
from ledger.identifiers import ItemId
from ledger.state import Organisation
from ledger.store import Snapshot
from ledger.vocabulary import Role

EXTENSION: Final = "packtrace.sites"
COLLECTING: Final = frozenset({Role.COLLECTION_POINT, Role.ELV_DISMANTLER, Role.RECYCLER, Role.SECOND_LIFE})
MOST: Final = 3
# The firms of a country are many and change seldom: they are read once a minute, however many ask.
_REST_S: Final = 60.0
_NEAR: Final = {0: "elsewhere", 2: "province", 4: "city", 6: "district"}


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that takes batteries: whose it is, what it is called, and its district."""

    org: Organisation
    name: str
    district: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """A place as the page names it. `near` says in words how near its district is."""

    org: ItemId
    firm: str
    name: str
    roles: str
    region: str
    near: str


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)
    spots: Sequence[Spot] = ()
    until_s: float = 0.0


def outlets(snapshot: Snapshot, district: str, today: date, texts: Texts) -> list[Outlet]:
    """Return the places to hand a battery in, nearest district first, at most `MOST`."""
    open_today = [spot for spot in _spots(snapshot) if _is_open(spot.org, today)]

    def far(spot: Spot) -> tuple[int, str, str]:
        return -_shared(spot.district, district), spot.district, spot.name

    return [_outlet(spot, district, texts) for spot in sorted(open_today, key=far)[:MOST]]


def _spots(snapshot: Snapshot) -> Sequence[Spot]:
    kept = current_app.extensions.setdefault(EXTENSION, _Kept())
    if not isinstance(kept, _Kept):
        raise TypeError("no list of sites")
    with kept.lock:
        if time.monotonic() >= kept.until_s:
            kept.spots = [spot for org in snapshot.organisations() for spot in _spots_of(org)]
            kept.until_s = time.monotonic() + _REST_S
        return kept.spots


def _spots_of(org: Organisation) -> Iterator[Spot]:
    """Yield the sites of a firm that collects; one that has named none is told of at its own district."""
    if not COLLECTING & set(org.roles):
        return
    if not org.sites:
        yield Spot(org, "", org.district)
    for site in org.sites:
        yield Spot(org, site.name, site.district)


def _is_open(org: Organisation, today: date) -> bool:
    licensed = org.licence_until is None or today <= org.licence_until
    return licensed and not org.suspended and org.successor is None


def _shared(one: str, other: str) -> int:
    """Return how many digits two district codes share, in whole levels: 0, 2, 4 or 6."""
    return next(level for level in (6, 4, 2, 0) if one[:level] == other[:level])


def _outlet(spot: Spot, district: str, texts: Texts) -> Outlet:
    return Outlet(
        org=spot.org.id,
        firm=texts.name(spot.org),
        name=spot.name,
        roles=texts.words("role", [role for role in spot.org.roles if role in COLLECTING]),
        region=region(spot.district, texts),
        near=texts(f"glance.near_{_NEAR[_shared(spot.district, district)]}"),
    )
