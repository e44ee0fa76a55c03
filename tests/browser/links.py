"""Links that show sealed figures, made beside a served demonstration as a firm would make them."""

import secrets
import time
from collections import Counter

from ledger import passport, reading, shares
from ledger.identifiers import ItemId
from ledger.instants import day_of_ms
from ledger.store import Store
from tests.demonstration import Demonstration


def health_link(demonstration: Demonstration, sample: str) -> str:
    """Return the path of a link by which the firm that measured an item most shows its state of health."""
    item = ItemId.parse(demonstration.plan.samples[sample])
    now_ms = time.time_ns() // 1_000_000
    store = Store(demonstration.settings.database_url)
    try:
        with store.snapshot() as snapshot:
            views = passport.history(snapshot, item)
            measured = [view.event for view in views if view.event.type == "health.measured"]
            [(firm, _)] = Counter(event.iss for event in measured).most_common(1)
            reader = reading.find_reader(snapshot, firm, day_of_ms(now_ms))
        claims = {event.id: ["soh_permille"] for event in measured if event.iss == firm}
        wish = shares.Wish(item=item, claims=claims, until_ms=now_ms + shares.DAY_MS)
        random = secrets.token_bytes(shares.SECRET_BYTES)
        share, secret = shares.new_share(wish, reader, now_ms, share_id=random.hex()[:16], random=random)
        with store.beside() as beside:
            shares.keep(beside, share, secret, now_ms)
    finally:
        store.close()
    return f"/p/{item.code}?share={secret}"
