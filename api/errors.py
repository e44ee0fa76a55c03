"""One table from errors to HTTP statuses, and the problem (RFC 9457) that says what is wrong and what to do.

Nothing of the inside leaves: an error that no line of the table names is a 500 without a word about it, and
stands in the server's own log.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from flask import Flask, Response, g, json, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from api.language import language_of
from api.service import service
from crypto.errors import CryptoError
from ledger.cosigning.folder import CosignedFolderError
from ledger.errors import (
    AuthorityRefusal,
    ConflictError,
    LedgerError,
    MalformedError,
    MalformedSubmissionError,
    Refusal,
    StaleTipError,
    TooLargeError,
)
from ledger.identifiers import ItemId
from ledger.importing.problems import OWN, ImportRefusal, text_of
from ledger.indexing import IndexContradictionError
from ledger.passport import UnknownSubjectError
from ledger.passport import organisations as find_organisations
from ledger.sequencer.clock import ClockError
from ledger.sequencer.outcomes import BusyError, OutcomeUnknownError, ReadOnlyError
from ledger.state import Organisation
from ledger.store import CommitError, StoreError
from ledger.wording import Language, Wording, wording

_LOG: Final = logging.getLogger(__name__)
PROBLEM: Final = "application/problem+json"
_NAMED: Final = "packtrace_named"
_ORG: Final = "org:"
_MAX_NAMED: Final = 16


class HttpError(Refusal):
    """A request that HTTP itself refuses: address, form, size or token; `status` comes from its rule."""


STATUS: Final[Mapping[type[Exception], int]] = {
    UnknownSubjectError: 404,
    MalformedSubmissionError: 400,
    TooLargeError: 413,
    AuthorityRefusal: 403,
    ConflictError: 409,
    Refusal: 422,
    ImportRefusal: 422,
    BusyError: 503,
    ReadOnlyError: 503,
    ClockError: 503,
    IndexContradictionError: 503,
    OutcomeUnknownError: 503,
    CommitError: 503,
    StoreError: 503,
    CosignedFolderError: 503,
    MalformedError: 400,
    CryptoError: 400,
}
"""The status of an error: the line of its class, or of the nearest base class that has one."""

HTTP_STATUS: Final[Mapping[str, int]] = {
    "http.malformed": 400,
    "http.parameter": 400,
    "item.malformed": 400,
    "token.audience": 401,
    "token.body": 401,
    "token.key": 401,
    "token.malformed": 401,
    "token.method": 401,
    "token.missing": 401,
    "token.purpose": 401,
    "token.replayed": 401,
    "token.signature": 401,
    "token.time": 401,
    "session.none": 401,
    "session.challenge": 401,
    "session.csrf": 403,
    "token.suspended": 403,
    "reads.holder": 403,
    "document.quota": 403,
    "account.none": 404,
    "http.not_found": 404,
    "index.none": 404,
    "policy.none": 404,
    "rules.unknown": 404,
    "share.unknown": 404,
    "http.method": 405,
    "http.accept": 406,
    "document.size": 413,
    "http.too_large": 413,
    "http.too_many": 413,
    "http.encoding": 415,
    "http.media_type": 415,
    "http.internal": 500,
    "http.waiting": 503,
}
"""The status of an HttpError, by its rule."""

_WRITER_RULES: Final[Mapping[type[Exception], str]] = {
    BusyError: "writer.busy",
    ReadOnlyError: "writer.read_only",
    ClockError: "writer.clock",
    OutcomeUnknownError: "writer.unknown_outcome",
    CommitError: "writer.unknown_outcome",
    StoreError: "store.failed",
    CosignedFolderError: "cosigned.damaged",
    MalformedError: "http.malformed",
    CryptoError: "http.malformed",
}
_BLOCKERS: Final = frozenset({"transfer.open", "log.duplicate_jti"})


@dataclass(frozen=True, slots=True)
class Problem:
    """What a problem is made of, before it is put into a language."""

    rule: str
    status: int
    item: str | None
    facts: Mapping[str, Any]
    blocking: tuple[str, ...] = ()
    tips: Mapping[str, str | None] | None = None

    def wording(self, lang: Language) -> Wording:
        """Return the problem in words, firms by their registered names beside their ids."""
        if self.rule.startswith(OWN):
            return text_of(self.rule, self.facts, lang)
        orgs = named_in([self.item, *self.facts.values()])
        names = {org: found.name_zh if lang is Language.ZH else found.name_en for org, found in orgs.items()}
        return wording(self.rule, lang, item=self.item, facts=self.facts, names=names)


def named_in(facts: Iterable[object]) -> Mapping[str, Organisation]:
    """Return the registered organisations that a refusal names, by their ids as text.

    A request reads each once. A ledger that cannot be read has none: the refusal must reach whoever asked.
    """
    known: dict[str, Organisation | None] = g.setdefault(_NAMED, {})
    texts = {str(fact) for fact in facts if isinstance(fact, str | ItemId)}
    asked = [text for text in texts if text.startswith(_ORG) and text not in known][:_MAX_NAMED]
    if asked:
        known |= dict.fromkeys(asked, None)
        with suppress(StoreError), service().snapshot() as snapshot:
            known |= {str(one): org for one, org in find_organisations(snapshot, _ids(asked)).items()}
    return {text: org for text in texts if (org := known.get(text)) is not None}


def _ids(texts: Iterable[str]) -> Iterator[ItemId]:
    for text in texts:
        with suppress(MalformedError):
            yield ItemId.parse(text)


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error, 500 for one that the table does not know."""
    if isinstance(error, HttpError):
        stated = error.facts.get("status")
        return HTTP_STATUS.get(error.rule, stated if isinstance(stated, int) else 400)
    for base in type(error).__mro__:
        if base in STATUS:
            return STATUS[base]
    return 500


def _blocking(error: Refusal) -> tuple[str, ...]:
    if error.rule in _BLOCKERS:
        return (str(error.facts["event"]),)
    named = error.facts.get("blocking")
    return tuple(str(one) for one in named) if isinstance(named, list) else ()


def problem_of(error: Exception) -> Problem:
    """Return the problem of any error; one that nobody foresaw says nothing of itself."""
    status = status_of(error)
    if isinstance(error, StaleTipError):
        tips = {tip for tip in error.tips.values() if tip is not None}
        return Problem(error.rule, status, error.item, error.facts, tuple(sorted(tips)), error.tips)
    if isinstance(error, Refusal):
        return Problem(error.rule, status, error.item, error.facts, _blocking(error))
    if isinstance(error, ImportRefusal):
        return Problem(error.rule, status, None, error.facts)
    for base in type(error).__mro__:
        if base in _WRITER_RULES:
            return Problem(_WRITER_RULES[base], status, None, _facts(error))
    return Problem("http.internal", status, None, {})


def problem_json(problem: Problem, lang: Language) -> dict[str, Any]:
    """Return the members of a problem in a language (RFC 9457, with `rule`, `item`, `remedy` and facts)."""
    told = problem.wording(lang)
    members: dict[str, Any] = {
        "type": f"{service().config.base_url}/problems/{problem.rule}",
        "title": told.title,
        "status": problem.status,
        "detail": told.detail,
        "remedy": told.remedy,
        "rule": problem.rule,
        "item": problem.item,
        "facts": dict(problem.facts),
        "blocking": list(problem.blocking),
    }
    if problem.tips is not None:
        members["tips"] = dict(problem.tips)
    return members


def install(app: Flask) -> None:
    """Let an application answer every error with its problem."""
    app.register_error_handler(LedgerError, answer_error)
    app.register_error_handler(CryptoError, answer_error)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unknown)

    @app.before_request
    def refuse_nul() -> None:
        # No name of ours has it, and PostgreSQL takes it for a fault of the connection's text.
        if "\0" in request.path:
            raise HttpError("http.not_found", path=request.path)


def answer_error(error: Exception) -> Response:
    """Return the answer to an error that the table knows: its problem, as a page or as JSON."""
    problem = problem_of(error)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.error("%s %s: %s", request.method, _shown_path(), error)
    response = _render(problem)
    if isinstance(error, BusyError):
        response.headers["Retry-After"] = str(error.retry_after_s)
    elif problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "5"
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response


def _answer_http(error: HTTPException) -> Response:
    code = error.code or 500
    if error.response is not None or HTTPStatus.MULTIPLE_CHOICES <= code < HTTPStatus.BAD_REQUEST:
        response = error.get_response()
        return Response(response.get_data(), response.status_code, list(response.headers.items()))
    response = answer_error(_of_http(error, code))
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _of_http(error: HTTPException, code: int) -> HttpError:
    if isinstance(error, MethodNotAllowed):
        return HttpError("http.method", method=request.method, allowed=sorted(error.valid_methods or ()))
    if code == HTTPStatus.NOT_FOUND:
        return HttpError("http.not_found", path=request.path)
    if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return HttpError("http.too_large", limit_bytes=request.max_content_length or 0)
    if code == HTTPStatus.BAD_REQUEST:
        return HttpError("http.malformed", path=request.path, reason=type(error).__name__)
    return HttpError("http.refused", status=code)


def _answer_unknown(error: Exception) -> Response:
    _LOG.error("%s %s failed", request.method, _shown_path(), exc_info=error)
    return _render(problem_of(error))


def _shown_path() -> str:
    """Return the path as it may stand in the server's log, where it must not make lines of its own."""
    return quote(request.path)


def _facts(error: Exception) -> dict[str, Any]:
    if isinstance(error, ReadOnlyError | ClockError | CryptoError):
        return {"reason": error.reason, "path": request.path}
    if isinstance(error, MalformedError):
        return {"reason": str(error), "path": request.path}
    return {}


def _render(problem: Problem) -> Response:
    lang = language_of(request)
    if wants_page():
        body = render_template("problem.html", problem=problem, told=problem.wording(lang), lang=lang)
        response = Response(body, problem.status, content_type="text/html; charset=utf-8")
    else:
        text = json.dumps(problem_json(problem, lang), ensure_ascii=False, sort_keys=False)
        response = Response(text + "\n", problem.status, content_type=PROBLEM)
    response.headers["Content-Language"] = lang.value
    response.headers["Cache-Control"] = "no-store"
    response.vary.update(["Accept", "Accept-Language"])
    return response


def wants_page() -> bool:
    """Say whether a request asks for a page, rather than for what programs read."""
    if request.path.startswith(("/v1/", "/log/")):
        return False
    best = request.accept_mimetypes.best_match([PROBLEM, "application/json", "text/html"])
    return best == "text/html"
