"""Answers in their one form: JSON in UTF-8, plain text, bytes; with validators and common headers."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Flask, Request, Response, json, request

TEXT: Final = "text/plain; charset=utf-8"
BYTES: Final = "application/octet-stream"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
FRESH: Final = "no-cache"
PRIVATE: Final = "private, no-store"
_POLICY: Final = (
    "default-src 'self'; script-src {}; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
SCRIPTED: Final = _POLICY.format("'self'")
"""The policy of a page that may run our own scripts, each a file of ours; the others run none."""
_SECURITY: Final[Mapping[str, str]] = {
    # No inline style and, unless a page says otherwise, no script: the server's own HTML and one style sheet.
    "Content-Security-Policy": _POLICY.format("'none'"),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def answer(value: object, status: int = 200, *, cache: str = FRESH) -> Response:
    """Return a JSON answer."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=False, separators=(",", ":"))
    return Response(text + "\n", status, {"Cache-Control": cache}, mimetype="application/json")


def plain(body: str | bytes, content_type: str, status: int = 200, *, cache: str = FRESH) -> Response:
    """Return an answer of any other form."""
    return Response(body, status, {"Cache-Control": cache}, content_type=content_type)


def install(app: Flask, base_url: str) -> None:
    """Let every answer of an application carry its validator and the security headers."""
    headers = dict(_SECURITY)
    if base_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=31536000"

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if request.method in {"GET", "HEAD"}:
            # Verifiers in a browser read logs of others. What a cookie opens says otherwise (`api.desk`).
            response.headers.setdefault("Access-Control-Allow-Origin", "*")
            _validate(response, request)
            if request.method == "HEAD" or response.status_code == HTTPStatus.NOT_MODIFIED:
                # No body is sent, and what is not sent nobody closes: a file of ours would stay open.
                response.close()
        return response


def _validate(response: Response, asked: Request) -> None:
    if response.status_code == HTTPStatus.OK and not response.direct_passthrough:
        if "no-store" not in response.headers.get("Cache-Control", ""):
            response.add_etag()
        response.make_conditional(asked)
