"""Shares: a firm shows chosen restricted claims of one item to whoever has the link, until its end.

The secret in the link is random and kept as its hash. A share gives nothing for good: each time it is
followed the claims are read anew, so what is erased, or whose issuer was suspended, it shows no more.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crypto.encoding import b64url_encode
from ledger import access, passport, reading
from ledger.access import Reader
from ledger.errors import AuthorityRefusal, RuleRefusal
from ledger.events.row import Tier
from ledger.identifiers import ItemId
from ledger.passport import EventView, UnknownSubjectError
from ledger.reading import Revealed
from ledger.state import Organisation
from ledger.store import Beside, Reading, Share, Snapshot

DAY_MS: Final = 86_400_000
MAX_DAYS: Final = 90
MAX_OPEN: Final = 10_000
"""How many open shares one organisation may have."""
MAX_EVENTS: Final = 64
MAX_OPENINGS_KEPT: Final = 1_000
"""How many openings of one share are kept one by one; more are counted."""
SECRET_BYTES: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a share is to show: claims of one item by event id, and until when, in ms since 1970."""

    item: ItemId
    claims: Mapping[str, Sequence[str]]
    until_ms: int


def check_wish(snapshot: Snapshot, wish: Wish, reader: Reader, now_ms: int) -> None:
    """Check that a firm may share what it wishes.

    Raises:
        RuleRefusal: `share.until`: it ends before now or in more than 90 days.
        UnknownSubjectError: `item.unknown`, `event.unknown`.
        AuthorityRefusal: `share.claim`: a claim that the firm did not state about that item, that is not kept
            any more, or that nobody but its issuer may read.
    """
    if not now_ms < wish.until_ms <= now_ms + MAX_DAYS * DAY_MS:
        raise RuleRefusal("share.until", wish.item, days=MAX_DAYS)
    if not passport.find_items(snapshot, [wish.item]):
        raise UnknownSubjectError("item.unknown", wish.item)
    for event_id, names in wish.claims.items():
        shown = {one.name for one in _shareable(snapshot, wish.item, event_id, reader).claims}
        for name in names:
            if name not in shown:
                raise AuthorityRefusal("share.claim", event_id, claim=name)


def secret_sha256(secret: str) -> bytes:
    """Return the hash under which the secret of a share, or of a session, is kept."""
    return hashlib.sha256(secret.encode()).digest()


def new_share(wish: Wish, reader: Reader, now_ms: int, *, share_id: str, random: bytes) -> tuple[Share, str]:
    """Return a share and the secret of its link, made of at least `SECRET_BYTES` random bytes."""
    if len(random) < SECRET_BYTES:
        raise ValueError(f"a secret has at least {SECRET_BYTES} random bytes")
    claims = {event: sorted(set(names)) for event, names in wish.claims.items()}
    share = Share(share_id, str(reader.org), str(wish.item), claims, now_ms, wish.until_ms)
    return share, b64url_encode(random)


def keep(beside: Beside, share: Share, secret: str, now_ms: int) -> None:
    """Keep a new share.

    Raises:
        RuleRefusal: `share.too_many`: its issuer has as many open shares as one may have.
    """
    if beside.count_shares(share.issuer, at_ms=now_ms) >= MAX_OPEN:
        raise RuleRefusal("share.too_many", share.issuer, limit=MAX_OPEN)
    beside.add_share(share, secret_sha256(secret))


def shown(snapshot: Snapshot, share: Share | None, item: ItemId, now_ms: int) -> tuple[Revealed, ...]:
    """Return what a share shows of an item now.

    Raises:
        UnknownSubjectError: `share.unknown`: there is none, it is of another item, or it has ended; which of
            these it is nobody is told.
    """
    ended = share is None or share.revoked_at_ms is not None or now_ms >= share.until_ms
    if share is None or ended or share.item != str(item):
        raise UnknownSubjectError("share.unknown")
    issuer = snapshot.states([ItemId.parse(share.issuer)]).get(ItemId.parse(share.issuer))
    if not isinstance(issuer, Organisation) or issuer.suspended or issuer.successor is not None:
        raise UnknownSubjectError("share.unknown")
    reader = Reader(issuer.id, frozenset({issuer.id}), frozenset())
    found = []
    for event_id, names in share.claims.items():
        revealed = _shareable(snapshot, item, event_id, reader)
        claims = tuple(one for one in revealed.claims if one.name in names)
        found.append(Revealed(revealed.view, claims))
    return tuple(found)


def opened(beside: Beside, share: Share, revealed: Sequence[Revealed], now_ms: int) -> None:
    """Keep that a share was followed."""
    if beside.open_share(share.id) < MAX_OPENINGS_KEPT:
        who = f"share:{share.id}"
        beside.record([Reading(one.view.index, who, one.names, now_ms) for one in revealed if one.claims])


def _shareable(snapshot: Snapshot, item: ItemId, event_id: str, reader: Reader) -> Revealed:
    return shareable(snapshot, item, passport.view_event(snapshot, event_id), reader)


def shareable(snapshot: Snapshot, item: ItemId, view: EventView, reader: Reader) -> Revealed:
    """Return the claims of an event about an item that its issuer may show to others."""
    if not access.is_author(view.event, reader) or item not in view.event.prev:
        return Revealed(view, ())
    rows = access.restricted_of(view.event, reading.corrected_type(snapshot, view))
    claims = reading.reveal(snapshot, view, reader).claims
    return Revealed(view, tuple(one for one in claims if rows[one.name].tier is not Tier.ISSUER))
