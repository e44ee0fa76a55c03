"""Is the process there, and may traffic come."""

from typing import Final

from flask import Blueprint, Response

from api.answers import answer
from api.service import service

BLUEPRINT: Final = Blueprint("health", __name__)


@BLUEPRINT.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return answer({"status": "ok"}, cache="no-store")


@BLUEPRINT.get("/readyz")
def readyz() -> Response:
    """The database answers and does not contradict what was released; else 503."""
    service().sequencer.check_ready()
    size = service().sequencer.released().checkpoint.size
    return answer({"status": "ready", "size": size}, cache="no-store")
