"""Who may read a restricted claim: public < partner < authority, decided from the ledger alone.

Pure: who asks, what it is and what it held are arguments, and all of them come from the log; nothing of the
request but the key that signed it (docs/formats.md, section 8).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger.events import REGISTRY
from ledger.events.correction import EventCorrected
from ledger.events.envelope import Event
from ledger.events.row import Restricted, Tier
from ledger.holdings import Timelines, last_held
from ledger.identifiers import ItemId
from ledger.state import Organisation
from ledger.vocabulary import Role

AUTHORITIES: Final = frozenset({Role.REGULATOR, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: an organisation as the ledger knows it now.

    Attributes:
        org: its id.
        rights_of: itself, and the organisations whose rights are its own now.
        roles: the roles that count today.
    """

    org: ItemId
    rights_of: frozenset[ItemId]
    roles: frozenset[Role]


def reader_of(org: Organisation, today: date, *, preceded: Collection[ItemId] = ()) -> Reader:
    """Return an organisation as a reader. Its roles count while its licence lasts and nothing suspends it."""
    lapsed = org.suspended or (org.licence_until is not None and today > org.licence_until)
    return Reader(org.id, frozenset({org.id, *preceded}), frozenset() if lapsed else frozenset(org.roles))


def restricted_of(event: Event, corrected_type: str | None) -> Mapping[str, Restricted]:
    """Return the restricted claims that an event may have; a correction has those of the type it corrects."""
    if isinstance(event.claims, EventCorrected):
        return {} if corrected_type is None else REGISTRY[corrected_type].row.restricted
    return event.claims.row.restricted


def is_holder(items: Iterable[ItemId], index: int, reader: Reader, timelines: Timelines) -> bool:
    """Say whether the reader holds one of these items, or did until the entry at `index` or later."""
    ends = (last_held(timelines, item, reader.rights_of) for item in items)
    return any(end is not None and index <= end for end in ends)


def is_author(event: Event, reader: Reader) -> bool:
    """Say whether the reader stated the event, by its own key or by its delegate's."""
    return event.iss in reader.rights_of or event.actor in reader.rights_of


def may_read(claim: Restricted, *, reader: Reader | None, author: bool, holder: bool) -> bool:
    """Say whether a reader may read a restricted claim; None is the public.

    Args:
        claim: its tier and the roles it names.
        reader: who asks.
        author: whether the reader stated it, see `is_author`.
        holder: whether the reader holds or held an item of its event, see `is_holder`.
    """
    if reader is None:
        return False
    if author:
        return True
    if claim.tier is Tier.ISSUER:
        return False
    if reader.roles & AUTHORITIES:
        return True
    return claim.tier is Tier.PARTNER and (holder or bool(reader.roles & claim.roles))
