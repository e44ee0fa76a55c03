"""A ledger behind a real HTTP server on loopback, for clients that are not ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api import Config, Service, create_app
from tests import loopback
from tests.ledgers import LOG, Ledger, running


@dataclass(frozen=True, slots=True)
class Live:
    """A running server: its ledger and its base URL."""

    ledger: Ledger
    url: str


@contextmanager
def serving(database_url: str, folder: Path) -> Iterator[Live]:
    """Serve an empty ledger on a free port until the context ends; it is audited then."""
    with running(database_url, folder) as ledger, served(ledger) as live:
        yield live


@contextmanager
def served(ledger: Ledger) -> Iterator[Live]:
    """Serve a ledger on a free port until the context ends."""
    service = Service(Config(origin=LOG.name), ledger.store, ledger.sequencer, LOG.verifier_key, ledger.clock)
    app = create_app(service.config, opened=service)
    with loopback.serving(app) as url:
        yield Live(ledger, url)
