"""The HTTP side of a witness (C2SP tlog-witness): add-checkpoint, and what it cosigned last.

An application of its own, apart from the ledger's: `packtrace witness serve` runs it beside nothing else.
"""

import logging
import os
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from ledger.errors import LedgerError
from ledger.witness.folder import open_witness
from ledger.witness.judge import (
    InconsistentError,
    OtherSizeError,
    UnknownLogError,
    UntrustedCheckpointError,
)
from ledger.witness.request import MAX_BODY_BYTES, MalformedRequestError, TooLongError
from ledger.witness.service import Witness, WitnessClockError
from ledger.witness.storage import WitnessStorageError

FOLDER: Final = "PACKTRACE_WITNESS_FOLDER"
TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"
_LOG: Final = logging.getLogger(__name__)

STATUS: Final[Mapping[type[LedgerError], int]] = {
    MalformedRequestError: 400,
    TooLongError: 413,
    UntrustedCheckpointError: 403,
    UnknownLogError: 404,
    OtherSizeError: 409,
    InconsistentError: 422,
    WitnessClockError: 503,
    WitnessStorageError: 503,
}
"""The statuses of tlog-witness; 503 where the fault is the witness's own."""


def application() -> Flask:
    """Return the application of the witness in the folder that PACKTRACE_WITNESS_FOLDER names."""
    return create_witness_app(open_witness(Path(os.environ[FOLDER])))


def create_witness_app(witness: Witness) -> Flask:
    """Return the WSGI application of a witness."""
    app = Flask("packtrace-witness", static_folder=None)
    # A body in chunks ends here without an error; a byte more than is allowed shows that it is too long.
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES + 1)
    app.register_error_handler(LedgerError, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(Exception, _fail)

    @app.post("/add-checkpoint")
    def add_checkpoint() -> Response:
        return _plain(witness.add_checkpoint(request.get_data()))

    @app.get("/<origin_sha256>/checkpoint")
    def checkpoint(origin_sha256: str) -> Response:
        found = witness.latest(origin_sha256)
        return _plain("no checkpoint\n", HTTPStatus.NOT_FOUND) if found is None else _plain(found)

    @app.get("/healthz")
    def healthz() -> Response:
        return _plain("ok\n")

    return app


def _refuse(error: Exception) -> Response:
    status = next(STATUS[base] for base in type(error).__mro__ if base in STATUS)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Which file or row it is stands here alone.
        _LOG.error("cannot cosign: %s", error)
        return _plain("this witness cannot cosign now; its log says why\n", status)
    if isinstance(error, OtherSizeError):
        return Response(f"{error.size}\n", status, content_type=SIZE)
    return _plain(f"{error}\n", status)


def _refuse_http(error: Exception) -> Response:
    code = error.code if isinstance(error, HTTPException) else None
    return _plain(f"{HTTPStatus(code or 500).phrase}\n", code or 500)


def _fail(error: Exception) -> Response:
    _LOG.error("the witness failed", exc_info=error)
    return _plain("internal error\n", HTTPStatus.INTERNAL_SERVER_ERROR)


def _plain(text: str, status: int = HTTPStatus.OK) -> Response:
    return Response(
        text, status, {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}, content_type=TEXT
    )
