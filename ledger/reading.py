"""Reading restricted claims: what of an event a reader may see, out of one snapshot.

The decision is `ledger.access`; here are only the reads that it needs. Whoever serves what this returns keeps
a `Reading` of it first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from crypto.sdjwt import Disclosure
from ledger import access, passport
from ledger.access import AUTHORITIES, Reader
from ledger.events.correction import EventCorrected
from ledger.holdings import FOREVER, last_held
from ledger.identifiers import ItemId
from ledger.passport import EventView, UnknownSubjectError
from ledger.state import Item
from ledger.store import Snapshot

MAX_EVENTS_OF_A_DOCUMENT: Final = 64


@dataclass(frozen=True, slots=True)
class Revealed:
    """The restricted claims of one event that somebody may read."""

    view: EventView
    claims: tuple[Disclosure, ...] = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The claims by name, sorted."""
        return tuple(sorted(one.name for one in self.claims))


def find_reader(snapshot: Snapshot, org: ItemId, today: date) -> Reader:
    """Return an organisation as a reader; raises UnknownSubjectError `org.unknown`."""
    found = passport.view_organisation(snapshot, org)
    return access.reader_of(found, today, preceded=snapshot.preceded_by(org))


def reveal(snapshot: Snapshot, view: EventView, reader: Reader | None) -> Revealed:
    """Return the restricted claims of an event that are kept and that a reader may read."""
    if reader is None or not view.event.sd:
        return Revealed(view, ())
    kept = passport.disclosures(snapshot, view.event)
    rows = access.restricted_of(view.event, corrected_type(snapshot, view))
    author = access.is_author(view.event, reader)
    holder = bool(kept) and not author and _is_holder(snapshot, view, reader)
    shown = [
        one
        for one in kept
        if one.name in rows and access.may_read(rows[one.name], reader=reader, author=author, holder=holder)
    ]
    return Revealed(view, tuple(shown))


def reveal_document(
    snapshot: Snapshot, sha256: str, reader: Reader, putters: Collection[str]
) -> Revealed | None:
    """Return a restricted claim that names a document and that a reader may read; None: there is none.

    Only claims of those who put the document count: who knows no more than its hash must not open it by
    stating that hash.
    """
    for event_id, digest in snapshot.disclosed_documents(sha256, putters, limit=MAX_EVENTS_OF_A_DOCUMENT):
        revealed = reveal(snapshot, passport.view_event(snapshot, event_id), reader)
        shown = tuple(one for one in revealed.claims if one.digest == digest)
        if shown:
            return Revealed(revealed.view, shown)
    return None


def told_until(snapshot: Snapshot, item: ItemId, reader: Reader) -> int | None:
    """Return the entry up to which a reader is told who read an item's restricted claims; None: it is not.

    Whoever holds the item is told all, whoever held it what it may read itself, an authority all.

    Raises:
        UnknownSubjectError: `item.unknown`.
    """
    if not passport.find_items(snapshot, [item]):
        raise UnknownSubjectError("item.unknown", item)
    if reader.roles & AUTHORITIES:
        return FOREVER
    return last_held(snapshot.timelines([item]), item, reader.rights_of)


def erased(snapshot: Snapshot, views: Sequence[EventView]) -> dict[str, int]:
    """Return how many restricted claims of each event are kept no more, by event id; none where all are."""
    concealed = {view.event.id: view.event.sd for view in views if view.event.sd}
    kept = snapshot.kept_digests(concealed) if concealed else set()
    counts = {event: sum((event, one) not in kept for one in digests) for event, digests in concealed.items()}
    return {event: count for event, count in counts.items() if count}


def corrected_type(snapshot: Snapshot, view: EventView) -> str | None:
    """Return the type of the event that a correction corrects, None where it is no correction."""
    claims = view.event.claims
    if not isinstance(claims, EventCorrected):
        return None
    return passport.view_event(snapshot, claims.event).event.type


def _is_holder(snapshot: Snapshot, view: EventView, reader: Reader) -> bool:
    items = {item for item in view.event.prev if not item.is_org}
    # What was identified as another item lives on in that one, and so do the rights to read of it.
    states = snapshot.states(items)
    known = (states.get(item) for item in items)
    items |= {one.identified_as for one in known if isinstance(one, Item) and one.identified_as is not None}
    return access.is_holder(items, view.index, reader, snapshot.timelines(items))
