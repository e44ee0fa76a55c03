"""What a share shows, as words for the page of its item."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.claims_text import Line, Words, restricted_lines
from api.service import service
from api.texts import Texts, moment
from ledger import access, passport, reading
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.reading import Revealed
from ledger.store import Share


@dataclass(frozen=True, slots=True)
class SharedEvent:
    """The claims of one event that are shown."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class SharedSection:
    """The part of an item's page that a share adds: who shows what, and until when."""

    told: str
    events: Sequence[SharedEvent]


def shared_section(share: Share, revealed: Sequence[Revealed], texts: Texts) -> SharedSection:
    """Return what a share shows, in one language."""
    with service().snapshot() as snapshot:
        issuer = ItemId.parse(share.issuer)
        orgs = passport.organisations(snapshot, [issuer])
        types = [reading.corrected_type(snapshot, one.view) for one in revealed]
    words = Words(texts, orgs)
    events = [
        SharedEvent(
            texts.word("event", one.view.event.type),
            restricted_lines(one.claims, access.restricted_of(one.view.event, corrected), words),
        )
        for one, corrected in zip(revealed, types, strict=True)
        if one.claims
    ]
    until = moment(Instant.from_ms(share.until_ms))
    return SharedSection(texts("shared.told", issuer=texts.party(issuer, orgs), until=until), events)
