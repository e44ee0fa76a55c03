"""What every page of the desk shares: who is signed in, the way there, and its policy."""

from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from api.answers import PRIVATE
from api.language import language_of
from api.pages import page
from api.service import service
from api.sessions import SignedIn, SignedOutError, signed_in
from api.texts import Texts, moment
from ledger.identifiers import ItemId
from ledger.instants import Instant

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Scripts of ours alone, nothing inline, nothing from elsewhere."""


def who_acts() -> SignedIn:
    """Return who sends a request of the desk; raises SignedOutError, which leads to the sign-in page."""
    who = signed_in(request)
    if who is None:
        raise SignedOutError
    return who


def to_sign_in() -> BaseResponse:
    """Return the way to the sign-in page, which leads back to the page that was asked for.

    What was sent is not sent again: after a POST it leads to the desk.
    """
    if request.method == "POST":
        return redirect(url_for("desk.sign_in", lang=request.args.get("lang")), 303)
    asked = urlencode([(name, value) for name, value in request.args.items() if name != "lang"])
    wanted = f"{request.path}?{asked}" if asked else request.path
    return redirect(url_for("desk.sign_in", next=wanted, lang=request.args.get("lang")), 303)


def is_ours(path: str) -> bool:
    """Say whether a path is one of the desk's; what would name another host is not."""
    # Two slashes or a backslash would; a query has them encoded.
    inside = path == "/desk" or path.startswith(("/desk/", "/desk?"))
    return inside and "\\" not in path and "//" not in path


def desk_page(template: str, **values: Any) -> Response:  # noqa: ANN401  what a template shows
    """Return a page that nobody but who asked may keep, with the desk's words."""
    lang = language_of(request)
    config = service().config
    now = Instant.from_ms(service().clock.now_ms())
    response = page(
        template, d=Texts(lang, "desk"), base_url=config.base_url, now=moment(now), ItemId=ItemId, **values
    )
    response.headers["Cache-Control"] = PRIVATE
    response.headers["Content-Security-Policy"] = POLICY
    # No page that a cookie opens is for the scripts of another site.
    response.headers["Access-Control-Allow-Origin"] = config.base_url
    return response
