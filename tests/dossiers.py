"""Dossiers for tests: an index of the registrar's, and what a site and a verifier say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, update

from crypto.encoding import b64url_encode
from ledger import indexing
from ledger.dossier import form
from ledger.dossier.form import Dossier
from ledger.dossier.verify import DossierVerification, verify_dossier
from ledger.entry import Entry
from ledger.events.log import IndexPublished
from ledger.identifiers import ItemId
from ledger.store import Store
from ledger.store.tables import HISTORY
from ledger.trust import Trust
from tests.scenario import REGISTRAR, Story
from tests.site import Site


def index_event(store: Store, story: Story) -> str:
    """Return the event that publishes the index of everything logged so far."""
    with store.snapshot() as snapshot:
        size = snapshot.head().size
        made = indexing.make(snapshot, size)
    return story.tell(REGISTRAR, IndexPublished(size=size, count=made.count, root=b64url_encode(made.root())))


LATEST = 3


@contextmanager
def rewritten(url: str, item: ItemId) -> Iterator[None]:
    """Let a database say that the third event of an item was no act, for a while."""
    engine = create_engine(url)
    place = (HISTORY.c.item == str(item)) & (HISTORY.c.seq == LATEST)
    try:
        for touches in (False, True):
            with engine.begin() as connection:
                assert connection.execute(update(HISTORY).where(place).values(touches=touches)).rowcount == 1
            if not touches:
                yield
    finally:
        engine.dispose()


def publish(site: Site) -> None:
    """Publish the index of everything logged so far."""
    site.submit([index_event(site.service.store, site.story)])


def trust_of(site: Site) -> Trust:
    """Return the root of trust of a site's log."""
    with site.service.snapshot() as snapshot:
        entry = Entry.decode(snapshot.entries(0, 1)[0])
    return Trust(site.service.vkey, entry.event_id)


def text_of(site: Site, item: ItemId, query: str = "", **headers: str) -> str:
    """Return an item's dossier as the site gives it."""
    answer = site.get(f"/v1/items/{item}/dossier{query}", **headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def dossier_of(site: Site, item: ItemId, query: str = "") -> Dossier:
    """Return an item's dossier."""
    return form.parse(text_of(site, item, query))


def verified(site: Site, dossier: Dossier, **options: Any) -> DossierVerification:  # noqa: ANN401  of verify_dossier
    """Return what a dossier shows under the site's own root of trust."""
    return verify_dossier(dossier, trust_of(site), **options)


def told(verification: DossierVerification) -> dict[str, str]:
    """Return each check with its verdict and reason, in words."""
    return {check.value: f"{one.verdict} {one.reason}" for check, one in verification.checks.items()}


def edited(dossier: Dossier, **members: Any) -> Dossier:  # noqa: ANN401  JSON
    """Return a dossier with other members, as a forger writes it."""
    return form.parse(form_of({**json.loads(dossier.format()), **members}))


def form_of(value: Any) -> str:  # noqa: ANN401  JSON
    """Return JSON in the one form of a dossier."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
