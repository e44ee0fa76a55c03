"""Is the process there, and may traffic come."""

from typing import Final

from flask import Blueprint, Response

from api.answers import answer
from api.service import service
from api.witnesses import faulty

BLUEPRINT: Final = Blueprint("health", __name__)


@BLUEPRINT.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return answer({"status": "ok"}, cache="no-store")


@BLUEPRINT.get("/readyz")
def readyz() -> Response:
    """The database answers and does not contradict what was released, witnessed or published; else 503."""
    service().sequencer.check_ready()
    service().indexes.check()
    size = service().sequencer.released().checkpoint.size
    return answer({"status": "ready", "size": size, **_witnessed()}, cache="no-store")


def _witnessed() -> dict[str, object]:
    """Return how far witnesses have cosigned and which are down: the log goes on without them."""
    found = service().witnesses
    if found is None:
        return {}
    published = found.published()
    size = None if published is None else published.checkpoint.size
    return {"cosigned": size, "witnesses_down": faulty(found)}
