"""A ledger behind a real HTTP server on loopback, for clients that are not ours."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from werkzeug.serving import make_server

from api import Config, Service, create_app
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
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Live(ledger, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
