"""HTTP over the ledger: parse, call one function of the ledger, render. The rules are elsewhere."""

from pathlib import Path
from typing import Final

from flask import Flask

from api import (
    answers,
    audit,
    codes,
    dashboard,
    desk,
    desk_consent,
    desk_forms,
    desk_keys,
    desk_shares,
    documents,
    dossiers,
    errors,
    events,
    findings,
    gate,
    generations,
    health,
    importing,
    items,
    labels,
    ledger_pages,
    log,
    offers,
    openapi,
    orgs,
    pages,
    reads,
    shares,
    statistics,
    vehicles,
    witnesses,
)
from api.bodies import WholeRequest
from api.config import Config
from api.service import EXTENSION, Service, open_service

__all__ = ["Config", "Service", "create_app"]

HURRY: Final = f"{EXTENSION}.hurry"
"""Under this name stands what the server calls before it stops, so that nobody waits for new entries."""

MAX_REQUEST: Final = 16 * 1024 * 1024
_ROOT: Final = Path(__file__).parents[1]
_BLUEPRINTS: Final = (
    events,
    findings,
    items,
    dossiers,
    generations,
    statistics,
    offers,
    vehicles,
    gate,
    reads,
    shares,
    documents,
    orgs,
    codes,
    log,
    labels,
    pages,
    desk,
    desk_forms,
    desk_shares,
    desk_consent,
    desk_keys,
    importing,
    dashboard,
    audit,
    ledger_pages,
    witnesses,
    health,
    openapi,
)


def create_app(config: Config, *, opened: Service | None = None) -> Flask:
    """Return the WSGI application of a ledger.

    Args:
        config: the settings.
        opened: a ledger that is open already; by default the one of the settings is opened.

    Raises:
        ConfigError: a setting does not fit the ledger.
        LedgerError: the ledger cannot be opened.
    """
    app = Flask("packtrace", template_folder=str(_ROOT / "templates"), static_folder=str(_ROOT / "static"))
    app.request_class = WholeRequest
    app.config.update(MAX_CONTENT_LENGTH=MAX_REQUEST, SEND_FILE_MAX_AGE_DEFAULT=3600)
    app.url_map.strict_slashes = False
    # A redirect of the router's own would name the host that the request names, which may be anybody's.
    app.url_map.merge_slashes = False
    running = opened or open_service(config)
    app.extensions[EXTENSION] = running
    app.extensions[HURRY] = running.sequencer.hurry
    errors.install(app)
    answers.install(app, config.base_url)
    pages.install(app)
    for module in _BLUEPRINTS:
        app.register_blueprint(module.BLUEPRINT)
    return app
